"""Is the server well: which parts answer, what is short, when all was last kept, what broke since yesterday."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from sandyq.backup import read_status
from sandyq.incidents import Incident, list_incidents
from sandyq.layout import find_own_layout
from sandyq.prefork.client import ServerAway, ask_status
from sandyq.prefork.wire import Message
from sandyq.settings import Settings
from sandyq.tls.serving import read_shown
from sandyq.updates.content import describe_content, describe_running
from sandyq.updates.record import Stick, find_sticks, list_mounts, read_record

TIMEOUT: Final = 2.0
"""Seconds to wait for a part's answer."""
LEAST_DISK: Final = 2.0
"""Gigabytes."""
LEAST_MEMORY: Final = 0.1
"""Of all memory, still to be had."""
MOST_LOAD: Final = 2.0
"""Processes that want a processor, for each that there is, over five minutes."""
OLDEST_BACKUP: Final = timedelta(days=2)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """The last backup in one place."""

    place: str
    at: datetime | None
    """None: it never worked."""
    why: str
    """Why the last try failed; empty: it did not."""
    left_out: tuple[str, ...] = ()
    """Folders of people who have what no backup can hold."""
    cause: str = ""
    """Which advice helps, as ``BackupFailed`` names it."""


@dataclass(frozen=True)
class Certificate:
    """What browsers are shown."""

    ends: datetime | None
    """None: there is none, though the server has a name for it."""
    problems: list[str]
    needs_trust: bool
    """Devices have to be told of it."""


@dataclass(frozen=True)
class Updates:
    """Which release this is, and what may be had."""

    software: str
    lessons: str
    at: datetime | None
    """When something was last taken over."""
    why: str
    """Why the last try failed; empty: it did not."""
    sticks: list[Stick]


@dataclass(frozen=True)
class Health:
    now: datetime
    """By this machine's clock."""
    parts: dict[str, bool]
    free_gigabytes: float
    database_megabytes: float | None
    """None when the database is not a file of ours (PostgreSQL)."""
    free_memory: float
    """Gigabytes that programs may still have."""
    memory: float
    load: float
    """Processes that want a processor, for each that there is."""
    network: list[str]
    """Cables and antennas that are up, without the machine's own loop."""
    backups: list[Kept]
    incidents: list[Incident]
    certificate: Certificate | None
    """What HTTPS is spoken with; None: plain HTTP."""
    updates: Updates

    @property
    def is_disk_short(self) -> bool:
        return self.free_gigabytes < LEAST_DISK

    @property
    def is_memory_short(self) -> bool:
        return self.free_memory < LEAST_MEMORY * self.memory

    @property
    def is_busy(self) -> bool:
        return self.load > MOST_LOAD

    @property
    def is_clock_behind(self) -> bool:
        """Something was kept or taken over later than now: the battery is empty, or the clock was ahead then."""
        return any(at and at > self.now for at in (self.updates.at, *(each.at for each in self.backups)))

    @property
    def is_kept(self) -> bool:
        """All of it, in the last days, in one place at least."""
        ages = [self.now - each.at for each in self.backups if each.at]
        return any(-OLDEST_BACKUP < age < OLDEST_BACKUP for age in ages)  # a clock may have been ahead


def name_log(part: str) -> str:
    """Return where a part's log is: a file of the demo's, or what an operator types on an installed server."""
    return f"journalctl --namespace=sandyq -u sandyq-{part}" if find_own_layout() else f"log/{part}.log"


def examine(settings: Settings) -> Health:
    """Ask hub, rooms and fork server whether they answer, and measure the machine; takes at most a few seconds."""
    loopback = "http://127.0.0.1"
    memory = psutil.virtual_memory()
    return Health(
        now=datetime.now(UTC),
        parts={
            "portal": True,
            "hub": _answers(f"{loopback}:{settings.hub_port}/hub/health"),
            "rooms": _answers(f"{loopback}:{settings.rooms_port}/services/rooms/health"),
            "forks": _is_forking(settings.fork_socket),
        },
        free_gigabytes=shutil.disk_usage(settings.home).free / 1e9,
        database_megabytes=_database_size(settings),
        free_memory=memory.available / 1e9,
        memory=memory.total / 1e9,
        load=os.getloadavg()[1] / (os.cpu_count() or 1),
        network=[name for name, about in psutil.net_if_stats().items() if about.isup and name != "lo"],
        backups=[_read_kept(place, about) for place, about in read_status(settings).items()],
        incidents=_list_incidents(settings),
        certificate=_look_at_certificate(settings),
        updates=_read_updates(settings),
    )


def _look_at_certificate(settings: Settings) -> Certificate | None:
    if not settings.tls_name:
        return None
    shown = read_shown(settings)
    if shown is None:
        return Certificate(None, [], needs_trust=False)
    return Certificate(shown.ends, shown.find_problems(settings.tls_name), needs_trust=shown.root is not None)


def _read_kept(place: str, about: dict[str, Any]) -> Kept:
    at = datetime.fromisoformat(about["at"]) if about.get("at") else None
    left_out = tuple(about.get("left_out", ()))
    return Kept(Path(place).name, at, about.get("why", ""), left_out, about.get("cause", ""))


def _read_updates(settings: Settings) -> Updates:
    record = read_record(settings.home)
    return Updates(
        software=describe_running()["version"],
        lessons=describe_content(settings.home)["version"],
        at=datetime.fromisoformat(record["at"]) if "at" in record else None,
        why=record.get("failed", {}).get("why", ""),
        sticks=find_sticks(list_mounts()),
    )


def _list_incidents(settings: Settings) -> list[Incident]:
    """Which parts ended, and which of the fork server's own templates, the newest first."""
    found = [*list_incidents(settings, DAY), *_list_ends(settings.fork_socket)]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _list_ends(address: str) -> list[Incident]:
    """When one of the fork server's own templates ended: until it was made again things started the stock way."""
    status = _ask_forks(address)
    ends = [Incident(datetime.fromtimestamp(at, UTC), "forks") for at in status.get("ended", [])]
    return [each for each in ends if each.at >= datetime.now(UTC) - DAY]


def _is_forking(address: str) -> bool:
    """True when the fork server has all its own templates; without them everything starts the stock way, slowly."""
    status = _ask_forks(address)
    return bool(status) and all(
        template["ready"] for template in status["templates"].values() if not template["grown"]
    )


def _ask_forks(address: str) -> Message:
    """Return what the fork server says of itself; nothing while it is away."""
    try:
        return asyncio.run(asyncio.wait_for(ask_status(address), TIMEOUT))
    except (ServerAway, TimeoutError):
        return {}


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
