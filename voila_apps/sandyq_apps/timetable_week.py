"""The week of clubs as plain data: times, rooms, clubs, wishes; what clashes in it, and where a meeting may go.

Times of a day are minutes since midnight, days are 0 (Monday) to 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Final, Literal

Group = tuple[str | int, ...]
"""A rule by name and what it is about: ``("teacher", 7)``; see ``timetable_words.say_rule``."""
Kind = Literal[
    "not_days",
    "after",
    "before",
    "not_slots",
    "most_a_day",
    "few_days",
    "same_day",
    "in_a_row",
    "bus",
    "shift",
]
PAUSE: Final = 30
"""Minutes between two clubs that follow each other, at most."""


@dataclass(frozen=True)
class Slot:
    id: int
    day: int
    starts: int
    ends: int
    shift: int = 0
    """1: for children of the first shift (the second one learns then); 2: the other way round; 0: for all."""

    def meets(self, other: Slot) -> bool:
        """Return whether somebody would have to be in both at once."""
        return self.day == other.day and self.starts < other.ends and other.starts < self.ends


@dataclass(frozen=True)
class Room:
    id: int
    name: str
    seats: int
    kind: str = ""


@dataclass(frozen=True)
class Club:
    id: int
    name: str
    teacher: int
    meetings: int = 1
    capacity: int = 15
    kind: str = ""
    """Of the room; empty: any."""
    room: int | None = None
    """The only room it can meet in."""
    children: frozenset[int] = frozenset()
    chest: int = 0

    @property
    def seats(self) -> int:
        """How many places it needs: those that are promised, or those that are taken."""
        return max(self.capacity, len(self.children))

    def fits(self, room: Room) -> bool:
        if self.room is not None:
            return room.id == self.room and room.seats >= self.seats
        return room.seats >= self.seats and self.kind in ("", room.kind)


@dataclass(frozen=True)
class Meeting:
    club: int
    slot: int
    room: int
    locked: bool = False
    id: int = 0
    """The row that it is kept in; 0: a new one."""

    @property
    def at(self) -> tuple[int, int]:
        return self.slot, self.room


@dataclass(frozen=True)
class Wish:
    """What somebody asks of the week. Who or what it is about: a teacher, a club or a room (0: none)."""

    id: int
    kind: Kind
    person: int = 0
    club: int = 0
    room: int = 0
    days: tuple[int, ...] = ()
    slots: tuple[int, ...] = ()
    time: int = 0
    most: int = 0
    other: int = 0
    """The second club."""
    must: bool = False


@dataclass(frozen=True)
class School:
    """All that the week depends on."""

    slots: Sequence[Slot]
    rooms: Sequence[Room]
    clubs: Sequence[Club]
    shifts: dict[int, int] = field(default_factory=dict)
    """By child: the shift in which it has lessons."""
    buses: dict[int, dict[int, int]] = field(default_factory=dict)
    """By child who goes by bus: by day, when it leaves. On a day that is missing there is no bus."""
    wishes: Sequence[Wish] = ()
    week: Sequence[Meeting] = ()
    """The meetings as they are now."""

    @cached_property
    def slot_of(self) -> dict[int, Slot]:
        return {slot.id: slot for slot in self.slots}

    @cached_property
    def room_of(self) -> dict[int, Room]:
        return {room.id: room for room in self.rooms}

    @cached_property
    def club_of(self) -> dict[int, Club]:
        return {club.id: club for club in self.clubs}

    @cached_property
    def days(self) -> list[int]:
        return sorted({slot.day for slot in self.slots})

    @cached_property
    def crowds(self) -> list[tuple[Slot, ...]]:
        """Slots that run at the same moment: nobody can be in two of a crowd."""
        found = {
            tuple(s for s in self.slots if s.day == first.day and s.starts <= first.starts < s.ends)
            for first in self.slots
        }
        return sorted(found, key=lambda crowd: [slot.id for slot in crowd])

    @cached_property
    def kinds_of_rooms(self) -> list[tuple[int, ...]]:
        """Rooms (their ids) that are as good as each other for every club: which of them it is can be settled last."""
        named = {wish.room for wish in self.wishes} | {m.room for m in self.week if m.locked}
        alike: dict[object, list[int]] = {}
        for room in self.rooms:
            fitting = frozenset(club.id for club in self.clubs if club.fits(room))
            key = room.id if room.id in named else (fitting, bool(room.kind))
            alike.setdefault(key, []).append(room.id)
        return [tuple(each) for each in alike.values()]

    @cached_property
    def friends(self) -> dict[tuple[int, int], frozenset[int]]:
        """By two clubs (the lower id first) with children in common: those children."""
        pairs = combinations(sorted(self.clubs, key=lambda club: club.id), 2)
        return {(a.id, b.id): both for a, b in pairs if (both := a.children & b.children)}

    def in_lessons(self, club: Club, slot: Slot) -> frozenset[int]:
        """Children of a club who have lessons at that time."""
        if not slot.shift:
            return frozenset()
        return frozenset(c for c in club.children if self.shifts.get(c, 0) not in (0, slot.shift))

    def one_shift(self, club: Club) -> int:
        """Return the shift of all children of a club, 0 if there are none or both."""
        shifts = {self.shifts.get(child, 0) for child in club.children}
        return shifts.pop() if len(shifts) == 1 else 0

    def miss_bus(self, club: Club, slot: Slot) -> frozenset[int]:
        """Children whose bus leaves before the club ends."""
        rides = ((child, self.buses.get(child)) for child in club.children)
        return frozenset(
            child for child, leaves in rides if leaves is not None and leaves.get(slot.day, 0) < slot.ends
        )

    def waiting(self, club: Club, slot: Slot) -> int:
        """Minutes that a club's children wait between lessons and club, all together."""
        total = 0
        for child in club.children:
            shift = self.shifts.get(child, 0)
            same = [s for s in self.slots if s.day == slot.day and shift and s.shift == shift]
            if slot in same:
                first, last = min(s.starts for s in same), max(s.ends for s in same)
                total += slot.starts - first if shift == 1 else last - slot.ends
        return total

    def follows(self, slot: Slot) -> list[Slot]:
        """Slots of the day that begin soon after this one ends."""
        return [s for s in self.slots if s.day == slot.day and 0 <= s.starts - slot.ends <= PAUSE]

    def needs(self) -> set[Group]:
        """All rules that hold without being wished for, and the wishes that must hold."""
        rules: set[Group] = {("meets", club.id) for club in self.clubs}
        rules |= {("place", club.id) for club in self.clubs}
        rules |= {("shift", club.id) for club in self.clubs if self.one_shift(club)}
        rules |= {("teacher", club.teacher) for club in self.clubs}
        rules |= {("room", *rooms) for rooms in self.kinds_of_rooms}
        rules |= {("children", *pair) for pair in self.friends}
        rules |= {("lock", m.club, m.slot, m.room) for m in self.week if m.locked}
        return rules | {("wish", wish.id) for wish in self.wishes if wish.must}


