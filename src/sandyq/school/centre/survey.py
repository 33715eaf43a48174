"""Surveys as children answer them: those open to their class, and of the answers only their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school import journal
from sandyq.school.centre.checks import CHECKS
from sandyq.school.centre.tables import Survey, SurveyAnswer
from sandyq.school.errors import NotFound
from sandyq.school.people import class_of_pupil
from sandyq.school.sheets import Sheet
from sandyq.school.tables import Person
from sandyq.surveys import Question, questions_for, read_questions

PUPILS: Final = frozenset({"pupil"})
OWN_ANSWERS: Final = Sheet(
    "survey_answer",
    SurveyAnswer,
    readers=PUPILS,
    writers=PUPILS,
    narrow=lambda _session, pupil: SurveyAnswer.person_id == pupil.id,
    checks=CHECKS["survey_answer"],
)
"""The one thing of the centre that a pupil may change; it is reached through this module alone."""


@dataclass(frozen=True)
class OpenSurvey:
    """A survey that a child may answer now."""

    survey: Survey
    questions: list[Question]
    """Those for the child's age."""
    answer: SurveyAnswer | None
    """What the child has answered so far."""


def open_surveys(session: Session, pupil: Person, on: date) -> list[OpenSurvey]:
    """Return the surveys that are open to a pupil's class on a day and ask something of that age."""
    group = class_of_pupil(session, pupil.id, on)
    if group is None:
        return []
    grade = pupil.grade or min(group.grades, default=1)
    query = (
        select(Survey)
        .where(Survey.school_id == pupil.school_id, Survey.gone.is_(False), Survey.state == "open")
        .order_by(Survey.id)
    )
    found = [
        OpenSurvey(
            survey,
            questions_for(read_questions(survey.questions), grade),
            _own_answer(session, pupil, survey),
        )
        for survey in session.scalars(query)
        if not survey.class_ids or group.id in survey.class_ids
    ]
    return [each for each in found if each.questions]


def _own_answer(session: Session, pupil: Person, survey: Survey) -> SurveyAnswer | None:
    query = select(SurveyAnswer).where(
        SurveyAnswer.survey_id == survey.id,
        SurveyAnswer.person_id == pupil.id,
        SurveyAnswer.gone.is_(False),
    )
    return session.scalar(query)


def find_open(session: Session, pupil: Person, survey_id: int, on: date) -> OpenSurvey:
    """Return a survey that a pupil may answer; NotFound for any other, so that nobody learns it exists."""
    found = next((each for each in open_surveys(session, pupil, on) if each.survey.id == survey_id), None)
    if found is None:
        raise NotFound("Survey {survey} is closed or not for your class.", survey=survey_id)
    return found


def record_answer(  # noqa: PLR0913 # who, to what, what, how it is told, when
    session: Session, pupil: Person, survey_id: int, answers: dict[str, Any], *, what: str, on: date
) -> None:
    """Keep a pupil's answers in place of earlier ones; the journal tells ``what``. The same again changes nothing.

    ``answers``: by question, see ``sandyq.surveys``. NotFound when the survey is closed meanwhile, BadEdit when
    an answer does not fit its question.
    """
    journal.take_turn(session, pupil.school_id)
    found = find_open(session, pupil, survey_id, on)
    known = found.answer
    if known is not None and known.answers == answers:
        return
    values = {"answers": answers, "source": "screen"}
    if known is None:
        edit = journal.Edit(
            "survey_answer", -1, 0, {**values, "survey_id": survey_id, "person_id": pupil.id, "about": {}}
        )
    else:
        edit = journal.Edit("survey_answer", known.id, known.version, values)
    batch = journal.Batch(uuid4(), "survey", what, (edit,))
    journal.change(session, pupil, batch, {"survey_answer": OWN_ANSWERS})
