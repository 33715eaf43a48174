"""Rooms speak for a person: who it is, and what that person has answered so far."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException
from sqlalchemy.orm import Session

from sandyq.school import people
from sandyq.school.tables import LearningEvent, Person
from sandyq.settings import Settings
from sandyq.visits import Visit, read_pair


def find_person(session: Session, visit: Visit) -> Person:
    """Return the visitor; 403 when they have left the school since."""
    person = people.find_person(session, visit.login)
    if person is None or person.left_at is not None:
        raise HTTPException(403, f"Login '{visit.login}' is not of this school any more.")
    return person


def find_partner(session: Session, visit: Visit) -> Person | None:
    """Return who sits beside the visitor; None when nobody does, or they have left the school since."""
    partner = people.find_person(session, visit.partner) if visit.partner else None
    return partner if partner and partner.left_at is None else None


def join_pair(settings: Settings, session: Session, login: str, cookie: str | None) -> Person | None:
    """Return who sits beside somebody at their PC, as the browser's cookie says; None when nobody does."""
    return find_partner(session, Visit(login, "", "", read_pair(settings, cookie, login)))


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
