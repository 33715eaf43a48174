"""Days of a group's sessions: one module a week from the first day on, and what speaks against a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandyq.launch.holidays import read_holidays


@dataclass(frozen=True)
class Day:
    on: date
    module: str


@dataclass(frozen=True)
class Doubt:
    """Why a day may be none: ``weekend``, ``holiday`` (its names), ``clash`` (with what), ``unknown`` (no list yet)."""

    kind: str
    names: dict[str, str]


def propose(modules: Sequence[str], first: date, *, every: int = 7) -> list[Day]:
    """Return a day for each module, in order; no day is left out or moved, see ``find_doubts``."""
    return [Day(first + timedelta(days=every * place), module) for place, module in enumerate(modules)]


def find_doubts(on: date, starts: str, minutes: int, others: Iterable[Any]) -> list[Doubt]:
    """Return what speaks against a session. ``others``: sessions with ``on``, ``starts``, ``minutes``, ``name``."""
    known = read_holidays()
    doubts = [Doubt("holiday", day.names) for day in known.days if day.on == on]
    if on.weekday() in known.weekend:
        doubts.append(Doubt("weekend", {}))
    if on > known.known_until:
        doubts.append(Doubt("unknown", {}))
    begin = count_minutes(starts)
    for other in others:
        start = count_minutes(other.starts)
        if other.on == on.isoformat() and begin < start + other.minutes and start < begin + minutes:
            doubts.append(Doubt("clash", {"kk": other.name, "ru": other.name, "en": other.name}))
    return doubts


def count_minutes(clock: str) -> int:
    """Return the minutes since midnight of ``15:00``."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def add_minutes(clock: str, minutes: int) -> str:
    total = count_minutes(clock) + minutes
    return f"{total // 60 % 24:02}:{total % 60:02}"
