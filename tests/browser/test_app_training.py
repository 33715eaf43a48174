"""A course from its group to a certificate that is checked without a network, in Kazakh and in Russian."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import segno
from playwright.sync_api import expect
from tests.browser.apps_world import open_app

from rehearsal import visit, wait_for
from sandyq.school.academy.tables import Certificate, Participant, TrainingGroup
from sandyq.school.database import Database
from sandyq.settings import Settings
from tour import find_barriers

SAY = {
    "kk": {
        "groups": "Топтар",
        "make": "Топ құру",
        "course": "Функционалдық сауаттылық",
        "save": "Сақтау",
        "add": "Қосу",
        "sessions": "Кездесулер",
        "propose": "Күндерін ұсыну",
        "keep": "Осы кездесулерді сақтау",
        "presence": "Қатысу",
        "rest": "Қалғандарының бәрі бар",
        "done": "Орындалды",
        "lesson": "Өткізілген сабақ",
        "show": "Жетекшіге көрсету",
        "review": "Қарауға",
        "accepted": "Қабылданды",
        "missing": "Бірдеңе жетпейді",
        "tell": "Қатысушыға жіберу",
        "exam": "Емтихан және сертификаттар",
        "issue": "Беру",
        "yes": "Иә",
        "print": "Ашу",
        "check": "Сертификатты тексеру",
        "real": "Иә, оны осы сервер берген",
        "changed": "өзгертілген",
    },
    "ru": {
        "groups": "Группы",
        "make": "Создать группу",
        "course": "Функциональная грамотность",
        "save": "Сохранить",
        "add": "Добавить",
        "sessions": "Занятия",
        "propose": "Предложить дни",
        "keep": "Сохранить эти занятия",
        "presence": "Присутствие",
        "rest": "Остальные присутствуют",
        "done": "Сделано",
        "lesson": "Проведённый урок",
        "show": "Показать ведущему",
        "review": "На проверку",
        "accepted": "Принято",
        "missing": "Чего-то не хватает",
        "tell": "Сообщить участнику",
        "exam": "Экзамен и сертификаты",
        "issue": "Выдать",
        "yes": "Да",
        "print": "Открыть",
        "check": "Проверить сертификат",
        "real": "Да, он выдан этим сервером",
        "changed": "изменён",
    },
}
MODULES = 6


def find(demo, table, **values):
    """Wait until the database has a row with these values."""

    def look():
        database = Database(Settings(home=demo.home).database_url)
        try:
            with database.reading() as session:
                return session.query(table).filter_by(**values, gone=False).first()
        finally:
            database.close()

    return wait_for(look, f"a row of {table.__name__} with {values}", 30)


def choose_tab(app, name):
    app.app.locator(".sa-tabs button", has_text=re.compile(rf"(^|, ){re.escape(name)}( \(|$)")).first.click()


def make_group(app, say, name):
    choose_tab(app, say["groups"])
    app.press(say["make"])
    app.app.locator("select[name=training]").select_option(label=say["course"])
    app.app.locator("input[name=name]").fill(name)
    app.app.locator("input[name=starts]").fill("2026-09-07")
    app.app.locator("input[name=ends]").fill("2026-11-20")
    app.app.locator("form").get_by_role("button", name=say["save"], exact=True).click()
    app.wait_saved()
    app.app.get_by_role("button", name=name, exact=True).click()


def plan(app, say):
    choose_tab(app, say["sessions"])
    app.app.locator("input[name=first]").fill("2026-10-13")
    app.app.locator("input[name=place]").first.fill("Кабинет 5")
    app.press(say["propose"])
    expect(app.app.locator("tbody tr")).to_have_count(MODULES)
    assert app.barriers() == []
    app.press(say["keep"])
    app.wait_saved()
    expect(app.app.locator("tbody tr")).to_have_count(MODULES)


def mark_by_keyboard(app, say):
    """One person in the first session; in the others all at once."""
    choose_tab(app, say["presence"])
    tabs = app.app.locator(".sa-tabs").nth(2).locator("button")
    tabs.nth(0).click()
    select = app.app.locator("td.sa-edit select").first
    select.focus()
    app.page.keyboard.press("ArrowDown")
    expect(select).to_have_value('"present"')
    app.wait_saved()
    for number in range(1, 4):
        tabs.nth(number).click()
        app.press(say["rest"])
        app.wait_saved()
    assert app.barriers() == []


def open_module(app, number):
    """Unfold a module of the path, unless it is."""
    card = app.app.locator(".sa-body > details.sa-fold").nth(number)
    if card.get_attribute("open") is None:
        card.locator("summary").first.click()
    return card


def show_practice(app, say, text, number=0):
    card = open_module(app, number)
    card.get_by_role("button", name=say["lesson"], exact=True).click()
    card.locator("textarea[name=text]").fill(text)
    card.locator("input[name=class]").fill("5А")
    card.get_by_role("button", name=say["show"], exact=True).click()
    app.wait_saved()
    expect(card).to_contain_text(text)


def review(app, say, word, text):
    card = app.app.locator("section.sa-card").first
    card.get_by_label(say[word], exact=True).check()
    card.locator("textarea[name=text]").fill(text)
    card.get_by_role("button", name=say["tell"], exact=True).click()
    app.wait_saved()


def check_offline(key: Path, text: str):
    """Run the command where there is no server, with the public key alone."""
    command = [sys.executable, "-m", "sandyq.cli", "certificate", str(key)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def learn(app, say):
    """A teacher's part: the task before, then practice in each module."""
    card = open_module(app, 0)
    card.locator("input[name=text]").fill("Он минут жеткіліксіз")
    card.get_by_role("button", name=say["done"], exact=True).click()
    app.wait_saved()
    for number in range(MODULES):
        show_practice(app, say, f"Сабақ {number + 1}", number)
    assert app.barriers() == []


