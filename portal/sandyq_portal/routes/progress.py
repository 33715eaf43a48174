"""A class in a lesson, live: who has begun, what is right, what was hard, what was written."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import HTTPException, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from sandyq.school.learning import assigned_lessons
from sandyq.school.people import class_pupils
from sandyq.school.tables import ClassGroup, Person
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.catalogue import Catalogue
from sandyq_portal.classwork import (
    LessonProgress,
    build_progress,
    list_open_answers,
    list_spreads,
    rank_questions,
)
from sandyq_portal.identity import Visitor
from sandyq_portal.looking import note_look
from sandyq_portal.reading import find_taught_class, read_events
from sandyq_portal.statements import Exporter

router = RuledRouter(require_role("teacher"), prefix="/classes/{class_id}/lessons/{slug}")


@router.get("")
def show_progress(request: Request, visitor: CurrentVisitor, class_id: int, slug: str) -> Response:
    return _render(request, visitor, class_id, slug, "progress.html")


@router.get("/live")
def show_live(
    request: Request,
    visitor: CurrentVisitor,
    class_id: int,
    slug: str,
    seen: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Return the page's moving part; 204 when it is as the browser has seen it, so that nothing flickers."""
    response = _render(request, visitor, class_id, slug, "progress_live.html")
    version = response.headers["etag"].strip('"')
    if version == seen:
        return Response(status_code=204)
    if request.headers.get("if-none-match") == response.headers["etag"]:
        return Response(status_code=304, headers={"ETag": response.headers["etag"]})
    return response


@router.get("/export")
def export(
    request: Request,
    visitor: CurrentVisitor,
    class_id: int,
    slug: str,
    form: Annotated[Literal["csv", "xapi"], Query()] = "csv",
) -> Response:
    """Send what the class did in the lesson: a table, or xAPI statements."""
    with request.app.state.database.reading() as session:
        group = find_taught_class(session, visitor, class_id)
        pupils = class_pupils(session, group.id)
        events = read_events(session, [pupil.id for pupil in pupils], slug)
        beside = {event.partner_id for theirs in events.values() for event in theirs}
        people = [*pupils, *session.scalars(select(Person).where(Person.id.in_(beside - {None})))]
    if not events and request.app.state.catalogue.lesson(slug, group.language) is None:
        raise HTTPException(404, f"There is no lesson '{slug}'.")
    note_look(request.app.state.database, visitor, [pupil.id for pupil in pupils], "answers")
    exporter = Exporter(request.app.state.catalogue, request.app.state.settings.address, people)
    out = io.StringIO()
    every = sorted((event for theirs in events.values() for event in theirs), key=lambda event: event.id)
    if form == "csv":
        exporter.write_table(every, out, visitor.language)
    else:
        exporter.write_statements(every, out)
    ending, kind = ("csv", "text/csv") if form == "csv" else ("jsonl", "application/jsonlines")
    headers = {"Content-Disposition": _name_file(f"{slug}-{class_id}.{ending}")}
    return Response(out.getvalue().encode(), media_type=f"{kind}; charset=utf-8", headers=headers)


def _name_file(name: str) -> str:
    """Return the header that says how a download is called, in whatever letters (RFC 6266, RFC 5987)."""
    plain = quote(name, safe="")
    return f"attachment; filename*=UTF-8''{plain}" if plain != name else f'attachment; filename="{name}"'


def _render(request: Request, visitor: Visitor, class_id: int, slug: str, template: str) -> Response:
    with request.app.state.database.reading() as session:
        group = find_taught_class(session, visitor, class_id)
        progress = _measure(session, group, slug, request.app.state.catalogue)
    version = _fingerprint(progress)
    page: Response = request.app.state.pages.render(
        request,
        template,
        group=group,
        progress=progress,
        ranking=rank_questions(progress),
        open_answers=list_open_answers(progress),
        spreads=list_spreads(progress),
        version=version,
    )
    page.headers["ETag"] = f'"{version}"'
    note_look(request.app.state.database, visitor, [person.id for person, _ in progress.rows], "answers")
    return page


def _measure(session: Session, group: ClassGroup, slug: str, catalogue: Catalogue) -> LessonProgress:
    lesson = catalogue.lesson(slug, group.language)
    if lesson is None:
        raise HTTPException(404, f"There is no lesson '{slug}'.")
    pupils = class_pupils(session, group.id)
    due = {item.lesson: item.due_on for item in assigned_lessons(session, group.id)}.get(slug)
    return build_progress(lesson, due, pupils, read_events(session, [pupil.id for pupil in pupils], slug))


def _fingerprint(progress: LessonProgress) -> str:
    """Changes when a pupil comes, goes, or does something in the lesson."""
    seen = [
        (person.id, person.full_name, standing.last and standing.last.id)
        for person, standing in progress.rows
    ]
    return sha256(repr((seen, progress.lesson)).encode()).hexdigest()[:16]
