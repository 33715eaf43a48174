"""The buttons of whoever writes a lesson or an app: look it over, publish it. They work on the notebook's file."""

from __future__ import annotations

import base64
import json
import mimetypes
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import anywidget
import traitlets

from sandyq_widgets import labels
from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.errors import N_, NO_ANSWER, NO_TABLE, NOT_TAKEN, ToolError
from sandyq_widgets.notebook import find_app_tables, find_pictures, find_tables, move_pictures
from sandyq_widgets.portal import PersonPortal, PortalError


class Panel(anywidget.AnyWidget):
    """Buttons at the top of an author's notebook."""

    kind: ClassVar[str]
    labels = traitlets.Dict().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    """What came of the latest press: ``{turn, title, troubles, address, problem}`` and what a kind adds."""

    def __init__(self) -> None:
        self._turn = 0
        super().__init__(labels=labels.make_labels(self.kind))
        self.portal = PersonPortal.find()
        if self.portal is None:
            self._tell(problem=labels.current_gettext()(NO_PORTAL))
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _receive(self, _widget: object, wish: dict[str, Any], _buffers: object) -> None:
        gettext = labels.current_gettext()
        if self.portal is None:
            self._tell(problem=gettext(NO_PORTAL))
            return
        if lack := self._find_lack(wish):
            self._tell(problem=gettext(lack))
            return
        try:
            notebook = find_notebook()
            cells = read_cells(notebook)
            tables = {name for cell in cells if cell["is_code"] for name in self._find_tables(cell["source"])}
            sent = {"name": notebook.stem, "cells": cells, "files": read_files(notebook.parent, tables)}
            self._tell(**self._hand_over(self.portal, sent, wish))
        except PortalError as error:
            self._tell(problem=gettext(NOT_TAKEN if error.final else NO_ANSWER))
        except ToolError as error:
            self._tell(problem=str(error))
        except (OSError, ValueError):
            self._tell(problem=gettext(NO_FILE))

    def _find_lack(self, _wish: dict[str, Any]) -> str:
        """Return what keeps a wish from being one (English); empty when nothing does."""
        return ""

    def _find_tables(self, _source: str) -> Iterable[str]:
        """Return the names of the tables that a cell shows."""
        raise NotImplementedError

    def _hand_over(
        self, _portal: PersonPortal, _sent: dict[str, Any], _wish: dict[str, Any]
    ) -> dict[str, Any]:
        raise NotImplementedError

    def _tell(self, **told: Any) -> None:
        self._turn += 1
        self.told = {"turn": self._turn, **told}


