"""Who is at the school: people, classes, and the groups that their rights come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from sandyq.i18n import kazakh_key
from sandyq.school.credentials import reset_secret
from sandyq.school.database import now, today
from sandyq.school.errors import NotFound
from sandyq.school.tables import (
    COLLEAGUES,
    AcademicYear,
    ClassGroup,
    CourseTeacher,
    Credential,
    Membership,
    Person,
    PersonRole,
    School,
)

__all__ = ["reset_secret"]  # what pages do to people stands in one place

TEACHING = ("teacher", "class_teacher")


@dataclass(frozen=True)
class PinPupil:
    """A name to tap on the sign-in page."""

    login: str
    given_name: str
    label: str


def find_person(session: Session, login: str) -> Person | None:
    """Return the person with this login, whether or not they have left."""
    return session.scalar(select(Person).where(Person.login == login.strip().lower()))


def end_account(session: Session, person: Person) -> None:
    """Let a person leave the school: no sign-in, no class from today. What they did stays."""
    person.left_at = person.left_at or now()
    end_classes(session, person)


def end_classes(session: Session, person: Person) -> None:
    """Let a person be in no class and teach no course from today."""
    on = today()
    teaches = or_(CourseTeacher.until.is_(None), CourseTeacher.until > on)
    going_on: list[Membership | CourseTeacher] = [
        *session.scalars(select(Membership).where(Membership.person_id == person.id, lasts(on))),
        *session.scalars(select(CourseTeacher).where(CourseTeacher.person_id == person.id, teaches)),
    ]
    for each in going_on:
        each.until = max(on, each.since)


def short_name(person: Person) -> str:
    """Given name and the family name's initial: ``Айдос С.``"""
    return f"{person.given_name} {person.family_name[:1]}.".strip()


def sort_people(people: Iterable[Person]) -> list[Person]:
    """Sort by family, given name and patronymic in the order of the Kazakh alphabet."""
    return sorted(people, key=lambda p: (kazakh_key(p.full_name), kazakh_key(p.patronymic), p.id))


def sort_classes(classes: Iterable[ClassGroup]) -> list[ClassGroup]:
    return sorted(classes, key=lambda group: (min(group.grades, default=0), kazakh_key(group.name)))


def current_year(session: Session, school_id: int, on: date) -> AcademicYear | None:
    """Return the newest year that has begun on a day; before the first year, that first one."""
    years = session.scalars(select(AcademicYear).where(AcademicYear.school_id == school_id)).all()
    by_start = sorted(years, key=lambda year: year.quarters[0]["starts"])
    begun = [year for year in by_start if year.quarters[0]["starts"] <= on.isoformat()]
    return begun[-1] if begun else next(iter(by_start), None)


def lasts(on: date) -> ColumnElement[bool]:
    """Memberships on a day: ``until`` is the first day after."""
    return (Membership.since <= on) & or_(Membership.until.is_(None), Membership.until > on)


def list_classes(session: Session, school_id: int, on: date) -> list[ClassGroup]:
    """Return the classes of the year of a day, lower grades first."""
    year = current_year(session, school_id, on)
    if year is None:
        return []
    of_year = select(ClassGroup).where(ClassGroup.year_id == year.id, ClassGroup.name != COLLEAGUES)
    return sort_classes(session.scalars(of_year))


def list_teachers(session: Session, school_id: int) -> list[Person]:
    """Return all who teach at a school."""
    teachers = select(PersonRole.person_id).where(PersonRole.role == "teacher")
    here = (Person.school_id == school_id) & Person.left_at.is_(None)
    return sort_people(session.scalars(select(Person).where(here, Person.id.in_(teachers))))


def list_adults(session: Session) -> list[int]:
    """Return the ids of all who are no pupils, of every school on this server."""
    pupils = select(PersonRole.person_id).where(PersonRole.role == "pupil")
    return list(session.scalars(select(Person.id).where(Person.id.not_in(pupils))))


def ensure_colleagues(session: Session, school_id: int) -> ClassGroup:
    """Return the group of all who teach at a school this year, made when there is none; NotFound without a year."""
    year = current_year(session, school_id, today())
    if year is None:
        raise NotFound("The school has no year yet.")
    found = session.scalar(
        select(ClassGroup).where(ClassGroup.year_id == year.id, ClassGroup.name == COLLEAGUES)
    )
    if found is None:
        language = session.get_one(School, school_id).language
        found = ClassGroup(
            school_id=school_id, year_id=year.id, name=COLLEAGUES, grades=[], language=language
        )
        session.add(found)
        session.flush()
    return found


