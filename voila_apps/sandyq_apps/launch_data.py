"""The planner's data files: steps, roles, documents, holidays – names in three "
"languages, each with its source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sandyq_apps.launch_plan import Calendar

HERE = Path(__file__).parent
Names = dict[str, str]


@dataclass(frozen=True)
class Template:
    opening: str
    """Key of the step that is the opening day."""
    roles: dict[str, Names]
    documents: dict[str, Names]
    steps: tuple[dict[str, Any], ...]
    """Fields of a ``launch_step`` row besides the plan and the dates."""


@dataclass(frozen=True)
class Holiday:
    on: date
    names: Names
    source: str


@dataclass(frozen=True)
class Holidays:
    days: tuple[Holiday, ...]
    weekend: frozenset[int]
    known_until: date


@cache
def read_template() -> Template:
    data = tomllib.loads((HERE / "launch_steps.toml").read_text("utf-8"))
    steps = tuple({"after": [], "documents": []} | step for step in data["step"])
    return Template(data["opening"], data["roles"], data["documents"], steps)


@cache
def read_holidays() -> Holidays:
    data = tomllib.loads((HERE / "launch_holidays.toml").read_text("utf-8"))
    days = tuple(Holiday(day["on"], day["names"], data["sources"][day["source"]]) for day in data["day"])
    return Holidays(days, frozenset(data["weekend"]), data["known_until"])


def make_calendar(off: list[str], on: list[str]) -> Calendar:
    """Return the working days of the data file, with a school's own days off and working days (ISO)."""
    known = read_holidays()
    holidays = {day.on for day in known.days} | set(map(date.fromisoformat, off))
    return Calendar(known.weekend, frozenset(holidays), frozenset(map(date.fromisoformat, on)))
