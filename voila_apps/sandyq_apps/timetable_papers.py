"""What leaves the timetable: door cards, cards of teachers and families, the whole week, a spreadsheet, a calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sandyq.launch.plan import Calendar as Days
from sandyq_apps.kit.app import File
from sandyq_apps.kit.papers import Workbook, name_file, render
from sandyq_apps.kit.speech import SCHOOL_TIME
from sandyq_apps.timetable_desk import clock
from sandyq_apps.timetable_week import Meeting
from sandyq_apps.timetable_words import Words, short_name

DOMAIN = "sandyq.school"
"""Of the calendar entries' identifiers; it names no host."""


@dataclass(frozen=True)
class Card:
    """Somebody's or something's week."""

    title: str
    note: str
    meetings: Sequence[Meeting]
    tells: str
    """What stands under a club: ``room``, ``teacher`` or ``both``."""


def table_of(words: Words, card: Card) -> list[tuple[str, list[list[dict[str, str]]]]]:
    """Return by time of day the cells of the days, each with its meetings; times at which nothing happens are left out
    where there is anything at all."""
    school = words.school
    slot = school.slot_of
    times = sorted({(s.starts, s.ends) for s in school.slots})
    used = {(slot[m.slot].starts, slot[m.slot].ends) for m in card.meetings}
    return [
        (
            f"{clock(starts)}–{clock(ends)}",
            [
                [
                    {"name": words.club(m.club), "note": tell(words, m, card.tells)}
                    for m in sorted(card.meetings, key=lambda m: words.club(m.club))
                    if (slot[m.slot].day, slot[m.slot].starts, slot[m.slot].ends) == (day, starts, ends)
                ]
                for day in school.days
            ],
        )
        for starts, ends in times
        if not used or (starts, ends) in used
    ]


def tell(words: Words, meeting: Meeting, tells: str) -> str:
    teacher = short_name(words.people.get(words.school.club_of[meeting.club].teacher, "?"))
    room = words.room(meeting.room)
    return {"room": room, "teacher": teacher}.get(tells, f"{room} · {teacher}")


def print_cards(words: Words, cards: Sequence[Card], look: str, school_name: str, today: str) -> str:
    """Return a sheet; ``look``: ``page`` (a card a page), ``slip`` (several, to be cut apart) or ``dense``."""
    say = words.say
    return render(
        "timetable_cards.html",
        cards=[{"title": c.title, "note": c.note, "lines": table_of(words, c)} for c in cards],
        days=[say.weekday(day) for day in words.school.days],
        look=look,
        words={"time": say("Time"), "school": school_name, "printed": say.short_date(today)},
    )


def write_workbook(words: Words, week: Iterable[Meeting], title: str) -> File:
    """Return the week as a list and as a grid of rooms."""
    say, school = words.say, words.school
    ordered = sorted(
        week, key=lambda m: (school.slot_of[m.slot].day, school.slot_of[m.slot].starts, words.room(m.room))
    )
    book = Workbook()
    head = [say("Day"), say("Begins"), say("Ends"), say("Club"), say("Room"), say("Teacher"), say("Children")]
    book.add_sheet(say("List"), [title], head, [_line(words, meeting) for meeting in ordered])
    rooms = sorted(school.rooms, key=lambda room: room.name)
    grid = [
        [
            say.weekday(slot.day),
            f"{clock(slot.starts)}–{clock(slot.ends)}",
            *(", ".join(words.club(m.club) for m in ordered if m.at == (slot.id, room.id)) for room in rooms),
        ]
        for slot in school.slots
    ]
    book.add_sheet(say("By room"), [title], [say("Day"), say("Time"), *(room.name for room in rooms)], grid)
    return book.save(title)


def _line(words: Words, meeting: Meeting) -> list[Any]:
    slot, club = words.school.slot_of[meeting.slot], words.school.club_of[meeting.club]
    return [
        words.say.weekday(slot.day), clock(slot.starts), clock(slot.ends), club.name, words.room(meeting.room),
        words.people.get(club.teacher, "?"), len(club.children),
    ]  # fmt: skip


def write_calendar(
    words: Words, week: Iterable[Meeting], title: str, quarters: Sequence[dict[str, str]], days: Days
) -> File:
    """Return the meetings as weekly events within the quarters but for holidays, in the school's time; the same again
    keep their UIDs, so that a calendar that takes the file in once more has nothing twice; another year's are new."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Sandyq//timetable//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    for meeting in week:
        for number, quarter in enumerate(quarters, 1):
            event = _event(words, meeting, number, quarter, days)
            if event is not None:
                calendar.add_component(event)
    calendar.add_missing_timezones()
    return File(name_file(title, "ics"), calendar.to_ical())


def _event(words: Words, meeting: Meeting, number: int, quarter: dict[str, str], days: Days) -> Any:
    from icalendar import Event

    school = words.school
    slot = school.slot_of[meeting.slot]
    first = dt.date.fromisoformat(quarter["starts"])
    first += dt.timedelta(days=(slot.day - first.weekday()) % 7)
    last = dt.date.fromisoformat(quarter["ends"])
    weekly = [first + dt.timedelta(days=number) for number in range(0, (last - first).days + 1, 7)]
    held = [day for day in weekly if not days.is_holiday(day)]
    if not held:
        return None
    zone = ZoneInfo(SCHOOL_TIME)
    begins, ends = (dt.time(at // 60, at % 60, tzinfo=zone) for at in (slot.starts, slot.ends))
    until = dt.datetime.combine(last, dt.time(23, 59, 59), zone).astimezone(dt.UTC)
    event = Event()
    event.add("uid", f"meeting-{meeting.id}-{quarter['starts'][:4]}-quarter-{number}@{DOMAIN}")
    event.add("summary", words.club(meeting.club))
    event.add("location", words.room(meeting.room))
    event.add("description", words.people.get(school.club_of[meeting.club].teacher, ""))
    event.add("dtstart", dt.datetime.combine(held[0], begins))
    event.add("dtend", dt.datetime.combine(held[0], ends))
    event.add("rrule", {"freq": "weekly", "until": until})
    off = [dt.datetime.combine(day, begins) for day in weekly if day > held[0] and days.is_holiday(day)]
    if off:
        event.add("exdate", off)
    event.add("dtstamp", dt.datetime.now(dt.UTC))
    return event
