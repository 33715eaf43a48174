"""The centre's journal: each change once, whole or not at all, never over somebody else's, and it can be taken back."""

import os
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from sandyq.school import journal, people, sample
from sandyq.school.centre.tables import Chest, Club
from sandyq.school.errors import Conflict, NotAllowed, NotFound
from sandyq.school.journal import BadEdit, Batch, Edit, Stale
from sandyq.school.kept import Change, Kept
from sandyq.school.registry import SHEETS, find_sheet
from sandyq.school.tables import School


@pytest.fixture
def other(session):
    return people.find_person(session, "qanat")


@pytest.fixture
def chest(session):
    return session.scalars(select(Chest).order_by(Chest.position)).all()[0]


def batch(*edits, what="Chest changed", uuid=None, app="chests"):
    return Batch(uuid or uuid4(), app, what, edits)


def paint(chest, colour, version=None):
    return Edit("chest", chest.id, version or chest.version, {"colour": colour})


def test_every_kept_table_is_a_sheet_with_an_english_name_of_its_own():
    assert {sheet.table for sheet in SHEETS.values()} == set(Kept.__subclasses__())


def test_a_change_sent_twice_is_made_once(session, leader, chest):
    sent = batch(paint(chest, "#112233"))
    first, again = journal.change(session, leader, sent), journal.change(session, leader, sent)
    assert first is again
    assert (chest.colour, chest.version) == ("#112233", 2)


def test_a_uuid_belongs_to_one_change_of_one_person(session, leader, other, chest):
    sent = batch(paint(chest, "#112233"))
    journal.change(session, leader, sent)
    with pytest.raises(Conflict, match="another change"):
        journal.change(session, other, sent)


def test_who_saw_an_older_version_changes_nothing_and_gets_the_newest(session, leader, other, chest):
    journal.change(session, other, batch(paint(chest, "#112233")))
    with pytest.raises(Stale, match="Қанат") as stale:
        journal.change(session, leader, batch(paint(chest, "#445566", version=1)))
    assert stale.value.rows[0][1]["colour"] == "#112233"
    assert chest.colour == "#112233"


def test_a_batch_is_made_whole_or_not_at_all(session, leader):
    good = Edit("room", -1, 0, {"name": "Бос бөлме", "seats": 10})
    bad = Edit("room", -2, 0, {"name": "x" * 61, "seats": 10})
    with pytest.raises(BadEdit, match="60 characters") as problem, session.begin_nested():
        journal.change(session, leader, batch(good, bad))
    assert (problem.value.index, problem.value.field) == (1, "name")
    assert "Бос бөлме" not in {row["name"] for row in SHEETS["room"].rows(session, leader)}
    assert session.scalars(select(Change)).all() == []


def test_new_rows_of_a_batch_name_each_other(session, leader):
    plan = Edit("launch_plan", -1, 0, {"name": "Ашылу", "starts_on": "2026-12-01"})
    step = Edit("launch_step", -2, 0, {"plan_id": -1, "key": "order", "names": {"kk": "Бұйрық"}, "days": 2})
    entry = journal.change(session, leader, batch(plan, step))
    made = {note["sheet"]: note["after"] for note in entry.rows}
    assert made["launch_step"]["plan_id"] == made["launch_plan"]["id"]
    assert made["launch_plan"]["starts_on"] == "2026-12-01"
    assert made["launch_step"]["after"] == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "A"}, "seats"),
        ({"name": "A", "seats": "ten"}, "seats"),
        ({"name": "A", "seats": True}, "seats"),
        ({"name": None, "seats": 3}, "name"),
        ({"name": "A", "seats": 3, "version": 7}, "version"),
        ({"name": "A", "seats": 3, "school_id": 7}, "school_id"),
        ({"name": "A", "seats": 3, "colour": "red"}, "colour"),
    ],
)
def test_a_value_that_cannot_be_kept_names_its_field(session, leader, values, field):
    with pytest.raises(BadEdit) as problem:
        journal.change(session, leader, batch(Edit("room", -1, 0, values)))
    assert problem.value.field == field