@dataclass(frozen=True)
class Clash:
    """A rule that a week breaks, with the meetings concerned; ``count``: of children, or of times too few."""

    rule: Group
    meetings: tuple[Meeting, ...]
    count: int = 0


def is_grave(school: School, clash: Clash) -> bool:
    """Return whether a computed week never has such a clash; the others are told, and as few as can be."""
    if clash.rule[0] == "shift":
        return bool(school.one_shift(school.club_of[clash.meetings[0].club]))
    return clash.rule[0] != "bus"


def breaks(school: School, wish: Wish, week: Iterable[Meeting]) -> list[Meeting]:
    """Return the meetings because of which a wish is not fulfilled."""
    held = [m for m in week if m.slot in school.slot_of]
    slot = school.slot_of
    match wish.kind:
        case "same_day" | "in_a_row":
            return _breaks_of_two(school, wish, held)
        case "bus":
            return [
                m for m in _about(school, wish, held) if school.miss_bus(school.club_of[m.club], slot[m.slot])
            ]
        case "shift":
            return [
                m
                for m in _about(school, wish, held)
                if school.in_lessons(school.club_of[m.club], slot[m.slot])
            ]
        case "most_a_day":
            mine = _about(school, wish, held)
            return [m for m in mine if sum(slot[o.slot].day == slot[m.slot].day for o in mine) > wish.most]
        case "few_days":
            mine = _about(school, wish, held)
            return mine if len({slot[m.slot].day for m in mine}) > wish.most else []
    return [m for m in _about(school, wish, held) if is_unwished(wish, slot[m.slot])]


def is_unwished(wish: Wish, slot: Slot) -> bool:
    """Return whether a wish about days and times does not want a slot."""
    match wish.kind:
        case "not_days":
            return slot.day in wish.days
        case "not_slots":
            return slot.id in wish.slots
        case "after":
            return slot.starts < wish.time
        case "before":
            return slot.ends > wish.time
    return False


def concerns(wish: Wish, club: Club, room: int) -> bool:
    """Return whether a wish is about a meeting of this club in this room; without anybody named it is about all."""
    if wish.person:
        return club.teacher == wish.person
    if wish.club:
        return club.id == wish.club
    return not wish.room or room == wish.room


