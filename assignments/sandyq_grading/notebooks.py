"""What nbgrader's autograde does to a notebook before and after its execution, in memory and without a gradebook."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import nbformat
from nbgrader import preprocessors as nbgrader
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_locked, is_solution, is_task

Notebook: TypeAlias = Any
"""nbformat's NotebookNode, which publishes no types."""
Cell: TypeAlias = Any
JSON: TypeAlias = dict[str, Any]
PREPARED = (nbgrader.LockCells, nbgrader.ClearSolutions, nbgrader.ClearOutput, nbgrader.CheckCellMetadata)
"""What nbgrader does to a source notebook before it remembers its cells (but for headers and generated tests)."""
COMPARED = ("grade", "solution", "locked", "task", "points")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LINE = re.compile(r"Cell In\[[^\]]*\], line (\d+)")
quiet = logging.getLogger("nbgrader grading")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


class NoNotebook(ValueError):
    """A file is no notebook that can be graded; the message says why."""


@dataclass(frozen=True, eq=False)
class Source:
    """What a teacher's notebook says of the cells that nbgrader knows; the same only as itself."""

    cells: Mapping[str, Cell]
    """``grade_id`` → the cell as it is executed: solutions taken out, hidden tests in; in the notebook's order."""
    released: Mapping[str, str]
    """``grade_id`` → the text that pupils got."""
    metadata: Any
    code: tuple[str, ...] = ()
    """All code of the teacher's, solutions and cells that nbgrader does not know, too."""
    empty: Mapping[str, str] = field(default_factory=dict)
    """``grade_id`` → the checksum of an answer as pupils got it, where one was noted: its words may be our own."""

    @property
    def scored(self) -> list[str]:
        """Names of the cells that give points, as a packet lists them: nbgrader has also graded ones of none."""
        return [
            name
            for name, cell in self.cells.items()
            if (is_grade(cell) or is_task(cell)) and float(cell.metadata.nbgrader.get("points") or 0)
        ]

    @property
    def is_python(self) -> bool:
        spec = self.metadata.get("kernelspec", {})
        language = spec.get("language") or self.metadata.get("language_info", {}).get("name") or "python"
        return str(language).lower() in ("python", "ipython")


def read_notebook(content: bytes) -> Notebook:
    """Return a notebook of format 4; NoNotebook when the content is something else."""
    try:
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        if not isinstance(notebook.cells, list):
            raise TypeError("It has no list of cells.")
        for cell in notebook.cells:
            if not all(isinstance(each, str) for each in (cell.source, cell.cell_type)):
                raise TypeError("A cell has no text.")
            if not isinstance(cell.metadata, dict) or not isinstance(cell.metadata.get("tags", []), list):
                raise TypeError("A cell's metadata are none.")
    except (Exception, RecursionError) as problem:  # whatever a file of somebody's makes a reader do
        raise NoNotebook(f"It is not a notebook: {problem!s:.200}") from None
    return notebook


@lru_cache(maxsize=64)
def read_source(content: bytes) -> Source:
    """Return a teacher's notebook; NoNotebook or nbgrader's ValidationError when it is none."""
    notebook = read_notebook(content)
    code = tuple(cell.source for cell in notebook.cells if cell.cell_type == "code")
    empty = {
        cell.metadata.nbgrader.get("grade_id"): noted
        for cell in notebook.cells
        if is_solution(cell) and (noted := cell.metadata.nbgrader.get("checksum"))
    }
    for step in (*PREPARED, nbgrader.ComputeChecksums):
        notebook, _ = step(log=quiet).preprocess(notebook, {})
    known = {
        cell.metadata.nbgrader["grade_id"]: cell
        for cell in notebook.cells
        if is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell)
    }
    stripped = deepcopy(notebook)
    for step in (nbgrader.ClearHiddenTests, nbgrader.ClearMarkScheme):
        stripped, _ = step(log=quiet).preprocess(stripped, {})
    texts = {
        cell.metadata.nbgrader["grade_id"]: cell.source
        for cell in stripped.cells
        if "nbgrader" in cell.metadata
    }
    return Source(known, {name: texts[name] for name in known}, notebook.metadata, code, empty)


def repair(notebook: Notebook, source: Source) -> list[str]:
    """Make a hand-in's notebook one that can be graded, in place; return the ids of cells that were repaired.

    As ``ClearOutput``, ``DeduplicateIds``, ``OverwriteKernelspec`` and ``OverwriteCells`` do. Beyond them: what a cell
    is comes from the source, whatever its metadata say now; locked cells and tasks that are missing come back, too,
    each after the cell before it, and a written answer comes back empty. All of nbgrader's metadata are then the
    source's, which ``CheckCellMetadata`` has seen.
    """
    nbgrader.ClearOutput(log=quiet).preprocess(notebook, {})
    if "kernelspec" in source.metadata:
        notebook.metadata["kernelspec"] = deepcopy(source.metadata["kernelspec"])
    repaired = _name_once(notebook, source)
    for place, cell in enumerate(notebook.cells):
        name = _name_of(cell)
        if name is not None and _restore(notebook, place, name, source):
            repaired.add(name)
    repaired |= _add_missing(notebook, source)
    return [name for name in source.cells if name in repaired]


