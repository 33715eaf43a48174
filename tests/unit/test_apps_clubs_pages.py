"""The pages of clubs and enrolment with a school of 600: drawn in each language, acts make the changes they say."""

import asyncio
import io
import json
from datetime import date

import openpyxl
import pytest
from sqlalchemy.orm import Session

from large_school import build
from sandyq.school import journal, people
from sandyq.school.centre.roster import LISTS as ROSTER
from sandyq.school.journal import Batch, Edit
from sandyq.school.registry import SHEETS
from sandyq_apps.clubs import TABS, Clubs
from sandyq_apps.clubs_school import LISTS
from sandyq_apps.clubs_school import SHEETS as NAMES
from sandyq_apps.kit.app import Problem
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.speech import Speech

TODAY = date(2026, 11, 24)


class World:
    """The app on a desk whose changes go straight through the school's journal."""

    def __init__(self, session):
        self.session, self.leader = session, people.find_person(session, "leader1")
        self.app = Clubs()
        self.app.desk = Desk(None, (*NAMES, *LISTS))
        self.app.desk.today = TODAY.isoformat()
        self.app.desk.school = Row(name="Үлкен мектеп", year="2026/27", language="kk")
        self.read()

    def read(self):
        rows = {name: SHEETS[name].rows(self.session, self.leader) for name in NAMES}
        rows |= {name: ROSTER[name](self.session, self.leader, TODAY) for name in LISTS}
        self.app.desk._rows = {name: {each["id"]: Row(each) for each in some} for name, some in rows.items()}

    def keep(self, change):
        sent = json.loads(json.dumps([each.values for each in change.edits]))  # as the desk sends it
        edits = tuple(
            Edit(each.sheet, each.id, each.version, values)
            for each, values in zip(change.edits, sent, strict=True)
        )
        entry = journal.change(
            self.session, self.leader, Batch(change.uuid, "clubs", change.what[:200], edits)
        )
        self.app.place |= change.place
        self.read()
        self.app.opened()
        return entry

    def rows(self, sheet):
        return self.app.desk.rows(sheet)


@pytest.fixture(scope="module")
def large_database(tmp_path_factory):
    from sandyq.school.database import Database

    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('large')}/school.sqlite")
    opened.migrate()
    with opened.session() as session:
        build(session, TODAY)
    yield opened
    opened.close()


@pytest.fixture
def world(large_database):
    with large_database.engine.connect() as connection, connection.begin() as whole:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield World(session)
        whole.rollback()


def compute(world, most=1, keep=True):
    asyncio.run(world.app.compute({"most": most, "keep": keep, "seed": "2026"}))
    return world.app.proposal.outcome


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_is_drawn(world, language):
    world.app.speech = Speech(language)
    for tab in TABS:
        world.app.open_tab({"tab": tab})
        assert len(world.app.view()) > 1
    for tab, place in (
        ("clubs", {"club": -1}), ("clubs", {"club": 1}), ("children", {"paste": True}), ("wishes", {"sheets": True}),
        ("lists", {"paper": "all"}), ("lists", {"paper": "club-1"}), ("lists", {"paper": "order-kk"}),
        ("lists", {"paper": "order-ru"}),
        ("lists", {"ask": {"person": 0, "leaves": 0, "club": 1, "sure": False}}),
    ):  # fmt: skip
        world.app.open_tab({"tab": tab})
        world.app.place |= place
        assert world.app.view()


def test_an_empty_school_is_told_what_to_do_first(world):
    for name in (*NAMES, *LISTS):
        world.app.desk._rows[name] = {}
    for tab in TABS:
        world.app.open_tab({"tab": tab})
        assert any(part["t"] == "empty" for part in world.app.view())


