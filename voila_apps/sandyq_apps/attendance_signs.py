"""Signs in the registers that are worth a look: a list of rules with their limits, and what to look at.

A sign accuses nobody. Each rule says in words when it tells, with the limits that stand beside it in ``SIGNS``; how
often it tells of honest registers is counted in ``tests/unit/test_apps_attendance_signs.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as day
from typing import Final

from sandyq_apps.register import Club, Month, Row
from sandyq_apps.words import local_day

Quarters = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Finding:
    club: Club
    who: tuple[str, ...] = ()
    """Names: of children, or of who wrote the marks."""
    dates: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Sign:
    key: str
    title: str
    rule: str
    """When it is told; names the limits as ``{days}``."""
    look: str
    """What to look at, and what honest reason there can be."""
    find: Callable[[Month, Mapping[str, int], Quarters], Iterable[Finding]]
    limits: Mapping[str, int] = field(default_factory=dict)


def find_signs(registers: Iterable[Month], quarters: Quarters) -> dict[Sign, list[Finding]]:
    """Return by sign what was found in the registers of a month; signs of which nothing was found are left out."""
    registers = list(registers)
    found = {
        sign: [finding for register in registers for finding in sign.find(register, sign.limits, quarters)]
        for sign in SIGNS
    }
    return {sign: findings for sign, findings in found.items() if findings}


def _find_twins(month: Month, limits: Mapping[str, int], _quarters: Quarters) -> Iterator[Finding]:
    missed: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for child in month.children:
        newest = [(date, month.newest(date, child.id)) for date in month.dates]
        dates = tuple(date for date, row in newest if row and row.status != "present")
        if len(dates) >= limits["days"] and len(dates) < sum(row is not None for _date, row in newest):
            missed[dates].append(child.name)
    for dates, names in missed.items():
        if len(names) >= limits["children"]:
            yield Finding(month.club, tuple(names), dates)


def _find_full(month: Month, limits: Mapping[str, int], _quarters: Quarters) -> Iterator[Finding]:
    newest = [month.newest(date, child.id) for date in month.dates for child in month.children]
    marked = [row for row in newest if row]
    is_full = all(row.status == "present" for row in marked)
    if len(month.dates) >= limits["sessions"] and len(marked) >= limits["marks"] and is_full:
        yield Finding(month.club, (), month.dates)


def _find_same(month: Month, limits: Mapping[str, int], _quarters: Quarters) -> Iterator[Finding]:
    marks = {
        child: [row.status == "present" for date in month.dates if (row := month.newest(date, child.id))]
        for child in month.children
    }
    is_same = all(len(set(came)) <= 1 for came in marks.values())
    missing = tuple(child.name for child, came in marks.items() if came and not any(came))
    is_large = len(month.dates) >= limits["sessions"] and sum(map(len, marks.values())) >= limits["marks"]
    if is_large and is_same and missing and any(any(came) for came in marks.values()):
        yield Finding(month.club, missing, month.dates)


def _find_late(month: Month, limits: Mapping[str, int], _quarters: Quarters) -> Iterator[Finding]:
    late = [
        date
        for date in month.dates
        if (rows := _first_rows(month, date))
        and min((day.fromisoformat(local_day(row.at)) - day.fromisoformat(date)).days for row in rows)
        >= limits["days"]
    ]
    if late:
        names = {row.by for date in late for row in _first_rows(month, date)}
        yield Finding(month.club, tuple(sorted(names)), tuple(late))


def _find_other_hand(month: Month, limits: Mapping[str, int], _quarters: Quarters) -> Iterator[Finding]:
    strange = {
        date: {row.by for row in rows}
        for date in month.dates
        if (rows := _first_rows(month, date)) and all(row.by_id != month.club.leader_id for row in rows)
    }
    if len(strange) >= limits["sessions"]:
        yield Finding(month.club, tuple(sorted(set().union(*strange.values()))), tuple(strange))


def _find_turned(month: Month, limits: Mapping[str, int], _quarters: Quarters) -> Iterator[Finding]:
    names = {child.id: child.name for child in month.children}
    turned = [
        (date, child)
        for (date, child), rows in month.rows.items()
        if rows[0].status != "present"
        and rows[-1].status == "present"
        and local_day(rows[-1].at) != local_day(rows[0].at)
    ]
    if len(turned) >= limits["marks"]:
        who = sorted({names.get(child, "") for _date, child in turned} - {""})
        yield Finding(month.club, tuple(who), tuple(sorted({date for date, _child in turned})))


def _find_free_days(month: Month, _limits: Mapping[str, int], quarters: Quarters) -> Iterator[Finding]:
    def is_free(date: str) -> bool:
        in_term = any(quarter["starts"] <= date <= quarter["ends"] for quarter in quarters)
        return day.fromisoformat(date).weekday() == 6 or (bool(quarters) and not in_term)

    free = tuple(date for date in month.dates if is_free(date))
    if free:
        yield Finding(month.club, (), free)


def _first_rows(month: Month, date: str) -> list[Row]:
    return [rows[0] for child in month.children if (rows := month.rows.get((date, child.id))) and rows]


SIGNS: Final = (
    Sign(
        "twins",
        "The same children absent on exactly the same days",
        "Told when {children} or more children of a club missed exactly the same {days} or more sessions of the month, "
        "and came to the others.",
        "do these children share a bus, a family or a class that was away? If not, ask them which days they came.",
        _find_twins,
        {"children": 3, "days": 2},
    ),
    Sign(
        "full",
        "Everybody present at every session of the month",
        "Told when there is no absence at all in {sessions} or more sessions with {marks} or more marks together.",
        "visit the next session and count the children. Small clubs in which nobody falls ill do exist.",
        _find_full,
        {"sessions": 4, "marks": 60},
    ),
    Sign(
        "same",
        "The same children present and the same absent at every session",
        "Told when the same children are absent at each of {sessions} or more sessions and all others are present, "
        "with {marks} or more marks together.",
        "were the marks copied from one session to the next? Visit the next one. A child who comes no more should "
        "leave the club.",
        _find_same,
        {"sessions": 4, "marks": 60},
    ),
    Sign(
        "late",
        "Marked long after the day",
        "Told when the first mark of a session was written {days} or more days after it.",
        "was it typed in from a paper form? Then keep the paper with the register.",
        _find_late,
        {"days": 14},
    ),
    Sign(
        "other_hand",
        "Marked by somebody who does not teach the club",
        "Told when all first marks of {sessions} or more sessions were written by others than the club's teacher.",
        "who was with the children on these days? A substitute or somebody who types in paper forms is a good reason.",
        _find_other_hand,
        {"sessions": 2},
    ),
    Sign(
        "turned",
        "Absences turned into presences on a later day",
        "Told when {marks} or more absences of a month were corrected to “present” on another day than they were "
        "written.",
        "ask who corrected them and why. Both rows stand under “Who and when”.",
        _find_turned,
        {"marks": 3},
    ),
    Sign(
        "free_days",
        "Sessions on a Sunday or in the holidays",
        "Told for each session whose day is a Sunday or lies outside the terms of the school year.",
        "was there an excursion, a contest or a moved lesson on this day?",
        _find_free_days,
    ),
)
"""The limits are ours, chosen by the count of false alarms on invented honest registers."""
