"""A club's attendance register: who came, read by the month, written a mark at a time, never overwritten."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.i18n import kazakh_key
from sandyq.school.database import today
from sandyq.school.tables import Attendance, Club, ClubSession, Enrolment, Membership, Person


@dataclass(frozen=True)
class Mark:
    """One child on one day, as the leader has it."""

    uuid: str
    date: date
    child: int
    status: str
    reason: str


def list_clubs(session: Session, person: Person) -> list[Club]:
    """Return a leader's own clubs; all of the school's for an administrator."""
    query = select(Club).where(Club.school_id == person.school_id)
    if "administrator" not in person.role_names:
        query = query.where(Club.leader_id == person.id)
    return sorted(session.scalars(query), key=lambda club: kazakh_key(club.name))


def find_club(session: Session, person: Person, club_id: int) -> Club:
    """Return a club that this person may see; 404 for any other."""
    found = next((club for club in list_clubs(session, person) if club.id == club_id), None)
    if found is None:
        raise HTTPException(404, f"Club {club_id} is none of yours.")
    return found


def read_month(session: Session, club: Club, month: date) -> dict[str, Any]:
    """Return children, sessions and newest marks of the month that the day stands in."""
    first = month.replace(day=1)
    last = month.replace(day=monthrange(month.year, month.month)[1])
    children = _children(session, club, first, last)
    sessions = select(ClubSession).where(
        ClubSession.club_id == club.id, ClubSession.held_on.between(first, last)
    )
    held = session.scalars(sessions.order_by(ClubSession.held_on)).all()
    return {
        "month": f"{first:%Y-%m}",
        "children": _describe_children(session, children),
        "sessions": [{"date": each.held_on.isoformat()} for each in held],
        "marks": _newest_marks(session, club, first, last),
    }


def read_history(session: Session, club: Club, day: date, child: int) -> list[dict[str, Any]]:
    """Return every row ever written for a child on a day, the oldest first."""
    return [
        _describe_row(row, by)
        for _held_on, row, by in _rows(session, club, day, day)
        if row.person_id == child
    ]


def record_mark(session: Session, club: Club, by: Person, mark: Mark) -> tuple[Attendance, bool]:
    """Add a row, unless its uuid is known; return the stored row and whether it is new.

    404 for a child who was not in the club on that day, 422 for a day to come, 409 for another row's uuid.
    """
    known = session.scalar(select(Attendance).where(Attendance.uuid == mark.uuid))
    if known is not None:
        return _same_mark(session, club, known, mark), False
    _check_mark(session, club, mark)
    row = Attendance(
        uuid=mark.uuid,
        session_id=_ensure_session(session, club, mark.date).id,
        person_id=mark.child,
        status=mark.status,
        reason=mark.reason,
        recorded_by=by.id,
    )
    session.add(row)
    session.flush()
    return row, True


def _same_mark(session: Session, club: Club, known: Attendance, mark: Mark) -> Attendance:
    held = session.get_one(ClubSession, known.session_id)
    if (held.club_id, held.held_on, known.person_id) != (club.id, mark.date, mark.child):
        raise HTTPException(409, f"The uuid {mark.uuid} belongs to another mark. Send a new one.")
    return known


def _check_mark(session: Session, club: Club, mark: Mark) -> None:
    if mark.date > today():
        raise HTTPException(422, f"The day {mark.date} has not come yet. Mark it on the day.")
    if mark.child not in {child.id for child in _children(session, club, mark.date, mark.date)}:
        raise HTTPException(404, f"Person {mark.child} was not in club '{club.name}' on {mark.date}.")


def _ensure_session(session: Session, club: Club, day: date) -> ClubSession:
    query = select(ClubSession).where(ClubSession.club_id == club.id, ClubSession.held_on == day)
    held = session.scalar(query)
    if held is None:
        held = ClubSession(club_id=club.id, held_on=day)
        session.add(held)
        session.flush()
    return held


def _children(session: Session, club: Club, first: date, last: date) -> list[Person]:
    query = (
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.club_id == club.id, Enrolment.since <= last)
        .where(Enrolment.until.is_(None) | (Enrolment.until >= first))
    )
    return sorted(session.scalars(query).unique(), key=lambda person: kazakh_key(person.full_name))


def _describe_children(session: Session, children: list[Person]) -> list[dict[str, Any]]:
    query = select(Membership).where(
        Membership.person_id.in_([child.id for child in children]),
        Membership.role == "pupil",
        Membership.until.is_(None),
    )
    classes = {row.person_id: row.class_group.name for row in session.scalars(query).unique()}
    return [
        {"id": child.id, "name": child.full_name, "class": classes.get(child.id, "")} for child in children
    ]


def _rows(session: Session, club: Club, first: date, last: date) -> list[tuple[date, Attendance, str]]:
    """Return (day, row, who wrote it), the oldest first."""
    query = (
        select(ClubSession.held_on, Attendance, Person)
        .join(Attendance, Attendance.session_id == ClubSession.id)
        .join(Person, Attendance.recorded_by == Person.id)
        .where(ClubSession.club_id == club.id, ClubSession.held_on.between(first, last))
        .order_by(Attendance.id)
    )
    return [(held_on, row, by.full_name) for held_on, row, by in session.execute(query)]


def _newest_marks(session: Session, club: Club, first: date, last: date) -> list[dict[str, Any]]:
    history: dict[tuple[date, int], list[dict[str, Any]]] = defaultdict(list)
    for held_on, row, by in _rows(session, club, first, last):
        history[held_on, row.person_id].append(_describe_row(row, by))
    return [
        {"date": day.isoformat(), "child": child, **rows[-1], "corrections": len(rows) - 1}
        for (day, child), rows in sorted(history.items())
    ]


def _describe_row(row: Attendance, by: str) -> dict[str, Any]:
    return {"status": row.status, "reason": row.reason, "by": by, "at": row.recorded_at.isoformat()}
