"""The forms of the timetable: a wish of each kind, and what they mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sandyq.i18n import kazakh_key
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem
from sandyq_apps.kit.parts import Part
from sandyq_apps.timetable_desk import clock, minutes
from sandyq_apps.timetable_week import Kind, Wish
from sandyq_apps.timetable_words import KINDS, Words

OF_TEACHERS: Final = ("most_a_day", "few_days")
OF_TWO: Final = ("same_day", "in_a_row")
OF_CLUBS: Final = ("bus", "shift")


def show_kinds(words: Words) -> Part:
    """What can be wished for."""
    buttons = [
        parts.button(words.say(text), "new_wish", {"kind": kind}, key=f"kind-{kind}")
        for kind, text in KINDS.items()
    ]
    return parts.fold(
        words.say("Add a wish"), parts.row(*buttons), opened=not words.school.wishes, key="kinds"
    )


def show_form(words: Words, wish: Wish, version: int) -> Part:
    """The form of a wish; a new one has the id 0."""
    say = words.say
    degrees = [(False, say("If possible")), (True, say("It must hold"))]
    fields = [
        *_subject_fields(words, wish),
        *_own_fields(words, wish),
        parts.field("must", say("How much"), "radio", wish.must, choices=degrees),
    ]
    return parts.card(
        say(KINDS[wish.kind]),
        parts.form(
            "save_wish",
            fields,
            say("Save"),
            key=f"wish-{wish.id}-{wish.kind}",
            values={"id": wish.id, "version": version, "kind": wish.kind},
            cancel=parts.button(say("Cancel"), "open_wish", {"wish": 0}),
        ),
        key="wish",
    )


def _subject_fields(words: Words, wish: Wish) -> list[Part]:
    say = words.say
    clubs = [
        (club.id, club.name) for club in sorted(words.school.clubs, key=lambda club: kazakh_key(club.name))
    ]
    if wish.kind in OF_TWO:
        first = say("First club") if wish.kind == "in_a_row" else say("Club")
        second = say("Club right after it") if wish.kind == "in_a_row" else say("Other club")
        return [
            parts.field("club", first, "choice", wish.club or None, choices=clubs, needed=True),
            parts.field("other", second, "choice", wish.other or None, choices=clubs, needed=True),
        ]
    if wish.kind in OF_CLUBS:
        return [
            parts.field("club", say("Club (none: all clubs)"), "choice", wish.club or None, choices=clubs)
        ]
    value = next(
        (
            f"{name}-{key}"
            for name, key in (("person", wish.person), ("club", wish.club), ("room", wish.room))
            if key
        ),
        None,
    )
    return [
        parts.field(
            "about", say("Who or what"), "choice", value, choices=_subjects(words, wish.kind), needed=True
        )
    ]


def _subjects(words: Words, kind: Kind) -> list[tuple[str, str]]:
    say, school = words.say, words.school
    teachers = {club.teacher for club in school.clubs}
    named = sorted(
        ((f"person-{t}", words.people.get(t, "?")) for t in teachers), key=lambda each: kazakh_key(each[1])
    )
    if kind in OF_TEACHERS:
        return named
    clubs = [
        (f"club-{c.id}", say("Club: {name}", name=c.name))
        for c in sorted(school.clubs, key=lambda c: kazakh_key(c.name))
    ]
    return named + clubs + [(f"room-{room.id}", say("Room: {name}", name=room.name)) for room in school.rooms]


def _own_fields(words: Words, wish: Wish) -> list[Part]:
    say, school = words.say, words.school
    match wish.kind:
        case "not_days":
            days = [(day, say.weekday(day)) for day in school.days]
            return [parts.field("days", say("Not on"), "choices", list(wish.days), choices=days, needed=True)]
        case "not_slots":
            slots = [(slot.id, words.when(slot, short=True)) for slot in school.slots]
            return [
                parts.field("slots", say("Not at"), "choices", list(wish.slots), choices=slots, needed=True)
            ]
        case "after" | "before":
            label = say("Begins at the earliest") if wish.kind == "after" else say("Ends at the latest")
            return [parts.field("time", label, "time", clock(wish.time) if wish.time else None, needed=True)]
        case "most_a_day":
            return [
                parts.field(
                    "most",
                    say("Meetings a day, at most"),
                    "number",
                    wish.most or 2,
                    least=1,
                    most=10,
                    needed=True,
                )
            ]
        case "few_days":
            return [
                parts.field(
                    "most",
                    say("Days a week, at most"),
                    "number",
                    wish.most or 1,
                    least=1,
                    most=7,
                    needed=True,
                )
            ]
    return []


def read_form(words: Words, values: dict[str, Any]) -> Wish:
    """Return the wish that a form holds. Raises FieldProblem."""
    wish = Wish(values["id"], values["kind"], must=bool(values["must"]))
    if about := values.get("about"):
        name, _, key = about.partition("-")
        subject: dict[str, Any] = {name: int(key)}
        wish = replace(wish, **subject)
    wish = replace(
        wish,
        club=values.get("club") or wish.club,
        other=values.get("other") or 0,
        days=tuple(values.get("days") or ()),
        slots=tuple(values.get("slots") or ()),
        time=minutes(values["time"]) if values.get("time") else 0,
        most=values.get("most") or 0,
    )
    if wish.kind in OF_TWO and wish.club == wish.other:
        raise FieldProblem("other", words.say("Choose two different clubs."))
    return wish
