"""The year of support: evidence, the coach's answer and visits; with the ninth month the certificate."""

import io
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import segno
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select
from tests.browser.apps_world import open_app, read_rows, wait_for_row
from tests.browser.test_app_training import check_as_a_stranger, check_without_a_network

from sandyq.courses import MONTHS
from sandyq.school import journal
from sandyq.school.academy.tables import Participant, Training, TrainingGroup
from sandyq.school.database import Database, today
from sandyq.school.journal import Batch, Edit
from sandyq.school.people import find_person
from sandyq.school.tables import Person
from sandyq.settings import Settings

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
        "reflection": "Рефлексия",
        "missing": "мына айлар әлі қабылдануы керек: 9.",
        "ready": "Тоғыз айдың бәрі қабылданды: коуч сертификат бере алады.",
        "issue": "Сертификат беру",
        "yes": "Иә",
        "paper": "Сертификатты басып шығару",
        "completed": "мына курстан кейінгі қолдау жылын аяқтады:",
        "months": "Коуч қабылдаған ай саны: 9",
        "number": "Қолдау жылының сертификаты",
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
        "reflection": "Рефлексия",
        "missing": "осталось принять месяцы: 9.",
        "ready": "Приняты все девять месяцев: коуч может выдать сертификат.",
        "issue": "Выдать сертификат",
        "yes": "Да",
        "paper": "Сертификат для печати",
        "completed": "прошёл (прошла) год поддержки после курса",
        "months": "Принято коучем месяцев: 9",
        "number": "Сертификат за год поддержки",
    },
}
PLACE = {"kk": 1, "ru": 2}
"""Which of the coach's people it is."""
PLACE_OF_OTHERS = {"kk": 1, "ru": 3}
"""Which of the other coach's, whose language it is."""


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
    open_person(app, say, year)
    app.press(say["log"])
    app.app.locator("textarea[name=saw]").fill(f"Сабақта болдым {language}")
    app.app.locator("textarea[name=advice]").fill(f"Келесіде кілтті бірге жазыңыз {language}")
    app.app.locator("form").get_by_role("button", name=say["write"], exact=True).click()


def print_grid(app, say):
    app.app.locator(".sa-tabs button", has_text=say["people"]).click()
    app.press(say["grid"])
    expect(app.app.locator(".sa-paper tbody tr")).to_have_count(4)
    assert app.print().startswith(b"%PDF")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_ninth_accepted_month_makes_a_certificate_that_is_checked_without_a_network(
    demo, browser, language, tmp_path
):
    say, coach, text = WORDS[language], demo.account("coach", "ru"), f"Жыл қорытындысы {language}"
    teacher, year = live_through_eight_months(demo, coach, PLACE_OF_OTHERS[language], f"Жыл {language}")
    with open_app(browser, demo, "support", language, teacher) as app:
        expect(app.app).to_contain_text(say["missing"])
        assert app.app.get_by_role("button", name=say["issue"]).count() == 0
        app.press(say["reflection"])
        app.app.locator("textarea[name=text]").fill(text)
        app.app.locator("form").get_by_role("button", name=say["send"], exact=True).click()
        wait_for_row(demo, "evidence", coach["login"], participant_id=year, task=f"month:{MONTHS}")
        app.wait_saved()
        assert app.barriers() == []
    with open_app(browser, demo, "support", language, coach) as app:
        open_person(app, say, year)
        expect(app.app).to_contain_text(say["missing"])
        assert app.app.get_by_role("button", name=say["issue"]).count() == 0
        card = app.app.locator(".sa-card").filter(has_text=text).first
        card.get_by_label(say["accept"], exact=True).check()
        card.get_by_role("button", name=say["keep"], exact=True).click()
        expect(app.app).to_contain_text(say["ready"])
        app.wait_saved()
        assert app.barriers() == []
        app.press(say["issue"])
        app.page.get_by_role("alertdialog").get_by_role("button", name=say["yes"], exact=True).click()
        certificate = wait_for_row(demo, "certificate", coach["login"], participant_id=year, kind="support")
        expect(app.app).to_contain_text(certificate["number"])
        app.wait_saved()
        assert app.app.get_by_role("button", name=say["issue"]).count() == 0
        assert app.barriers() == []
    with open_app(browser, demo, "support", language, teacher) as app:
        app.press(say["paper"])
        look_at_certificate(app, say, certificate, teacher["name"], tmp_path / f"certificate-{language}.pdf")
        app.app.locator("button", has_text="←").first.click()
        app.press(say["portfolio"])
        expect(app.app.locator(".sa-paper tr", has_text=say["number"])).to_contain_text(certificate["number"])
        assert app.visitor.outside == []
    key = tmp_path / "key.pem"
    key.write_text(httpx.get(f"{demo.url}/services/portal/certificate/key").text)
    changed = certificate["signed"].replace(teacher["name"], "Ж" + teacher["name"][1:])
    check_without_a_network(key, certificate["signed"], changed)
    check_as_a_stranger(demo, browser, language, (certificate["signed"], changed))


def live_through_eight_months(demo, coach, place, name):
    """Make a group whose year is over; return somebody in it, of whom eight months are accepted, and their id there."""
    database = Database(Settings(home=demo.home).database_url)
    with database.session() as session:
        guide = find_person(session, coach["login"])
        others = select(TrainingGroup.id).where(TrainingGroup.name.endswith(" 2"))
        member = session.scalars(select(Participant).where(Participant.group_id.in_(others))).all()[place]
        person = session.get_one(Person, member.person_id)
        training = session.scalar(select(Training.id).where(Training.programme == "literacy"))

        def keep(who, sheet, /, **values):
            batch = Batch(uuid4(), "support", "x", (Edit(sheet, -1, 0, values),))
            return journal.change(session, who, batch).rows[0]["after"]["id"]

        ended = today() - timedelta(300)
        days = {"starts_on": (ended - timedelta(60)).isoformat(), "ends_on": ended.isoformat()}
        leads = {"facilitator_id": guide.id, "coach_id": guide.id}
        group = keep(guide, "training_group", training_id=training, name=name, **leads, **days)
        year = keep(guide, "participant", group_id=group, person_id=person.id)
        shown = {"participant_id": year, "on": today().isoformat(), "kind": "reflection", "text": "Болды"}
        said = {"sheet": "evidence", "kind": "review", "on": today().isoformat(), "data": {"accepted": True}}
        for month in range(1, MONTHS):
            keep(guide, "reply", row_id=keep(person, "evidence", task=f"month:{month}", **shown), **said)
        login = person.login
    database.close()
    return next(each for each in demo.accounts() if each["login"] == login), year


def open_person(app, say, year):
    app.app.locator(".sa-tabs button", has_text=say["people"]).click()
    app.app.locator(f"button.sa-link[data-f*='\"participant\":{year},']").first.click()


def look_at_certificate(app, say, certificate, name, file):
    """What is printed says of what it is, on one page, and its code holds what was signed."""
    paper = app.app.locator(".sa-paper")
    for words in (certificate["number"], name, say["completed"], say["months"]):
        expect(paper).to_contain_text(words)
    drawn = segno.make(certificate["signed"], error="m").svg_inline(border=2, omitsize=True, lineclass=None)
    assert f'd="{paper.locator("svg path").get_attribute("d")}"' in drawn
    file.write_bytes(app.print())
    assert file.read_bytes().count(b"/Type /Page\n") == 1
    assert app.barriers() == []
