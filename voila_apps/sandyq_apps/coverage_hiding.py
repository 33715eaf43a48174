"""Small numbers that may not leave the school, and those from which they could be computed.

A number is *small* when it is 1, 2, 3 or 4: it says something about children whom people know. Nought is told. A small
number is hidden, and with it as many others as it takes until whoever knows the rest (all that is shown, the sums,
which grades are taught in which language) can neither compute a hidden number nor tell that a small one is below five.
What can be told is not guessed: the least and the greatest value of a number are computed exactly, over whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandyq_apps.coverage_counts import DIMENSIONS, Count, Coverage, Group

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import IntVar

SMALL: Final = 5
"""Numbers below it (but not nought) are small."""
MOST: Final = 100_000
"""More children than any school has."""
PARTS: Final = {"pupils": (0, 1, 2), "enrolled": (1, 2), "came": (2,), "nothing": (0,), "never": (1,)}
"""Of what a number is the sum: pupils in nothing (0), enrolled who never came (1), who came (2)."""
SHOWN: Final = ("pupils", "enrolled", "came", "nothing")
BESIDE: Final = {"nothing": "enrolled", "enrolled": "nothing", "never": "came"}
"""By which other number of its line a number is told, for whoever knows how many pupils there are."""
TRIES: Final = 12
"""How many are tried for one that is enough by itself; after that the first is hidden, and another beside it."""
Place = tuple[str, Group, str]
"""Table (``total``, a dimension or ``chest``), group, column."""


def is_small(value: int) -> bool:
    return 0 < value < SMALL


@dataclass(frozen=True)
class Tables:
    """What is to be told outside."""

    total: Count
    groups: Mapping[str, Sequence[tuple[Group, Count]]]
    chests: Sequence[tuple[int, Count]]
    taught: frozenset[tuple[Group, Group]] = frozenset()
    """Which grade is taught in which language: everybody knows it."""

    def value(self, place: Place) -> int:
        table, group, column = place
        lines = {"total": [("", self.total)], "chest": self.chests, **self.groups}[table]
        number: int = getattr(next(count for name, count in lines if name == group), column)
        return number

    def places(self, columns: Sequence[str]) -> list[Place]:
        """Return all places of columns; a chest has no pupils of its own, nor some in nothing."""
        named = [("total", "")] + [
            (table, group) for table, lines in self.groups.items() for group, _ in lines
        ]
        chests: list[Place] = [
            ("chest", chest, column) for chest, _ in self.chests for column in ("enrolled", "came", "never")
        ]
        return [(table, group, column) for table, group in named for column in columns] + [
            place for place in chests if place[2] in columns
        ]


def make_tables(coverage: Coverage, chests: Iterable[int]) -> Tables:
    """Return the tables of a term that the district is told."""
    groups = {name: coverage.count_by(key) for name, key in DIMENSIONS.items()}
    taught = frozenset((pupil.grade, pupil.language) for pupil in coverage.pupils)
    return Tables(coverage.total, groups, [(chest, coverage.count_chest(chest)) for chest in chests], taught)


def hide(tables: Tables) -> frozenset[Place]:
    """Return the places whose numbers may not be shown.

    What is hidden of the numbers of pupils hangs on these alone: two terms with the same pupils hide the same of them,
    else the report of one would tell what that of the other hides.
    """
    pupils, rest = set(tables.places(SHOWN[:1])), set(tables.places(SHOWN[1:]))
    small = [place for place in tables.places(tuple(PARTS)) if is_small(tables.value(place))]
    few = [place for place in small if place in pupils]
    hidden = _hide_beside(tables, rest | set(few), few, set()) & pupils
    hidden |= rest & set(small)
    hidden |= {
        (table, group, column) for table, group, _ in few for column in SHOWN
    }  # of a small group no number
    return frozenset(_hide_beside(tables, hidden, [*small, *sorted(hidden - set(small), key=str)], pupils))


def _hide_beside(tables: Tables, hidden: set[Place], waiting: list[Place], kept: set[Place]) -> set[Place]:
    """Return what is hidden when nothing that waits can be told any more; what is kept is shown if it was."""
    hidden, waiting = set(hidden), list(waiting)
    while waiting:
        place = waiting.pop(0)
        needs_doubt = is_small(tables.value(place))
        while not _Reader(tables, hidden).is_safe(place, needs_doubt=needs_doubt):
            others = set(tables.places(SHOWN)) - hidden - kept
            ordered = sorted(others, key=lambda other: _cost(tables, place, other))
            enough = (
                other
                for other in ordered[:TRIES]
                if _Reader(tables, hidden | {other}).is_safe(place, needs_doubt=needs_doubt)
            )
            also = next(enough, ordered[0])
            hidden.add(also)
            waiting.append(also)
    return hidden


def _cost(tables: Tables, place: Place, other: Place) -> tuple[object, ...]:
    """What is hidden first beside a place: what it is told by in its own line, then its column, rather a small one."""
    table, group, column = place
    is_line = other[:2] == (table, group)
    column = column if is_line else BESIDE.get(column, column)
    is_told = other[2] == (BESIDE.get(place[2]) if is_line else column)
    value = tables.value(other)
    return other[0] == "total", other[0] != table, not is_told, not is_line, value == 0, value, str(other)


@dataclass(frozen=True)
class _Cell:
    """Children of whom the reader knows no more than the groups they belong to: unknown numbers of the three parts."""

    groups: Mapping[str, Group]
    parts: Sequence[IntVar]


class _Reader:
    """Somebody who knows all that is shown, and computes."""

    def __init__(self, tables: Tables, hidden: set[Place]) -> None:
        from ortools.sat.python.cp_model import CpModel

        self._tables = tables
        self._model = CpModel()
        self._sums: dict[Place, Any] = {}
        """What each place is the sum of."""
        self._add_groups()
        self._add_chests()
        for place in set(tables.places(SHOWN)) - hidden:
            self._model.add(self._sums[place] == tables.value(place))

    def is_safe(self, place: Place, *, needs_doubt: bool) -> bool:
        """Return whether the number can have other values; with ``needs_doubt`` also one that is not small."""
        self._model.maximize(self._sums[place])
        most = self._solve(place)
        if needs_doubt and most < SMALL:
            return False
        self._model.minimize(self._sums[place])
        return self._solve(place) < most

    def _solve(self, place: Place) -> int:
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        status = solver.solve(self._model)
        if status != cp_model.OPTIMAL:
            raise ValueError(
                f"The numbers of the report contradict each other at {place}: {solver.status_name()}."
            )
        return round(solver.objective_value)

    def _add_groups(self) -> None:
        total = self._new(3)
        for column, parts in PARTS.items():
            self._sums["total", "", column] = sum(total[part] for part in parts)
        for cells in self._divide():
            for part in range(3):
                self._model.add(sum(cell.parts[part] for cell in cells) == total[part])
            for name, group in {item for cell in cells for item in cell.groups.items()}:
                inside = [cell for cell in cells if cell.groups[name] == group]
                for column, parts in PARTS.items():
                    self._sums[name, group, column] = sum(
                        cell.parts[part] for cell in inside for part in parts
                    )

    def _divide(self) -> list[list[_Cell]]:
        """Return the ways in which all children are divided; grades and languages divide them together."""
        taught = [
            _Cell({"grade": grade, "language": language}, self._new(3))
            for grade, language in sorted(self._tables.taught, key=str)
        ]
        alone = [
            [_Cell({name: group}, self._new(3)) for group, _ in lines]
            for name, lines in self._tables.groups.items()
            if name not in ("grade", "language")
        ]
        return [*([taught] if taught else []), *alone]

    def _add_chests(self) -> None:
        """A child can be in several chests: together they are no fewer than all who are in one."""
        chests = [chest for chest, _ in self._tables.chests]
        for chest in chests:
            never, came = self._new(2)
            for column, numbers in {"enrolled": never + came, "came": came, "never": never}.items():
                self._sums["chest", chest, column] = numbers
        for column in ("enrolled", "came"):
            whole, parts = self._sums["total", "", column], [self._sums["chest", c, column] for c in chests]
            for part in parts:
                self._model.add(part <= whole)
            if parts:
                self._model.add(sum(parts) >= whole)

    def _new(self, many: int) -> list[IntVar]:
        return [self._model.new_int_var(0, MOST, "") for _ in range(many)]
