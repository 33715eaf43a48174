"""The year of support's pages in a generated district: each role sees its own, acts make the changes they say."""

import asyncio
import io
from datetime import timedelta
from uuid import uuid4

import openpyxl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session
from tests.unit.app_parts import find

import district
from sandyq.courses import MONTHS
from sandyq.school import journal
from sandyq.school.academy import checks
from sandyq.school.academy.issuing import Wish, issue
from sandyq.school.academy.support import list_silent
from sandyq.school.database import Database
from sandyq.school.journal import Batch, Edit
from sandyq.school.registry import SHEETS
from sandyq.school.tables import Person
from sandyq_apps.kit.app import FieldProblem
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.speech import Speech
from sandyq_apps.support import Support
from sandyq_portal.routes.centre import LISTS, describe_visitor

TODAY = district.TODAY + timedelta(days=100)
"""When courses are over."""


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The district's year is told to its end, whatever day it is here."""
    monkeypatch.setattr(checks, "today", lambda: YEAR_OVER)


class Page:
    """The app on a desk whose changes go straight through the school's journal."""

    def __init__(self, session, person, language="kk", day=TODAY):
        self.session, self.person, self.app, self.day = session, person, Support(), day
        self.app.speech = Speech(language)
        self.app.titles = {each: {} for each in ("kk", "ru", "en")}
        self.app.desk = Desk(None, self.app.sheets)
        self.app.desk.today = day.isoformat()
        self.app.desk.me = Row(describe_visitor(person))
        self.read()

    def read(self):
        rows = {
            name: LISTS[name](self.session, self.person, self.day)
            if name in LISTS
            else SHEETS[name].rows(self.session, self.person)
            for name in self.app.sheets
        }
        self.app.desk._rows = {name: {each["id"]: Row(each) for each in some} for name, some in rows.items()}

    def keep(self, change):
        edits = tuple(Edit(each.sheet, each.id, each.version, each.values) for each in change.edits)
        journal.change(self.session, self.person, Batch(change.uuid, "support", change.what[:200], edits))
        self.app.place |= change.place
        self.read()

    def open(self, **place):
        asyncio.run(self.app.open_place(place))
        return self.app.view()

    def tab(self, name):
        asyncio.run(self.app.open_tab({"tab": name}))
        return self.app.view()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('district')}/school.sqlite")
    opened.migrate()
    with opened.session() as session:
        people = district.build(session)
    yield opened, people
    opened.close()


@pytest.fixture
def whole(made):
    database, people = made
    with database.engine.connect() as connection, connection.begin() as change:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session, people
        change.rollback()


def acts(parts):
    return {each["act"] for each in (*find(parts, "form"), *find(parts, "button"))}


def refresh(session, person):
    return session.get_one(Person, person.id)


def test_the_district_sees_everybody_in_each_language(whole):
    session, people = whole
    for language in ("kk", "ru", "en"):
        page = Page(session, refresh(session, people.chief), language)
        lines = page.app.lines()
        assert len(lines) == len({each.participant for each in lines}) > 500
        (grid,) = [each for each in find(page.tab("people"), "table") if each["key"] == "grid"]
        assert len(grid["lines"]) == len(lines)
        assert len([each for each in grid["columns"] if each["key"].startswith("m")]) == MONTHS
        assert find(page.tab("visits"), "table")
        assert find(page.open(print="grid"), "paper")


def test_a_coach_is_warned_of_the_silent_and_they_stand_first(whole):
    session, people = whole
    page = Page(session, refresh(session, people.coaches[0]))
    shown = page.tab("people")
    warning = next(each for each in find(shown, "notice") if each["tone"] == "warn")
    (grid,) = [each for each in find(shown, "table") if each["key"] == "grid"]
    silent = [each for each in grid["lines"] if each["cells"]["silent"]["text"]]
    assert silent and grid["lines"][: len(silent)] == silent
    told = list_silent(session, page.person, TODAY)
    assert [each["cells"]["silent"]["sort"] for each in silent] == [each.since.isoformat() for each in told]
    assert [each["label"] for each in find(warning, "button")] == [each.name for each in told[:5]]


def test_who_is_silent_while_the_course_still_runs_is_named_too(whole):
    session, people = whole
    page = Page(session, refresh(session, people.chief), day=district.TODAY + timedelta(28))
    begun = {each.participant for each in page.app.lines()}
    silent = {each.name for each in page.app.desk.rows("standing") if each.silent and each.id not in begun}
    notices = " ".join(each["text"] for each in find(page.tab("people"), "notice"))
    assert silent and all(name in notices for name in silent)


def test_an_administration_reads_its_school_and_reviews_nobody(whole):
    session, people = whole
    head = refresh(session, people.administrators[0])
    page = Page(session, head)
    lines = page.app.lines()
    assert {page.app.desk.find("standing", each.participant).school_id for each in lines} == {head.school_id}
    assert "review" not in dict(page.app._list_tabs())
    page.tab("people")
    for each in lines:
        shown = page.open(participant=each.participant, month=1)
        assert not {"save_review", "save_contact", "save_evidence", "remove_evidence"} & acts(shown)
        assert not any(button["values"].get("log") for button in find(shown, "button"))


