"""Clubs and their attendance, for the register app's kernel; a reply comes after the commit."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from sandyq.school.centre import register as centre
from sandyq.school.centre.roster import list_pupils
from sandyq.school.database import today
from sandyq.school.sheets import LEADING
from sandyq.school.tables import Person
from sandyq.visits import Visit
from sandyq_portal.access import RuledRouter, VisitTokens
from sandyq_portal.looking import note_look
from sandyq_portal.recording import find_person

VISITORS = VisitTokens()
LONGEST_SPAN: Final = timedelta(days=366)
router = RuledRouter(VISITORS, prefix="/api/clubs")


def visit_an_app(request: Request, visit: Annotated[Visit, Depends(VISITORS)]) -> Visit:
    if visit.kind != "app":
        raise HTTPException(403, f"This visit is of the {visit.kind} '{visit.name}', not of an app.")
    if visit.own and request.method not in ("GET", "HEAD"):
        raise HTTPException(403, f"App '{visit.name}' is {visit.login}'s own: it reads and changes nothing.")
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
        clubs = centre.clubs_of(session, person)
        return {
            "clubs": centre.describe_clubs(session, clubs, person.language),
            "filled": centre.find_filled(session, clubs, today()),
        }


@router.get("/attendance")
def read_all(request: Request, visit: AppVisit, since: date, until: date) -> dict[str, Any]:
    """Return the registers of all the visitor's clubs for a month or a term."""
    _check_span(since, until)
    with request.app.state.database.reading() as session:
        person = _find_staff(session, visit)
        clubs = centre.clubs_of(session, person)
        registers = centre.read_registers(session, clubs, since, until, person.language)
    _note_look(request, person, registers)
    return {"registers": registers}


@router.get("/presence")
def count_presence(request: Request, visit: AppVisit, since: date, until: date) -> dict[str, Any]:
    """Return who came how often to which club in a term, and the pupils of its last day (of today, while it runs)."""
    _check_span(since, until)
    on = min(until, today())
    with request.app.state.database.reading() as session:
        person = _find_staff(session, visit)
        if not person.role_names & LEADING:
            raise HTTPException(403, f"Login '{visit.login}' does not lead the centre.")
        pupils = list_pupils(session, person, on)
        presence = centre.count_presence(session, person.school_id, since, until)
    note_look(request.app.state.database, person, {child for _, child, *_ in presence}, "centre")
    return {"on": on.isoformat(), "pupils": pupils, "presence": presence}


@router.get("/{club_id}/attendance")
def read_month(  # a route's parameters are its address
    request: Request,
    visit: AppVisit,
    club_id: int,
    month: Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")],
    after: int = 0,
) -> dict[str, Any]:
    """Return a month of a club; with ``after`` only the rows that are newer than the one with this number."""
    first = date.fromisoformat(f"{month}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    with request.app.state.database.reading() as session:
        person = _find_staff(session, visit)
        club = centre.find_club(session, person, club_id)
        register = centre.read_registers(session, [club], first, last, person.language, after=after)[0]
    _note_look(request, person, [register])
    return register


@router.post("/{club_id}/attendance")
def record_mark(request: Request, visit: AppVisit, club_id: int, sent: NewMark) -> JSONResponse:
    """Keep a mark; the same uuid again returns the same receipt."""
    mark = centre.Mark(str(sent.uuid), sent.date, sent.child, sent.status, sent.reason)
    with request.app.state.database.session() as session:
        person = _find_staff(session, visit)
        club = centre.find_club(session, person, club_id)
        row, new = centre.record_attendance(session, club, mark, person, on=today())
        content = centre.describe_row(row, sent.date, session.get_one(Person, row.recorded_by))
    return JSONResponse(content, status_code=201 if new else 200)


def _note_look(request: Request, person: Person, registers: list[dict[str, Any]]) -> None:
    children = {child["id"] for register in registers for child in register["children"]}
    note_look(request.app.state.database, person, children, "centre")


def _check_span(since: date, until: date) -> None:
    if not since <= until <= since + LONGEST_SPAN:
        raise HTTPException(
            422,
            f"From {since} to {until} is no span of up to {LONGEST_SPAN.days} days. Ask for a month or a term.",
        )


def _find_staff(session: Session, visit: Visit) -> Person:
    """Return who leads the centre or teaches, and so may have clubs; 403 for anybody else."""
    person = find_person(session, visit)
    if not person.role_names & (LEADING | {"teacher"}):
        raise HTTPException(403, f"Login '{visit.login}' leads no clubs.")
    return person
