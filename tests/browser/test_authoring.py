"""A teacher who has never seen Python makes, looks over, mends and publishes a lesson, by the guide's steps."""

import pytest
from tests.browser.keyboard import FRONT, hear_kernel, wait_for_notebook

from rehearsal import visit, wait_for
from sandyq.settings import Settings
from sandyq_hub.isolation import number_of_person

TITLE = "Қоймадағы бидай"
CHOICE = """%%choice id=first points=1
Қоймаға не әкелді?
- [ ] құм | Құмды қоймаға салмайды.
- [x] бидай | Иә, күз келді ғой.
hint: Нан неден пісіріледі?"""


@pytest.fixture(scope="module")
def published(demo, browser):
    """The lesson, published from Lab by the guide's steps; what the panel said on the way."""
    with visit(browser, demo) as office:
        office.sign_in(demo.account("teacher", class_name="3А"))
        page = office.page
        answered = hear_kernel(page)
        page.get_by_role("link", name="Жаңа сабақ").click()
        page.wait_for_url("**/lab/tree/lessons/*.ipynb", timeout=90_000)
        wait_for_notebook(page, answered)
        write(
            page, ".jp-MarkdownCell", 0, f"# {TITLE}\nАйжан қоймада тұр. Бұл сабақта сен өлшеуді үйренесің."
        )
        write(page, ".jp-CodeCell", 1, CHOICE.replace("[x]", "[ ]"))
        page.locator(f"{FRONT} .jp-CodeCell").first.locator(".cm-content").click()
        for _ in range(page.locator(f"{FRONT} .jp-Cell").count()):
            page.keyboard.press("Shift+Enter")
        mistake = page.locator(f"{FRONT} .jp-CodeCell").nth(1).locator(".jp-OutputArea-output").last
        mistake.filter(has_text="4-жол").wait_for(timeout=60_000)
        office.told = [mistake.text_content(), look_over(page)]
        write(page, ".jp-CodeCell", 1, CHOICE)
        page.keyboard.press("Shift+Enter")
        page.locator(f"{FRONT} .jp-CodeCell").nth(1).locator(".sandyq-question").wait_for()
        office.told.append(look_over(page))
        page.locator(f"{FRONT} .sq-publish").click()
        link = page.locator(f"{FRONT} .sq-told a")
        link.wait_for(timeout=120_000)
        yield office, link.get_attribute("href")


def write(page, kind, number, text):
    """Put a text into a cell, as somebody who selects all and types."""
    cell = page.locator(f"{FRONT} {kind}").nth(number)
    cell.scroll_into_view_if_needed()
    if kind == ".jp-MarkdownCell":
        cell.locator(".jp-RenderedMarkdown").dblclick()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def look_over(page):
    """Press the panel's first button and return what it says."""
    panel = page.locator(f"{FRONT} .sandyq-tool").first
    panel.scroll_into_view_if_needed()
    told = panel.locator(".sq-told")
    panel.locator(".sq-check").click()
    told.filter(has_text="Сұрақ саны").wait_for(timeout=30_000)
    return told.inner_text()


def test_a_mistake_is_told_beside_the_cell_and_in_the_panel(published):
    beside, in_panel, mended = published[0].told
    assert "[3] ұяшық" in beside or "[2] ұяшық" in beside
    assert "«first» сұрағы, 4-жол" in beside
    assert "3-ұяшық" in in_panel and "«first» сұрағы" in in_panel
    assert f"Атауы: {TITLE}. Сұрақ саны: 5" in mended and "жариялауға болады" in mended


def test_the_class_has_the_lesson_and_answers_it(demo, browser, published):
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(demo.account("pupil", class_name="3А"))
        page = computer_room.page
        page.locator("main a", has_text=TITLE).first.click()
        question = page.locator(".sandyq-question").first
        question.locator("input").nth(1).check(timeout=60_000)
        question.locator("button[type=submit]").click()
        question.locator(".sq-saving[data-state=saved]").wait_for(timeout=30_000)
        assert page.locator(".sandyq-question").count() == 5
        assert "Только учителя" not in page.content() and "тек мұғалімдер көреді" not in page.content()
        assert computer_room.outside == []
        computer_room.go("/services/portal/")
        page.locator("main tr", has_text=TITLE).filter(has_text="1 / 5").wait_for()


def test_a_published_lesson_is_executed_as_its_author(demo, browser, published):
    settings = Settings.load(demo.home)
    if not settings.uid_base:
        pytest.skip("this server isolates nobody")
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(demo.account("pupil", class_name="3А"))
        computer_room.go(published[1])
        computer_room.page.locator(".sandyq-question").first.wait_for(timeout=60_000)
    author = int(published[1].rpartition("/t")[2].partition("-")[0])

    def uids():
        return [each.uids().real for each in demo.forked(f"fork:t{author}-")]

    with_author = wait_for(uids, "the lesson's template")
    assert set(with_author) == {number_of_person(settings, author)}


def test_publishing_again_takes_the_lessons_place(demo, published):
    office, address = published
    office.page.locator(f"{FRONT} .sq-publish").click()
    wait_for(
        lambda: office.page.locator(f"{FRONT} .sq-told a").get_attribute("href") == address,
        "the same address",
    )


def test_a_lesson_of_the_curriculum_is_copied_to_be_adapted(demo, browser):
    with visit(browser, demo) as office:
        office.sign_in(demo.account("teacher", class_name="3А"))
        office.go("/hub/user-redirect/sandyq/new-lesson?copy=passphrase&language=kk")
        office.page.wait_for_url("**/lab/tree/lessons/passphrase-kk-1.ipynb", timeout=90_000)
        office.page.locator(f"{FRONT} .jp-Notebook", has_text="%%choice id=guess").wait_for(timeout=60_000)


def test_another_site_makes_no_files(demo, browser):
    with visit(browser, demo) as office:
        office.sign_in(demo.account("teacher", class_name="3А"))
        office.go("/hub/spawn")
        office.page.wait_for_url("**/lab**", timeout=90_000)
        address = f"{demo.url}{office.page.url.removeprefix(demo.url).partition('/lab')[0]}/sandyq/new-lesson"
        reply = office.page.request.get(address, headers={"Sec-Fetch-Site": "cross-site"})
        assert reply.status == 403
