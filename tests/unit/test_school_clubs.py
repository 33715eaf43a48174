"""Rows of clubs and enrolment that cannot be kept, and pupils' own wishes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select

from sandyq.school import journal, people, sample
from sandyq.school.centre import wishes
from sandyq.school.centre.tables import Child, Club, Enrolment, Intake, Wish
from sandyq.school.errors import Invalid, NotAllowed
from sandyq.school.journal import BadEdit, Batch, Edit
from sandyq.school.kept import Change

TODAY = date(2026, 11, 24)


def pupil_with_clubs(session):
    """A pupil of the sample school for whom there are clubs."""
    for child in session.scalars(select(Child).order_by(Child.id)):
        pupil = session.get_one(people.Person, child.person_id)
        if len(wishes.clubs_for(session, pupil, TODAY)) >= 4:
            return pupil
    raise AssertionError("the sample school has no such pupil")


def change(session, person, *edits):
    return journal.change(session, person, Batch(uuid4(), "clubs", "test", edits))


def add(sheet, **values):
    return Edit(sheet, -1, 0, values)


@pytest.mark.parametrize(
    ("sheet", "values", "field"),
    [
        ("room", {"name": " ", "seats": 5}, "name"),
        ("room", {"name": "Бөлме", "seats": 0}, "seats"),
        ("slot", {"weekday": 7, "starts": "09:00", "ends": "10:00"}, "weekday"),
        ("slot", {"weekday": 0, "starts": "9:00", "ends": "10:00"}, "starts"),
        ("slot", {"weekday": 0, "starts": "10:00", "ends": "10:00"}, "ends"),
        ("slot", {"weekday": 0, "starts": "08:00", "ends": "08:30", "shift": 3}, "shift"),
        ("route", {"name": "Жол", "leaves": {"8": "16:00"}}, "leaves"),
        ("route", {"name": "Жол", "leaves": {"0": "soon"}}, "leaves"),
        ("intake", {"most": 4}, "most"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_at_its_field(session, leader, sheet, values, field):
    with pytest.raises(BadEdit) as problem:
        change(session, leader, add(sheet, **values))
    assert problem.value.field == field


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"grade_from": 5, "grade_to": 4}, "grade_to"),
        ({"grade_to": 12}, "grade_to"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 5, "least": 6}, "least"),
        ({"language": "fr"}, "language"),
        ({"meetings": 0}, "meetings"),
        ({"name": ""}, "name"),
    ],
)
def test_a_club_that_could_not_be_is_refused(session, leader, values, field):
    club = session.scalars(select(Club)).unique().first()
    with pytest.raises(BadEdit) as problem:
        change(session, leader, Edit("club", club.id, club.version, values))
    assert problem.value.field == field


def test_a_child_is_in_a_club_once_at_a_time(session, leader):
    there = session.scalars(select(Enrolment).where(Enrolment.until.is_(None))).first()
    again = add("enrolment", club_id=there.club_id, person_id=there.person_id, since="2026-11-24")
    with pytest.raises(BadEdit, match="already"):
        change(session, leader, again)
    change(session, leader, Edit("enrolment", there.id, there.version, {"until": "2026-11-24"}), again)
    with pytest.raises(BadEdit, match="before it begins"):
        change(session, leader, Edit("enrolment", there.id, there.version, {"until": "2020-01-01"}))


def test_a_child_has_one_wish_of_each_rank_and_for_each_club(session, leader):
    mine = session.scalars(select(Wish).where(Wish.rank == 1)).first()
    other = next(c.id for c in session.scalars(select(Club)).unique() if c.id != mine.club_id)
    for values in (
        {"rank": 1, "club_id": other},
        {"rank": 3, "club_id": mine.club_id},
        {"rank": 4, "club_id": other},
    ):
        with pytest.raises(BadEdit):
            change(session, leader, add("wish", person_id=mine.person_id, **values))


def test_a_child_stands_in_the_list_once(session, leader):
    child = session.scalars(select(Child)).first()
    with pytest.raises(BadEdit, match="already"):
        change(session, leader, add("child", person_id=child.person_id))


# ---- pupils' own wishes


def give(session, pupil, *clubs, uuid=None):
    return wishes.give_wishes(session, pupil, clubs, uuid=uuid or uuid4(), what="Wishes given", on=TODAY)


@pytest.fixture
def pupil(session, leader):
    session.add(Intake(school_id=leader.school_id, is_open=True))
    session.flush()
    return pupil_with_clubs(session)


def test_wishes_are_closed_until_the_leader_opens_them(session):
    pupil = pupil_with_clubs(session)
    with pytest.raises(NotAllowed, match="closed"):
        give(session, pupil, wishes.clubs_for(session, pupil, TODAY)[0].id)


def test_a_pupil_gives_wishes_and_changes_them_and_the_journal_knows(session, pupil):
    first, second, third, _fourth = [club.id for club in wishes.clubs_for(session, pupil, TODAY)][:4]
    give(session, pupil, first, second)
    entry = give(session, pupil, third, first)
    assert [(wish.rank, wish.club_id) for wish in wishes.wishes_of(session, pupil)] == [
        (1, third),
        (2, first),
    ]
    kept = session.get_one(Change, entry.id)
    assert (kept.by, kept.app) == (pupil.id, "wishes")
    assert {note["sheet"] for note in kept.rows} == {"wish"}


def test_a_form_sent_twice_is_kept_once(session, pupil):
    club, uuid = wishes.clubs_for(session, pupil, TODAY)[0].id, uuid4()
    assert give(session, pupil, club, uuid=uuid) is give(session, pupil, club, uuid=uuid)


def test_wishes_sent_from_two_places_at_the_same_moment_are_those_of_one(database):
    with database.session() as session:
        sample.seed(session, TODAY)
        leader = people.find_person(session, "lazzat")
        session.add(Intake(school_id=leader.school_id, is_open=True))
        pupil = pupil_with_clubs(session)
        login, clubs = pupil.login, [club.id for club in wishes.clubs_for(session, pupil, TODAY)]
        before = wishes.wishes_of(session, pupil)
        change(session, leader, *(Edit("wish", wish.id, wish.version) for wish in before))
    together = Barrier(4)

    def send(club):
        together.wait()
        with database.session() as session:
            give(session, people.find_person(session, login), club)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, [*clubs[:2], *clubs[:2]]))
    with database.reading() as session:
        assert len(wishes.wishes_of(session, people.find_person(session, login))) == 1


def test_only_clubs_of_the_own_grade_and_language_can_be_wished(session, pupil, leader):
    club = wishes.clubs_for(session, pupil, TODAY)[0]
    club.grade_from = club.grade_to = 11 if pupil.grade != 11 else 1
    session.flush()
    with pytest.raises(Invalid, match="not for your class"):
        give(session, pupil, club.id)
    twice = wishes.clubs_for(session, pupil, TODAY)[0].id
    with pytest.raises(Invalid, match="twice"):
        give(session, pupil, twice, twice)
    with pytest.raises(NotAllowed):
        give(session, leader, twice)


def test_a_pupil_changes_nothing_else_through_the_journal(session, pupil):
    club = wishes.clubs_for(session, pupil, TODAY)[0]
    with pytest.raises(NotAllowed):
        change(session, pupil, add("wish", person_id=pupil.id, club_id=club.id, rank=1))


def test_no_child_of_the_sample_wishes_for_a_club_twice(session):
    wished = session.execute(select(Wish.person_id, Wish.club_id)).all()
    assert len(set(wished)) == len(wished) > 0
