"""The interest survey, its whole way: made, opened, answered by children and from paper, counted, printed."""

import io
import re

import openpyxl
import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from tests.browser.apps_world import open_app, read_rows, wait_for_row

from large_school import PASSWORD, answer_survey
from rehearsal import visit
from sandyq.school.centre.tables import Child, Club
from sandyq.school.credentials import Secret, hash_secret
from sandyq.school.database import Database
from sandyq.school.tables import Credential, Person
from sandyq.settings import Settings
from tour import find_barriers

WORDS = {
    "kk": {
        "name": "Не ұнайды?",
        "make": "Сауалнама жасау",
        "show": "Көрсету",
        "open": "Балаларға ашу",
        "close": "Сауалнаманы жабу",
        "send": "Жауабымды жіберу",
        "thanks": "Рақмет!",
        "again": "Жауабымды өзгерту",
        "grades": "1–4-сыныптар",
        "group": "1Ә",
        "xlsx": "Электрондық кесте (XLSX)",
        "outside": "Сыртқа басып шығару",
    },
    "ru": {
        "name": "Что интересно?",
        "make": "Создать опрос",
        "show": "Показать",
        "open": "Открыть детям",
        "close": "Закрыть опрос",
        "send": "Отправить ответы",
        "thanks": "Спасибо!",
        "again": "Изменить ответы",
        "grades": "1–4 классы",
        "group": "1Б",
        "xlsx": "Таблица (XLSX)",
        "outside": "Печать для других",
    },
}
CHILDREN = {"kk": "child1", "ru": "child2"}
"""Of classes 1Ә and 1Б: each answers in the class's language."""
QUESTIONS, CLASSES, PAPER, TYPING, RESULT = range(5)


def database_of(demo):
    return Database(Settings(home=demo.home).database_url)


def find_login(session, login):
    return session.scalars(select(Person).where(Person.login == login)).one()


def give_password(demo, login):
    database = database_of(demo)
    with database.session() as session:
        secret = hash_secret(Secret("password", PASSWORD))
        child = find_login(session, login)
        session.add(Credential(person_id=child.id, kind=secret.kind, secret_hash=secret.hash))
    database.close()


def answer_for_many(demo, survey, but):
    """Two children of three answer on computers, all but those whose sheets are typed in and who sign in themselves."""
    database = database_of(demo)
    with database.session() as session:
        answer_survey(session, survey, but)
    database.close()


def show_tab(app, number):
    tab = app.app.locator(".sa-tabs button").nth(number)
    tab.click()
    expect(tab).to_have_attribute("aria-current", "page")


def make_survey(app, say):
    """Make the ready survey and open it; return its id."""
    app.app.locator("input[name=name]").wait_for(state="attached")
    if (fold := app.app.locator("details.sa-fold > summary")).count():
        fold.click()
    app.app.locator("input[name=name]").fill(say["name"])
    app.press(say["make"])
    app.wait_saved()
    app.app.locator(".sa-card", has_text=say["name"]).locator("button.primary").first.click()  # the newest
    show_tab(app, CLASSES)
    app.press(say["open"])
    expect(app.app.locator(".sa-notice.good")).to_be_visible()
    app.wait_saved()
    return read_rows(app.demo, "survey")[-1]["id"]


def close_survey(app, say):
    app.press(say["close"])
    expect(app.app.locator(".sa-notice.good")).to_have_count(0)
    app.wait_saved()


def count_by_hand(demo, survey, chests):
    """Count from the raw rows, by another way than the app: who wants each chest, of which sex and age."""
    from sandyq_apps.survey_bank import read_bank

    bank = {entry["id"]: entry for entry in read_bank()}
    database = database_of(demo)
    with database.reading() as session:
        sexes = dict(session.execute(select(Child.person_id, Child.sex)).all())
        grades = dict(session.execute(select(Person.id, Person.grade)).all())
    database.close()
    wants = {}
    for row in read_rows(demo, "survey_answer"):
        if row["survey_id"] != survey:
            continue
        said = set()
        for key, value in row["answers"].items():
            entry = bank[key]
            if entry["kind"] == "several":
                said |= {entry["options"][number - 1]["chest"] for number in value}
            elif entry["kind"] == "rank":
                said |= {entry["options"][number - 1]["chest"] for number in value[:2]}
            elif entry["kind"] == "yesno" and value is True and "chest" in entry:
                said.add(entry["chest"])
        who = row["person_id"]
        sex = sexes[who] if who else row["about"]["sex"]
        grade = grades[who] if who else row["about"]["grade"]
        wants[row["id"]] = (sex, grade, {chests[place] for place in said})
    return wants


