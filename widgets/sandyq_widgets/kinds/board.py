"""A timetable with holes: who takes which lesson, so that nobody stands in two rooms at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, product
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Block, Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, Note, ResponseError, Spec
from sandyq_widgets.kinds.match import read_places, write_places
from sandyq_widgets.markdown import render_line

ANY: Final = "*"
MOST_STEPS: Final = 5_000
"""A board that a person is to fill is not so hard."""
_RULE: Final = re.compile(r":?-+:?")


@dataclass(frozen=True)
class Hole:
    row: int
    column: int
    need: str
    """What is taught there."""


@dataclass(frozen=True)
class Helper:
    name: str
    subjects: tuple[str, ...]
    """What they can take; ``*`` is everything."""
    busy: frozenset[int]
    """Rows in which they cannot."""

    def fits(self, hole: Hole) -> bool:
        """Could they take it, if they had nothing else to do?"""
        return hole.row not in self.busy and bool({ANY, hole.need} & {*self.subjects})


@dataclass(frozen=True, kw_only=True)
class BoardSpec(Spec):
    """A Markdown table whose cells ``? subject`` are to be filled with ``people:`` (``name = subject, subject``).

    Somebody is busy where the table names them (``name: subject``) or ``busy name: 1, 3`` says so;
    ``limit`` is the most that one person takes on.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    holes: tuple[Hole, ...]
    helpers: tuple[Helper, ...]
    limit: int = 0
    kind: ClassVar[str] = "board"
    settings: ClassVar[tuple[str, ...]] = ("id", "points", "tries", "limit")
    labels: ClassVar[tuple[str, ...]] = ("people", "busy", "hint", "reason")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, lines = draft.cut(lambda line: line.startswith("|"), "| … | … |")
        table = [
            (number, tuple(cell.strip() for cell in line.strip("|").split("|"))) for number, line in lines
        ]
        draft.require_items(table, 3, "| … | … |")
        (_, head), (second, rule), *rows = table
        if not all(_RULE.fullmatch(cell) for cell in rule):
            raise draft.error(second, N_("a line |---|---| is missing above this one. Add it."))
        names = [row[0] for _, row in rows]
        for place, (number, row) in enumerate(rows):
            if row[0] in names[:place]:
                message = N_("two rows are called “{row}”. Give each a name of its own.")
                raise draft.error(number, message, row=row[0])
            for cell in row[1:]:
                if "?" in cell and not (cell.startswith("?") and cell.strip("? ")):
                    message = N_("“{found}”: a hole is written with ? before its subject: ? …")
                    raise draft.error(number, message, found=cell)
            if len(row) != len(head):
                message = N_("this row has {count} cells, the first one {expected}. Make them the same.")
                raise draft.error(number, message, count=len(row), expected=len(head))
        cells = tuple(row for _, row in rows)
        holes = tuple(
            Hole(r, c, cell.lstrip("? "))
            for r, row in enumerate(cells)
            for c, cell in enumerate(row)
            if cell.startswith("?")
        )
        draft.require_items(holes, 1, "| 1 | ? … |")
        own: dict[str, Any] = {"head": head, "rows": cells, "holes": holes, "limit": draft.whole("limit", 0)}
        spec = cls(text=text, helpers=_read_helpers(draft, cells), **own, **cls.common(draft))
        for number, row in rows:
            for cell, helper in product(row[1:], spec.helpers):
                if ":" not in cell and re.match(rf"{re.escape(helper.name)}\b", cell):
                    message = N_("“{found}”: who is busy is written with a colon: {name}: …")
                    raise draft.error(number, message, found=cell, name=helper.name)
        for hole in spec.holes:
            if not any(helper.fits(hole) for helper in spec.helpers):
                message = N_(
                    "nobody can take “{subject}” in row “{row}”. Mend its name, or add it to somebody."
                )
                raise draft.error(rows[hole.row][0], message, subject=hole.need, row=cells[hole.row][0])
        if not spec.find_solution():
            raise draft.error(
                1, N_("the board cannot be filled: for some lesson nobody is free. Change people or limit.")
            )
        return spec

    @property
    def keys(self) -> tuple[object, ...]:
        people = tuple(sorted(helper.busy) for helper in self.helpers)
        return (
            len(self.head),
            len(self.rows),
            tuple((hole.row, hole.column) for hole in self.holes),
            people,
            self.limit,
        )

    def face(self) -> dict[str, Any]:
        places = {(hole.row, hole.column): number for number, hole in enumerate(self.holes)}
        return {
            "head": [render_line(cell) for cell in self.head],
            "rows": [
                [
                    {"hole": places[r, c], "html": render_line(cell.lstrip("? "))}
                    if (r, c) in places
                    else {"hole": -1, "html": render_line(cell)}
                    for c, cell in enumerate(row)
                ]
                for r, row in enumerate(self.rows)
            ],
            "people": [
                {
                    "name": helper.name,
                    "can": "" if ANY in helper.subjects else ", ".join(helper.subjects),
                    "busy": ", ".join(self.rows[row][0] for row in sorted(helper.busy)),
                }
                for helper in self.helpers
            ],
        }

    def judge(self, response: str) -> Judgement:
        put = read_places(response, len(self.holes), len(self.helpers))
        if not put:
            raise ResponseError(N_("Fill in at least one lesson first."))
        wrong = self.find_clashes(put)
        marks = tuple(hole in put and hole not in wrong for hole in range(len(self.holes)))
        missing = len(self.holes) - len(put)
        notes = list(wrong.values())
        if missing:
            notes.append(Note(N_("Lessons without a teacher: {count}."), {"count": missing}))
        said = write_places(
            put, [self._name(hole) for hole in self.holes], [helper.name for helper in self.helpers]
        )
        return Judgement(said, Fraction(sum(marks), len(marks)), marks=marks, notes=tuple(notes))

    def find_clashes(self, put: dict[int, int]) -> dict[int, Note]:
        """Return for each hole that cannot stay as it is, what is wrong."""
        found: dict[int, Note] = {}
        taken: Counter[int] = Counter()
        rows: set[tuple[int, int]] = set()
        for number, person in sorted(put.items()):
            hole, helper = self.holes[number], self.helpers[person]
            taken[person] += 1
            values: dict[str, object] = {"name": helper.name, "lesson": self._name(hole)}
            if hole.row in helper.busy:
                found[number] = Note(N_("{lesson}: {name} is not free then."), values)
            elif (hole.row, person) in rows:
                found[number] = Note(N_("{lesson}: {name} cannot be in two rooms at once."), values)
            elif hole.need not in helper.subjects and ANY not in helper.subjects:
                found[number] = Note(N_("{lesson}: {name} does not teach this subject."), values)
            elif self.limit and taken[person] > self.limit:
                limit = Note(
                    N_("{lesson}: {name} has taken on {limit} lessons already."),
                    {**values, "limit": self.limit},
                )
                found[number] = limit
            rows.add((hole.row, person))
        return found

    def find_solution(self) -> dict[int, int]:
        """Return one way to fill all holes without a clash; empty when there is none, or it is not soon found."""
        return self._extend({}, count())

    def _extend(self, put: dict[int, int], steps: Iterator[int]) -> dict[int, int]:
        number = len(put)
        if number == len(self.holes):
            return put
        for person, helper in enumerate(self.helpers):
            tried = {**put, number: person}
            if not helper.fits(self.holes[number]) or self.find_clashes(tried):
                continue
            if next(steps) > MOST_STEPS:
                return {}
            if whole := self._extend(tried, steps):
                return whole
        return {}

    def solve(self) -> str:
        names = [self._name(hole) for hole in self.holes]
        return write_places(self.find_solution(), names, [helper.name for helper in self.helpers])

    def _name(self, hole: Hole) -> str:
        return f"{self.rows[hole.row][0]}, {self.head[hole.column]}, {hole.need}"


