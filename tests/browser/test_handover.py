"""One PC, many pupils: two at once share their answers, and who comes next finds nothing of who was there."""

from collections import Counter

import pytest
from tests.browser.keyboard import spoil
from tests.browser.test_lessons import open_lesson, wait_saved

from rehearsal import visit, wait_for
from sandyq.settings import PROJECT
from sandyq_curriculum.lesson import read_lesson
from soak import read_answers

LESSON = "/services/rooms/lesson/kk/passphrase"


def pupils_of(demo, name):
    return [a for a in demo.accounts() if a["class"] == name and a["role"] == "pupil"]


def test_two_pupils_answer_together_and_part_again(demo, browser):
    first, second = pupils_of(demo, "3А")[4:6]
    before = {each["login"]: read_answers(demo, each["login"]) for each in (first, second)}
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(first)
        page = computer_room.page
        join(computer_room, second)
        computer_room.go(LESSON)
        question = page.locator("[data-name=guess]")
        question.locator("input").nth(1).check(timeout=60_000)
        question.locator("button[type=submit]").click()
        question.locator(".sq-saving[data-state=saved]").wait_for(timeout=30_000)
        answers = [read_answers(demo, each["login"]) - before[each["login"]] for each in (first, second)]
        assert answers[0] == answers[1]
        assert sum(answers[0].values()) == 1
        computer_room.go("/services/portal/")
        page.locator("main .notice button").click()
        page.locator("main a[href$='/pair']").wait_for()
        computer_room.go(LESSON)
        question.locator(".sq-saving[data-state=saved]").wait_for(timeout=60_000)  # what was kept is back
        question.locator("button[type=submit]").click()
        wait_for(
            lambda: sum((read_answers(demo, first["login"]) - before[first["login"]]).values()) == 2,
            "an own answer",
        )
        assert sum((read_answers(demo, second["login"]) - before[second["login"]]).values()) == 1


def test_two_pupils_share_answers_in_a_lesson_of_their_notebook(demo, browser):
    lesson = read_lesson(PROJECT / "curriculum/lessons/python-prices/lesson.kk.md")
    first, second = pupils_of(demo, "3А")[8:10]
    question = next(spec for spec in lesson.questions if spec.points)
    before = {each["login"]: read_answers(demo, each["login"]) for each in (first, second)}

    def given(pupil):
        return read_answers(demo, pupil["login"]) - before[pupil["login"]]

    with visit(browser, demo) as computer_room:
        computer_room.sign_in(first)
        page = computer_room.page
        join(computer_room, second)
        keyboard = open_lesson(computer_room, lesson)
        keyboard.answer(question, question.solve())
        wait_saved(page, question.id)
        assert given(first) == given(second) and sum(given(first).values()) == 1
        computer_room.go("/services/portal/")
        page.locator("main .notice button").click()
        page.locator("main a[href$='/pair']").wait_for()
        keyboard = open_lesson(computer_room, lesson)
        keyboard.answer(question, spoil(question))
        wait_for(lambda: sum(given(first).values()) == 2, "an own answer")
        assert sum(given(second).values()) == 1


def join(computer_room, partner):
    page = computer_room.page
    computer_room.go("/services/portal/pair")
    page.locator(f"main a[href*='{partner['login']}']").click()
    page.locator("#secret").fill(partner["password"])
    page.keyboard.press("Enter")
    page.locator("main .notice", has_text=partner["name"]).wait_for()


def test_one_click_signs_out_and_leaves_nothing_of_the_pupil(demo, browser):
    pupil, next_one = pupils_of(demo, "3А")[6:8]
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(pupil)
        page = computer_room.page
        signed_in = page.evaluate("history.length")
        computer_room.go(LESSON)
        page.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        page.locator("textarea").first.fill("тек менікі")
        computer_room.go("/services/portal/")
        page.evaluate("localStorage.setItem('theirs', 'x'); sessionStorage.setItem('theirs', 'x')")
        page.locator(".sign-out").click()
        page.wait_for_url("**/hub/log**")
        left = {cookie["name"] for cookie in page.context.cookies()}
        assert not {
            name
            for name in left
            if "service-" in name or name.startswith("jupyterhub-user") or "hub-login" in name
        }
        computer_room.go("/services/portal/health")
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        for _ in range(
            page.evaluate("history.length") - signed_in
        ):  # before that stand the names to choose from
            page.go_back()
            assert pupil["name"] not in page.locator("body").inner_text(), page.url
            assert "тек менікі" not in page.content(), page.url
        computer_room.sign_in(next_one)
        computer_room.go(LESSON)
        page.locator("body.sq-drawn").wait_for(timeout=60_000)
        assert page.locator("textarea").first.input_value() == ""


@pytest.mark.parametrize("page", ["/services/portal/nowhere", "/hub/spawn-pending/{login}", "/hub/logout"])
def test_whichever_page_signs_out_lessons_in_other_tabs_close_and_nothing_is_left(demo, browser, page):
    """A page of errors, one of the hub's, and where Lab's menu leads."""
    first, second = pupils_of(demo, "3А")[6:8]
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(first)
        join(computer_room, second)
        computer_room.go(LESSON)
        lesson, other = computer_room.page, computer_room.page.context.new_page()
        lesson.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)
        lesson.locator("textarea").first.fill("тек менікі")
        other.goto(demo.url + page.format(login=first["login"]))
        if page != "/hub/logout":
            other.locator(".sign-out, main a[href='/hub/logout']").first.click()
        other.wait_for_url("**/hub/login**")
        lesson.wait_for_url("**/hub/log**")
        left = {cookie["name"] for cookie in lesson.context.cookies()}
        assert left <= {"_xsrf", "sandyq-lang"}
        other.goto(demo.url + "/services/portal/health")
        assert other.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_finished_lesson_is_looked_at_again_beside_the_right_answers(demo, browser):
    pupil = pupils_of(demo, "2–4")[-1]  # the sample's last one has finished
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(pupil)
        page = computer_room.page
        before = read_answers(demo, pupil["login"])
        page.locator("main a[href*='passphrase?review=1']").first.click()
        solutions = page.locator(".sq-solution:visible")
        solutions.first.wait_for(timeout=60_000)
        wait_for(
            lambda: solutions.count() == page.locator(".sandyq-question[data-name]").count(), "all answers"
        )
        assert page.locator(".sandyq-question button[type=submit]:visible").count() == 0
        assert read_answers(demo, pupil["login"]) - before == Counter()