def class_pupils(session: Session, class_id: int, on: date | None = None) -> list[Person]:
    """Return a class's pupils on a day (today), without those who have left the school."""
    query = (
        select(Person)
        .join(Membership)
        .where(Membership.class_id == class_id, Membership.role == "pupil", lasts(on or today()))
        .where(Person.left_at.is_(None))
    )
    return sort_people(session.scalars(query).unique())


roster = class_pupils


def classes_of_teacher(session: Session, person_id: int, on: date | None = None) -> list[ClassGroup]:
    """Return the classes a person teaches on a day (today)."""
    return _classes_as(session, person_id, TEACHING, on or today())


teacher_classes = classes_of_teacher


def class_of_pupil(session: Session, person_id: int, on: date | None = None) -> ClassGroup | None:
    """Return a pupil's class on a day (today)."""
    return next(iter(_classes_as(session, person_id, ("pupil",), on or today())), None)


def classmates(session: Session, person_id: int, on: date | None = None) -> list[Person]:
    """Return the other pupils of a pupil's class."""
    group = class_of_pupil(session, person_id, on)
    pupils = class_pupils(session, group.id, on) if group else []
    return [pupil for pupil in pupils if pupil.id != person_id]


def _classes_as(session: Session, person_id: int, roles: tuple[str, ...], on: date) -> list[ClassGroup]:
    mine = select(Membership.class_id).where(
        Membership.person_id == person_id, Membership.role.in_(roles), lasts(on)
    )
    return sort_classes(session.scalars(select(ClassGroup).where(ClassGroup.id.in_(mine))))


def pin_classes(session: Session, on: date | None = None) -> tuple[School | None, list[ClassGroup]]:
    """Return the first school and those of its classes in which somebody signs in by PIN."""
    school = session.scalar(select(School).order_by(School.id).limit(1))
    if school is None:
        return None, []
    with_pin = set(
        session.scalars(
            select(Membership.class_id)
            .join(Credential, Credential.person_id == Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(Credential.kind == "pin", Person.left_at.is_(None), lasts(on or today()))
        )
    )
    return school, [
        group for group in list_classes(session, school.id, on or today()) if group.id in with_pin
    ]


def pin_pupils(session: Session, class_id: int, on: date | None = None) -> list[PinPupil]:
    """Return whom the sign-in page shows of a class: the pupils with a PIN, told apart by initials."""
    kinds = select(Credential.person_id).where(Credential.kind == "pin")
    holders = set(session.scalars(kinds))
    pupils = [pupil for pupil in class_pupils(session, class_id, on) if pupil.id in holders]
    labels = distinct_labels(pupils)
    return [PinPupil(pupil.login, pupil.given_name, labels[pupil.id]) for pupil in pupils]


def distinct_labels(people: Iterable[Person]) -> dict[int, str]:
    """Return the shortest label by which each person differs from the others: ``Айдос С.``, ``Айдос Серіков``."""
    everybody = list(people)
    labels = {person.id: short_name(person) for person in everybody}
    for spell in (_full, _with_patronymic, lambda person: f"{_with_patronymic(person)} ({person.login})"):
        seen = list(labels.values())
        labels.update({p.id: spell(p) for p in everybody if seen.count(labels[p.id]) > 1})
    return labels


def _full(person: Person) -> str:
    return f"{person.given_name} {person.family_name}"


def _with_patronymic(person: Person) -> str:
    return (
        f"{person.given_name} {person.patronymic[:1]}. {person.family_name}"
        if person.patronymic
        else _full(person)
    )


def wanted_groups(session: Session, on: date | None = None) -> dict[str, set[str]]:
    """Return the hub's groups and the logins in them, without whoever has left.

    One group a role, and ``class-<id>`` with the pupils of each class that has any.
    """
    present = Person.left_at.is_(None)
    groups: dict[str, set[str]] = defaultdict(set)
    for role, login in session.execute(select(PersonRole.role, Person.login).join(Person).where(present)):
        groups[role].add(login)
    in_class = (
        select(Membership.class_id, Person.login)
        .join(Person)
        .where(present, Membership.role == "pupil", lasts(on or today()))
    )
    for class_id, login in session.execute(in_class):
        groups[f"class-{class_id}"].add(login)
    return dict(groups)
