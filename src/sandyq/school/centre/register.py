"""Clubs and their attendance register, where nothing is ever overwritten."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sandyq.school.centre.tables import ATTENDANCE, Attendance, Club, ClubSession, Enrolment
from sandyq.school.database import now
from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.people import lasts, short_name, sort_people
from sandyq.school.tables import ClassGroup, Membership, Person

LONGEST_REASON = 200


@dataclass(frozen=True)
class Mark:
    """What a leader says about a child on a day; ``uuid`` makes sending it twice harmless."""

    uuid: str
    held_on: date
    child: int
    status: str
    reason: str = ""


def clubs_of(session: Session, person: Person) -> list[Club]:
    """Return the clubs whose register a person may open: a leader's own, all of the school's for administrators."""
    query = (
        select(Club)
        .where(Club.school_id == person.school_id, Club.gone.is_(False))
        .order_by(Club.name, Club.id)
    )
    if "administrator" not in person.role_names:
        query = query.where(Club.leader_id == person.id)
    return list(session.scalars(query))


def find_club(session: Session, person: Person, club_id: int) -> Club:
    """Return a club that is open to a person; NotFound for any other, so that nobody learns it exists."""
    found = next((club for club in clubs_of(session, person) if club.id == club_id), None)
    if found is None:
        raise NotFound("Club {club} is none of yours.", club=club_id)
    return found


def describe_club(club: Club, language: str) -> dict[str, Any]:
    """Return a club as the API shows it; its chest's name in a language."""
    names = club.chest.names
    return {"id": club.id, "name": club.name, "chest": names.get(language) or names.get("kk", "")}


