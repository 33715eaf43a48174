"""Two pupils at one PC: the second joins with their own secret, and both get the answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, HTTPException, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.school import throttle
from sandyq.school.credentials import kind_of, verify_secret
from sandyq.school.database import now
from sandyq.school.people import classmates
from sandyq.school.tables import Person
from sandyq.visits import PAIR_AGE, PAIR_COOKIE, sign_pair
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX
from sandyq_portal.recording import join_pair

router = RuledRouter(require_role("pupil"), prefix="/pair")
PATH = "/"
"""Portal and rooms see the cookie, and so do people's own servers, in which some lessons open."""


@router.get("")
def choose_partner(
    request: Request, visitor: CurrentVisitor, partner: str = "", problem: str = ""
) -> Response:
    """Show the classmates, or, when one is chosen, ask for that one's secret."""
    with request.app.state.database.reading() as session:
        others = classmates(session, visitor.id)
    chosen = next((each for each in others if each.login == partner), None)
    page: Response = request.app.state.pages.render(
        request,
        "pair.html",
        classmates=others,
        chosen=chosen,
        by_pin=chosen is not None and kind_of(chosen) == "pin",
        problem=problem if problem in PROBLEMS else "",
        status=422 if problem else 200,
    )
    return page


PROBLEMS = ("wrong", "wait")


@router.post("")
def join(
    request: Request,
    visitor: CurrentVisitor,
    partner: Annotated[str, Form(max_length=64)],
    secret: Annotated[str, Form(max_length=200)],
) -> Response:
    """Let a classmate join who knows their own PIN or password; guesses are throttled as at the sign-in."""
    database = request.app.state.database
    address = request.client.host if request.client else ""
    with database.reading() as session:
        if partner not in {each.login for each in classmates(session, visitor.id)}:
            raise HTTPException(404, f"'{partner}' is no classmate of yours.")
        if throttle.seconds_to_wait(session, partner, address, now()):
            return choose_partner(request, visitor, partner, "wait")
    with database.reading() as session:
        person = verify_secret(session, partner, secret)
    with database.session() as session:
        record = throttle.record_success if person else throttle.record_failure
        record(session, partner, address, now())
    if person is None:
        return choose_partner(request, visitor, partner, "wrong")
    response = RedirectResponse(f"{PREFIX}/", status_code=303)
    response.set_cookie(
        PAIR_COOKIE,
        sign_pair(request.app.state.settings, visitor.login, person.login),
        max_age=PAIR_AGE,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/end")
def part(visitor: CurrentVisitor) -> Response:  # noqa: ARG001 # the rule needs it
    """Each works alone again."""
    response = RedirectResponse(f"{PREFIX}/", status_code=303)
    response.delete_cookie(PAIR_COOKIE, path=PATH)
    return response


def find_partner(request: Request, session: Session, visitor: Visitor) -> Person | None:
    """Return who has joined the visitor at this PC, if anybody."""
    return join_pair(request.app.state.settings, session, visitor.login, request.cookies.get(PAIR_COOKIE))
