"""The buttons of a teacher who writes a lesson: look it over, publish it. They work on the notebook's file."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from sandyq_widgets import labels
from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.errors import N_, NO_ANSWER, NOT_TAKEN
from sandyq_widgets.notebook import find_tables
from sandyq_widgets.portal import PersonPortal, PortalError


class Author(anywidget.AnyWidget):
    """A panel at the top of a teacher's notebook."""

    _esm, _css = read_module("author"), read_style("author")
    labels = traitlets.Dict().tag(sync=True)
    classes = traitlets.List(traitlets.Dict()).tag(sync=True)
    """``[{id, name}]`` of the teacher's classes."""
    told = traitlets.Dict().tag(sync=True)
    """What came of the latest press: ``{turn, title, questions, points, troubles, class, address, problem}``."""

    def __init__(self) -> None:
        self._turn = 0
        super().__init__(labels=labels.make_labels("author"))
        self.portal = PersonPortal.find()
        self._load_classes()
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        return "Author()"

    def _load_classes(self) -> None:
        if self.portal is None:
            self._tell(problem=labels.current_gettext()(NO_PORTAL))
            return
        try:
            self.classes = self.portal.list_classes()
        except PortalError as error:
            self._tell(problem=labels.current_gettext()(NOT_TAKEN if error.final else NO_ANSWER))

    def _receive(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        gettext = labels.current_gettext()
        if self.portal is None:
            self._tell(problem=gettext(NO_PORTAL))
            return
        if content.get("type") == "publish" and not content.get("class"):
            self._tell(problem=gettext(NO_CLASS))
            return
        try:
            notebook = find_notebook()
            cells = read_cells(notebook)
            lesson: dict[str, Any] = {"name": notebook.stem, "cells": cells}
            lesson["files"] = read_files(notebook.parent, cells)
            if minutes := content.get("minutes"):
                lesson["minutes"] = minutes
            if content.get("type") == "publish":
                lesson |= {"class_id": content.get("class"), "due": content.get("due") or None}
            self._tell(**self.portal.send_lesson(lesson))
        except PortalError as error:
            self._tell(problem=gettext(NOT_TAKEN if error.final else NO_ANSWER))
        except (OSError, ValueError):
            self._tell(problem=gettext(NO_FILE))

    def _tell(self, **told: Any) -> None:
        self._turn += 1
        self.told = {"turn": self._turn, **told}


NO_PORTAL = N_("Publishing works in the notebooks of your school's server. Open this one from the home page.")
NO_CLASS = N_("A lesson is published to a class, and you have none yet. The administrator adds them.")
NO_FILE = N_("The notebook cannot be read. Save it (Ctrl+S) and press again.")


def find_notebook() -> Path:
    """Return the file of the notebook that this kernel belongs to; OSError when it has none."""
    path = Path(os.environ.get("JPY_SESSION_NAME", ""))
    if path.suffix != ".ipynb" or not path.is_file():
        raise FileNotFoundError(path)
    return path


def read_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook as they were saved: ``{source, is_code, tags}``; empty ones are left out."""
    cells = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        if source.strip() and cell["cell_type"] in {"code", "markdown"}:
            tags = [str(tag) for tag in cell.get("metadata", {}).get("tags", [])]
            cells.append({"source": source, "is_code": cell["cell_type"] == "code", "tags": tags})
    return cells


def read_files(folder: Path, cells: list[dict[str, Any]]) -> dict[str, str]:
    """Return the tables of data that the cells show and that stand beside the notebook, by name."""
    shown = {name for cell in cells if cell["is_code"] for _, name in find_tables(cell["source"])}
    names = [name for name in sorted(shown) if re.fullmatch(r"[\w.-]+", name) and (folder / name).is_file()]
    return {name: (folder / name).read_text("utf-8-sig") for name in names}
