"""When a course, and the year after it, is completed: what the portal, which issues certificates, and the apps know."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

PRESENT: Final = ("present", "online")
TINY: Final = 1e-9
"""Shares such as 0.55 are no exact numbers: 11 of 20 sessions are enough."""
MONTHS: Final = 9
"""Of support after a course: one academic year. Its certificate asks for all of them."""
State = Literal["", "waiting", "missing", "accepted"]
"""Of a task: nothing shown, shown, looked at and not enough, accepted."""


@dataclass(frozen=True)
class Progress:
    """How far one participant is."""

    sessions: int
    """Of the whole course, those to come too."""
    attended: int
    points: int | None
    """Of the newest exam."""
    of: int
    share: float
    """Of sessions and of points that it takes."""
    practice: dict[str, State]
    """By module, in the course's order."""
    before: frozenset[str]
    """Modules whose task before it is done."""

    @property
    def accepted(self) -> int:
        return sum(state == "accepted" for state in self.practice.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """Return which conditions are not fulfilled: ``sessions``, ``exam``, ``practice``."""
        came = self.sessions > 0 and self.attended >= self.share * self.sessions - TINY
        passed = self.points is not None and self.points >= self.share * self.of - TINY
        done = bool(self.practice) and self.accepted == len(self.practice)
        return tuple(
            name for name, holds in (("sessions", came), ("exam", passed), ("practice", done)) if not holds
        )


@dataclass(frozen=True)
class Records:
    """Rows of the Academy's tables, from the database or as an app has them; removed ones are left out."""

    sessions: Iterable[Any]
    presences: Iterable[Any]
    exams: Iterable[Any]
    evidence: Iterable[Any]
    replies: Iterable[Any]


def measure(participant: Any, training: Any, records: Records) -> Progress:
    """Return how far a participant of a course is."""
    meetings = {each.id for each in records.sessions if each.group_id == participant.group_id}
    attended = {
        each.session_id
        for each in records.presences
        if each.person_id == participant.person_id and each.session_id in meetings and each.state in PRESENT
    }
    exams = [each for each in records.exams if each.participant_id == participant.id]
    exam = max(exams, key=lambda each: (each.on, each.id), default=None)
    evidence = [each for each in records.evidence if each.participant_id == participant.id]
    verdicts = read_verdicts(records.replies)
    keys = [module["key"] for module in training.modules]
    return Progress(
        sessions=len(meetings),
        attended=len(attended),
        points=exam.points if exam else None,
        of=exam.of if exam else 0,
        share=training.pass_share,
        practice={key: tell_state(f"practice:{key}", evidence, verdicts) for key in keys},
        before=frozenset(key for key in keys if any(each.task == f"before:{key}" for each in evidence)),
    )


def read_verdicts(replies: Iterable[Any]) -> dict[int, Any]:
    """Return the newest review of each evidence, by its id."""
    reviews = (each for each in replies if each.sheet == "evidence" and each.kind == "review")
    return {each.row_id: each for each in sorted(reviews, key=lambda each: each.id)}


def tell_state(task: str, evidence: Iterable[Any], verdicts: dict[int, Any]) -> State:
    """Return where a participant's task stands; what was accepted once stays so."""
    shown = sorted((each for each in evidence if each.task == task), key=lambda each: each.id)
    if any(is_accepted(verdicts.get(each.id)) for each in shown):
        return "accepted"
    if not shown:
        return ""
    return "missing" if shown[-1].id in verdicts else "waiting"


def is_accepted(review: Any) -> bool:
    return review is not None and review.data.get("accepted") is True


def list_open_months(ends_on: date, evidence: Iterable[Any], replies: Iterable[Any], on: date) -> list[int]:
    """Return which months of a participant's year of support are not accepted; its certificate asks that none is open.

    What was changed after it was accepted counts no more, and no month counts before it has begun.
    """
    verdicts = read_verdicts(replies)
    accepted = {each.task for each in evidence if stands(verdicts.get(each.id), each.version) == "accepted"}
    return [
        month
        for month in range(1, MONTHS + 1)
        if f"month:{month}" not in accepted or on <= add_months(ends_on, month - 1)
    ]


def stands(review: Any, version: int) -> State:
    """Return where an evidence stands by its newest review: one of another version was of other words, so it waits."""
    if review is None or review.data.get("version") not in (None, version):
        return "waiting"
    return "accepted" if is_accepted(review) else "missing"


def is_to_show(month: int, evidence: Iterable[Any], verdicts: dict[int, Any]) -> bool:
    """Whether nothing that a participant shows for a month waits or is accepted."""
    own = (each for each in evidence if each.task == f"month:{month}")
    return all(stands(verdicts.get(each.id), each.version) == "missing" for each in own)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day: 31 January and a month is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
