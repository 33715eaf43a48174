"""What the next root must know if this one is killed: a note about each process, which only root may read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandyq.prefork.places import Place
from sandyq.prefork.records import Child
from sandyq.prefork.wishes import Launch, read_wish, write_wish

FRESH = "fresh"
"""A note that is being written."""
UNBORN = "0"
"""In the place of the process number of one that is not forked yet; its own number here stands behind."""


class Journal:
    """A folder with a file for each process, named by its number and its birth time once it has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)

    def note(self, child: Child) -> None:
        """Write down what holds until its end; its environment and its arguments are its own."""
        launch = child.launch and write_wish(replace(child.launch, argv=[], env={}, payload="", files=[]))
        note = {"launch": launch, "owner": child.owner, "place": vars(child.place)}
        fresh = self.folder / FRESH
        fresh.write_text(json.dumps(note))
        fresh.rename(self._file_of(child))  # an older note stands until this one does

    def note_birth(self, child: Child) -> None:
        """One that was noted before has been forked."""
        try:
            (self.folder / f"{UNBORN}-{child.number}").rename(self._file_of(child))
        except FileNotFoundError:  # the disk was full then
            self.note(child)

    def strike(self, child: Child) -> None:
        self._file_of(child).unlink(missing_ok=True)

    def _file_of(self, child: Child) -> Path:
        return self.folder / (f"{child.pid}-{child.started}" if child.pid else f"{UNBORN}-{child.number}")

    def read(self) -> Iterator[Child]:
        """The processes that an earlier root left, whether they still live or not, or never came to be."""
        for path in self.folder.iterdir():
            if path.name == FRESH:
                continue
            try:
                yield _read(path.name, json.loads(path.read_text()))
            except (ValueError, LookupError, TypeError):  # it is none
                path.unlink()


def _read(name: str, note: dict[str, Any]) -> Child:
    pid, rest = map(int, name.split("-"))
    wish = read_wish(note["launch"]) if note["launch"] else None
    child = Child(0, wish if isinstance(wish, Launch) else None, Place(**note["place"]), None, None)
    child.owner = tuple(note["owner"])
    if pid:
        child.pid, child.started = pid, rest
    else:
        child.number = rest
    return child
