"""What a row of the Academy must be like beyond the kinds of its values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.academy import tables as t
from sandyq.school.academy.pairs import going_on
from sandyq.school.database import today
from sandyq.school.errors import BadField, Conflict

TASK: Final = re.compile(r"(?:before|practice):[a-z0-9-]{1,40}|month:[1-9]")
SLOT: Final = re.compile(r"[0-6]-(?:\d|1\d|2[0-3])")
CLOCK: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
ALLOWED: Final = {
    ("training", "programme"): ("management", "literacy"),
    ("training_presence", "state"): ("present", "online", "absent"),
    ("evidence", "kind"): ("lesson", "items", "results", "photo", "reflection"),
    ("coach_visit", "kind"): ("visit", "call", "letter"),
    ("peer_need", "kind"): ("offer", "need"),
    ("lesson_study", "state"): ("open", "closed"),
    ("expert_session", "state"): ("gathering", "closed"),
    ("resource", "kind"): ("lesson", "plan", "sheet", "item"),
    ("resource", "state"): ("draft", "offered"),
    ("ticket", "level"): ("school", "coach", "district"),
    ("ticket", "state"): ("open", "closed"),
}


def check_words(_session: Session, row: Any) -> None:
    for (table, field), allowed in ALLOWED.items():
        if table == row.__tablename__ and getattr(row, field) not in allowed:
            value = getattr(row, field)
            raise BadField(field, "'{value}' is none of {known}.", value=value, known=", ".join(allowed))


def check_group(_session: Session, row: t.TrainingGroup) -> None:
    if row.ends_on < row.starts_on:
        raise BadField("ends_on", "The end comes before the beginning.")


def check_session(session: Session, row: t.TrainingSession) -> None:
    group = session.get_one(t.TrainingGroup, row.group_id)
    modules = session.get_one(t.Training, group.training_id).modules
    if row.module not in [module["key"] for module in modules]:
        raise BadField("module", "'{value}' is no module of this course.", value=row.module)
    if not CLOCK.fullmatch(row.starts):
        raise BadField("starts", "'{value}' is no time. Write it like 15:00.", value=row.starts)


def check_participant(session: Session, row: t.Participant) -> None:
    """Nobody stands in a group twice."""
    twin = select(t.Participant.id).where(
        t.Participant.group_id == row.group_id,
        t.Participant.person_id == row.person_id,
        t.Participant.gone.is_(False),
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("This person is in the group already.")


def check_evidence(_session: Session, row: t.Evidence) -> None:
    if not TASK.fullmatch(row.task):
        raise BadField("task", "'{value}' is no task.", value=row.task)
    if not (row.text.strip() or row.photo or row.data):
        raise BadField("text", "Write what you show.")


def check_exam(_session: Session, row: t.TrainingExam) -> None:
    if not 0 <= row.points <= row.of or row.of < 1:
        raise BadField("points", "Write points from 0 to {most}.", most=row.of)


def check_place(session: Session, row: t.SchoolPlace) -> None:
    """A school stands in one place on earth."""
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not -most <= getattr(row, name) <= most:
            raise BadField(name, "Write degrees from {least} to {most}.", least=-most, most=most)
    twin = select(t.SchoolPlace.id).where(
        t.SchoolPlace.school_id == row.school_id, t.SchoolPlace.gone.is_(False)
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("It is known already where this school stands. Change it.")


def check_profile(session: Session, row: t.AcademyProfile) -> None:
    """One profile a person."""
    twin = select(t.AcademyProfile.id).where(t.AcademyProfile.by == row.by, t.AcademyProfile.gone.is_(False))
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("You have a profile already. Change it.")
    for slot in row.slots:
        if not SLOT.fullmatch(str(slot)):
            raise BadField("slots", "'{value}' is no hour of the week.", value=slot)


def check_pairing(session: Session, row: t.Pairing) -> None:
    """Two coaches do not put the same two together; who has ended a pair may begin it again."""
    if row.mentor_id == row.learner_id:
        raise BadField("learner_id", "Nobody is a mentor of themselves.")
    if row.until is not None:
        return
    twin = going_on(today()).where(
        t.Pairing.mentor_id == row.mentor_id,
        t.Pairing.learner_id == row.learner_id,
        t.Pairing.topic == row.topic,
    )
    if any(pair.id != row.id for pair in session.scalars(twin)):
        raise Conflict("These two are a pair already.")


def check_observation(_session: Session, row: t.Observation) -> None:
    if row.by == row.person_id:
        raise BadField("person_id", "Somebody else's lesson is observed.")


def check_reply(session: Session, row: t.Reply) -> None:
    """One vote, one agreement, one end a person."""
    if row.kind not in ("vote", "agree", "end"):
        return
    twin = select(t.Reply.id).where(
        t.Reply.sheet == row.sheet,
        t.Reply.row_id == row.row_id,
        t.Reply.kind == row.kind,
        t.Reply.by == row.by,
        t.Reply.gone.is_(False),
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("You have said so already.")


Check = Callable[[Session, Any], None]
_OWN: Final[dict[str, Check]] = {
    "training_group": check_group,
    "training_session": check_session,
    "participant": check_participant,
    "evidence": check_evidence,
    "training_exam": check_exam,
    "school_place": check_place,
    "academy_profile": check_profile,
    "pairing": check_pairing,
    "observation": check_observation,
    "reply": check_reply,
}
CHECKS: Final[dict[str, tuple[Check, ...]]] = {
    **{table: (check_words,) for table, _field in ALLOWED},
    **{
        table: (*((check_words,) if any(name == table for name, _ in ALLOWED) else ()), check)
        for table, check in _OWN.items()
    },
}
