"""Help from any page: a question with where it was asked, its answers, and what helpers do with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import Form, Path, Query, Request
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import RedirectResponse, Response

from sandyq.i18n import say_in
from sandyq.school.academy import tickets
from sandyq.school.errors import Invalid
from sandyq.school.tables import Person
from sandyq_portal.access import ANYONE_SIGNED_IN, CurrentVisitor, RuledRouter
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX

router = RuledRouter(ANYONE_SIGNED_IN, prefix="/help")
PLACE: Final = r"^[^?#\x00-\x1f]*$"
"""A page's path: what stands behind a question mark may be somebody's name."""
LONGEST_PLACE, LONGEST_NAME = 200, 100


def _cut(place: str) -> str:
    """Return as much of an address as is sent along: from whatever page somebody comes, the form opens."""
    return re.split(r"[?#\x00-\x1f]", place, maxsplit=1)[0]


Place = Annotated[str, Query(), AfterValidator(lambda place: _cut(place)[:LONGEST_PLACE])]
Name = Annotated[str, Query(), AfterValidator(lambda name: _cut(name)[:LONGEST_NAME])]


Text = Annotated[str, AfterValidator(lambda text: text.replace("\r\n", "\n"))]
"""A browser sends two signs for a new line and counts one."""


class Asked(BaseModel):
    uuid: UUID
    """Made with the page: a form sent twice is kept once."""
    text: Text = ""
    page: str = Field("", pattern=PLACE, max_length=LONGEST_PLACE)
    lesson: str = Field("", pattern=PLACE, max_length=LONGEST_NAME)
    error: str = Field("", pattern=PLACE, max_length=LONGEST_NAME)


class Done(BaseModel):
    uuid: UUID
    act: Literal["answer", "close", "hand-on"]
    text: Text = ""


@dataclass(frozen=True)
class Refused:
    """What cannot be kept as it is, shown again with what is wrong: nobody writes it twice."""

    sentence: str
    text: str
    ticket: int = 0
    """Of an answer."""


@router.get("")
def show_help(  # noqa: PLR0913, PLR0917 # where one comes from
    request: Request,
    visitor: CurrentVisitor,
    page: Place = "",
    lesson: Name = "",
    error: Name = "",
    saved: bool = False,
) -> Response:
    return _show(request, visitor, {"page": page, "lesson": lesson, "error": error}, saved=saved)


def _show(
    request: Request,
    visitor: Visitor,
    asked_from: dict[str, str],
    *,
    saved: bool = False,
    refused: Refused | None = None,
) -> Response:
    with request.app.state.database.reading() as session:
        questions = tickets.list_questions(session, session.get_one(Person, visitor.id))
    shown: Response = request.app.state.pages.render(
        request,
        "help.html",
        status=422 if refused else 200,
        own=[each for each in questions if not each.by],
        others=[each for each in questions if each.by],
        asked_from=asked_from,
        make_uuid=uuid4,
        read_day=date.fromisoformat,
        saved=saved,
        refused=refused,
    )
    return shown


@router.post("")
def ask(request: Request, visitor: CurrentVisitor, form: Annotated[Asked, Form()]) -> Response:
    what = say_in(visitor.language)("Question asked")
    asked_from = {"page": form.page, "lesson": form.lesson, "error": form.error}
    try:
        with request.app.state.database.session() as session:
            person = session.get_one(Person, visitor.id)
            tickets.ask(session, person, form.uuid, what, text=form.text, **asked_from)
    except Invalid as problem:
        refused = Refused(problem.in_language(visitor.language), form.text)
        return _show(request, visitor, asked_from, refused=refused)
    return RedirectResponse(f"{PREFIX}/help?saved=1", status_code=303)


@router.post("/{ticket}")
def answer(
    request: Request, visitor: CurrentVisitor, ticket: Annotated[int, Path()], form: Annotated[Done, Form()]
) -> Response:
    """Answer a question, close it or hand it on."""
    say = say_in(visitor.language)
    try:
        with request.app.state.database.session() as session:
            person = session.get_one(Person, visitor.id)
            match form.act:
                case "answer":
                    tickets.answer(session, person, form.uuid, say("Question answered"), ticket, form.text)
                case "close":
                    tickets.close(session, person, form.uuid, say("Question closed"), ticket)
                case "hand-on":
                    tickets.hand_on(session, person, form.uuid, say("Question handed on"), ticket)
    except Invalid as problem:
        refused = Refused(problem.in_language(visitor.language), form.text, ticket)
        return _show(request, visitor, dict.fromkeys(("page", "lesson", "error"), ""), refused=refused)
    return RedirectResponse(f"{PREFIX}/help?saved=1", status_code=303)
