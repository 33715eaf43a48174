"""One thing on one day, as data: what it is called is said where the reader's language is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

Span = tuple[date, date]
"""Both days included."""
Kind = Literal[
    "work", "lesson", "work_due", "lesson_due", "club", "clubs", "launch", "session", "milestone",
    "visit", "visited", "observing", "observed", "pair", "expert", "study", "notice",
]  # fmt: skip
AS_WRITTEN: Final = ""
"""The key of a name that is in no particular language."""


@dataclass(frozen=True)
class Event:
    key: str
    """The same for as long as it is the same event: ``training_session-12``."""
    kind: Kind
    on: date
    names: Mapping[str, str]
    """What it is about, by language, or ``AS_WRITTEN``; of a lesson its slug."""
    starts: str = ""
    """``15:00``, in the school's time; empty: the whole day."""
    minutes: int = 0
    who: str = ""
    """The name of the other one; never a pupil's."""
    where: str = ""
    group: str = ""
    """A class, or a group of a course."""
    number: int = 0
    """Of the row that it leads to, or of a month."""
    revision: int = 0
    """Higher after each change."""
    cancelled: bool = False
    people: frozenset[int] = field(default=frozenset())
    """About whom it is, besides everybody to whom it is told."""


def name(text: str) -> dict[str, str]:
    """Return a name that is in no particular language."""
    return {AS_WRITTEN: text}


def name_week(on: date) -> str:
    """Return the week's name: what is moved within its week stays the same event."""
    return "{}w{:02}".format(*on.isocalendar()[:2])
