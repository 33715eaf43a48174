"""Places in clubs, given by children's wishes: what is allowed, and the best plan, proven by OR-tools' CP-SAT.

What is best, one after the other (``GOALS``): what comes first is never given up for what comes later.

1. ``served``: as many children who have a wish as possible get a club.
2. ``first_served``: where some must go without, children with priority do not.
3. ``first_points``, 4. ``points``: wishes of children with priority, then of all, are met as well as possible. The
   first wish counts 4, the second 2, the third 1: the first is worth more than the two others together.
5. ``long_days``: as few children as possible have two clubs on one day.
6. ``lots``: whoever is drawn earlier gets the better of what is otherwise equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import combinations
from math import floor
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

POINTS: Final = {1: 4, 2: 2, 3: 1}
RANKS: Final = tuple(POINTS)
GOALS: Final = ("served", "first_served", "first_points", "points", "long_days", "lots")


@dataclass(frozen=True)
class Time:
    """A meeting in the week: 0 is Monday, ``14:30``; ``shift``: for whose free half of the day it is, 0 for all."""

    weekday: int
    starts: str
    ends: str
    shift: int = 0

    def overlaps(self, other: Time) -> bool:
        return self.weekday == other.weekday and self.starts < other.ends and other.starts < self.ends


@dataclass(frozen=True)
class Club:
    id: int
    capacity: int
    least: int = 0
    grades: tuple[int, int] = (1, 11)
    """The lowest and the highest."""
    language: str = ""
    times: tuple[Time, ...] = ()
    """Empty: not in the timetable yet, so that nothing can be said of bus, shift and other clubs."""


@dataclass(frozen=True)
class Child:
    id: int
    grade: int
    language: str
    shift: int = 1
    leaves: Mapping[int, str] | None = None
    """When the bus leaves, by weekday; None: the child needs no bus."""
    priority: bool = False
    lot: int = 0
    """The place in the draw; 1 comes first."""
    wishes: tuple[int, ...] = ()
    """Clubs, the dearest first, at most three."""
    keeps: tuple[int, ...] = ()
    """Clubs in which the child is already and stays."""

    def rank(self, club: int) -> int:
        """1 … 3; 4 for a club that the child did not wish for."""
        return self.wishes.index(club) + 1 if club in self.wishes else len(POINTS) + 1


@dataclass(frozen=True)
class Obstacle:
    """Why a child cannot be in a club: ``kind`` is grade, language, shift or bus; ``time`` the meeting that hinders."""

    kind: str
    time: Time | None = None
    leaves: str = ""
    """Of the bus, on that day; empty: it does not go."""


def find_obstacles(child: Child, club: Club) -> list[Obstacle]:
    """Return what keeps a child from a club whoever else is in it."""
    found = []
    if not club.grades[0] <= child.grade <= club.grades[1]:
        found.append(Obstacle("grade"))
    if club.language not in ("", child.language):
        found.append(Obstacle("language"))
    wrong = next((time for time in club.times if time.shift not in (0, child.shift)), None)
    if wrong:
        found.append(Obstacle("shift", wrong))
    if child.leaves is not None:
        missed = next((time for time in club.times if child.leaves.get(time.weekday, "") < time.ends), None)
        if missed:
            found.append(Obstacle("bus", missed, child.leaves.get(missed.weekday, "")))
    return found


def find_clash(one: Club, other: Club) -> tuple[Time, Time] | None:
    """Return two meetings that overlap, or None."""
    pairs = ((mine, theirs) for mine in one.times for theirs in other.times if mine.overlaps(theirs))
    return next(pairs, None)


def _days(club: Club) -> set[int]:
    return {time.weekday for time in club.times}


def draw_lots(children: Iterable[int], seed: str) -> dict[int, int]:
    """Return each child's place in the draw (1 …): the same seed gives the same draw to whoever repeats it."""
    order = sorted(children, key=lambda child: (sha256(f"{seed}:{child}".encode()).digest(), child))
    return {child: place for place, child in enumerate(order, 1)}


@dataclass(frozen=True)
class Stage:
    """How well a goal was reached: ``bound`` is what no plan can exceed; equal when it is proven."""

    goal: str
    value: int
    bound: int

    @property
    def is_proven(self) -> bool:
        return self.value == self.bound


@dataclass(frozen=True)
class Task:
    clubs: tuple[Club, ...]
    children: tuple[Child, ...]
    most: int = 1
    """Clubs that one child may have, those that are kept among them."""

    @cached_property
    def _clubs(self) -> dict[int, Club]:
        return {club.id: club for club in self.clubs}

    def club(self, club_id: int) -> Club:
        return self._clubs[club_id]

    def kept(self) -> Counter[int]:
        """Return how many stay in each club."""
        return Counter(club for child in self.children for club in child.keeps)

    def places(self, club: Club, kept: Counter[int]) -> int:
        """Return the club's places; more than its capacity only where more are in it already."""
        return max(club.capacity, kept[club.id])


@dataclass(frozen=True)
class Plan:
    given: Mapping[int, tuple[int, ...]]
    """New clubs of each child who gets some, the dearest first; kept ones are not among them."""
    stages: tuple[Stage, ...] = ()
    seconds: float = 0.0

    @property
    def is_proven(self) -> bool:
        return len(self.stages) == len(GOALS) and all(stage.is_proven for stage in self.stages)

    def clubs_of(self, child: Child) -> tuple[int, ...]:
        return (*child.keeps, *self.given.get(child.id, ()))

    def count(self, task: Task) -> Counter[int]:
        """Return how many children each club has."""
        return Counter(club for child in task.children for club in self.clubs_of(child))


