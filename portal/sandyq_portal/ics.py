"""A calendar as calendar programs read it (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sandyq.school.database import ZONE
from sandyq_portal.agenda import Entry

UNPRINTABLE: Final = dict.fromkeys([*(sign for sign in range(0x20) if sign not in (0x09, 0x0A)), 0x7F])
"""What no text of a calendar may hold (RFC 5545, 3.1); some programs refuse the whole file for one."""
REFRESH: Final = timedelta(hours=6)
SINCE: Final = date(2024, 3, 1)
"""From when on the zone is explained: Kazakhstan's one time is of that day."""
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class About:
    """What a calendar is called, in whose language, and where its pages are."""

    name: str
    language: str
    server: str
    """Of this server alone, and the same for ever: it makes the events' names unique in the world."""
    base: str
    """``http://school.local``: what the pages' paths stand behind."""


def write_calendar(entries: Iterable[Entry], about: About, at: datetime) -> bytes:
    """Return the calendar with these entries, in the school's time, which it explains itself."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//Sandyq//{about.server}//{about.language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", about.name)
    calendar.add("x-wr-timezone", ZONE.key)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")  # the same for Outlook
    for entry in entries:
        calendar.add_component(_make_event(entry, about, at))
    calendar.add_missing_timezones(first_date=SINCE)
    return bytes(calendar.to_ical())


def _make_event(entry: Entry, about: About, at: datetime):  # type: ignore[no-untyped-def] # imported on use
    from icalendar import Event

    event, told = entry.event, Event()
    told.add("uid", f"{event.key}@{about.server}")
    told.add("dtstamp", at)
    told.add("sequence", event.revision)
    told.add("summary", entry.title.translate(UNPRINTABLE), parameters={"LANGUAGE": about.language})
    told.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    if event.starts:
        begins = datetime.combine(event.on, time.fromisoformat(event.starts), ZONE)
        told.add("dtstart", begins)
        told.add("dtend", begins + timedelta(minutes=event.minutes))
    else:
        told.add("dtstart", event.on)
        told.add("dtend", event.on + timedelta(days=1))
        told.add("transp", "TRANSPARENT")  # a day until which something is to be done keeps nobody busy
    if event.where:
        told.add("location", event.where.translate(UNPRINTABLE))
    if entry.note and entry.note != event.where:
        told.add("description", entry.note.translate(UNPRINTABLE))
    if entry.address:
        told.add("url", f"{about.base}{entry.address}")
    return told
