"""People of the school and what is kept of each: a copy, consents, who looked, erasure; one's own for everybody."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import Form, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.school.errors import Conflict, NotFound
from sandyq.school.kept import GONE
from sandyq.school.law import erasing, notes
from sandyq.school.law.copying import read_record, write_record
from sandyq.school.leaving import leave_school
from sandyq.school.people import sort_people
from sandyq.school.tables import Person, Submission
from sandyq.settings import Settings
from sandyq_portal import photos
from sandyq_portal.access import ANYONE_SIGNED_IN, CurrentVisitor, RuledRouter, require_role
from sandyq_portal.changed import tell_people_changed
from sandyq_portal.handing_in import find_drafts, find_files, path_of
from sandyq_portal.identity import Visitor
from sandyq_portal.looking import note_look
from sandyq_portal.menu import PREFIX
from sandyq_portal.own_packets import folder_of, own_packets
from sandyq_portal.publishing import forget_author

router = RuledRouter(require_role("administrator"), prefix="/school/people")
own_router = RuledRouter(ANYONE_SIGNED_IN, prefix="/record")
MOST_SHOWN = 60


@router.get("")
def list_people(
    request: Request, visitor: CurrentVisitor, name: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    with request.app.state.database.reading() as session:
        found = _search(session, visitor.school_id, name)
        overdue = erasing.list_overdue(session, visitor.school_id)
    page: Response = request.app.state.pages.render(
        request,
        "people.html",
        name=name,
        people=found[:MOST_SHOWN],
        more=len(found) - MOST_SHOWN,
        overdue=overdue,
    )
    return page


def _search(session: Session, school: int, name: str) -> list[Person]:
    """Return those of a school who are called so; nobody for no words."""
    conditions = match_name(name)
    query = select(Person).where(Person.school_id == school, Person.family_name != GONE, *conditions)
    return sort_people(session.scalars(query)) if conditions else []


def match_name(name: str) -> list[ColumnElement[bool]]:
    """Return the conditions that each word begins a part of a name, or the login."""
    return [
        or_(
            Person.family_name.startswith(word.title(), autoescape=True),
            Person.given_name.startswith(word.title(), autoescape=True),
            Person.login.startswith(word.lower(), autoescape=True),
        )
        for word in name.split()
    ]


def find(session: Session, visitor: Visitor, number: int) -> Person:
    """Return a person of the visitor's school; NotFound for others, and for whom was erased."""
    person = session.get(Person, number)
    if person is None or person.school_id != visitor.school_id or person.family_name == GONE:
        raise NotFound("There is nobody with this number at the school.")
    return person


@router.get("/{number}")
def show_record(request: Request, visitor: CurrentVisitor, number: int, saved: bool = False) -> Response:
    return _render(request, visitor, number, saved=saved)


@own_router.get("")
def show_own_record(request: Request, visitor: CurrentVisitor) -> Response:
    return _render(request, visitor, visitor.id, is_own=True)


def _render(  # noqa: PLR0913 # what a page may say
    request: Request,
    visitor: Visitor,
    number: int,
    *,
    is_own: bool = False,
    saved: bool = False,
    wrong: Conflict | None = None,
) -> Response:
    with request.app.state.database.reading() as session:
        person = find(session, visitor, number)
        record = read_record(session, person)
        looks = notes.list_looks(session, person)
        consents = notes.list_consents(session, person)
    note_look(request.app.state.database, visitor, [number], "record")
    page: Response = request.app.state.pages.render(
        request,
        "record.html",
        person=person,
        counts={name: len(rows) for name, rows in record.items()},
        looks=looks,
        consents=consents,
        is_own=is_own,
        saved=saved,
        wrong=wrong.in_language(visitor.language) if wrong else "",
        status=409 if wrong else 200,
    )
    return page


@router.get("/{number}/copy")
def send_copy(request: Request, visitor: CurrentVisitor, number: int) -> Response:
    return _send_copy(request, visitor, number)


