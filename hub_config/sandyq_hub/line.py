"""The line before people's servers: the bell rings, all press at once; nobody is refused, each sees their place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Line:
    """First come, first served, a few at a time."""

    def __init__(self, places: int) -> None:
        self.size = places
        self._places = asyncio.Semaphore(places)
        self._waiting: list[object] = []

    def ahead_of(self, who: object) -> int:
        """How many wait in front of somebody; 0 for whoever is served or not in the line."""
        return self._waiting.index(who) if who in self._waiting else 0

    @asynccontextmanager
    async def turn(self, who: object) -> AsyncIterator[None]:
        """Wait for one's turn; whoever gives up waiting leaves the line."""
        self._waiting.append(who)
        try:
            await self._places.acquire()
        finally:
            self._waiting.remove(who)
        try:
            yield
        finally:
            self._places.release()
