"""What the week says, in the visitor's language: wishes, rules that conflict and what can be done, clashes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sandyq_apps.kit.speech import Speech
from sandyq_apps.timetable_desk import clock
from sandyq_apps.timetable_week import Clash, Group, School, Slot, Wish

KINDS: Final = {
    "not_days": "Not on some days",
    "not_slots": "Not at some times",
    "after": "Not before a time of day",
    "before": "Finished by a time of day",
    "most_a_day": "Not too many a day",
    "few_days": "On few days of the week",
    "same_day": "Two clubs on the same day",
    "in_a_row": "One club right after another",
    "bus": "Children catch their bus",
    "shift": "No child has lessons at that time",
}
ROOMS: Final = {
    "computers": "a room with computers",
    "gym": "a gym",
    "workshop": "a workshop",
    "music": "a room for music",
}
REMEDIES: Final = {
    "meets": "Let it meet less often, or add times to the week.",
    "place": "Let it use another room, or fewer places.",
    "room": "Add a room, or times at which it is free.",
    "teacher": "Give one of the clubs to another teacher.",
    "children": "Let these children choose between the two.",
    "shift": "Add times for this shift.",
    "lock": "Unlock it.",
    "wish": "Change the wish, or let it hold only if possible.",
}


@dataclass(frozen=True)
class Words:
    """Sentences about one school."""

    say: Speech
    school: School
    people: dict[int, str]
    """Names of the staff."""

    def when(self, slot: Slot, *, short: bool = False) -> str:
        """``Monday, 14:30``."""
        return self.say.join(", ", self.say.weekday(slot.day, short=short), clock(slot.starts))

    def club(self, club: int) -> str:
        known = self.school.club_of.get(club)
        return known.name if known else "?"

    def room(self, room: int) -> str:
        known = self.school.room_of.get(room)
        return known.name if known else "?"

    def who(self, wish: Wish) -> str:
        """Whom or what a wish is about."""
        if wish.person:
            return self.people.get(wish.person, "?")
        return self.club(wish.club) if wish.club else self.room(wish.room)

    def wish(self, wish: Wish) -> str:  # noqa: PLR0911 # a sentence a kind
        """A wish as a sentence."""
        say, who = self.say, self.who(wish)
        match wish.kind:
            case "not_days":
                return say("{who}: not on {days}", who=who, days=self._days(wish.days))
            case "not_slots":
                slots = [self.school.slot_of[each] for each in wish.slots if each in self.school.slot_of]
                times = say.join("; ", *(self.when(slot, short=True) for slot in slots))
                return say("{who}: not at these times: {times}", who=who, times=times)
            case "after":
                return say("{who}: not before {time}", who=who, time=clock(wish.time))
            case "before":
                return say("{who}: finished by {time}", who=who, time=clock(wish.time))
            case "most_a_day":
                return say.count(
                    "{who}: at most {count} meeting a day",
                    "{who}: at most {count} meetings a day",
                    wish.most,
                    who=who,
                )
            case "few_days":
                return say.count(
                    "{who}: all on {count} day of the week",
                    "{who}: on {count} days of the week at most",
                    wish.most,
                    who=who,
                )
        return self._wish_of_clubs(wish)

    def _wish_of_clubs(self, wish: Wish) -> str:
        say, one = self.say, self.club(wish.club)
        match wish.kind:
            case "same_day":
                return say("‘{one}’ and ‘{two}’: on the same day", one=one, two=self.club(wish.other))
            case "in_a_row":
                return say("‘{one}’, and right after it ‘{two}’", one=one, two=self.club(wish.other))
            case "bus" if wish.club:
                return say("‘{one}’: all its children catch their bus", one=one)
            case "bus":
                return say("All children of all clubs catch their bus")
            case "shift" if wish.club:
                return say("‘{one}’: none of its children has lessons then", one=one)
        return say("No club meets while one of its children has lessons")

    def _days(self, days: tuple[int, ...]) -> str:
        return self.say.join(", ", *map(self.say.weekday, days))

    def rule(self, rule: Group) -> str:  # noqa: PLR0911 # a sentence a kind
        """A rule of a conflict as a sentence."""
        say, school = self.say, self.school
        match rule:
            case ("meets", int(club)):
                return say.count(
                    "‘{name}’ meets {count} time a week.",
                    "‘{name}’ meets {count} times a week, on different days.",
                    school.club_of[club].meetings,
                    name=self.club(club),
                )
            case ("place", int(club)):
                return self._place(club)
            case ("teacher", int(person)):
                return say("{name} can be in only one place at a time.", name=self.people.get(person, "?"))
            case ("room", int(room)):
                return say("Only one club at a time fits in {room}.", room=self.room(room))
            case ("room", *rooms):
                names = ", ".join(self.room(int(each)) for each in rooms)
                return say("Only one club at a time fits in each of these rooms: {rooms}.", rooms=names)
            case ("children", int(one), int(two)):
                return say.count(
                    "{count} child is in both ‘{first}’ and ‘{second}’.",
                    "{count} children are in both ‘{first}’ and ‘{second}’.",
                    len(school.friends[one, two]),
                    first=self.club(one),
                    second=self.club(two),
                )
            case ("shift", int(club)):
                shift = school.one_shift(school.club_of[club])
                return say(
                    "The children of ‘{name}’ learn in shift {shift}: it cannot meet during their lessons.",
                    name=self.club(club),
                    shift=shift,
                )
            case ("lock", int(club), int(slot), int(room)):
                return say(
                    "‘{name}’ is locked: {when}, {room}.",
                    name=self.club(club),
                    when=self.when(school.slot_of[slot]),
                    room=self.room(room),
                )
            case ("wish", int(wish)):
                return say("It must hold: {wish}.", wish=self.wish(self.find_wish(wish)))
        raise ValueError(f"No words for the rule {rule!r}.")

    def find_wish(self, wish: int) -> Wish:
        return next(each for each in self.school.wishes if each.id == wish)

    def _place(self, club: int) -> str:
        known, say = self.school.club_of[club], self.say
        if known.room is not None:
            return say(
                "‘{name}’ can meet only in {room}, and needs {seats} places.",
                name=known.name,
                room=self.room(known.room),
                seats=known.seats,
            )
        if known.kind:
            return say(
                "‘{name}’ needs {kind} with {seats} places.",
                name=known.name,
                kind=self.kind(known.kind),
                seats=known.seats,
            )
        return say("‘{name}’ needs a room with {seats} places.", name=known.name, seats=known.seats)

    def kind(self, kind: str) -> str:
        return self.say(ROOMS[kind]) if kind in ROOMS else kind

    def remedy(self, rule: Group) -> str:
        return self.say(REMEDIES[str(rule[0])])

    def clash(self, clash: Clash, *, timed: bool = True) -> str:
        """What does not fit in a week, with when; not ``timed``: as it is told of a meeting that goes there."""
        told = self._tell_clash(clash if timed else replace(clash, meetings=clash.meetings[-1:]))
        if not timed or clash.rule[0] in ("meets", "wish", "days") or not clash.meetings:
            return told
        return f"{self.when(self.school.slot_of[clash.meetings[0].slot])}: {told}"

    def _tell_clash(self, clash: Clash) -> str:  # noqa: PLR0911 # a sentence a kind
        say, count = self.say, clash.count
        names = list(dict.fromkeys(self.club(meeting.club) for meeting in clash.meetings))
        both = ", ".join(say("‘{name}’", name=name) for name in names)
        one = self.club(int(clash.rule[1])) if clash.rule[0] not in ("room", "teacher", "wish") else ""
        match clash.rule:
            case ("room", int(room)):
                return say("{room} is taken: {clubs}.", room=self.room(room), clubs=both)
            case ("teacher", int(person)):
                return say("{name} teaches then: {clubs}.", name=self.people.get(person, "?"), clubs=both)
            case ("children", *_):
                return say.count(
                    "{count} child is then in {clubs}.",
                    "{count} children are then in {clubs}.",
                    count,
                    clubs=both,
                )
            case ("days", *_):
                return say("‘{name}’ would meet twice on one day.", name=one)
            case ("place", *_):
                here, needs = self.room(clash.meetings[0].room), self._place(int(clash.rule[1]))
                return say("{room} does not fit. {needs}", room=here, needs=needs)
            case ("shift", *_):
                return say.count(
                    "{count} child of ‘{name}’ has lessons then.",
                    "{count} children of ‘{name}’ have lessons then.",
                    count,
                    name=one,
                )
            case ("bus", *_):
                return say.count(
                    "{count} child of ‘{name}’ misses the bus.",
                    "{count} children of ‘{name}’ miss the bus.",
                    count,
                    name=one,
                )
            case ("wish", *_):
                return self.rule(clash.rule)
        if count < 0:
            return say.count(
                "‘{name}’ is {count} time too often in the week.",
                "‘{name}’ is {count} times too often in the week.",
                -count,
                name=one,
            )
        return say.count(
            "‘{name}’ is missing {count} time in the week.",
            "‘{name}’ is missing {count} times in the week.",
            count,
            name=one,
        )


def short_name(name: str) -> str:
    """``Сапарова Айгерім Ерланқызы`` → ``Сапарова А.``."""
    family, *others = name.split()
    return f"{family}\N{NO-BREAK SPACE}{others[0][0]}." if others else family
