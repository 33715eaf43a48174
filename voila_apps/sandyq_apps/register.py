"""The register of a club for one month: pure data and arithmetic, no network, no screen.

Attendance is append-only: a cell (child, date) holds every row ever written, oldest first; the newest counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date as day
from datetime import timedelta
from itertools import pairwise
from typing import Final

STATUSES: Final = ("present", "absent", "excused")


@dataclass(frozen=True)
class Child:
    id: int
    name: str
    class_name: str
    spans: tuple[tuple[str, str | None], ...] = (("", None),)
    """When it is in the club: the first day and the first day on which it no longer is (None: still in)."""

    def is_in(self, date: str) -> bool:
        return any(since <= date and (until is None or date < until) for since, until in self.spans)


@dataclass(frozen=True)
class Club:
    id: int
    name: str
    chest: str = ""
    leader: str = ""
    """Full name of the teacher for the signature line; empty: a line to be filled in by hand."""
    leader_id: int = 0
    is_deleted: bool = False


@dataclass(frozen=True)
class Row:
    """One row of the audit trail."""

    status: str
    reason: str
    by: str
    """Full name of whoever wrote it."""
    at: str
    """When the server stored it, ISO 8601 with zone."""
    number: int = 0
    """The server's: later rows have higher ones."""
    uuid: str = ""
    by_id: int = 0


Cell = tuple[str, int]
"""Date (ISO) and child id."""


@dataclass
class Month:
    club: Club
    month: str
    """``2026-11``, or what the sheet is called."""
    children: tuple[Child, ...]
    dates: tuple[str, ...]
    """Dates of the sessions held, ascending."""
    rows: dict[Cell, tuple[Row, ...]] = field(default_factory=dict)
    heard: int = 0
    """The newest row of those that the server told; a mark of one's own may be newer than others' that it did not."""

    def newest(self, date: str, child: int) -> Row | None:
        """Return the row that counts, or None when the child is not marked."""
        rows = self.rows.get((date, child))
        return rows[-1] if rows else None

    def add(self, date: str, child: int, row: Row) -> None:
        """Append a row, once; a first mark of a day also opens the day's session."""
        known = self.rows.get((date, child), ())
        if row in known:
            return
        self.rows[date, child] = tuple(sorted((*known, row), key=lambda row: row.number))
        if date not in self.dates:
            self.dates = tuple(sorted((*self.dates, date)))

    @property
    def last_number(self) -> int:
        return max((row.number for rows in self.rows.values() for row in rows), default=0)


@dataclass(frozen=True)
class Totals:
    present: int = 0
    absent: int = 0
    excused: int = 0

    @property
    def marked(self) -> int:
        return self.present + self.absent + self.excused

    @property
    def percent(self) -> int | None:
        """Present of marked, in whole per cent, halves up; None when nothing is marked."""
        return (200 * self.present + self.marked) // (2 * self.marked) if self.marked else None


@dataclass(frozen=True)
class Correction:
    """What a cell said and what it says since; ``number`` is the footnote's."""

    number: int
    date: str
    child: Child
    before: Row
    after: Row


def find_changes(rows: Iterable[Row]) -> list[tuple[Row, Row]]:
    """Return the corrections among a cell's rows as (before, after).

    A reason written into an empty place completes a mark; any other change corrects it.
    """
    return [(before, after) for before, after in pairwise(rows) if _corrects(before, after)]


def name_kinds(rows: Iterable[Row]) -> list[str]:
    """Say of each of a cell's rows what it did: ``first_mark``, ``corrected`` or ``reason_added``."""
    rows = list(rows)
    later = ["corrected" if _corrects(*pair) else "reason_added" for pair in pairwise(rows)]
    return ["first_mark", *later][: len(rows)]


def _corrects(before: Row, after: Row) -> bool:
    return before.status != after.status or (bool(before.reason) and before.reason != after.reason)


def find_corrections(month: Month) -> list[Correction]:
    """Return the month's corrections, numbered from 1 by date, then by the list of children."""
    changes = (
        (date, child, before, after)
        for date in month.dates
        for child in month.children
        for before, after in find_changes(month.rows.get((date, child.id), ()))
    )
    return [Correction(number, *change) for number, change in enumerate(changes, start=1)]


def count_statuses(rows: Iterable[Row | None]) -> Totals:
    statuses = [row.status for row in rows if row]
    return Totals(*(statuses.count(status) for status in STATUSES))


def count_child(month: Month, child: int) -> Totals:
    return count_statuses(month.newest(date, child) for date in month.dates)


def count_date(month: Month, date: str) -> Totals:
    return count_statuses(month.newest(date, child.id) for child in month.children)


def count_month(month: Month) -> Totals:
    return count_statuses(month.newest(date, child.id) for date in month.dates for child in month.children)


def count_unique(month: Month) -> int:
    """Return how many different children came at least once."""
    return sum(count_child(month, child.id).present > 0 for child in month.children)


def step_month(month: str, step: int) -> str:
    """Return the month before (-1) or after (1): ``2026-12`` and 1 give ``2027-01``."""
    first = day.fromisoformat(f"{month}-01")
    return (first + timedelta(days=31 if step > 0 else -1)).isoformat()[:7]
