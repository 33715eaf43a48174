"""The attendance register: who may open it, what is refused, and that nothing is overwritten."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school import people
from sandyq.school.centre import register as centre
from sandyq.school.centre.register import Mark
from sandyq.school.centre.tables import ATTENDANCE, Attendance, Club, Enrolment
from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.tables import Person

TODAY = date(2026, 11, 24)


@pytest.fixture
def session(sample_database):
    """A session on the sample school; nothing of it is kept."""
    with Session(sample_database.engine, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def leader(session):
    return people.find_person(session, "lazzat")


@pytest.fixture
def club(session):
    return session.scalars(select(Club).where(Club.name == "Робототехника")).one()


def read_month(session, club, month=11, language="kk"):
    first, last = date(2026, month, 1), date(2026, month, 30)
    return centre.read_registers(session, [club], first, last, language)[0]


def children_of(session, club):
    return read_month(session, club)["children"]


def test_who_leads_the_centre_sees_all_clubs_a_teacher_own_and_others_none(session, leader, club):
    clubs = centre.clubs_of(session, leader)
    teacher = session.get_one(Person, next(c.leader_id for c in clubs if c.leader_id != leader.id))
    assert len(clubs) == len(centre.clubs_of(session, people.find_person(session, "qanat"))) == 8
    assert {each.leader_id for each in centre.clubs_of(session, teacher)} == {teacher.id}
    with pytest.raises(NotFound, match=str(club.id)):
        centre.find_club(session, teacher, club.id)


def test_a_month_has_its_children_sessions_and_rows(session, leader, club):
    register = read_month(session, club, language="ru")
    assert register["club"]["chest"] == "Техника и наука"
    assert register["club"]["leader"] == leader.full_name
    assert len(register["children"]) == 15
    assert {child["class"] for child in register["children"]} == {"7А", "5Б"}
    held = [date.fromisoformat(each) for each in register["sessions"]]
    assert held == sorted(held)
    assert all(day < TODAY and day.month == 11 for day in held)
    assert len({(row["date"], row["child"]) for row in register["rows"]}) == 15 * len(held)
    assert read_month(session, club, 10)["sessions"]


def test_all_clubs_at_once_are_the_same_as_one_by_one(session, leader):
    clubs = centre.clubs_of(session, leader)
    at_once = centre.read_registers(session, clubs, date(2026, 11, 1), date(2026, 11, 30))
    assert at_once == [read_month(session, club) for club in clubs]


def test_the_sample_holds_a_correction_with_its_history(session, leader):
    for club in centre.clubs_of(session, leader)[:3]:
        rows = defaultdict(list)
        for row in (*read_month(session, club, 10)["rows"], *read_month(session, club)["rows"]):
            rows[row["date"], row["child"]].append(row)
        for corrected in (cell for cell in rows.values() if len(cell) > 1):
            assert [row["status"] for row in corrected] == ["absent", "excused"]
            assert {row["by"] for row in corrected} == {"Ләззат Н."}


def test_a_correction_is_a_new_row(session, club, leader):
    child = children_of(session, club)[0]["id"]
    for number, status in enumerate(("absent", "present")):
        mark = Mark(f"u-{number}", TODAY, child, status)
        _row, created = centre.record_attendance(session, club, mark, leader, on=TODAY)
        assert created
    found = [row for row in read_month(session, club)["rows"] if row["date"] == TODAY.isoformat()]
    assert [(row["child"], row["status"]) for row in found] == [(child, "absent"), (child, "present")]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.sampled_from(ATTENDANCE), st.booleans()),
        max_size=12,
    )
)
def test_any_marks_in_any_order_are_all_kept_and_the_newest_count(session, club, leader, sent):
    """Each mark is one row, however often it is sent; what counts is what a plain dictionary says."""
    children, days = (
        [child["id"] for child in children_of(session, club)][:5],
        [date(2026, 9, 7 + n) for n in range(4)],
    )
    expected = {}
    with session.begin_nested() as trial:
        for number, (day, child, status, twice) in enumerate(sent):
            mark = Mark(f"any-{number}", days[day], children[child], status)
            for _time in range(1 + twice):
                centre.record_attendance(session, club, mark, leader, on=TODAY)
            expected[days[day], children[child]] = status
        register = read_month(session, club, 9)
        counted = centre.count_presence(session, club.school_id, date(2026, 9, 1), date(2026, 9, 30))
        trial.rollback()
    assert [row["uuid"] for row in register["rows"]] == [f"any-{number}" for number in range(len(sent))]
    newest = {(date.fromisoformat(row["date"]), row["child"]): row["status"] for row in register["rows"]}
    assert newest == expected
    by_child = {
        child: [status for (_day, who), status in expected.items() if who == child]
        for _day, child in expected
    }
    assert sorted(counted) == sorted(
        [club.id, child, len(marks), marks.count("present")] for child, marks in by_child.items()
    )


def test_the_same_mark_sent_again_is_stored_once_and_its_uuid_is_its_own(session, club, leader):
    first, second = (child["id"] for child in children_of(session, club)[:2])
    one, _created = centre.record_attendance(
        session, club, Mark("u", TODAY, first, "absent"), leader, on=TODAY
    )
    again, created = centre.record_attendance(
        session, club, Mark("u", TODAY, first, "absent"), leader, on=TODAY
    )
    assert (one.id, created) == (again.id, False)
    with pytest.raises(Conflict):
        centre.record_attendance(session, club, Mark("u", TODAY, second, "absent"), leader, on=TODAY)
    assert len(session.scalars(select(Attendance).where(Attendance.uuid == "u")).all()) == 1


def test_wrong_marks_are_refused_with_the_reason(session, club, leader):
    child = children_of(session, club)[0]["id"]
    stranger = session.scalars(
        select(Person.id).where(
            Person.id.not_in(select(Enrolment.person_id).where(Enrolment.club_id == club.id))
        )
    ).first()
    wrong = {
        "still to come": Mark("u", TODAY + timedelta(days=1), child, "present"),
        "'late' is not known": Mark("u", TODAY, child, "late"),
        "201 characters": Mark("u", TODAY, child, "excused", "x" * 201),
        "was not enrolled": Mark("u", TODAY, stranger, "present"),
        f"not enrolled in '{club.name}' on 2020-01-01": Mark("u", date(2020, 1, 1), child, "present"),
    }
    for message, mark in wrong.items():
        with pytest.raises(Invalid, match=message) as refused:
            centre.record_attendance(session, club, mark, leader, on=TODAY)
        assert refused.value.in_language("kk") != str(refused.value)
