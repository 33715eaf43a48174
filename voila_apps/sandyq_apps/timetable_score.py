"""How good a week is, counted on the week itself, not in the solver's model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from sandyq_apps.timetable_model import COSTS, MOVED, WAIT, price_of_room
from sandyq_apps.timetable_week import Meeting, School, Wish, breaks


@dataclass(frozen=True)
class Score:
    """In meetings, children, minutes."""

    held: int
    """Meetings that are in the week."""
    wanted: int
    wishes: int
    fulfilled: int
    in_lessons: int
    """Times that a child cannot come because it has lessons."""
    miss_bus: int
    gaps: int
    """Minutes that teachers wait between two clubs."""
    waiting: int
    """Minutes that children wait between lessons and club."""


def score(school: School, week: Sequence[Meeting]) -> Score:
    late = [school.in_lessons(school.club_of[m.club], school.slot_of[m.slot]) for m in week]
    missed = [school.miss_bus(school.club_of[m.club], school.slot_of[m.slot]) for m in week]
    return Score(
        len(week),
        sum(club.meetings for club in school.clubs),
        len(school.wishes),
        sum(not breaks(school, wish, week) for wish in school.wishes),
        sum(map(len, late)),
        sum(len(bus - lessons) for bus, lessons in zip(missed, late, strict=True)),
        sum(gaps(school, week)),
        sum(school.waiting(school.club_of[m.club], school.slot_of[m.slot]) for m in week),
    )


def gaps(school: School, week: Sequence[Meeting]) -> list[int]:
    """Return the minutes between one club of a teacher and the next of the day."""
    found = []
    for teacher in {club.teacher for club in school.clubs}:
        mine = [school.slot_of[m.slot] for m in week if school.club_of[m.club].teacher == teacher]
        for day in school.days:
            today = sorted((slot for slot in mine if slot.day == day), key=lambda slot: slot.starts)
            found += [max(late.starts - early.ends, 0) for early, late in pairwise(today)]
    return found


def points(school: School, week: Sequence[Meeting], *, stay: bool) -> int:
    """Return what the solver counts, by COSTS and MOVED, of a week that breaks no rule."""
    total = score(school, week)
    now = {(m.club, m.slot) for m in school.week}
    slots = [(school.club_of[m.club], school.slot_of[m.slot], school.room_of[m.room]) for m in week]
    average = ceil(total.wanted / max(len(school.days), 1))
    per_day = [sum(slot.day == day for _, slot, _ in slots) for day in school.days]
    return (
        COSTS["wish"] * sum(_amount(school, wish, week) for wish in school.wishes if not wish.must)
        + COSTS["lessons"] * total.in_lessons
        + COSTS["bus"] * total.miss_bus
        + COSTS["gap"] * sum(each // 15 for each in gaps(school, week))
        + sum(COSTS["wait"] * school.waiting(club, slot) // WAIT for club, slot, _ in slots)
        + sum(price_of_room(club, room) for club, _, room in slots)
        + COSTS["next_day"] * sum(_next_days(school, club.id, week) for club in school.clubs)
        + COSTS["full_day"] * sum(max(count - average, 0) for count in per_day)
        + (MOVED[stay] * sum((m.club, m.slot) not in now for m in week) if now else 0)
    )


def _next_days(school: School, club: int, week: Sequence[Meeting]) -> int:
    days = {school.slot_of[m.slot].day for m in week if m.club == club}
    return sum(day + 1 in days for day in days)


def _amount(school: School, wish: Wish, week: Sequence[Meeting]) -> int:
    """Return how far a wish is from being fulfilled, in meetings (or days)."""
    broken = breaks(school, wish, week)
    days = [school.slot_of[m.slot].day for m in broken]
    match wish.kind:
        case "most_a_day":
            return sum(days.count(day) - wish.most for day in set(days))
        case "few_days":
            return max(len(set(days)) - wish.most, 0)
    return len(broken)
