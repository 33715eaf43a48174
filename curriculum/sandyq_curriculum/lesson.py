"""A lesson's text: a MyST notebook with front matter, read through jupytext."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sandyq.authoring.problems import N_, Problem, TextError, make_problem
from sandyq.authoring.text import Text, read_text, tell_break
from sandyq.i18n import translator
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds import KINDS
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.parsing import parse_question
from sandyq_widgets.slips import find_loose, find_slip

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
_SHORT_BREAK: Final = re.compile(r' *\+\+? *\{ *"')
"""Was to begin a text cell, and lacks a plus."""


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
    for raw, line in placed:
        _check_break(text, raw, line)
    cells = tuple(_read_cell(path, number, raw, line) for number, (raw, line) in enumerate(placed, 1))
    return Lesson(text.path, text.language, text.front, text.lines, cells)


def _check_break(text: Text, raw: Any, line: int) -> None:
    """A text cell has an id and perhaps the one tag: mistyped, it would show pupils what is for the teacher."""
    if raw.cell_type == "code":
        return
    place = next((line + n for n, row in enumerate(raw.source.split("\n")) if _SHORT_BREAK.match(row)), 0)
    if not (raw.metadata.keys() <= {"id", "tags"} and set(raw.metadata.get("tags", ())) <= {"teachers"}):
        place = next(n for n in range(line, 0, -1) if text.lines[n - 1].lstrip().startswith("+++"))
    if place:
        raise TextError(tell_break(text.path, place))


def _read_cell(path: Path, number: int, raw: Any, line: int) -> Cell:
    tags = tuple(raw.metadata.get("tags", ()))
    name = raw.metadata.get("id", "")
    if raw.cell_type != "code":
        if slip := find_loose(raw.source):
            raise TextError(_word_question_error(path, line, slip))
        return Cell(name or f"text-{number}", "text", raw.source, tags, line)
    magic, _, body = raw.source.partition("\n")
    word, header = [*magic.split(maxsplit=1), "", ""][:2]
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
