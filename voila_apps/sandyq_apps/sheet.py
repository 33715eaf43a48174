"""The month's sheet as HTML, to print on A4 and to sign; and an empty one, to be filled in by hand."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from sandyq_apps.kit.papers import render
from sandyq_apps.register import (
    STATUSES,
    Cell,
    Month,
    count_child,
    count_date,
    count_month,
    count_unique,
    find_corrections,
)
from sandyq_apps.screen import describe_row
from sandyq_apps.words import Words

BLANK_DAYS: Final = 12
"""Columns of an empty sheet: three meetings a week."""


def build_sheet(words: Words, month: Month, today: str) -> str:
    """Return the month's table with totals, corrections as footnotes and a line for signatures."""
    corrections = find_corrections(month)
    notes: dict[Cell, list[int]] = {}
    for correction in corrections:
        notes.setdefault((correction.date, correction.child.id), []).append(correction.number)
    return render(
        "month.html",
        words=words,
        labels=words.labels(),
        symbols=words.symbols(),
        describe=partial(describe_row, words),
        month=month,
        today=today,
        statuses=STATUSES,
        corrections=corrections,
        notes=notes,
        **_count(month),
    )


def build_blank(words: Words, month: Month) -> str:
    """Return an empty sheet of a month with the children who are in the club in it."""
    return render(
        "blank.html",
        words=words,
        labels=words.labels(),
        symbols=words.symbols(),
        month=month,
        statuses=STATUSES,
        columns=range(BLANK_DAYS),
    )


def _count(month: Month) -> dict[str, Any]:
    return {
        "totals": {child.id: count_child(month, child.id) for child in month.children},
        "by_date": {date: count_date(month, date) for date in month.dates},
        "total": count_month(month),
        "unique": count_unique(month),
    }
