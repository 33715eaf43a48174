"""Clubs and their attendance register, where nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sandyq.school.centre.tables import ATTENDANCE, Attendance, Club, ClubSession, Enrolment
from sandyq.school.database import now
from sandyq.school.errors import Conflict, Invalid, NotFound
from sandyq.school.law.tables import check_not_erased
from sandyq.school.people import lasts, short_name, sort_people
from sandyq.school.sheets import LEADING
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
    """Return the clubs whose register a person may open: all for who leads the centre, else those one teaches.

    Deleted ones that have sessions come last: nothing that was written in a register is out of sight.
    """
    was_held = Club.id.in_(select(ClubSession.club_id))
    query = (
        select(Club)
        .where(Club.school_id == person.school_id, or_(Club.gone.is_(False), was_held))
        .order_by(Club.gone, Club.name, Club.id)
    )
    if not person.role_names & LEADING:
        query = query.where(Club.leader_id == person.id)
    return list(session.scalars(query))


def find_club(session: Session, person: Person, club_id: int) -> Club:
    """Return a club that is open to a person; NotFound for any other, so that nobody learns it exists."""
    found = next((club for club in clubs_of(session, person) if club.id == club_id), None)
    if found is None:
        raise NotFound("Club {club} is none of yours.", club=club_id)
    return found


def describe_clubs(session: Session, clubs: Sequence[Club], language: str) -> list[dict[str, Any]]:
    """Return clubs as the API shows them, with the chest's name in a language and who teaches them."""
    teachers = {
        person.id: person
        for person in session.scalars(select(Person).where(Person.id.in_({club.leader_id for club in clubs})))
    }
    return [
        {
            "id": club.id,
            "name": club.name,
            "chest": club.chest.names.get(language) or club.chest.names.get("kk", ""),
            "leader": teachers[club.leader_id].full_name,
            "leader_id": club.leader_id,
            "deleted": club.gone,
        }
        for club in clubs
    ]


def find_filled(session: Session, clubs: Sequence[Club], on: date) -> list[int]:
    """Return the ids of those clubs that have children on a day."""
    return [club for club, children in _children(session, clubs, on, on).items() if children]


def read_registers(  # noqa: PLR0913 # which clubs, which days, in which language
    session: Session, clubs: Sequence[Club], first: date, last: date, language: str = "kk", *, after: int = 0
) -> list[dict[str, Any]]:
    """Return the registers of clubs for a span as the API shows them: children, days of sessions, every row in order.

    ``after``: only rows newer than the one with this number.
    """
    held = _sessions(session, clubs, first, last)
    children, rows = _children(session, clubs, first, last), _rows(session, held, after)
    return [
        {
            "club": club,
            "children": children.get(club["id"], []),
            "sessions": [meeting.held_on.isoformat() for meeting in held if meeting.club_id == club["id"]],
            "rows": rows.get(club["id"], []),
        }
        for club in describe_clubs(session, clubs, language)
    ]


def _sessions(session: Session, clubs: Sequence[Club], first: date, last: date) -> Sequence[ClubSession]:
    query = select(ClubSession).where(
        ClubSession.club_id.in_([club.id for club in clubs]), ClubSession.held_on.between(first, last)
    )
    return session.scalars(query.order_by(ClubSession.held_on)).all()


def _children(
    session: Session, clubs: Sequence[Club], first: date, last: date
) -> dict[int, list[dict[str, Any]]]:
    """Return by club everybody enrolled at any time of a span, with the class they are in at its end."""
    there = (
        select(Enrolment.club_id, Enrolment.person_id, Enrolment.since, Enrolment.until)
        .where(
            Enrolment.club_id.in_([club.id for club in clubs]),
            Enrolment.gone.is_(False),
            Enrolment.since <= last,
            or_(Enrolment.until.is_(None), Enrolment.until > first),
        )
        .order_by(Enrolment.since)
    )
    spans: dict[tuple[int, int], list[list[str | None]]] = {}
    for club_id, person_id, since, until in session.execute(there):
        span = [since.isoformat(), until.isoformat() if until else None]
        spans.setdefault((club_id, person_id), []).append(span)
    ids = {person_id for _club, person_id in spans}
    in_class = (
        select(Membership.person_id, ClassGroup.name)
        .join(ClassGroup)
        .where(Membership.person_id.in_(ids), Membership.role == "pupil", lasts(last))
    )
    classes = dict(session.execute(in_class).all())
    people = sort_people(session.scalars(select(Person).where(Person.id.in_(ids))))
    return {
        club.id: [
            {
                "id": each.id,
                "name": each.full_name,
                "class": classes.get(each.id, ""),
                "spans": spans[club.id, each.id],
            }
            for each in people
            if (club.id, each.id) in spans
        ]
        for club in clubs
    }


def _rows(session: Session, held: Sequence[ClubSession], after: int) -> dict[int, list[dict[str, Any]]]:
    query = (
        select(Attendance, ClubSession, Person)
        .join(ClubSession, ClubSession.id == Attendance.session_id)
        .join(Person, Person.id == Attendance.recorded_by)
        .where(Attendance.session_id.in_([meeting.id for meeting in held]), Attendance.id > after)
        .order_by(Attendance.id)
    )
    rows: dict[int, list[dict[str, Any]]] = {}
    for row, meeting, recorder in session.execute(query):
        rows.setdefault(meeting.club_id, []).append(describe_row(row, meeting.held_on, recorder))
    return rows


def describe_row(row: Attendance, held_on: date, recorder: Person) -> dict[str, Any]:
    """Return a row of the register with who wrote it and when."""
    return {
        "number": row.id,
        "uuid": row.uuid,
        "date": held_on.isoformat(),
        "child": row.person_id,
        "status": row.status,
        "reason": row.reason,
        "by": short_name(recorder),
        "by_id": recorder.id,
        "at": row.recorded_at.isoformat(),
    }


def count_presence(session: Session, school_id: int, first: date, last: date) -> list[list[int]]:
    """Return for each club and child of a span ``[club, child, times marked, times present]``; newest rows count."""
    newest = (
        select(func.max(Attendance.id))
        .join(ClubSession)
        .join(Club)
        .where(Club.school_id == school_id, ClubSession.held_on.between(first, last))
        .group_by(Attendance.session_id, Attendance.person_id)
    )
    present = func.sum(case((Attendance.status == "present", 1), else_=0))
    query = (
        select(ClubSession.club_id, Attendance.person_id, func.count(), present)
        .join(ClubSession, ClubSession.id == Attendance.session_id)
        .where(Attendance.id.in_(newest))
        .group_by(ClubSession.club_id, Attendance.person_id)
        .order_by(ClubSession.club_id, Attendance.person_id)
    )
    return [list(row) for row in session.execute(query)]


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
    check_not_erased(session, mark.child, "child")
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
