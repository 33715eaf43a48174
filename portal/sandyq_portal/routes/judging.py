"""Questions of people's own notebooks: a kernel there is its person's, gets no key and has answers judged here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request
from pydantic import UUID4, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from sandyq.school.learning import answers_of, find_event, record_together
from sandyq.school.tables import Person
from sandyq.visits import Visit
from sandyq_portal.access import RuledRouter
from sandyq_portal.keys import find_spec
from sandyq_portal.recording import count_tries_of, find_person, join_pair
from sandyq_portal.routes.answers import VISITORS, LessonVisit
from sandyq_widgets.assessment import ResponseError, assess, recall
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.portal import KeptAnswer
from sandyq_widgets.sheets import write_outcome, write_sheet

router = RuledRouter(VISITORS, prefix="/api/judgements")


def visit_from_ones_own_notebook(visit: LessonVisit) -> Visit:
    if not visit.own:
        raise HTTPException(403, "Rooms' kernels judge by themselves.")
    return visit


OwnVisit = Annotated[Visit, Depends(visit_from_ones_own_notebook)]


class Press(BaseModel):
    """One try at one question."""

    model_config = ConfigDict(extra="forbid")
    uuid: UUID4
    question: str = Field(min_length=1, max_length=100)
    response: str = Field(max_length=20_000)
    language: str = Field(max_length=2)
    pair: str = Field("", max_length=500)
    """The cookie of two pupils at one PC, as their browser showed it to the person's own server."""


@router.get("/{question}")
def show_question(
    request: Request,
    visit: OwnVisit,
    question: str,
    language: str = "",
    pair: Annotated[str, Query(max_length=500)] = "",
) -> dict[str, Any]:
    """Return what may be known of a question, and how the visitor stands; to teachers its key besides."""
    spec = _find(request, visit, language, question)
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        kept = answers_of(session, person.id, visit.name).get(question)
        together = _find_together(request, session, visit, person, pair)
        tries = count_tries_of(session, together, visit.name, spec.id).fewest
        is_teacher = "teacher" in person.role_names
    shown = KeptAnswer(str(kept.response), tries, kept.score, kept.max_score) if kept else None
    return {
        "question": write_sheet(spec),
        "key": "\n\n".join(filter(None, [spec.tell(), spec.reason, spec.rubric])) if is_teacher else "",
        **_tell(spec, shown),
    }


@router.post("")
def judge(request: Request, visit: OwnVisit, press: Press) -> JSONResponse:
    """Judge a response and keep it; the same uuid again gets the same reply. After the last try it is not kept.

    Of two at one PC each has their own tries: who has none left gets nothing.
    """
    spec = _find(request, visit, press.language, press.question)
    with request.app.state.database.session() as session:
        person = find_person(session, visit)
        known = find_event(session, str(press.uuid))
        together = _find_together(request, session, visit, person, press.pair)
        counted = count_tries_of(session, together, visit.name, spec.id, known)
        tries, takers = counted.fewest, counted.find_takers(spec.tries)
        if not takers:
            kept = answers_of(session, person.id, visit.name)[spec.id]
            told = _tell(spec, KeptAnswer(str(kept.response), tries, kept.score, kept.max_score))
            return JSONResponse(told)
        try:
            outcome = assess(spec, known.response if known else press.response, tries)
        except ResponseError as problem:
            return JSONResponse(_tell(spec, None, str(problem)))
        _, new = record_together(
            session,
            takers,
            together,
            str(press.uuid),
            "answered",
            visit.name,
            question=spec.id,
            response=outcome.response,
            score=outcome.score,
            max_score=outcome.max_score,
        )
    reply = {"tries": tries + 1, "outcome": write_outcome(outcome), "problem": ""}
    return JSONResponse(reply, status_code=201 if new else 200)


def _find_together(request: Request, session: Session, visit: Visit, person: Person, pair: str) -> list[int]:
    """Return who sits at this PC, the visitor first."""
    partner = join_pair(request.app.state.settings, session, visit.login, pair)
    return [person.id, partner.id] if partner else [person.id]


def _tell(spec: Spec, kept: KeptAnswer | None, problem: str = "") -> dict[str, Any]:
    outcome = recall(spec, kept) if kept else None
    return {
        "tries": kept.tries if kept else 0,
        "outcome": outcome and write_outcome(outcome),
        "problem": problem,
    }


def _find(request: Request, visit: Visit, language: str, question: str) -> Spec:
    spec = find_spec(request.app.state.catalogue, visit.name, language, question)
    if spec is None:
        raise HTTPException(404, f"Lesson '{visit.name}' has no question '{question}'.")
    return spec
