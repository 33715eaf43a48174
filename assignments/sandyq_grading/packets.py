"""A packet: what portal and grader know of an assignment in one language; its form stands in docs/assignments.md.

nbgrader's own preprocessors make what a pupil gets, in the order of its ``GenerateAssignment``, without a gradebook.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import nbformat
from nbgrader.nbgraderformat import ValidationError
from nbgrader.nbgraderformat.common import SchemaMismatchError
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from nbgrader.utils import is_grade, is_solution, is_task

from sandyq.authoring.problems import N_
from sandyq.i18n import translator
from sandyq.work import COMPILED, MOST_FILES, is_good_name

CODE_STUB: Final = N_("Write your code here and delete the line below.")
NOT_WRITTEN: Final = N_("Your code is not written yet.")
TEXT_STUB: Final = N_("Write your answer here.")
NOT_TAKEN: Final = N_(
    "nbgrader does not take the cell “{cell}”: {error}. Mend its marks (### BEGIN … ### END) or its points."
)
CARRIED: Final = ("title", "summary", "subject", "track", "kind", "grades", "minutes", "sources", "licence")
"""What a packet takes over from the front matter."""
IMPORTED: Final[dict[str, Any]] = {
    "title": "",
    "summary": "",
    "subject": "",
    "track": "pupils",
    "kind": "fa",
    "grades": [],
    "minutes": 0,
    "sources": [],
    "licence": "",
}
"""The same for a notebook that says nothing about itself."""
LONGEST_NAME: Final = 100
"""Letters of a cell's name: the school's database keeps no longer one."""
MEGABYTES: Final = 4
"""What a pupil gets comes back with the work in it, and 5 MB may be handed in."""
_SCHEME: Final = re.compile(
    r"^[^\n]*BEGIN MARK SCHEME[^\n]*\n(.*?)^[^\n]*END MARK SCHEME[^\n]*$", re.DOTALL | re.MULTILINE
)
_CRITERION: Final = re.compile(r"(?:# *)?[-*] *(\d+(?:[.,]\d+)?) *: *(.+)")


class PacketError(ValueError):
    """nbgrader cannot take a notebook: which one, which cell, what to do (English, with ``{fields}``)."""

    def __init__(self, notebook: str, cell: str, message: str, **values: object) -> None:
        super().__init__(f"{notebook}: {message.format(cell=cell, **values)}")
        self.notebook, self.cell, self.message, self.values = notebook, cell, message, values


@dataclass(frozen=True)
class Packet:
    """``files``: the folder's content by its name within; ``version`` is the hash of all of it."""

    course: str
    name: str
    language: str
    version: str
    files: Mapping[str, bytes]

    def folder(self, notebooks: Path) -> Path:
        return notebooks / self.course / self.name / self.language


def make_packet(
    place: tuple[str, str, str],
    notebooks: Mapping[str, Any],
    beside: Mapping[str, bytes],
    front: Mapping[str, Any],
) -> Packet:
    """Make the packet of ``place`` (course, name, language) from nbgrader source notebooks by name.

    ``beside``: the data files; ``front``: what the author says about the assignment. Raises :class:`PacketError`.
    """
    course, name, language = place
    files: dict[str, bytes] = {}
    for title, notebook in notebooks.items():
        source, release = make_versions(title, notebook, language)
        files[f"source/{title}.ipynb"], files[f"release/{title}.ipynb"] = _write(source), _write(release)
    for file, content in beside.items():
        files[f"source/{file}"] = files[f"release/{file}"] = content
    _refuse_files(next(iter(notebooks), name), [*(f"{title}.ipynb" for title in notebooks), *beside])
    size = sum(len(content) for file, content in files.items() if file.startswith("release/")) / 1e6
    if size > MEGABYTES:
        message = N_(
            "the files of the assignment have {size:.1f} MB; at most {most} MB can be handed in. Make them smaller."
        )
        raise PacketError(next(iter(notebooks)), "", message, size=size, most=MEGABYTES)
    described = [_describe_notebook(title, notebook) for title, notebook in notebooks.items()]
    description = {
        "course": course,
        "name": name,
        "language": language,
        **IMPORTED,
        **{key: front[key] for key in CARRIED if key in front},
        "points": sum(each["points"] for each in described),
        "notebooks": described,
        "files": sorted(beside),
    }
    description["title"] = description["title"] or name
    description["version"] = _hash({**files, "assignment.json": _write_json(description)})
    files["assignment.json"] = _write_json(description)
    return Packet(course, name, language, description["version"], files)


def _refuse_files(notebook: str, names: list[str]) -> None:
    """What a pupil gets comes back: PacketError for more files, or stranger names, than can be handed in."""
    if len(names) > MOST_FILES:
        message = N_("the assignment has {count} files; at most {most} can be handed in. Take some out.")
        raise PacketError(notebook, "", message, count=len(names), most=MOST_FILES)
    for name in names:
        if not is_good_name(name):
            message = N_(
                "a file called “{file}” cannot be handed in. Give it another name, here and in the cells."
            )
            raise PacketError(notebook, "", message, file=name)


def _write_json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _write(notebook: Any) -> bytes:
    return (str(nbformat.writes(notebook)) + "\n").encode()