@dataclass
class _Model:
    """The task in CP-SAT's words; ``give`` is 1 where a child gets a club that it wished for."""

    task: Task
    model: CpModel
    give: dict[tuple[int, int], IntVar] = field(default_factory=dict)
    served: dict[int, IntVar] = field(default_factory=dict)
    long_days: list[IntVar] = field(default_factory=list)
    drawn: dict[int, int] = field(default_factory=dict)


def solve(task: Task, seconds: float = 60.0) -> Plan:
    """Return the best plan, or the best that was found in time; the same task gets the same plan.

    The solver runs in this thread and blocks it; it uses one worker, so its work is the same on every computer.
    """
    from ortools.sat.python import cp_model

    began = monotonic()
    built = _build(task, cp_model.CpModel())
    stages: list[Stage] = []
    chosen: dict[tuple[int, int], int] = dict.fromkeys(built.give, 0)
    for goal in GOALS:
        aim = _aim(built, goal)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 7
        solver.parameters.symmetry_level = 0
        solver.parameters.linearization_level = (
            2  # places and children are nearly a flow: bounds come from the LP
        )
        solver.parameters.max_deterministic_time = seconds
        solver.parameters.max_time_in_seconds = max(began + seconds - monotonic(), 0.5)
        built.model.clear_hints()
        for key, variable in built.give.items():
            built.model.add_hint(variable, chosen[key])
        built.model.maximize(aim)
        status = solver.solve(built.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        chosen = {key: solver.value(variable) for key, variable in built.give.items()}
        value = round(solver.objective_value)
        stages.append(Stage(goal, value, max(value, floor(solver.best_objective_bound + 1e-6))))
        built.model.add(aim >= value)
    return Plan(_read(task, chosen), tuple(stages), monotonic() - began)


def _build(task: Task, model: CpModel) -> _Model:
    built = _Model(task, model)
    kept = task.kept()
    for child in task.children:
        _add_child(built, child)
    for club in task.clubs:
        _limit_club(built, club, kept)
    return built


def _add_child(built: _Model, child: Child) -> None:
    task, model = built.task, built.model
    kept = [task.club(club) for club in child.keeps]
    able = [
        club
        for club in map(task.club, child.wishes)
        if club.id not in child.keeps
        and not find_obstacles(child, club)
        and not any(find_clash(club, other) for other in kept)
    ]
    mine = {club.id: model.new_bool_var(f"give_{child.id}_{club.id}") for club in able}
    built.give |= {(child.id, club): variable for club, variable in mine.items()}
    if len(mine) > task.most - len(kept):
        model.add(sum(mine.values()) <= max(task.most - len(kept), 0))
    for one, other in combinations(able, 2):
        if find_clash(one, other):
            model.add(mine[one.id] + mine[other.id] <= 1)
        elif _days(one) & _days(other):
            both = model.new_bool_var("")
            model.add(both >= mine[one.id] + mine[other.id] - 1)
            built.long_days.append(both)
    for club in able:
        built.long_days.extend(mine[club.id] for other in kept if _days(club) & _days(other))
    if mine and not kept:
        built.served[child.id] = model.new_bool_var(f"served_{child.id}")
        model.add(built.served[child.id] <= sum(mine.values()))


def _limit_club(built: _Model, club: Club, kept: Counter[int]) -> None:
    """No more than there are places; open with the least number or not at all, unless children are in it already."""
    wanted = [variable for (_child, club_id), variable in built.give.items() if club_id == club.id]
    if not wanted:
        return
    free = built.task.places(club, kept) - kept[club.id]
    if kept[club.id] or club.least <= 1:
        built.model.add(sum(wanted) <= free)
        return
    is_open = built.model.new_bool_var(f"open_{club.id}")
    built.model.add(sum(wanted) <= free * is_open)
    built.model.add(sum(wanted) >= club.least * is_open)
    for variable in wanted:
        built.model.add(variable <= is_open)


def _aim(built: _Model, goal: str) -> LinearExpr | int:
    """Return what a stage makes as large as possible."""
    children = {child.id: child for child in built.task.children}
    points = {
        (child, club): POINTS[children[child].rank(club)] * variable
        for (child, club), variable in built.give.items()
    }
    match goal:
        case "served":
            return sum(built.served.values())
        case "first_served":
            return sum(variable for child, variable in built.served.items() if children[child].priority)
        case "first_points":
            return sum(term for (child, _club), term in points.items() if children[child].priority)
        case "points":
            return sum(points.values())
        case "long_days":
            return -sum(built.long_days)
    last = max((child.lot for child in built.task.children), default=0) + 1
    return sum((last - children[child].lot) * term for (child, _club), term in points.items())


def _read(task: Task, chosen: Mapping[tuple[int, int], int]) -> dict[int, tuple[int, ...]]:
    given = {}
    for child in task.children:
        clubs = tuple(club for club in child.wishes if chosen.get((child.id, club)))
        if clubs:
            given[child.id] = clubs
    return given