def test_a_row_of_another_school_is_not_there(session, leader, chest):
    elsewhere = School(name="Басқа мектеп", language="kk")
    session.add(elsewhere)
    session.flush()
    foreign = Chest(school_id=elsewhere.id, position=1, names={})
    session.add(foreign)
    session.flush()
    with pytest.raises(NotAllowed):
        journal.change(session, leader, batch(Edit("chest", foreign.id, 1, {"colour": "#000000"})))
    values = {"chest_id": foreign.id, "leader_id": leader.id, "name": "Шахмат"}
    with pytest.raises(BadEdit) as problem:
        journal.change(session, leader, batch(Edit("club", -1, 0, values)))
    assert problem.value.field == "chest_id"
    assert foreign.id not in {row["id"] for row in SHEETS["chest"].rows(session, leader)}


def test_sheets_are_for_those_who_lead(session):
    pupil = people.find_person(session, "aruzhan")
    assert pupil
    with pytest.raises(NotAllowed):
        find_sheet("club", pupil)
    with pytest.raises(NotFound):
        find_sheet("person", pupil)


def test_a_change_is_taken_back_and_then_nothing_is_left_to_take_back(session, leader, chest):
    entry = journal.change(session, leader, batch(paint(chest, "#112233")))
    assert journal.last_own(session, leader, "chests") is entry
    journal.undo(session, leader, uuid4(), entry.id)
    assert (chest.colour, chest.version) == ("", 3)
    assert journal.last_own(session, leader, "chests") is None
    with pytest.raises(Conflict, match="taken back already"):
        journal.undo(session, leader, uuid4(), entry.id)


def test_new_and_removed_rows_are_taken_back_too(session, leader):
    added = journal.change(session, leader, batch(Edit("room", -1, 0, {"name": "A", "seats": 3})))
    row = added.rows[0]["after"]
    removed = journal.change(session, leader, batch(Edit("room", row["id"], 1)))
    assert row["id"] not in {each["id"] for each in SHEETS["room"].rows(session, leader)}
    journal.undo(session, leader, uuid4(), removed.id)
    assert row["id"] in {each["id"] for each in SHEETS["room"].rows(session, leader)}
    journal.undo(session, leader, uuid4(), added.id)
    assert row["id"] not in {each["id"] for each in SHEETS["room"].rows(session, leader)}


def test_nobody_takes_back_what_another_did_or_changed_since(session, leader, other, chest):
    entry = journal.change(session, leader, batch(paint(chest, "#112233")))
    with pytest.raises(NotAllowed):
        journal.undo(session, other, uuid4(), entry.id)
    journal.change(session, other, batch(paint(chest, "#445566")))
    with pytest.raises(Stale, match="Қанат"):
        journal.undo(session, leader, uuid4(), entry.id)
    assert chest.colour == "#445566"


def test_others_hear_of_a_change_and_its_history_stays(session, leader, other, chest):
    before = journal.newest(session, leader.school_id)
    journal.change(session, leader, batch(paint(chest, "#112233"), what="Түс өзгерді"))
    heard = journal.changes_since(session, other, before, ["chest", "club"])
    assert [each["row"]["colour"] for each in heard["rows"]] == ["#112233"]
    assert heard["entries"][0]["what"] == "Түс өзгерді"
    assert journal.changes_since(session, other, heard["at"], ["chest"])["rows"] == []
    assert journal.changes_since(session, other, before, ["club"])["rows"] == []
    trail = journal.history(session, other, SHEETS["chest"], chest.id)
    assert [(each["before"]["colour"], each["after"]["colour"]) for each in trail] == [("", "#112233")]


def test_dates_are_kept_as_dates(session, leader):
    entry = journal.change(
        session, leader, batch(Edit("launch_plan", -1, 0, {"name": "P", "starts_on": "2026-12-01"}))
    )
    row = SHEETS["launch_plan"].find(session, leader, entry.rows[0]["id"])
    assert row.starts_on == date(2026, 12, 1)
    with pytest.raises(BadEdit, match="no date"):
        journal.change(session, leader, batch(Edit("launch_plan", row.id, 1, {"starts_on": "1 December"})))


def test_several_changes_of_a_row_are_taken_back_one_after_the_other(session, leader, chest):
    before = chest.colour
    for colour in ("#101010", "#202020", "#303030"):
        journal.change(session, leader, batch(paint(chest, colour)))
    for _ in range(3):
        journal.undo(session, leader, uuid4(), journal.last_own(session, leader, "chests").id)
    assert chest.colour == before


