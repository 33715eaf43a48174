"""A teacher who has never seen Python makes, mends and publishes a lesson, by the steps that the guide's page shows."""

import re
from dataclasses import dataclass

import pytest
from tests.browser.keyboard import FRONT, wait_for_notebook

from rehearsal import hear_kernel, visit, wait_for
from sandyq.settings import Settings
from sandyq_hub.isolation import number_of_person

CLASSES = {"kk": "3А", "ru": "5Б"}
TWICE = {"kk": "екі рет шертіп", "ru": "Дважды щёлкните"}
"""How a text is opened: after one click Lab takes letters for commands, and some of them delete cells."""
TITLES = {"kk": "Қоймадағы бидай", "ru": "Пшеница на складе"}
SCENES = {
    "kk": "Айжан қоймада тұр. Бұл сабақта сен өлшеуді үйренесің.",
    "ru": "Айжан стоит на складе. На этом уроке ты научишься взвешивать.",
}


@dataclass
class Guide:
    """What a teacher reads on the guide's page."""

    bold: list[list[str]]
    """Of each step the words that are set in bold: what to press."""
    code: list[list[str]]
    """Of each step what is to be typed or looked for."""
    example: str
    """A question, as it is shown to be copied."""
    fault: str
    """The first message that is explained."""


@dataclass
class Office:
    """A teacher at work, the guide that they go by, and what they were told on the way."""

    language: str
    page: object
    guide: Guide
    told: list[str]
    address: str = ""

    @property
    def title(self):
        return TITLES[self.language]

    @property
    def class_name(self):
        return CLASSES[self.language]


@pytest.fixture(scope="module", params=CLASSES)
def published(request, demo, browser):
    """The lesson, published from Lab by the guide's steps."""
    language = request.param
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account("teacher", language, CLASSES[language]))
        page = visitor.page
        with page.context.expect_page() as opened:
            page.locator("main a[href*=writing-questions]").click(modifiers=["ControlOrMeta"])
        office = Office(language, page, read_guide(opened.value), [])
        opened.value.close()
        make_lesson(office)
        yield office


def read_guide(page):
    page.locator(".sandyq-question").first.wait_for(timeout=60_000)
    steps = page.locator("#sq-cells ol").first.locator("li").all()
    shown = page.locator("#sq-cells pre").all_inner_texts()
    return Guide(
        [[text.strip("«»") for text in step.locator("strong").all_inner_texts()] for step in steps],
        [step.locator("code").all_inner_texts() for step in steps],
        next(text for text in shown if text.startswith("%%choice")),
        next(text for text in shown if re.search(r"\[\d+\]", text) and not text.startswith("%")).strip(),
    )


def make_lesson(office):
    """Six steps, as the guide counts them; the first time with the mistake that it explains."""
    page, guide = office.page, office.guide
    answered = hear_kernel(page)
    ((new_lesson,), (twice,), _, (run,), (look,), (publish,)) = guide.bold
    assert twice == TWICE[office.language]
    page.get_by_role("link", name=new_lesson, exact=True).click()
    page.wait_for_url("**/lab/tree/lessons/*.ipynb", timeout=90_000)
    wait_for_notebook(page, answered)
    write(page, ".jp-MarkdownCell", 0, f"# {office.title}\n{SCENES[office.language]}")
    write(page, ".jp-CodeCell", 1, guide.example.replace("- [x]", "[x]"))
    page.locator(f"{FRONT} .jp-CodeCell", has_text=guide.code[3][0]).locator(".cm-content").click()
    for _ in range(page.locator(f"{FRONT} .jp-Cell").count()):
        page.keyboard.press(run)
    mistake = page.locator(f"{FRONT} .jp-CodeCell").nth(1).locator(".jp-OutputArea-output").last
    mistake.filter(has_text="goat").wait_for(timeout=60_000)
    office.told = [mistake.text_content(), press(page, look)]
    write(page, ".jp-CodeCell", 1, guide.example.replace(guide.example.partition("\n")[0], guide.code[2][0]))
    page.keyboard.press(run)
    page.locator(f"{FRONT} .jp-CodeCell").nth(1).locator(".sandyq-question").wait_for()
    office.told.append(press(page, look))
    press(page, publish)
    office.address = page.locator(f"{FRONT} .sq-told a").get_attribute("href")


