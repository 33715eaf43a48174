"""Who sits at the computers when: groups of one lesson, and turns of several classes over a week.

One lesson: with fewer seats than children the class is split into groups of nearly equal size, which take turns of
equal length; nobody looks at a screen longer without a break than the grade may (``SCREEN_MINUTES``).
A week: each lesson at which the computers can be used is given to one class, as evenly as can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandyq.authoring.front import SCREEN_MINUTES
from sandyq.rotas import SHORTEST_TURN


@dataclass(frozen=True)
class Lesson:
    """What is known of a lesson with computers."""

    children: int
    computers: int
    grade: int
    minutes: int = 45
    edges: int = 10
    """Minutes at the beginning and the end that are spent without computers."""
    in_pairs: bool = True

    @property
    def seats(self) -> int:
        return self.computers * (2 if self.in_pairs else 1)


@dataclass(frozen=True)
class Turn:
    """Minutes after the lesson's beginning; ``group`` counts from 0."""

    start: int
    end: int
    group: int
    swap: int | None
    """When two at one computer change the keyboard; None where each has their own."""


@dataclass(frozen=True)
class Rota:
    sizes: tuple[int, ...]
    """Children of each group."""
    turns: tuple[Turn, ...]
    """In this lesson."""
    lessons: int
    """How many lessons it takes until every group has been at the computers."""

    @property
    def minutes(self) -> int:
        """Minutes of a turn."""
        return self.turns[0].end - self.turns[0].start


def plan_lesson(lesson: Lesson, number: int = 0) -> Rota:
    """Return groups and turns of lesson ``number`` (from 0: in each lesson the groups that had none before begin).

    ValueError for what is no lesson: no children, no computers, a grade that has no rule, too little time.
    """
    working = lesson.minutes - lesson.edges
    if lesson.children < 1 or lesson.computers < 1:
        raise ValueError("A rota needs at least one child and one computer.")
    if lesson.grade not in SCREEN_MINUTES:
        raise ValueError(f"Grade {lesson.grade} has no rule. Use 1 to {max(SCREEN_MINUTES)}.")
    if working < SHORTEST_TURN:
        raise ValueError(f"{working} minutes at the computers are too few. Leave at least {SHORTEST_TURN}.")
    count = -(-lesson.children // lesson.seats)
    sizes = split_evenly(lesson.children, count)
    now = min(count, working // SHORTEST_TURN)
    length = min(working // now, SCREEN_MINUTES[lesson.grade])
    start = lesson.edges // 2
    turns = []
    for place in range(now):
        group = (number * now + place) % count
        begins = start + place * length
        shares = lesson.in_pairs and sizes[group] > lesson.computers
        swap = begins + length // 2 if shares else None
        turns.append(Turn(begins, begins + length, group, swap))
    return Rota(sizes, tuple(turns), -(-count // now))


def split_evenly(children: int, groups: int) -> tuple[int, ...]:
    """Return sizes that differ by one at most, the larger first."""
    each, more = divmod(children, groups)
    return tuple(each + 1 if place < more else each for place in range(groups))


def seat(names: Sequence[str], sizes: Sequence[int], computers: int) -> list[list[list[str]]]:
    """Return by group, by computer, who sits there: one each as long as there are computers, then the second."""
    groups, begin = [], 0
    for size in sizes:
        members = names[begin : begin + size]
        begin += size
        groups.append([list(members[place::computers]) for place in range(min(computers, size))])
    return groups


@dataclass(frozen=True)
class Week:
    """By (day, lesson) the class that has the computers; how many turns each class has."""

    given: Mapping[tuple[int, int], int]
    turns: Mapping[int, int]


def plan_week(
    free: Sequence[tuple[int, int]], can: Mapping[int, frozenset[tuple[int, int]]], a_day: int = 1
) -> Week:
    """Give the lessons at which the computers are free to classes, at most ``a_day`` a class and day.

    ``can``: by class, the lessons at which it could come. Whoever has fewest gets the next one as long as there is
    a plan that gives it (a maximum flow tells), so nobody could have more without a class that has no more having less.
    """
    turns: dict[int, int] = dict.fromkeys(sorted(can), 0)
    growing, given = set(can), {}
    while growing:
        hungry = min(growing, key=lambda each: (turns[each], each))
        wanted = turns | {hungry: turns[hungry] + 1}
        found = _give(free, can, wanted, a_day)
        if found is None:
            growing.discard(hungry)
        else:
            turns, given = wanted, found
    return Week(given, turns)


def _give(
    free: Sequence[tuple[int, int]],
    can: Mapping[int, frozenset[tuple[int, int]]],
    wanted: Mapping[int, int],
    a_day: int,
) -> dict[tuple[int, int], int] | None:
    """Return a plan in which each class has as many turns as wanted; None when there is none.

    The flow goes from a source to the classes, from each to its days, to lessons of that day, to the sink.
    """
    from ortools.graph.python.max_flow import SimpleMaxFlow

    flow = SimpleMaxFlow()
    lessons = {lesson: number for number, lesson in enumerate(free, 2)}
    nodes = len(lessons) + 2
    arcs: dict[int, tuple[tuple[int, int], int]] = {}
    for node in lessons.values():
        flow.add_arc_with_capacity(node, 1, 1)
    for each, turns in wanted.items():
        group, nodes = nodes, nodes + 1
        flow.add_arc_with_capacity(0, group, turns)
        for day in sorted({day for day, _ in can[each] & lessons.keys()}):
            flow.add_arc_with_capacity(group, nodes, a_day)
            for lesson in sorted(place for place in can[each] & lessons.keys() if place[0] == day):
                arcs[flow.add_arc_with_capacity(nodes, lessons[lesson], 1)] = (lesson, each)
            nodes += 1
    flow.solve(0, 1)
    if flow.optimal_flow() < sum(wanted.values()):
        return None
    return dict(sorted(lesson_of for arc, lesson_of in arcs.items() if flow.flow(arc)))
