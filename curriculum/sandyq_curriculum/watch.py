"""``./sandyq build --watch``: build what its author just saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

PAUSE: Final = 1.0
"""Seconds between two looks."""
State = frozenset[tuple[str, int, int]]


def watch_folders(
    find: Callable[[], dict[str, Path]], build: Callable[[str], object], out: TextIO, pause: float = PAUSE
) -> None:
    """Build each lesson of ``find`` (folders by slug), again whenever its folder changes, until Ctrl-C.

    What goes wrong is printed, and the next save is waited for.
    """
    seen: dict[str, State] = {}
    said = ""
    while True:
        try:
            folders = find()
            said = ""
        except (OSError, ValueError) as error:  # the catalogue is being written
            folders = {}
            said = _tell_once(error, said, out)
        for slug, folder in folders.items():
            state = look_at(folder)
            if seen.get(slug) != state:
                seen[slug] = state  # before it is built: what is saved meanwhile is another change
                try:
                    build(slug)
                except (OSError, ValueError) as error:
                    print(error, file=out)
        out.flush()
        time.sleep(pause)


def _tell_once(error: Exception, said: str, out: TextIO) -> str:
    if str(error) != said:
        print(error, file=out)
    return str(error)


def look_at(folder: Path) -> State:
    """Return name, time (ns) and size of everything in a folder."""
    found = []
    for path in folder.rglob("*"):
        try:
            stat = path.stat()
        except OSError:  # gone while we looked: editors save by renaming
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)
