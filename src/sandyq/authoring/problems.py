"""What is wrong with a lesson's text: where, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sandyq.i18n import choose_language, translator


def N_(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is told."""
    return message


WARNING = N_("warning")


@dataclass(frozen=True)
class Problem:
    """``lessons/passphrase/lesson.kk.md:41: … fix``; a warning does not stop the build."""

    path: Path
    line: int
    message: str
    warning: bool = False

    def __str__(self) -> str:
        place = Path(*self.path.parts[-3:])
        return f"{place}:{self.line}: {self.message}"


class TextError(ValueError):
    """A lesson's text cannot be read at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def make_problem(path: Path, line: int, message: str, *, warning: bool = False, **values: object) -> Problem:
    """Word a problem in the language of the text (``lesson.<language>.md``)."""
    language = choose_language(path.suffixes[-2].lstrip(".") if len(path.suffixes) > 1 else None)
    problem = word_problem(path, line, message, values, language)
    if not warning:
        return problem
    return replace(problem, message=f"{translator(language)(WARNING)}: {problem.message}", warning=True)


def word_problem(path: Path, line: int, message: str, values: Mapping[str, object], language: str) -> Problem:
    """Word a problem in a language: of a notebook, say, whose name tells none."""
    return Problem(path, line, translator(language)(message).format(**values))
