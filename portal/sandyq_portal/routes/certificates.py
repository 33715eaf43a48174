"""Certificates: given out to those who fulfil the conditions, and looked at by anybody, without signing in."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from sandyq.i18n import say_in
from sandyq.school.academy import issuing
from sandyq.school.academy.certificates import (
    NoCertificate,
    UnknownKey,
    check,
    find_signer,
    name_key,
    write_key,
)
from sandyq.school.database import today
from sandyq_portal.access import Everyone, RuledRouter
from sandyq_portal.cards import draw_code
from sandyq_portal.pages import asked_language
from sandyq_portal.recording import find_person
from sandyq_portal.routes.clubs import VISITORS, AppVisit

router = RuledRouter(Everyone(), prefix="/certificate")
issuing_router = RuledRouter(VISITORS, prefix="/api/certificates")


@router.get("")
def show_form(request: Request) -> Response:
    return _show(request)


@router.post("")
def look_at(request: Request, text: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Say whose certificate a text is, or why it is none. Nothing is kept, nothing stands in an address."""
    return _show(request, text)


@router.get("/key")
def send_key(request: Request) -> Response:
    """Send the public key: with it a certificate is checked anywhere (``./sandyq certificate``)."""
    key = issuing.find_key(request.app.state.settings).public_key()
    headers = {"Content-Disposition": f'attachment; filename="sandyq-{name_key(key)}.pem"'}
    return PlainTextResponse(write_key(key), headers=headers)


def _show(request: Request, text: str | None = None) -> Response:
    key = issuing.find_key(request.app.state.settings).public_key()
    found, problem, signer = None, None, find_signer(text or "")
    if text is not None:
        try:
            found = check(text, issuing.find_known_keys(request.app.state.settings))
        except NoCertificate as why:
            problem = why
    page: Response = request.app.state.pages.render(
        request,
        "certificate.html",
        text=text or "",
        found=found,
        other_key=signer if found and signer != name_key(key) else "",
        problem=str(problem or ""),
        is_unknown=isinstance(problem, UnknownKey),
        key={"name": name_key(key), "text": write_key(key), "code": draw_code(write_key(key))},
    )
    return page


class NewCertificates(BaseModel):
    model_config = ConfigDict(extra="forbid")
    uuid: UUID
    participants: list[int] = Field(min_length=1, max_length=200)
    kind: issuing.Kind = "course"


@issuing_router.post("")
def give_out(request: Request, visit: AppVisit, sent: NewCertificates) -> dict[str, Any]:
    """Give certificates to participants of groups that the visitor leads; all or none."""
    key = issuing.find_key(request.app.state.settings)
    with request.app.state.database.session() as session:
        person = find_person(session, visit)
        say = say_in(asked_language(request) or person.language)
        wish = issuing.Wish(sent.uuid, sent.participants, say("Certificates issued"), sent.kind)
        entry = issuing.issue(session, person, wish, key, today())
        return {"at": entry.at.isoformat(), "numbers": [note["after"]["number"] for note in entry.rows]}
