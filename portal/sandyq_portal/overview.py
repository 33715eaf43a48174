"""The school at a glance, for administrators and operators: counts only, nobody's marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from sandyq.school.centre.tables import Chest, Club, Enrolment
from sandyq.school.database import now, today
from sandyq.school.people import lasts, list_classes
from sandyq.school.tables import (
    ClassGroup,
    LearningEvent,
    Membership,
    Person,
    PersonRole,
    School,
)
from sandyq_portal.identity import Visitor

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class ClassRow:
    group: ClassGroup
    pupils: int
    active: int
    """Pupils who opened or answered a lesson in the last seven days."""
    lessons: int
    """Different lessons they worked on."""


@dataclass(frozen=True)
class ClubRow:
    club: Club
    chest: Chest
    children: int


@dataclass(frozen=True)
class Overview:
    name: str
    classes: list[ClassRow]
    clubs: list[ClubRow]
    pupils: int
    covered: int
    """Unique children in at least one club; a child in two clubs counts once."""

    @property
    def coverage(self) -> float:
        return self.covered / self.pupils if self.pupils else 0.0


def build_overview(session: Session, visitor: Visitor, at: datetime | None = None) -> Overview:
    """Count what is in the visitor's school, at a moment (now, in UTC, by default)."""
    since = (at or now()).astimezone(UTC) - WEEK
    school = session.get_one(School, visitor.school_id)
    return Overview(
        name=school.name,
        classes=[
            _count_class(session, group, since) for group in list_classes(session, visitor.school_id, today())
        ],
        clubs=_count_clubs(session, visitor.school_id),
        pupils=_count_pupils(session, visitor.school_id),
        covered=_count_covered(session, visitor.school_id),
    )


def _count_class(session: Session, group: ClassGroup, since: datetime) -> ClassRow:
    members = (
        select(Membership.person_id)
        .join(Person)
        .where(Membership.class_id == group.id, Membership.role == "pupil")
        .where(lasts(today()), Person.left_at.is_(None))
    )
    events = select(
        func.count(LearningEvent.person_id.distinct()), func.count(LearningEvent.lesson.distinct())
    ).where(LearningEvent.person_id.in_(members), LearningEvent.at >= since)
    active, lessons = session.execute(events).one()
    pupils = session.scalar(select(func.count(members.subquery().c.person_id.distinct()))) or 0
    return ClassRow(group, pupils, active, lessons)


def _count_clubs(session: Session, school_id: int) -> list[ClubRow]:
    query = (
        select(Club, func.count(Enrolment.person_id.distinct()))
        .join(Chest, Club.chest_id == Chest.id)
        .outerjoin(Enrolment, (Enrolment.club_id == Club.id) & _lasting())
        .where(Club.school_id == school_id, Club.gone.is_(False))
        .group_by(Club.id)
        .order_by(func.min(Chest.position), Club.name)
    )
    return [ClubRow(club, club.chest, children) for club, children in session.execute(query)]


def _count_pupils(session: Session, school_id: int) -> int:
    query = select(func.count()).select_from(Person).join(PersonRole).where(*_present_pupil(school_id))
    return session.scalar(query) or 0


def _count_covered(session: Session, school_id: int) -> int:
    query = (
        select(func.count(Enrolment.person_id.distinct()))
        .join(Person, Enrolment.person_id == Person.id)
        .join(PersonRole)
        .where(_lasting(), *_present_pupil(school_id))
    )
    return session.scalar(query) or 0


def _lasting() -> ColumnElement[bool]:
    return Enrolment.until.is_(None) & Enrolment.gone.is_(False)


def _present_pupil(school_id: int) -> tuple[ColumnElement[bool], ...]:
    return Person.school_id == school_id, Person.left_at.is_(None), PersonRole.role == "pupil"
