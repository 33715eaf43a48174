"""Who moves to another school: their record goes along, the old school sees nothing that comes later."""

from datetime import date

import pytest
from sqlalchemy import select
from tests.unit.academy_world import build, t

from sandyq.school.academy.programme import list_standings, read_standings
from sandyq.school.database import Database, today
from sandyq.school.errors import Conflict, NotAllowed
from sandyq.school.moves import find_school, move_person
from sandyq.school.tables import AcademicYear, ClassGroup, Membership, Move, Person

EVIDENCE = {"task": "month:1", "on": "2026-11-01", "kind": "reflection", "text": "5-сынып"}
NOTICE = {"titles": {"kk": "Жиналыс"}, "texts": {}, "since": "2026-11-01", "until": "2026-12-01"}


@pytest.fixture
def world(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'school.sqlite'}")
    database.migrate()
    yield build(database)
    database.close()


def move(world, login, school):
    with world.database.session() as session:
        person = session.get_one(Person, world.people[login].id)
        made = move_person(session, person, find_school(session, school))
        return made.on


def show(world, login="aigul", month=1):
    values = {"participant_id": world.ids[login], **EVIDENCE, "task": f"month:{month}"}
    return world.change(login, "evidence", values)


def sees(world, who, sheet):
    return {row["id"] for row in world.read(who, sheet)}


def test_the_record_goes_along_and_the_old_school_sees_no_more_of_it(world):
    before = show(world)
    certificate_of = world.ids["aigul"]
    with world.database.session() as session:
        session.add(signed := _certificate(world, certificate_of))
        session.flush()
        certificate = signed.id
    assert before in sees(world, "head", "evidence") and before not in sees(world, "yerlan", "evidence")
    move(world, "aigul", "south")
    later = show(world, month=2)
    visit = {"person_id": world.people["aigul"].id, "on": "2026-11-20", "kind": "visit", "saw": "6-сынып"}
    visited = world.change("saule", "coach_visit", visit)
    for who in ("aigul", "yerlan", "saule", "gulnar"):  # the coach and the group are what they were
        assert {before, later} <= sees(world, who, "evidence"), who
        assert visited in sees(world, who, "coach_visit"), who
        assert certificate in sees(world, who, "certificate"), who
        assert certificate_of in sees(world, who, "participant"), who
    for sheet in ("evidence", "coach_visit", "certificate", "participant"):
        assert not sees(world, "head", sheet), sheet
    south = world.people["yerlan"].school_id
    with world.database.reading() as session:
        for table, number in (
            (t.Evidence, before),
            (t.Certificate, certificate),
            (t.Participant, certificate_of),
        ):
            assert session.get_one(table, number).school_id == south


def _certificate(world, participant):
    person = world.people["aigul"]
    return t.Certificate(
        school_id=person.school_id, participant_id=participant, person_id=person.id, number="1", signed="x",
        on=date(2026, 11, 2),
    )  # fmt: skip


def test_each_school_has_the_months_in_which_somebody_was_there(world):
    on = move(world, "aigul", "south")
    with world.database.session() as session:
        session.scalars(select(Move)).one().on = date(2026, 10, 20)
    on = max(on, date(2026, 11, 26))

    def months(who):
        with world.database.reading() as session:
            told = list_standings(session, session.get_one(Person, world.people[who].id), on)
        aigul = world.people["aigul"].id
        assert len({each["id"] for each in told}) == len(told)
        return {
            each["school"]: [letter != "-" for letter in each["months"][:2]] + [each["months"][-1] != "-"]
            for each in told
            if each["person_id"] == aigul
        }

    past, now = [True, False, False], [False, True, True]
    assert months("head") == {"north": past}
    assert months("yerlan") == {"south": now}
    assert months("gulnar") == months("saule") == {"north": past, "south": now}
    with world.database.reading() as session:
        chief = session.get_one(Person, world.people["gulnar"].id)
        head = session.get_one(Person, world.people["head"].id)
        for day, school in ((date(2026, 10, 19), "north"), (date(2026, 10, 20), "south")):
            told = [
                each
                for each in read_standings(session, chief, day)
                if each.person_id == world.people["aigul"].id
            ]
            assert [each.school for each in told] == [school]
        assert read_standings(session, head, date(2026, 10, 20)) == []


def test_a_principal_has_the_rights_of_the_new_school_alone(world):
    number, evidence = world.change("head", "notice", NOTICE), show(world)
    move(world, "head", "south")
    assert evidence not in sees(world, "head", "evidence")
    other = show(world, "dana")
    assert other in sees(world, "head", "evidence")
    assert number not in sees(world, "head", "notice")
    with pytest.raises(NotAllowed, match="not there"):
        world.change("head", "notice", {"important": True}, number, 1)


def test_classes_end_and_who_cannot_move_is_told_why(world):
    with world.database.session() as session:
        aigul = session.get_one(Person, world.people["aigul"].id)
        aigul.external_id = "17"
        year = AcademicYear(school_id=aigul.school_id, name="2026/27", quarters=[])
        session.add(year)
        session.flush()
        group = ClassGroup(school_id=aigul.school_id, year_id=year.id, name="5А", grades=[5], language="kk")
        session.add(group)
        session.flush()
        session.add(Membership(person_id=aigul.id, class_id=group.id, role="teacher", since=date(2026, 9, 1)))
    move(world, "aigul", "South")
    with world.database.reading() as session:
        assert session.scalars(select(Membership)).one().until == today()
        assert session.get_one(Person, world.people["aigul"].id).external_id is None
    for login, why in (("pupil", "is a pupil"), ("aigul", "already")):
        with pytest.raises(Conflict, match=why):
            move(world, login, "south")
