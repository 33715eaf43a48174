"""From a lesson's text to the notebook that rooms show: made, executed, written the same way each time."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import nbformat

from sandyq.authoring.problems import TextError
from sandyq_curriculum.addresses import carry_along
from sandyq_curriculum.execution import execute_notebook
from sandyq_curriculum.intruders import check_outputs
from sandyq_curriculum.lesson import FRONT, Cell, Lesson
from sandyq_curriculum.translations import FILE as TRANSLATIONS
from sandyq_widgets.notebook import describe_question, frame
from sandyq_widgets.units import bind_units

BUILDER: Final = "5"
"""Raise it when the same text gives another notebook, be it for the widgets' sake: all lessons are then built anew."""
VIEW: Final = "application/vnd.jupyter.widget-view+json"


def build_lesson(lesson: Lesson, target: Path) -> bool:
    """Write ``target`` unless it is up to date; return whether it was written."""
    notebook = make_notebook(lesson)
    if _is_built(notebook, target):
        return False
    metadata = deepcopy(notebook.metadata)
    execute_notebook(lesson, notebook)
    for problem in check_outputs(lesson, notebook):
        raise TextError(problem)
    notebook.metadata = metadata  # a kernel adds what it says about itself
    _settle_outputs(lesson, notebook)
    notebook.metadata["sandyq"]["outputs_sha256"] = _hash_outputs(notebook)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_text(nbformat.writes(notebook) + "\n", "utf-8")
    draft.replace(target)
    return True


def is_up_to_date(lesson: Lesson, target: Path) -> bool:
    """Is the notebook built from this text, by this builder, and not edited since?"""
    return _is_built(make_notebook(lesson), target)


def _is_built(notebook: Any, target: Path) -> bool:
    if not target.exists():
        return False
    try:
        built = nbformat.read(target, as_version=4)
    except ValueError:  # somebody's editor or merge has left it half written
        return False
    outputs = built.metadata.get("sandyq", {}).pop("outputs_sha256", None)
    return outputs == _hash_outputs(built) and _without_outputs(built) == _without_outputs(notebook)


def _without_outputs(notebook: Any) -> str:
    cells = [{**cell, "outputs": [], "execution_count": None} for cell in notebook.cells]
    return json.dumps([cells, notebook.metadata], sort_keys=True)


def _hash_outputs(notebook: Any) -> str:
    outputs = [[cell.get("outputs"), cell.get("execution_count")] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def make_notebook(lesson: Lesson) -> Any:
    """Return the notebook before it is executed: set-up, the lesson's cells, the visitor's answers."""
    framed = frame(lesson.slug, lesson.language, [], young=lesson.is_for_the_young)
    setup, visitor = (Cell(each.id, "code", each.source, each.tags, 0) for each in framed)
    cells = [_make_cell(lesson, cell) for cell in (setup, *lesson.cells, visitor)]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "sandyq": _describe(lesson),
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _make_cell(lesson: Lesson, cell: Cell) -> Any:
    metadata = {"tags": list(cell.tags)} if cell.tags else {}
    if cell.kind != "text":
        return nbformat.v4.new_code_cell(cell.source, id=cell.id, metadata=metadata)
    made = nbformat.v4.new_markdown_cell(bind_units(cell.source), id=cell.id, metadata=metadata)
    carry_along(lesson, cell, made)
    return made


def _describe(lesson: Lesson) -> dict[str, Any]:
    return {
        **{key: lesson.front[key] for key in FRONT},
        "language": lesson.language,
        "questions": [describe_question(spec) for spec in lesson.questions],
        "source_sha256": hash_source(lesson),
    }


def hash_source(lesson: Lesson) -> str:
    """Hash the builder's version, the lesson's text in its language and the files beside it."""
    digest = hashlib.sha256(f"{BUILDER}\n".encode())
    beside = sorted(
        path
        for path in lesson.folder.rglob("*")
        if path.is_file() and not path.match("lesson.*.md") and path.name != TRANSLATIONS
    )
    for path in (lesson.path, *beside):
        digest.update(f"{path.relative_to(lesson.folder).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _settle_outputs(lesson: Lesson, notebook: Any) -> None:
    """Take out what differs from run to run: widget numbers and counts."""
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
            if VIEW in output.get("data", {}):
                name = f"{lesson.slug}/{lesson.language}/{cell.id}"
                output.data[VIEW]["model_id"] = hashlib.sha256(name.encode()).hexdigest()[:32]
