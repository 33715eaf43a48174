"""Apps that leaders and teachers make themselves: looked over, put into the gallery, taken out of it.

``<own_apps>/t<author's id>-<name>/`` has the notebook and its tables of data; a preview is ``p<id>-<name>`` and opens
for its author alone. Who may open an app is asked here each time: an author who left takes their apps with them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from sandyq.school.tables import Person
from sandyq.settings import Settings
from sandyq_portal.catalogue import CentreApp, read_app
from sandyq_portal.identity import Visitor
from sandyq_portal.publishing import (
    HEADING,
    PANEL,
    Trouble,
    check_syntax,
    choose_name,
    find_title,
    is_too_large,
    name_notebook,
    write_for_rooms,
)
from sandyq_widgets.notebook import PER_VISITOR, PlainCell, find_app_tables, write_notebook

PUBLISHED, PREVIEW = "t", "p"
AUTHORS: Final = ("teacher", "leader", "administrator")
"""Who makes apps."""
_SLUG: Final = re.compile(rf"([{PUBLISHED}{PREVIEW}])(\d{{1,9}})-[a-z0-9-]{{1,40}}")
_OF_THE_SCHOOL: Final = re.compile(
    r"sandyq_apps\s*\.\s*own\b|from\s+sandyq_apps\s+import\s*\(?[\w\s,]*\bown\b"
)
"""A notebook that imports this reads the school's data: from there on its cells are run for each visitor anew."""
NOTES: Final = "author"
"""The tag of cells that are for the author only."""
SUMMARY_LETTERS: Final = 200


@dataclass(frozen=True)
class AppDraft:
    """A notebook on its way to the gallery."""

    name: str
    """The notebook file's name without its ending: published again, it takes the place of what was there."""
    cells: tuple[PlainCell, ...]
    roles: tuple[str, ...]
    """Who may open it; nobody: only its author, who looks at it first."""
    files: dict[str, str]
    """Tables of data beside it, by name."""


@dataclass(frozen=True)
class OwnApp:
    app: CentreApp
    author: Person

    @property
    def is_preview(self) -> bool:
        return self.app.name.startswith(PREVIEW)


def check_app(draft: AppDraft, gettext: Callable[[str], str]) -> tuple[str, list[Trouble]]:
    """Return the title, and everything that keeps the notebook from being an app."""
    troubles = [
        Trouble(number, trouble)
        for number, cell in enumerate(draft.cells, start=1)
        if cell.is_code and (trouble := check_syntax(cell.source, gettext))
    ]
    for number, cell in enumerate(draft.cells, start=1):
        for name in sorted(find_app_tables(cell.source) - draft.files.keys()) if cell.is_code else ():
            message = gettext("There is no file “{name}” beside the notebook. Put it there or mend the name.")
            troubles.append(Trouble(number, message.format(name=name)))
    title = next(filter(None, map(find_title, draft.cells)), "")
    if not title:
        troubles.append(
            Trouble(0, gettext("The app has no title. Write it in a text cell, after # and a space."))
        )
    if not any(_is_shown(cell) and cell.is_code for cell in draft.cells):
        troubles.append(Trouble(0, gettext("The app shows nothing yet. Add a cell with code.")))
    if is_too_large(draft.cells):
        troubles.append(Trouble(0, gettext("The notebook is too large for one app. Divide it into two.")))
    return title, troubles


def publish_app(settings: Settings, author: Visitor, draft: AppDraft, title: str) -> str:
    """Write the app durably and return its name; for nobody's roles it is its author's preview."""
    letter = PUBLISHED if draft.roles else PREVIEW
    known = settings.own_apps.glob(f"{letter}{author.id}-*/*.ipynb")
    name = choose_name(name_notebook(author, draft.name, letter, "app"), draft.name, known)
    front = {
        "title": {author.language: title[:200]},
        "summary": {author.language: _find_summary(draft.cells)},
        "icon": "file-code-2",
        "roles": sorted(draft.roles),
        "file": draft.name,
    }
    notebook = write_notebook(list(_mark_visitors_cells(draft.cells)), front)
    folder = settings.own_apps / name
    for file, text in draft.files.items():
        write_for_rooms(folder / file, text, 0o644)
    write_for_rooms(folder / f"{name}.ipynb", json.dumps(notebook, ensure_ascii=False, indent=1), 0o640)
    for path in folder.glob("*.csv"):  # last: until now the app that was there needed them
        if path.name not in draft.files:
            path.unlink()
    return name


def _is_shown(cell: PlainCell) -> bool:
    return not cell.source.strip().startswith(PANEL) and NOTES not in cell.tags


def _mark_visitors_cells(cells: Iterable[PlainCell]) -> Iterable[PlainCell]:
    """What reads the school's data is run for each visitor, for data change; the rest once for all."""
    reads = False
    for cell in filter(_is_shown, cells):
        reads = reads or (cell.is_code and _OF_THE_SCHOOL.search(cell.source) is not None)
        tags = tuple(tag for tag in cell.tags if tag != PER_VISITOR)
        yield replace(cell, tags=(*tags, PER_VISITOR) if reads and cell.is_code else tags)


def _find_summary(cells: Iterable[PlainCell]) -> str:
    """Return the first words below the title."""
    text = next((HEADING.split(cell.source)[-1] for cell in cells if find_title(cell)), "")
    return " ".join(text.strip().partition("\n\n")[0].split())[:SUMMARY_LETTERS]


def find_own_app(settings: Settings, session: Session, visitor: Visitor, name: str) -> OwnApp | None:
    """Return the app of this name if the visitor may open it."""
    found = _read(settings, session, name)
    if found is None or found.author.school_id != visitor.school_id:
        return None
    may_open = found.author.id == visitor.id or (not found.is_preview and found.app.roles & visitor.roles)
    return found if may_open else None


def list_own_apps(settings: Settings, session: Session, visitor: Visitor) -> list[OwnApp]:
    """Return what was made at the visitor's school and is for them, their own first."""
    names = sorted(path.name for path in settings.own_apps.glob(f"{PUBLISHED}*-*"))
    found = [app for name in names if (app := find_own_app(settings, session, visitor, name))]
    return sorted(found, key=lambda each: each.author.id != visitor.id)


def may_take_out(visitor: Visitor, found: OwnApp) -> bool:
    return found.author.id == visitor.id or "administrator" in visitor.roles


def take_out(settings: Settings, name: str) -> None:
    """Remove an app from the gallery; its author has the notebook still."""
    shutil.rmtree(settings.own_apps / name)


def _read(settings: Settings, session: Session, name: str) -> OwnApp | None:
    said = _SLUG.fullmatch(name)
    path: Path = settings.own_apps / name / f"{name}.ipynb"
    app = read_app(path) if said and path.is_file() else None
    author = session.get(Person, int(said[2])) if said else None
    is_here = author is not None and author.left_at is None and author.role_names & set(AUTHORS)
    return OwnApp(app, author) if app and author and is_here else None
