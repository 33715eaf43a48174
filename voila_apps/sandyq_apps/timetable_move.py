"""A meeting that was chosen: what it is, what can be done with it, where it can go; clubs that have no place yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.parts import Part
from sandyq_apps.timetable_show import draw_grid, tell_place
from sandyq_apps.timetable_week import Club, Meeting, Place, is_grave
from sandyq_apps.timetable_words import Words


def show_unplaced(words: Words) -> list[Part]:
    """Clubs that meet less often than they are to, each a button."""
    held, say = [m.club for m in words.school.week], words.say
    missing = [club for club in words.school.clubs if held.count(club.id) < club.meetings]
    if not missing:
        return []
    buttons = [
        parts.button(
            f"{club.name} ({held.count(club.id)}/{club.meetings})",
            "open_meeting",
            {"meeting": 0, "club": club.id},
            key=f"place-{club.id}",
        )
        for club in missing
    ]
    title = say.count(
        "{count} club is not fully in the week", "{count} clubs are not fully in the week", len(missing)
    )
    return [parts.fold(title, parts.row(*buttons), opened=len(missing) <= 5, key="unplaced")]


def show_meeting(words: Words, club: Club, moved: Meeting | None, colour: str) -> Part:
    """What was chosen, and what can be done with it."""
    say = words.say
    now = tell_place(words, moved) if moved else say("not in the week yet")
    children = say.count("{count} child", "{count} children", len(club.children))
    acts = [parts.button(say("Back to the week"), "open_meeting", {"meeting": 0, "club": 0}, tone="primary")]
    if moved:
        lock = say("Unlock") if moved.locked else say("Lock")
        acts += [
            parts.button(lock, "lock", {"meeting": moved.id}),
            parts.button(say("Take out of the week"), "take_out", {"meeting": moved.id}),
        ]
    told = [f"{now} · {words.people.get(club.teacher, '?')} · {children}"]
    if moved and moved.locked:
        told.append(say("It is locked: it stays when the week is computed anew."))
    lines = [parts.text(each) for each in told]
    return parts.card(club.name, *lines, parts.row(*acts), colour=colour, key="meeting")


def show_rooms(words: Words, room: int) -> Part:
    rooms = [(each.id, each.name) for each in words.school.rooms]
    field = parts.field(
        "room", words.say("Room (none: any that fits)"), "choice", room or None, choices=rooms
    )
    return parts.form("choose_room", [field], "", key="room", live=True)


def show_places(words: Words, places: Sequence[Place], moved: Meeting | None) -> Part:
    """Where a meeting can go; what would not fit is told, and can be done all the same."""
    say = words.say
    by_time = {(p.slot.day, p.slot.starts, p.slot.ends): p for p in places}

    def fill(day: int, time: tuple[int, int]) -> Any:
        place = by_time.get((day, *time))
        if place is None:
            return ""
        values = {"slot": place.slot.id, "room": place.room.id}
        if moved and place.slot.id == moved.slot and place.room.id == moved.room:
            return [parts.text(say("It is here now: {room}", room=place.room.name), "quiet")]
        grave = [clash for clash in place.clashes if is_grave(words.school, clash)]
        why = "\n".join(words.clash(clash, timed=False) for clash in place.clashes)
        notes = [parts.text(why, "quiet")] if why else []
        if grave:
            question = say("{why}\nPut it here all the same?", why=why)
            return [*notes, parts.button(say("All the same"), "put", values, confirm=question)]
        return [parts.button(say("Here: {room}", room=place.room.name), "put", values, tone="good"), *notes]

    return draw_grid(words, say("Where it can be"), fill)