def test_a_proposal_is_kept_as_one_change_and_taken_back_whole(world):
    before = {name: world.rows(name) for name in ("enrolment", "waiting", "intake")}
    outcome = compute(world)
    assert outcome.plan.is_proven
    world.app.open_tab({"tab": "allocation"})
    assert len(world.app.view()) > 4
    entry = world.keep(world.app.apply({}))
    new = {(row.person_id, row.club_id) for row in world.rows("enrolment") if row.why == "allocation"}
    assert new == {(child, club) for child, clubs in outcome.plan.given.items() for club in clubs}
    assert world.app.proposal is None
    full = {row.club_id for row in world.rows("waiting")}
    for club in world.rows("club"):
        there = sum(row.club_id == club.id and row.until is None for row in world.rows("enrolment"))
        assert there <= club.capacity
        assert there == club.capacity or club.id not in full
    journal.undo(world.session, world.leader, journal_uuid(), entry.id)
    world.read()
    after = {name: [row for row in world.rows(name) if not row.get("gone")] for name in before}
    strip = lambda rows: [{k: v for k, v in row.items() if k != "version"} for row in rows]  # noqa: E731
    assert {name: strip(rows) for name, rows in after.items()} == {
        name: strip(rows) for name, rows in before.items()
    }


def journal_uuid():
    from uuid import uuid4

    return uuid4()


def test_given_anew_whoever_loses_a_place_leaves_and_nobody_is_in_a_club_twice(world):
    outcome = compute(world, keep=False)
    world.keep(world.app.apply({}))
    open_rows = [(row.person_id, row.club_id) for row in world.rows("enrolment") if row.until is None]
    assert sorted(open_rows) == sorted(
        (child, club) for child, clubs in outcome.has.items() for club in clubs
    )


def test_a_proposal_that_the_school_has_outrun_cannot_be_kept(world):
    compute(world)
    wish = world.rows("wish")[0]
    world.keep(world.app.edit_wish({"key": wish.person_id, "field": f"rank{wish.rank}", "value": ""}))
    world.app.open_tab({"tab": "allocation"})
    assert [part["t"] for part in world.app.view()][1:] == ["notice"]
    with pytest.raises(Problem):
        world.app.apply({})


def full_club_and_stranger(world):
    look = {club.id: club for club in world.rows("club")}
    club = look[world.rows("enrolment")[0].club_id]
    there = {row.person_id for row in world.rows("enrolment") if row.club_id == club.id}
    world.keep(
        world.app.edit_thing({"key": f"room:{world.rows('room')[0].id}", "field": "seats", "value": 20})
    )
    pupil = next(row for row in world.rows("pupil") if row.id not in there and not club.grade_from <= row.grade <= club.grade_to)  # fmt: skip # noqa: E501
    return club, pupil


def test_a_change_by_hand_that_breaks_something_asks_first_and_is_noted(world):
    club, pupil = full_club_and_stranger(world)
    assert world.app.move_by_hand({"person": pupil.id, "club": club.id, "leaves": 0}) is None
    assert world.app.place["ask"]["sure"]
    world.app.place["tab"] = "lists"
    shown = world.app.view()
    assert "warn" in str(shown)
    world.keep(world.app.move_by_hand({**world.app.place["ask"], "sure": True}))
    row = next(row for row in world.rows("enrolment") if (row.person_id, row.club_id) == (pupil.id, club.id))
    assert "қолмен" in row.why
    assert club.name in row.why
    world.keep(world.app.leave_club({"id": row.id, "version": row.version}))
    assert next(each for each in world.rows("enrolment") if each.id == row.id).until == TODAY.isoformat()


def test_a_waiting_child_moves_up_with_one_press_and_waits_no_more(world):
    compute(world)
    world.keep(world.app.apply({}))
    first = world.rows("waiting")[0]
    leaves = next(
        row for row in world.rows("enrolment") if row.club_id == first.club_id and row.until is None
    )
    world.keep(world.app.leave_club({"id": leaves.id, "version": leaves.version}))
    change = world.app.move_up({"person": first.person_id, "club": first.club_id})
    if change is None:  # it has a club already, and one is all that a child may have: the leader is asked
        change = world.app.move_by_hand({**world.app.place["ask"], "sure": True})
    world.keep(change)
    assert first.id not in {row.id for row in world.rows("waiting")}
    assert any(
        row.person_id == first.person_id and row.club_id == first.club_id and row.until is None
        for row in world.rows("enrolment")
    )


def find_question(parts, act, **values):
    """Return what is asked before an act, and whatever else the page holds."""
    if isinstance(parts, dict):
        if parts.get("act") == act and parts.get("confirm") and values.items() <= parts["values"].items():
            return parts["confirm"]
        parts = list(parts.values())
    found = (find_question(each, act, **values) for each in parts) if isinstance(parts, list) else ()
    return next((each for each in found if each), None)


