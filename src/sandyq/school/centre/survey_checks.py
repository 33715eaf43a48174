"""What a survey and an answer to it must be like: questions stay as they were asked, one answer a child."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import String, cast, inspect, select
from sqlalchemy.orm import Session

from sandyq.i18n import LANGUAGES
from sandyq.school.centre.tables import SEXES, Survey, SurveyAnswer
from sandyq.school.database import ZONE, today
from sandyq.school.errors import BadField, SchoolError
from sandyq.school.kept import Change
from sandyq.school.people import current_year, list_classes, short_name
from sandyq.school.tables import Membership, Person
from sandyq.surveys import MOST_QUESTIONS, Question, read_questions

STATES: Final = ("draft", "open", "closed")
SOURCES: Final = ("screen", "paper")


def check_survey(session: Session, survey: Survey) -> None:
    """BadField for a survey without a name, in an unknown state, or with questions that cannot be asked."""
    if not survey.name.strip():
        raise _bad("name", "Give the survey a name.")
    if survey.state not in STATES or not all(type(each) is int for each in survey.class_ids or ()):
        raise _bad("state", "A survey cannot be in the state '{value}'.", value=survey.state)
    questions = _read(survey)
    if survey.state == "open":
        _check_complete(questions)
        opens = inspect(survey).attrs.state.history.has_changes()
        if opens:
            _check_asks_somebody(session, survey)
        if opens or inspect(survey).attrs.class_ids.history.has_changes():
            _check_is_of_this_year(session, survey)
            _keep_to_this_year(session, survey)
    if inspect(survey).attrs.questions.history.has_changes() and has_answers(session, survey):
        raise _bad(
            "questions", "There are answers already, so the questions stay as they are. Make a new survey."
        )


def _read(survey: Survey) -> list[Question]:
    try:
        questions = read_questions(survey.questions)
    except ValueError as problem:
        raise _bad("questions", "These questions cannot be kept: {problem}", problem=problem) from None
    if len({question.id for question in questions}) < len(questions) or len(questions) > MOST_QUESTIONS:
        raise _bad(
            "questions", "Each question stands in a survey once, and {most} at most.", most=MOST_QUESTIONS
        )
    return questions


def _check_complete(questions: list[Question]) -> None:
    if not questions:
        raise _bad("state", "This survey asks nothing yet. Add questions first.")
    for number, question in enumerate(questions, 1):
        if not question.is_complete:
            raise _bad(
                "state",
                "Question {number} is not complete: it needs its text and two answers.",
                number=number,
            )


def _check_asks_somebody(session: Session, survey: Survey) -> None:
    """Last year's classes have nobody any more: whoever opens such a survey would wait for answers in vain."""
    if not survey.class_ids:
        return
    ended = Membership.until.is_not(None) & (Membership.until <= today())
    there = select(Membership.id).where(
        Membership.class_id.in_(survey.class_ids), Membership.role == "pupil", ~ended
    )
    if session.scalar(there.limit(1)) is None:
        raise _bad(
            "state",
            "Nobody is in the classes of this survey any more, so it would ask nobody. "
            "Make a new survey for this year.",
        )


def _check_is_of_this_year(session: Session, survey: Survey) -> None:
    """Asked of this year's children, last year's survey would count answers of two years together."""
    year = current_year(session, survey.school_id, today())
    begins = date.fromisoformat(year.quarters[0]["starts"]) if year else date.max
    if begins > today() or not has_answers(session, survey):
        return
    kept = select(SurveyAnswer.id).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.gone.is_(False))
    ids = set(session.scalars(kept))
    notes = find_notes(session, survey.school_id, "survey_answer", "survey_answer")
    if any(on < begins and note["id"] in ids for on, note in notes):
        raise _bad(
            "state",
            "This survey has answers of an earlier school year, and those of two years cannot be counted together. "
            "Make a new survey for this year.",
        )


def _keep_to_this_year(session: Session, survey: Survey) -> None:
    """Once the next year is prepared, all classes are this year's: the next year's children are asked anew."""
    year, newest = (current_year(session, survey.school_id, day) for day in (today(), date.max))
    if not survey.class_ids and year is not newest:
        survey.class_ids = [group.id for group in list_classes(session, survey.school_id, today())]


def find_notes(
    session: Session, school_id: int, sheet: str, word: str
) -> Iterator[tuple[date, dict[str, Any]]]:
    """Yield the days and notes of a sheet's changes in which a word stands, in their order."""
    query = select(Change.at, Change.rows).where(
        Change.school_id == school_id, cast(Change.rows, String).contains(f'"{word}"', autoescape=True)
    )
    for at, rows in session.execute(query.order_by(Change.id)):
        yield from ((at.astimezone(ZONE).date(), note) for note in rows if note["sheet"] == sheet)


def has_answers(session: Session, survey: Survey) -> bool:
    """Whether anybody has answered a survey."""
    query = select(SurveyAnswer.id).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.gone.is_(False))
    return survey.id is not None and session.scalar(query.limit(1)) is not None


def check_answer(session: Session, row: SurveyAnswer) -> None:
    """BadField for an answer to something else than the survey asks, or a second one of the same child."""
    survey = session.get_one(Survey, row.survey_id)
    if survey.state == "draft":
        raise _bad("survey_id", "The survey is not open yet. Open it first.")
    questions = {question.id: question for question in read_questions(survey.questions)}
    fits = all(key in questions and questions[key].takes(value) for key, value in row.answers.items())
    if row.source not in SOURCES or not row.answers or not fits:
        raise _bad("answers", "These answers do not fit the questions of '{name}'.", name=survey.name)
    if row.person_id is None:
        _check_about(row.about or {})
    else:
        _check_only_one(session, row, row.person_id)


def _check_about(about: dict[str, Any]) -> None:
    if (
        about.get("grade") not in range(1, 12)
        or about.get("language") not in LANGUAGES
        or about.get("sex", "") not in ("", *SEXES)
    ):
        raise _bad("about", "A sheet without a name needs the grade and the language.")


def _check_only_one(session: Session, row: SurveyAnswer, person_id: int) -> None:
    query = select(SurveyAnswer).where(
        SurveyAnswer.survey_id == row.survey_id,
        SurveyAnswer.person_id == person_id,
        SurveyAnswer.gone.is_(False),
        SurveyAnswer.id != (row.id or 0),
    )
    if session.scalar(query.limit(1)) is not None:
        who = short_name(session.get_one(Person, person_id))
        raise _bad("person_id", "{who} has answered already. Change that answer instead.", who=who)


def _bad(field: str, template: str, **values: object) -> SchoolError:
    return BadField(field, template, **values)