def test_a_coach_answers_and_what_was_accepted_leaves_the_queue(whole):
    session, people = whole
    page = Page(session, refresh(session, people.coaches[0]))
    queue = page.app.queue()
    assert queue
    assert "save_review" in acts(page.tab("review"))
    piece, evidence = queue[0]
    answer = {"evidence": piece.id, "version": piece.version, "text": ""}
    with pytest.raises(FieldProblem) as refusal:
        page.app.save_review(answer | {"verdict": "no"})
    assert refusal.value.field == "text"
    page.keep(page.app.save_review(answer | {"verdict": "yes"}))
    assert [each.id for each, _ in page.app.queue()] == [each.id for each, _ in queue[1:]]
    line = next(each for each in page.app.lines() if each.participant == evidence.participant_id)
    assert line.states[piece.month - 1] == "accepted"


def test_what_somebody_showed_who_has_left_waits_for_nobody(whole):
    session, people = whole
    page = Page(session, refresh(session, people.coaches[0]))
    piece, evidence = page.app.queue()[0]
    year = page.app.row("participant", evidence.participant_id)
    left = Edit("participant", year.id, year.version, {"left_on": TODAY.isoformat()})
    journal.change(session, page.person, Batch(uuid4(), "training", "x", (left,)))
    page.read()
    assert piece.id not in {each.id for each, _ in page.app.queue()}
    assert not {"save_review", "save_contact"} & acts(page.open(participant=year.id, month=piece.month))


def test_a_visit_puts_its_person_last_and_says_when_the_next_one_is(whole):
    session, people = whole
    page = Page(session, refresh(session, people.coaches[0]))
    (table,) = find(page.tab("visits"), "table")
    person = table["lines"][0]["key"]
    visit = {
        "person": person, "on": TODAY.isoformat(), "kind": "call", "saw": "", "advice": "Бір қадам",
        "next_on": (TODAY + timedelta(7)).isoformat(),
    }  # fmt: skip
    for wrong, field in (({"advice": ""}, "saw"), ({"next_on": TODAY.isoformat()}, "next_on")):
        with pytest.raises(FieldProblem) as refusal:
            page.app.save_contact(visit | wrong)
        assert refusal.value.field == field
    page.keep(page.app.save_contact(visit))
    (table,) = find(page.tab("visits"), "table")
    assert person in [each["key"] for each in table["lines"][-3:]]
    assert next(each for each in page.app.lines() if each.person == person).next_visit == TODAY + timedelta(7)


def test_a_teacher_brings_what_happened_and_it_stands_in_the_portfolio(whole):
    session, people = whole
    teacher = refresh(session, people.teachers[0])
    page = Page(session, teacher)
    (year,) = page.app.own_years()
    month = 3
    page.open(participant=year.id, month=month)
    values = {
        "participant": year.id,
        "month": month,
        "kind": "results",
        "text": "<b>Кесте</b>",
        "class": "5А",
    }
    with pytest.raises(FieldProblem) as refusal:
        asyncio.run(page.app.save_evidence(values | {"pupils": 5, "before": 2, "after": 6}))
    assert refusal.value.field == "after"
    page.keep(asyncio.run(page.app.save_evidence(values | {"pupils": 5, "before": 2, "after": 4})))
    (paper,) = find(page.open(print="portfolio"), "paper")
    assert "&lt;b&gt;Кесте&lt;/b&gt;" in paper["html"] and "<b>Кесте" not in paper["html"]
    assert teacher.full_name in paper["html"]
    assert len(page.app.lines()) == 0 and dict(page.app._list_tabs()).keys() == {"year"}


def test_only_the_very_step_that_the_teacher_agreed_to_is_agreed_in_the_portfolio(whole):
    session, people = whole
    teacher = refresh(session, people.teachers[0])
    colleague = next(
        refresh(session, each) for each in people.teachers[1:] if each.school_id == teacher.school_id
    )

    def write(person, table, row, version, **values):
        batch = Batch(uuid4(), "peers", "x", (Edit(table, row, version, values),))
        return journal.change(session, person, batch).rows[0]["after"]

    about = {"on": TODAY.isoformat(), "lesson": "5А", "focus": "?", "seen": [], "tally": {"сұрақ": 1}}
    seen = write(colleague, "observation", -1, 0, person_id=teacher.id, step="Күтемін", **about)
    yes = {"sheet": "observation", "row_id": seen["id"], "kind": "agree", "text": "Күтемін"}
    write(teacher, "reply", -1, 0, on=TODAY.isoformat(), **yes)
    agreed = "✓ екеуі де келісті"

    def print_portfolio():
        (paper,) = find(Page(session, teacher).open(print="portfolio"), "paper")
        return paper["html"]

    assert "Күтемін" in print_portfolio() and agreed in print_portfolio()
    write(colleague, "observation", seen["id"], seen["version"], step="Тез сұраймын")
    assert "Тез сұраймын" in print_portfolio() and agreed not in print_portfolio()


YEAR_OVER = TODAY + timedelta(days=300)


