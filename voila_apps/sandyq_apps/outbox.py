"""Marks on their way to the portal: one after another, each retried until the portal has it or refuses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import chain, repeat

from sandyq_apps.api import AttendancePortal, Mark
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.register import Row

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries; the last one repeats."""


class Outbox:
    """Sends in the order given, so that the newest mark of a child is also the newest row."""

    def __init__(
        self,
        portal: AttendancePortal,
        on_saved: Callable[[Mark, Row], None],
        on_late: Callable[[Mark], None],
        on_refused: Callable[[Mark, Refused], None],
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._portal, self._pauses = portal, pauses
        self._on_saved, self._on_late, self._on_refused = on_saved, on_late, on_refused
        self._task: asyncio.Task[None] | None = None
        self.waiting: list[Mark] = []

    def put(self, mark: Mark) -> asyncio.Task[None]:
        """Queue a mark and return the task that sends what is queued; call inside a running event loop."""
        self.waiting.append(mark)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send_all())
        return self._task

    async def _send_all(self) -> None:
        while self.waiting:
            mark = self.waiting[0]
            try:
                row = await self._deliver(mark)
            except Refused as refusal:
                self.waiting.pop(0)
                self._on_refused(mark, refusal)
            else:
                self.waiting.pop(0)
                self._on_saved(mark, row)

    async def _deliver(self, mark: Mark) -> Row:
        pauses: Iterator[float] = chain(self._pauses, repeat(self._pauses[-1]))
        while True:
            try:
                return await asyncio.to_thread(self._portal.send_mark, mark)
            except Unreachable:
                self._on_late(mark)
                await asyncio.sleep(next(pauses))
