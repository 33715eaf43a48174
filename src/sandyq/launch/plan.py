"""A launch plan over working days: when each step can begin and end, which may not slip, what is late, how ready it is.

Days are counted by their place among the working days (``Calendar.position``): a step of ``days`` that begins on place
``p`` ends before place ``p + days``. Forward and backward pass are those of the critical path method.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Final

LONGEST_STEP: Final = 250
"""Working days: about a year."""


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: not at weekends (0 is Monday) and not on ``off``, but always on ``on``."""

    weekend: frozenset[int] = frozenset({5, 6})
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day in self.on or (day.weekday() not in self.weekend and day not in self.off)

    def is_holiday(self, day: date) -> bool:
        """Return whether a day is off for what meets weekly, at weekends, too."""
        return day in self.off and day not in self.on

    def list_days(self, first: date, last: date, more: int) -> list[date]:
        """Return the working days from ``first`` to ``last`` and ``more`` beyond."""
        days: list[date] = []
        day, beyond = first, 0
        while day <= last or beyond < more:
            if self.is_working(day):
                days.append(day)
                beyond += day > last
            day += timedelta(days=1)
        return days

    def count(self, after: date, until: date) -> int:
        """Return how many working days lie after one day, up to and with another."""
        span = range(1, (until - after).days + 1)
        return sum(self.is_working(after + timedelta(days=number)) for number in span)


@dataclass(frozen=True)
class Step:
    key: str
    days: int
    after: tuple[str, ...] = ()
    begun: date | None = None
    done: date | None = None


@dataclass(frozen=True)
class Span:
    """Where a step lies: its first and last day, both worked."""

    begins: date
    ends: date
    slack: int
    """Working days by which it may slip before the opening (or, after the opening, the end) does."""


@dataclass(frozen=True)
class Schedule:
    spans: Mapping[str, Span]
    opening: str
    """Key of the step that is the opening day; empty when there are no steps."""
    needed: frozenset[str]
    """Keys of all steps without which it cannot open, itself included."""

    @property
    def opens_on(self) -> date | None:
        return self.spans[self.opening].ends if self.opening else None

    @property
    def critical(self) -> list[str]:
        """Return the steps up to the opening that may not slip (the critical path), in their order."""
        keys = [key for key in self.needed if self.spans[key].slack == 0]
        return sorted(keys, key=lambda key: (self.spans[key].begins, self.spans[key].ends, key))


@dataclass(frozen=True)
class Fault:
    """Why a plan cannot be computed as it stands: ``unknown`` (key, what it waits for) or "
    "``cycle`` (the keys)."""

    kind: str
    keys: tuple[str, ...]


def find_faults(steps: Sequence[Step]) -> list[Fault]:
    """Return what is wrong with the prerequisites: names that no step has, and one cycle if there is any."""
    known = {step.key for step in steps}
    faults = [Fault("unknown", (step.key, key)) for step in steps for key in step.after if key not in known]
    try:
        TopologicalSorter(_graph(steps)).prepare()
    except CycleError as error:
        faults.append(Fault("cycle", tuple(reversed(error.args[1][1:]))))
    return faults


def _graph(steps: Iterable[Step]) -> dict[str, list[str]]:
    steps = list(steps)
    known = {step.key for step in steps}
    return {step.key: [key for key in step.after if key in known] for step in steps}


def choose_opening(steps: Sequence[Step], wanted: str) -> str:
    """Return ``wanted`` if there is such a step, else the last one that nothing waits for."""
    waited_for = {key for step in steps for key in step.after}
    ends = [step.key for step in steps if step.key not in waited_for]
    return wanted if any(step.key == wanted for step in steps) else next(reversed(ends), "")


def make_schedule(
    steps: Sequence[Step], starts_on: date, calendar: Calendar, opening: str, today: date | None = None
) -> Schedule:
    """Lay the steps out as early as they can be; CycleError when they wait for each other.

    With ``today`` it is a forecast: what is begun or done lies where it was, what is not begun lies no earlier than
    today, and what is begun ends no earlier. Without, it is the plan as it was made. Prerequisites that no step has are
    left out.
    """
    if not steps:
        return Schedule({}, "", frozenset())
    graph = _graph(steps)
    order = list(TopologicalSorter(graph).static_order())
    by_key = {step.key: step for step in steps}
    dates = [starts_on, *([today] if today else [])]
    if today:
        dates += [day for step in steps for day in (step.begun, step.done) if day]
    first = min(dates) - timedelta(days=1)
    while not calendar.is_working(first):  # of what is done on a day off it is the last day
        first -= timedelta(days=1)
    days = calendar.list_days(first, max(dates), sum(step.days for step in steps) + 1)
    earliest = bisect_left(days, max(starts_on, today) if today else starts_on)
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    for key in order:
        free = max([earliest, *(ends[each] for each in graph[key])])
        begins[key], ends[key] = _lay(by_key[key], free, days, today)
    needed = _all_before(graph, opening)
    latest = _find_latest(order, graph, begins, ends, opening)
    spans = {key: Span(days[begins[key]], days[ends[key] - 1], latest[key] - ends[key]) for key in by_key}
    return Schedule(spans, opening, needed)


