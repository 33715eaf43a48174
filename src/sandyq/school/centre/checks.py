"""What a row of the centre must be like beyond the kinds of its values; a table's checks are listed in CHECKS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.orm import Session

from sandyq.school.centre import club_checks
from sandyq.school.errors import Invalid

TIMETABLE_WISHES: Final = frozenset(
    [
        "not_days",
        "not_slots",
        "after",
        "before",
        "most_a_day",
        "few_days",
        "same_day",
        "in_a_row",
        "bus",
        "shift",
    ]
)


def check_timetable_wish(_session: Session, row: Any) -> None:
    if row.kind not in TIMETABLE_WISHES:
        raise Invalid("'{kind}' is no kind of wish for the timetable.", kind=row.kind)


CHECKS: Final[dict[str, tuple[Callable[[Session, Any], None], ...]]] = {
    "child": (club_checks.check_child,),
    "club": (club_checks.check_club,),
    "enrolment": (club_checks.check_enrolment,),
    "intake": (club_checks.check_intake,),
    "meeting": (club_checks.check_meeting,),
    "room": (club_checks.check_room,),
    "route": (club_checks.check_route,),
    "slot": (club_checks.check_slot,),
    "timetable_wish": (check_timetable_wish,),
    "waiting": (club_checks.check_waiting,),
    "wish": (club_checks.check_wish,),
}
