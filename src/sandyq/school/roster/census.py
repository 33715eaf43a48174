"""The school as the database has it, laid out for finding people quickly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.law.tables import Erasure
from sandyq.school.names import name_key
from sandyq.school.people import current_year, lasts
from sandyq.school.roster.classes import parse_class
from sandyq.school.roster.problems import RosterError
from sandyq.school.tables import COLLEAGUES, AcademicYear, ClassGroup, Membership, Person, School


@dataclass
class Census:
    """Everybody of one school, present or not, and the classes of the current year."""

    school: School
    year: AcademicYear
    classes: dict[str, ClassGroup]
    """By the name that ``parse_class`` gives."""
    by_login: dict[str, Person]
    """Of every school on the server: logins are unique."""
    going: frozenset[str] = frozenset()
    """Logins of the erased whose folders are still to be deleted: nobody else is to get the folder, or lose it."""
    people: list[Person] = field(default_factory=list)
    by_id: dict[str, Person] = field(default_factory=dict)
    by_name: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    """By family and given name."""
    memberships: dict[int, list[Membership]] = field(default_factory=lambda: defaultdict(list))
    """Those that last, by person."""

    def classes_of(self, person: Person) -> list[str]:
        return [membership.class_group.name for membership in self.memberships[person.id]]

    def is_in(self, person: Person, class_name: str) -> bool:
        group = self.classes.get(class_name)
        return any(group is not None and each.class_id == group.id for each in self.memberships[person.id])

    def describe(self, person: Person) -> str:
        """Return who somebody is: ``Серік Айдос (7А, aidos)``."""
        return f"{person.full_name} ({', '.join([*self.classes_of(person), person.login])})"

    def describe_all(self, people: Iterable[Person]) -> str:
        return "; ".join(map(self.describe, people))


def take_census(session: Session, on: date) -> Census:
    """Read the first school of the server; RosterError when there is none or it has no academic year."""
    school = session.scalar(select(School).order_by(School.id).limit(1))
    year = current_year(session, school.id, on) if school else None
    if school is None or year is None:
        raise RosterError("There is no school with an academic year in the database yet. Start it first.")
    groups = session.scalars(
        select(ClassGroup).where(ClassGroup.year_id == year.id, ClassGroup.name != COLLEAGUES)
    )
    everybody = session.scalars(select(Person)).unique().all()
    census = Census(
        school,
        year,
        {_plain(group.name): group for group in groups},
        {person.login: person for person in everybody},
        frozenset(session.scalars(select(Erasure.home).where(Erasure.home != ""))),
    )
    _index_people(census, [person for person in everybody if person.school_id == school.id])
    for membership in session.scalars(select(Membership).where(lasts(on))):
        census.memberships[membership.person_id].append(membership)
    return census


def _index_people(census: Census, people: list[Person]) -> None:
    census.people = people
    for person in people:
        census.by_name[name_key(person.family_name, person.given_name)].append(person)
        if person.external_id:
            census.by_id[person.external_id] = person


def _plain(name: str) -> str:
    parsed = parse_class(name)
    return parsed.name if parsed else name
