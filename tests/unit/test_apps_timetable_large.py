"""The timetable of a school of 600 with 40 clubs and 12 rooms: in time, proven, right; and its conflicts in time."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session
from tests.unit.timetable_world import check

from large_school import build
from sandyq.school import people
from sandyq.school.database import Database
from sandyq.school.registry import SHEETS
from sandyq_apps.kit.desk import Row
from sandyq_apps.timetable_desk import read_school
from sandyq_apps.timetable_score import points
from sandyq_apps.timetable_solver import solve
from sandyq_apps.timetable_week import Wish, find_clashes, is_grave

SECONDS = 10
"""What the issue allows on two cores."""


class Sheets:
    """The desk's sheets, straight from the database."""

    today = "2026-11-24"

    def __init__(self, session: Session) -> None:
        leader = people.find_person(session, "leader1")
        self.kept = {
            name: [Row(row) for row in sheet.rows(session, leader)] for name, sheet in SHEETS.items()
        }

    def rows(self, sheet):
        return self.kept[sheet]

    def find(self, sheet, row_id):
        return next((row for row in self.kept[sheet] if row.id == row_id), None)


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('large') / 'school.sqlite'}")
    database.migrate()
    with database.session() as session:
        build(session)
        session.flush()
        read = read_school(Sheets(session))
    database.close()
    return read


@pytest.fixture(scope="module")
def outcome(school):
    return solve(school)


def test_the_large_school_gets_the_best_week_in_time(school, outcome):
    assert len(school.clubs) == 40 and len(school.rooms) == 12 and len(school.shifts) == 600
    assert outcome.is_best
    assert outcome.seconds < SECONDS
    assert check(school, list(outcome.week)) == []
    assert points(school, outcome.week, stay=True) == outcome.points
    assert not any(is_grave(school, clash) for clash in find_clashes(school, outcome.week))


def test_wishes_move_little_of_a_week_that_is_there(school, outcome):
    kept = [replace(m, id=number, locked=number % 5 == 0) for number, m in enumerate(outcome.week, 1)]
    teacher = school.clubs[0].teacher
    wishes = [
        Wish(1, "not_days", person=teacher, days=(0, 1), must=True),
        Wish(2, "most_a_day", person=school.clubs[1].teacher, most=1),
        Wish(3, "bus", must=True),
    ]
    free = [m if school.club_of[m.club].teacher != teacher else replace(m, locked=False) for m in kept]
    wished = replace(school, week=free, wishes=wishes)
    again = solve(wished)
    assert again.is_best
    assert again.seconds < SECONDS
    assert check(wished, list(again.week)) == []
    assert points(wished, again.week, stay=True) == again.points
    assert sum((m.club, m.slot) not in {(n.club, n.slot) for n in free} for m in again.week) <= 4


def test_a_conflict_of_the_large_school_is_named_in_time_and_is_small(school):
    gyms = [room.id for room in school.rooms if room.kind == "gym"]
    late = tuple(slot.id for slot in school.slots[3:])
    closed = replace(
        school, wishes=[Wish(n, "not_slots", room=gym, slots=late, must=True) for n, gym in enumerate(gyms)]
    )
    outcome = solve(closed)
    assert outcome.is_smallest
    assert outcome.seconds < SECONDS
    assert {rule[0] for rule in outcome.conflict} >= {"wish", "meets"}
    assert len(outcome.conflict) <= 12
