"""Rooms speak for a person: who it is, and what that person has answered so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException
from sqlalchemy.orm import Session

from sandyq.school import people
from sandyq.school.learning import count_tries
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


@dataclass(frozen=True)
class Tries:
    """How often each of those at one PC has answered a question, or had before an answer that is kept."""

    had: dict[int, int]
    known: LearningEvent | None = None
    """The answer that is told once more."""

    @property
    def fewest(self) -> int:
        """What a page counts: it is open as long as one of them has a try left."""
        return min(self.had.values())

    def find_takers(self, most: int) -> list[int]:
        """Return who gets an answer: each with a try left (``most`` 0: as many as one likes)."""
        if self.known and self.known.person_id in self.had:
            return [self.known.person_id]
        return [person for person, had in self.had.items() if not most or had < most]


def count_tries_of(
    session: Session, people: Sequence[int], lesson: str, question: str, known: LearningEvent | None = None
) -> Tries:
    """Count for each of ``people``; for an answer that is kept already, for those who gave it."""
    if known and people[0] in (known.person_id, known.partner_id):
        people = [person for person in (known.person_id, known.partner_id) if person]
    return Tries(
        {person: count_tries(session, person, lesson, question, before=known) for person in people}, known
    )


def summarise_answers(events: list[LearningEvent]) -> dict[str, dict[str, Any]]:
    """Return by question the latest answer, the tries, their UUIDs and the first score; events come oldest first."""
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
            "presses": [*(before["presses"] if before else ()), event.uuid],
        }
    return found
