"""What a row of the centre must be like beyond the kinds of its values; a table's checks are listed in CHECKS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.centre import club_checks
from sandyq.school.centre.rota_checks import check_rota
from sandyq.school.centre.survey_checks import check_answer, check_survey
from sandyq.school.centre.tables import LaunchPlan, LaunchStep
from sandyq.school.errors import Conflict, Invalid

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


def check_launch_plan(session: Session, plan: LaunchPlan) -> None:
    """A school has one plan: two leaders who begin at once do not hide each other's work."""
    query = select(LaunchPlan.id).where(LaunchPlan.school_id == plan.school_id, LaunchPlan.gone.is_(False))
    if any(number != plan.id for number in session.scalars(query)):
        raise Conflict("There is a launch plan already. Open the page anew.")


def check_launch_step(_session: Session, step: LaunchStep) -> None:
    if not 1 <= step.days <= 250:
        raise Invalid("A step takes 1 to 250 working days, not {days}.", days=step.days)
    if step.begun_on and step.done_on and step.done_on < step.begun_on:
        raise Invalid("It is done before it is begun. Correct one of the dates.")
    if not any(step.names.values()):
        raise Invalid("Give the step a name.")


CHECKS: Final[dict[str, tuple[Callable[[Session, Any], None], ...]]] = {
    "child": (club_checks.check_child,),
    "club": (club_checks.check_club,),
    "enrolment": (club_checks.check_enrolment,),
    "intake": (club_checks.check_intake,),
    "launch_plan": (check_launch_plan,),
    "launch_step": (check_launch_step,),
    "meeting": (club_checks.check_meeting,),
    "room": (club_checks.check_room,),
    "rota": (check_rota,),
    "route": (club_checks.check_route,),
    "slot": (club_checks.check_slot,),
    "survey": (check_survey,),
    "survey_answer": (check_answer,),
    "timetable_wish": (check_timetable_wish,),
    "waiting": (club_checks.check_waiting,),
    "wish": (club_checks.check_wish,),
}
