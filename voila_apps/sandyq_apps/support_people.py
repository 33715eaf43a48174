"""All people of a coach at once: their months, who is silent, who was visited when. Who needs a word comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sandyq_apps.support_months import State


@dataclass(frozen=True)
class Visit:
    person: int
    on: date
    next_on: date | None


@dataclass(frozen=True)
class Line:
    """One participant of one course."""

    participant: int
    person: int
    name: str
    school: str
    group: str
    coach: int
    ends_on: date
    states: tuple[State, ...]
    silent_since: date | None
    """None: something was heard of them."""
    last_visit: date | None
    next_visit: date | None
    over: bool
    """The nine months are."""

    def count(self, *states: State) -> int:
        return sum(state in states for state in self.states)


def last_visit(visits: Iterable[Visit], person: int) -> date | None:
    return max((each.on for each in visits if each.person == person), default=None)


def next_visit(visits: Iterable[Visit], person: int) -> date | None:
    """Return the day that the newest visit names, if nobody was there since; it may lie behind us, undone."""
    own = sorted((each for each in visits if each.person == person), key=lambda each: each.on)
    return own[-1].next_on if own else None


def sort_by_silence(lines: Iterable[Line]) -> list[Line]:
    """The silent first, the longest first; then who has most months open; whose year is over comes last."""
    return sorted(
        lines,
        key=lambda each: (
            each.over,
            each.silent_since is None,
            each.silent_since or date.max,
            -each.count("late", "returned"),
            each.name,
        ),
    )


def sort_by_visit(lines: Iterable[Line]) -> list[Line]:
    """Who was never visited first, then whose visit is longest ago; one line a person."""
    people: dict[int, Line] = {}
    for each in lines:
        people.setdefault(each.person, each)
    return sorted(people.values(), key=lambda each: (each.last_visit or date.min, each.name))


def is_silent_since(standing: dict[str, object], heard: Iterable[date]) -> date | None:
    """Return since when somebody is silent; what came after the server counted ends it."""
    if not standing["silent"]:
        return None
    since = date.fromisoformat(str(standing["quiet_since"]))
    return since if all(day <= since for day in heard) else None
