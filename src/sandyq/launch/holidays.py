"""Holidays, each with its source (``holidays.toml``), and the days that a centre works."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sandyq.launch.plan import Calendar

FILE = Path(__file__).with_name("holidays.toml")
Names = dict[str, str]


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
def read_holidays() -> Holidays:
    data = tomllib.loads(FILE.read_text("utf-8"))
    days = tuple(Holiday(day["on"], day["names"], data["sources"][day["source"]]) for day in data["day"])
    return Holidays(days, frozenset(data["weekend"]), data["known_until"])


def make_calendar(off: list[str], on: list[str]) -> Calendar:
    """Return the working days of the data file, with a school's own days off and working days (ISO)."""
    known = read_holidays()
    holidays = {day.on for day in known.days} | set(map(date.fromisoformat, off))
    return Calendar(known.weekend, frozenset(holidays), frozenset(map(date.fromisoformat, on)))


def read_calendar(facts: Mapping[str, Any]) -> Calendar:
    """Return the working days with the days off and on that the facts of a launch plan name; without a plan: ``{}``."""
    return make_calendar(facts.get("days_off", []), facts.get("days_on", []))
