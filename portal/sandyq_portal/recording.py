"""Writing what rooms report: one event a statement, however often it is sent."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.tables import ClassGroup, LearningEvent, LessonAssignment, Person
from sandyq.visits import Visit


def find_person(session: Session, visit: Visit) -> Person:
    """Return the visitor; 403 when they have left the school since."""
    person = session.scalar(select(Person).where(Person.login == visit.login, Person.left_at.is_(None)))
    if person is None:
        raise HTTPException(403, f"Login '{visit.login}' is not of this school any more.")
    return person


def record_once(session: Session, event: LearningEvent) -> tuple[LearningEvent, bool]:
    """Store an event unless its uuid is known; return the stored one and whether it is new."""
    known = session.scalar(select(LearningEvent).where(LearningEvent.uuid == event.uuid))
    if known is None:
        session.add(event)
        session.flush()
        return event, True
    if (known.person_id, known.lesson, known.question) != (event.person_id, event.lesson, event.question):
        raise HTTPException(409, f"The uuid {event.uuid} belongs to another statement. Send a new one.")
    return known, False


def summarise_answers(events: list[LearningEvent]) -> dict[str, dict[str, Any]]:
    """Return by question the latest answer, the tries and the first score; events come oldest first."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.verb != "answered" or event.question is None:
            continue
        before = found.get(event.question)
        found[event.question] = {
            "response": event.response,
            "score": event.score,
            "max_score": event.max_score,
            "tries": (before["tries"] if before else 0) + 1,
            "first_score": before["first_score"] if before else event.score,
        }
    return found


def assign_lesson(
    session: Session, group: ClassGroup, lesson: str, by: int, due: date | None
) -> LessonAssignment:
    """Assign a lesson to a class; when it is assigned already, only the due date changes."""
    found = _find_assignment(session, group, lesson)
    if found is None:
        found = LessonAssignment(class_id=group.id, lesson=lesson, assigned_by=by)
        session.add(found)
    found.due_on = due
    session.flush()
    return found


def withdraw_lesson(session: Session, group: ClassGroup, lesson: str) -> None:
    """Take a lesson back; 404 when it is not assigned. Answers are kept."""
    found = _find_assignment(session, group, lesson)
    if found is None:
        raise HTTPException(404, f"Lesson '{lesson}' is not assigned to class {group.name}.")
    session.delete(found)


def _find_assignment(session: Session, group: ClassGroup, lesson: str) -> LessonAssignment | None:
    query = select(LessonAssignment).where(
        LessonAssignment.class_id == group.id, LessonAssignment.lesson == lesson
    )
    return session.scalar(query)
