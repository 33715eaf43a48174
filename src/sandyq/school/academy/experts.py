"""Experts' sessions: which questions are one's own, which nobody else is told."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.academy.tables import ExpertQuestion
from sandyq.school.tables import ADULTS, Person


def list_own_questions(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return the ids of the questions that a person has asked."""
    if not ADULTS & person.role_names:
        return []
    query = select(ExpertQuestion.id).where(ExpertQuestion.by == person.id, ExpertQuestion.gone.is_(False))
    return [{"id": number} for number in session.scalars(query.order_by(ExpertQuestion.id))]
