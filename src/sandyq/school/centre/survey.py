"""Surveys as children answer them: those open to their class, and of the answers only their own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.i18n import say_in
from sandyq.school import journal
from sandyq.school.centre.checks import CHECKS
from sandyq.school.centre.roster import list_pupils
from sandyq.school.centre.survey_checks import find_notes, has_answers
from sandyq.school.centre.tables import Survey, SurveyAnswer
from sandyq.school.database import today
from sandyq.school.errors import NotFound
from sandyq.school.people import class_of_pupil, current_year, list_classes, sort_classes
from sandyq.school.sheets import LEADING, Sheet
from sandyq.school.tables import AcademicYear, ClassGroup, Membership, Person
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

AS_ASKED: Final = Sheet("survey", Survey)
"""A survey that was asked as it is: one kept before it was checked does not stop a new year."""


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


def keep_to_their_year(session: Session, person: Person, language: str, begins: date) -> None:
    """Name the classes of open surveys that ask all classes; done before a new year is made, which ``begins`` on a day.

    Next year's children are then not asked: their answers would be counted among those of last year's. A survey that
    nobody has answered and nobody can until then goes on with them. The journal tells it in ``language``.
    """
    journal.take_turn(session, person.school_id)
    classes = [group.id for group in list_classes(session, person.school_id, today())]
    query = select(Survey).where(
        Survey.school_id == person.school_id, Survey.gone.is_(False), Survey.state == "open"
    )
    for survey in session.scalars(query).all():
        if not survey.class_ids and (begins > today() or has_answers(session, survey)):
            edit = journal.Edit("survey", survey.id, survey.version, {"class_ids": classes})
            what = say_in(language)("Classes chosen: {name}", name=survey.name)
            batch = journal.Batch(uuid4(), "survey", what, (edit,))
            journal.change(session, person, batch, {"survey": AS_ASKED})


def list_rosters(session: Session, person: Person, _on: date) -> list[dict[str, Any]]:
    """Return for each closed survey whom it asked on the day on which it was closed, for those who lead the centre.

    A new year has other classes and grades; what last year's children answered stays as it was.
    """
    if not person.role_names & LEADING:
        return []
    query = select(Survey).where(
        Survey.school_id == person.school_id, Survey.gone.is_(False), Survey.state == "closed"
    )
    closed = _closing_days(session, person.school_id)
    return [
        {
            "id": survey.id,
            "version": survey.version,
            **_roster_on(session, person, _last_day(session, survey, closed[survey.id])),
        }
        for survey in session.scalars(query)
        if survey.id in closed
    ]


def _closing_days(session: Session, school_id: int) -> dict[int, date]:
    """Return by survey the day on which it was closed last, as the journal has it."""
    return {
        note["id"]: on
        for on, note in find_notes(session, school_id, "survey", "closed")
        if (note["after"] or {}).get("state") == "closed" and (note["before"] or {}).get("state") != "closed"
    }


def _last_day(session: Session, survey: Survey, closed: date) -> date:
    """Return the last day on which a closed survey asked anybody: its classes may have ended before it was closed."""
    classes = survey.class_ids or _classes_that_answered(session, survey, closed)
    query = select(Membership.until).where(Membership.class_id.in_(classes), Membership.role == "pupil")
    ends = session.scalars(query).all()
    return min([closed, *([max(filter(None, ends)) - timedelta(days=1)] if ends and all(ends) else [])])


def _classes_that_answered(session: Session, survey: Survey, closed: date) -> list[int]:
    """Return all classes of an earlier year in which most of a survey's answers were given; none if it was the last."""
    last = current_year(session, survey.school_id, closed)
    if last is None or closed < date.fromisoformat(last.quarters[0]["starts"]):
        return []
    begun = find_notes(session, survey.school_id, "survey", "open")
    first = min((on for on, note in begun if note["id"] == survey.id), default=closed)
    if current_year(session, survey.school_id, first) == last:
        return []
    answers = find_notes(session, survey.school_id, "survey_answer", "survey_answer")
    given = {
        note["id"]: on
        for on, note in answers
        if on <= closed and (note["after"] or {}).get("survey_id") == survey.id
    }
    years = Counter(current_year(session, survey.school_id, on) for on in given.values())
    year = years.most_common(1)[0][0] if years else None
    if year is None or year == last:
        return []
    begins = date.fromisoformat(year.quarters[0]["starts"])
    return [group.id for group in list_classes(session, survey.school_id, begins)]


def _roster_on(session: Session, person: Person, on: date) -> dict[str, Any]:
    pupils = list_pupils(session, person, on)
    ids = {pupil["class_id"] for pupil in pupils}
    groups = {group.id: group for group in session.scalars(select(ClassGroup).where(ClassGroup.id.in_(ids)))}
    years = session.scalars(select(AcademicYear).where(AcademicYear.school_id == person.school_id))
    order = [year.id for year in sorted(years, key=lambda year: str(year.quarters[0]["starts"]))]
    return {
        "pupils": [
            pupil | {"grade": _grade_in(groups[pupil["class_id"]], pupil["grade"], order)} for pupil in pupils
        ],
        "classes": [
            {"id": group.id, "name": group.name, "grades": group.grades, "language": group.language}
            for group in sort_classes(groups.values())
        ],
    }


def _grade_in(group: ClassGroup, grade: int, years: list[int]) -> int:
    """Return the grade that a pupil of a grade today had in a class; ``years``: their ids, in their order."""
    later = len(years) - 1 - years.index(group.year_id)
    if not later or not group.grades:
        return grade
    return min(max(grade - later, min(group.grades)), max(group.grades))