def accept(session, teacher, coach, year, months):
    """Let a coach accept something for months of a participant."""

    def keep(person, table, values):
        batch = Batch(uuid4(), "support", "x", (Edit(table, -1, 0, values),))
        return journal.change(session, person, batch).rows[0]["after"]["id"]

    day = TODAY.isoformat()
    for month in months:
        shown = {"participant_id": year.id, "task": f"month:{month}", "kind": "reflection", "text": "Болды"}
        evidence = keep(teacher, "evidence", shown | {"on": day})
        said = {"sheet": "evidence", "row_id": evidence, "kind": "review", "data": {"accepted": True}}
        keep(coach, "reply", said | {"on": day})


CERTIFICATE = {
    "kk": ("әлі қабылдануы керек: 9.", "мына курстан кейінгі қолдау жылын аяқтады:"),
    "ru": ("осталось принять месяцы: 9.", "прошёл (прошла) год поддержки после курса"),
    "en": ("still have to be accepted: 9.", "has completed the year of support after the course"),
}


def list_ready(session, person, language, on=YEAR_OVER):
    """Return the lines of those who may get the year's certificate, in all groups."""
    page = Page(session, refresh(session, person), language, on)
    page.tab("people")
    tables = find(page.open(participant=0, month=0), "table")
    return [line for table in tables if table["key"] == "ready" for line in table["lines"]]


@pytest.mark.parametrize("language", CERTIFICATE)
def test_who_leads_the_group_issues_the_certificate_when_no_month_is_missing(whole, language):
    lacking, paper = CERTIFICATE[language]
    session, people = whole
    teacher = refresh(session, people.teachers[0])
    (year,) = Page(session, teacher).app.own_years()
    group = Page(session, teacher).app.group_of(year)
    coach = session.get_one(Person, group.coach_id)
    head = next(each for each in people.administrators if each.school_id == teacher.school_id)
    people_of_it = (teacher, coach, refresh(session, head), refresh(session, people.chief))

    def look(person, **place):
        page = Page(session, person, language, YEAR_OVER)
        page.tab("year" if person is teacher else "people")
        return page.open(participant=year.id, month=0, **place)

    def told(person):
        return str(look(person))

    accept(session, teacher, coach, year, range(1, MONTHS))
    assert all(lacking in told(each) and "'issue'" not in told(each) for each in people_of_it)
    accept(session, teacher, coach, year, [MONTHS])
    assert [lacking in told(each) for each in people_of_it] == [False] * 4
    assert ["'issue'" in told(each) for each in people_of_it] == [False, True, False, True]
    for each, may_issue in ((coach, True), (head, False), (people.chief, True)):
        lines = list_ready(session, each, language)
        assert {line["key"]: "'issue'" in str(line) for line in lines} == {year.id: may_issue}
    assert list_ready(session, coach, language, TODAY) == []
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    issue(session, coach, Wish(uuid4(), [year.id], "x", "support"), key, YEAR_OVER)
    assert list_ready(session, coach, language) == []
    number = f"0001-{YEAR_OVER.year}"
    for each in people_of_it:
        assert number in told(each) and "'issue'" not in told(each)
        (drawn,) = find(look(each, print="certificate"), "paper")
        assert teacher.full_name in drawn["html"] and number in drawn["html"] and paper in drawn["html"]
        (portfolio,) = find(look(each, print="portfolio"), "paper")
        assert portfolio["html"].count(number) == 1


def test_a_lesson_that_was_shown_is_proposed_no_more(whole):
    session, people = whole
    for person in people.teachers[200:240]:
        page = Page(session, refresh(session, person))
        (year,) = page.app.own_years()
        proposed = find(page.app.show_proposals(year, 1), "table")
        if proposed:
            break
    else:
        pytest.fail("nobody of the district gave a lesson after the course")
    number = proposed[0]["lines"][0]["key"]
    values = {"participant": year.id, "month": 1, "kind": "lesson", "text": "Болды", "given": number}
    page.keep(asyncio.run(page.app.save_evidence(values)))
    kept = next(each for each in page.app.evidence_of(year) if each.data.get("given") == number)
    assert kept.data["class"] and kept.data["slug"]
    assert any("2" in fact or "1" in fact for fact in page.app.list_facts(kept))
    again = find(page.app.show_proposals(year, 1), "table")
    assert number not in [line["key"] for table in again for line in table["lines"]]


def test_the_spreadsheet_holds_each_person_and_month_in_words(whole):
    session, people = whole
    page = Page(session, refresh(session, people.coaches[0]), "ru")
    file = page.app.save_grid({})
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    lines = page.app.lines()
    assert sorted(row[0] for row in rows) == sorted(each.name for each in lines)
    words = {cell for row in rows for cell in row[4 : 4 + MONTHS]}
    assert (
        words <= {"Принято", "На проверке", "Возвращено", "Ничего нет", "Идёт", "Впереди"} and len(words) > 1
    )


def test_who_is_in_no_course_is_told_what_to_do(whole):
    session, people = whole
    loner = refresh(session, people.teachers[1])
    page = Page(session, loner)
    page.app.desk._rows["participant"] = {}
    (part,) = page.app.view()
    assert part["t"] == "empty"