class Author(Panel):
    """For a teacher's lesson."""

    _esm, _css = read_module("author"), read_style("author")
    kind = "author"
    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    """``[{id, name, minutes}]`` of the teacher's classes; minutes: their limit at a screen, if there is one."""

    def __init__(self) -> None:
        super().__init__()
        if self.portal is None:
            return
        try:
            self.classes = self.portal.list_classes()
        except PortalError as error:
            self._tell(problem=labels.current_gettext()(NOT_TAKEN if error.final else NO_ANSWER))

    def _find_lack(self, wish: dict[str, Any]) -> str:
        return NO_CLASS if wish.get("type") == "publish" and not wish.get("class") else ""

    def _find_tables(self, source: str) -> Iterable[str]:
        return (name for _, name in find_tables(source))

    def _hand_over(self, portal: PersonPortal, sent: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
        if minutes := wish.get("minutes"):
            sent["minutes"] = minutes
        sent |= {"class_id": wish.get("class"), "due": wish.get("due") or None}
        if wish.get("type") != "publish":
            return portal.send_lesson(sent | {"look": True})
        names = list_names(Path.home())  # only then does it matter whose place the lesson takes
        return portal.send_lesson(sent | {"look": False, "mark": read_mark(find_notebook()), "names": names})


class AppAuthor(Panel):
    """For an app that a leader or a teacher makes."""

    _esm, _css = read_module("app_author"), read_style("app_author")
    kind = "app_author"

    def _find_lack(self, wish: dict[str, Any]) -> str:
        return NO_ROLES if wish.get("type") == "publish" and not wish.get("roles") else ""

    def _find_tables(self, source: str) -> Iterable[str]:
        return find_app_tables(source)

    def _hand_over(self, portal: PersonPortal, sent: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
        return portal.send_app(sent | {"roles": wish["roles"] if wish.get("type") == "publish" else []})


MOST_NAMES: Final = 2000
COMMON_MARK: Final = "author"
"""Of all notebooks that were begun before each had its own."""
KINDS_OF_PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
LONGEST_NAME: Final = 90

NO_PORTAL = N_("Publishing works in the notebooks of your school's server. Open this one from the home page.")
NO_CLASS = N_("A lesson is published to a class, and you have none yet. The administrator adds them.")
NO_ROLES = N_("Choose who may open the app.")
NO_FILE = N_("The notebook cannot be read. Save it (Ctrl+S) and press again.")


def find_notebook() -> Path:
    """Return the file of the notebook that this kernel belongs to; OSError when it has none."""
    path = Path(_read_session() or os.environ.get("JPY_SESSION_NAME", ""))
    if path.suffix != ".ipynb" or not path.is_file():
        raise FileNotFoundError(path)
    return path


def _read_session() -> str:
    """Return the path that Jupyter noted in the kernel's connection file: it is true after a renaming, too."""
    from ipykernel.connect import get_connection_file

    with suppress(RuntimeError, OSError, ValueError):  # no kernel, or one of an older server
        return str(json.loads(Path(get_connection_file()).read_text("utf-8")).get("jupyter_session", ""))
    return ""


def read_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook as they were saved: ``{source, is_code, tags}``; empty ones are left out."""
    cells = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        if source.strip() and cell["cell_type"] in {"code", "markdown"}:
            tags = [str(tag) for tag in cell.get("metadata", {}).get("tags", [])]
            made = {"source": source, "is_code": cell["cell_type"] == "code", "tags": tags}
            cells.append(made if made["is_code"] else made | read_pictures(path.parent, source, cell))
    return cells


def read_mark(path: Path) -> str:
    """Return the id of the cell with the buttons, which a renamed notebook keeps; empty when it tells nothing."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    ids = (str(cell.get("id", "")) for cell in cells if "".join(cell["source"]).strip().startswith("%author"))
    mark = next(ids, "")
    return mark if re.fullmatch(r"[\w-]{1,64}", mark) and mark != COMMON_MARK else ""


def list_names(home: Path) -> list[str]:
    """Return the names of the author's notebooks: which of them are there still."""
    return [path.stem[:200] for path in islice(home.rglob("*.ipynb"), MOST_NAMES)]


def read_pictures(folder: Path, source: str, cell: dict[str, Any]) -> dict[str, Any]:
    """Return a text and its pictures; those beside the notebook become attachments, for rooms serve no folder."""
    pasted = cell.get("attachments", {})
    kept: dict[str, dict[str, str]] = {}
    moved: dict[str, str] = {}
    for address in dict.fromkeys(find_pictures(source)):
        name = unquote(address.removeprefix("attachment:")).removeprefix("./")
        if address.startswith("attachment:"):
            forms = {
                kind: "".join(str(content).split())
                for kind, content in pasted.get(name, {}).items()
                if kind in KINDS_OF_PICTURES
            }
        else:
            forms = _read_picture(folder, name)
        if forms:
            plain = next((known for known, before in kept.items() if before == forms), None)
            plain = plain or _name_plainly(name, kept)
            kept[plain] = forms
            moved[address] = f"attachment:{plain}"
    return {"source": move_pictures(source, moved), "attachments": kept} if kept else {}


def _read_picture(folder: Path, name: str) -> dict[str, str]:
    """Return a picture beside the notebook in base64 by its type; empty when there is none."""
    kind = mimetypes.guess_type(name)[0]
    if kind not in KINDS_OF_PICTURES or "/" in name or not (folder / name).is_file():
        return {}
    return {str(kind): base64.b64encode((folder / name).read_bytes()).decode()}


def _name_plainly(name: str, taken: Iterable[str]) -> str:
    """Return a name that stands in an address as it is: nbconvert finds no picture by another one."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", name)[-LONGEST_NAME:]
    return plain if plain not in taken else f"{len(list(taken))}-{plain}"


def read_files(folder: Path, tables: Iterable[str]) -> dict[str, str]:
    """Return those of the tables that stand beside the notebook, by name; ToolError for what is no UTF-8."""
    names = [name for name in sorted(tables) if re.fullmatch(r"[\w.-]+", name) and (folder / name).is_file()]
    return {name: _read_table(folder / name) for name in names}


def _read_table(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ToolError(labels.current_gettext()(NO_TABLE).format(name=path.name)) from error
