"""The attendance register as widgets: keeps the visit's state between browser and portal."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from sandyq.i18n import choose_language
from sandyq_apps.api import AttendancePortal, Mark
from sandyq_apps.choice import SessionChoice
from sandyq_apps.kit.portal import NotConnected, Refused, Unreachable
from sandyq_apps.month import MonthSheet
from sandyq_apps.outbox import Outbox
from sandyq_apps.register import Club, Month, Row
from sandyq_apps.screen import build_choice, build_notice, build_problem, build_row, build_screen
from sandyq_apps.words import Words

STATIC = Path(__file__).parent / "static"


class AttendanceRegister(anywidget.AnyWidget):
    """A club's register: mark today's session, correct it.

    Show ``choice`` above and ``sheet`` below. Making it reads and opens nothing, so that a template
    kernel may hold it; ``load`` begins a visit.
    """

    _esm = STATIC / "attendance.js"
    _css = STATIC / "attendance.css"
    labels = traitlets.Dict().tag(sync=True)
    screen = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.choice, self.sheet = SessionChoice(), MonthSheet()
        self._clubs: list[Club] = []
        self._club = 0
        self._today = self._date = ""
        self._task: asyncio.Task[None] | None = None
        self.on_msg(self._receive)
        self.choice.on_msg(self._receive)

    def load(self) -> None:
        """Begin the visit that the environment names, or say why it cannot begin."""
        self._words = Words(choose_language(os.environ.get("SANDYQ_LANGUAGE")))
        self.labels = self.choice.labels = self._words.labels()
        try:
            self._portal = AttendancePortal.from_environment()
            self._outbox = Outbox(self._portal, self._saved, self._late, self._refused)
            self._clubs, self._today = self._portal.list_clubs()
            self._show_first()
        except (NotConnected, Unreachable, Refused) as problem:
            self.screen = build_problem(self._words, problem)

    def _show_first(self) -> None:
        if not self._clubs:
            self.screen = build_notice(self._words, "no_clubs")
            return
        self._club, self._date = self._clubs[0].id, self._today
        self._show(self._portal.read_month(self._club, self._date[:7]))

    def _show(self, month: Month) -> None:
        self._month = month
        self._show_choice("marking")
        self.screen = build_screen(self._words, month, self._date, self._outbox.waiting)

    def _show_choice(self, view: str) -> None:
        self.choice.screen = build_choice(self._clubs, self._club, self._date, self._today) | {"view": view}

    def _receive(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        match content:
            case {"kind": "mark"}:
                self._outbox.put(_read_mark(content))
            case {"kind": "open", "club": club, "date": date}:
                self._club, self._date = club, date
                self._task = asyncio.create_task(self._open(club, date))
            case {"kind": "view", "view": view}:
                self._switch(view)
            case {"kind": "again"}:
                self._again()

    async def _open(self, club: int, date: str) -> None:
        try:
            month = await asyncio.to_thread(self._portal.read_month, club, date[:7])
        except (Unreachable, Refused) as problem:
            self.screen = build_problem(self._words, problem)
            return
        if (club, date) == (self._club, self._date):  # nothing else was chosen meanwhile
            self.sheet.hide()
            self._show(month)

    def _switch(self, view: str) -> None:
        self._show_choice(view)
        if view == "month":
            self.screen = {}
            self.sheet.show_month(self._portal, self._words, self._club, self._date[:7], self._today)
        else:
            self._again()

    def _again(self) -> None:
        if self._clubs:
            self._task = asyncio.create_task(self._open(self._club, self._date))
        else:
            self.load()

    def _saved(self, mark: Mark, row: Row) -> None:
        if (mark.club, mark.date[:7]) == (self._month.club.id, self._month.month):
            self._month.add(mark.date, mark.child, row)
        self._send_row("saved", mark)

    def _late(self, mark: Mark) -> None:
        self._send_row("late", mark)

    def _refused(self, mark: Mark, refusal: Refused) -> None:
        self._send_row("refused", mark, self._words.explain(refusal))

    def _send_row(self, kind: str, mark: Mark, text: str = "") -> None:
        child = next((child for child in self._month.children if child.id == mark.child), None)
        if child and (mark.club, mark.date) == (self._month.club.id, self._date):
            row = build_row(self._words, self._month, mark.date, child, self._outbox.waiting)
            self.send({"kind": kind, "row": row, "text": text})


def _read_mark(content: dict[str, Any]) -> Mark:
    return Mark(
        uuid=str(uuid.uuid4()),
        club=content["club"],
        date=content["date"],
        child=content["child"],
        status=content["status"],
        reason=content["reason"].strip(),
    )
