"""Experts' sessions: which questions are one's own, which nobody else is told; which are answered."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.academy.tables import ExpertQuestion, Reply
from sandyq.school.errors import Conflict
from sandyq.school.tables import ADULTS, Person


def list_own_questions(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return the ids of the questions that a person has asked."""
    if not ADULTS & person.role_names:
        return []
    query = select(ExpertQuestion.id).where(ExpertQuestion.by == person.id, ExpertQuestion.gone.is_(False))
    return [{"id": number} for number in session.scalars(query.order_by(ExpertQuestion.id))]


def check_unanswered(session: Session, question: int) -> None:
    """Conflict when an expert has answered: the answer stays, to the words that were asked."""
    answers = select(Reply.id).where(
        Reply.sheet == "expert_question",
        Reply.row_id == question,
        Reply.kind == "answer",
        Reply.gone.is_(False),
    )
    if session.scalar(answers.limit(1)) is not None:
        raise Conflict("This question is answered and stays as it is. Ask another one beside it.")
