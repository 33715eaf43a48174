"""The month's sheet as HTML: one table to look at, to print on A4 and to sign."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from jinja2 import Template


@lru_cache
def _load_template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("month.html")


def build_sheet(words: Words, month: Month, today: str) -> str:
    """Return the month's table with totals, corrections as footnotes and a line for signatures."""
    corrections = find_corrections(month)
    notes: dict[Cell, list[int]] = {}
    for correction in corrections:
        notes.setdefault((correction.date, correction.child.id), []).append(correction.number)
    return _load_template().render(
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


def _count(month: Month) -> dict[str, Any]:
    return {
        "totals": {child.id: count_child(month, child.id) for child in month.children},
        "by_date": {date: count_date(month, date) for date in month.dates},
        "total": count_month(month),
        "unique": count_unique(month),
    }
