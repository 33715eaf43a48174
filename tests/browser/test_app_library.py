"""The library: an item by a form, two reviewers, another teacher's lesson, pupils' answers, its difficulty."""

import os
import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row
from tests.browser.keyboard import FRONT, wait_for_notebook

from rehearsal import hear_kernel, visit

WORDS = {
    "kk": {
        "mine": "Менікі",
        "item": "Кілті бар тапсырма",
        "choice": "Бір жауапты таңдау",
        "save": "Сақтап, қарап шығу",
        "offer": "Әріптестерге ұсыну",
        "yes": "Иә",
        "give": "Пікірді жіберу",
        "accepted": "қабылданды",
        "into": "Жаңа сабаққа қосу",
        "right": "Бірден дұрыс",
        "few": "Әзірге:",
        "library": "← Кітапхана",
        "print": "Басып шығару",
        "empty": "5-жауап бос.",
        "found": "Сұрақ саны",
    },
    "ru": {
        "mine": "Мои",
        "item": "Задание с ключом",
        "choice": "Выбрать один ответ",
        "save": "Сохранить и посмотреть",
        "offer": "Предложить коллегам",
        "yes": "Да",
        "give": "Отправить отзыв",
        "accepted": "принято",
        "into": "Взять в новый урок",
        "right": "Верно с первого раза",
        "few": "Пока их:",
        "library": "← Библиотека",
        "print": "Печать",
        "empty": "Ответ 5 пуст.",
        "found": "Вопросов",
    },
}
CRITERIA = ("rights", "truth", "aim", "place", "everyone", "colleague")
PUPILS = 9
"""Who have answered before the one of the browser: the tenth makes the number appear."""


def look(app, name):
    """Keep a picture where ``SANDYQ_PICTURES`` says, for whoever looks at the page."""
    if folder := os.environ.get("SANDYQ_PICTURES"):
        app.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def keep_print(app, name):
    content = app.print()
    if folder := os.environ.get("SANDYQ_PICTURES"):
        (Path(folder) / f"{name}.pdf").write_bytes(content)
    return content


def find_schools(demo):
    """Return the school of each account by login."""
    from sandyq.school.database import Database
    from sandyq.school.people import find_person
    from sandyq.settings import Settings

    database = Database(Settings(home=demo.home).database_url)
    with database.reading() as session:
        found = {each["login"]: find_person(session, each["login"]).school_id for each in demo.accounts()}
    database.close()
    return found


def choose_people(demo, language):
    """Return an author of the neighbouring school and a teacher here who has a class of this language."""
    schools = find_schools(demo)
    pupil = demo.account("pupil", language)
    teacher = next(
        each for each in demo.accounts() if each["role"] == "teacher" and each["class"] == pupil["class"]
    )
    author = next(
        each
        for each in demo.accounts()
        if each["role"] == "teacher" and schools[each["login"]] != schools[teacher["login"]]
    )
    return author, teacher, pupil


def write_item(app, say, title):
    """By the form: a mistake is told at its field, the draft is looked at and tried, then offered."""
    app.app.locator(".sa-tabs").get_by_role("button", name=say["mine"], exact=True).click()
    app.press(say["item"])
    look(app, f"{title}-2-kinds")
    app.press(say["choice"])
    form = app.app.locator("form")
    expect(form.locator("[name=title]")).to_be_focused()
    look(app, f"{title}-3-form")
    assert app.barriers() == []
    form.locator("[name=title]").fill(title)
    form.locator("[name=text]").fill(
        f"{title} қашан келеді?\n\n| № | уақыты |\n|---|---|\n| 3 | 8:10 |\n| 7 | 7:40 |"
    )
    for number, (text, why) in enumerate((("3", "Ол 8:10-да."), ("7", "Иә, 7:40-та."), ("9", "")), start=1):
        form.locator(f"[name=option{number}]").fill(text)
        form.locator(f"[name=why{number}]").fill(why)
    form.locator("[name=right][value='5']").check()
    form.locator("[name=grades][value='5']").check()
    form.locator("[name=competence1]").select_option('"PISA reading.locate"')
    app.press(say["save"])
    expect(form.get_by_text(say["empty"])).to_be_visible()
    form.locator("[name=right][value='2']").check()
    app.press(say["save"])
    app.wait_saved()
    question = app.app.locator(".sandyq-question")
    expect(question).to_be_visible()
    question.locator("input").first.check()
    question.locator("button[type=submit]").click()
    expect(question.get_by_text("Ол 8:10-да.")).to_be_visible()
    expect(question.locator(".sq-saving")).to_have_attribute("data-state", "preview")
    look(app, f"{title}-4-draft")
    assert app.barriers() == []
    app.press(say["offer"])
    app.app.locator(".sa-ask").get_by_role("button", name=say["yes"]).click()
    app.wait_saved()


def judge(app, say, title, name):
    """All six criteria; others' word is not there before one's own."""
    app.app.locator(".sa-tabs button").nth(2).click()
    app.app.get_by_role("button", name=title, exact=True).click()
    look(app, f"{title}-{name}")
    assert app.barriers() == []
    form = app.app.locator("form[data-key^=form-review]")
    for criterion in CRITERIA:
        form.locator(f"[name={criterion}][value='\"yes\"']").check()
    form.get_by_role("button", name=say["give"], exact=True).click()
    app.wait_saved()


