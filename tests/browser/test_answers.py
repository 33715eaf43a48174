"""A pupil answers in a real browser; whatever was acknowledged is there afterwards, whoever was killed."""

import pytest

from rehearsal import Visitor, visit, wait_for
from sandyq.school.database import Database
from sandyq.school.learning import answers_of
from sandyq.school.people import find_person
from sandyq.settings import Settings

LESSON = "/services/rooms/lesson/kk/passphrase"


def open_lesson(visitor: Visitor) -> list:
    visitor.go(LESSON)
    visitor.page.locator(".sandyq-question").first.wait_for(timeout=60_000)
    return visitor.page.locator(".sandyq-question:has(input[type=radio])").all()


def answer(question, option: int) -> None:
    """Choose the option and check; by keyboard, as a pupil without a mouse."""
    question.locator("input[type=radio]").nth(option).focus()
    question.page.keyboard.press("Space")
    question.get_by_role("button").first.click()


def acknowledged(question, patience: float = 60.0) -> None:
    wait_for(
        lambda: question.locator(".sq-saving[data-state=saved]").count(),
        "the answer to be acknowledged",
        patience,
    )


@pytest.fixture
def stored(demo):
    """Ask the school database what it holds of a pupil's answers."""
    database = Database(Settings.load(demo.home).database_url)

    def look(login):
        with database.reading() as session:  # a part that is stopped may have been writing
            return answers_of(session, find_person(session, login).id, "passphrase")

    yield look
    database.close()


def pupil(demo, number: int) -> dict[str, str]:
    return [a for a in demo.accounts() if a["role"] == "pupil" and a["language"] == "kk"][number]


def test_an_answer_is_kept_at_once_and_comes_back_on_another_pc(demo, browser, stored):
    account = pupil(demo, 3)
    with visit(browser, demo) as first_pc:
        first_pc.sign_in(account)
        question = open_lesson(first_pc)[0]
        answer(question, 1)
        acknowledged(question)
        assert len(stored(account["login"])) == 1
        assert first_pc.outside == []
    with visit(browser, demo) as second_pc:
        second_pc.sign_in(account)
        question = open_lesson(second_pc)[0]
        wait_for(lambda: question.locator("input[type=radio]").nth(1).is_checked(), "the answer to come back")
        assert question.locator(".sq-feedback").inner_text().strip()


@pytest.mark.parametrize(("number", "part"), [(5, "portal"), (6, "rooms"), (7, "hub")])
def test_no_acknowledged_answer_is_lost_when_a_part_is_killed(demo, browser, stored, number, part):
    account = pupil(demo, number)
    with visit(browser, demo) as visitor:
        visitor.sign_in(account)
        questions = open_lesson(visitor)
        answer(questions[0], 0)
        acknowledged(questions[0])
        demo.kill(part)
        assert len(stored(account["login"])) == 1
        questions = open_lesson(visitor)
        wait_for(
            lambda: questions[0].locator("input[type=radio]").nth(0).is_checked(), "the answer to come back"
        )
        answer(questions[1], 0)
        acknowledged(questions[1])
        assert len(stored(account["login"])) == 2


def test_an_answer_given_while_the_portal_is_away_arrives_when_it_is_back(demo, browser, stored):
    account = pupil(demo, 9)
    with visit(browser, demo) as visitor:
        visitor.sign_in(account)
        question = open_lesson(visitor)[0]
        demo.part("portal").suspend()
        try:
            answer(question, 0)
            wait_for(
                lambda: question.locator(".sq-feedback").inner_text().strip(), "feedback without the portal"
            )
            assert not stored(account["login"])
        finally:
            demo.part("portal").kill()
        acknowledged(question)
        assert len(stored(account["login"])) == 1


def test_what_stands_below_a_question_is_about_the_answer_that_is_shown(demo, browser):
    with visit(browser, demo) as pc:
        pc.sign_in(pupil(demo, 7))
        question = open_lesson(pc)[0]
        right = 0
        for option in range(question.locator("input[type=radio]").count()):
            answer(question, option)
            acknowledged(question)
            if question.locator(".sq-feedback[data-verdict=right]").count():
                right = option
                break
        question.locator("input[type=radio]").nth(0 if right else 1).check()
        assert question.locator(".sq-feedback[data-verdict=right]").count() == 0
        assert question.locator(".sq-saving").inner_text() == ""


def test_an_answer_that_has_not_arrived_is_not_called_saved_and_a_later_one_is_not_overwritten(
    demo, browser, stored
):
    account = pupil(demo, 10)
    with visit(browser, demo) as pc:
        pc.sign_in(account)
        question = open_lesson(pc)[0]
        options, saving = question.locator("input[type=radio]"), question.locator(".sq-saving")
        answer(question, 0)
        acknowledged(question)
        tries = question.locator(".sq-tries").inner_text()
        demo.part("rooms").suspend()
        try:
            answer(question, 1)
            question.locator(".sq-feedback[data-verdict=problem]").wait_for()
            assert saving.inner_text() == ""
            options.nth(2).check()
        finally:
            demo.part("rooms").resume()
        wait_for(lambda: stored(account["login"])["guess"].response.startswith("2)"), "the answer to arrive")
        wait_for(lambda: question.locator(".sq-tries").inner_text() != tries, "the page to hear of it")
        assert options.nth(2).is_checked()
        assert saving.inner_text() == ""


def test_digits_pressed_on_the_page_are_an_answer_as_new_as_typed_ones(demo, browser):
    with visit(browser, demo) as pc:
        pc.sign_in(pupil(demo, 11))
        open_lesson(pc)
        question = pc.page.locator(".sandyq-question:has(.sq-number)").first
        question.locator("input").fill("1")
        question.locator("button[type=submit]").click()
        acknowledged(question)
        question.locator(".sq-key").nth(4).click()
        assert question.locator("input").input_value() == "15"
        assert question.locator(".sq-saving").inner_text() == ""


def test_a_strip_of_keys_is_one_stop_of_the_tab_key(demo, browser):
    with visit(browser, demo) as pc:
        pc.sign_in(pupil(demo, 8))
        open_lesson(pc)
        strip = pc.page.locator(".sq-number").first
        strip.locator("input").focus()
        pc.page.keyboard.press("Tab")
        pc.page.keyboard.press("ArrowRight")
        pc.page.keyboard.press("Enter")
        assert strip.locator("input").input_value() == "2"
        strip.locator(".sq-key[tabindex='0']").focus()
        pc.page.keyboard.press("Tab")
        assert pc.page.evaluate("document.activeElement.className") != "sq-key"
