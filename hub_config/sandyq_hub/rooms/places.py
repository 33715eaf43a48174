"""What can be opened: built lessons by language and slug, apps by name. Nothing else has an address."""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat

from sandyq.i18n import LANGUAGES

NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
PUBLISHED = re.compile(r"t(\d{1,9})-")
OWN_APP = re.compile(r"[tp](\d{1,9})-")
PUPILS = "pupils"
READERS_OF_TEACHERS_CELLS = frozenset({"teacher", "administrator", "coach", "district"})
APP_ROLES = ("leader", "administrator")
"""Who opens an app whose notebook does not say."""


@dataclass(frozen=True)
class Room:
    """One lesson in one language, or one app."""

    kind: str
    """``lesson`` or ``app``."""
    name: str
    path: Path
    language: str
    """Of the lesson; for an app, of the person."""
    languages: tuple[str, ...] = ()
    """In which the lesson exists."""
    author: int = 0
    """Id of whose own lesson or app it is; 0: it is one of ours."""
    login: str = ""
    """The author's, of an app."""


def find_lesson(folder: Path, language: str, slug: str) -> Room | None:
    """Return the built lesson ``<folder>/<language>/<slug>.ipynb``, or None."""
    if language not in LANGUAGES or not (path := _find(folder / language, slug)):
        return None
    others = tuple(code for code in LANGUAGES if _find(folder / code, slug))
    return Room("lesson", slug, path, language, others)


def find_published(folder: Path, language: str, slug: str) -> Room | None:
    """Return a lesson that a teacher has published, ``<folder>/<language>/t<teacher's id>-<name>.ipynb``, or None.

    The name says whose it is: the portal gives it, so nobody publishes under another's.
    """
    found, owner = find_lesson(folder, language, slug), PUBLISHED.match(slug)
    return replace(found, author=int(owner[1])) if found and owner else None


def find_app(folder: Path, name: str, language: str) -> Room | None:
    """Return the app ``<folder>/<name>.ipynb``, or None."""
    path = _find(folder, name)
    return Room("app", name, path, language) if path else None


def find_own_app(folder: Path, name: str, language: str) -> Room | None:
    """Return an app that somebody made, ``<folder>/<name>/<name>.ipynb``, or None; the name says whose it is."""
    owner = OWN_APP.match(name)
    room = find_app(folder / name, name, language) if owner else None
    return replace(room, author=int(owner[1])) if room and owner else None


def _find(folder: Path, name: str) -> Path | None:
    path = folder / f"{name}.ipynb"
    inside = NAME.fullmatch(name) and path.is_file() and path.resolve().parent == folder.resolve()
    return path if inside else None


def read_room(room: Room, for_teachers: bool) -> nbformat.NotebookNode:
    """Read a room's notebook; cells tagged ``teachers`` are left out for all but teachers and administrators."""
    notebook: nbformat.NotebookNode = nbformat.read(room.path, as_version=4)
    if not for_teachers:
        notebook.cells = [cell for cell in notebook.cells if "teachers" not in cell.metadata.get("tags", [])]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def read_track(path: Path) -> str:
    """Return for whom a lesson is, as its metadata say: pupils, teachers, leaders or adults."""
    return str(_read_about(path).get("track", PUPILS))


def read_roles(path: Path) -> frozenset[str]:
    """Return the groups whose people may open an app, as its metadata say."""
    return frozenset(map(str, _read_about(path).get("roles", APP_ROLES)))


def _read_about(path: Path) -> dict[str, Any]:
    stat = path.stat()
    return _read_metadata(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=500)
def _read_metadata(path: Path, *_stamp: int) -> dict[str, Any]:
    about = json.loads(path.read_text("utf-8")).get("metadata", {}).get("sandyq", {})
    return about if isinstance(about, dict) else {}


def read_title(notebook: nbformat.NotebookNode, room: Room) -> str:
    """The title in the notebook's own metadata (a text, or one by language), else the room's name."""
    title = notebook.metadata.get("sandyq", {}).get("title") or notebook.metadata.get("title") or room.name
    if isinstance(title, dict):
        title = title.get(room.language) or next(iter(title.values()), room.name)
    return str(title)
