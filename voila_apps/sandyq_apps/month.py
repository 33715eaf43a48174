"""The month's sheet as a widget: look, print, sign, download."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from sandyq_apps.api import AttendancePortal
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.register import Month
from sandyq_apps.sheet import build_sheet
from sandyq_apps.words import Words
from sandyq_apps.workbook import build_workbook, name_workbook

STATIC = Path(__file__).parent / "static"


class MonthSheet(anywidget.AnyWidget):
    """Empty until ``show_month``; every month shown is read from the portal anew."""

    _esm = STATIC / "month.js"
    _css = STATIC / "month.css"
    labels = traitlets.Dict().tag(sync=True)
    screen = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self._month: Month | None = None
        self._task: asyncio.Task[None] | None = None
        self.on_msg(self._receive)

    def show_month(self, portal: AttendancePortal, words: Words, club: int, month: str, today: str) -> None:
        """Show a month (``2026-11``) of a club."""
        self._portal, self._words, self._club, self._today = portal, words, club, today
        self.labels = words.labels()
        self._show(month)

    def hide(self) -> None:
        self.screen = {}

    def _receive(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        match content:
            case {"kind": "step", "step": step}:
                self._show(step_month(self._shown, step))
            case {"kind": "download"} if self._month:
                self.send(
                    {"kind": "file", "name": name_workbook(self._month)},
                    [build_workbook(self._words, self._month)],
                )

    def _show(self, month: str) -> None:
        self._shown = month
        self._task = asyncio.create_task(self._read(month))

    async def _read(self, month: str) -> None:
        last = month >= self._today[:7]
        try:
            self._month = await asyncio.to_thread(self._portal.read_month, self._club, month)
            self.screen = {"html": build_sheet(self._words, self._month, self._today), "last": last}
        except (Unreachable, Refused) as problem:
            self._month = None
            self.screen = {"problem": self._words.explain(problem), "last": last}


def step_month(month: str, step: int) -> str:
    """Return the month before (-1) or after (1): ``2026-12`` and 1 give ``2027-01``."""
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=31 if step > 0 else -1)).isoformat()[:7]
