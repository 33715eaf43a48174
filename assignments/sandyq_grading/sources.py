"""An assignment's text: MyST notebooks whose cells say in a word what nbgrader does with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import nbformat

from sandyq.authoring.problems import N_, Problem, TextError, make_problem
from sandyq.authoring.text import Text, read_text
from sandyq.i18n import LANGUAGES, translator
from sandyq_grading.questions import KINDS, is_question, make_question_cells
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.parsing import parse_question

GRADES: Final[dict[str, tuple[str, ...]]] = {
    "given": ("code", "markdown"),
    "solution": ("code",),
    "tests": ("code",),
    "answer": ("code", "markdown"),
    "task": ("markdown",),
}
"""What a cell's ``grade`` may say, and the types of cells that may say it."""
WITH_POINTS: Final = ("tests", "answer", "task")
SCHEMA: Final = 3
"""The version of nbgrader's cell metadata."""
KERNEL: Final = {"display_name": "Python 3", "language": "python", "name": "python3"}
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,59}")
_POINTS: Final = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class Cell:
    id: str
    type: str
    """``code`` or ``markdown``."""
    source: str
    line: int
    """Line of the file on which the source begins."""
    grade: str = ""
    """One of ``GRADES``; empty: the pupil's to change, and nobody looks at it."""
    points: float = 0.0
    spec: Spec | None = None
    """The question, when the cell is one."""


@dataclass(frozen=True)
class Source(Text):
    """One notebook of an assignment in one language: ``<name>.<language>.md``."""

    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(f".{self.language}.md")


def find_sources(folder: Path, language: str) -> list[Path]:
    """Return the texts of an assignment's notebooks in a language, by name."""
    return sorted(folder.glob(f"*.{language}.md"))


def read_source(path: Path) -> Source:
    """Read one notebook's text; raise :class:`TextError` naming the line when it is none."""
    text, placed = read_text(path)
    cells = tuple(_read_cell(path, number, raw, line) for number, (raw, line) in enumerate(placed, 1))
    return Source(text.path, text.language, text.front, text.lines, cells)


def _read_cell(path: Path, number: int, raw: Any, line: int) -> Cell:
    cell = Cell(raw.metadata.get("id", f"cell-{number}"), raw.cell_type, raw.source, line)
    if not _ID.fullmatch(cell.id):
        message = N_("the name “{id}” is not one. Use small Latin letters, digits and hyphens: total-tests")
        raise TextError(make_problem(path, line, message, id=cell.id))
    if raw.cell_type == "code" and is_question(raw.source):
        return replace(cell, spec=_read_question(path, cell))
    written = str(raw.metadata.get("grade", ""))
    if not written:
        return cell
    if "id" not in raw.metadata:
        message = N_("a cell with “grade” needs a name: {form}")
        raise TextError(make_problem(path, line, message, form=":id: total"))
    grade, _, points = written.partition(" ")
    if raw.cell_type not in GRADES.get(grade, ()):
        message = N_("“grade: {written}” is not known for this cell. Use one of: {known}.")
        known = ", ".join(_write_form(each) for each, types in GRADES.items() if raw.cell_type in types)
        raise TextError(make_problem(path, line, message, written=written, known=known))
    return replace(cell, grade=grade, points=_read_points(path, line, grade, points))


def _write_form(grade: str) -> str:
    return f"{grade} 3" if grade in WITH_POINTS else grade


def _read_points(path: Path, line: int, grade: str, points: str) -> float:
    if grade not in WITH_POINTS and not points:
        return 0.0
    if grade not in WITH_POINTS or not _POINTS.fullmatch(points) or not float(points):
        message = N_("“grade: {written}”: the points are wrong. Write it like: {form}")
        written = f"{grade} {points}".strip()
        raise TextError(make_problem(path, line, message, written=written, form=_write_form(grade)))
    return float(points)


def _read_question(path: Path, cell: Cell) -> Spec:
    magic, _, body = cell.source.partition("\n")
    kind, _, header = magic.removeprefix("%%").partition(" ")
    if kind not in KINDS:
        message = N_(
            "%%{kind} is no question of an assignment; {known} are. An open one is a cell “grade: answer 4”."
        )
        raise TextError(make_problem(path, cell.line, message, kind=kind, known=", ".join(KINDS)))
    try:
        return parse_question(kind, header, body)
    except QuestionError as error:
        told = error.tell(translator(path.suffixes[-2].lstrip(".")))
        raise TextError(Problem(path, cell.line + error.line - 1, told)) from error


def make_notebook(source: Source) -> Any:
    """Return the nbgrader source notebook: solutions, hidden tests and marking schemes are in it."""
    cells = [made for cell in source.cells for made in _make_cells(cell, source.language)]
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _make_cells(cell: Cell, language: str) -> list[Any]:
    parts = [cell]
    stub = ""
    if cell.spec is not None:
        text, answer, tests, stub = make_question_cells(cell.spec, cell.source, language)
        parts = [
            replace(cell, id=f"{cell.id}-text", type="markdown", source=text, grade="given", spec=None),
            replace(cell, id=cell.id, source=answer, grade="solution"),
            replace(cell, id=f"{cell.id}-tests", source=tests, grade="tests", points=float(cell.spec.points)),
        ]
    made = [_make_cell(part) for part in parts]
    if stub:
        made[1].metadata["sandyq"] = {"stub": stub}
    return made


def _make_cell(cell: Cell) -> Any:
    new = nbformat.v4.new_code_cell if cell.type == "code" else nbformat.v4.new_markdown_cell
    metadata = {"nbgrader": _describe_grade(cell)} if cell.grade else {}
    return new(cell.source, id=cell.id, metadata=metadata)


def _describe_grade(cell: Cell) -> dict[str, Any]:
    """The cell's metadata in nbgrader's words (``nbgrader/nbgraderformat/v3.json``)."""
    described: dict[str, Any] = {
        "schema_version": SCHEMA,
        "grade_id": cell.id,
        "grade": cell.grade in ("tests", "answer"),
        "solution": cell.grade in ("solution", "answer"),
        "locked": cell.grade in ("given", "tests", "task"),
        "task": cell.grade == "task",
    }
    return described | ({"points": cell.points} if cell.points else {})


def find_languages(folder: Path) -> list[str]:
    """Return the languages in which an assignment is written."""
    return [language for language in LANGUAGES if find_sources(folder, language)]
