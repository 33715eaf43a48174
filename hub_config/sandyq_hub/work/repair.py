"""A pupil's notebook that lost, doubled or changed cells of its assignment, made whole again from the release.

What pupils write is never touched: only cells that are the teacher's come back, and the places for answers. So do
texts that nothing locks, for they say what there is to do: where they are gone or were turned to code.
"""

from __future__ import annotations

import codecs
import json
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Final
from zoneinfo import ZoneInfo

from nbgrader.utils import is_locked

from sandyq.work import OLD, RELEASE, Assignment, put

Notebook = dict[str, Any]
Cell = dict[str, Any]
KEPT: Final = ("nbgrader", "deletable", "editable")
"""Of a cell's metadata: what makes it a cell of the assignment."""
MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""With which Windows' editors begin a text; Jupyter reads none that has one."""
ZONE: Final = ZoneInfo("Asia/Almaty")
"""The school's, whatever the machine's is: receipts and due dates beside the copies are in it."""
UNREADABLE: Final = "*"
"""Instead of a cell's id: the whole notebook."""


def repair_file(path: Path) -> list[str]:
    """Make the notebook of an assignment whole; return the ids of the cells that came back.

    What was there before is kept in ``old/``. A file that is no notebook any more is begun anew: ``[UNREADABLE]``. One
    that another program wrote in its own encoding is written in Jupyter's.
    """
    assignment = Assignment.open(path.parent)
    if assignment is None or path.name not in assignment.notebooks:
        return []
    try:
        released = json.loads((path.parent / RELEASE / path.name).read_bytes())
        content = path.read_bytes()
    except (OSError, ValueError):
        return []
    try:
        whole, repaired = repair(released, json.loads(content))
        _check_readable(whole)
    except Exception:  # whatever readers stumble over
        whole, repaired = released, [UNREADABLE]
    if repaired or content.startswith(MARKS):
        put_aside(path)
        put(path, json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n")
    if repaired:
        with assignment.changing() as notes:
            told = notes.setdefault("repaired", {}).setdefault(path.name, [])
            told += [name for name in repaired if name not in told]
    return repaired


def _check_readable(notebook: Notebook) -> None:
    """Raise what Jupyter would when it opened the notebook."""
    import nbformat

    nbformat.convert(nbformat.reader.reads(json.dumps(notebook)), 4)


def put_aside(path: Path) -> Path:
    """Copy a notebook to ``old/<name>.<date-time>.ipynb``; return the copy."""
    now = datetime.now(ZONE)
    copy = path.parent / OLD / f"{path.stem}.{now:%Y-%m-%d-%H-%M-%S-%f}.ipynb"
    put(copy, path.read_bytes())
    return copy


def find_original(assignment: Assignment, copy: Path) -> Path | None:
    """Return of which notebook of an assignment another one holds most cells; None when it holds none."""
    try:
        held = {read_name(cell) for cell in json.loads(copy.read_bytes())["cells"]} - {""}
        shared = {
            name: len(
                held
                & set(map(read_name, json.loads((assignment.path / RELEASE / name).read_bytes())["cells"]))
            )
            for name in assignment.notebooks
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    name = max(shared, key=lambda each: shared[each], default="")
    return assignment.path / name if name and shared[name] else None


def repair(released: Notebook, own: Notebook) -> tuple[Notebook, list[str]]:
    """Return the notebook with all cells of the release as they should be, in its order, and which were not."""
    models = {name: cell for cell in released["cells"] if (name := read_name(cell))}
    repaired: dict[str, None] = {}  # in the order found
    cells, kept = [], _choose_kept(models, own["cells"])
    for number, cell in enumerate(deepcopy(own["cells"])):
        name = read_name(cell)
        if name and kept.get(name) != number:
            cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key not in KEPT}
            repaired |= {name: None} if name in models else {}
            if name in models and _is_fixed(models[name]):
                continue  # a second copy of a teacher's cell
        elif name and _mend(cell, models[name]):
            repaired[name] = None
        elif not isinstance(cell["metadata"].get("nbgrader", {}), dict):
            del cell["metadata"]["nbgrader"]  # nbgrader would stumble over it
        cells.append(cell)
    for name in _put_back(models, cells, has_ids=own.get("nbformat_minor", 0) >= 5):
        repaired[name] = None
    for name in _put_in_order(models, cells):
        repaired[name] = None
    for heading in _put_back_texts(released["cells"], cells, has_ids=own.get("nbformat_minor", 0) >= 5):
        repaired[heading] = None
    return own | {"cells": cells}, list(repaired)


def read_name(cell: Cell) -> str:
    """The cell's name in the assignment; empty for all others."""
    marks = cell.get("metadata", {}).get("nbgrader")
    return str(marks.get("grade_id", "")) if isinstance(marks, dict) else ""


def read_source(cell: Cell) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _is_fixed(cell: Cell) -> bool:
    """Is it the teacher's, not a place to write?"""
    import nbformat

    return bool(is_locked(nbformat.from_dict(cell)))


def _choose_kept(models: dict[str, Cell], cells: list[Cell]) -> dict[str, int]:
    """Return for each name which of the cells that bear it stays: the first in which somebody wrote."""
    kept: dict[str, int] = {}
    for number, cell in enumerate(cells):
        name = read_name(cell)
        if name not in models:
            continue
        untouched = read_source(models[name])
        if name not in kept or (
            read_source(cells[kept[name]]) == untouched
            and read_source(cell) != untouched
            and not _is_fixed(models[name])
        ):
            kept[name] = number
    return kept


def _mend(cell: Cell, model: Cell) -> bool:
    """Give a cell its kind, its marks and, where it is the teacher's, its text; return whether that was needed."""
    wanted = {key: model["metadata"][key] for key in KEPT if key in model["metadata"]}
    own = {key: cell["metadata"][key] for key in KEPT if key in cell["metadata"]}
    changed = cell["cell_type"] != model["cell_type"] or own.get("nbgrader") != wanted.get("nbgrader")
    if _is_fixed(model) and read_source(cell) != read_source(model):
        changed = True
        cell["source"] = model["source"]
    if changed:
        cell["cell_type"] = model["cell_type"]
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key not in KEPT} | wanted
        _fit_kind(cell)
    return changed


