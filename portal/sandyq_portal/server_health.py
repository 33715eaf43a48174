"""Is the server well: which parts answer, how much room is left."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass

import httpx

from sandyq.prefork.client import ServerAway, ask_status
from sandyq.settings import Settings

TIMEOUT = 2.0
"""Seconds to wait for a part's answer."""


@dataclass(frozen=True)
class Health:
    parts: dict[str, bool]
    free_gigabytes: float
    database_megabytes: float | None
    """None when the database is not a file of ours (PostgreSQL)."""


def examine(settings: Settings) -> Health:
    """Ask hub, rooms and fork server whether they answer, and measure the disk; takes at most a few seconds."""
    loopback = "http://127.0.0.1"
    parts = {
        "portal": True,
        "hub": _answers(f"{loopback}:{settings.hub_port}/hub/health"),
        "rooms": _answers(f"{loopback}:{settings.rooms_port}/services/rooms/health"),
        "forks": _is_forking(settings.fork_socket),
    }
    free = shutil.disk_usage(settings.home).free / 1e9
    return Health(parts, free, _database_size(settings))


def _is_forking(address: str) -> bool:
    """True when the fork server has all its templates; without them everything starts the stock way, slowly."""
    try:
        templates = asyncio.run(asyncio.wait_for(ask_status(address), TIMEOUT))["templates"]
    except (ServerAway, TimeoutError):
        return False
    return all(template["ready"] for template in templates.values())


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=TIMEOUT, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


def _database_size(settings: Settings) -> float | None:
    if settings.database:
        return None
    files = settings.folder("school").glob("school.sqlite*")
    return sum(file.stat().st_size for file in files) / 1e6
