"""Who may open a child's ability passport."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from sandyq.school.centre.roster import list_pupils
from sandyq.school.centre.tables import Club, Enrolment, PassportEntry
from sandyq.school.database import today
from sandyq.school.people import lasts, sort_people
from sandyq.school.tables import Membership, Person


def open_children(person: Person, on: date) -> Select[int]:
    """Return the ids of the children whose passport a person may open.

    Administrators: the school's. Leaders of the centre: those who are or were in one of its clubs. Everybody else:
    those who are or were in a club of theirs, and the pupils of the class whose class teacher they are.
    """
    if "administrator" in person.role_names:
        return select(Person.id).where(Person.school_id == person.school_id)
    in_clubs = select(Enrolment.person_id).join(Club, Club.id == Enrolment.club_id)
    in_clubs = in_clubs.where(Club.school_id == person.school_id, Enrolment.gone.is_(False))
    if "leader" in person.role_names:
        return in_clubs
    classes = select(Membership.class_id).where(
        Membership.person_id == person.id, Membership.role == "class_teacher", lasts(on)
    )
    own_class = select(Membership.person_id).where(
        Membership.class_id.in_(classes), Membership.role == "pupil", lasts(on)
    )
    own_clubs = in_clubs.where(Club.leader_id == person.id)
    return select(Person.id).where(or_(Person.id.in_(own_class), Person.id.in_(own_clubs)))


def narrow_entries(_session: Session, person: Person) -> ColumnElement[bool]:
    return PassportEntry.person_id.in_(open_children(person, today()))


def list_open_children(session: Session, person: Person, on: date) -> list[dict[str, Any]]:
    """Return the pupils of a day whose passport a person may open, as ``roster.list_pupils`` does."""
    may = set(session.scalars(open_children(person, on)))
    return [pupil for pupil in list_pupils(session, person, on) if pupil["id"] in may]


def list_authors(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return who wrote in the school's passports, also those who have left or moved to another school."""
    wrote = select(PassportEntry.by).where(PassportEntry.school_id == person.school_id)
    authors = session.scalars(select(Person).where(Person.id.in_(wrote)))
    return [{"id": each.id, "name": each.full_name} for each in sort_people(authors)]


def may_see_photo(session: Session, person: Person, photo: str) -> bool:
    """Return whether a picture stands in a passport that a person may open."""
    query = select(PassportEntry.id).where(
        PassportEntry.school_id == person.school_id,
        PassportEntry.photo == photo,
        PassportEntry.gone.is_(False),
        narrow_entries(session, person),
    )
    return session.scalar(query.limit(1)) is not None
