"""The timetable of a school of 600 with 40 clubs and 12 rooms: proven and right; and its conflicts."""

from dataclasses import replace

import pytest
from tests.unit.timetable_world import check

from large_school import close_halls, read_week
from sandyq_apps import timetable_solver
from sandyq_apps.timetable_score import points
from sandyq_apps.timetable_solver import solve
from sandyq_apps.timetable_week import Wish, find_clashes, is_grave

SECONDS = 120
"""Enough for any machine; how long it takes is measured by ``./sandyq bench apps``."""


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return read_week(tmp_path_factory.mktemp("large"))


@pytest.fixture(scope="module")
def outcome(school):
    return solve(school, seconds=SECONDS)


def test_the_large_school_gets_the_best_week(school, outcome):
    assert len(school.clubs) == 40 and len(school.rooms) == 12 and len(school.shifts) == 600
    assert outcome.is_best
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
    again = solve(wished, seconds=SECONDS)
    assert again.is_best
    assert check(wished, list(again.week)) == []
    assert points(wished, again.week, stay=True) == again.points
    assert sum((m.club, m.slot) not in {(n.club, n.slot) for n in free} for m in again.week) <= 4


def test_a_conflict_of_the_large_school_is_named_and_is_small(school, monkeypatch):
    for limit in ("CORE_SECONDS", "SMALLEST_SECONDS"):
        monkeypatch.setattr(timetable_solver, limit, SECONDS)
    outcome = solve(close_halls(school))
    assert outcome.is_smallest
    assert {rule[0] for rule in outcome.conflict} >= {"wish", "meets"}
    assert len(outcome.conflict) <= 12