def _hash(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\n{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def make_versions(name: str, notebook: Any, language: str) -> tuple[Any, Any]:
    """Return the source with checksums as nbgrader's gradebook keeps them, and what a pupil gets.

    The checksum of an answer is that of its empty form: a cell that still has it was not touched.
    """
    _refuse(name, notebook)
    resources: dict[str, Any] = {}
    locked = _process(name, copy.deepcopy(notebook), (LockCells(), make_clearing(language)), resources)
    for cell in locked.cells:
        if stub := cell.metadata.pop("sandyq", {}).get("stub"):
            cell.source = stub
    steps = (ClearOutput(), CheckCellMetadata(), ComputeChecksums())
    emptied = _process(name, locked, steps, resources)
    source = _process(name, copy.deepcopy(notebook), (ClearOutput(),), resources)
    for cell, empty in zip(source.cells, emptied.cells, strict=True):
        if "nbgrader" in empty.metadata:
            cell.metadata["nbgrader"] = copy.deepcopy(empty.metadata["nbgrader"])
    whole = [cell.source for cell in emptied.cells]
    last = (ClearHiddenTests(), ClearMarkScheme(), ComputeChecksums(), CheckCellMetadata())
    release = _process(name, emptied, last, resources)
    for cell, before in zip(release.cells, whole, strict=True):
        if grade_of(cell) == "tests" and cell.source != before:
            cell.metadata["sandyq"] = {"hidden": True}  # a part of its points is out of reach there
    return source, release


def make_clearing(language: str) -> Any:
    """Return nbgrader's preprocessor that takes solutions out, with words in the pupil's language."""
    _ = translator(language)
    code = f"# {_(CODE_STUB)}\nraise NotImplementedError({_(NOT_WRITTEN)!r})"
    return ClearSolutions(code_stub={"python": code}, text_stub=_(TEXT_STUB))


def _process(name: str, notebook: Any, steps: tuple[Any, ...], resources: dict[str, Any]) -> Any:
    for step in steps:
        try:
            notebook, resources = step.preprocess(notebook, resources)
        except (RuntimeError, ValueError, ValidationError, SchemaMismatchError) as error:
            culprit = _find_culprit(step, notebook)
            raise PacketError(name, culprit, NOT_TAKEN, error=error) from error
    return notebook


def _find_culprit(step: Any, notebook: Any) -> str:
    """Return the name of the first cell that fails by itself."""
    for number, cell in enumerate(notebook.cells, 1):
        alone = nbformat.v4.new_notebook(cells=[copy.deepcopy(cell)], metadata=notebook.metadata)
        try:
            step.preprocess(alone, {})
        except Exception:  # whatever it was, this is the cell
            return name_cell(cell, number)
    return "?"


def name_cell(cell: Any, number: int) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id") or f"cell-{number}")


def _refuse(name: str, notebook: Any) -> None:
    """What would be told less well later on: other languages, a name that is too long or there twice."""
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        message = N_("the notebook is in {programming}; only Python runs here.")
        raise PacketError(name, "", message, programming=language)
    seen: set[str] = set()
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if len(str(grade_id)) > LONGEST_NAME:
            message = N_("the name “{cell}” of a cell is too long. Give it one of at most {most} letters.")
            raise PacketError(name, str(grade_id), message, most=LONGEST_NAME)
        if grade_id in seen:
            message = N_("two cells have the name “{cell}”. Give each of them a name of its own.")
            raise PacketError(name, str(grade_id), message)
        seen |= {grade_id} if grade_id else set()
        points = cell.metadata.get("nbgrader", {}).get("points") or 0
        if isinstance(points, float) and not math.isfinite(points):
            raise PacketError(name, str(grade_id), NOT_TAKEN, error=f"points = {points}")


def _describe_notebook(name: str, notebook: Any) -> dict[str, Any]:
    cells = list(_describe_cells(notebook))
    return {"name": name, "points": sum(cell["points"] for cell in cells), "cells": cells}


def _describe_cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """Yield each cell that gives points, with the text above the answer (for tests: above what they test)."""
    latest = asked = ""
    for cell in notebook.cells:
        kind = grade_of(cell)
        if cell.cell_type == "markdown" and kind != "answer":
            latest = _SCHEME.sub("", cell.source).strip()
        if is_solution(cell) or kind == "task":
            asked = latest
        points = float(cell.metadata.get("nbgrader", {}).get("points") or 0)
        if kind and points:
            described = {"id": cell.metadata.nbgrader.grade_id, "kind": kind, "points": points}
            rubric = read_rubric(cell.source) if kind != "tests" else []
            yield described | {"text": asked or latest} | ({"rubric": rubric} if rubric else {})


def grade_of(cell: Any) -> str:
    """``tests``, ``answer`` or ``task``; empty for a cell that gives no points."""
    if is_task(cell):
        return "task"
    if not is_grade(cell):
        return ""
    return "answer" if is_solution(cell) else "tests"


def read_rubric(source: str) -> list[dict[str, Any]]:
    """Return the lines ``- 2: what earns two points`` of a cell's marking scheme."""
    found = _SCHEME.search(source)
    lines = (_CRITERION.fullmatch(line.strip()) for line in found[1].splitlines()) if found else ()
    return [{"points": float(line[1].replace(",", ".")), "text": line[2].strip()} for line in lines if line]


def write_packet(packet: Packet, notebooks: Path) -> None:
    """Put the packet in its place in one step; what stood there is gone."""
    folder = packet.folder(notebooks)
    draft, old = folder.with_suffix(".draft"), folder.with_suffix(".old")
    for leftover in (draft, old):
        _remove(leftover)
    for name, content in packet.files.items():
        path = draft / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def is_written(packet: Packet, notebooks: Path) -> bool:
    """Does the packet stand in its place, to the byte, and nothing else with it?"""
    return read_files(packet.folder(notebooks)) == packet.files


def read_files(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their name within, but hidden and compiled ones; none without a folder."""
    found = sorted(folder.rglob("*"))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in found
        if path.is_file()
        and not any(part.startswith(".") or part == COMPILED for part in path.relative_to(folder).parts)
    }