def test_a_club_is_deleted_with_its_children_who_are_counted_first_and_come_back_with_it(world):
    world.app.speech = Speech("en")
    club = world.app.desk.find("club", world.rows("enrolment")[0].club_id)
    counts = {
        name: sum(row.club_id == club.id for row in world.rows(name))
        for name in ("wish", "waiting", "meeting")
    }
    members = [row.id for row in world.rows("enrolment") if (row.club_id, row.until) == (club.id, None)]
    world.app.place |= {"tab": "clubs", "club": club.id}
    question = find_question(world.app.view(), "delete_club")
    assert question.startswith(f"Delete the club «{club.name}» with {len(members)} children?")
    assert f"wishes – {counts['wish']}" in question
    assert [name for name in counts if counts[name] == 0] == [] or "– 0" not in question
    entry = world.keep(world.app.delete_club({"id": club.id, "version": club.version}))
    assert entry.what == f"Club deleted: {club.name} ({len(members)} children)"
    assert world.app.desk.find("club", club.id) is None
    assert {world.app.desk.find("enrolment", row).until for row in members} == {TODAY.isoformat()}
    for tab in TABS:
        world.app.open_tab({"tab": tab})
        assert len(world.app.view()) > 1
    journal.undo(world.session, world.leader, journal_uuid(), entry.id)
    world.read()
    assert {world.app.desk.find("enrolment", row).until for row in members} == {None}
    assert {name: sum(row.club_id == club.id for row in world.rows(name)) for name in counts} == counts


def test_a_paper_and_a_question_of_a_club_that_a_colleague_deletes_give_way_to_the_lists(world):
    club = world.rows("club")[0]
    person = next(row.person_id for row in world.rows("enrolment") if row.club_id == club.id)
    stale = (
        {"paper": f"club-{club.id}"},
        {"ask": {"person": person, "leaves": 0, "club": club.id, "sure": True}},
    )
    world.keep(world.app.delete_club({"id": club.id, "version": club.version}))
    world.app.open_tab({"tab": "lists"})
    lists = str(world.app.view())
    for place in stale:
        world.app.open_tab({"tab": "lists"})
        world.app.place |= place
        assert str(world.app.view()) == lists


def test_a_club_without_a_teacher_has_a_line_for_the_name_in_its_order_and_list(world):
    club = next(row for row in world.rows("club") if row.leader_id)
    for kind in ("order-ru", f"club-{club.id}"):
        world.app.open_tab({"tab": "lists"})
        world.app.place["paper"] = kind
        assert "____________________" not in str(world.app.view()).replace("______________________", "")
        world.app.desk._rows["club"][club.id] = Row({**club, "leader_id": None})
        assert ": ____________________<" in str(world.app.view()).replace("______________________", "")
        world.read()


def test_who_deletes_a_bus_is_told_how_many_children_go_by_it(world):
    world.app.speech = Speech("en")
    route = world.rows("route")[0]
    riders = sum(child.route_id == route.id for child in world.rows("child"))
    question = find_question(world.app.view(), "delete_thing", sheet="route", id=route.id)
    assert riders > 1
    assert question == f"Delete {route.name}? {riders} children who go by it have no bus then."


def test_a_spreadsheet_is_shown_and_then_taken_over_as_one_change(world):
    pupil = world.rows("pupil")[0]
    world.app.files = {}
    world.app.read_paste({"text": f"ФИО;Класс;Село;Пол\n{pupil.name};{pupil['class']};Жаңа ауыл;м\n"})
    world.app.place |= {"tab": "children", "paste": True}
    shown = str(world.app.view())
    if pupil.id in world.app.reading.changes:
        assert "Жаңа ауыл" in shown
        world.keep(world.app.take_over({}))
        assert next(row for row in world.rows("child") if row.person_id == pupil.id).village == "Жаңа ауыл"
    else:  # a namesake in the class: it is said, nothing is guessed
        assert world.app.reading.problems


def test_the_spreadsheet_of_lists_holds_every_child_once(world):
    book = openpyxl.load_workbook(io.BytesIO(world.app.save_xlsx({}).content))
    lines = list(book.worksheets[0].iter_rows(min_row=3, values_only=True))
    assert len(lines) == sum(row.until is None for row in world.rows("enrolment"))
