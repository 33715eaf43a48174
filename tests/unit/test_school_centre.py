"""The attendance register: who may open it, what is refused, and that nothing is overwritten."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school import people
from sandyq.school.centre import register as centre
from sandyq.school.centre.register import Mark
from sandyq.school.centre.tables import Attendance, Club, Enrolment
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


def children_of(session, club):
    return centre.month_register(session, club, 2026, 11)["children"]


def test_a_leader_sees_own_clubs_administrators_all_and_others_none(session, leader, club):
    other = Club(
        school_id=club.school_id, chest_id=club.chest_id, leader_id=leader.id - 1, name="Бөтен үйірме"
    )
    session.add(other)
    session.flush()
    assert len(centre.clubs_of(session, leader)) == 3
    assert len(centre.clubs_of(session, people.find_person(session, "qanat"))) == 9
    with pytest.raises(NotFound, match=str(other.id)):
        centre.find_club(session, leader, other.id)


def test_a_month_has_its_children_sessions_and_newest_marks(session, club):
    register = centre.month_register(session, club, 2026, 11, "ru")
    assert register["club"]["chest"] == "Техника и наука"
    assert len(register["children"]) == 15
    assert {child["class"] for child in register["children"]} == {"7А", "5Б"}
    held = [date.fromisoformat(each["date"]) for each in register["sessions"]]
    assert held == sorted(held)
    assert all(day < TODAY and day.month == 11 for day in held)
    assert len(register["marks"]) == 15 * len(held)
    assert centre.month_register(session, club, 2026, 10)["sessions"]


def test_the_sample_holds_a_correction_with_its_history(session, leader):
    corrected = [
        (club, mark)
        for club in centre.clubs_of(session, leader)
        for month in (10, 11)
        for mark in centre.month_register(session, club, 2026, month)["marks"]
        if mark["corrections"]
    ]
    club, mark = corrected[0]
    rows = centre.attendance_history(session, club, date.fromisoformat(mark["date"]), mark["child"])
    assert [row["status"] for row in rows] == ["absent", "excused"]
    assert {row["by"] for row in rows} == {"Ләззат Н."}


def test_a_correction_is_a_new_row_and_the_newest_counts(session, club, leader):
    child = children_of(session, club)[0]["id"]
    for number, status in enumerate(("absent", "present")):
        mark = Mark(f"u-{number}", TODAY, child, status)
        _row, created = centre.record_attendance(session, club, mark, leader, on=TODAY)
        assert created
    found = [
        m for m in centre.month_register(session, club, 2026, 11)["marks"] if m["date"] == TODAY.isoformat()
    ]
    assert [(mark["child"], mark["status"], mark["corrections"]) for mark in found] == [(child, "present", 1)]
    assert [row["status"] for row in centre.attendance_history(session, club, TODAY, child)] == [
        "absent",
        "present",
    ]


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
