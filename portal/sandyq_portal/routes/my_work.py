"""Assignments for pupils: what is to be done by when, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.school import assignments
from sandyq.school.errors import NotFound
from sandyq.school.tables import Release, Returned, Submission
from sandyq_portal.access import ANYONE_SIGNED_IN, CurrentVisitor, RuledRouter, require_role
from sandyq_portal.coursework import releases_of_teacher
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX
from sandyq_portal.reports import make_reports
from sandyq_portal.returned import show_returned
from sandyq_portal.routes.work import standing_of

router = RuledRouter(require_role("pupil", "teacher"), prefix="/work")
code_router = RuledRouter(ANYONE_SIGNED_IN, prefix="/a")


@dataclass(frozen=True)
class WorkItem:
    """One assignment as its pupil sees it."""

    release: Release
    due: datetime | None
    standing: assignments.Standing
    submissions: list[Submission]
    returned: Returned | None

    @property
    def about(self) -> dict[str, Any]:
        return self.release.assignment.about

    @property
    def is_to_do(self) -> bool:
        return self.standing.state in ("open", "late")


@router.get("")
def list_work(request: Request, visitor: CurrentVisitor) -> Response:
    with request.app.state.database.reading() as session:
        items = list_items(session, visitor)
        page: Response = request.app.state.pages.render(request, "work.html", items=items)
    return page


@router.get("/{release_id}")
def show_item(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    with request.app.state.database.reading() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        item = describe(session, release, visitor)
        work = (
            show_returned(request.app.state.settings, session, release, visitor.id) if item.returned else None
        )
        page: Response = request.app.state.pages.render(request, "work_item.html", item=item, work=work)
    return page


@router.get("/{release_id}/report")
def show_report(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    """Show the sheet for the pupil's parents."""
    with request.app.state.database.reading() as session:
        release = assignments.find_release(session, release_id, visitor.id)
        reports = make_reports(session, release, [visitor.id])
        if not reports:
            raise NotFound("Your teacher has not returned this work yet.")
        page: Response = request.app.state.pages.render(
            request,
            "reports.html",
            reports=reports,
            release=release,
            back_to=f"{PREFIX}/work/{release_id}",
        )
    return page


@code_router.get("/{code}")
def follow_code(request: Request, visitor: CurrentVisitor, code: str) -> Response:
    """Go where a code on the board leads: a pupil to the work, its teacher to the class."""
    with request.app.state.database.reading() as session:
        release = session.scalar(select(Release).where(Release.code == code.strip().upper()))
        mine = {each.id for each in assignments.releases_for_pupil(session, visitor.id)}
        taught = {each.id for _, found in releases_of_teacher(session, visitor) for each in found}
    if release is not None and release.id in mine:
        return RedirectResponse(f"{PREFIX}/work/{release.id}", status_code=303)
    if release is not None and release.id in taught:
        return RedirectResponse(f"{PREFIX}/assignments/{release.id}", status_code=303)
    raise NotFound(
        "The code “{code}” leads nowhere for you. Is it mistyped, or another class's?", code=code[:20]
    )


def list_items(session: Session, visitor: Visitor) -> list[WorkItem]:
    """Return a pupil's assignments, what is to be done first."""
    found = [
        describe(session, release, visitor) for release in assignments.releases_for_pupil(session, visitor.id)
    ]
    return sorted(found, key=lambda item: not item.is_to_do)


def describe(session: Session, release: Release, visitor: Visitor) -> WorkItem:
    return WorkItem(
        release=release,
        due=assignments.due_for(release, visitor.id),
        standing=standing_of(session, release, visitor),
        submissions=assignments.submissions_of(session, release.id, visitor.id),
        returned=session.get(Returned, (release.id, visitor.id)),
    )
