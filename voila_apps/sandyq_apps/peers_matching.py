"""Who learns from whom: each a mentor of one and a learner of another; the best plan, by CP-SAT in OR-tools.

A pair is possible when the mentor offers what the learner needs, they have a language and a free hour in common and
stand no farther apart than wished. Pairs meet each week, so nobody is in two of them at one hour. Two people are not
each other's mentors: roles go round in longer circles, so that nobody pays back and more people meet. What is best,
one after the other:

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
from typing import TYPE_CHECKING, Any, Final

from sandyq_apps.peers_hours import choose_hours, find_chains, order_hours

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

EARTH: Final = 6371.0
"""Kilometres, the mean radius."""
SAME_SUBJECT, TOPIC, NEAR = 40, 10, 40
"""Points of a pair's fit: at most 100 (two topics count)."""
BEST_FIT: Final = SAME_SUBJECT + 2 * TOPIC + NEAR
MOST_HOURS: Final = 20_000
"""Of all possible pairs, to be weighed up at once: more take minutes before the search begins."""
ENOUGH: Final = 8
"""Pairs of each mentor and each learner that are weighed up when there are more."""


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


def find_hours(mentor: Member, learner: Member) -> frozenset[str]:
    """Return the hours at which both are free and meet nobody else yet."""
    return (mentor.slots & learner.slots) - mentor.taken - learner.taken


def judge_pair(mentor: Member, learner: Member, farthest: float) -> Pair | str:
    """Return the pair, or the first thing that hinders it."""
    topics = mentor.offers & learner.needs
    slots = find_hours(mentor, learner)
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
    """Return the best matching; after about ``seconds`` the best one found, with its gap.

    ``reach``: people of whom one at least is in each pair, and about whom alone it is told why they have no mentor.
    """
    until = monotonic() + seconds
    people = {member.id: member for member in members}
    possible = find_pairs(people.values(), farthest, reach)
    chosen, gap = _choose(possible, people, until) if possible else ([], 0.0)
    told = explain(people, possible, chosen, farthest)
    unserved = {learner: why for learner, why in told.items() if reach is None or learner in reach}
    return Matching(tuple(set_hours(people, chosen)), unserved, is_optimal=gap == 0, gap=gap)


