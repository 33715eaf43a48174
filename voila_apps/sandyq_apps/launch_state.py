"""The school's launch plan as its pages need it: rows, dates, names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sandyq.launch.holidays import read_calendar
from sandyq.launch.plan import Calendar, Fault, Outlook, Step, choose_opening, find_faults, look
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.speech import Speech
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_documents import Documents


@dataclass(frozen=True)
class State:
    plan: Row
    rows: list[Row]
    """Of ``launch_step``, in their order."""
    faults: list[Fault]
    outlook: Outlook | None
    """None while steps wait for each other in a circle."""
    speech: Speech
    desk: Desk

    @cached_property
    def by_key(self) -> dict[str, Row]:
        return {row.key: row for row in self.rows}

    def name(self, key: str) -> str:
        return self.speech.name(self.by_key[key].names) if key in self.by_key else key

    def tell_who(self, responsible: str) -> str:
        """Return a role with the person's name if it is known: ``Principal (Сейітов А.)``."""
        role = read_template().roles.get(responsible)
        person = self.plan.facts.get(responsible, "")
        if role is None:
            return responsible or "–"
        return f"{self.speech.name(role)} ({person})" if person else self.speech.name(role)

    def who(self, key: str) -> str:
        return self.tell_who(self.by_key[key].responsible)

    def documents(self, language: str) -> Documents:
        spans = self.outlook.forecast.spans if self.outlook else {}
        due = {key: span.ends for key, span in spans.items()}
        opens = self.outlook.forecast.opens_on if self.outlook else None
        return Documents(self.desk, self.plan.facts, due | ({"opens": opens} if opens else {}), language)


def read_state(desk: Desk, speech: Speech) -> State | None:
    """Return the school's plan; None when there is none yet."""
    plans = desk.rows("launch_plan")
    if not plans:
        return None
    plan = plans[0]
    rows = [row for row in desk.rows("launch_step") if row.plan_id == plan.id]
    steps = [read_step(row) for row in rows]
    faults = find_faults(steps)
    opening = choose_opening(steps, plan.facts.get("opening", ""))
    is_round = any(fault.kind == "cycle" for fault in faults)
    outlook = None
    if not is_round:
        starts, today = date.fromisoformat(plan.starts_on), date.fromisoformat(desk.today)
        outlook = look(steps, starts, calendar_of(plan), opening, today)
    return State(plan, rows, faults, outlook, speech, desk)


def read_step(row: Any) -> Step:
    begun, done = (date.fromisoformat(day) if day else None for day in (row.begun_on, row.done_on))
    return Step(row.key, row.days, tuple(row.after), begun, done)


def calendar_of(plan: Row) -> Calendar:
    return read_calendar(plan.facts)