def take_into_lesson(demo, app, say, title):
    """From the library into Lab: run the panel, publish to the class; return the lesson's address."""
    app.app.get_by_role("button", name=title, exact=True).click()
    look(app, f"{title}-7-accepted")
    assert app.barriers() == []
    page = app.page
    answered = hear_kernel(page)
    app.app.get_by_role("link", name=say["into"]).click()
    page.wait_for_url("**/lab/tree/lessons/*.ipynb", timeout=90_000)
    wait_for_notebook(page, answered)
    page.locator(f"{FRONT} .jp-CodeCell").first.locator(".cm-content").click()
    for _ in range(page.locator(f"{FRONT} .jp-Cell").count()):
        page.keyboard.press("Shift+Enter")
    question = page.locator(f"{FRONT} .jp-CodeCell").nth(1).locator(".sandyq-question")
    try:
        question.wait_for(timeout=120_000)
    finally:
        look(app, f"{title}-8-notebook")
    panel = page.locator(f"{FRONT} .sandyq-tool").first
    panel.scroll_into_view_if_needed()
    panel.locator(".sq-check").click()
    panel.locator(".sq-told").filter(has_text=say["found"]).wait_for(timeout=30_000)
    look(app, f"{title}-8-lab")
    panel.locator(".sq-publish").click()
    link = page.locator(f"{FRONT} .sq-told a")
    link.wait_for(timeout=30_000)
    return link.get_attribute("href")


def answer_before(demo, slug, question, pupils):
    """Others of the school have answered the item already, each once, a third of them wrong."""
    from sandyq.school.database import Database
    from sandyq.school.learning import record_event
    from sandyq.school.people import find_person
    from sandyq.settings import Settings

    database = Database(Settings(home=demo.home).database_url)
    with database.session() as session:
        for place, pupil in enumerate(pupils):
            right = place % 3 > 0
            record_event(
                session, find_person(session, pupil["login"]).id, str(uuid4()), "answered", slug, question=question,
                response="2) 7" if right else "1) 3", score=float(right), max_score=1.0,
            )  # fmt: skip
    database.close()


def answer_in_lesson(demo, browser, language, pupil, address):
    """A pupil opens the lesson of their class and answers the item; its author is credited there."""
    with visit(browser, demo, language=language) as computer_room:
        computer_room.sign_in(pupil)
        computer_room.go(address)
        asked = computer_room.page.locator(".sandyq-question").first
        asked.locator("input").nth(1).check(timeout=60_000)
        asked.locator("button[type=submit]").click()
        asked.locator(".sq-saving[data-state=saved]").wait_for(timeout=30_000)
        expect(computer_room.page.locator("body")).to_contain_text("CC BY 4.0")
        assert computer_room.outside == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_an_item_goes_through_two_reviewers_into_a_lesson_and_its_difficulty_appears(demo, browser, language):
    say, title = WORDS[language], f"Автобус {language}"
    author, teacher, pupil = choose_people(demo, language)
    with open_app(browser, demo, "library", language, author) as app:
        look(app, f"{title}-1-start")
        assert app.barriers() == []
        write_item(app, say, title)
        assert app.visitor.outside == []
    row = wait_for_row(demo, "resource", teacher["login"], title=title)
    with open_app(browser, demo, "library", language, demo.account("coach", language)) as app:
        judge(app, say, title, "5-coach")
    with open_app(browser, demo, "library", language, teacher) as app:
        judge(app, say, title, "6-teacher")
        expect(app.app.locator(".sa-text.good").first).to_have_text(say["accepted"])
        reviews = [
            each
            for each in read_rows(demo, "reply", teacher["login"])
            if (each["sheet"], each["row_id"]) == ("resource", row["id"])
        ]
        assert len(reviews) == 2
        app.press(say["library"])
        app.app.locator(".sa-tabs button").first.click()
        expect(app.app.get_by_role("button", name=title, exact=True)).to_be_visible()
        look(app, f"{title}-6-found")
        address = take_into_lesson(demo, app, say, title)
    slug, question = address.rpartition("/")[2], f"item-{row['id']}"
    others = [each for each in demo.accounts() if each["role"] == "pupil" and each["login"] != pupil["login"]]
    answer_before(demo, slug, question, others[:PUPILS])
    answer_in_lesson(demo, browser, language, pupil, address)
    with open_app(browser, demo, "library", language, author) as app:
        app.app.get_by_role("button", name=title, exact=True).first.click()
        card = app.app.locator("[data-key=difficulty]")
        expect(card).to_contain_text(say["right"])
        expect(card).to_contain_text("70 %")
        expect(card.get_by_text("1) 3")).to_be_visible()
        expect(app.app.locator("[data-key=uses]")).to_contain_text(re.compile("1"))
        look(app, f"{title}-9-difficulty")
        assert app.barriers() == []
        app.kill_kernel()
        expect(app.app.locator("[data-key=difficulty]")).to_contain_text("70 %")
        app.app.get_by_role("button", name=say["print"], exact=True).first.click()
        expect(app.app.locator(".sa-paper")).to_contain_text("CC BY 4.0")
        assert len(re.findall(rb"/Type /Page\b", keep_print(app, f"{title}-10-paper"))) == 2  # the key apart
    with open_app(browser, demo, "library", language, demo.account("district")) as app:
        app.app.locator(".sa-tabs button").last.click()
        expect(app.app.locator(".sa-table")).to_contain_text(title)
        look(app, f"{title}-11-uses")
        assert app.barriers() == []