def press(page, button):
    """Press a button of the panel by its words, and return what the panel says."""
    panel = page.locator(f"{FRONT} .sandyq-tool").first
    panel.scroll_into_view_if_needed()
    panel.get_by_role("button", name=button, exact=True).click()
    panel.locator(".sq-told p").first.wait_for(timeout=120_000)
    return panel.locator(".sq-told").inner_text()


def write(page, kind, number, text):
    """Put a text into a cell, as somebody who selects all and types."""
    cell = page.locator(f"{FRONT} {kind}").nth(number)
    cell.scroll_into_view_if_needed()
    if kind == ".jp-MarkdownCell":
        cell.locator(".jp-RenderedMarkdown").dblclick()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


FOUND = {
    "kk": "Атауы: {title}. Сұрақ саны: 5",
    "ru": "Название: {title}. Вопросов: 5",
}
READY = {"kk": "жариялауға болады", "ru": "можно публиковать"}


def test_a_mistake_is_told_as_the_guide_says_beside_the_cell_and_in_the_panel(published):
    beside, in_panel, mended = published.told
    expected = re.sub(r"\\\[\d+\\\]", r"\\[\\d+\\]", re.escape(published.guide.fault))
    assert re.search(expected, beside), (beside, published.guide.fault)
    assert published.guide.fault.partition(": ")[2] in in_panel
    assert FOUND[published.language].format(title=published.title) in mended
    assert READY[published.language] in mended


def test_the_class_has_the_lesson_and_answers_it(demo, browser, published):
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(demo.account("pupil", class_name=published.class_name))
        page = computer_room.page
        page.locator("main a", has_text=published.title).first.click()
        question = page.locator(".sandyq-question").first
        question.locator("input").nth(1).check(timeout=60_000)
        question.locator("button[type=submit]").click()
        question.locator(".sq-saving[data-state=saved]").wait_for(timeout=30_000)
        assert page.locator(".sandyq-question").count() == 5
        assert "Только учителя" not in page.content() and "тек мұғалімдер көреді" not in page.content()
        assert computer_room.outside == []
        computer_room.go("/services/portal/")
        page.locator("main tr", has_text=published.title).filter(has_text="1 / 5").wait_for()


def test_a_published_lesson_is_executed_as_its_author(demo, browser, published):
    settings = Settings.load(demo.home)
    if not settings.uid_base:
        pytest.skip("this server isolates nobody")
    with visit(browser, demo) as computer_room:
        computer_room.sign_in(demo.account("pupil", class_name=published.class_name))
        computer_room.go(published.address)
        computer_room.page.locator(".sandyq-question").first.wait_for(timeout=60_000)
    author = int(published.address.rpartition("/t")[2].partition("-")[0])

    def uids():
        return [each.uids().real for each in demo.forked(f"fork:t{author}-")]

    with_author = wait_for(uids, "the lesson's template")
    assert set(with_author) == {number_of_person(settings, author)}


def test_publishing_again_takes_the_lessons_place(demo, published):
    press(published.page, published.guide.bold[5][0])
    assert published.page.locator(f"{FRONT} .sq-told a").get_attribute("href") == published.address


def test_a_lesson_of_the_curriculum_is_copied_to_be_adapted(demo, browser):
    with visit(browser, demo) as office:
        office.sign_in(demo.account("teacher", class_name="3А"))
        office.go("/services/portal/lessons/passphrase")
        office.page.get_by_role("link", name="Көшіріп, бейімдеу", exact=True).click()
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
