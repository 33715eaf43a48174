"""Nine months of support: what each asks for, when it lasts, how it stands. Counted from the course's last day."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sandyq.courses import MONTHS, add_months

FILE = Path(__file__).with_name("support_months.toml")
Verdict = Literal["accepted", "returned", "waiting"]
State = Literal["accepted", "returned", "waiting", "late", "now", "ahead"]


@dataclass(frozen=True)
class Theme:
    """What a month is about; names and asks by language."""

    names: dict[str, str]
    asks: dict[str, str]
    kinds: tuple[str, ...]
    """Of evidence, the one that is asked for first."""


@lru_cache
def read_themes() -> dict[str, tuple[Theme, ...]]:
    """Return by programme (``literacy``, ``management``) the nine months' themes."""
    found = tomllib.loads(FILE.read_text("utf-8"))
    return {
        programme: tuple(Theme(each["names"], each["asks"], tuple(each["kinds"])) for each in months)
        for programme, months in found.items()
    }


def span(ends_on: date, month: int) -> tuple[date, date]:
    """Return a month's first and last day; month 1 begins the day after the course."""
    return add_months(ends_on, month - 1) + timedelta(1), add_months(ends_on, month)


@lru_cache(maxsize=1000)
def month_at(ends_on: date, today: date) -> int:
    """Return the month in which a day lies; 0 before the year, ``MONTHS`` + 1 after it."""
    return next((month for month in range(MONTHS + 1) if today <= add_months(ends_on, month)), MONTHS + 1)


@dataclass(frozen=True)
class Review:
    """What a coach said of a version of an evidence."""

    id: int
    by: int
    on: date
    accepted: bool
    text: str
    version: int | None = None
    """None: of whatever version there was."""


@dataclass(frozen=True)
class Piece:
    """One evidence for a month."""

    id: int
    version: int
    month: int
    on: date
    reviews: tuple[Review, ...] = ()

    @property
    def last(self) -> Review | None:
        """The newest review, also one of an older version: what there was to mend."""
        return max(self.reviews, key=lambda each: each.id, default=None)

    @property
    def verdict(self) -> Verdict:
        """A changed evidence waits anew: what was accepted was another text."""
        if self.last is None or self.last.version not in (None, self.version):
            return "waiting"
        return "accepted" if self.last.accepted else "returned"


def read_review(reply: dict[str, Any]) -> Review:
    data = reply["data"]
    version = data.get("version")
    return Review(
        reply["id"], reply["by"], date.fromisoformat(reply["on"]), data.get("accepted") is True, reply["text"],
        version if isinstance(version, int) else None,
    )  # fmt: skip


def read_month(task: str) -> int:
    """Return the month that an evidence is for; 0 when it is for none."""
    kind, _, number = task.partition(":")
    return int(number) if kind == "month" and number.isdigit() else 0


def judge(month: int, pieces: Iterable[Piece], ends_on: date, today: date) -> State:
    """Say how a month stands. One accepted piece makes it; one that waits comes before one sent back."""
    verdicts = {piece.verdict for piece in pieces if piece.month == month}
    for verdict in ("accepted", "waiting", "returned"):
        if verdict in verdicts:
            return verdict
    now = month_at(ends_on, today)
    return "late" if month < now else "now" if month == now else "ahead"


def judge_all(pieces: Sequence[Piece], ends_on: date, today: date) -> tuple[State, ...]:
    return tuple(judge(month, pieces, ends_on, today) for month in range(1, MONTHS + 1))
