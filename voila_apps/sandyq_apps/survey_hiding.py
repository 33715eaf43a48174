"""Numbers of a survey that may not leave the school, and those from which they could be computed.

A number is *small* when it counts 1 to 4 children: who were asked, who answered, who did not, who want a chest. It is
hidden, and with it as many others as it takes until whoever reads all the rest (each table adds up to the whole, nobody
wants a chest who has not answered) can neither compute it nor tell that it is small. The least and the greatest value
that it can have are found over whole numbers, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandyq_apps.survey_counts import SMALLEST, Demand, Group

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import IntVar

ASKED: Final = "asked"
ANSWERED: Final = "answered"
MOST: Final = 100_000
"""More children than any school has."""
TRIES: Final = 8
"""How many are tried for one that is enough by itself; after that the first is hidden, and another beside it."""
Column = int | str
"""ASKED, ANSWERED or a chest."""
Line = tuple[str, str]
"""Dimension and its value."""
Place = tuple[str, str, Column]
WHOLE: Final[Line] = ("", "")


def is_small(number: int) -> bool:
    return 0 < number < SMALLEST


@dataclass(frozen=True)
class Tables:
    """What is to be told outside: the whole, and a table for each dimension."""

    demand: Demand
    dimensions: Sequence[str]
    chests: Sequence[int]

    @property
    def columns(self) -> list[Column]:
        return [ASKED, ANSWERED, *self.chests]

    @property
    def lines(self) -> Mapping[Line, Group]:
        parts = {
            (name, value): group
            for name in self.dimensions
            for value, group in self.demand.parts[name].items()
        }
        return {WHOLE: self.demand.whole} | parts

    def values(self) -> dict[Place, int]:
        return {
            (*line, column): count(group, column)
            for line, group in self.lines.items()
            for column in self.columns
        }


def count(group: Group, column: Column) -> int:
    match column:
        case int():
            return group.wants[column]
        case "asked":
            return group.asked
    return group.answered


def hide(demand: Demand, dimensions: Iterable[str], chests: Iterable[int]) -> frozenset[Place]:
    """Return the places whose numbers may not be shown; of a group of fewer than SMALLEST children nothing is.

    What is hidden of how many were asked hangs on these numbers alone: two surveys of the same children hide the same
    of them, else the sheet of one would tell what that of the other hides.
    """
    tables = Tables(demand, list(dimensions), list(chests))
    lines, values = tables.lines, tables.values()
    asked = {place for place in values if place[2] == ASKED}
    rest = set(values) - asked
    small = [place for place in values if _is_telling(lines[place[:2]], place[2])]
    few = [place for place in small if place in asked]
    hidden = _hide_beside(tables, few, rest | set(few), asked) & asked
    hidden |= {*small, *(place for place in values if lines[place[:2]].asked < SMALLEST)}
    return frozenset(_hide_beside(tables, small, hidden, rest))


def _hide_beside(
    tables: Tables, small: Iterable[Place], hidden: set[Place], choice: set[Place]
) -> set[Place]:
    """Return what is hidden when no small number can be told any more; the others are chosen among ``choice``."""
    values = tables.values()
    while (place := _find_unsafe(tables, hidden, small)) is not None:
        others = sorted(choice - hidden, key=lambda other: _cost(place, other, hidden, values[other]))
        if not others:
            return set(values)  # nobody is told anything
        enough = (
            other
            for other in others[:TRIES]
            if other[:2] != WHOLE and _Reader(tables, hidden | {other}).is_safe(place)
        )
        hidden = hidden | {next(enough, others[0])}
    return hidden


def _is_telling(group: Group, column: Column) -> bool:
    return is_small(count(group, column)) or (column == ANSWERED and is_small(group.silent))


def _find_unsafe(tables: Tables, hidden: set[Place], small: Iterable[Place]) -> Place | None:
    if not hidden:
        return None
    reader = _Reader(tables, hidden)
    return next((place for place in small if not reader.is_safe(place)), None)


def _cost(place: Place, other: Place, hidden: set[Place], value: int) -> tuple[object, ...]:
    """What is hidden first beside a place: in its table, its column, in a line that is hidden already, a small one.

    The whole goes last: a table without some of its parts is better than one without its sum.
    """
    is_begun = (*other[:2], ASKED) in hidden
    return (
        other[:2] == WHOLE,
        other[0] != place[0],
        other[2] != place[2],
        not is_begun,
        value == 0,
        value,
        str(other),
    )


class _Reader:
    """Somebody who knows all that is shown, and computes."""

    def __init__(self, tables: Tables, hidden: set[Place]) -> None:
        from ortools.sat.python.cp_model import CpModel

        self._model = CpModel()
        self._lines, values = tables.lines, tables.values()
        self._numbers: dict[Place, IntVar] = {}
        for place, value in values.items():
            least, most = (0, MOST) if place in hidden else (value, value)
            self._numbers[place] = self._model.new_int_var(least, most, "")
        has_extra = any(group.extra for group in self._lines.values())
        for line in self._lines:
            asked, answered = self._numbers[*line, ASKED], self._numbers[*line, ANSWERED]
            for chest in tables.chests:
                self._model.add(self._numbers[*line, chest] <= answered)
            if not has_extra:
                self._model.add(answered <= asked)
        for column in tables.columns:
            for name in tables.dimensions:
                parts = [self._numbers[*line, column] for line in self._lines if line[0] == name]
                self._model.add(sum(parts) == self._numbers[*WHOLE, column])

    def is_safe(self, place: Place) -> bool:
        """Return whether a number can be another one, and no small one."""
        group, number = self._lines[place[:2]], self._numbers[place]
        least, most = self._solve(place, number, -1), self._solve(place, number, 1)
        if least == most or (is_small(count(group, place[2])) and most < SMALLEST):
            return False
        return place[2] != ANSWERED or not is_small(group.silent) or least <= group.asked - SMALLEST

    def _solve(self, place: Place, number: IntVar, sense: int) -> int:
        from ortools.sat.python import cp_model

        self._model.maximize(sense * number)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        status = solver.solve(self._model)
        if status != cp_model.OPTIMAL:
            raise ValueError(
                f"The survey's numbers contradict each other at {place}: {solver.status_name()}."
            )
        return solver.value(number)
