"""Whose folder is nearly full: the fork server knows, pages say so before nothing can be saved any more."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandyq.prefork.client import ServerAway, ask_status
from sandyq.settings import Settings

FRESH: Final = 10.0
"""Seconds for which an answer is good."""
TIMEOUT: Final = 1.0
"""Seconds to wait for one; nobody's page waits longer for it."""
MB: Final = 2**20


@dataclass(frozen=True)
class DiskShare:
    """What somebody's folder holds of what it may, in megabytes."""

    used: int
    allowed: int

    @property
    def is_full(self) -> bool:
        return self.used >= self.allowed


class DiskShares:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._asked = -FRESH
        self._nearly_full: dict[str, DiskShare] = {}

    def list_nearly_full(self) -> dict[str, DiskShare]:
        """By login, the fullest first; empty while the fork server is away."""
        if time.monotonic() - self._asked >= FRESH:
            self._nearly_full, self._asked = self._ask(), time.monotonic()
        return self._nearly_full

    def find(self, login: str) -> DiskShare | None:
        """Return somebody's share when it is nearly used up."""
        return self.list_nearly_full().get(login)

    def _ask(self) -> dict[str, DiskShare]:
        try:
            status = asyncio.run(asyncio.wait_for(ask_status(self.settings.fork_socket), TIMEOUT))
        except (ServerAway, TimeoutError):
            return {}
        return {
            Path(each["home"]).name: DiskShare(each["used"] // MB, each["allowed"] // MB)
            for each in status["disk"]
            if Path(each["home"]).parent == self.settings.homes
        }
