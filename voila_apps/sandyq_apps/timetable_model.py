"""The week as a CP-SAT model: every rule behind a switch, so that conflicting rules can be found and named.

A variable says that a club meets in a slot and room; all else is linear in them. Nothing is imported or started before
a model is made: OR-tools is loaded then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from sandyq_apps.timetable_week import Club, Group, Room, School, Slot, Wish, is_unwished

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

COSTS: Final = {
    "wish": 30,
    "lessons": 10,
    "bus": 10,
    "gap": 1,
    "wait": 1,
    "next_day": 2,
    "full_day": 2,
    "kind": 1,
}
"""Points against a week: for a meeting that breaks a wish · a child who has lessons then · who misses the bus · a
teacher's quarter of an hour between two clubs · a child's hour of waiting · two meetings of a club on days one after
the other · a meeting more than on an average day · a room of a special kind for nothing."""
MOVED: Final = {True: 40, False: 2}
"""For a meeting that is elsewhere than now; True: change as little as possible."""
WAIT: Final = 60


@dataclass(frozen=True)
class Cost:
    """Points for as much as ``amount`` (an expression) is above zero."""

    points: int
    amount: Any


class Model:
    """``rules`` hold; with ``is_switched`` each is behind an assumption, else the costs are minimised.

    ``stay``: how much it matters that meetings stay where they are (MOVED).
    """

    def __init__(
        self, school: School, rules: Iterable[Group], *, is_switched: bool = False, stay: bool = False
    ) -> None:
        from ortools.sat.python import cp_model

        self.school, self.model, self.stay = school, cp_model.CpModel(), stay
        self.switches: dict[Group, Any] = {
            rule: self.model.new_bool_var(repr(rule)) if is_switched else None
            for rule in sorted(rules, key=repr)
        }
        self.rooms = school.kinds_of_rooms
        self.at: dict[tuple[int, int, tuple[int, ...]], cp_model.IntVar] = {}
        self._meets: dict[tuple[int, int], cp_model.IntVar] = {}
        for club in school.clubs:
            self._add_club(club, is_switched or ("place", club.id) not in self.switches)
        for rule in self.switches:
            for each in self._say(rule):
                self._hold(rule, each)
        if is_switched:
            self.model.add_assumptions(list(self.switches.values()))

    def loosen(self, held: Iterable[Group]) -> None:
        """Instead of assuming all switched rules, hold some and as many of the others as can be."""
        self.model.clear_assumptions()
        for rule in held:
            self.model.add(self.switches[rule] == 1)
        self.model.maximize(sum(self.switches.values()))

    def _add_club(self, club: Club, goes_anywhere: bool) -> None:
        rooms = [kind for kind in self.rooms if goes_anywhere or self._fits(club, kind)]
        for slot in self.school.slots:
            self._meets[club.id, slot.id] = meets = self.model.new_bool_var("")
            here = [self.model.new_bool_var("") for _ in rooms]
            self.at.update({(club.id, slot.id, kind): at for kind, at in zip(rooms, here, strict=True)})
            self.model.add(add_up(here) == meets)

    def _fits(self, club: Club, rooms: tuple[int, ...]) -> bool:
        return club.fits(self.school.room_of[rooms[0]])

    def _hold(self, rule: Group, constraint: Any) -> None:
        held, switch = self.model.add(constraint), self.switches[rule]
        if switch is not None:
            held.only_enforce_if(switch)

    # sums of variables

    def meets(self, club: Club | int, slots: Iterable[Slot]) -> Any:
        """How often a club meets in some slots."""
        key = club if isinstance(club, int) else club.id
        return add_up(self._meets[key, slot.id] for slot in slots)

    def all_meet(self, clubs: Iterable[Club], slots: Sequence[Slot]) -> Any:
        """How often several clubs meet in some slots, all together."""
        return add_up(self._meets[club.id, slot.id] for club in clubs for slot in slots)

    def in_rooms(self, clubs: Iterable[Club], slots: Sequence[Slot], rooms: tuple[int, ...]) -> list[Any]:
        keys = [(club.id, slot.id, rooms) for club in clubs for slot in slots]
        return [self.at[key] for key in keys if key in self.at]

    def on(self, day: int) -> list[Slot]:
        return [slot for slot in self.school.slots if slot.day == day]

    def clubs_of(self, teacher: int) -> list[Club]:
        return [club for club in self.school.clubs if club.teacher == teacher]

    # what each rule says, as constraints

    def _say(self, rule: Group) -> Iterator[Any]:
        match rule:
            case ("meets", int(club)):
                yield self.meets(club, self.school.slots) == self.school.club_of[club].meetings
                yield from (self.meets(club, self.on(day)) <= 1 for day in self.school.days)
            case ("place", int(club)):
                known = self.school.club_of[club]
                wrong = [kind for kind in self.rooms if not self._fits(known, kind)]
                yield from self._never(
                    at for kind in wrong for at in self.in_rooms([known], self.school.slots, kind)
                )
            case ("shift", int(club)):
                known = self.school.club_of[club]
                late = [slot for slot in self.school.slots if self.school.in_lessons(known, slot)]
                yield from self._never(self._meets[club, slot.id] for slot in late)
            case ("teacher", int(teacher)):
                mine = self.clubs_of(teacher)
                yield from (self.all_meet(mine, crowd) <= 1 for crowd in self.school.crowds)
            case ("room", *rooms):
                kind = tuple(int(each) for each in rooms)
                for crowd in self.school.crowds:
                    yield add_up(self.in_rooms(self.school.clubs, crowd, kind)) <= len(rooms)
            case ("children", int(one), int(two)):
                pair = [self.school.club_of[one], self.school.club_of[two]]
                yield from (self.all_meet(pair, crowd) <= 1 for crowd in self.school.crowds)
            case ("lock", int(club), int(slot), int(room)):
                yield (
                    add_up(self.in_rooms([self.school.club_of[club]], [self.school.slot_of[slot]], (room,)))
                    == 1
                )
            case ("wish", int(wish)):
                known_wish = next(each for each in self.school.wishes if each.id == wish)
                yield from (amount <= 0 for amount in self.breaking(known_wish))

    @staticmethod
    def _never(variables: Iterable[Any]) -> Iterator[Any]:
        listed = list(variables)
        if listed:
            yield add_up(listed) <= 0

    # wishes: amounts that are above zero where they are not fulfilled

    def breaking(self, wish: Wish) -> Iterator[Any]:
        match wish.kind:
            case "most_a_day":
                for day in self.school.days:
                    yield self.all_meet(self._concerned(wish), self.on(day)) - wish.most
            case "few_days":
                yield add_up(self._days_of(wish)) - wish.most
            case "same_day" | "in_a_row":
                yield from self._breaking_of_two(wish)
            case "bus" | "shift":
                count = self.school.miss_bus if wish.kind == "bus" else self.school.in_lessons
                for club in self._concerned(wish):
                    yield from (
                        self._meets[club.id, slot.id] for slot in self.school.slots if count(club, slot)
                    )
            case _:
                for club in self._concerned(wish):
                    for slot in self.school.slots:
                        if is_unwished(wish, slot) and wish.room:
                            yield from self.in_rooms([club], [slot], (wish.room,))
                        elif is_unwished(wish, slot):
                            yield self._meets[club.id, slot.id]

    def _concerned(self, wish: Wish) -> list[Club]:
        if wish.person:
            return self.clubs_of(wish.person)
        return [club for club in self.school.clubs if wish.club in (0, club.id)]

    def _days_of(self, wish: Wish) -> Iterator[Any]:
        mine = self._concerned(wish)
        for day in self.school.days:
            busy = self.model.new_bool_var("")
            for club in mine:
                for slot in self.on(day):
                    self.model.add_implication(self._meets[club.id, slot.id], busy)
            yield busy

    def _breaking_of_two(self, wish: Wish) -> Iterator[Any]:
        clubs = self.school.club_of
        if wish.club not in clubs or wish.other not in clubs:
            return
        is_first = clubs[wish.club].meetings <= clubs[wish.other].meetings
        if wish.kind == "same_day":
            one, two = (wish.club, wish.other) if is_first else (wish.other, wish.club)
            for day in self.school.days:
                yield self.meets(one, self.on(day)) - self.meets(two, self.on(day))
            return
        for slot in self.school.slots:
            if is_first:
                yield self._meets[wish.club, slot.id] - self.meets(wish.other, self.school.follows(slot))
            else:
                earlier = [each for each in self.school.slots if slot in self.school.follows(each)]
                yield self._meets[wish.other, slot.id] - self.meets(wish.club, earlier)

    # costs

    def minimise(self) -> None:
        """Make the best week the one with the fewest points."""
        terms: list[Any] = []
        for cost in self._costs():
            over = self.model.new_int_var(0, 200, "")
            self.model.add(over >= cost.amount)
            terms.append((cost.points, over))
        terms += self._prices()
        self.model.minimize(weigh(terms))
        self._hint()

    def _hint(self) -> None:
        now = {(m.club, m.slot) for m in self.school.week}
        for key, variable in self._meets.items() if now else ():
            self.model.add_hint(variable, key in now)

    def _costs(self) -> Iterator[Cost]:
        for wish in self.school.wishes:
            if not wish.must:
                yield from (Cost(COSTS["wish"], amount) for amount in self.breaking(wish))
        for teacher in {club.teacher for club in self.school.clubs}:
            yield from self._gaps(self.clubs_of(teacher))
        for club in self.school.clubs:
            if club.meetings > 1:
                yield from self._spread(club)
        average = ceil(sum(club.meetings for club in self.school.clubs) / max(len(self.school.days), 1))
        for day in self.school.days:
            yield Cost(COSTS["full_day"], self.all_meet(self.school.clubs, self.on(day)) - average)

    def _gaps(self, clubs: Sequence[Club]) -> Iterator[Cost]:
        """Between two clubs of a teacher on a day with none between them."""
        if sum(club.meetings for club in clubs) < 2:
            return
        for day in self.school.days:
            for early, late in combinations(sorted(self.on(day), key=lambda slot: slot.starts), 2):
                if gap := max(late.starts - early.ends, 0) // 15:
                    between = [s for s in self.on(day) if early.ends <= s.starts and s.ends <= late.starts]
                    ends = self.all_meet(clubs, (early, late))
                    yield Cost(COSTS["gap"] * gap, ends - 1 - self.all_meet(clubs, between))

    def _spread(self, club: Club) -> Iterator[Cost]:
        for today, tomorrow in combinations(self.school.days, 2):
            if tomorrow == today + 1:
                yield Cost(COSTS["next_day"], self.meets(club, self.on(today) + self.on(tomorrow)) - 1)

    def _prices(self) -> Iterator[tuple[int, Any]]:
        """What a single meeting costs, wherever it is."""
        now = {(m.club, m.slot) for m in self.school.week}
        for (club, slot), variable in self._meets.items():
            price = price_of(self.school, self.school.club_of[club], self.school.slot_of[slot])
            moved = MOVED[self.stay] if now and (club, slot) not in now else 0
            if price + moved:
                yield price + moved, variable
        for (club, _slot, rooms), variable in self.at.items():
            if price := price_of_room(self.school.club_of[club], self.school.room_of[rooms[0]]):
                yield price, variable

    def read(self, value: Any) -> list[tuple[int, int, tuple[int, ...]]]:
        """Return of a solution (club, slot, the rooms of which it gets one)."""
        return [key for key, variable in self.at.items() if value(variable)]


def add_up(variables: Iterable[Any]) -> Any:
    from ortools.sat.python import cp_model

    return cp_model.LinearExpr.sum(list(variables))


def weigh(terms: Sequence[tuple[int, Any]]) -> Any:
    from ortools.sat.python import cp_model

    return cp_model.LinearExpr.weighted_sum([each for _, each in terms], [points for points, _ in terms])


def price_of(school: School, club: Club, slot: Slot) -> int:
    """Points for children who cannot come or wait when a club meets in a slot."""
    late = school.in_lessons(club, slot)
    missed = school.miss_bus(club, slot) - late
    return (
        COSTS["lessons"] * len(late)
        + COSTS["bus"] * len(missed)
        + COSTS["wait"] * school.waiting(club, slot) // WAIT
    )


def price_of_room(club: Club, room: Room) -> int:
    return COSTS["kind"] if room.kind and not club.kind and club.room is None else 0
