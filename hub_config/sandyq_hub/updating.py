"""``./sandyq update``: what a stick or an address offers is checked and taken over whole, or nothing changes."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from sandyq.durable import make_folder
from sandyq.layout import write_commands
from sandyq.settings import PROJECT, Settings
from sandyq.updates import content
from sandyq.updates.client import Bundle, Client, UpdateRefused, open_source, trust
from sandyq.updates.fetching import LineBroke
from sandyq.updates.record import read_record, write_record
from sandyq_hub.isolation import close_content

FOLDER: Final = "updates"
PATIENCE: Final = 20.0
"""Seconds for the parts to answer after new lessons came; one that says that it is ill need not wait so long."""
POLL: Final = 0.5
OK: Final = 200
NAMES: Final = {"content": "lessons", "software": "software"}


@dataclass(frozen=True)
class Wish:
    """What the operator asks for."""

    place: str
    """A folder or an address."""
    fingerprint: str = ""
    """Whom to trust from now on, from paper; empty: who is trusted already."""
    accept_expired: bool = False
    only_look: bool = False
    software: bool = False
    """Upgrade the software, too: the server stops for some minutes."""


def update(settings: Settings, wish: Wish, tell: Callable[[str], None]) -> int:
    """Take over what is new there; return the exit code. ValueError or UpdateRefused when nothing was changed."""
    folder = settings.home / FOLDER
    make_folder(folder, 0o700)
    source = open_source(wish.place)
    with _only_one(folder):
        if wish.fingerprint:
            trust(folder, source, wish.fingerprint)
        try:
            client = Client(folder, source, accept_expired=wish.accept_expired)
            offered = client.look()
            for kind in [kind for kind in NAMES if kind in offered]:
                _tell(offered[kind], settings, tell)
            if wish.only_look:
                return 0
            software, lessons = (_find_new(settings, offered, kind) for kind in ("software", "content"))
            if software and wish.software:
                take_software(client, software, tell)
            elif lessons:
                take_content(settings, client, lessons, tell)
            write_record(settings.home, {"from": wish.place, "failed": None})
            client.forget_files()
            if software and not wish.software:
                tell(
                    "To bring the new software – after a backup; the server stops for some minutes: --software"
                )
        except (UpdateRefused, LineBroke, content.ContentBroken, OSError) as error:
            _note_failure(settings, str(error))
            raise
    return 0


def take_content(settings: Settings, client: Client, bundle: Bundle, tell: Callable[[str], None]) -> None:
    """Fetch, check and show new lessons; the old ones come back when the parts do not answer with them."""
    home = settings.home
    if settings.content != home / content.FOLDER / content.LIVE:
        raise UpdateRefused(
            f"This server shows lessons from {settings.content}, which updates do not touch. Start it once without "
            "SANDYQ_CONTENT."
        )
    content.check_needs(bundle.needs, content.describe_running()["version"])
    well = parts_answer(settings)
    (archive,) = client.fetch(bundle, _Progress(bundle.size, tell))
    staged = content.stage(home, archive, bundle.version, bundle.date)
    close_content(replace(settings, content=staged))
    before = content.go_live(home, staged)
    if well and not _stay_well(settings):
        content.go_back(home, before)
        raise content.ContentBroken(
            f"With the lessons of {bundle.version} portal or rooms are not well; their logs say why. "
            "The lessons from before are back."
        )
    content.sweep(home, before)
    write_record(home, {"at": _now(), "failed": None, "before": before.name if before else ""})
    tell(f"The lessons are now those of {bundle.version}. No part was started again; open pages go on.")


def take_software(client: Client, bundle: Bundle, tell: Callable[[str], None]) -> None:
    """Fetch a new version and have its own installer put it in place, with backup, trial and a way back."""
    if PROJECT.parent.name != content.VERSIONS or not (PROJECT / content.ABOUT).exists():
        raise UpdateRefused(
            "This server runs from a checkout. Its software is brought by git, not by updates."
        )
    client.fetch(bundle, _Progress(bundle.size, tell))
    environment = os.environ | {"SANDYQ_VERSION": bundle.version, "SANDYQ_ROOT": str(client.root)}
    command = ["sh", str(client.fetched / "install"), "--checked"]
    if subprocess.run(command, env=environment, check=False).returncode:
        raise UpdateRefused(
            f"The software {bundle.version} was not brought; see above. What was at work is at work."
        )


def take_back(settings: Settings, tell: Callable[[str], None]) -> int:
    """Show the lessons from before the last update again."""
    with _only_one(settings.home / FOLDER):
        name = read_record(settings.home).get("before")
        if name is None:
            raise ValueError("There was no update yet, so there is nothing to go back to.")
        before = settings.home / content.FOLDER / content.VERSIONS / name if name else None
        if before and not before.is_dir():
            remedy = write_commands("Take over a release again: ./sandyq update --from PLACE")
            raise ValueError(f"{before} is gone. {remedy}")
        content.go_back(settings.home, before)
        write_record(settings.home, {"at": _now(), "before": None})
        tell(f"The lessons are again those of {content.describe_content(settings.home)['version']}.")
    return 0


def _find_new(settings: Settings, offered: dict[str, Bundle], kind: str) -> Bundle | None:
    bundle = offered.get(kind)
    return bundle if bundle and is_new(settings, bundle) else None


def is_new(settings: Settings, bundle: Bundle) -> bool:
    """True when the server shows, or runs, something older."""
    kinds = {"content": lambda: content.describe_content(settings.home), "software": content.describe_running}
    date = kinds[bundle.kind]()["date"]
    return not date or datetime.fromisoformat(date) < bundle.date


def parts_answer(settings: Settings) -> bool:
    """True when portal and rooms are well; False also when no server runs."""
    return all(status == OK for status in _ask_parts(settings))


def _stay_well(settings: Settings) -> bool:
    """Portal and rooms answer, within some time, and none says that it cannot do with what is there now."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        statuses = _ask_parts(settings)
        if any(status >= 500 for status in statuses) or all(status == OK for status in statuses):
            return all(status == OK for status in statuses)
        time.sleep(POLL)
    return False


def _ask_parts(settings: Settings) -> list[int]:
    rooms = f"http://127.0.0.1:{settings.rooms_port}/services/rooms/health"
    return [_ask(address) for address in (f"{settings.portal_url}/health", rooms)]


def _tell(bundle: Bundle, settings: Settings, tell: Callable[[str], None]) -> None:
    new = "new" if is_new(settings, bundle) else "not newer than here"
    tell(
        f"{NAMES[bundle.kind]} {bundle.version} of {bundle.date:%Y-%m-%d}: {new}, {bundle.size / 1e6:.1f} MB, signed"
    )


class _Progress:
    """Says each tenth."""

    def __init__(self, size: int, tell: Callable[[str], None]) -> None:
        self.size, self.tell, self.next = size, tell, size // 10

    def __call__(self, have: int) -> None:
        if have >= self.next:
            self.next = have + max(1, self.size // 10)
            self.tell(f"  {have / 1e6:.1f} of {self.size / 1e6:.1f} MB")


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    make_folder(folder, 0o700)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError("Another update of this server is going on. Wait for its end.") from None
        yield


def _note_failure(settings: Settings, why: str) -> None:
    write_record(settings.home, {"failed": {"at": _now(), "why": why}})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _ask(address: str) -> int:
    """Return the answer's status; 0: there was none."""
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 # loopback
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, OSError):
        return 0