def _name_of(cell: Cell) -> str | None:
    known = cell.metadata.get("nbgrader")
    name = known.get("grade_id") if isinstance(known, dict) else None
    return name if isinstance(name, str) else None


def _name_once(notebook: Notebook, source: Source) -> set[str]:
    """Of cells with the same id the last one counts; ids that the source has not are nobody's."""
    seen: set[str] = set()
    twice: set[str] = set()
    for cell in reversed(notebook.cells):
        name = _name_of(cell)
        if name in source.cells and name is not None and name not in seen:
            seen.add(name)
            continue
        if name in seen and name is not None:
            twice.add(name)
        cell.metadata.pop("nbgrader", None)
    return twice


def _restore(notebook: Notebook, place: int, name: str, source: Source) -> bool:
    """Give a cell the type, the rights and, when it is locked, the text of its source; True when that changed it."""
    cell, ours = notebook.cells[place], source.cells[name]
    theirs = cell.metadata["nbgrader"]
    changed = any(theirs.get(key) != ours.metadata.nbgrader.get(key) for key in COMPARED if key in theirs)
    if cell.cell_type != ours.cell_type:
        changed, text = True, cell.source
        cell = notebook.cells[place] = deepcopy(ours)
        cell.source = text
    if is_locked(ours):
        changed |= cell.source not in (ours.source, source.released[name])
        cell = notebook.cells[place] = deepcopy(ours)
    cell.metadata["nbgrader"] = deepcopy(ours.metadata.nbgrader)
    if compute_checksum(cell) == source.empty.get(name):
        cell.metadata.nbgrader["checksum"] = source.empty[name]
    return changed


def _add_missing(notebook: Notebook, source: Source) -> set[str]:
    """Put back what gives points or is locked; a solution that is missing may stand elsewhere, and is not."""
    places = {_name_of(cell): place for place, cell in enumerate(notebook.cells)}
    missing = [
        name
        for name, cell in source.cells.items()
        if name not in places and (is_grade(cell) or is_task(cell) or is_locked(cell))
    ]
    order = list(source.cells)
    for name in missing:
        before = [_name_of(cell) for cell in notebook.cells]
        earlier = [before.index(each) for each in order[: order.index(name)] if each in before]
        notebook.cells.insert(max(earlier, default=-1) + 1, deepcopy(source.cells[name]))
    return set(missing)


def limit_outputs(notebook: Notebook) -> None:
    nbgrader.LimitOutput(log=quiet).preprocess(notebook, {})


def score_cell(cell: Cell) -> JSON:
    """Return the contract's entry of a cell that gives points, by nbgrader's own ``determine_grade``."""
    name, known = _name_of(cell), cell.metadata.nbgrader
    entry: JSON = {"id": name, "score": None, "points": float(known.get("points") or 0), "empty": False}
    if is_task(cell):
        return entry | {"failure": None}
    entry["empty"] = is_solution(cell) and known.get("checksum") == compute_checksum(cell)
    try:
        score = determine_grade(cell, quiet)[0]
    except (ValueError, KeyError, TypeError):  # more points than there are, or a result without text
        score = 0.0
    entry["score"] = None if score is None or math.isnan(score) else float(score)
    return entry | {"failure": describe_failure(cell) if entry["score"] == 0 else None}


def describe_failure(cell: Cell) -> JSON | None:
    """Return what went wrong in a code cell: the error's kind and text, and the cell's line where it began."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            found = LINE.search(ANSI.sub("", "\n".join(output.traceback)))
            line = int(found[1]) if found else None
            return {"kind": output.ename, "text": output.evalue, "line": line}
        if output.output_type == "stream" and output.name == "stderr":
            return {"kind": "stderr", "text": output.text[:2000], "line": None}
    return None


def list_unscored(source: Source, score: float | None) -> list[JSON]:
    """Entries for a notebook of which nothing was executed: 0 when it is missing, null when a teacher must look."""
    return [
        {
            "id": name,
            "score": score,
            "points": float(source.cells[name].metadata.nbgrader.get("points") or 0),
            "empty": score == 0,
            "failure": None,
        }
        for name in source.scored
    ]


def make_error(kind: str, text: str) -> Any:
    """An output for a cell that did not come to its end by itself."""
    return nbformat.v4.new_output(
        "error", ename=kind, evalue=text, traceback=[f"\x1b[0;31m{kind}\x1b[0m: {text}"]
    )