def read_table(app, caption):
    """Return a table as the page shows it: lines of texts."""
    table = app.app.locator(
        "table", has=app.page.locator("caption", has_text=re.compile(f"^{caption}$"))
    ).first
    return [
        [cell.inner_text() for cell in line.locator("td").all()] for line in table.locator("tbody tr").all()
    ]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_survey_is_made_answered_typed_in_and_counted(large_school, browser, language):
    say, child = WORDS[language], CHILDREN[language]
    give_password(large_school, child)
    with open_app(browser, large_school, "survey", language) as app:
        survey = make_survey(app, say)
        assert app.barriers() == []
        show_tab(app, PAPER)
        expect(app.app.locator(".survey-form")).to_be_visible()
        assert app.barriers() == []

        # a child answers without JavaScript, in the class's language; the leader's page hears of it
        show_tab(app, CLASSES)
        with visit(browser, large_school, language=language) as pupil:
            pupil.sign_in({"login": child, "password": PASSWORD, "class": ""})
            pupil.page.get_by_role("link", name=re.compile(re.escape(say["name"]))).click()
            assert find_barriers(pupil.page) == []
            pupil.page.get_by_role("button", name=say["send"]).click()
            expect(pupil.page.get_by_role("alert")).to_be_visible()
            for number in (0, 2):
                pupil.page.get_by_role("checkbox").nth(number).check()
            pupil.page.get_by_role("radio").nth(1).check()
            pupil.page.get_by_role("button", name=say["send"]).click()
            expect(pupil.page.get_by_role("heading", name=say["thanks"])).to_be_visible()
            row = wait_for_row(large_school, "survey_answer", survey_id=survey)
            assert row["answers"] == {"young-likes": [1, 3], "young-stay": False}
            assert find_barriers(pupil.page) == []
            assert pupil.outside == []
            pupil.page.get_by_role("link", name=say["again"]).click()
            pupil.page.get_by_role("checkbox").nth(8).check()
            pupil.page.get_by_role("button", name=say["send"]).click()
            expect(pupil.page.get_by_role("heading", name=say["thanks"])).to_be_visible()
            assert wait_for_row(large_school, "survey_answer", id=row["id"])["answers"]["young-likes"] == [
                1,
                3,
                9,
            ]
            assert (
                pupil.page.goto(f"{large_school.url}/services/portal/survey-previews/{survey}").status == 403
            )
        expect(app.app.locator(".sa-notice.good")).to_contain_text(re.compile(r"\b1\b"), timeout=15_000)

        type_sheets(app, say, survey)
        answer_for_many(large_school, survey, {child})
        show_tab(app, RESULT)
        check_result(app, say, survey)
        assert app.visitor.outside == []
        close_survey(app, say)


def type_sheets(app, say, survey):
    """Three sheets by keyboard alone: one with a name, the same twice without one; the second is told."""
    show_tab(app, TYPING)
    app.app.locator("select[name=group]").select_option(label=say["group"])
    person = app.app.locator("select[name=person]")
    expect(person).to_be_focused()
    first = [option for option in person.locator("option").all_inner_texts() if "✓" not in option][1]
    person.select_option(label=first)
    app.page.keyboard.press("Tab")
    app.page.keyboard.press("Tab")
    app.page.keyboard.type("135")
    app.page.keyboard.press("Tab")
    app.page.keyboard.type("1")
    app.page.keyboard.press("Enter")
    expect(app.app.locator("[data-key=sheets] tbody tr, .sa-table tbody tr")).to_have_count(1)
    expect(app.app.locator("input[name=young-likes]")).to_be_focused()  # the next name is there already
    for number in (2, 3):
        app.app.locator("select[name=person]").select_option("null")
        app.app.locator("select[name=sex]").select_option('"f"')
        app.app.locator("input[name=young-likes]").fill("9")
        app.app.locator("input[name=young-likes]").press("Enter")
        expect(app.app.locator(".sa-table tbody tr")).to_have_count(number)
    expect(app.app.locator(".sa-notice.warn")).to_contain_text("2 – 3")
    app.app.locator(".sa-table tbody tr").first.locator("button.danger").click()
    app.app.get_by_role("alertdialog").locator("button.danger").click()
    expect(app.app.locator(".sa-table tbody tr")).to_have_count(2)
    app.wait_saved()
    named = next(row for row in read_rows(app.demo, "survey_answer") if row["survey_id"] == survey and row["source"] == "paper")  # fmt: skip # noqa: E501
    assert named["answers"] == {"young-likes": [1, 3, 5], "young-stay": True}
    app.app.locator("select[name=person]").select_option(str(named["person_id"]))
    app.app.locator("input[name=young-likes]").fill("x")
    app.app.locator("input[name=young-likes]").press("Enter")
    expect(app.app.locator(".sa-wrong")).to_be_visible()
    app.app.locator("input[name=young-likes]").fill("1")
    app.app.locator("input[name=young-likes]").press("Enter")
    expect(app.app.locator("[data-key=person] .sa-wrong")).to_be_visible()
    assert app.barriers() == []


