"""What the browser is sent: plain dictionaries made of a month, in the visitor's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandyq_apps.api import Mark
from sandyq_apps.kit.portal import Unreachable
from sandyq_apps.register import Child, Club, Month, Row, find_changes
from sandyq_apps.words import Words

Screen = dict[str, Any]


def build_notice(words: Words, notice: str) -> Screen:
    """A screen that only says something."""
    return {"notice": words.notice(notice), "again": False, "rows": []}


def build_problem(words: Words, problem: Exception) -> Screen:
    """What went wrong; ``again`` tells that a second try may help."""
    return {"notice": words.explain(problem), "again": isinstance(problem, Unreachable), "rows": []}


def build_choice(clubs: Sequence[Club], club: int, date: str, today: str) -> Screen:
    """What can be chosen, and what is."""
    choices = [{"id": each.id, "name": each.name} for each in clubs]
    return {"clubs": choices, "club": club, "date": date, "today": today}


def build_screen(words: Words, month: Month, date: str, waiting: Sequence[Mark] = ()) -> Screen:
    """The marking view of one session."""
    return {
        "notice": "" if month.children else words.notice("no_children"),
        "again": False,
        "club": month.club.id,
        "date": date,
        "date_text": words.date(date),
        "rows": [build_row(words, month, date, child, waiting) for child in month.children],
    }


def build_row(
    words: Words, month: Month, date: str, child: Child, waiting: Sequence[Mark] = ()
) -> dict[str, Any]:
    """One child in one session; a mark still on its way shows before the stored one."""
    rows = month.rows.get((date, child.id), ())
    sent = [mark for mark in waiting if (mark.club, mark.date, mark.child) == (month.club.id, date, child.id)]
    newest = sent[-1] if sent else rows[-1] if rows else None
    return {
        "id": child.id,
        "name": child.name,
        "class": child.class_name,
        "status": newest.status if newest else "",
        "reason": newest.reason if newest else "",
        "state": "saving" if sent else "saved" if rows else "",
        "corrected": bool(find_changes(rows)),
        "history": [describe_row(words, row) for row in rows],
    }


def describe_row(words: Words, row: Row) -> str:
    """``24.11.2026 15:04 · Absent with a reason (illness) · Serikova Gulnar``."""
    labels = words.labels()
    reason = f" ({row.reason})" if row.reason else ""
    return f"{words.moment(row.at)} · {labels[row.status]}{reason} · {row.by}"
