"""What broke lately: the supervisor notes each part that ended by itself, the health page tells of it."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sandyq.durable import write_durably
from sandyq.settings import Settings

FILE: Final = "incidents.json"
MOST: Final = 200
"""Of the newest are kept."""


@dataclass(frozen=True)
class Incident:
    at: datetime
    part: str


def note_incident(settings: Settings, part: str) -> None:
    """Write down that a part ended now and had to be started again."""
    home = os.open(settings.home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(home, fcntl.LOCK_EX)  # parts may end at one moment, and each unit notes its own
        kept = [*_read(settings), [datetime.now(UTC).isoformat(timespec="seconds"), part]][-MOST:]
        write_durably(settings.home / FILE, json.dumps(kept).encode(), 0o640, settings.school_group)
    finally:
        os.close(home)


def list_incidents(settings: Settings, since: timedelta) -> list[Incident]:
    """Return what happened in the time before now, the newest first."""
    begin = datetime.now(UTC) - since
    found = [Incident(datetime.fromisoformat(at), part) for at, part in _read(settings)]
    return [each for each in reversed(found) if each.at >= begin]


def _read(settings: Settings) -> list[list[str]]:
    try:
        return list(json.loads((settings.home / FILE).read_text()))
    except (FileNotFoundError, ValueError):  # a damaged note of what broke must not keep parts from starting
        return []
