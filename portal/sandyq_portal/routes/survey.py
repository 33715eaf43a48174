"""A survey of interests as a child answers it: a plain form, kept before it says thank you; a leader sees it first."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import Depends, HTTPException, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandyq.i18n import say_in, translator
from sandyq.school.centre.survey import OpenSurvey, find_open, open_surveys, record_answer
from sandyq.school.centre.tables import Survey
from sandyq.school.database import today
from sandyq.school.people import short_name
from sandyq.school.registry import find_sheet
from sandyq.school.tables import Person
from sandyq.surveys import (
    BANDS,
    LONGEST_TEXT,
    PLACES,
    STEPS,
    Question,
    name_in,
    questions_for,
    read_questions,
)
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX
from sandyq_portal.pages import language_of

router = RuledRouter(require_role("pupil"), prefix="/surveys")
preview_router = RuledRouter(require_role("leader", "administrator"), prefix="/survey-previews")
EMPTY: Final = "Answer at least one question."
TWICE: Final = "Choose three different ones."


def list_surveys(session: Session, visitor: Visitor) -> list[OpenSurvey]:
    """Return what a pupil is asked now, what is not answered yet first."""
    found = open_surveys(session, session.get_one(Person, visitor.id), today())
    return sorted(found, key=lambda each: each.answer is not None)


@router.get("/{survey_id}")
def show_survey(request: Request, visitor: CurrentVisitor, survey_id: int) -> Response:
    with request.app.state.database.reading() as session:
        found = find_open(session, session.get_one(Person, visitor.id), survey_id, today())
        given = found.answer.answers if found.answer else {}
        return _show(request, found.survey, found.questions, given)


async def read_form(request: Request) -> FormData:
    return await request.form()


@router.post("/{survey_id}")
def keep_answer(
    request: Request, visitor: CurrentVisitor, survey_id: int, form: Annotated[FormData, Depends(read_form)]
) -> Response:
    """Keep the answers, then say thank you; what is wrong is told at its question, and nothing typed is lost."""
    with request.app.state.database.session() as session:
        pupil = session.get_one(Person, visitor.id)
        found = find_open(session, pupil, survey_id, today())
        given = {question.id: value for question in found.questions if (value := read_answer(question, form))}
        given |= {
            question.id: form.get(question.id) == "1"
            for question in found.questions
            if question.kind == "yesno" and form.get(question.id) in ("0", "1")
        }
        problems = {
            question.id: TWICE
            for question in found.questions
            if question.id in given and not question.takes(given[question.id])
        }
        if problems or not given:
            return _show(request, found.survey, found.questions, given, problems, 422)
        say = say_in(language_of(request))
        what = say("{who} has answered the survey: {name}", who=short_name(pupil), name=found.survey.name)
        record_answer(session, pupil, survey_id, given, what=what, on=today())
    return RedirectResponse(f"{PREFIX}/surveys/{survey_id}/thanks", status_code=303)


def read_answer(question: Question, form: FormData) -> Any:
    """Return what a form says to a question (not to yes or no); None or nothing when it says nothing."""

    def numbers(names: list[str]) -> list[int]:
        said = [value for name in names for value in form.getlist(name)]
        return [int(value) for value in said if isinstance(value, str) and value.isdecimal()]

    match question.kind:
        case "several":
            return numbers([question.id])
        case "rank":
            return numbers([f"{question.id}-{place}" for place in range(1, PLACES + 1)])
        case "scale":
            return next(iter(numbers([question.id])), None)
        case "text":
            return str(form.get(question.id, "")).strip()[:LONGEST_TEXT]
    return None


@router.get("/{survey_id}/thanks")
def say_thanks(request: Request, visitor: CurrentVisitor, survey_id: int) -> Response:
    with request.app.state.database.reading() as session:
        found = find_open(session, session.get_one(Person, visitor.id), survey_id, today())
        if found.answer is None:
            return RedirectResponse(f"{PREFIX}/surveys/{survey_id}", status_code=303)
        page: Response = request.app.state.pages.render(request, "survey_thanks.html", survey=found.survey)
    return page


@preview_router.get("/{survey_id}")
def preview(
    request: Request,
    visitor: CurrentVisitor,
    survey_id: int,
    band: str = "5-8",
    language: Literal["kk", "ru", "en"] = "kk",
) -> Response:
    """Show a leader what a child of an age sees; nothing can be sent."""
    with request.app.state.database.reading() as session:
        person = session.get_one(Person, visitor.id)
        survey = find_sheet("survey", person).find(session, person, survey_id)
        if not isinstance(survey, Survey) or survey.gone or band not in BANDS:
            raise HTTPException(404, f"There is no survey {survey_id}.")
        questions = questions_for(read_questions(survey.questions), BANDS[band][0])
        return _show(request, survey, questions, {}, language=language)


def _show(  # noqa: PLR0913, PLR0917 # what a page shows
    request: Request,
    survey: Survey,
    questions: list[Question],
    given: dict[str, Any],
    problems: dict[str, str] | None = None,
    status: int = 200,
    *,
    language: str = "",
) -> Response:
    """``language``: of a preview, in which nothing can be sent."""
    speaks = language or language_of(request)
    page: Response = request.app.state.pages.render(
        request,
        "survey.html",
        status=status,
        survey=survey,
        questions=questions,
        given=given,
        problems=problems or {},
        is_empty=status == 422 and not given,
        is_preview=bool(language),
        speaks=speaks,
        say=translator(speaks),
        tell=lambda texts: name_in(texts, speaks),
        words={"empty": EMPTY, "twice": TWICE},
        places=PLACES,
        steps=STEPS,
        longest=LONGEST_TEXT,
    )
    return page
