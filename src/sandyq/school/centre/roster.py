"""People and classes as the centre's apps see them: to read only, for they are changed elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, lazyload

from sandyq.school.centre.tables import Club
from sandyq.school.database import end_of
from sandyq.school.people import current_year, lasts, list_classes, sort_people
from sandyq.school.tables import ClassGroup, Membership, Person, PersonRole, School


def list_pupils(session: Session, person: Person, on: date) -> list[dict[str, Any]]:
    """Return the school's pupils of a day with their class, in the order of the Kazakh alphabet."""
    query = (
        select(Person, ClassGroup)
        .join(Membership, Membership.person_id == Person.id)
        .join(ClassGroup, ClassGroup.id == Membership.class_id)
        .where(Person.school_id == person.school_id)
        .where(or_(Person.left_at.is_(None), Person.left_at >= end_of(on)))
        .where(Membership.role == "pupil", lasts(on))
        .options(lazyload(Person.roles))
    )
    classes = dict(session.execute(query).all())
    return [
        {
            "id": pupil.id,
            "name": pupil.full_name,
            "class": classes[pupil].name,
            "class_id": classes[pupil].id,
            "grade": pupil.grade or min(classes[pupil].grades, default=0),
            "language": pupil.language,
        }
        for pupil in sort_people(classes)
    ]


def list_staff(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return the adults of the school who are there."""
    query = select(Person).where(
        Person.school_id == person.school_id,
        Person.left_at.is_(None),
        Person.roles.any(PersonRole.role != "pupil"),
    )
    return [
        {"id": each.id, "name": each.full_name, "roles": sorted(each.role_names)}
        for each in sort_people(session.scalars(query))
    ]


def list_groups(session: Session, person: Person, on: date) -> list[dict[str, Any]]:
    """Return the classes of the year of a day, lower grades first."""
    return [
        {"id": group.id, "name": group.name, "grades": group.grades, "language": group.language}
        for group in list_classes(session, person.school_id, on)
    ]


def list_closed_clubs(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return the school's clubs that were deleted: whoever was in one has been in it all the same."""
    query = select(Club.id, Club.name, Club.chest_id).where(Club.school_id == person.school_id)
    return [dict(row._mapping) for row in session.execute(query.where(Club.gone.is_(True)).order_by(Club.id))]


LISTS: Final[dict[str, Callable[[Session, Person, date], list[dict[str, Any]]]]] = {
    "pupil": list_pupils,
    "staff": list_staff,
    "class": list_groups,
    "closed_club": list_closed_clubs,
}


def describe_school(session: Session, person: Person, on: date) -> dict[str, Any]:
    """Return what an app's head and its papers need of the school: name, language, year and quarters."""
    school = session.get_one(School, person.school_id)
    year = current_year(session, school.id, on)
    return {
        "name": school.name,
        "language": school.language,
        "year": year.name if year else "",
        "quarters": year.quarters if year else [],
    }