def test_what_a_colleague_has_begun_to_use_is_not_taken_away(session, leader, other):
    """Neither removed by somebody who has not heard of it yet, nor by taking back that it was added."""
    club = session.scalars(select(Club)).all()[-1]
    about = {"chest_id": club.chest_id, "leader_id": leader.id, "name": "Кәсіп"}
    added = journal.change(session, leader, batch(Edit("club", -1, 0, about)))
    number, child = added.rows[0]["id"], people.find_person(session, "aruzhan")
    enrolment = {"club_id": number, "person_id": child.id, "since": "2026-11-24"}
    enrolled = journal.change(session, other, batch(Edit("enrolment", -1, 0, enrolment))).rows[0]
    for take_away in (
        lambda: journal.undo(session, leader, uuid4(), added.id),
        lambda: journal.change(session, leader, batch(Edit("club", number, 1))),
    ):
        with pytest.raises(Conflict, match="Children are in this club"), session.begin_nested():
            take_away()
    assert number in {each["id"] for each in SHEETS["club"].rows(session, leader)}
    journal.change(session, other, batch(Edit("enrolment", enrolled["id"], 1, {"until": "2026-11-25"})))
    journal.undo(session, leader, uuid4(), added.id)
    assert number not in {each["id"] for each in SHEETS["club"].rows(session, leader)}


def test_a_paid_line_stays_in_the_budget(session, leader, other):
    line = {"kind": "other", "name": "Бояу", "unit_tiyn": 100, "year": 2026}
    added = journal.change(session, leader, batch(Edit("budget_line", -1, 0, line)))
    paid = {"line_id": added.rows[0]["id"], "on": "2026-11-24", "amount_tiyn": 100}
    journal.change(session, other, batch(Edit("spending", -1, 0, paid)))
    with pytest.raises(Conflict, match="Money was paid"), session.begin_nested():
        journal.undo(session, leader, uuid4(), added.id)
    assert paid["line_id"] in {row["id"] for row in SHEETS["budget_line"].rows(session, leader)}


def test_what_is_made_anew_as_a_whole_is_not_put_beside_a_colleagues(session, leader, other):
    """Two leaders take over a computed week in the same second: all its rows are new and have no version to compare."""
    seen = journal.newest(session, leader.school_id)
    line = {"kind": "other", "name": "Бояу", "unit_tiyn": 100, "year": 2026}

    def take_over(person):
        edits = (Edit("budget_line", -1, 0, line), Edit("budget_line", -2, 0, line))
        return journal.change(session, person, Batch(uuid4(), "budget", "x", edits, seen, ("budget_line",)))

    before = len(SHEETS["budget_line"].rows(session, leader))
    chest = session.scalars(select(Chest)).all()[0]
    journal.change(session, other, batch(paint(chest, "#112233")))  # of another sheet
    first = take_over(other)
    take_over(other)  # what one has done oneself is no surprise
    with pytest.raises(Stale, match="Қанат") as stale, session.begin_nested():
        take_over(leader)
    assert first.rows[0]["id"] in {row["id"] for _sheet, row in stale.value.rows}
    assert len(SHEETS["budget_line"].rows(session, leader)) == before + 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit_tiyn", 10**20),
        ("quantity_milli", 2**31),
        ("club_id", 2**31),
        ("name", "Бояу\0"),
        ("name", "Бояу \ud83d"),
    ],
)
def test_what_no_database_can_keep_is_refused_and_not_sent_again_for_ever(session, leader, field, value):
    line = {"kind": "other", "name": "Бояу", "unit_tiyn": 100, "year": 2026, field: value}
    with pytest.raises(BadEdit, match="does not fit") as problem, session.begin_nested():
        journal.change(session, leader, batch(Edit("budget_line", -1, 0, line)))
    assert problem.value.field == field


@pytest.mark.skipif(
    not os.environ.get("SANDYQ_TEST_POSTGRES"), reason="SQLite lets nobody write between reading and writing"
)
def test_what_was_read_before_a_colleagues_change_is_not_taken_for_the_newest(database):
    with database.session() as session:
        sample.seed(session, date(2026, 11, 24))
    with database.session() as session:
        chest = session.scalars(select(Chest).order_by(Chest.position)).all()[0]
        with database.session() as meanwhile:
            journal.change(
                meanwhile, people.find_person(meanwhile, "qanat"), batch(paint(chest, "#112233", version=1))
            )
        with pytest.raises(Stale, match="Қанат"), session.begin_nested():
            journal.change(
                session, people.find_person(session, "lazzat"), batch(paint(chest, "#445566", version=1))
            )
    with database.reading() as session:
        assert session.get_one(Chest, chest.id).colour == "#112233"
