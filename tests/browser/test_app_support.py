"""The year of support: a teacher brings a month's evidence, the coach sends it back, then accepts it and visits."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row

WORDS = {
    "kk": {
        "photo": "Сурет",
        "send": "Коучқа жіберу",
        "again": "Түзетіп, қайта жіберу",
        "review": "Қарауда",
        "accept": "Қабылдау",
        "back": "Қайтару",
        "keep": "Жауапты сақтау",
        "why": "Не жетпейтінін жазыңыз, сонда түзетуге болады.",
        "people": "Қатысушылар",
        "log": "Сапарды не қоңырауды жазу",
        "write": "Жазып қою",
        "portfolio": "Портфолионы басып шығару",
        "done": "Коуч қабылдады",
        "grid": "Айларды басып шығару",
    },
    "ru": {
        "photo": "Снимок",
        "send": "Отправить коучу",
        "again": "Исправить и отправить снова",
        "review": "На проверке",
        "accept": "Принять",
        "back": "Вернуть",
        "keep": "Сохранить ответ",
        "why": "Напишите, чего не хватает, чтобы это можно было исправить.",
        "people": "Участники",
        "log": "Записать визит или звонок",
        "write": "Записать",
        "portfolio": "Портфолио для печати",
        "done": "Принято коучем",
        "grid": "Месяцы для печати",
    },
}
PLACE = {"kk": 1, "ru": 2}
"""Which of the coach's people it is."""


def take_picture():
    picture = io.BytesIO()
    Image.new("RGB", (1600, 1200), "#2f6db5").save(picture, "PNG")
    return {"name": "items.png", "mimeType": "image/png", "buffer": picture.getvalue()}


def find_teacher(demo, coach, place):
    """Return the account of somebody whose year goes on, and their participant's id."""
    ended = {
        row["id"] for row in read_rows(demo, "training_group", coach["login"]) if row["name"].endswith(" 1")
    }
    years = [row for row in read_rows(demo, "participant", coach["login"]) if row["group_id"] in ended]
    for account in (each for each in demo.accounts() if each["role"] == "teacher"):
        for row in read_rows(demo, "participant", account["login"]):
            if row["id"] == years[place]["id"] and _is_own(demo, account, row):
                return account, row["id"]
    raise LookupError("nobody of the sample's first group is a teacher")


def _is_own(demo, account, row):
    from sandyq.school.database import Database
    from sandyq.school.people import find_person
    from sandyq.settings import Settings

    database = Database(Settings(home=demo.home).database_url)
    with database.reading() as session:
        number = find_person(session, account["login"]).id
    database.close()
    return number == row["person_id"]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_months_evidence_goes_to_the_coach_and_back_and_into_the_portfolio(demo, browser, language):
    say, coach = WORDS[language], demo.account("coach", "kk")
    teacher, year = find_teacher(demo, coach, PLACE[language])
    text = f"Автобус кестесі бойынша бес тапсырма <b>{language}</b>"
    with open_app(browser, demo, "support", language, teacher) as app:
        assert app.barriers() == []
        bring(app, say, text)
        kept = wait_for_row(demo, "evidence", coach["login"], participant_id=year, task="month:4")
        app.wait_saved()
        assert len(kept["photo"]) == 64 and kept["text"] == text
        app.kill_kernel()
        expect(app.app.get_by_text(text).first).to_be_visible()
        expect(app.app.locator("article img").first).to_be_visible()
    with open_app(browser, demo, "support", language, coach) as app:
        assert app.barriers() == []
        send_back(app, say, text)
        reply = wait_for_row(demo, "reply", coach["login"], row_id=kept["id"])
        assert reply["data"] == {"accepted": False, "version": kept["version"]}
    with open_app(browser, demo, "support", language, teacher) as app:
        expect(app.app.get_by_text(f"Кілті қайда? {language}")).to_be_visible()
        app.press(say["again"])
        expect(app.app.locator("textarea[name=text]")).to_have_value(text)
        app.app.locator("textarea[name=text]").fill(f"{text}, кілтімен")
        app.app.locator("form").get_by_role("button", name=say["send"], exact=True).click()
        mended = wait_for_row(demo, "evidence", coach["login"], id=kept["id"], version=kept["version"] + 1)
        assert mended["photo"] == kept["photo"]
    with open_app(browser, demo, "support", language, coach) as app:
        accept(app, say, f"{text}, кілтімен")
        app.wait_saved()
        log_visit(app, say, year, language)
        wait_for_row(demo, "coach_visit", coach["login"], saw=f"Сабақта болдым {language}")
        app.wait_saved()
        assert app.barriers() == []
        app.visitor.go("/services/rooms/app/support")
        app.wait()
        print_grid(app, say)
    with open_app(browser, demo, "support", language, teacher) as app:
        app.press(say["portfolio"])
        paper = app.app.locator(".sa-paper")
        expect(paper).to_contain_text(f"{text}, кілтімен")
        expect(paper).to_contain_text(say["done"])
        expect(paper).to_contain_text(f"Келесіде кілтті бірге жазыңыз {language}")
        expect(paper.locator("img").first).to_be_visible()
        assert paper.locator("img").first.evaluate("picture => picture.naturalWidth") == 1200
        assert app.print().startswith(b"%PDF")
        assert app.barriers() == []
        assert app.visitor.outside == []


