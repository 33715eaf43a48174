"""Courses: what completes them, what a task's state is, which days are doubtful, what a visitor's tabs are."""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandyq.courses import Progress, Records, measure, tell_state
from sandyq_apps.kit.desk import Row
from sandyq_apps.training_book import Book
from sandyq_apps.training_days import add_minutes, find_doubts, propose

COURSE = SimpleNamespace(modules=[{"key": "a"}, {"key": "b"}], pass_share=0.6)
PERSON = SimpleNamespace(id=1, group_id=7, person_id=3)


def row(**values):
    return SimpleNamespace(**values)


def evidence(number, task, participant=1):
    return row(id=number, participant_id=participant, task=task)


def review(number, of, accepted):
    return row(id=number, sheet="evidence", row_id=of, kind="review", data={"accepted": accepted})


def progress(**values):
    whole = {
        "sessions": 5,
        "attended": 3,
        "points": 12,
        "of": 20,
        "share": 0.6,
        "practice": {"a": "accepted"},
    }
    return Progress(before=frozenset(), **(whole | values))


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({}, ()),
        ({"attended": 2}, ("sessions",)),
        ({"sessions": 0, "attended": 0}, ("sessions",)),
        ({"points": 11}, ("exam",)),
        ({"points": None, "of": 0}, ("exam",)),
        ({"practice": {"a": "accepted", "b": "waiting"}}, ("practice",)),
        ({"practice": {}}, ("practice",)),
        ({"sessions": 20, "attended": 11, "points": 11, "share": 0.55}, ()),
    ],
)
def test_what_is_missing_for_a_certificate(values, missing):
    assert progress(**values).missing == missing


def test_only_ones_own_rows_count_and_being_online_is_being_there():
    sessions = [row(id=1, group_id=7), row(id=2, group_id=7), row(id=3, group_id=7), row(id=4, group_id=8)]
    presences = [
        row(session_id=1, person_id=3, state="online"),
        row(session_id=2, person_id=3, state="absent"),
        row(session_id=3, person_id=4, state="present"),
        row(session_id=4, person_id=3, state="present"),
    ]
    exams = [
        row(id=1, participant_id=1, on="2026-10-02", points=5, of=20),
        row(id=2, participant_id=1, on="2026-10-01", points=18, of=20),
        row(id=3, participant_id=2, on="2026-10-03", points=20, of=20),
    ]
    shown = [evidence(1, "practice:a"), evidence(2, "practice:b", participant=2), evidence(3, "before:b")]
    found = measure(PERSON, COURSE, Records(sessions, presences, exams, shown, [review(1, 1, True)]))
    assert (found.sessions, found.attended, found.points) == (3, 1, 5)
    assert found.practice == {"a": "accepted", "b": ""}
    assert found.before == {"b"}


def test_a_task_goes_from_shown_to_accepted():
    first, second = evidence(1, "practice:a"), evidence(2, "practice:a")
    no, yes = review(5, 1, False), review(6, 2, True)
    assert tell_state("practice:a", [], {}) == ""
    assert tell_state("practice:a", [first], {}) == "waiting"
    assert tell_state("practice:a", [first], {1: no}) == "missing"
    assert tell_state("practice:a", [first, second], {1: no}) == "waiting"
    assert tell_state("practice:a", [first, second], {1: no, 2: yes}) == "accepted"


@given(st.dates(date(2026, 1, 1), date(2027, 6, 1)), st.integers(1, 12), st.integers(1, 30))
def test_a_day_for_each_module_in_order_and_none_is_moved(first, many, every):
    modules = [str(number) for number in range(many)]
    days = propose(modules, first, every=every)
    assert [day.module for day in days] == modules
    assert days[0].on == first
    assert all(two.on - one.on == timedelta(every) for one, two in pairwise(days))