def set_hours(people: Mapping[int, Member], pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs with hours at which nobody would have to be in two places, as early in the week as can be."""
    hours = [[(slot, 0) for slot in _list_hours(pair, people)] for pair in pairs]
    told = list(pairs)
    for chain, is_ring in find_chains([(pair.mentor, pair.learner) for pair in pairs]):
        slots = choose_hours([hours[number] for number in chain], is_ring=is_ring)
        for number, slot in zip(chain, slots, strict=True):
            told[number] = replace(pairs[number], slot=slot)
    return told


@dataclass(frozen=True)
class _Worth:
    """What a matching is worth, in whole points: one goal outweighs all later ones."""

    for_pair: int
    for_both: int

    @classmethod
    def among(cls, possible: Iterable[Pair], people: Mapping[int, Member]) -> _Worth:
        for_both = BEST_FIT * len({pair.learner for pair in possible}) + 1
        return cls(for_both * len(people) + for_both, for_both)

    def weigh(self, pairs: Sequence[Pair], both: int) -> int:
        return sum(self.for_pair + pair.fit for pair in pairs) + self.for_both * both


def _choose(possible: list[Pair], people: Mapping[int, Member], until: float) -> tuple[list[Pair], float]:
    """Return the pairs of the best matching found by a moment, and how far it may be from the best of all."""
    from ortools.sat.python import cp_model

    plan = _begin(possible, people)
    considered = _thin(possible, plan, people)
    model = cp_model.CpModel()
    chosen = _add_pairs(model, considered, people)
    both = _add_roles(model, chosen, people)
    worth = _Worth.among(possible, people)
    model.maximize(
        sum((worth.for_pair + pair.fit) * hour for pair, hours in chosen.items() for hour in hours)
        + worth.for_both * sum(both.values())
    )
    begun = [pair for pair in considered if plan[pair]]
    _hint(model, chosen, both, plan, people)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_time_in_seconds = max(1.0, until - monotonic())
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):  # there was no time to look at anything else
        return begun, _tell_gap(
            worth.weigh(begun, _count_both(begun, people)), _bound(possible, people, worth)
        )
    best = [pair for pair, hours in chosen.items() if any(map(solver.boolean_value, hours))]
    if len(considered) < len(possible):
        return best, _tell_gap(solver.objective_value, _bound(possible, people, worth))
    return best, 0.0 if status == cp_model.OPTIMAL else _tell_gap(
        solver.objective_value, solver.best_objective_bound
    )


def _tell_gap(value: float, bound: float) -> float:
    return (bound - value) / max(1.0, bound)


def _bound(possible: Sequence[Pair], people: Mapping[int, Member], worth: _Worth) -> int:
    """Return what no matching is worth more than: all who can teach, or learn, do so as well as it fits, and both."""
    best: dict[int, Pair] = {}
    for pair in possible:
        if pair.learner not in best or pair.fit > best[pair.learner].fit:
            best[pair.learner] = pair
    teaching = {pair.mentor for pair in possible}
    ranked = sorted(best.values(), key=lambda pair: -pair.fit)[: len(teaching)]
    return worth.weigh(ranked, _count_both(possible, people))


def _count_both(pairs: Iterable[Pair], people: Mapping[int, Member]) -> int:
    mentors, learners = _find_roles(pairs, people)
    return len(mentors & learners)


def _thin(possible: list[Pair], plan: Mapping[Pair, str], people: Mapping[int, Member]) -> list[Pair]:
    """Return all pairs or, where they are too many to be weighed up in time, the plan's and everybody's best ones."""
    if sum(len(find_hours(people[pair.mentor], people[pair.learner])) for pair in possible) <= MOST_HOURS:
        return possible
    kept: Counter[tuple[str, int]] = Counter()
    some = []
    for pair in sorted(possible, key=lambda each: -each.fit):
        ends = ("mentor", pair.mentor), ("learner", pair.learner)
        if plan[pair] or any(kept[end] < ENOUGH for end in ends):
            some.append(pair)
            kept.update(ends)
    return some


def _list_hours(pair: Pair, people: Mapping[int, Member]) -> list[str]:
    return order_hours(find_hours(people[pair.mentor], people[pair.learner]))


def _begin(possible: Sequence[Pair], people: Mapping[int, Member]) -> dict[Pair, str]:
    """Say of each pair its hour in a plan to begin with, or that it is not in it: who has least choice comes first."""
    mentors = Counter(pair.mentor for pair in possible)
    learners = Counter(pair.learner for pair in possible)
    alone: set[tuple[object, ...]] = set()
    plan = dict.fromkeys(possible, "")
    for pair in sorted(possible, key=lambda each: (mentors[each.mentor] + learners[each.learner], -each.fit)):
        roles = _name_roles(pair)
        for slot in _list_hours(pair, people) if alone.isdisjoint(roles) else ():
            names = {*roles, (pair.mentor, slot), (pair.learner, slot)}
            if alone.isdisjoint(names):
                alone |= names
                plan[pair] = slot
                break
    return plan


def _name_roles(pair: Pair) -> tuple[tuple[object, ...], ...]:
    """Return what there is once: a mentor's learner, a learner's mentor, a pair of the two."""
    return ("mentor", pair.mentor), ("learner", pair.learner), tuple(sorted((pair.mentor, pair.learner)))


def _add_pairs(
    model: CpModel, possible: Iterable[Pair], people: Mapping[int, Member]
) -> dict[Pair, list[IntVar]]:
    """Add each pair at each hour at which it could meet; nobody is in two places, or has a role twice."""
    chosen: dict[Pair, list[IntVar]] = {}
    alone: dict[tuple[object, ...], list[IntVar]] = {}
    for pair in possible:
        hours = {slot: model.new_bool_var("") for slot in _list_hours(pair, people)}
        chosen[pair] = list(hours.values())
        for name in _name_roles(pair):
            alone.setdefault(name, []).extend(hours.values())
        for slot, hour in hours.items():
            for person in (pair.mentor, pair.learner):
                alone.setdefault((person, slot), []).append(hour)
    for some in alone.values():
        model.add_at_most_one(some)
    return chosen


def _hint(
    model: CpModel,
    chosen: Mapping[Pair, list[IntVar]],
    both: Mapping[int, IntVar],
    plan: Mapping[Pair, str],
    people: Mapping[int, Member],
) -> None:
    """Tell all of a plan to begin with: what is left open has to be searched for, which can take all the time."""
    for pair, hours in chosen.items():
        for name, hour in zip(_list_hours(pair, people), hours, strict=True):
            model.add_hint(hour, name == plan[pair])
    roles = _find_roles([pair for pair, slot in plan.items() if slot], people)
    for person, is_both in both.items():
        model.add_hint(is_both, all(person in side for side in roles))


def _find_roles(pairs: Iterable[Pair], people: Mapping[int, Member]) -> tuple[set[int], set[int]]:
    """Return who is a mentor and who is a learner, in these pairs or in one that goes on."""
    mentors = {person for person, member in people.items() if member.is_mentor}
    learners = {person for person, member in people.items() if member.is_learner}
    for pair in pairs:
        mentors.add(pair.mentor)
        learners.add(pair.learner)
    return mentors, learners


def _add_roles(
    model: CpModel, chosen: Mapping[Pair, list[IntVar]], people: Mapping[int, Member]
) -> dict[int, IntVar]:
    """Add of each person whether they are mentor and learner; a role in a pair that goes on counts."""
    sides: tuple[dict[int, list[Any]], dict[int, list[Any]]] = ({}, {})
    for pair, hours in chosen.items():
        sides[0].setdefault(pair.mentor, []).extend(hours)
        sides[1].setdefault(pair.learner, []).extend(hours)
    for person, member in people.items():
        for side, has_role in zip(sides, (member.is_mentor, member.is_learner), strict=True):
            if has_role:
                side[person] = [1]
    both = {person: model.new_bool_var("") for person in sorted(sides[0].keys() & sides[1].keys())}
    for person, is_both in both.items():
        for side in sides:
            model.add(is_both <= sum(side[person]))
    return both


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
