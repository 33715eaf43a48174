"""Adults who move to another school of this server: their record goes with them, their classes do not."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sandyq.school.academy.sheets import ACADEMY
from sandyq.school.database import today
from sandyq.school.errors import Conflict, NotFound
from sandyq.school.people import end_classes
from sandyq.school.tables import Move, Person, School

FOLLOWING = {"academy_profile": "by", "certificate": "person_id", "evidence": "by", "peer_need": "by"}
"""By sheet: whose rows go along, beside those ``about`` somebody."""


def find_school(session: Session, name: str) -> School:
    """Return the school with this name; NotFound names those that there are."""
    schools = session.scalars(select(School).order_by(School.name)).all()
    found = next((each for each in schools if each.name.casefold() == name.strip().casefold()), None)
    if found is None:
        known = "; ".join(each.name for each in schools)
        raise NotFound("There is no school '{name}'. Known are: {known}.", name=name, known=known)
    return found


def check_move(person: Person, school: School) -> None:
    """Conflict for whom no move is to be made: pupils, those who have left, those who are there already."""
    name = person.full_name
    if "pupil" in person.role_names:
        raise Conflict(
            "{name} is a pupil. Pupils are taken out of one list and put into the other.", name=name
        )
    if person.left_at is not None:
        raise Conflict("{name} has left. Import the person into the new school's list.", name=name)
    if person.school_id == school.id:
        raise Conflict("{name} is at this school already.", name=name)


def move_person(session: Session, person: Person, school: School) -> Move:
    """Let an adult go on at another school from today: groups, coach, pairs, evidence, certificates stay theirs.

    From now on the new school's administration sees the record, the old one's no more; classes and courses end.
    """
    check_move(person, school)
    end_classes(session, person)
    move = Move(person_id=person.id, from_id=person.school_id, to_id=school.id, on=today())
    session.add(move)
    person.school_id, person.external_id = school.id, None  # the id is of the old school's list
    for sheet in ACADEMY:
        if field := sheet.about or FOLLOWING.get(sheet.name):
            mine = getattr(sheet.table, field) == person.id
            session.execute(update(sheet.table).where(mine).values(school_id=school.id))
    session.flush()
    return move
