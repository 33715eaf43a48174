"""The catalogue in a real browser: searching, a lesson's page for teachers, printing, coverage; pupils get no key."""

import json

import pytest

from rehearsal import visit
from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT
from tour import find_barriers

LESSONS = "/services/portal/lessons"


@pytest.fixture
def teacher(demo, browser):
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account("teacher", "kk"))
        yield visitor
        visitor.page.emulate_media(media="screen")
        visitor.go(LESSONS)
        visitor.choose_language("kk")  # other tests share this teacher


def titles(page):
    return page.locator("#lessons h2").all_inner_texts()


def test_a_teacher_searches_filters_and_opens_a_lessons_page(teacher):
    page = teacher.page
    page.locator(f"nav a[href='{LESSONS}']").click()
    everything = titles(page)
    page.locator("input[name=q]").fill("купиясозим")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lessons?q=**")
    assert titles(page) == ["Менің құпиясөзім"] != everything
    page.locator("select[name=grade]").select_option("9")
    page.locator("form.filters button").click()
    page.locator(".notice").wait_for()
    assert titles(page) == []
    page.locator(".found a").click()
    page.locator("#lessons").wait_for()
    assert titles(page) == everything
    page.locator("select[name=competence]").select_option("PISA maths.employ")
    page.locator("form.filters button").click()
    page.wait_for_url("**competence=PISA**")
    assert "Жарық ақысының түбіртегі" in titles(page)
    page.locator("#lessons h2 a", has_text="Жарық").click()
    page.locator(".question .answer").first.wait_for()
    assert "255\u00a0кВт·сағ" in page.locator(".question .answer").first.inner_text()
    assert "ҚМЖ" in page.locator(".guide").first.inner_text()
    assert teacher.outside == []


def test_a_lessons_page_prints_as_a_handout_with_the_sheet_on_paper_of_its_own(teacher):
    page = teacher.page
    page.add_init_script("window.print = () => { window.printed = true; }")
    teacher.go(f"{LESSONS}/passphrase")
    page.locator("[data-print]").click()
    assert page.evaluate("window.printed")
    assert page.locator("#assign-heading").is_visible()
    page.emulate_media(media="print")
    for hidden in (".site-header", ".site-footer", "[data-print]", "#assign-heading", ".crumbs"):
        assert not page.locator(hidden).first.is_visible(), hidden
    for shown in ("h1", ".guide", ".question .answer", ".sheet td"):
        assert page.locator(shown).first.is_visible(), shown
    sheet = page.locator(".sheet").first
    assert sheet.evaluate("each => getComputedStyle(each).breakBefore") == "page"
    assert sheet.locator("td").first.evaluate("each => each.offsetHeight") > 40  # its own style was let in


def test_the_catalogue_works_without_javascript(demo, browser, teacher):
    context = browser.new_context(java_script_enabled=False)
    try:
        context.add_cookies(teacher.page.context.cookies())
        page = context.new_page()
        page.goto(f"{demo.url}{LESSONS}")
        page.locator("input[name=q]").fill("құпиясөзім")
        page.locator("form.filters button").click()
        assert titles(page) == ["Менің құпиясөзім"]
    finally:
        context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_catalogue_have_no_serious_barrier(teacher, language):
    page = teacher.page
    teacher.choose_language(language)
    for path in (LESSONS, f"{LESSONS}?q=zzz", f"{LESSONS}/electricity-bill", "/services/portal/coverage"):
        teacher.go(path)
        assert find_barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_pupils_choose_from_the_catalogue_and_no_key_of_a_question_reaches_them(demo, browser):
    notebook = json.loads((PROJECT / "curriculum/notebooks/kk/passphrase.ipynb").read_text())
    questions = notebook["metadata"]["sandyq"]["questions"]
    secrets = {
        question[key] for question in questions for key in ("hint", "reason", "rubric") if key in question
    }
    heard = []

    def hear(frame):
        heard.append(frame if isinstance(frame, str) else frame.decode(errors="replace"))

    with visit(browser, demo) as visitor:
        page = visitor.page
        visitor.sign_in(next(a for a in demo.accounts() if a["class"] == "5Б" and a["role"] == "pupil"))
        visitor.choose_language("kk")
        page.on("websocket", lambda link: link.on("framereceived", hear))
        visitor.go(LESSONS)
        page.locator("#lessons h2 a", has_text="құпиясөзім").click()
        page.locator(".sandyq-question").first.wait_for(timeout=60_000)
        page.locator(".sandyq-question input[type=radio]").first.check()
        page.locator(".sandyq-question button").first.click()
        page.locator(".sq-feedback[data-verdict=wrong]").first.wait_for()
        heard.append(page.context.request.get(page.url).text())
    told = {secret for secret in secrets for words in heard if is_in(secret, words)}
    assert told == {questions[0]["hint"]}  # the link was heard, and said what was due
    assert not any("outputs_sha256" in words for words in heard)


def test_a_pupil_opens_a_lesson_for_teachers_only_once_the_class_was_given_it(demo, browser, teacher):
    room = "/services/rooms/lesson/kk/screen-safe-lesson"
    teacher.go("/services/portal/classes")
    group = teacher.page.locator("main a[href*='/classes/']").first
    name, address = group.locator("h2").inner_text(), group.get_attribute("href")
    with visit(browser, demo) as visitor:
        visitor.sign_in(next(a for a in demo.accounts() if a["class"] == name and a["role"] == "pupil"))
        visitor.choose_language("kk")
        visitor.go(room)
        assert "Бұл сабақ мұғалімдерге арналған" in visitor.page.locator("h1").inner_text()
        assert find_barriers(visitor.page) == []
        teacher.go(address)
        token = teacher.page.locator("main input[name=token]").first.get_attribute("value")
        form = {"lesson": "screen-safe-lesson", "token": token}
        given = teacher.page.context.request.post(f"{demo.url}{address}/lessons", form=form)
        assert given.ok
        visitor.go(room)
        visitor.page.locator(".sandyq-question").first.wait_for(timeout=60_000)
        teacher.page.context.request.post(
            f"{demo.url}{address}/lessons/screen-safe-lesson/withdraw", form={"token": token}
        )


def is_in(secret, words):
    return secret in words or json.dumps(secret)[1:-1] in words
