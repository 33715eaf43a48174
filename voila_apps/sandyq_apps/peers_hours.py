"""At which hour each pair meets: who is mentor in one pair and learner in another has one hour for each.

Pairs hang together in chains and rings, for everybody has one mentor and one learner at most; along a chain the best
choice is found step by step (dynamic programming), along a ring once for each hour of its first pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Hours = Sequence[tuple[str, int]]
"""Of one pair: the hours that the two have in common, each with how many of their other meetings it would hit."""
Cost = tuple[int, int]
"""Meetings at one hour; then how late in the week they are."""
Path = tuple[str, "Path | None"]


def order_hours(slots: frozenset[str]) -> list[str]:
    """Return hours of the week from Monday morning on: ``0-9`` before ``0-15``."""
    return sorted(slots, key=lambda slot: tuple(map(int, slot.split("-"))))


def find_chains(pairs: Sequence[tuple[int, int]]) -> list[tuple[list[int], bool]]:
    """Return chains of pairs, each learner the mentor of the next, as their numbers; and whether each is a ring."""
    by_mentor = {mentor: number for number, (mentor, _learner) in enumerate(pairs)}
    learners = {learner for _mentor, learner in pairs}
    heads = [number for number, (mentor, _learner) in enumerate(pairs) if mentor not in learners]
    chains, seen = [], set[int]()
    for head in (*heads, *range(len(pairs))):
        chain: list[int] = []
        number: int | None = head
        while number is not None and number not in seen:
            seen.add(number)
            chain.append(number)
            number = by_mentor.get(pairs[number][1])
        if chain:
            chains.append((chain, pairs[chain[-1]][1] == pairs[chain[0]][0]))
    return chains


def choose_hours(chain: Sequence[Hours], *, is_ring: bool) -> list[str]:
    """Return an hour for each pair of a chain, so that neighbours meet at different hours wherever that is possible."""
    firsts = [[each] for each in chain[0]] if is_ring and len(chain) > 1 else [list(chain[0])]
    found = [_walk([first, *chain[1:]], is_ring=is_ring) for first in firsts]
    path: Path | None = min(found, key=lambda each: each[0])[1]
    hours: list[str] = []
    while path:
        hours.append(path[0])
        path = path[1]
    return hours[::-1]


def _walk(chain: Sequence[Hours], *, is_ring: bool) -> tuple[Cost, Path]:
    states: dict[str, tuple[Cost, Path]] = {
        slot: ((hits, rank), (slot, None)) for rank, (slot, hits) in enumerate(chain[0])
    }
    for hours in chain[1:]:
        states = {slot: _step(states, slot, hits, rank) for rank, (slot, hits) in enumerate(hours)}
    first = chain[0][0][0]
    closed = {
        slot: ((cost[0] + (is_ring and len(chain) > 1 and slot == first), cost[1]), path)
        for slot, (cost, path) in states.items()
    }
    return min(closed.values(), key=lambda each: each[0])


def _step(states: Mapping[str, tuple[Cost, Path]], slot: str, hits: int, rank: int) -> tuple[Cost, Path]:
    cost, path = min(
        (((cost[0] + (before == slot), cost[1]), path) for before, (cost, path) in states.items()),
        key=lambda each: each[0],
    )
    return (cost[0] + hits, cost[1] + rank), (slot, path)
