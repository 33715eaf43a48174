"""What the marking widgets are sent: plain dictionaries made of a month, in the visitor's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandyq_apps.register import Child, Month, Row, find_changes
from sandyq_apps.words import Words

Screen = dict[str, Any]


def build_day(words: Words, month: Month, date: str) -> Screen:
    """The marking view of one session: the children who are in the club on that day."""
    children = [child for child in month.children if child.is_in(date) or (date, child.id) in month.rows]
    return {
        "club": month.club.id,
        "date": date,
        "title": f"{month.club.name} · {words.date(date)}",
        "rows": [
            {"id": child.id, "name": child.name, "class": child.class_name}
            | build_cell(words, month, date, child)
            for child in children
        ],
    }


def build_grid(words: Words, month: Month, days: Iterable[str]) -> Screen:
    """The month as a grid: its sessions and ``days`` that are to be filled in from paper."""
    dates = sorted({*month.dates, *days})
    return {
        "club": month.club.id,
        "caption": f"{month.club.name}: {words.month(month.month)}",
        "days": [
            {"date": date, "day": date[8:], "weekday": words.weekday(date), "text": words.date(date)}
            for date in dates
        ],
        "lines": [
            {
                "id": child.id,
                "name": child.name,
                "class": child.class_name,
                "cells": [build_cell(words, month, date, child) for date in dates],
            }
            for child in month.children
        ],
    }


def build_cell(words: Words, month: Month, date: str, child: Child) -> Screen:
    """One child in one session; ``off``: not in the club on that day."""
    rows = month.rows.get((date, child.id), ())
    newest = rows[-1] if rows else None
    return {
        "status": newest.status if newest else "",
        "reason": newest.reason if newest else "",
        "uuids": [row.uuid for row in rows],
        "off": not rows and not child.is_in(date),
        "corrected": bool(find_changes(rows)),
        "history": [describe_row(words, row) for row in rows],
    }


def describe_row(words: Words, row: Row) -> str:
    """``24.11.2026 15:04 · Absent with a reason (illness) · Serikova Gulnar``."""
    labels = words.labels()
    reason = f" ({row.reason})" if row.reason else ""
    return f"{words.moment(row.at)} · {labels[row.status]}{reason} · {row.by}"