def _read_helpers(draft: Draft, cells: tuple[tuple[str, ...], ...]) -> tuple[Helper, ...]:
    block = next(iter(draft.labelled("people")), None)
    if block is None:
        message = N_("the people are missing. Write people: and below it lines like Name = subject, subject")
        raise draft.error(draft.end, message)
    away = {each.argument: each for each in draft.labelled("busy")}
    rows = {row[0]: r for r, row in enumerate(cells)}
    helpers: list[Helper] = []
    for number, line in enumerate(map(str.strip, block.lines), start=block.line):
        if not line:
            continue
        name, equals, subjects = (part.strip() for part in line.partition("="))
        if not name or not equals or not subjects:
            raise draft.error(number, N_("“{found}” is no person. Write Name = subject, subject"), found=line)
        if name in [helper.name for helper in helpers]:
            raise draft.error(number, N_("{name} stands twice among people:. Keep one."), name=name)
        busy = {r for r, row in enumerate(cells) if any(_names(cell, name) for cell in row)}
        if name in away:
            busy |= _read_busy(draft, away.pop(name), rows)
        helpers.append(
            Helper(name, tuple(subject.strip() for subject in subjects.split(",")), frozenset(busy))
        )
    for name, each in away.items():
        raise draft.error(each.line, N_("busy {name}: there is no such person among people:"), name=name)
    return tuple(helpers)


def _names(cell: str, name: str) -> bool:
    """``Name: subject`` says who is busy."""
    person, colon, _ = cell.partition(":")
    return bool(colon) and person.strip() == name


def _read_busy(draft: Draft, block: Block, rows: dict[str, int]) -> set[int]:
    words = [word.strip() for word in block.text.split(",") if word.strip()]
    for word in words:
        if word not in rows:
            message = N_("busy {name}: there is no row “{row}”.")
            raise draft.error(block.line, message, name=block.argument, row=word)
    return {rows[word] for word in words}
