"""What became of updates: written by who makes them, read by the health page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from sandyq.durable import write_durably

FILE: Final = "updates.json"
PLUGGED: Final = ("/media/", "/run/media/", "/mnt/")
"""Where Debian mounts what is plugged in."""
LONGEST: Final = 1 << 20
"""Bytes of a list of bundles that are worth reading."""
NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]{0,60}")


@dataclass(frozen=True)
class Stick:
    """What a plugged-in stick says that it holds; nobody has checked it yet."""

    place: str
    versions: tuple[str, ...]

    @property
    def typed(self) -> str:
        """Where it is, as one word of a command: whoever owns a stick named it, with blanks or worse."""
        return shlex.quote(self.place)


def find_sticks(mounts: Iterable[Path]) -> list[Stick]:
    """Return which of these folders hold releases, or hold a folder with some."""
    found = []
    for mount in mounts:
        for place in (mount, *_list_folders(mount)):
            if versions := _read_versions(place / "targets" / "bundles.json"):
                found.append(Stick(str(place), versions))
    return found


def list_mounts() -> list[Path]:
    """Return what is plugged in."""
    mounts = (Path(each.mountpoint) for each in psutil.disk_partitions())
    return [mount for mount in mounts if f"{mount}/".startswith(PLUGGED)]


def _list_folders(mount: Path) -> list[Path]:
    try:
        return sorted(path for path in mount.iterdir() if path.is_dir())[:50]
    except OSError:  # closed to us, or just pulled out
        return []


def _read_versions(path: Path) -> tuple[str, ...]:
    """Whoever owns the stick wrote this: short names or nothing."""
    try:
        if path.stat().st_size > LONGEST:
            return ()
        told = json.loads(path.read_text("utf-8"))
        versions = (str(told[kind]["version"]) for kind in ("content", "software") if kind in told)
        return tuple(version for version in versions if NAME.fullmatch(version))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ()


def read_record(home: Path) -> dict[str, Any]:
    """Return what was last taken over (``content``, ``software``) and what last failed; {} before the first update."""
    try:
        return dict(json.loads((home / FILE).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def write_record(home: Path, news: Mapping[str, Any]) -> None:
    """Put news over what is known; None takes a line away."""
    known = {**read_record(home), **news}
    content = json.dumps({name: value for name, value in known.items() if value is not None}, indent=1)
    write_durably(home / FILE, content.encode(), mode=0o644)
