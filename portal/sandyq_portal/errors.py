"""Error pages in three languages; rooms get JSON."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandyq.i18n import translator
from sandyq.school.errors import Conflict, Invalid, NotAllowed, NotFound, SchoolError
from sandyq_portal.identity import SignInNeeded, is_begun, send_to_sign_in
from sandyq_portal.menu import PREFIX
from sandyq_portal.pages import asked_language, language_of, visitor_of
from sandyq_portal.protection import HEADERS, OLD_FORM

REFUSALS = {NotFound: 404, NotAllowed: 403, Conflict: 409, Invalid: 422}
log = logging.getLogger(__name__)


def describe_error(status: int, detail: str, _: Callable[[str], str]) -> tuple[str, str]:
    """Return the heading and the sentence for a person who met an error."""
    if status == 403 and detail == "unknown person":
        return _("The school does not know this login"), _(
            "You are signed in, but no person of the school has this login, or they have left the school. "
            "Ask the teacher or the administrator."
        )
    if status == 403 and detail in (OLD_FORM, "a form from another site", "sign-in was interrupted"):
        return _("This page is out of date"), _("Nothing was changed. Go to the home page and try once more.")
    texts = {
        403: (_("This page is not for you"), _("Your role does not open it. Nothing is broken.")),
        404: (_("There is no such page"), _("The address may be mistyped, or the thing is gone.")),
        507: (
            _("The disk of the server is full"),
            _(
                "Nothing was kept of what you just sent; all that was kept before is there. "
                "Do not close your work; tell the operator, then send it again."
            ),
        ),
        503: (_("The school server is just starting"), _("Wait a few seconds and load the page again.")),
    }
    broken = (
        _("Something broke on our side"),
        _("It was written down. Try again; if it repeats, tell the operator."),
    )
    refused = (
        _("This was not done"),
        _("The page was asked for what it cannot do. Go back and try once more."),
    )
    return texts.get(status, refused if 400 <= status < 500 else broken)


def add_error_pages(app: FastAPI) -> None:
    """Answer people with a page and rooms with ``{"detail": …}``."""
    app.add_exception_handler(SignInNeeded, _ask_to_sign_in)
    app.add_exception_handler(HTTPException, _show_http_error)
    app.add_exception_handler(SchoolError, _show_refusal)
    app.add_exception_handler(RequestValidationError, _show_invalid)
    app.add_exception_handler(OverflowError, _show_too_large)
    app.add_exception_handler(Exception, _show_failure)


def _for_rooms(request: Request) -> bool:
    return request.url.path.startswith(f"{PREFIX}/api/")


def _ask_to_sign_in(request: Request, _error: Exception) -> Response:
    if "hx-request" in request.headers:
        return _load_again(401)
    if not is_begun(request):
        return RedirectResponse(f"{PREFIX}/setup", status_code=303)
    return send_to_sign_in(request)


def _load_again(status: int) -> Response:
    """Let a page of ours that asked from within load itself again."""
    return Response(status_code=status, headers={"HX-Refresh": "true"})


def _show_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 # for the type checker: it is registered so
    if error.detail == OLD_FORM and "hx-request" in request.headers:  # they have signed in anew since
        return _load_again(403)
    if _for_rooms(request):
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
    response = show_error(request, error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


def _show_refusal(request: Request, error: Exception) -> Response:
    """The school said no: the status by the kind of refusal, the sentence in the language of whoever asked."""
    assert isinstance(error, SchoolError)  # noqa: S101 # for the type checker: it is registered so
    status = next((code for kind, code in REFUSALS.items() if isinstance(error, kind)), 422)
    language = language_of(request) if visitor_of(request) else asked_language(request) or "en"
    sentence = error.in_language(language)
    if _for_rooms(request):
        return _show_http_error(request, HTTPException(status, sentence))
    return _show_sentence(request, status, sentence)


def _show_sentence(request: Request, status: int, sentence: str) -> Response:
    _ = translator(language_of(request))
    heading = _("It is not here") if status == 404 else _("This was not done")
    page: Response = request.app.state.pages.render(
        request, "error.html", status=status, heading=heading, sentence=sentence, code=status
    )
    return page


def _show_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 # for the type checker: it is registered so
    if not _for_rooms(request):
        if any(item["loc"][0] == "path" for item in error.errors()):
            return show_error(request, 404, "")
        _ = translator(language_of(request))
        sentence = _("A field is empty or holds what cannot stand there. Go back and correct it.")
        return _show_sentence(request, 422, sentence)
    problems = ["{}: {}".format(".".join(map(str, item["loc"])), item["msg"]) for item in error.errors()]
    return JSONResponse({"detail": "; ".join(problems)}, status_code=422)


def _show_too_large(request: Request, error: Exception) -> Response:
    """A number that SQLite cannot even be asked for is nobody's: an address that leads nowhere."""
    if "SQLite" not in str(error):
        raise error
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return _show_http_error(request, HTTPException(404))


def _show_failure(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    status = 507 if is_disk_full(error) else 500
    if _for_rooms(request):
        _ = translator(asked_language(request) or "en")
        detail = ". ".join(describe_error(507, "", _)) if status == 507 else "The portal failed. Try again."
        return JSONResponse({"detail": detail}, status_code=status, headers=HEADERS)
    response = show_error(request, status, "")
    response.headers.update(HEADERS)  # this handler stands outside the middleware that adds them
    return response


def is_disk_full(error: BaseException) -> bool:
    """True when what failed is a write for which there is no room, of a file or of the database."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if isinstance(cause, OSError):
        return cause.errno in (errno.ENOSPC, errno.EDQUOT)
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def show_error(request: Request, status: int, detail: str) -> Response:
    heading, sentence = describe_error(status, detail, translator(language_of(request)))
    page: Response = request.app.state.pages.render(
        request, "error.html", status=status, heading=heading, sentence=sentence, code=status
    )
    return page
