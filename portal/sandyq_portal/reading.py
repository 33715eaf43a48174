"""What the portal reads from the school: classes, assignments, events; nobody sees more than they may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.database import today
from sandyq.school.people import classes_of_teacher, list_classes
from sandyq.school.tables import ClassGroup, LearningEvent
from sandyq_portal.identity import Visitor

Events = dict[int, list[LearningEvent]]
"""Events by person, oldest first."""


def classes_of_staff(session: Session, visitor: Visitor) -> list[ClassGroup]:
    """Return a teacher's own classes; all of the school's for an administrator."""
    if "administrator" in visitor.roles:
        return list_classes(session, visitor.school_id, today())
    return classes_taught(session, visitor)


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
    return classes_of_teacher(session, visitor.id)


def read_events(session: Session, people: Collection[int], lesson: str | None = None) -> Events:
    """Return people's events, of one lesson or of all."""
    query = select(LearningEvent).where(LearningEvent.person_id.in_(people)).order_by(LearningEvent.id)
    if lesson is not None:
        query = query.where(LearningEvent.lesson == lesson)
    events: Events = defaultdict(list)
    for event in session.scalars(query):
        events[event.person_id].append(event)
    return events
