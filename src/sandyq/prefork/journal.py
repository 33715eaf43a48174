"""What the next root must know if this one is killed: a note about each living process, which only root may read."""

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


class Journal:
    """A folder with a file for each process, named by its number and its birth time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)

    def note(self, child: Child) -> None:
        """Write down what holds until its end; its environment and its arguments are its own."""
        launch = child.launch and write_wish(replace(child.launch, argv=[], env={}, payload="", files=[]))
        note = {"pid": child.pid, "started": child.started, "launch": launch, "owner": child.owner}
        fresh = self.folder / FRESH
        fresh.write_text(json.dumps(note | {"place": vars(child.place)}))
        fresh.rename(self._file_of(child))  # an older note stands until this one does

    def strike(self, child: Child) -> None:
        self._file_of(child).unlink(missing_ok=True)

    def _file_of(self, child: Child) -> Path:
        return self.folder / f"{child.pid}-{child.started}"

    def read(self) -> Iterator[Child]:
        """The processes that an earlier root left, whether they still live or not."""
        for path in self.folder.iterdir():
            if path.name == FRESH:
                continue
            try:
                yield _read(json.loads(path.read_text()))
            except (ValueError, LookupError, TypeError):  # it is none
                path.unlink()


def _read(note: dict[str, Any]) -> Child:
    wish = read_wish(note["launch"]) if note["launch"] else None
    child = Child(0, wish if isinstance(wish, Launch) else None, Place(**note["place"]), None, None)
    child.pid, child.started, child.owner = note["pid"], note["started"], tuple(note["owner"])
    return child
