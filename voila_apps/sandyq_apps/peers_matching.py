"""Who learns from whom: each a mentor of one and a learner of another; the best plan, proven by SCIP in OR-tools.

A pair is possible when the mentor offers what the learner needs, they have a language and a free hour in common and
stand no farther apart than wished. Two people are not each other's mentors: roles go round in longer circles, so that
nobody pays back and more people meet. What is best, one after the other:

1. as many learners as possible have a mentor;
2. as many people as possible are both;
3. pairs fit: the same subject, several topics in common, a short way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import asin, cos, radians, sin, sqrt
from time import monotonic
from typing import Any, Final

from sandyq_apps.peers_hours import choose_hours, find_chains, order_hours

EARTH: Final = 6371.0
"""Kilometres, the mean radius."""
SAME_SUBJECT, TOPIC, NEAR = 40, 10, 40
"""Points of a pair's fit: at most 100 (three topics count)."""
HALF: Final = 0.5


@dataclass(frozen=True)
class Member:
    id: int
    offers: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    subject: str = ""
    languages: frozenset[str] = frozenset()
    slots: frozenset[str] = frozenset()
    place: tuple[float, float] | None = None
    """Latitude and longitude, degrees; None: not known, so that nothing is said of the way."""
    is_mentor: bool = False
    """In a pair that goes on, so that no second learner is looked for."""
    is_learner: bool = False
    partners: frozenset[int] = frozenset()
    """With whom they are in a pair that goes on, in whichever role."""
    taken: frozenset[str] = frozenset()
    """Hours at which these pairs meet."""


@dataclass(frozen=True)
class Pair:
    mentor: int
    learner: int
    topic: str
    slot: str
    fit: int
    """0 … 100."""
    kilometres: float | None


@dataclass(frozen=True)
class Matching:
    pairs: tuple[Pair, ...]
    unserved: Mapping[int, str] = field(default_factory=dict)
    """Who needs something and has no mentor, and why: ``topic``, ``language``, ``slot``, ``far`` or ``taken``."""
    is_optimal: bool = True
    gap: float = 0.0
    """How far the objective may be from the best one, 0 … 1."""

    @property
    def roles(self) -> Counter[str]:
        """How many are ``both``, ``mentor`` or ``learner`` only."""
        mentors = {pair.mentor for pair in self.pairs}
        learners = {pair.learner for pair in self.pairs}
        return Counter(
            both=len(mentors & learners), mentor=len(mentors - learners), learner=len(learners - mentors)
        )


