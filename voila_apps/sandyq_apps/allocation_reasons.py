"""Why a child has not got a wish, in facts that can be checked; and who waits for a place, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sandyq_apps.allocation import (
    Child,
    Club,
    Obstacle,
    Plan,
    Task,
    Time,
    find_clash,
    find_obstacles,
)


@dataclass(frozen=True)
class Reason:
    """Why ``club``, the wish of ``rank``, was not given.

    ``kind``: ``obstacle`` (see it) · ``clash`` with ``other`` at ``times`` · ``limit``: the child has as many clubs as
    one may have, all kept or dearer · ``closed``: fewer than ``least`` can be there (``able`` wished and could come,
    ``placed`` of them have a club) · ``full`` (``filled``) · ``needed``: ``other``, which the child has, would have
    fewer than its least without it · ``unproven``: the time was over before it was found out.
    """

    kind: str
    club: int
    rank: int
    obstacle: Obstacle | None = None
    other: int = 0
    times: tuple[Time, Time] | None = None
    least: int = 0
    able: int = 0
    placed: int = 0
    filled: Filling | None = None


@dataclass(frozen=True)
class Filling:
    """Who has the places of a full club, as seen by a child who has none: each is counted once, under the first that fits."""  # noqa: E501

    places: int
    wished: int
    """Children who wished for it and could come."""
    kept: int
    """Were in it already."""
    priority: int
    """Have priority, which the child has not."""
    dearer: int
    """It is a dearer wish of theirs."""
    drawn: int
    """Wished it as much, and were drawn earlier."""
    others: int
    """Otherwise fewer wishes would be met on the whole."""


@dataclass
class Outcome:
    """A plan of a task, looked at from all sides."""

    task: Task
    plan: Plan
    has: dict[int, tuple[int, ...]] = field(init=False)
    """Each child's clubs."""

    def __post_init__(self) -> None:
        self.has = {child.id: self.plan.clubs_of(child) for child in self.task.children}

    @cached_property
    def count(self) -> Counter[int]:
        return self.plan.count(self.task)

    @cached_property
    def kept(self) -> Counter[int]:
        return self.task.kept()

    @cached_property
    def members(self) -> dict[int, list[Child]]:
        found: dict[int, list[Child]] = {club.id: [] for club in self.task.clubs}
        for child in self.task.children:
            for club in self.has[child.id]:
                found[club].append(child)
        return found

    @cached_property
    def able(self) -> dict[int, list[Child]]:
        """Who wished for each club and could come."""
        found: dict[int, list[Child]] = {club.id: [] for club in self.task.clubs}
        for child in self.task.children:
            for club in child.wishes:
                if not find_obstacles(child, self.task.club(club)):
                    found[club].append(child)
        return found

    def is_open(self, club: Club) -> bool:
        """A club without children is open where it could take one."""
        return self.count[club.id] >= max(club.least, 1) or self.kept[club.id] > 0 or club.least <= 1

    def best_rank(self, child: Child) -> int:
        """Return the rank of the dearest wish that a child has got; 0 when none."""
        return min((child.rank(club) for club in self.has[child.id] if club in child.wishes), default=0)

    def explain(self, child: Child) -> list[Reason]:
        """Say for each wish that was not met why; wishes behind those that fill the child's number need no reason."""
        reasons = []
        for rank, club in enumerate(child.wishes, 1):
            if club not in self.has[child.id]:
                reasons.append(self._explain(child, self.task.club(club), rank))
        return reasons

    def _explain(  # noqa: PLR0911 # a kind of reason each
        self, child: Child, club: Club, rank: int
    ) -> Reason:
        task = self.task
        if obstacles := find_obstacles(child, club):
            return Reason("obstacle", club.id, rank, obstacle=obstacles[0])
        before = [
            task.club(other)
            for other in self.has[child.id]
            if other in child.keeps or child.rank(other) < rank
        ]
        for other in before:
            if times := find_clash(club, other):
                return Reason("clash", club.id, rank, other=other.id, times=times)
        if len(before) >= task.most:
            return Reason("limit", club.id, rank)
        if not self.is_open(club):
            able = self.able[club.id]
            placed = sum(bool(self.has[each.id]) for each in able)
            return Reason("closed", club.id, rank, least=club.least, able=len(able), placed=placed)
        if self.count[club.id] >= task.places(club, self.kept):
            return Reason("full", club.id, rank, filled=self._fill(child, club, rank))
        for other in self._behind(child, club, rank):
            if self.count[other.id] <= other.least and not self.kept[other.id]:
                return Reason("needed", club.id, rank, other=other.id, least=other.least)
        return Reason("unproven", club.id, rank)

    def _behind(self, child: Child, club: Club, rank: int) -> list[Club]:
        """Return the child's clubs that it would have to leave for a dearer one."""
        later = [
            self.task.club(each) for each in self.plan.given.get(child.id, ()) if child.rank(each) > rank
        ]
        clashing = [other for other in later if find_clash(club, other)]
        if clashing or len(self.has[child.id]) < self.task.most:
            return clashing
        return later

    def _fill(self, child: Child, club: Club, rank: int) -> Filling:
        kinds: Counter[str] = Counter()
        for other in self.members[club.id]:
            if club.id in other.keeps:
                kinds["kept"] += 1
            elif other.priority and not child.priority:
                kinds["priority"] += 1
            elif other.rank(club.id) < rank:
                kinds["dearer"] += 1
            elif other.rank(club.id) == rank and other.priority == child.priority and other.lot < child.lot:
                kinds["drawn"] += 1
            else:
                kinds["others"] += 1
        return Filling(
            places=self.count[club.id],
            wished=len(self.able[club.id]),
            **{kind: kinds[kind] for kind in ("kept", "priority", "dearer", "drawn", "others")},
        )

    def waiting(self) -> dict[int, list[Child]]:
        """Return who waits for each full club: children with priority, then those with no club at all, then by rank of
        the wish, then by the draw."""
        lists: dict[int, list[Child]] = {}
        for child in self.task.children:
            for reason in self.explain(child):
                if reason.kind == "full":
                    lists.setdefault(reason.club, []).append(child)
        return {club: self.order(club, children) for club, children in lists.items()}

    def order(self, club: int, children: Sequence[Child]) -> list[Child]:
        return sorted(
            children,
            key=lambda child: (not child.priority, bool(self.has[child.id]), child.rank(club), child.lot),
        )
