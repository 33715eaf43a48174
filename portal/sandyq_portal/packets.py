"""Assignments as folders of notebooks: those that Sandyq brings, and what courses have taken of them.

The form of a packet: ``docs/assignments.md``.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sandyq.durable import make_folder, write_durably
from sandyq.school.tables import Assignment
from sandyq.settings import Settings

log = logging.getLogger(__name__)
ABOUT: Final = "assignment.json"
PARTS: Final = ("source", "release")
EPOCH: Final = (2026, 1, 1, 0, 0, 0)
"""The time of all files in a zip: the same files are the same bytes."""


@dataclass(frozen=True)
class Packet:
    """One assignment in one language."""

    folder: Path
    about: dict[str, Any]

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.about['course']}/{self.about['name']}/{self.about['language']}"

    def read(self, part: str) -> dict[str, bytes]:
        """Return the files of ``source`` or ``release`` by name."""
        top = self.folder / part
        files = sorted(path for path in top.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(top).as_posix(): path.read_bytes() for path in files}


def list_packets(settings: Settings) -> list[Packet]:
    """Return all that Sandyq brings, by course, name and language; what cannot be read is left out and logged."""
    found = (_read(path, path.stat().st_mtime_ns) for path in sorted(settings.packets.glob(f"*/*/*/{ABOUT}")))
    return [packet for packet in found if packet]


def find_packet(settings: Settings, key: str) -> Packet | None:
    return next((packet for packet in list_packets(settings) if packet.key == key), None)


def packet_of(settings: Settings, assignment: Assignment) -> Packet:
    """Return the packet as the course has it."""
    folder = settings.assignments / str(assignment.id) / f"v{assignment.version}"
    return Packet(folder, assignment.about)


def keep_packet(settings: Settings, assignment: Assignment, packet: Packet) -> None:
    """Copy a packet to where the course's assignment has its files, durably; again changes nothing."""
    folder = packet_of(settings, assignment).folder
    for part in PARTS:
        for name, content in packet.read(part).items():
            path = folder / part / name
            make_folder(path.parent, 0o700)
            write_durably(path, content)
    write_durably(folder / ABOUT, json.dumps(packet.about, ensure_ascii=False, indent=1).encode())


def pack(files: dict[str, bytes]) -> bytes:
    """Return a zip of files by name; the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


@lru_cache(maxsize=500)
def _read(path: Path, _stamp: int) -> Packet | None:
    try:
        about = json.loads(path.read_text("utf-8"))
        return Packet(path.parent, about) if about["notebooks"] and about["title"] else None
    except (OSError, ValueError, LookupError, TypeError) as problem:
        log.error("%s cannot be read and is left out; build it again: %s", path, problem)
        return None
