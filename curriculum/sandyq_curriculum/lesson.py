"""A lesson's text: a MyST notebook with front matter, read through jupytext."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sandyq.authoring.problems import N_, Problem, TextError, make_problem
from sandyq.authoring.text import Text, read_text
from sandyq.i18n import translator
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds import KINDS
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.parsing import parse_question
from sandyq_widgets.slips import find_slip

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
class Lesson(Text):
    cells: tuple[Cell, ...]

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


def read_lesson(path: Path) -> Lesson:
    """Read ``lesson.<language>.md``; raise :class:`TextError` when it is no lesson."""
    text, placed = read_text(path)
    cells = tuple(_read_cell(path, number, raw, line) for number, (raw, line) in enumerate(placed, 1))
    return Lesson(text.path, text.language, text.front, text.lines, cells)


def _read_cell(path: Path, number: int, raw: Any, line: int) -> Cell:
    tags = tuple(raw.metadata.get("tags", ()))
    name = raw.metadata.get("id", "")
    if raw.cell_type != "code":
        return Cell(name or f"text-{number}", "text", raw.source, tags, line)
    magic, _, body = raw.source.partition("\n")
    word, _, header = magic.partition(" ")
    if not word.startswith("%%") or word[2:] not in KINDS:
        if slip := find_slip(raw.source):
            raise TextError(_word_question_error(path, line, slip))
        return Cell(name or f"code-{number}", "code", raw.source, tags, line)
    try:
        spec = parse_question(word[2:], header, body)
    except QuestionError as error:
        raise TextError(_word_question_error(path, line, error)) from error
    if name and name != spec.id:
        message = N_("the cell is named “{name}”, its question “{id}”. Give both the same name.")
        raise TextError(make_problem(path, line, message, name=name, id=spec.id))
    return Cell(spec.id, "question", raw.source, tags, line, spec)


def _word_question_error(path: Path, line: int, error: QuestionError) -> Problem:
    gettext = translator(path.suffixes[-2].lstrip("."))
    return Problem(path, line + error.line - 1, error.tell(gettext))