def examine(app, say, name):
    """The guide enters the exam and issues the certificate."""
    choose_tab(app, say["groups"])
    app.app.get_by_role("button", name=name, exact=True).click()
    choose_tab(app, say["exam"])
    app.app.locator("td.sa-edit input").first.fill("15")
    app.page.keyboard.press("Enter")
    app.wait_saved()
    app.press(say["issue"])
    app.page.get_by_role("alertdialog").get_by_role("button", name=say["yes"], exact=True).click()


def look_at_paper(app, say, certificate, name):
    app.wait_saved()
    expect(app.app.locator("tbody")).to_contain_text(certificate.number)
    assert app.barriers() == []
    app.press(say["print"])
    expect(app.app.locator(".sa-paper")).to_contain_text(name)
    drawn = segno.make(certificate.signed, error="m").svg_inline(border=2, omitsize=True, lineclass=None)
    path = app.app.locator(".sa-paper svg path").get_attribute("d")
    assert f'd="{path}"' in drawn, "the code holds what was signed"
    assert app.print().startswith(b"%PDF")
    assert app.barriers() == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_course_from_its_group_to_a_certificate(demo, browser, language, tmp_path):
    say, name = SAY[language], f"Сынақ {language}"
    coach, teacher = demo.account("coach", language), demo.account("teacher", language)
    with open_app(browser, demo, "training", language, coach) as app:
        assert app.barriers() == []
        make_group(app, say, name)
        app.app.locator("input[name=query]").fill(teacher["name"].split()[0])
        row = app.app.locator("tr", has_text=teacher["name"])
        row.get_by_role("button", name=say["add"], exact=True).click()
        app.wait_saved()
        group = find(demo, TrainingGroup, name=name)
        participant = find(demo, Participant, group_id=group.id)
        plan(app, say)
        mark_by_keyboard(app, say)
    with open_app(browser, demo, "training", language, teacher) as app:
        choose_tab(app, name)
        learn(app, say)
    with open_app(browser, demo, "training", language, coach) as app:
        choose_tab(app, say["review"])
        assert app.barriers() == []
        review(app, say, "missing", "Оқушы жұмысын көрсетіңіз")
        for _ in range(MODULES - 1):
            review(app, say, "accepted", "Жарайды")
    with open_app(browser, demo, "training", language, teacher) as app:
        choose_tab(app, name)
        expect(open_module(app, 0)).to_contain_text("Оқушы жұмысын көрсетіңіз")
        show_practice(app, say, "Енді жұмысымен")
    with open_app(browser, demo, "training", language, coach) as app:
        choose_tab(app, say["review"])
        review(app, say, "accepted", "Енді толық")
        examine(app, say, name)
        certificate = find(demo, Certificate, participant_id=participant.id)
        look_at_paper(app, say, certificate, teacher["name"])
        assert app.visitor.outside == []
    key = tmp_path / "key.pem"
    key.write_text(httpx.get(f"{demo.url}/services/portal/certificate/key").text)
    changed = certificate.signed.replace(teacher["name"], "Ж" + teacher["name"][1:])
    check_without_a_network(key, certificate.signed, changed)
    check_as_a_stranger(demo, browser, language, (certificate.signed, changed))


def check_without_a_network(key, text, changed):
    good, bad = check_offline(key, text), check_offline(key, changed)
    assert (good.returncode, bad.returncode) == (0, 1)
    assert good.stdout.split("\n")[:6] == text.split("\n")[:6]
    assert "not as it was signed" in bad.stderr


def check_as_a_stranger(demo, browser, language, texts):
    say = SAY[language]
    with visit(browser, demo, language=language) as visitor:
        visitor.go("/services/portal/certificate")
        for words, expected in zip(texts, (say["real"], say["changed"]), strict=True):
            visitor.page.locator("textarea").fill(words)
            visitor.page.get_by_role("button", name=say["check"]).click()
            expect(visitor.page.locator("main")).to_contain_text(expected)
            assert find_barriers(visitor.page) == []
        assert visitor.outside == []