def _fit_kind(cell: Cell) -> None:
    """Have a cell hold what belongs to its kind."""
    if cell["cell_type"] == "code":
        cell |= {"outputs": [], "execution_count": None}
        cell.pop("attachments", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _put_back(models: dict[str, Cell], cells: list[Cell], *, has_ids: bool) -> list[str]:
    """Insert the cells that are missing, each before the one after it in the release; return their names."""
    back, following = [], ""
    for name, model in reversed(models.items()):
        if all(read_name(cell) != name for cell in cells):
            new = deepcopy(model)
            new.pop("id", None)
            if has_ids:
                new["id"] = token_hex(4)
            places = [
                number for number, cell in enumerate(cells) if following and read_name(cell) == following
            ]
            cells.insert(places[0] if places else len(cells), new)
            back.append(name)
        following = name
    return back[::-1]


def _put_in_order(models: dict[str, Cell], cells: list[Cell]) -> list[str]:
    """Bring cells of the assignment into its order, others stay; return the names of those that moved."""
    places = [number for number, cell in enumerate(cells) if read_name(cell) in models]
    by_name = {read_name(cells[number]): cells[number] for number in places}
    moved = []
    for number, name in zip(places, models, strict=True):
        if read_name(cells[number]) != name:
            moved.append(name)
        cells[number] = by_name[name]
    return moved


def _put_back_texts(released: list[Cell], cells: list[Cell], *, has_ids: bool) -> list[str]:
    """Bring back the release's plain texts that are gone or turned; return how they begin. Changed ones stay so."""
    back, following = [], len(cells)
    for model in reversed(released):
        number = _find(model, cells)
        if number is not None:
            following = number
        if read_name(model) or model["cell_type"] != "markdown" or "id" not in model:
            continue
        if number is None:
            new = deepcopy(model)
            if not has_ids:
                del new["id"]
            elif any(cell.get("id") == model["id"] for cell in cells):
                new["id"] = token_hex(4)
            cells.insert(following, new)
            back.append(_begin(model))
        elif cells[number]["cell_type"] != "markdown" and read_source(cells[number]) == read_source(model):
            cells[number]["cell_type"] = "markdown"
            _fit_kind(cells[number])
            back.append(_begin(model))
    return back[::-1]


def _find(model: Cell, cells: list[Cell]) -> int | None:
    """Return where a cell of the release stands; a plain one by its id, else, cut or merged, by its text."""
    name, text = read_name(model), read_source(model)
    by_id = (
        number
        for number, cell in enumerate(cells)
        if read_name(cell) == name and (name or ("id" in model and cell.get("id") == model["id"]))
    )
    by_text = (
        number
        for number, cell in enumerate(cells)
        if text and not name and not read_name(cell) and text in read_source(cell)
    )
    return next(by_id, next(by_text, None))


def _begin(cell: Cell) -> str:
    """The first words of a text."""
    first = next(iter(read_source(cell).split("\n")), "").strip("#*` ")
    return first if len(first) <= 40 else f"{first[:40].rstrip()}…"
