"""Figures of the programme for those who may not see its people by name: none tells of fewer than five of them.

Who is enrolled is no secret, how somebody stands is. Groups of fewer than five people are told together. Of a group a
number is *small* when it is true, or not true, of one to four: "18 of 20 came" tells of the two. A small number is
hidden, and with it as many others as it takes until whoever knows the rest – all that is shown, who is in which school,
community and programme – can neither compute a hidden number nor tell that a small one is. The least and the greatest
value that a hidden number can have are found over whole numbers, not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from sandyq_apps.coverage_hiding import SMALL, is_small
from sandyq_apps.programme_counts import MARKS, TABLES, Group, Member, gather, stands

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

OTHERS: Final = "others"
"""The groups that are too small to be told of alone."""
TRIES: Final = 8
"""How many are tried for one that is enough by itself; after that the first is hidden, and another beside it."""
Place = tuple[str, Group]
"""Table (``total`` or one of TABLES) and group."""
TOTAL: Final[Place] = ("total", "")


@dataclass(frozen=True)
class Who:
    """What everybody may know of a person, and in which of their programmes something is true of them."""

    school: Group
    community: Group
    programmes: frozenset[str]
    true_in: frozenset[str] = frozenset()

    @property
    def kind(self) -> Who:
        """Without what is told of them."""
        return Who(self.school, self.community, self.programmes)

    def places(self) -> list[Place]:
        """Return where they are counted."""
        named = [("programme", each) for each in sorted(self.programmes)]
        return [TOTAL, ("school", self.school), ("community", self.community), *named]

    def is_true_at(self, place: Place, *, in_all: bool) -> bool:
        """Return whether they count at a place among those of whom it is true."""
        if place[0] == "programme":
            return place[1] in self.true_in
        return self.true_in == self.programmes if in_all else bool(self.true_in)


def list_people(members: Iterable[Member], mark: str, month: int) -> list[Who]:
    """Return everybody enrolled at the end of a month, by whether a mark is true of them."""
    people = gather(members, month).values()
    found = []
    for theirs in people:
        programmes = frozenset(each.programme for each in theirs)
        inside = {name: [each for each in theirs if each.programme == name] for name in programmes}
        true_in = frozenset(name for name, own in inside.items() if stands(own, mark, month))
        found.append(Who(theirs[0].school, theirs[0].community, programmes, true_in))
    return found


def merge(people: Sequence[Who]) -> list[Who]:
    """Return people in whose schools and communities there are at least five of them."""
    sizes = {name: Counter(getattr(each, name) for each in people) for name in ("school", "community")}
    small = {name: _find_small(size) for name, size in sizes.items()}
    return [
        Who(
            OTHERS if each.school in small["school"] else each.school,
            OTHERS if each.community in small["community"] else each.community,
            each.programmes,
            each.true_in,
        )
        for each in people
    ]


def _find_small(sizes: Mapping[Group, int]) -> set[Group]:
    """Return the groups that are told together: so many that there are five people in them."""
    small: set[Group] = set()
    for group, size in sorted(sizes.items(), key=lambda item: (item[1], str(item[0]))):
        together = sum(sizes[each] for each in small)
        if size >= SMALL and (not small or together >= SMALL):
            break
        small.add(group)
    return small if len(small) > 1 else set()


@dataclass(frozen=True)
class Numbers:
    """Of how many people at a place something is true."""

    people: tuple[Who, ...]
    in_all: bool
    """Whether it is true of a person only when it is in all of their programmes."""

    def read(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """Return by place of how many it is true, and how many there are."""
        true: Counter[Place] = Counter()
        sizes: Counter[Place] = Counter()
        for each in self.people:
            for place in each.places():
                sizes[place] += 1
                true[place] += each.is_true_at(place, in_all=self.in_all)
        return {place: true[place] for place in sizes}, dict(sizes)


def is_telling(value: int, size: int) -> bool:
    """Return whether a number says something of one to four people."""
    return is_small(value) or is_small(size - value)


def hide(numbers: Numbers) -> frozenset[Place]:
    """Return the places whose numbers may not be shown; those of a small group are hidden whole."""
    values, sizes = numbers.read()
    hidden = {
        place for place, value in values.items() if is_telling(value, sizes[place]) or is_small(sizes[place])
    }
    while (place := _find_unsafe(numbers, hidden, values, sizes)) is not None:
        others = sorted(set(values) - hidden, key=lambda other: _cost(place, other, values, sizes))
        if not others:
            break  # all is hidden: nobody is told anything
        enough = (
            other
            for other in others[:TRIES]
            if _find_unsafe(numbers, hidden | {other}, values, sizes, only=place) is None
        )
        hidden.add(next(enough, others[0]))
    return frozenset(hidden)


def _cost(
    place: Place, other: Place, values: Mapping[Place, int], sizes: Mapping[Place, int]
) -> tuple[object, ...]:
    """What is hidden first beside a place: in its table, the least telling of the least people; the total last."""
    value, size = values[other], sizes[other]
    return other == TOTAL, other[0] != place[0], min(value, size - value) == 0, size, str(other)


def _find_unsafe(
    numbers: Numbers,
    hidden: set[Place],
    values: Mapping[Place, int],
    sizes: Mapping[Place, int],
    *,
    only: Place | None = None,
) -> Place | None:
    """Return a hidden place of which a reader can tell too much, if there is one."""
    if not hidden:
        return None
    reader = _Reader(numbers, hidden, values)
    spans = {place: (values[place], values[place]) for place in hidden}
    for place in [only] if only else sorted(hidden, key=str):
        for sense in (1, -1):
            if _is_safe(*spans[place], values[place], sizes[place]):
                break
            for each, value in reader.stretch(place, sense).items():  # one answer tells of all places
                least, most = spans[each]
                spans[each] = min(least, value), max(most, value)
        if not _is_safe(*spans[place], values[place], sizes[place]):
            return place
    return None


def _is_safe(least: int, most: int, value: int, size: int) -> bool:
    if least == most:
        return False
    if size < SMALL:
        return True
    return not (is_small(value) and most < SMALL) and not (is_small(size - value) and least > size - SMALL)


class _Reader:
    """Somebody who knows all that is shown, and who is where."""

    def __init__(self, numbers: Numbers, hidden: set[Place], values: Mapping[Place, int]) -> None:
        from ortools.sat.python.cp_model import CpModel

        self._model: CpModel = CpModel()
        self._hidden = hidden
        self._sums: dict[Place, list[IntVar]] = {place: [] for place in values}
        for kind, size in Counter(each.kind for each in numbers.people).items():
            self._add_kind(kind, size, in_all=numbers.in_all)
        for place in set(values) - hidden:
            self._model.add(sum(self._sums[place]) == values[place])

    def _add_kind(self, kind: Who, size: int, *, in_all: bool) -> None:
        """People of whom the reader knows the same: how many of them are in which of the possible ways."""
        names = sorted(kind.programmes)
        ways = [frozenset(way) for many in range(1, len(names) + 1) for way in combinations(names, many)]
        numbers = [self._model.new_int_var(0, size, "") for _ in ways]
        if len(ways) > 1:
            self._model.add(sum(numbers) <= size)
        for way, number in zip(ways, numbers, strict=True):
            who = Who(kind.school, kind.community, kind.programmes, way)
            for place in who.places():
                if who.is_true_at(place, in_all=in_all):
                    self._sums[place].append(number)

    def stretch(self, place: Place, sense: int) -> dict[Place, int]:
        """Return what all hidden numbers are where one is as great (1) or as small (-1) as it can be."""
        from ortools.sat.python import cp_model

        self._model.maximize(sense * sum(self._sums[place]))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        status = solver.solve(self._model)
        if status != cp_model.OPTIMAL:
            raise ValueError(
                f"The report's numbers contradict each other at {place}: {solver.status_name()}."
            )
        return {each: sum(solver.value(number) for number in self._sums[each]) for each in self._hidden}


def hide_all(members: Sequence[Member], month: int) -> dict[str, tuple[dict[Place, Any], dict[Place, int]]]:
    """Return by mark the numbers that may be told at the end of a month (None: hidden) and the sizes of the groups."""
    told: dict[str, tuple[dict[Place, Any], dict[Place, int]]] = {}
    for mark in MARKS:
        numbers = Numbers(tuple(merge(list_people(members, mark, month))), mark == "silent")
        values, sizes = numbers.read()
        hidden = hide(numbers)
        told[mark] = ({place: None if place in hidden else value for place, value in values.items()}, sizes)
    return told


__all__ = ["OTHERS", "TABLES", "TOTAL", "Numbers", "Place", "Who", "hide", "hide_all", "is_telling", "merge"]