def _about(school: School, wish: Wish, held: Iterable[Meeting]) -> list[Meeting]:
    return [m for m in held if concerns(wish, school.club_of[m.club], m.room)]


def _breaks_of_two(school: School, wish: Wish, held: Sequence[Meeting]) -> list[Meeting]:
    first = [m for m in held if m.club == wish.club]
    second = [m for m in held if m.club == wish.other]
    slot = school.slot_of
    if wish.kind == "same_day":
        pairs = {(a, b) for a in first for b in second if slot[a.slot].day == slot[b.slot].day}
    else:
        pairs = {(a, b) for a in first for b in second if slot[b.slot] in school.follows(slot[a.slot])}
    fewer = 0 if len(first) <= len(second) else 1
    return [m for m in (first, second)[fewer] if m not in {pair[fewer] for pair in pairs}]


def find_clashes(school: School, week: Sequence[Meeting]) -> list[Clash]:
    """Return what a week breaks: rules, wishes that must hold, children who cannot come, meetings that are missing."""
    held = [
        m for m in week if m.slot in school.slot_of and m.room in school.room_of and m.club in school.club_of
    ]
    found = [clash for a, b in combinations(held, 2) for clash in _clashes_of_two(school, a, b)]
    for meeting in held:
        found += _clashes_of_one(school, meeting)
    for club in school.clubs:
        mine = tuple(m for m in held if m.club == club.id)
        if len(mine) != club.meetings:
            found.append(Clash(("meets", club.id), mine, club.meetings - len(mine)))
    for wish in school.wishes:
        if wish.must and (broken := breaks(school, wish, held)):
            found.append(Clash(("wish", wish.id), tuple(broken)))
    return found


def _clashes_of_two(school: School, a: Meeting, b: Meeting) -> list[Clash]:
    one, two = school.club_of[a.club], school.club_of[b.club]
    here, there = school.slot_of[a.slot], school.slot_of[b.slot]
    if one.id == two.id:
        return [Clash(("days", one.id), (a, b))] if here.day == there.day else []
    if not here.meets(there):
        return []
    both = one.children & two.children
    pair = sorted((one.id, two.id))
    return [
        *([Clash(("room", a.room), (a, b))] if a.room == b.room else []),
        *([Clash(("teacher", one.teacher), (a, b))] if one.teacher == two.teacher else []),
        *([Clash(("children", *pair), (a, b), len(both))] if both else []),
    ]


def _clashes_of_one(school: School, meeting: Meeting) -> list[Clash]:
    club, slot, room = (
        school.club_of[meeting.club],
        school.slot_of[meeting.slot],
        school.room_of[meeting.room],
    )
    late = school.in_lessons(club, slot)
    missed = school.miss_bus(club, slot) - late
    return [
        *([] if club.fits(room) else [Clash(("place", club.id), (meeting,))]),
        *([Clash(("shift", club.id), (meeting,), len(late))] if late else []),
        *([Clash(("bus", club.id), (meeting,), len(missed))] if missed else []),
    ]


@dataclass(frozen=True)
class Place:
    """Where a meeting could go, and what it would newly break there."""

    slot: Slot
    room: Room
    clashes: tuple[Clash, ...]


def find_places(school: School, club: Club, moved: Meeting | None, room: int = 0) -> list[Place]:
    """Return for each slot the room (or the given one) in which a club's meeting breaks least, and what it breaks.

    ``moved``: the meeting that is there now; None: a new one.
    """
    rest = replace(school, week=[m for m in school.week if m != moved])
    broken = {wish.id for wish in school.wishes if breaks(school, wish, rest.week)}
    here = moved.room if moved else 0
    rooms = sorted(school.rooms, key=lambda each: (each.id != here, each.kind != club.kind, each.seats))
    rooms = [each for each in rooms if each.id == room] if room else rooms
    fitting = [each for each in rooms if club.fits(each)] or rooms
    tried = [[_try(rest, club, slot, each, broken) for each in fitting] for slot in school.slots]
    return [min(each, key=lambda place: len(place.clashes)) for each in tried]


def _try(rest: School, club: Club, slot: Slot, room: Room, broken: set[int]) -> Place:
    meeting = Meeting(club.id, slot.id, room.id)
    found = [clash for other in rest.week for clash in _clashes_of_two(rest, meeting, other)]
    found += _clashes_of_one(rest, meeting)
    for wish in rest.wishes:
        if wish.must and wish.id not in broken and (new := breaks(rest, wish, [*rest.week, meeting])):
            found.append(Clash(("wish", wish.id), tuple(new)))
    return Place(slot, room, tuple(found))
