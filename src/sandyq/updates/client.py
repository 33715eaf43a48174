"""The school's side: whom it trusts, what a stick or an address offers, and bringing that here, checked.

``updates/`` of the server's folder holds the first root that was trusted, the newest metadata seen – versions never go
back behind it. What was fetched stands beside.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig

from sandyq.durable import make_folder, sync_folder, write_durably
from sandyq.settings import PROJECT
from sandyq.updates.fetching import Folder, Line, MetadataFetcher, Source, fetch_target
from sandyq.updates.repository import INDEX, fingerprint

ROOT: Final = "root.json"
METADATA: Final = "metadata"
FETCHED: Final = "updates-fetched"
SEEN: Final = "seen"
PATH: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+~-]*(/[0-9A-Za-z][0-9A-Za-z._+~-]*)*")
"""A file of a release: no way up, no hidden name, nothing that a stick's file system cannot hold."""
KINDS: Final = ("content", "software", "kit")
PYTHON: Final = f"cp{sys.version_info.major}{sys.version_info.minor}"
MOST_ROOT: Final = 512_000
"""Bytes of a root; python-tuf has the same limit."""


class UpdateRefused(ValueError):
    """What was offered was not taken; nothing has changed. The message says why and what to do."""


@dataclass(frozen=True)
class Bundle:
    """A release of one kind: ``content``, ``software``, or ``kit``, what a new machine needs besides."""

    kind: str
    version: str
    date: datetime
    needs: str
    """Content: the software that its lessons were made for, as a version; empty: any."""
    files: tuple[TargetFile, ...]

    @property
    def size(self) -> int:
        return sum(file.length for file in self.files)


def open_source(place: str) -> Source:
    """Return the folder or the address that somebody gave; ValueError when it is neither."""
    if place.startswith(("https://", "http://")):
        return Line(place)
    folder = Path(place)
    if not folder.is_dir():
        raise ValueError(f"{place} is no folder and no address. Plug the stick in, or give https://…")
    return Folder(folder)


def find_fingerprint(source: Source) -> str:
    """Return the fingerprint of whoever releases there, to compare with the paper."""
    return fingerprint(_fetch_root(source))


def trust(folder: Path, source: Source, told: str) -> None:
    """Trust a publisher from now on, when the fingerprint is the one on paper; UpdateRefused when it is not."""
    root = _fetch_root(source)
    if "".join(told.split()).lower() != fingerprint(root).replace(" ", ""):
        raise UpdateRefused(
            f"The publisher there has the fingerprint {fingerprint(root)}, not {told}. "
            "Look at the paper again; if it says something else, do not use this stick."
        )
    kept = find_trusted(folder)
    if kept and kept.read_bytes() != root:
        raise UpdateRefused(
            f"This server trusts another publisher already ({fingerprint(kept.read_bytes())}). "
            f"To change that, remove {folder} first."
        )
    make_folder(folder, 0o700)
    write_durably(folder / ROOT, root)


def find_trusted(folder: Path) -> Path | None:
    """Return the root that this server trusts: as the operator said, else as the kit was that it was installed from."""
    return next((path for path in (folder / ROOT, PROJECT / ROOT) if path.exists()), None)


def _fetch_root(source: Source) -> bytes:
    try:
        root = b""
        for piece in source.open("metadata/1.root.json", 0):
            root += piece
            if len(root) > MOST_ROOT:
                raise UpdateRefused("What is there is no root of a publisher: it has no end.")
        return root
    except DownloadError as error:
        raise UpdateRefused(f"No updates are there: {error}.") from None
    except OSError as error:
        raise UpdateRefused(f"The first file could not be fetched: {error}.") from None