@pytest.mark.parametrize(
    ("on", "starts", "kinds"),
    [
        (date(2026, 10, 13), "15:00", []),
        (date(2026, 10, 17), "15:00", ["weekend"]),
        (date(2026, 3, 23), "15:00", ["holiday"]),
        (date(2026, 10, 14), "16:29", ["clash"]),
        (date(2026, 10, 14), "16:30", []),
        (date(2026, 10, 14), "13:30", []),
        (date(2026, 10, 14), "13:31", ["clash"]),
        (date(2029, 10, 10), "15:00", ["unknown"]),
    ],
)
def test_what_speaks_against_a_day_is_told(on, starts, kinds):
    others = [Row(on="2026-10-14", starts="15:00", minutes=90, name="Басқа топ")]
    assert [doubt.kind for doubt in find_doubts(on, starts, 90, others)] == kinds


def test_a_session_ends_after_its_minutes():
    assert add_minutes("15:00", 90) == "16:30"
    assert add_minutes("23:30", 45) == "00:15"


class Desk:
    """Rows as an app has them."""

    def __init__(self, me, roles, **sheets):
        self.me, self.today, self.sheets = Row(id=me, roles=roles), "2026-11-26", sheets

    def rows(self, sheet):
        return [Row(each) for each in self.sheets.get(sheet, [])]

    def find(self, sheet, number):
        return next((each for each in self.rows(sheet) if each.id == number), None)


def make_desk(me, *roles):
    return Desk(
        me,
        roles,
        member=[
            {"id": number, "name": name, "school": school, "subject": "", "roles": roles}
            for number, name, school, roles in (
                (1, "Әлия Коуч", "Кабинет", ["coach"]),
                (2, "Болат Коуч", "Кабинет", ["coach"]),
                (3, "Дана Сәрсен", "Оңтүстік", ["teacher"]),
                (4, "Ерлан Сәрсен", "Солтүстік", ["teacher"]),
            )
        ],
        training=[{"id": 1, "programme": "literacy", "names": {"kk": "К"}, "modules": [{"key": "a", "names": {}}], "pass_share": 0.6}],  # noqa: E501
        training_group=[
            {"id": 7, "training_id": 1, "facilitator_id": 1, "coach_id": 1, "starts_on": "2026-09-01", "name": "1"},
            {"id": 8, "training_id": 1, "facilitator_id": 2, "coach_id": 2, "starts_on": "2026-10-01", "name": "2"},
        ],
        participant=[
            {"id": 1, "group_id": 7, "person_id": 3, "left_on": None},
            {"id": 2, "group_id": 8, "person_id": 4, "left_on": None},
        ],
        evidence=[
            {"id": 1, "participant_id": 1, "task": "practice:a", "on": "2026-10-09", "by": 3},
            {"id": 2, "participant_id": 1, "task": "practice:a", "on": "2026-10-02", "by": 3},
            {"id": 3, "participant_id": 1, "task": "before:a", "on": "2026-10-01", "by": 3},
            {"id": 4, "participant_id": 2, "task": "practice:a", "on": "2026-09-01", "by": 4},
            {"id": 5, "participant_id": 1, "task": "practice:a", "on": "2026-09-01", "by": 3},
        ],
        reply=[{"id": 1, "sheet": "evidence", "row_id": 5, "kind": "review", "data": {"accepted": False}}],
    )  # fmt: skip


def test_a_guides_queue_holds_their_groups_practice_oldest_first():
    assert [each.id for _, each in Book(make_desk(1, "coach")).waiting()] == [2, 1]
    assert [each.id for _, each in Book(make_desk(9, "district")).waiting()] == [4, 2, 1]
    assert Book(make_desk(1, "teacher")).waiting() == []


def test_people_are_found_by_parts_of_name_and_school_unless_they_are_inside():
    book = Book(make_desk(1, "coach"))
    assert [each.id for each in book.search("сәрсен", 7)] == [4]
    assert [each.id for each in book.search("оңтүстік дана", 8)] == [3]
    assert book.search("коуч", 8) == []


def test_a_certificate_of_the_year_of_support_is_none_of_the_course():
    desk = make_desk(1, "coach")
    desk.sheets["certificate"] = [
        {"id": 1, "participant_id": 1, "kind": "support", "number": "0001-2027"},
        {"id": 2, "participant_id": 2, "kind": "course", "number": "0002-2027"},
        {"id": 3, "participant_id": 2, "kind": "support", "number": "0003-2027"},
    ]
    assert {number: each.number for number, each in Book(desk).certificates.items()} == {2: "0002-2027"}
