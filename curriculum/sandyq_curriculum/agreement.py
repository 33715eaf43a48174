"""The languages of a lesson must agree: the same cells, questions and code; only the words differ."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from IPython.core.inputtransformer2 import TransformerManager

from sandyq_curriculum.addresses import split_words
from sandyq_curriculum.lesson import Cell, Lesson
from sandyq_curriculum.problems import N_, Problem, make_problem

SAME_FRONT: Final = ("slug", "track", "subject", "grades", "minutes", "competences", "opens_in")
_WORDS: Final = ("unit", "x", "y")
"""Settings that are words of the language: a number's unit, the columns of ``%explore``."""


def check_agreement(lessons: list[Lesson]) -> list[Problem]:
    """Compare every language with the first one given."""
    first, *others = lessons
    return [
        problem for other in others for problem in (*_compare_front(first, other), *_compare(first, other))
    ]


def _compare_front(first: Lesson, other: Lesson) -> Iterator[Problem]:
    for key in SAME_FRONT:
        if first.front.get(key) != other.front.get(key):
            message = N_("“{key}” is “{value}”, but “{expected}” in {other}. Make them the same.")
            yield make_problem(
                other.path,
                other.find_line(key),
                message,
                key=key,
                value=other.front.get(key),
                expected=first.front.get(key),
                other=first.path.name,
            )


def _compare(first: Lesson, other: Lesson) -> list[Problem]:
    """Settings are compared where the cells agree: one slip is told once."""
    return [*_compare_cells(first, other)] or [*_compare_settings(first, other)]


def _compare_cells(first: Lesson, other: Lesson) -> Iterator[Problem]:
    for expected, cell in zip(first.cells, other.cells, strict=False):
        if _shape(expected) != _shape(cell):
            message = N_(
                "here stands {shape}, but {expected} in {other}, line {place}. Make the cells agree."
            )
            yield make_problem(
                other.path,
                cell.line,
                message,
                shape=_tell(cell),
                expected=_tell(expected),
                other=first.path.name,
                place=expected.line,
            )
            return  # what follows is shifted; one clear message is enough
    if len(first.cells) != len(other.cells):
        message = N_("{count} cells, but {expected} in {other}. Add or remove cells at the end.")
        yield make_problem(
            other.path,
            len(other.lines),
            message,
            count=len(other.cells),
            expected=len(first.cells),
            other=first.path.name,
        )


def _compare_settings(first: Lesson, other: Lesson) -> Iterator[Problem]:
    """What stands as ``key=value`` in a magic's line is the same, but for the language's own words."""
    for expected, cell in zip(first.cells, other.cells, strict=False):
        theirs, ours = _read_settings(expected), _read_settings(cell)
        for number, key in dict.fromkeys((*theirs, *ours)):
            value, wanted = ours.get((number, key), "–"), theirs.get((number, key), "–")
            if value != wanted:
                message = N_(
                    "“{key}” is “{value}”, but “{expected}” in {other}, line {place}. Make them the same."
                )
                yield make_problem(
                    other.path,
                    cell.line + number,
                    message,
                    key=key,
                    value=value,
                    expected=wanted,
                    other=first.path.name,
                    place=expected.line + number,
                )


def _read_settings(cell: Cell) -> dict[tuple[int, str], str]:
    """Return (line of the cell, key) → value; a decimal comma is a point."""
    if cell.kind == "text":
        return {}
    lines = cell.source.split("\n")
    magics = lines[:1] if cell.kind == "question" else lines
    found = {}
    for number, line in enumerate(magics):
        for word in split_words(line) if line.lstrip().startswith("%") else ():
            key, equals, value = word.partition("=")
            if equals and key not in _WORDS:
                found[number, key] = value.replace(",", ".")
    return found


def _shape(cell: Cell) -> tuple[object, ...]:
    """What of a cell is the same in all languages."""
    if cell.spec is not None:
        return (cell.id, cell.tags, cell.spec.kind, cell.spec.points, cell.spec.keys)
    if cell.kind == "code":
        return (cell.id, cell.tags, outline_code(cell.source))
    return (cell.id, cell.tags, "text")


def _tell(cell: Cell) -> str:
    if cell.spec is None:
        return f"{cell.kind} “{cell.id}” {list(cell.tags) or ''}".strip()
    keys = ", ".join(str(key) for key in cell.spec.keys)
    return f"%%{cell.spec.kind} id={cell.id} points={cell.spec.points} ({keys})"


class _Blank(ast.NodeTransformer):
    """Strings become empty; comments are not in the tree anyway."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [self.visit(part.value) for part in node.values if isinstance(part, ast.FormattedValue)]
        return ast.Tuple([ast.Constant(""), *sorted(parts, key=ast.dump)])


def outline_code(source: str) -> str:
    """Return the code's syntax tree as text, without its strings; the source itself when it is no Python."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return source
    return ast.dump(_Blank().visit(tree))