def month_register(
    session: Session, club: Club, year: int, month: int, language: str = "kk"
) -> dict[str, Any]:
    """Return a month of a club as the API shows it: children, sessions, the newest mark of each child a session."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    sessions = session.scalars(
        select(ClubSession)
        .where(ClubSession.club_id == club.id, ClubSession.held_on.between(first, last))
        .order_by(ClubSession.held_on)
    ).all()
    return {
        "club": describe_club(club, language),
        "month": f"{year:04}-{month:02}",
        "children": _children(session, club.id, first, last),
        "sessions": [{"date": meeting.held_on.isoformat()} for meeting in sessions],
        "marks": _newest_marks(session, [meeting.id for meeting in sessions]),
    }


def _children(session: Session, club_id: int, first: date, last: date) -> list[dict[str, Any]]:
    """Return everybody enrolled at any time of a span, with the class they are in at its end."""
    there = select(Enrolment.person_id).where(
        Enrolment.club_id == club_id,
        Enrolment.gone.is_(False),
        Enrolment.since <= last,
        or_(Enrolment.until.is_(None), Enrolment.until > first),
    )
    people = sort_people(session.scalars(select(Person).where(Person.id.in_(there))))
    in_class = (
        select(Membership.person_id, ClassGroup.name)
        .join(ClassGroup)
        .where(Membership.person_id.in_(there), Membership.role == "pupil", lasts(last))
    )
    classes = dict(session.execute(in_class).all())
    return [{"id": each.id, "name": each.full_name, "class": classes.get(each.id, "")} for each in people]


def _newest_marks(session: Session, session_ids: Sequence[int]) -> list[dict[str, Any]]:
    rows: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for key, mark in _marks(session, Attendance.session_id.in_(session_ids)):
        rows.setdefault(key, []).append(mark)
    return [{**marks[-1], "corrections": len(marks) - 1} for marks in rows.values()]


def _marks(session: Session, *where: Any) -> list[tuple[tuple[int, int], dict[str, Any]]]:
    query = (
        select(Attendance, ClubSession.held_on, Person)
        .join(ClubSession, ClubSession.id == Attendance.session_id)
        .join(Person, Person.id == Attendance.recorded_by)
        .where(*where)
        .order_by(Attendance.id)
    )
    return [
        ((row.session_id, row.person_id), _describe_mark(row, held_on, recorder))
        for row, held_on, recorder in session.execute(query)
    ]


def _describe_mark(row: Attendance, held_on: date, recorder: Person) -> dict[str, Any]:
    return {
        "date": held_on.isoformat(),
        "child": row.person_id,
        "status": row.status,
        "reason": row.reason,
        "by": short_name(recorder),
        "at": row.recorded_at.isoformat(),
    }


def attendance_history(session: Session, club: Club, held_on: date, child: int) -> list[dict[str, Any]]:
    """Return every row about a child on a day, the oldest first, with who and when."""
    found = _marks(
        session, ClubSession.club_id == club.id, ClubSession.held_on == held_on, Attendance.person_id == child
    )
    return [{key: mark[key] for key in ("status", "reason", "by", "at")} for _key, mark in found]


def record_attendance(  # noqa: PLR0913 # who, when and what are each the caller's to say
    session: Session, club: Club, mark: Mark, by: Person, *, on: date, at: datetime | None = None
) -> tuple[Attendance, bool]:
    """Store a mark as a new row; return it and whether it is new (the same uuid sent again is not).

    ``on`` is today's date: Invalid for a later day, a child not enrolled, an unknown status or a long reason.
    Conflict when the uuid is another mark's.
    """
    known = session.scalar(select(Attendance).where(Attendance.uuid == mark.uuid))
    if known is None:
        _check_mark(session, club, mark, on)
        meeting = _ensure_session(session, club.id, mark.held_on)
        try:
            with session.begin_nested():
                session.add(row := _make_row(mark, meeting, by, at or now()))
            return row, True
        except IntegrityError:  # the same mark came twice at once
            known = session.scalars(select(Attendance).where(Attendance.uuid == mark.uuid)).one()
    meeting_of_known = session.get_one(ClubSession, known.session_id)
    sent = (club.id, mark.held_on, mark.child, mark.status)
    if (meeting_of_known.club_id, meeting_of_known.held_on, known.person_id, known.status) != sent:
        raise Conflict("The uuid {uuid} belongs to another mark. Send a new one.", uuid=mark.uuid)
    return known, False


def _make_row(mark: Mark, meeting: ClubSession, by: Person, at: datetime) -> Attendance:
    return Attendance(
        uuid=mark.uuid,
        session_id=meeting.id,
        person_id=mark.child,
        status=mark.status,
        reason=mark.reason.strip(),
        recorded_by=by.id,
        recorded_at=at,
    )


def _check_mark(session: Session, club: Club, mark: Mark, on: date) -> None:
    if mark.status not in ATTENDANCE:
        known = ", ".join(ATTENDANCE)
        raise Invalid("Status '{status}' is not known. Use one of: {known}.", status=mark.status, known=known)
    if len(mark.reason.strip()) > LONGEST_REASON:
        raise Invalid("The reason has {length} characters. Use 200 at most.", length=len(mark.reason.strip()))
    if mark.held_on > on:
        raise Invalid("{date} is still to come. Mark it on that day.", date=mark.held_on.isoformat())
    if not _is_enrolled(session, club.id, mark.child, mark.held_on):
        raise Invalid(
            "Child {child} was not enrolled in '{club}' on {date}. Enrol the child first.",
            child=mark.child,
            club=club.name,
            date=mark.held_on.isoformat(),
        )


def _is_enrolled(session: Session, club_id: int, child: int, on: date) -> bool:
    query = select(Enrolment.id).where(
        Enrolment.club_id == club_id,
        Enrolment.gone.is_(False),
        Enrolment.person_id == child,
        Enrolment.since <= on,
        or_(Enrolment.until.is_(None), Enrolment.until > on),
    )
    return session.scalar(query.limit(1)) is not None


def _ensure_session(session: Session, club_id: int, held_on: date) -> ClubSession:
    query = select(ClubSession).where(ClubSession.club_id == club_id, ClubSession.held_on == held_on)
    found = session.scalar(query)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(made := ClubSession(club_id=club_id, held_on=held_on))
        return made
    except IntegrityError:  # somebody else's mark opened it just now
        return session.scalars(query).one()
