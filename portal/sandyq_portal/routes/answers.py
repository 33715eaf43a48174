"""Answers of one visitor in one lesson, for rooms' kernels; a reply comes after the commit."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException, Request
from pydantic import UUID4, BaseModel, ConfigDict, Field, JsonValue, field_validator
from starlette.responses import JSONResponse

from sandyq.i18n import LANGUAGES
from sandyq.school.learning import (
    assigned_lessons,
    count_decisions,
    count_poll,
    find_event,
    record_together,
)
from sandyq.school.people import class_of_pupil, class_pupils, list_adults
from sandyq.visits import Visit
from sandyq_portal.access import RuledRouter, VisitTokens
from sandyq_portal.catalogue import Catalogue, Question
from sandyq_portal.keys import find_spec
from sandyq_portal.reading import read_events
from sandyq_portal.recording import count_tries_of, find_partner, find_person, summarise_answers
from sandyq_portal.standing import stand
from sandyq_widgets.kinds.base import Spec

VISITORS = VisitTokens()
router = RuledRouter(VISITORS, prefix="/api")
FEWEST_IN_A_POLL = 5
"""Answers below which a spread would tell who thinks what."""
LARGEST_RESPONSE = 20_000
"""Bytes of JSON that one answer may hold."""

AnyVisit = Annotated[Visit, Depends(VISITORS)]


def visit_a_lesson(visit: AnyVisit) -> Visit:
    if visit.kind != "lesson":
        raise HTTPException(403, f"This visit is of the {visit.kind} '{visit.name}', not of a lesson.")
    return visit


LessonVisit = Annotated[Visit, Depends(visit_a_lesson)]


class Launch(BaseModel):
    model_config = ConfigDict(extra="forbid")
    uuid: UUID4


class Answer(BaseModel):
    """One try at one question."""

    model_config = ConfigDict(extra="forbid")
    uuid: UUID4
    question: str = Field(min_length=1, max_length=100)
    response: JsonValue
    score: float | None = Field(None, ge=0, allow_inf_nan=False)
    max_score: float | None = Field(None, ge=0, allow_inf_nan=False)

    @field_validator("response")
    @classmethod
    def _is_small(cls, value: Any) -> Any:
        size = len(json.dumps(value, ensure_ascii=False).encode())
        if size > LARGEST_RESPONSE:
            raise ValueError(f"the answer has {size} bytes; at most {LARGEST_RESPONSE} are kept")
        return value


@router.get("/answers")
def list_answers(request: Request, visit: LessonVisit) -> dict[str, Any]:
    """Return this visitor's latest answers in this lesson, and whether they are only looked at now."""
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        partner = find_partner(session, visit)
        people = [person.id, partner.id] if partner else [person.id]
        read = read_events(session, people, visit.name)
        events = read[person.id]
    lesson = request.app.state.catalogue.lesson(visit.name, person.language)
    is_review = visit.review and lesson is not None and stand(lesson, events).finished
    answers, *others = (summarise_answers(read[each]) for each in people)
    for question, answer in answers.items():  # the page is open as long as one of the two has a try left
        answer["tries"] = min([answer["tries"], *(had.get(question, {}).get("tries", 0) for had in others)])
    return {"answers": answers} | ({"review": True} if is_review else {})


@router.get("/assigned")
def tell_assigned(request: Request, visit: LessonVisit) -> dict[str, bool]:
    """Return whether the visitor's class was given this lesson; rooms ask before a pupil opens one for adults."""
    with request.app.state.database.reading() as session:
        group = class_of_pupil(session, find_person(session, visit).id)
        assigned = assigned_lessons(session, group.id) if group else []
        return {"assigned": visit.name in {item.lesson for item in assigned}}


@router.get("/polls/{question}")
def show_spread(request: Request, visit: LessonVisit, question: str) -> dict[str, Any]:
    """Return how others have answered a poll, by option, or what they have decided, by field.

    Others are a pupil's class, or all adults here. Nothing is told while it would show single people.
    """
    kind = _find_question(request, visit.name, question).kind
    if kind not in ("poll", "decide"):
        raise HTTPException(404, f"Lesson '{visit.name}' has no poll '{question}'.")
    with request.app.state.database.reading() as session:
        person = find_person(session, visit)
        group = class_of_pupil(session, person.id)
        pupils = [pupil.id for pupil in class_pupils(session, group.id)] if group else []
        if kind == "decide":
            people = pupils if group else list_adults(session)
            decided = count_decisions(session, people, visit.name, question)
            fewest = min((counted.total() for counted in decided.values()), default=0)
            return {"spread": decided if fewest >= FEWEST_IN_A_POLL else {}}
        spread = count_poll(session, pupils, visit.name, question)
    return {"spread": spread if spread.total() >= FEWEST_IN_A_POLL else {}}


@router.post("/answers")
def record_answer(request: Request, visit: LessonVisit, answer: Answer) -> JSONResponse:
    """Keep an answer that a room's kernel has judged; the same uuid again returns the same receipt."""
    if visit.own:
        raise HTTPException(403, "Answers from people's own notebooks are judged here: POST /judgements.")
    question = _find_question(request, visit.name, answer.question)
    if (answer.score or 0) > question.points:
        raise HTTPException(
            422, f"Score {answer.score} is more than the {question.points} points of '{question.id}'."
        )
    spec = find_spec(request.app.state.catalogue, visit.name, LANGUAGES[0], question.id)
    return _record(
        request,
        visit,
        answer.uuid,
        "answered",
        spec,
        question=question.id,
        response=answer.response,
        score=answer.score,
        max_score=question.points or None,
    )


@router.post("/launched")
def record_launch(request: Request, visit: LessonVisit, launch: Launch) -> JSONResponse:
    """Note that the visitor has opened the lesson."""
    return _record(request, visit, launch.uuid, "launched")


def _record(
    request: Request, visit: Visit, uuid: UUID, verb: str, spec: Spec | None = None, **told: Any
) -> JSONResponse:
    """Keep what a visitor did, for who sits beside them, too; reply once it is on the disk.

    A kernel counts the tries of its own page; here those of all pages are known, and of each of two. Who has none
    left gets nothing; 409 when nobody has.
    """
    with request.app.state.database.session() as session:
        person, partner = find_person(session, visit), find_partner(session, visit)
        together = [person.id, partner.id] if partner else [person.id]
        known = find_event(session, str(uuid))
        tries = count_tries_of(session, together, visit.name, spec.id if spec else "", known)
        takers = tries.find_takers(spec.tries if spec else 0)
        if spec and not takers:
            raise HTTPException(409, f"No tries are left: '{spec.id}' may be answered {spec.tries} times.")
        event, new = record_together(session, takers, together, str(uuid), verb, visit.name, **told)
    receipt = {"receipt": event.id, "at": event.at.isoformat(), "tries": tries.fewest + 1}
    return JSONResponse(receipt, status_code=201 if new else 200)


def _find_question(request: Request, slug: str, name: str) -> Question:
    """Return the lesson's question; 404 when it has no such one."""
    catalogue: Catalogue = request.app.state.catalogue
    lessons = [lesson for language in LANGUAGES if (lesson := catalogue.lesson(slug, language))]
    question = next((found for lesson in lessons if (found := lesson.find_question(name))), None)
    if question is None:
        raise HTTPException(404, f"Lesson '{slug}' has no question '{name}'.")
    return question
