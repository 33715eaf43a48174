"""Term marks: versioned rules from ``marks.toml``, what the points give by them, and what is still needed."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.database import begin_of, end_of
from sandyq.school.errors import NotFound
from sandyq.school.tables import AcademicYear, Assignment, Course, Release, Returned

KINDS: Final = ("fa", "sor", "soch")
"""Formative; summative for a section (БЖБ, СОР); summative for a term (ТЖБ, СОЧ)."""
LOWEST: Final = 2
SUMMER: Final = timedelta(days=100)
Scores = Mapping[str, Sequence[tuple[float, float]]]
"""By kind: (points had, points possible) of each returned work."""


@dataclass(frozen=True)
class Rule:
    """One way to count."""

    id: str
    name: Mapping[str, str]
    """By language; printed beside each mark."""
    weights: Mapping[str, float]
    """Percent by kind; ``fa+sor`` pools the points of both."""
    bounds: Mapping[int, float]
    """Least percent for a mark above the lowest."""
    source: str

    def mark_for(self, percent: float) -> int:
        """Return the mark for a percentage, which is first rounded to a whole number, a half upwards."""
        whole = _to_whole(percent)
        return max((mark for mark, least in self.bounds.items() if whole >= least), default=LOWEST)


@dataclass(frozen=True)
class TermMark:
    """A pupil's term."""

    parts: Mapping[str, float]
    """Percent by kind, of those there are."""
    percent: float | None
    """None: nothing was returned yet."""
    mark: int | None


def _to_whole(percent: float) -> int:
    return math.floor(round(percent, 9) + 0.5)  # 64.5 may have come out as 64.49999999999999


@lru_cache
def load_rules() -> tuple[Rule, ...]:
    """Return all rules, the usual one first."""
    told = tomllib.loads(Path(__file__).with_name("marks.toml").read_text("utf-8"))["rule"]
    return tuple(
        Rule(
            each["id"],
            each["name"],
            each["weights"],
            {int(mark): least for mark, least in each["bounds"].items()},
            each["source"],
        )
        for each in told
    )


def find_rule(rule_id: str) -> Rule:
    """Return a rule; NotFound names those there are."""
    rules = load_rules()
    found = next((rule for rule in rules if rule.id == rule_id), None)
    if found is None:
        known = ", ".join(rule.id for rule in rules)
        raise NotFound("There is no rule '{rule}'. Use one of: {known}.", rule=rule_id, known=known)
    return found


def count_term(rule: Rule, scores: Scores) -> TermMark:
    """Count a term's mark; kinds of which there is nothing are left out, and the others' weights grow alike."""
    parts = {kind: share for kind in KINDS if (share := _percent(scores.get(kind, ()))) is not None}
    weighed = {
        weight: share
        for weight in rule.weights
        if (share := _percent([pair for kind in weight.split("+") for pair in scores.get(kind, ())]))
        is not None
    }
    whole = sum(rule.weights[each] for each in weighed)
    if not whole:
        return TermMark(parts, None, None)
    percent = sum(rule.weights[each] * share for each, share in weighed.items()) / whole
    return TermMark(parts, percent, rule.mark_for(percent))


def _percent(pairs: Collection[tuple[float, float]]) -> float | None:
    possible = sum(most for _, most in pairs)
    return 100 * sum(had for had, _ in pairs) / possible if possible else None


def show_percent(percent: float) -> float:
    """Round to one digit for people, but never up to a half from below: that would be told beside the lower mark."""
    shown = round(percent, 1)
    return shown if _to_whole(shown) == _to_whole(percent) else round(shown - 0.1, 1)


def what_if(rule: Rule, scores: Scores, kind: str, possible: float) -> dict[int, float | None]:
    """Return for each mark the fewest points, in steps of a half, that one more work of ``kind`` must bring.

    None: that mark is out of reach. ``possible``: points of that work.
    """
    steps = [step / 2 for step in range(int(possible * 2) + 1)]
    found: dict[int, float | None] = {}
    for mark in (LOWEST, *sorted(rule.bounds)):
        found[mark] = next(
            (
                points
                for points in steps
                if (count_term(rule, {**scores, kind: [*scores.get(kind, ()), (points, possible)]}).mark or 0)
                >= mark
            ),
            None,
        )
    return found


def term_dates(year: AcademicYear, quarter: int) -> tuple[date, date]:
    """Return the first and the last day of a quarter, 1 to 4; NotFound for another."""
    if not 1 <= quarter <= len(year.quarters):
        raise NotFound("There is no quarter {quarter}.", quarter=quarter)
    told = year.quarters[quarter - 1]
    return date.fromisoformat(told["starts"]), date.fromisoformat(told["ends"])


def current_quarter(year: AcademicYear, on: date) -> int:
    """Return the quarter of a day; during holidays the one before, before the year the first."""
    begun = [number for number in range(1, len(year.quarters) + 1) if term_dates(year, number)[0] <= on]
    return max(begun, default=1)


def counted_days(year: AcademicYear, quarter: int) -> tuple[date, date]:
    """Return the first and the last day on which what is given out counts in a quarter.

    What is given during holidays counts in the quarter after them, for the one before has its marks; what is given
    before the year in the first, after it in the last.
    """
    first, last = term_dates(year, quarter)
    since = term_dates(year, quarter - 1)[1] + timedelta(days=1) if quarter > 1 else first - SUMMER
    return since, last + SUMMER if quarter == len(year.quarters) else last


def scores_of_course(session: Session, course: Course, year: AcademicYear, quarter: int) -> dict[int, Scores]:
    """Return by pupil what was returned in a course for releases that count in a quarter."""
    first, last = counted_days(year, quarter)
    rows = session.execute(
        select(Returned, Assignment)
        .join(Release, Release.id == Returned.release_id)
        .join(Assignment, Assignment.id == Release.assignment_id)
        .where(
            Assignment.course_id == course.id,
            Release.withdrawn_at.is_(None),
            Release.released_at >= begin_of(first),
            Release.released_at < end_of(last),
        )
    )
    found: dict[int, dict[str, list[tuple[float, float]]]] = {}
    for returned, assignment in rows:
        kind = assignment.about.get("kind", "fa")
        found.setdefault(returned.person_id, {}).setdefault(kind, []).append(
            (returned.score, returned.points)
        )
    return found  # type: ignore[return-value] # a dict of lists is a mapping of sequences
