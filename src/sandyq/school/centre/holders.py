"""What keeps a row of the centre from being removed: a colleague may have begun to use it a moment ago."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from sandyq.school.academy import reviewing
from sandyq.school.academy.tables import (
    Certificate,
    Evidence,
    ExpertQuestion,
    Participant,
    TrainingGroup,
    TrainingPresence,
    TrainingSession,
)
from sandyq.school.centre.tables import (
    Child,
    Club,
    Enrolment,
    LaunchStep,
    Meeting,
    Spending,
    Waiting,
)
from sandyq.school.errors import Conflict

HOLDERS: Final[dict[str, tuple[tuple[InstrumentedAttribute[Any], str], ...]]] = {
    "budget_line": (
        (Spending.line_id, "Money was paid or received on this line. Remove these entries first."),
    ),
    "chest": ((Club.chest_id, "Clubs belong to this chest. Give them another one first."),),
    "club": (
        (Enrolment.club_id, "Children are in this club. Let them leave first."),
        (Waiting.club_id, "Children wait for this club. Take them off its list first."),
        (Meeting.club_id, "This club stands in the timetable. Take it out there first."),
    ),
    "expert_session": (
        (ExpertQuestion.session_id, "Questions were asked in this session. Close it instead."),
    ),
    "launch_plan": ((LaunchStep.plan_id, "This plan has steps. Remove them first."),),
    "room": (
        (Club.room_id, "Clubs still use this room. Give them another one first."),
        (Meeting.room_id, "Clubs still use this room. Give them another one first."),
    ),
    "participant": (
        (Evidence.participant_id, "This person has shown work in the group. Write when they left instead."),
        (Certificate.participant_id, "This person has a certificate of the group."),
    ),
    "route": ((Child.route_id, "Children still go by this bus. Give them another one first."),),
    "slot": ((Meeting.slot_id, "Clubs still meet at this time. Give them another one first."),),
    "training": ((TrainingGroup.training_id, "Groups take this course. Remove them first."),),
    "training_group": (
        (Participant.group_id, "People are in this group. Take them out first."),
        (TrainingSession.group_id, "This group has sessions. Remove them first."),
    ),
    "training_session": (
        (TrainingPresence.session_id, "Presence is marked for this session. Take the marks away first."),
    ),
}
"""By sheet: what would point at nothing, and what to do first. The other things outlive what they speak of: a survey's
answers come back with it, a passport and a budget remember a club that is closed."""


def check_unused(session: Session, sheet: str, row_id: int, by: int) -> None:
    """Conflict when something still needs a row that ``by`` removed."""
    reviewing.check_removal(session, sheet, row_id, by)
    for column, sentence in HOLDERS.get(sheet, ()):
        table: Any = column.class_
        query = select(table.id).where(column == row_id, table.gone.is_(False))
        if table is Enrolment:
            query = query.where(Enrolment.until.is_(None))
        if session.scalar(query.limit(1)) is not None:
            raise Conflict(sentence)
