"""Who is covered: counts of different children, not of enrolments.

A pupil is *enrolled* in a term who was in a club on at least one of its days, and *came* who was present at least once
in it at a session of such a club. Whoever never came is not covered, whatever the lists say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Pupil:
    id: int
    name: str
    class_name: str
    grade: int
    language: str
    sex: str = ""
    village: str = ""


@dataclass(frozen=True)
class Enrolled:
    """An enrolment; ``until`` is the first day on which the child is no longer in (None: still in)."""

    club: int
    pupil: int
    since: str
    until: str | None = None


@dataclass(frozen=True)
class Term:
    """A quarter of the school year; ``number`` from 1, days in ISO, both in it."""

    number: int
    starts: str
    ends: str


@dataclass(frozen=True)
class Count:
    """Numbers of different children."""

    pupils: int
    enrolled: int
    came: int

    @property
    def nothing(self) -> int:
        return self.pupils - self.enrolled

    @property
    def never(self) -> int:
        """Enrolled, but never came."""
        return self.enrolled - self.came


@dataclass(frozen=True)
class Coverage:
    """A term's pupils and, by pupil, the chests of the clubs that they were in and came to."""

    pupils: tuple[Pupil, ...]
    enrolled: Mapping[int, frozenset[int]]
    came: Mapping[int, frozenset[int]]
    places: int
    """Enrolments: more than children where some are in several clubs."""

    def count(self, pupils: Iterable[Pupil]) -> Count:
        ids = [pupil.id for pupil in pupils]
        return Count(
            len(ids),
            sum(bool(self.enrolled.get(id)) for id in ids),
            sum(bool(self.came.get(id)) for id in ids),
        )

    @property
    def total(self) -> Count:
        return self.count(self.pupils)

    def count_by(self, key: Callable[[Pupil], Group]) -> list[tuple[Group, Count]]:
        """Return the counts of each group, sorted by what ``key`` returns."""
        groups: dict[Group, list[Pupil]] = {}
        for pupil in self.pupils:
            groups.setdefault(key(pupil), []).append(pupil)
        return [(group, self.count(groups[group])) for group in sorted(groups, key=_rank)]

    def count_chest(self, chest: int) -> Count:
        """Return how many of all pupils were in a club of a chest, and came to one."""
        return Count(
            len(self.pupils),
            sum(chest in self.enrolled.get(pupil.id, ()) for pupil in self.pupils),
            sum(chest in self.came.get(pupil.id, ()) for pupil in self.pupils),
        )

    def list_nothing(self) -> list[Pupil]:
        """Return who is in no club, in the order of the pupils."""
        return [pupil for pupil in self.pupils if not self.enrolled.get(pupil.id)]

    def list_never(self) -> list[Pupil]:
        """Return who is in a club but never came."""
        return [pupil for pupil in self.pupils if self.enrolled.get(pupil.id) and not self.came.get(pupil.id)]


Group = str | int


def _rank(group: Group) -> tuple[bool, Group]:
    return group == "", group  # what is not told comes last


DIMENSIONS: Final[Mapping[str, Callable[[Pupil], Group]]] = {
    "grade": lambda pupil: pupil.grade,
    "sex": lambda pupil: pupil.sex,
    "village": lambda pupil: pupil.village,
    "language": lambda pupil: pupil.language,
}
"""The groups of which the district is told; classes stay in the school."""


def cover(
    pupils: Sequence[Pupil],
    enrolments: Iterable[Enrolled],
    presence: Iterable[Sequence[int]],
    chest_of: Mapping[int, int],
    term: Term,
) -> Coverage:
    """``presence``: ``[club, pupil, times marked, times present]`` in the term; ``chest_of``: a club's chest."""
    known = {pupil.id for pupil in pupils}
    there = {
        (each.club, each.pupil)
        for each in enrolments
        if each.since <= term.ends
        and (each.until is None or each.until > max(term.starts, each.since))
        and each.pupil in known
        and each.club in chest_of
    }
    came = {(club, pupil) for club, pupil, _marked, present in presence if present} & there
    return Coverage(tuple(pupils), _by_pupil(there, chest_of), _by_pupil(came, chest_of), len(there))


def _by_pupil(pairs: Iterable[tuple[int, int]], chest_of: Mapping[int, int]) -> dict[int, frozenset[int]]:
    chests: dict[int, set[int]] = {}
    for club, pupil in pairs:
        chests.setdefault(pupil, set()).add(chest_of[club])
    return {pupil: frozenset(each) for pupil, each in chests.items()}


def list_terms(quarters: Iterable[Mapping[str, str]], today: str) -> list[Term]:
    """Return the terms of the year that have begun; before the year the first one, so that there is always one."""
    terms = [Term(number, each["starts"], each["ends"]) for number, each in enumerate(quarters, 1)]
    return [term for term in terms if term.starts <= today] or terms[:1]
