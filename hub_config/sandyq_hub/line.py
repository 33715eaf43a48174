"""The line before people's servers: the bell rings, all press at once; nobody is refused, each sees their place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

PATIENCE = 30.0
"""Seconds after which a start that goes on does so beside the line: others are no longer kept waiting by it."""


class Line:
    """First come, first served, a few at a time."""

    def __init__(self, places: int, patience: float = PATIENCE) -> None:
        self.size = places
        self.patience = patience
        self._places = asyncio.Semaphore(places)
        self._waiting: list[object] = []

    def ahead_of(self, who: object) -> int:
        """How many wait in front of somebody; 0 for whoever is served or not in the line."""
        return self._waiting.index(who) if who in self._waiting else 0

    @asynccontextmanager
    async def turn(self, who: object) -> AsyncIterator[None]:
        """Wait for one's turn; whoever gives up waiting leaves the line, whoever takes long gives up the place."""
        self._waiting.append(who)
        try:
            await self._places.acquire()
        finally:
            self._waiting.remove(who)
        with ExitStack() as place:
            place.callback(self._places.release)
            timer = asyncio.get_running_loop().call_later(self.patience, place.close)
            place.callback(timer.cancel)
            yield


class Gate:
    """Lets one through at a time, and then the loop turn: what many do at once keeps nobody else waiting."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def pass_through(self) -> None:
        async with self._lock:
            await asyncio.sleep(0)


def take_turns() -> None:
    """Have the hub begin one request at a time, and listen in between: it has no setting for it.

    Most of a request is the loop's own work, some hundredths of a second, and a class makes many at once. Who only asks
    whether the hub is there waits for none of them.
    """
    from jupyterhub.handlers import BaseHandler
    from jupyterhub.handlers.pages import HealthCheckHandler

    gate, original = Gate(), BaseHandler.prepare

    async def prepare(self: BaseHandler) -> None:
        if not isinstance(self, HealthCheckHandler):
            await gate.pass_through()
        await original(self)

    BaseHandler.prepare = prepare
