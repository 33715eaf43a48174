"""Clubs and their attendance, for the register app's kernel; a reply comes after the commit."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from sandyq.school.centre import register as centre
from sandyq.school.database import today
from sandyq.school.people import short_name
from sandyq.school.tables import Person
from sandyq.visits import Visit
from sandyq_portal.access import RuledRouter, VisitTokens
from sandyq_portal.recording import find_person

VISITORS = VisitTokens()
router = RuledRouter(VISITORS, prefix="/api/clubs")


def visit_an_app(visit: Annotated[Visit, Depends(VISITORS)]) -> Visit:
    if visit.kind != "app":
        raise HTTPException(403, f"This visit is of the {visit.kind} '{visit.name}', not of an app.")
    return visit


AppVisit = Annotated[Visit, Depends(visit_an_app)]


class NewMark(BaseModel):
    """One child on one day."""

    model_config = ConfigDict(extra="forbid")
    uuid: UUID
    date: date
    child: int
    status: Literal["present", "absent", "excused"]
    reason: str = Field("", max_length=200)


@router.get("")
def list_clubs(request: Request, visit: AppVisit) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        person = _find_staff(session, visit)
        clubs = [centre.describe_club(club, person.language) for club in centre.clubs_of(session, person)]
    return {"clubs": clubs, "today": today().isoformat()}


@router.get("/{club_id}/attendance")
def read_month(
    request: Request,
    visit: AppVisit,
    club_id: int,
    month: Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")],
) -> dict[str, Any]:
    first = date.fromisoformat(f"{month}-01")
    with request.app.state.database.reading() as session:
        person = _find_staff(session, visit)
        club = centre.find_club(session, person, club_id)
        return centre.month_register(session, club, first.year, first.month, person.language)


@router.post("/{club_id}/attendance")
def record_mark(request: Request, visit: AppVisit, club_id: int, sent: NewMark) -> JSONResponse:
    """Keep a mark; the same uuid again returns the same receipt."""
    mark = centre.Mark(str(sent.uuid), sent.date, sent.child, sent.status, sent.reason)
    with request.app.state.database.session() as session:
        person = _find_staff(session, visit)
        club = centre.find_club(session, person, club_id)
        row, new = centre.record_attendance(session, club, mark, person, on=today())
        by = short_name(session.get_one(Person, row.recorded_by))
    content = {"receipt": row.id, "by": by, "at": row.recorded_at.isoformat()}
    return JSONResponse(content, status_code=201 if new else 200)


@router.get("/{club_id}/attendance/history")
def read_history(
    request: Request, visit: AppVisit, club_id: int, day: Annotated[date, Query(alias="date")], child: int
) -> dict[str, Any]:
    with request.app.state.database.reading() as session:
        club = centre.find_club(session, _find_staff(session, visit), club_id)
        return {"rows": centre.attendance_history(session, club, day, child)}


def _find_staff(session: Session, visit: Visit) -> Person:
    """Return the leader or administrator behind the visit; 403 for anybody else."""
    person = find_person(session, visit)
    if not person.role_names & {"leader", "administrator"}:
        raise HTTPException(403, f"Login '{visit.login}' leads no clubs.")
    return person
