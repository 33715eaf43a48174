"""Clubs that were deleted: who was in them, and what they cost, is told all the same."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.portal import Refused, Unreachable

CLOSED: Final = "closed_club"


def read_clubs(desk: Desk) -> dict[int, Row]:
    """Return all clubs by number, those that were deleted among them."""
    return {row.id: row for sheet in (CLOSED, "club") for row in desk.rows(sheet)}


def hear_of_closed(desk: Desk, sheet: str = "enrolment") -> None:
    """Read the deleted ones anew when a row speaks of one that was deleted since: nobody hears of lists."""
    known = read_clubs(desk).keys() | {None}
    if any(row.club_id not in known for row in desk.rows(sheet)):
        with suppress(Unreachable, Refused):
            desk.read_again(CLOSED)
