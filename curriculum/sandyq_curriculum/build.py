"""From a lesson's text to the notebook that rooms show: made, executed, written the same way each time."""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import nbformat

from sandyq_curriculum.check import find_images
from sandyq_curriculum.lesson import FRONT, Cell, Lesson
from sandyq_curriculum.problems import N_, LessonError, make_problem
from sandyq_widgets.markdown import to_plain

BUILDER: Final = "2"
"""Raise it when the same text gives another notebook: all lessons are then built anew."""
QUESTION_LETTERS: Final = 120
TIMEOUT: Final = 120
"""Seconds one cell may run."""
VIEW: Final = "application/vnd.jupyter.widget-view+json"
_VISIT_ENVIRONMENT: Final = ("SANDYQ_API_URL", "SANDYQ_VISIT_TOKEN", "SANDYQ_LANGUAGE", "SANDYQ_VISITOR_NAME")


def build_lesson(lesson: Lesson, target: Path) -> bool:
    """Write ``target`` unless it is up to date; return whether it was written."""
    if is_up_to_date(lesson, target):
        return False
    notebook = make_notebook(lesson)
    _execute(lesson, notebook)
    _settle_outputs(lesson, notebook)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_text(nbformat.writes(notebook) + "\n", "utf-8")
    draft.replace(target)
    return True


def is_up_to_date(lesson: Lesson, target: Path) -> bool:
    """Is the notebook built from this text, by this builder, and not edited since (its outputs apart)?"""
    if not target.exists():
        return False
    built = nbformat.read(target, as_version=4)
    return _without_outputs(built) == _without_outputs(make_notebook(lesson))


def _without_outputs(notebook: Any) -> str:
    cells = [{**cell, "outputs": [], "execution_count": None} for cell in notebook.cells]
    return json.dumps([cells, notebook.metadata], sort_keys=True)


def make_notebook(lesson: Lesson) -> Any:
    """Return the notebook before it is executed: set-up, the lesson's cells, the visitor's answers."""
    young = " young" if lesson.is_for_the_young else ""
    setup = Cell(
        "setup",
        "code",
        f"%load_ext sandyq_widgets\n%lesson {lesson.slug} {lesson.language}{young}",
        ("setup",),
        0,
    )
    visitor = Cell(
        "per-visitor", "code", "import sandyq_widgets\n\nsandyq_widgets.restore()", ("per-visitor",), 0
    )
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
    made = nbformat.v4.new_markdown_cell(cell.source, id=cell.id, metadata=metadata)
    for address in find_images(cell):  # a picture travels within its cell: rooms serve no folder
        kind = mimetypes.guess_type(address)[0] or "image/png"
        name = Path(address).name
        content = base64.b64encode((lesson.folder / address).read_bytes()).decode()
        made.setdefault("attachments", {})[name] = {kind: content}
        made["source"] = made["source"].replace(address, f"attachment:{name}")
    return made


def _describe(lesson: Lesson) -> dict[str, Any]:
    return {
        **{key: lesson.front[key] for key in FRONT},
        "language": lesson.language,
        "questions": [
            {
                "id": spec.id,
                "kind": spec.kind,
                "points": spec.points,
                "text": _shorten(to_plain(spec.text)),
                **({"rubric": rubric} if (rubric := getattr(spec, "rubric", "")) else {}),
            }
            for spec in lesson.questions
        ],
        "source_sha256": hash_source(lesson),
    }


def _shorten(text: str) -> str:
    return text if len(text) <= QUESTION_LETTERS else text[: QUESTION_LETTERS - 1].rstrip() + "…"


def hash_source(lesson: Lesson) -> str:
    """Hash the builder's version, the lesson's text in its language and the files beside it."""
    digest = hashlib.sha256(f"{BUILDER}\n".encode())
    beside = sorted(
        path for path in lesson.folder.rglob("*") if path.is_file() and not path.match("lesson.*.md")
    )
    for path in (lesson.path, *beside):
        digest.update(f"{path.relative_to(lesson.folder).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _execute(lesson: Lesson, notebook: Any) -> None:
    """Run all cells in a copy of the lesson's folder, as nobody's visit."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    environment = {name: value for name, value in os.environ.items() if name not in _VISIT_ENVIRONMENT}
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(lesson.folder, Path(scratch) / lesson.slug)
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            kernel_name="python3",
            store_widget_state=False,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise LessonError(_find_failure(lesson, notebook, error)) from error


def _find_failure(lesson: Lesson, notebook: Any, error: Exception) -> Any:
    """Name the line of the cell that failed."""
    failed = next(
        (
            cell.id
            for cell in notebook.cells
            for output in cell.get("outputs", ())
            if output.output_type == "error"
        ),
        "",
    )
    line = next((cell.line for cell in lesson.cells if cell.id == failed), 1)
    message = N_("the cell “{id}” fails. Mend its code.\n{error}")
    return make_problem(lesson.path, line, message, id=failed, error=error)


def _settle_outputs(lesson: Lesson, notebook: Any) -> None:
    """Take out what differs from run to run: widget numbers, counts, what the kernel says about itself."""
    notebook.metadata = make_notebook(lesson).metadata
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
            if VIEW in output.get("data", {}):
                name = f"{lesson.slug}/{lesson.language}/{cell.id}"
                output.data[VIEW]["model_id"] = hashlib.sha256(name.encode()).hexdigest()[:32]
