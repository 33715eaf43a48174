"""Assignments for pupils' own servers: what is given, its files, handing in; a receipt comes after the disk."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from sandyq.school import assignments
from sandyq.school.database import ZONE
from sandyq.school.errors import NotAllowed
from sandyq.school.tables import Release, Returned, Submission
from sandyq_portal import handing_in
from sandyq_portal.access import CurrentVisitor, PersonTokens, RuledRouter
from sandyq_portal.identity import Visitor
from sandyq_portal.packets import pack, packet_of
from sandyq_portal.returned import show_returned

router = RuledRouter(PersonTokens("pupil", "teacher"), prefix="/api/work")
MOST_SENT = handing_in.MOST_BYTES + 2**20
"""Bytes of a request: the zip's own, at most."""


class Event(BaseModel):
    model_config = ConfigDict(extra="forbid")
    verb: Literal["opened", "ran", "stuck"]
    detail: str = Field("", max_length=500)


async def read_body(request: Request) -> bytes:
    """Return what was sent; 413 as soon as it is too much."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_SENT:
            raise HTTPException(413, f"More than {MOST_SENT // 2**20} MB were sent. Leave large files out.")
        parts.append(part)
    return b"".join(parts)


@router.get("")
def list_work(request: Request, visitor: CurrentVisitor) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        return {
            "work": [
                _describe(session, release, visitor)
                for release in assignments.releases_for_pupil(session, visitor.id)
            ]
        }


@router.get("/{release_id}/files")
def send_files(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    """Send what the pupil works on."""
    with request.app.state.database.reading() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        if not standing_of(session, release, visitor).can_open:
            raise NotAllowed("This assignment is not open now. Ask your teacher.")
        packet = packet_of(request.app.state.settings, release.assignment)
    return Response(pack(packet.read("release")), media_type="application/zip")


@router.post("/{release_id}/events", status_code=204)
def record_event(request: Request, visitor: CurrentVisitor, release_id: int, event: Event) -> None:
    with request.app.state.database.session() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        assignments.record_work(session, release.id, visitor.id, event.verb, event.detail)


@router.put("/{release_id}/draft", status_code=204)
def keep_draft(
    request: Request, visitor: CurrentVisitor, release_id: int, data: Annotated[bytes, Depends(read_body)]
) -> None:
    """Keep unfinished work for the teacher to look at; it is no hand-in, and the next one takes its place."""
    with request.app.state.database.reading() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        if not standing_of(session, release, visitor).can_open:
            raise NotAllowed("This assignment is not open now. Ask your teacher.")
    files = handing_in.open_submission(data)
    handing_in.keep_draft(request.app.state.settings, release_id, visitor.id, files)


@router.post("/{release_id}/submissions")
def hand_in(
    request: Request, visitor: CurrentVisitor, release_id: int, data: Annotated[bytes, Depends(read_body)]
) -> JSONResponse:
    """Keep what is handed in, then say under which number, when, and with which code."""
    settings = request.app.state.settings
    with request.app.state.database.reading() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        assignments.check_can_hand_in(session, release, visitor.id)
    checksum, packed = handing_in.digest(handing_in.open_submission(data))
    handing_in.keep(settings, release_id, visitor.id, checksum, packed)
    with request.app.state.database.session() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        receipt = _receipt(assignments.add_submission(session, release, visitor.id, checksum, len(packed)))
    return JSONResponse(receipt, status_code=201)


@router.get("/{release_id}/submissions")
def list_submissions(request: Request, visitor: CurrentVisitor, release_id: int) -> list[dict[str, Any]]:
    with request.app.state.database.reading() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        return [_receipt(each) for each in assignments.submissions_of(session, release.id, visitor.id)]


@router.get("/{release_id}/feedback")
def send_feedback(request: Request, visitor: CurrentVisitor, release_id: int) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        returned = session.get(Returned, (release.id, visitor.id))
        if returned is None:
            raise HTTPException(404, "Your teacher has not returned this work yet.")
        work = show_returned(request.app.state.settings, session, release, visitor.id)
    return {
        "released": True,
        "score": returned.score,
        "points": returned.points,
        "notebooks": [{"name": each.name, "html": each.html} for each in (work.notebooks if work else ())],
    }


def standing_of(session: Session, release: Release, visitor: Visitor) -> assignments.Standing:
    handed_in = bool(assignments.submissions_of(session, release.id, visitor.id))
    returned = session.get(Returned, (release.id, visitor.id)) is not None
    return assignments.stand(release, visitor.id, handed_in, returned)


def _receipt(submission: Submission) -> dict[str, Any]:
    return {
        "number": submission.id,
        "code": submission.code,
        "at": submission.at.astimezone(ZONE).isoformat(timespec="seconds"),
    }


def _describe(session: Session, release: Release, visitor: Visitor) -> dict[str, Any]:
    due = assignments.due_for(release, visitor.id)
    about = release.assignment.about
    return {
        "release": release.id,
        "course": f"c{release.assignment.course_id}",
        "name": release.assignment.name,
        "title": about["title"],
        "due": due.astimezone(ZONE).isoformat() if due else None,
        "state": standing_of(session, release, visitor).state,
    }