class Client:
    """Looks at one source and fetches from it. One at a time: whoever makes one holds the update's lock."""

    def __init__(
        self,
        folder: Path,
        source: Source,
        *,
        accept_expired: bool = False,
        python: str = PYTHON,
        now: datetime | None = None,
    ) -> None:
        root = find_trusted(folder)
        if root is None:
            raise UpdateRefused(
                f"This server does not know the publisher yet. Those updates come from {find_fingerprint(source)}: "
                "compare it with the publisher's paper, then give it: --trust FINGERPRINT"
            )
        self.folder, self.source, self.root = folder, source, root
        self.fetched = folder.parent / FETCHED
        """Apart from the rest, for no backup needs it."""
        self.wait: Callable[[float], None] = time.sleep
        self.accept_expired, self.python = accept_expired, python
        self.now = max(now or datetime.now(UTC), _read_seen(folder))
        """This machine's time, but never before the newest release that it has seen: clocks' batteries die."""

    def look(self) -> dict[str, Bundle]:
        """Check what is offered and return it by kind; UpdateRefused when it cannot be trusted."""
        make_folder(self.folder / METADATA, 0o700)
        updater = Updater(
            str(self.folder / METADATA),
            METADATA,
            fetcher=MetadataFetcher(self.source, self.wait),
            config=UpdaterConfig(prefix_targets_with_hash=False),
            bootstrap=self.root.read_bytes(),
        )
        trusted = updater._trusted_set  # python-tuf has no public place for the time
        trusted.reference_time = datetime.min.replace(tzinfo=UTC) if self.accept_expired else self.now
        try:
            updater.refresh()
            self._sync()
            index = self._read_index(updater)
            offered: dict[str, Bundle] = {
                kind: _read_bundle(updater, kind, index[kind], self.python)
                for kind in KINDS
                if kind in index and _is_for(index[kind], self.python)
            }
        except ExpiredMetadataError as error:
            until = trusted.timestamp.expires if "timestamp" in trusted else None
            raise UpdateRefused(self._say_expired(until)) from error
        except (RepositoryError, DownloadError) as error:
            raise UpdateRefused(_say(error)) from error
        newest = max((bundle.date for bundle in offered.values()), default=self.now)
        write_durably(self.folder / SEEN, max(newest, _read_seen(self.folder)).isoformat().encode())
        return offered

    def fetch(self, bundle: Bundle, say: Callable[[int], None] = lambda _: None) -> list[Path]:
        """Bring a bundle's files here, all checked; what is here already is not fetched again."""
        paths, before = [], 0
        for file in bundle.files:
            path = self.fetched / file.path
            if not is_whole(path, file):
                told = partial(_say_sum, say, before)
                fetch_target(self.source, file, path, say=told, wait=self.wait)
            before += file.length
            say(before)
            paths.append(path)
        return paths

    def forget_files(self) -> None:
        """Give the disk back what was fetched and has been taken over."""
        shutil.rmtree(self.fetched, ignore_errors=True)

    def _read_index(self, updater: Updater) -> dict[str, Any]:
        about = updater.get_targetinfo(INDEX)
        if about is None:
            raise UpdateRefused(f"The release there has no {INDEX}: it is not one of Sandyq's.")
        path = self.fetched / INDEX
        if not is_whole(path, about):
            fetch_target(self.source, about, path, wait=self.wait)
        return dict(json.loads(path.read_text("utf-8")))

    def _sync(self) -> None:
        """Versions seen are on the disk before anything is done by them: no cut makes us believe an older release."""
        for path in (self.folder / METADATA).rglob("*.json"):
            if not path.is_symlink():
                with path.open("rb+") as file:
                    os.fsync(file.fileno())
        sync_folder(self.folder / METADATA)

    def _say_expired(self, until: datetime | None) -> str:
        day = f" was good until {until:%Y-%m-%d} and" if until else ""
        return (
            f"This release{day} is too old now ({self.now:%Y-%m-%d} by this machine's clock; is it right? see: date). "
            "Somebody may be keeping newer repairs from you: ask for a newer stick. If you know that there is none, "
            "take it all the same: --accept-expired. Nothing that was not signed gets in either way."
        )


def _say_sum(say: Callable[[int], None], before: int, have: int) -> None:
    say(before + have)


def is_whole(path: Path, file: TargetFile) -> bool:
    """True when a file is there and is what was signed."""
    try:
        with path.open("rb") as content:
            file.verify_length_and_hashes(content)
    except (OSError, LengthOrHashMismatchError):
        return False
    return True


def _is_for(about: dict[str, Any], python: str) -> bool:
    """False for software of other machines: the lessons there may be for us all the same."""
    machine, wheels = about.get("machine", ""), about.get("wheels")
    return python == "*" or (machine in ("", platform.machine()) and (wheels is None or python in wheels))


def _read_bundle(updater: Updater, kind: str, about: dict[str, Any], python: str) -> Bundle:
    """``python``: of which the wheels are wanted; ``*``: of all."""
    wheels = about.get("wheels", {})
    tags = wheels if python == "*" else [python]
    files = []
    for name in dict.fromkeys([*about["files"], *(name for tag in tags for name in wheels.get(tag, ()))]):
        if not PATH.fullmatch(name):
            raise UpdateRefused(f"The release there names {name!r}, which is no plain name.")
        found = updater.get_targetinfo(name)
        if found is None:
            raise UpdateRefused(f"The release there names {name}, which is not signed.")
        files.append(found)
    date = datetime.fromisoformat(about["date"])
    return Bundle(kind, about["version"], date, about.get("needs", ""), tuple(files))


def _read_seen(folder: Path) -> datetime:
    try:
        return datetime.fromisoformat((folder / SEEN).read_text())
    except (FileNotFoundError, ValueError):
        return datetime.min.replace(tzinfo=UTC)


def _say(error: Exception) -> str:
    match error:
        case BadVersionNumberError():
            return (
                "This release is older than one that this server has seen: it would bring back faults that were "
                f"repaired. Use the newest stick. ({error})"
            )
        case UnsignedMetadataError():
            return f"This release is not signed by the publisher whom this server trusts. Do not use it. ({error})"
        case DownloadHTTPError():
            return f"The release there is not whole: {error}. Copy the stick again."
        case DownloadError():
            return f"The line broke before it was clear what is offered: {error}. Run the same command again."
    return f"The release there is damaged or was changed: {error}. Copy the stick again."