def check_result(app, say, survey):
    demo = app.demo
    chests = {row["position"]: row["id"] for row in read_rows(demo, "chest")}
    wants = count_by_hand(demo, survey, chests)
    expect(app.app.locator(".sa-figure b").nth(1)).to_have_text(str(len(wants)), timeout=20_000)
    figures = app.app.locator(".sa-figure b").all_inner_texts()
    assert figures[:3] == ["600", str(len(wants)), str(600 - len(wants))]
    book = read_workbook(app, say)
    demand = {line[1]: line[2:] for line in book.worksheets[0].iter_rows(min_row=5, values_only=True)}
    for name, sex, asked in (("қыздар" if say is WORDS["kk"] else "девочки", "f", 300),):
        of_sex = [chosen for told, _grade, chosen in wants.values() if told == sex]
        assert demand[name][:2] == (asked, len(of_sex))
        assert list(demand[name][3:]) == [
            sum(chest in chosen for chosen in of_sex) for chest in chests.values()
        ]
    young = [chosen for _sex, grade, chosen in wants.values() if grade <= 4]
    assert list(demand[say["grades"]][3:]) == [
        sum(chest in chosen for chosen in young) for chest in chests.values()
    ]
    check_advice(demo, book, wants, chests)
    assert app.barriers() == []
    app.press(say["outside"])
    expect(app.app.locator(".survey-result")).to_be_visible()
    assert app.barriers() == []
    assert app.print().startswith(b"%PDF")


def read_workbook(app, say):
    with app.page.expect_download() as download:
        app.press(say["xlsx"])
    return openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))


def check_advice(demo, book, wants, chests):
    """Each line of the shortlist again, from the clubs in the database and plain fractions."""
    database = database_of(demo)
    with database.reading() as session:
        clubs = session.execute(
            select(Club.chest_id, Club.grade_from, Club.grade_to, Club.capacity).where(Club.gone.is_(False))
        ).all()
    database.close()
    names = {row["id"]: row["names"] for row in read_rows(demo, "chest")}
    lines = list(book.worksheets[1].iter_rows(min_row=4, values_only=True))
    assert lines
    told = {}
    for what, wanting, places, unmet, groups, _why in lines:
        chest = next(key for key, said in names.items() if what.startswith((said["kk"], said["ru"])))
        low, high = map(int, re.search(r"(\d+)–(\d+)", what.split(",")[1]).groups())
        told[chest, low] = (wanting, places, unmet, groups)
        have = sum(capacity * len([g for g in range(first, last + 1) if low <= g <= high]) / (last - first + 1) for of, first, last, capacity in clubs if of == chest)  # fmt: skip # noqa: E501
        want = sum(chest in chosen and low <= grade <= high for _sex, grade, chosen in wants.values())
        assert (wanting, unmet) == (want, wanting - places)
        assert places == int(have + 1e-9)
        assert groups == unmet // 15 + (unmet % 15 >= 8)
    assert [line[3] for line in lines] == sorted((line[3] for line in lines), reverse=True)
    assert len(told) == len(lines)


def test_a_killed_kernel_loses_no_sheet(large_school, browser):
    say = WORDS["kk"]
    with open_app(browser, large_school, "survey", "kk") as app:
        survey = make_survey(app, say)
        show_tab(app, TYPING)
        app.app.locator("select[name=group]").select_option(label="2А")
        app.app.locator("select[name=sex]").select_option('"m"')
        app.app.locator("input[name=young-likes]").fill("2")
        app.app.locator("input[name=young-likes]").press("Enter")
        expect(app.app.locator(".sa-table tbody tr")).to_have_count(1)
        app.wait_saved()
        app.app.locator("select[name=sex]").select_option('"f"')
        app.app.locator("input[name=young-likes]").fill("79")
        app.kill_kernel()
        expect(app.app.locator(".sa-table tbody tr")).to_have_count(1)  # what was saved
        expect(app.app.locator("input[name=young-likes]")).to_have_value("79")  # what was typed
        app.app.locator("input[name=young-likes]").press("Enter")
        expect(app.app.locator(".sa-table tbody tr")).to_have_count(2)
        app.wait_saved()
        kept = [
            row["answers"] for row in read_rows(large_school, "survey_answer") if row["survey_id"] == survey
        ]
        assert kept == [{"young-likes": [2]}, {"young-likes": [7, 9]}]
        close_survey(app, say)
