"""The languages of a lesson must agree: the same cells, questions and code; only the words differ."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest
from typing import Final

from sandyq.authoring.front import compare_front
from sandyq.authoring.outline import find_difference
from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq_curriculum.addresses import find_beside, split_words
from sandyq_curriculum.lesson import Cell, Lesson
from sandyq_widgets.notebook import find_tables
from sandyq_widgets.numbers import parse_number
from sandyq_widgets.tools import read_rows

SAME_FRONT: Final = ("slug", "track", "subject", "grades", "minutes", "competences", "opens_in")
_WORDS: Final = ("unit", "x", "y")
"""Settings that are words of the language: a number's unit, the columns of ``%explore``."""


def check_agreement(lessons: list[Lesson]) -> list[Problem]:
    """Compare every language with the first one given."""
    first, *others = lessons
    return [
        problem
        for other in others
        for problem in (*compare_front(first, other, SAME_FRONT), *_compare(first, other))
    ]


def _compare(first: Lesson, other: Lesson) -> list[Problem]:
    """Settings and tables are compared where the cells agree: one slip is told once."""
    return [*_compare_cells(first, other)] or [
        *_compare_settings(first, other),
        *_compare_tables(first, other),
    ]


def _compare_cells(first: Lesson, other: Lesson) -> Iterator[Problem]:
    for expected, cell in zip(first.cells, other.cells, strict=False):
        alike = _shape(expected) == _shape(cell)
        lines = find_difference(cell.source, expected.source) if alike and cell.kind == "code" else None
        if lines or not alike:
            number, place = lines or (0, 0)
            message = N_(
                "here stands {shape}, but {expected} in {other}, line {place}. Make the cells agree."
            )
            yield make_problem(
                other.path,
                cell.line + number,
                message,
                shape=_tell(cell, number),
                expected=_tell(expected, place),
                other=first.path.name,
                place=expected.line + place,
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


def _compare_tables(first: Lesson, other: Lesson) -> Iterator[Problem]:
    """What ``%explore`` shows may have other words in each language, never other numbers: keys follow from them."""
    for expected, cell in zip(first.cells, other.cells, strict=False):
        if cell.kind != "code":
            continue
        for (_, wanted), (number, name) in zip(
            find_tables(expected.source), find_tables(cell.source), strict=False
        ):
            theirs, ours = _read_numbers(first, wanted), _read_numbers(other, name)
            if theirs is not None and ours is not None and theirs != ours:
                rows = zip_longest(theirs, ours)
                row = next(row for row, (one, two) in enumerate(rows, start=1) if one != two)
                message = N_(
                    "“{name}” and “{expected}” have other numbers in their lines {row}. Make them the same."
                )
                yield make_problem(
                    other.path, cell.line + number, message, name=name, expected=wanted, row=row
                )


def _read_numbers(lesson: Lesson, name: str) -> list[list[Decimal]] | None:
    """Return the numbers of a table's lines; None when it cannot be read, which is told elsewhere."""
    path = find_beside(lesson, name)
    if path is None:
        return None
    try:
        rows = read_rows(path)
    except (ValueError, csv.Error):
        return None
    return [[value for cell in row if (value := parse_number(cell)) is not None] for row in rows]


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
    return (cell.id, cell.tags, cell.kind)


def _tell(cell: Cell, number: int) -> str:
    """Say what a cell is, and of code the line in which it differs."""
    if cell.spec is None:
        line = cell.source.split("\n")[number].strip() if cell.kind == "code" else ""
        return f"{cell.kind} “{cell.id}” {list(cell.tags) or ''}".strip() + (f": {line}" if line else "")
    keys = ", ".join(str(key) for key in cell.spec.keys)
    return f"%%{cell.spec.kind} id={cell.id} points={cell.spec.points} ({keys})"