def bring(app, say, text):
    """A photo without a picture is refused at its field; with it, it goes to the coach."""
    app.press(say["photo"])
    app.app.locator("textarea[name=text]").fill(text)
    app.app.locator("form").get_by_role("button", name=say["send"], exact=True).click()
    expect(app.app.locator("[aria-invalid=true]")).to_have_attribute("name", "photo")
    app.app.locator("input[name=photo]").set_input_files(take_picture())
    app.app.locator("form").get_by_role("button", name=say["send"], exact=True).click()


def open_review(app, say, text):
    app.app.locator(".sa-tabs button", has_text=say["review"]).click()
    card = app.app.locator(".sa-card").filter(has_text=text).first
    expect(card.locator("img")).to_be_visible()
    return card


def send_back(app, say, text):
    """Without a word of what is missing it is refused."""
    card = open_review(app, say, text)
    assert app.barriers() == []
    card.get_by_label(say["back"], exact=True).check()
    card.get_by_role("button", name=say["keep"], exact=True).click()
    expect(card.get_by_text(say["why"])).to_be_visible()
    language = "kk" if say is WORDS["kk"] else "ru"
    card.locator("textarea[name=text]").fill(f"Кілті қайда? {language}")
    card.get_by_role("button", name=say["keep"], exact=True).click()
    expect(app.app.get_by_text(text)).to_have_count(0)


def accept(app, say, text):
    card = open_review(app, say, text)
    card.get_by_label(say["accept"], exact=True).check()
    card.get_by_role("button", name=say["keep"], exact=True).click()
    expect(app.app.get_by_text(text)).to_have_count(0)


def log_visit(app, say, year, language):
    app.app.locator(".sa-tabs button", has_text=say["people"]).click()
    app.app.locator(f"button.sa-link[data-f*='\"participant\":{year},']").first.click()
    app.press(say["log"])
    app.app.locator("textarea[name=saw]").fill(f"Сабақта болдым {language}")
    app.app.locator("textarea[name=advice]").fill(f"Келесіде кілтті бірге жазыңыз {language}")
    app.app.locator("form").get_by_role("button", name=say["write"], exact=True).click()


def print_grid(app, say):
    app.app.locator(".sa-tabs button", has_text=say["people"]).click()
    app.press(say["grid"])
    expect(app.app.locator(".sa-paper tbody tr")).to_have_count(4)
    assert app.print().startswith(b"%PDF")
