"""Whose week is shown or printed: everybody's, a room's, a teacher's, a club's, a child's, a class's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandyq.i18n import kazakh_key
from sandyq_apps.kit import parts
from sandyq_apps.kit.parts import Part
from sandyq_apps.timetable_desk import of_child
from sandyq_apps.timetable_papers import Card
from sandyq_apps.timetable_week import Meeting
from sandyq_apps.timetable_words import Words

BY: Final = {
    "all": "The whole week",
    "room": "A room",
    "teacher": "A teacher",
    "club": "A club",
    "child": "A child",
}
ON_PAPER: Final = {
    "all": "The whole week",
    "room": "Doors of rooms",
    "teacher": "Teachers",
    "child": "A child’s family",
    "class": "Families of a class",
}


@dataclass(frozen=True)
class Choice:
    title: str
    cards: Sequence[Card]
    tells: str = "room"
    look: str = "page"
    """On paper: see ``print_cards``."""

    @property
    def meetings(self) -> list[Meeting]:
        return list(dict.fromkeys(meeting for card in self.cards for meeting in card.meetings))


def choose(words: Words, place: dict[str, Any], pupils: Sequence[Any]) -> Choice:
    """Return what ``place["by"]`` and ``place["one"]`` name; without one of them, all of the kind that meet at all."""
    school, say, one = words.school, words.say, place["one"]
    match place["by"]:
        case "room":
            cards = [
                _card(words, r.name, "", [m for m in school.week if m.room == r.id], "teacher")
                for r in school.rooms
                if one in (0, r.id)
            ]
            return _of(say("Rooms"), cards, one, "teacher")
        case "teacher":
            cards = [
                _card(words, words.people.get(t, "?"), "", _taught(words, t), "room")
                for t in teachers(words)
                if one in (0, t)
            ]
            return _of(say("Teachers"), cards, one, "room")
        case "club":
            cards = [
                _card(words, c.name, "", [m for m in school.week if m.club == c.id], "both")
                for c in school.clubs
                if one in (0, c.id)
            ]
            return _of(say("Clubs"), cards, one, "both")
        case "child" | "class" as by:
            key = "id" if by == "child" else "class_id"
            chosen = [(p, of_child(school, p.id)) for p in pupils if p[key] == one]
            cards = [Card(p.name, p["class"], held, "both") for p, held in chosen if held]
            title = say("Families of a class") if by == "class" else say("A child’s family")
            return Choice(
                cards[0].title if by == "child" and cards else title,
                cards,
                "both",
                look="slip" if by == "class" else "page",
            )
    card = Card(say("Timetable of clubs"), "", school.week, "both")
    return Choice(card.title, [card], "room", look="dense")


def _card(words: Words, title: str, note: str, meetings: Sequence[Meeting], tells: str) -> Card:
    return Card(title, note or words.say("Timetable of clubs"), list(meetings), tells)


def _of(title: str, cards: Sequence[Card], one: int, tells: str) -> Choice:
    return Choice(cards[0].title if one and cards else title, cards, tells)


def _taught(words: Words, teacher: int) -> list[Meeting]:
    return [m for m in words.school.week if words.school.club_of[m.club].teacher == teacher]


def teachers(words: Words) -> list[int]:
    found = {club.teacher for club in words.school.clubs}
    return sorted(found, key=lambda each: kazakh_key(words.people.get(each, "?")))


def show_choice(
    words: Words, place: dict[str, Any], pupils: Sequence[Any], *, for_paper: bool = False
) -> Part:
    """Two fields: of what kind, and which one."""
    say, kinds = words.say, ON_PAPER if for_paper else BY
    by = place["by"] if place["by"] in kinds else "all"
    fields = [
        parts.field(
            "by",
            say("Whose week"),
            "choice",
            by,
            choices=[(k, say(text)) for k, text in kinds.items()],
            needed=True,
        )
    ]
    if by != "all":
        fields.append(
            parts.field(
                "one", say("Which one"), "choice", place["one"] or None, choices=_ones(words, by, pupils)
            )
        )
    return parts.form("choose", fields, "", key=f"choice-{by}", live=True)


def _ones(words: Words, by: str, pupils: Sequence[Any]) -> list[tuple[int, str]]:
    match by:
        case "room":
            return [(room.id, room.name) for room in words.school.rooms]
        case "teacher":
            return [(each, words.people.get(each, "?")) for each in teachers(words)]
        case "club":
            return [(c.id, c.name) for c in sorted(words.school.clubs, key=lambda c: kazakh_key(c.name))]
        case "class":
            return sorted(
                {(p.class_id, p["class"]) for p in pupils}, key=lambda each: (len(each[1]), each[1])
            )
    return [(p.id, f"{p.name}, {p['class']}") for p in pupils]