def measure_way(one: Member, other: Member) -> float | None:
    """Return the distance as the crow flies, in kilometres (haversine); None when a place is not known."""
    if one.place is None or other.place is None:
        return None
    (north, east), (other_north, other_east) = (
        tuple(map(radians, each.place or ())) for each in (one, other)
    )
    half = sin((other_north - north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


def judge_pair(mentor: Member, learner: Member, farthest: float) -> Pair | str:
    """Return the pair, or the first thing that hinders it."""
    topics = mentor.offers & learner.needs
    slots = mentor.slots & learner.slots
    way = measure_way(mentor, learner)
    hindrances = {
        "topic": not topics,
        "language": not mentor.languages & learner.languages,
        "slot": not slots,
        "far": way is not None and way > farthest,
    }
    for reason, hinders in hindrances.items():
        if hinders:
            return reason
    fit = SAME_SUBJECT * (mentor.subject == learner.subject != "") + TOPIC * min(2, len(topics))
    fit += NEAR if way is None else round(NEAR * (1 - way / farthest)) if farthest else NEAR
    return Pair(mentor.id, learner.id, min(topics), min(slots), fit, way)


def find_pairs(members: Iterable[Member], farthest: float, reach: frozenset[int] | None = None) -> list[Pair]:
    """Return every pair that is possible; ``reach``: people of whom one at least must be in it, None: all."""
    people = list(members)
    by_topic: dict[str, list[Member]] = {}
    for member in people:
        for topic in () if member.is_learner else member.needs:
            by_topic.setdefault(topic, []).append(member)
    found = {}
    for mentor in people:
        for topic in () if mentor.is_mentor else sorted(mentor.offers):
            for learner in by_topic.get(topic, ()):
                if learner.id == mentor.id or learner.id in mentor.partners:
                    continue
                if reach is not None and reach.isdisjoint((mentor.id, learner.id)):
                    continue
                if (mentor.id, learner.id) not in found:
                    found[mentor.id, learner.id] = judge_pair(mentor, learner, farthest)
    return [pair for pair in found.values() if isinstance(pair, Pair)]


def match(
    members: Iterable[Member],
    farthest: float = 60.0,
    seconds: float = 25.0,
    reach: frozenset[int] | None = None,
) -> Matching:
    """Return the best matching; after ``seconds`` the best one found, with its gap.

    ``reach``: people of whom one at least is in each pair, and about whom alone it is told why they have no mentor.
    """
    people = {member.id: member for member in members}
    possible = find_pairs(people.values(), farthest, reach)
    chosen, gap = _choose(possible, people, seconds) if possible else ([], 0.0)
    told = explain(people, possible, chosen, farthest)
    unserved = {learner: why for learner, why in told.items() if reach is None or learner in reach}
    return Matching(tuple(set_hours(people, chosen)), unserved, is_optimal=gap == 0, gap=gap)


def set_hours(people: Mapping[int, Member], pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs with hours at which as few people as possible would have to be in two places."""
    hours = []
    for pair in pairs:
        mentor, learner = people[pair.mentor], people[pair.learner]
        common = order_hours(mentor.slots & learner.slots)
        hours.append([(slot, (slot in mentor.taken) + (slot in learner.taken)) for slot in common])
    told = list(pairs)
    for chain, is_ring in find_chains([(pair.mentor, pair.learner) for pair in pairs]):
        slots = choose_hours([hours[number] for number in chain], is_ring=is_ring)
        for number, slot in zip(chain, slots, strict=True):
            told[number] = replace(pairs[number], slot=slot)
    return told


def _choose(possible: list[Pair], people: Mapping[int, Member], seconds: float) -> tuple[list[Pair], float]:
    """Return the pairs of the best matching and how far it may be from the best: one goal after the other."""
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("SCIP")
    chosen = {(pair.mentor, pair.learner): solver.BoolVar("") for pair in possible}
    sides: tuple[dict[int, list[Any]], dict[int, list[Any]]] = ({}, {})
    for (mentor, learner), each in chosen.items():
        sides[0].setdefault(mentor, []).append(each)
        sides[1].setdefault(learner, []).append(each)
        if mentor < learner and (learner, mentor) in chosen:
            solver.Add(each + chosen[learner, mentor] <= 1)
    for side in sides:
        for variables in side.values():
            solver.Add(sum(variables) <= 1)
    for person, member in people.items():  # a role in a pair that goes on counts for being both
        for side, has_role in zip(sides, (member.is_mentor, member.is_learner), strict=True):
            if has_role:
                side[person] = [1]
    both = []
    for person in sorted(sides[0].keys() & sides[1].keys()):
        both.append(solver.NumVar(0, 1, ""))
        for side in sides:
            solver.Add(both[-1] <= sum(side[person]))
    fit = sum(pair.fit * chosen[pair.mentor, pair.learner] for pair in possible)
    best: list[Pair] = []
    ends, gap = monotonic() + seconds, 0.0
    for goal in (sum(chosen.values()), sum(both), fit):
        solver.Maximize(goal)
        solver.SetTimeLimit(max(1, round(1000 * (ends - monotonic()))))
        status = solver.Solve()
        if status not in (solver.OPTIMAL, solver.FEASIBLE):
            return best, 1.0
        best = [pair for pair in possible if chosen[pair.mentor, pair.learner].solution_value() > HALF]
        reached = round(solver.Objective().Value())
        if status != solver.OPTIMAL:
            bound = solver.Objective().BestBound()
            gap = max(gap, (bound - reached) / max(1.0, bound))
        solver.Add(goal >= reached)  # never given up for a later goal
    return best, gap


def explain(
    people: Mapping[int, Member], possible: Iterable[Pair], pairs: Iterable[Pair], farthest: float
) -> dict[int, str]:
    """Say why somebody who needs something has no mentor: what hinders last, seen from the mentor who nearly fits."""
    order = ("topic", "language", "slot", "far", "taken")
    served = {pair.learner for pair in pairs}
    reachable = {pair.learner for pair in possible}
    told: dict[int, str] = {}
    for learner in people.values():
        if not learner.needs or learner.is_learner or learner.id in served:
            continue
        if learner.id in reachable:
            told[learner.id] = "taken"
            continue
        judged = [
            judge_pair(mentor, learner, farthest) for mentor in people.values() if mentor.id != learner.id
        ]
        reasons = [each if isinstance(each, str) else "taken" for each in judged]
        told[learner.id] = max(reasons, key=order.index, default="topic")
    return told