@own_router.get("/copy")
def send_own_copy(request: Request, visitor: CurrentVisitor) -> Response:
    return _send_copy(request, visitor, visitor.id)


def _send_copy(request: Request, visitor: Visitor, number: int) -> Response:
    """Send all that is kept of a person: the rows as JSON, works and pictures as they are."""
    settings: Settings = request.app.state.settings
    made = io.BytesIO()
    with (
        request.app.state.database.reading() as session,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        person = find(session, visitor, number)
        archive.writestr("record.json", write_record(read_record(session, person)))
        for submission in erasing.submissions_of(session, person):
            path = _path(settings, submission)
            if path.exists():
                archive.write(path, f"handed-in/{submission.release_id}-{submission.id}.zip")
        for path in find_drafts(settings, number):
            archive.write(path, f"unfinished/{path.parent.name}.zip")
        for photo in sorted(erasing.photos_of(session, person)):
            if (path := photos.path_of(settings, photo)).exists():
                archive.write(path, f"pictures/{path.name}")
    note_look(request.app.state.database, visitor, [number], "copy")
    headers = {"Content-Disposition": f'attachment; filename="{person.login}.zip"'}
    return Response(made.getvalue(), media_type="application/zip", headers=headers)


def _path(settings: Settings, submission: Submission) -> Path:
    return path_of(settings, submission.release_id, submission.person_id, submission.sha256)


class Signed(BaseModel):
    """A consent, as it stands on paper."""

    kind: str = Field(max_length=10)
    given_by: str = Field(max_length=200)
    on: date


@router.post("/{number}/consents")
def add_consent(
    request: Request, visitor: CurrentVisitor, number: int, form: Annotated[Signed, Form()]
) -> Response:
    with request.app.state.database.session() as session:
        person = find(session, visitor, number)
        by = session.get_one(Person, visitor.id)
        notes.add_consent(session, person, form.kind, form.given_by, form.on, by)
    return _back(number)


@router.post("/{number}/consents/{consent}/withdraw")
def withdraw_consent(request: Request, visitor: CurrentVisitor, number: int, consent: int) -> Response:
    with request.app.state.database.session() as session:
        notes.withdraw_consent(session, find(session, visitor, number), consent)
    return _back(number)


def _back(number: int) -> Response:
    return RedirectResponse(f"{PREFIX}/school/people/{number}?saved=1", status_code=303)


@router.post("/{number}/leave")
def end(request: Request, visitor: CurrentVisitor, number: int) -> Response:
    """Let somebody leave the school; nobody shuts themselves out."""
    if number == visitor.id:
        raise Conflict("This is you. Ask another administrator.")
    with request.app.state.database.session() as session:
        leave_school(session, find(session, visitor, number))
    tell_people_changed(request.app.state.settings)
    return _back(number)


@router.post("/{number}/erase")
def erase(
    request: Request, visitor: CurrentVisitor, number: int, login: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """Erase who has left; the login is typed, so that a slip of the mouse erases nobody."""
    settings: Settings = request.app.state.settings
    try:
        with request.app.state.database.session() as session:
            person = find(session, visitor, number)
            if login.strip().lower() != person.login:
                raise Conflict("The login does not match. Type it as it stands above.")
            files = find_files(settings, number, erasing.submissions_of(session, person))
            folders = [folder_of(settings, own.id) for own in own_packets(session, number)]
            folders += settings.own_apps.glob(f"[tp]{number}-*")
            gone = erasing.erase(session, person, session.get_one(Person, visitor.id))
            files += [photos.path_of(settings, photo) for photo in gone]
    except Conflict as wrong:
        return _render(request, visitor, number, wrong=wrong)
    for file in files:
        file.unlink(missing_ok=True)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    forget_author(settings, number)
    tell_people_changed(settings)
    return RedirectResponse(f"{PREFIX}/school/people", status_code=303)
