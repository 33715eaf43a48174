"""The year after a course: what somebody gave to a class since, who is silent, whose pictures one may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from sandyq.school.academy import tables as t
from sandyq.school.academy.programme import Standing, count_quiet_days, read_standings
from sandyq.school.academy.rights import led_groups
from sandyq.school.database import ZONE, begin_of
from sandyq.school.tables import (
    ClassGroup,
    LearningEvent,
    LessonAssignment,
    Membership,
    Person,
)

GUIDING = ("coach", "expert", "district")


@dataclass(frozen=True)
class Given:
    """A lesson that somebody of a course gave to a class since the course began, and how many of the class answered."""

    id: int
    """Of the assignment: what an evidence names, so that nothing is counted twice."""
    person_id: int
    on: str
    """ISO date."""
    lesson: str
    """Slug."""
    group: str
    """The class's name."""
    pupils: int
    answered: int


@dataclass(frozen=True)
class Silent:
    """Somebody of whom nothing was heard for ``programme.SILENCE`` days or more."""

    person_id: int
    name: str
    school: str
    since: date
    """The last sign, else the day on which they began."""
    days: int
    """Without the summer's."""


def list_silent(session: Session, viewer: Person, on: date) -> list[Silent]:
    """Return who of a viewer's circle is silent in each course of theirs, the longest silent first; not the viewer."""
    theirs: dict[int, list[Standing]] = {}
    for each in read_standings(session, viewer, on):
        if each.person_id != viewer.id:
            theirs.setdefault(each.person_id, []).append(each)
    found = []
    for person, standings in theirs.items():
        if all(each.silent for each in standings):
            since = max(each.quiet_since for each in standings)
            first = standings[0]
            found.append(Silent(person, first.name, first.school, since, count_quiet_days(since, on)))
    return sorted(found, key=lambda each: (each.since, each.name))


def list_given(session: Session, viewer: Person, on: date) -> list[dict[str, Any]]:
    """Return what the viewer, and the people whom they coach, gave to classes, as apps get it."""
    return [asdict(each) for each in _find_given(session, viewer, on)]


def _find_given(session: Session, viewer: Person, on: date) -> Iterator[Given]:
    """Without pupils' names: a coach of another school learns how many, never who."""
    led = led_groups(viewer)
    begun = (
        select(t.Participant.person_id, func.min(t.TrainingGroup.starts_on).label("begun"))
        .join(t.TrainingGroup, t.TrainingGroup.id == t.Participant.group_id)
        .where(t.Participant.gone.is_(False), t.TrainingGroup.gone.is_(False))
        .where(or_(t.Participant.person_id == viewer.id, t.Participant.group_id.in_(led)))
        .group_by(t.Participant.person_id)
        .subquery()
    )
    pupils = and_(
        Membership.class_id == LessonAssignment.class_id,
        Membership.role == "pupil",
        Membership.since <= on,
        or_(Membership.until.is_(None), Membership.until > on),
    )
    answers = and_(
        LearningEvent.person_id == Membership.person_id,
        LearningEvent.lesson == LessonAssignment.lesson,
        LearningEvent.verb == "answered",
        LearningEvent.at >= LessonAssignment.assigned_at,
    )
    query = (
        select(
            LessonAssignment,
            ClassGroup.name,
            begun.c.begun,
            func.count(Membership.person_id.distinct()),
            func.count(LearningEvent.person_id.distinct()),
        )
        .join(begun, begun.c.person_id == LessonAssignment.assigned_by)
        .join(ClassGroup, ClassGroup.id == LessonAssignment.class_id)
        .outerjoin(Membership, pupils)
        .outerjoin(LearningEvent, answers)
        .group_by(LessonAssignment.id, ClassGroup.name, begun.c.begun)
        .order_by(LessonAssignment.id.desc())
    )
    for assignment, group, first, many, answered in session.execute(query):
        if assignment.assigned_at >= begin_of(first):
            day = assignment.assigned_at.astimezone(ZONE).date().isoformat()
            yield Given(assignment.id, assignment.assigned_by, day, assignment.lesson, group, many, answered)


def list_own_items(session: Session, viewer: Person, _on: date) -> list[dict[str, Any]]:
    """Return the items of the library's bank that the viewer wrote, the newest first."""
    query = select(t.Resource.id, t.Resource.title).where(
        t.Resource.by == viewer.id, t.Resource.kind == "item", t.Resource.gone.is_(False)
    )
    found = session.execute(query.order_by(t.Resource.id.desc()))
    return [{"id": number, "title": title} for number, title in found]
