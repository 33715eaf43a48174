"""What clubs, children, wishes and enrolments must be like."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.centre.tables import (
    SEXES,
    Child,
    Club,
    Enrolment,
    Intake,
    Meeting,
    Room,
    Route,
    Slot,
    Waiting,
    Wish,
)
from sandyq.school.errors import BadField
from sandyq.school.kept import Kept

LANGUAGES: Final = ("", "kk", "ru", "en")
MOST_WISHES: Final = 3
MOST_MEETINGS: Final = 6
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _need(row: Kept, field: str, least: int, most: int) -> None:
    if not least <= getattr(row, field) <= most:
        raise BadField(field, "Write a number from {least} to {most}.", least=least, most=most)


def _need_one_of(row: Kept, field: str, allowed: tuple[Any, ...]) -> None:
    if getattr(row, field) not in allowed:
        value = getattr(row, field)
        raise BadField(field, "'{value}' does not fit in '{field}'.", value=value, field=field)


def _need_clock(field: str, value: Any) -> None:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise BadField(field, "'{value}' is no time of the day. Write it like 14:30.", value=value)


def _need_name(row: Any) -> None:
    if not row.name.strip():
        raise BadField("name", "Fill in '{field}'.", field="name")


def _is_there(session: Session, row: Any, *conditions: Any) -> bool:
    """Return whether another row of the table, not removed, meets the conditions."""
    table = type(row)
    query = select(table.id).where(table.school_id == row.school_id, table.gone.is_(False), *conditions)
    if row.id is not None:
        query = query.where(table.id != row.id)
    return session.scalar(query.limit(1)) is not None


def _fill_defaults(row: Any) -> None:
    """Give a new row what its columns give by themselves, so that checks can look at it."""
    for column in row.__table__.columns:
        if getattr(row, column.name) is None and column.default is not None and column.default.is_scalar:
            setattr(row, column.name, column.default.arg)


def check_club(_session: Session, club: Club) -> None:
    _fill_defaults(club)
    _need_name(club)
    _need_one_of(club, "language", LANGUAGES)
    _need(club, "grade_from", 1, 11)
    _need(club, "grade_to", 1, 11)
    if club.grade_to < club.grade_from:
        raise BadField("grade_to", "The highest grade is below the lowest.")
    _need(club, "capacity", 1, 200)
    _need(club, "least", 0, 200)
    if club.least > club.capacity:
        raise BadField("least", "It could never open: it has {places} places.", places=club.capacity)
    _need(club, "meetings", 1, MOST_MEETINGS)


def check_room(session: Session, room: Room) -> None:
    _fill_defaults(room)
    _need_name(room)
    _need(room, "seats", 1, 500)
    if _is_there(session, room, Room.name == room.name):
        raise BadField("name", "There is '{name}' already.", name=room.name)


def check_slot(session: Session, slot: Slot) -> None:
    _fill_defaults(slot)
    _need(slot, "weekday", 0, 6)
    _need_clock("starts", slot.starts)
    _need_clock("ends", slot.ends)
    if slot.ends <= slot.starts:
        raise BadField("ends", "It ends before it begins.")
    _need(slot, "shift", 0, 2)
    same = (Slot.weekday == slot.weekday, Slot.starts == slot.starts, Slot.ends == slot.ends)
    if _is_there(session, slot, *same, Slot.shift == slot.shift):
        raise BadField("starts", "This time stands here already.")


def check_route(session: Session, route: Route) -> None:
    _need_name(route)
    for day, leaves in route.leaves.items():
        if day not in {"0", "1", "2", "3", "4", "5", "6"}:
            raise BadField("leaves", "'{value}' does not fit in '{field}'.", value=day, field="leaves")
        _need_clock("leaves", leaves)
    if _is_there(session, route, Route.name == route.name):
        raise BadField("name", "There is '{name}' already.", name=route.name)


def check_child(session: Session, child: Child) -> None:
    _fill_defaults(child)
    _need_one_of(child, "sex", ("", *SEXES))
    _need_one_of(child, "shift", (1, 2))
    if _is_there(session, child, Child.person_id == child.person_id):
        raise BadField("person_id", "This child stands in the list already.")


def check_wish(session: Session, wish: Wish) -> None:
    _need(wish, "rank", 1, MOST_WISHES)
    own = Wish.person_id == wish.person_id
    if _is_there(session, wish, own, Wish.club_id == wish.club_id):
        raise BadField("club_id", "The child has wished for this club already.")
    if _is_there(session, wish, own, Wish.rank == wish.rank):
        raise BadField("rank", "The child has a wish of this rank already.")


def check_intake(session: Session, intake: Intake) -> None:
    _fill_defaults(intake)
    _need(intake, "most", 1, MOST_WISHES)
    if _is_there(session, intake):
        raise BadField("is_open", "Somebody else has set this meanwhile. Open the page again.")


def check_enrolment(session: Session, enrolment: Enrolment) -> None:
    _fill_defaults(enrolment)
    if enrolment.until is not None and enrolment.until < enrolment.since:
        raise BadField("until", "It ends before it begins.")
    mine = (Enrolment.person_id == enrolment.person_id, Enrolment.club_id == enrolment.club_id)
    if enrolment.until is None and _is_there(session, enrolment, *mine, Enrolment.until.is_(None)):
        raise BadField("person_id", "The child is in this club already.")


def check_waiting(session: Session, waiting: Waiting) -> None:
    _need(waiting, "number", 1, 10_000)
    mine = (Waiting.person_id == waiting.person_id, Waiting.club_id == waiting.club_id)
    if _is_there(session, waiting, *mine):
        raise BadField("person_id", "The child waits for this club already.")


def check_meeting(session: Session, meeting: Meeting) -> None:
    _fill_defaults(meeting)
    if _is_there(session, meeting, Meeting.club_id == meeting.club_id, Meeting.slot_id == meeting.slot_id):
        raise BadField("slot_id", "The club meets at this time already.")
