"""What the portal reads from the school: classes, assignments, events; nobody sees more than they may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.i18n import kazakh_key
from sandyq.school.tables import ClassGroup, LearningEvent, LessonAssignment, Membership, Person
from sandyq_portal.identity import Visitor

Events = dict[int, list[LearningEvent]]
"""Events by person, oldest first."""


def classes_of_pupil(session: Session, visitor: Visitor) -> list[ClassGroup]:
    return _classes_as(session, visitor, ("pupil",))


def classes_of_staff(session: Session, visitor: Visitor) -> list[ClassGroup]:
    """Return a teacher's own classes; all of the school's for an administrator."""
    if "administrator" in visitor.roles:
        return all_classes(session, visitor)
    return _classes_as(session, visitor, ("teacher", "class_teacher"))


def all_classes(session: Session, visitor: Visitor) -> list[ClassGroup]:
    """Return the classes of the visitor's school."""
    found = session.scalars(select(ClassGroup).where(ClassGroup.school_id == visitor.school_id))
    return _in_order(found)


def find_class(session: Session, visitor: Visitor, class_id: int) -> ClassGroup:
    """Return a class that this visitor may look into; 404 for any other, so that nobody learns it exists."""
    return _pick(classes_of_staff(session, visitor), class_id)


def find_taught_class(session: Session, visitor: Visitor, class_id: int) -> ClassGroup:
    """Return a class that this visitor teaches; 404 for any other."""
    return _pick(classes_taught(session, visitor), class_id)


def _pick(groups: list[ClassGroup], class_id: int) -> ClassGroup:
    found = next((group for group in groups if group.id == class_id), None)
    if found is None:
        raise HTTPException(404, f"Class {class_id} is none of yours.")
    return found


def classes_taught(session: Session, visitor: Visitor) -> list[ClassGroup]:
    return _classes_as(session, visitor, ("teacher", "class_teacher"))


def pupils_of(session: Session, group: ClassGroup) -> list[Person]:
    """Return the class's present pupils in the order of the Kazakh alphabet."""
    query = (
        select(Person)
        .join(Membership)
        .where(Membership.class_id == group.id, Membership.until.is_(None))
        .where(Membership.role == "pupil", Person.left_at.is_(None))
    )
    return sorted(session.scalars(query).unique(), key=lambda person: kazakh_key(person.full_name))


def assignments_of(session: Session, class_ids: Collection[int]) -> list[LessonAssignment]:
    """Return what these classes were assigned, the nearest due date first."""
    query = select(LessonAssignment).where(LessonAssignment.class_id.in_(class_ids))
    found = session.scalars(query).all()
    return sorted(
        found, key=lambda item: (item.due_on is None, item.due_on or item.assigned_at.date(), item.id)
    )


def read_events(session: Session, people: Collection[int], lesson: str | None = None) -> Events:
    """Return people's events, of one lesson or of all."""
    query = select(LearningEvent).where(LearningEvent.person_id.in_(people)).order_by(LearningEvent.id)
    if lesson is not None:
        query = query.where(LearningEvent.lesson == lesson)
    events: Events = defaultdict(list)
    for event in session.scalars(query):
        events[event.person_id].append(event)
    return events


def _classes_as(session: Session, visitor: Visitor, roles: tuple[str, ...]) -> list[ClassGroup]:
    query = (
        select(ClassGroup)
        .join(Membership)
        .where(Membership.person_id == visitor.id, Membership.until.is_(None), Membership.role.in_(roles))
        .where(ClassGroup.school_id == visitor.school_id)
        .distinct()
    )
    return _in_order(session.scalars(query).unique())


def _in_order(groups: Iterable[ClassGroup]) -> list[ClassGroup]:
    return sorted(groups, key=lambda group: (min(group.grades, default=0), kazakh_key(group.name)))
