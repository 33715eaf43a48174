"""The notebook that rooms show: a lesson's cells between the set-up and what is each visitor's own. Pure data."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.markdown import to_plain
from sandyq_widgets.parsing import find_question

QUESTION_LETTERS: Final = 120
"""A question's text in lists and tables is cut after so many."""
_EXPLORE: Final = re.compile(r"%explore\s+(\S.*)")
_PICTURE: Final = re.compile(
    r"""!\[[^\]]*\]\(\s*(<[^<>\n]+>|(?:[^()\s]|\([^()\s]*\))+)|<img\b[^<>]*?\bsrc=["']([^"'<>]+)"""
)
_TABLE: Final = re.compile(r"""["']([\w.-]+\.csv)["']""")
SETUP, PER_VISITOR, TEACHERS = "setup", "per-visitor", "teachers"
"""Tags of cells: run before all others; run in each visitor's kernel; shown to teachers only."""


@dataclass(frozen=True)
class PlainCell:
    """A cell of a lesson as its author wrote it."""

    id: str
    source: str
    is_code: bool
    tags: tuple[str, ...] = ()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    """Pictures of a text, as notebooks keep them: ``{name: {type: base64}}``."""


def frame(slug: str, language: str, cells: Sequence[PlainCell], *, young: bool = False) -> list[PlainCell]:
    """Put the set-up before a lesson's cells, and behind them the visitor's kept answers."""
    size = " young" if young else ""
    setup = f"%load_ext sandyq_widgets\n%lesson {slug} {language}{size}"
    restore = "import sandyq_widgets\n\nsandyq_widgets.restore()"
    return [
        PlainCell("setup", setup, is_code=True, tags=(SETUP,)),
        *cells,
        PlainCell("per-visitor", restore, is_code=True, tags=(PER_VISITOR,)),
    ]


def write_notebook(cells: Sequence[PlainCell], front: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook (nbformat 4.5) without outputs; ``front`` is its ``sandyq`` metadata."""
    return {
        "cells": [_write_cell(cell) for cell in cells],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "sandyq": front,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _write_cell(cell: PlainCell) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": "code" if cell.is_code else "markdown",
        "id": cell.id,
        "metadata": {"tags": list(cell.tags)} if cell.tags else {},
        "source": cell.source,
    }
    if cell.attachments:
        made["attachments"] = cell.attachments
    return made | ({"execution_count": None, "outputs": []} if cell.is_code else {})


def make_pupils_notebook(lesson: dict[str, Any]) -> dict[str, Any]:
    """Return what a pupil gets of a lesson to work on in their own notebook: its code, questions without their keys."""
    front = lesson["metadata"]["sandyq"]
    cells = [
        _hide_key(cell, front["slug"], front["language"])
        for cell in lesson["cells"]
        if not {SETUP, PER_VISITOR, TEACHERS} & set(cell["metadata"].get("tags", ()))
    ]
    return lesson | {"cells": cells, "metadata": plain_metadata(lesson)}


def _hide_key(cell: dict[str, Any], slug: str, language: str) -> dict[str, Any]:
    if cell["cell_type"] != "code":
        return cell
    asks = find_question("".join(cell["source"]))
    source = f"%ask {slug} {language} {cell['id']}" if asks else cell["source"]
    return cell | {"source": source, "outputs": [], "execution_count": None}


def plain_metadata(lesson: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook's metadata without what Sandyq keeps there, such as the keys."""
    return {name: lesson["metadata"][name] for name in ("kernelspec", "language_info")}


def find_tables(source: str) -> list[tuple[int, str]]:
    """Return the files that a code cell shows with ``%explore``, each with its line (from 0)."""
    found = ((n, _EXPLORE.fullmatch(line.strip())) for n, line in enumerate(source.split("\n")))
    return [(n, _first_word(line[1])) for n, line in found if line]


def find_pictures(source: str) -> list[str]:
    """Return the addresses of the pictures that a text shows: ``attachment:ram.png``, ``ram%201.png``."""
    return [(found[1] or found[2]).strip("<>") for found in _PICTURE.finditer(source)]


def move_pictures(source: str, moved: Mapping[str, str]) -> str:
    """Give pictures of a text other addresses: ``{old: new}``, as :func:`find_pictures` returns the old ones."""

    def move(found: re.Match[str]) -> str:
        written = found[1] or found[2]
        address = written.strip("<>")
        return found[0].removesuffix(written) + moved[address] if address in moved else found[0]

    return _PICTURE.sub(move, source)


def embed_pictures(cell: PlainCell) -> PlainCell:
    """Put pictures that HTML shows (``<img src=…>``) into it: nbconvert finds those of Markdown only."""
    shown = {found[2] for found in _PICTURE.finditer(cell.source) if found[2]}
    moved = {
        address: f"data:{kind};base64,{content}"
        for address in shown
        for kind, content in cell.attachments.get(address.removeprefix("attachment:"), {}).items()
    }
    return replace(cell, source=move_pictures(cell.source, moved)) if moved else cell


def find_app_tables(source: str) -> set[str]:
    """Return the names of tables that stand in the code of a cell."""
    return set(_TABLE.findall(source))


def _first_word(line: str) -> str:
    try:
        return shlex.split(line)[0]
    except ValueError:  # a quotation mark that is not closed
        return line.split(maxsplit=1)[0]


def describe_question(spec: Spec) -> dict[str, Any]:
    """What the portal knows of a question; all but its text and points for teachers' eyes only."""
    more = {
        "stem": spec.text,
        "answer": spec.tell_key(),
        "hint": spec.hint,
        "reason": spec.reason,
        "rubric": spec.rubric,
    }
    return {
        "id": spec.id,
        "kind": spec.kind,
        "points": spec.points,
        "text": _shorten(to_plain(spec.text)),
        **{key: text for key, text in more.items() if text},
    }


def _shorten(text: str) -> str:
    return text if len(text) <= QUESTION_LETTERS else text[: QUESTION_LETTERS - 1].rstrip() + "…"
