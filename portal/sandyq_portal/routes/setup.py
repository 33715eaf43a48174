"""The first run: while there is no school, whoever holds the installation's code makes one; then never again."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Annotated

from fastapi import Form, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from sandyq.i18n import translator
from sandyq.school import throttle
from sandyq.school.credentials import make_passphrase
from sandyq.school.database import now
from sandyq.school.errors import BadField
from sandyq.school.first_run import Beginning, begin_school, is_code
from sandyq.settings import Settings, read_secret
from sandyq_portal.access import FirstRun, RuledRouter
from sandyq_portal.changed import tell_people_changed
from sandyq_portal.menu import PREFIX
from sandyq_portal.pages import language_of
from sandyq_portal.protection import check_origin

router = RuledRouter(FirstRun(), prefix="/setup")
COOKIE = "sandyq-setup"
GUESSES = "first run"
"""Under this name wrong codes are counted, as wrong passwords are."""


class Typed(BaseModel):
    """The form, as it was filled in."""

    language: str = Field(max_length=2)
    school: str = Field(default="", max_length=200)
    district: str = Field(default="", max_length=200)
    family_name: str = Field(default="", max_length=100)
    given_name: str = Field(default="", max_length=100)
    passphrase: str = Field(default="", max_length=200)


@router.get("")
def ask_for_code(request: Request) -> Response:
    return _render(request, "setup_code.html", wrong="")


@router.post("")
def take_code(request: Request, code: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Let a browser in that knows the code; wrong ones cost time, as wrong passwords do."""
    check_origin(request)
    settings, database = request.app.state.settings, request.app.state.database
    address = request.client.host if request.client else ""
    _ = translator(language_of(request))
    with database.session() as session:  # one after the other: guesses sent at once are counted
        wait = throttle.seconds_to_wait(session, GUESSES, address, now())
        if wait > 0:
            wrong = _("Too many tries. Wait {seconds} s and try again.").format(seconds=int(wait) + 1)
            return _render(request, "setup_code.html", status=429, wrong=wrong)
        right = is_code(read_secret(settings, "setup"), code)
        record = throttle.record_success if right else throttle.record_failure
        record(session, GUESSES, address, now())
    if not right:
        wrong = _("The code is not right. On the server, sandyq install prints it again.")
        return _render(request, "setup_code.html", status=403, wrong=wrong)
    response = RedirectResponse(f"{PREFIX}/setup/school", status_code=303)
    response.set_cookie(
        COOKIE,
        _make_pass(settings),
        path=f"{PREFIX}/setup",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.get("/school")
def ask_for_school(request: Request) -> Response:
    if not _has_pass(request):
        return RedirectResponse(f"{PREFIX}/setup", status_code=303)
    return _render_school(request, Typed(language=language_of(request)))


@router.post("/school")
def make_school(request: Request, typed: Annotated[Typed, Form()]) -> Response:
    """Make the school and its first person: at once, or not at all."""
    check_origin(request)
    if not _has_pass(request):
        raise HTTPException(403, "no code")
    try:
        with request.app.state.database.session() as session:
            login = begin_school(session, Beginning(**typed.model_dump())).login
    except BadField as wrong:
        return _render_school(request, typed, wrong)
    tell_people_changed(request.app.state.settings)
    response = _render(request, "setup_done.html", login=login)
    response.delete_cookie(COOKIE, path=f"{PREFIX}/setup")
    return response


def _render_school(request: Request, typed: Typed, wrong: BadField | None = None) -> Response:
    return _render(
        request,
        "setup_school.html",
        status=422 if wrong else 200,
        typed=typed,
        example=make_passphrase(5),
        wrong_field=wrong.field if wrong else "",
        wrong=wrong.in_language(language_of(request)) if wrong else "",
    )


def _render(request: Request, template: str, *, status: int = 200, **context: object) -> Response:
    page: Response = request.app.state.pages.render(request, template, status=status, **context)
    return page


def _make_pass(settings: Settings) -> str:
    return hmac.new(bytes.fromhex(read_secret(settings, "setup")), b"first run", sha256).hexdigest()


def _has_pass(request: Request) -> bool:
    shown = request.cookies.get(COOKIE, "")
    return hmac.compare_digest(shown.encode(), _make_pass(request.app.state.settings).encode())