def _lay(step: Step, free: int, days: Sequence[date], today: date | None) -> tuple[int, int]:
    """Return the places at which a step begins and before which it ends."""
    if today and step.done:
        end = bisect_right(days, step.done)
        begin = bisect_left(days, step.begun) if step.begun else max(end - step.days, 1)
        return min(begin, end - 1), end
    if today and step.begun:
        begin = bisect_left(days, step.begun)
        return begin, max(begin + step.days, bisect_left(days, today) + 1)
    return free, free + step.days


def _all_before(graph: Mapping[str, Collection[str]], key: str) -> frozenset[str]:
    found, waiting = set(), [key]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += graph[each]
    return frozenset(found)


def _find_latest(
    order: Sequence[str],
    graph: Mapping[str, Collection[str]],
    begins: Mapping[str, int],
    ends: Mapping[str, int],
    opening: str,
) -> dict[str, int]:
    """Return before which place each step must end: what the opening needs, so that it stays where it is; the rest,
    so that the last of all does."""
    latest = dict.fromkeys(order, max(ends.values())) | {opening: ends[opening]}
    needed = _all_before(graph, opening)
    for key in reversed(order):
        begin = latest[key] - (ends[key] - begins[key])
        for each in graph[key]:
            if (
                key in needed or each not in needed
            ):  # what the opening does not need holds up nothing before it
                latest[each] = max(min(latest[each], begin), ends[each])
    return latest


@dataclass(frozen=True)
class Late:
    key: str
    days: int
    """Working days since it should have been done."""
    held_by: tuple[str, ...]
    """The unfinished steps that could be done now and without which it cannot: itself, or some before it."""


@dataclass(frozen=True)
class Outlook:
    """A plan on a day."""

    plan: Schedule
    """As it was made."""
    forecast: Schedule
    """With what was really begun and done."""
    late: Sequence[Late]
    ready: Sequence[str]
    """What can be begun, or is begun and not done: what the opening needs first, then the least slack."""
    done_days: int
    all_days: int
    """Working days of the steps needed to open: those done, and all. Their share is the readiness."""
    steps: Mapping[str, Step] = field(repr=False)

    @property
    def readiness(self) -> float:
        return self.done_days / self.all_days if self.all_days else 0.0


def look(steps: Sequence[Step], starts_on: date, calendar: Calendar, opening: str, today: date) -> Outlook:
    """Return how a plan stands on a day; CycleError when its steps wait for each other."""
    by_key = {step.key: step for step in steps}
    plan = make_schedule(steps, starts_on, calendar, opening)
    forecast = make_schedule(steps, starts_on, calendar, opening, today)
    late = [
        Late(step.key, calendar.count(plan.spans[step.key].ends, today), find_holders(step.key, by_key))
        for step in steps
        if not step.done and plan.spans[step.key].ends < today
    ]
    ready = [step for step in steps if not step.done and (step.begun or not _unfinished(step, by_key))]
    ready.sort(
        key=lambda step: (
            step.key not in forecast.needed,
            forecast.spans[step.key].slack,
            plan.spans[step.key].begins,
        )
    )
    needed = [by_key[key] for key in forecast.needed]
    return Outlook(
        plan,
        forecast,
        sorted(
            (each for each in late if each.days), key=lambda each: (each.held_by != (each.key,), -each.days)
        ),
        [step.key for step in ready],
        sum(step.days for step in needed if step.done),
        sum(step.days for step in needed),
        by_key,
    )


def _unfinished(step: Step, by_key: Mapping[str, Step]) -> tuple[str, ...]:
    return tuple(key for key in step.after if key in by_key and not by_key[key].done)


def find_holders(key: str, by_key: Mapping[str, Step]) -> tuple[str, ...]:
    """Return the unfinished steps, of a step and all before it, that wait for nobody."""
    found, seen, waiting = [], set(), [key]
    while waiting:
        each = waiting.pop()
        if each not in seen:  # many paths lead to one step: each is followed once
            seen.add(each)
            before = _unfinished(by_key[each], by_key)
            waiting += reversed(before)
            found += [] if before else [each]
    return tuple(found)
