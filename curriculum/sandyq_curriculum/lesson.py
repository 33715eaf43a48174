"""A lesson's text: a MyST notebook with front matter, read through jupytext."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import jupytext
import yaml

from sandyq.i18n import translator
from sandyq_curriculum.problems import N_, LessonError, Problem, make_problem
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds import KINDS
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.parsing import parse_question

FRONT: Final = (
    "slug",
    "title",
    "summary",
    "track",
    "subject",
    "grades",
    "minutes",
    "competences",
    "opens_in",
    "translation",
    "sources",
)
"""What a lesson's front matter holds under ``sandyq:``."""


@dataclass(frozen=True)
class Cell:
    id: str
    kind: Literal["text", "code", "question"]
    source: str
    tags: tuple[str, ...]
    line: int
    """Line of the file on which the source begins."""
    spec: Spec | None = None


@dataclass(frozen=True)
class Lesson:
    path: Path
    language: str
    front: dict[str, Any]
    cells: tuple[Cell, ...]
    lines: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def slug(self) -> str:
        return self.folder.name

    @property
    def questions(self) -> tuple[Spec, ...]:
        return tuple(cell.spec for cell in self.cells if cell.spec is not None)

    @property
    def is_for_the_young(self) -> bool:
        """Grades 1 to 4 read shorter texts and larger letters."""
        grades = self.front.get("grades")
        return isinstance(grades, list) and bool(grades) and min(grades) <= 4

    def find_line(self, key: str) -> int:
        """Return the line of a front matter key, 1 when it is missing."""
        found = (n for n, line in enumerate(self.lines, 1) if line.strip().startswith(f"{key}:"))
        return next(found, 1)

    def find_item(self, key: str, number: int) -> int:
        """Return the line on which an item of a front matter list begins; that of the key when it cannot be found."""
        end = self.lines.index("---", 1)
        try:
            node: Any = yaml.compose("\n".join(self.lines[:end]))
            for name in ("sandyq", key):
                node = next(value for word, value in node.value if word.value == name)
            return int(node.value[number].start_mark.line) + 1
        except (StopIteration, IndexError, AttributeError):
            return self.find_line(key)


def read_lesson(path: Path) -> Lesson:
    """Read ``lesson.<language>.md``; raise :class:`LessonError` when it is no lesson."""
    text = _read_text(path)
    lines = tuple(text.splitlines())
    try:
        notebook = jupytext.reads(text, fmt="md:myst", as_version=4)
        source_map = _map_lines(text)
    except Exception as error:  # jupytext's readers raise whatever their parsers raise
        message = N_("this is not a MyST notebook ({error}). See another lesson for the form.")
        raise LessonError(make_problem(path, 1, message, error=error)) from error
    front = notebook.metadata.get("sandyq")
    if not isinstance(front, dict):
        raise LessonError(
            make_problem(path, 1, N_("the front matter lacks “sandyq:”. Add it; see another lesson."))
        )
    cells = tuple(
        _read_cell(path, number, raw, _find_source(lines, start, raw.source))
        for number, (raw, start) in enumerate(zip(notebook.cells, source_map, strict=True), 1)
    )
    return Lesson(path, path.suffixes[-2].lstrip("."), dict(front), cells, lines)


def _read_text(path: Path) -> str:
    """Return a file's text, whatever the ends of its lines, without the mark that Windows puts first."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LessonError(make_problem(path, 1, _NO_TEXT, error=error)) from error
    if "\0" in text:  # UTF-16 without a mark
        raise LessonError(
            make_problem(path, text[: text.index("\0")].count("\n") + 1, _NO_TEXT, error="0x00")
        )
    return text


_NO_TEXT: Final = N_("this file is not UTF-8 text ({error}). Save it as UTF-8 in your editor.")


def _map_lines(text: str) -> list[int]:
    from jupytext.myst import myst_to_notebook

    return list(myst_to_notebook(text, add_source_map=True).metadata["source_map"])


def _find_source(lines: tuple[str, ...], start: int, source: str) -> int:
    """Return the 1-based line where a cell's source begins, at or after ``start`` (0-based)."""
    first = source.split("\n", 1)[0]
    return next((n for n in range(start, len(lines)) if lines[n] == first), start) + 1


def _read_cell(path: Path, number: int, raw: Any, line: int) -> Cell:
    tags = tuple(raw.metadata.get("tags", ()))
    name = raw.metadata.get("id", "")
    if raw.cell_type != "code":
        return Cell(name or f"text-{number}", "text", raw.source, tags, line)
    magic, _, body = raw.source.partition("\n")
    word, _, header = magic.partition(" ")
    if not word.startswith("%%") or word[2:] not in KINDS:
        return Cell(name or f"code-{number}", "code", raw.source, tags, line)
    try:
        spec = parse_question(word[2:], header, body)
    except QuestionError as error:
        raise LessonError(_word_question_error(path, line, error)) from error
    return Cell(spec.id, "question", raw.source, tags, line, spec)


def _word_question_error(path: Path, line: int, error: QuestionError) -> Problem:
    gettext = translator(path.suffixes[-2].lstrip("."))
    return Problem(path, line + error.line - 1, error.tell(gettext))
