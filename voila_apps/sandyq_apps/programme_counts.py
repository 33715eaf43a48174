"""How many people of the programme stand how, at the end of each month: counts of people, not of enrolments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

MARKS: Final = ("attended", "completed", "applied", "silent")
"""The bits of a month's letter, from the lowest, as ``sandyq.school.academy.programme`` writes them."""
COLUMNS: Final = ("enrolled", *MARKS)
Group = int | str | None
"""A school's or community's id, a programme's name; None: of no community."""


@dataclass(frozen=True)
class Member:
    """A person in one group of a course."""

    person: int
    name: str
    school: int
    community: int | None
    programme: str
    """``literacy`` or ``management``."""
    group: str
    coach: str
    last_sign: str
    """ISO date; empty: none."""
    months: str
    """A letter for each month: hexadecimal bits of MARKS, ``-``: not in."""

    def is_in(self, month: int) -> bool:
        return self.months[month] != "-"

    def has(self, mark: str, month: int) -> bool:
        return self.is_in(month) and bool(int(self.months[month], 16) >> MARKS.index(mark) & 1)


def read_member(row: Mapping[str, Any]) -> Member:
    """Return a row of the list ``standing``."""
    return Member(
        row["person_id"], row["name"], row["school_id"], row["community_id"], row["programme"], row["group"],
        row["coach"], row["last_sign"], row["months"],
    )  # fmt: skip


@dataclass(frozen=True)
class Count:
    """Numbers of different people."""

    enrolled: int = 0
    attended: int = 0
    completed: int = 0
    applied: int = 0
    silent: int = 0


def stands(theirs: Iterable[Member], mark: str, month: int) -> bool:
    """Return whether something is true of a person: in any of their groups, and silent only in all."""
    found = (each.has(mark, month) for each in theirs)
    return all(found) if mark == "silent" else any(found)


def gather(members: Iterable[Member], month: int) -> dict[int, list[Member]]:
    """Return by person the groups that they were in at the end of a month."""
    people: dict[int, list[Member]] = {}
    for each in members:
        if each.is_in(month):
            people.setdefault(each.person, []).append(each)
    return people


def count(members: Iterable[Member], month: int) -> Count:
    """Return how many people were enrolled at the end of a month, and how they stood."""
    people = gather(members, month)
    return Count(len(people), *(sum(stands(each, mark, month) for each in people.values()) for mark in MARKS))


TABLES: Final[Mapping[str, Callable[[Member], Group]]] = {
    "programme": lambda member: member.programme,
    "school": lambda member: member.school,
    "community": lambda member: member.community,
}


def count_by(members: Iterable[Member], table: str, month: int) -> dict[Group, Count]:
    """Return the counts of each programme, school or community that somebody was in."""
    groups: dict[Group, list[Member]] = {}
    for each in members:
        if each.is_in(month):
            groups.setdefault(TABLES[table](each), []).append(each)
    return {group: count(inside, month) for group, inside in groups.items()}


def choose(
    members: Iterable[Member], programme: str = "", school: int = 0, community: int = 0
) -> list[Member]:
    """Return those of a programme, a school and a community; empty or 0: of all, community -1: of none."""
    return [
        each
        for each in members
        if programme in ("", each.programme)
        and school in (0, each.school)
        and community in (0, each.community or -1)
    ]


def list_days(members: Sequence[Member], today: str) -> list[date]:
    """Return the days that the letters stand for: the months' last ones, and today."""
    days = [date.fromisoformat(today)]
    for _ in range(max((len(each.months) for each in members), default=1) - 1):
        days.append(days[-1].replace(day=1) - timedelta(1))
    return days[::-1]


@dataclass(frozen=True)
class Silent:
    """Somebody of whom nothing was heard."""

    person: int
    name: str
    school: int
    community: int | None
    groups: tuple[Member, ...]

    @property
    def last_sign(self) -> str:
        return max(each.last_sign for each in self.groups)


def list_silent(members: Iterable[Member], month: int) -> list[Silent]:
    """Return who was silent at the end of a month, the longest first."""
    found = [
        Silent(person, theirs[0].name, theirs[0].school, theirs[0].community, tuple(theirs))
        for person, theirs in gather(members, month).items()
        if stands(theirs, "silent", month)
    ]
    return sorted(found, key=lambda each: (each.last_sign, each.name))
