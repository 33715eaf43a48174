"""From the sheets of the desk to the plain data of the week, and back to changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sandyq.launch import holidays
from sandyq.launch.plan import Calendar
from sandyq_apps.chests import colour_of
from sandyq_apps.kit.desk import Desk, Edit, add, alter, remove
from sandyq_apps.timetable_week import Club, Meeting, Room, School, Slot, Wish

SHEETS = (
    *("chest", "room", "slot", "route", "child", "club", "enrolment", "meeting", "timetable_wish"),
    *("pupil", "staff", "launch_plan"),
)


def minutes(clock: str) -> int:
    """``14:30`` → 870."""
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)


def clock(at: int) -> str:
    """870 → ``14:30``."""
    return f"{at // 60:02}:{at % 60:02}"


def read_school(desk: Desk) -> School:
    """Return all that the week depends on; what refers to removed rows is left out."""
    slots = [
        Slot(row.id, row.weekday, minutes(row.starts), minutes(row.ends), row.shift)
        for row in desk.rows("slot")
    ]
    slots.sort(key=lambda slot: (slot.day, slot.starts, slot.id))
    rooms = [Room(row.id, row.name, row.seats, row.kind) for row in desk.rows("room")]
    clubs = _read_clubs(desk)
    known = {"club": {c.id for c in clubs}, "slot": {s.id for s in slots}, "room": {r.id for r in rooms}}
    week = [
        Meeting(row.club_id, row.slot_id, row.room_id, row.locked, row.id)
        for row in desk.rows("meeting")
        if row.club_id in known["club"] and row.slot_id in known["slot"] and row.room_id in known["room"]
    ]
    leaves = {
        row.id: {int(day): minutes(at) for day, at in row.leaves.items() if at} for row in desk.rows("route")
    }
    children = desk.rows("child")
    return School(
        slots,
        rooms,
        clubs,
        shifts={row.person_id: row.shift for row in children},
        buses={row.person_id: leaves[row.route_id] for row in children if row.route_id in leaves},
        wishes=[
            wish for row in desk.rows("timetable_wish") if (wish := read_wish(row)) and _is_known(desk, row)
        ],
        week=week,
    )


def _read_clubs(desk: Desk) -> list[Club]:
    children: dict[int, set[int]] = defaultdict(set)
    for row in desk.rows("enrolment"):
        if row.since <= desk.today and (row.until is None or row.until > desk.today):
            children[row.club_id].add(row.person_id)
    positions = {row.id: row.position for row in desk.rows("chest")}
    return [
        Club(
            row.id, row.name, row.leader_id, row.meetings, row.capacity, row.room_kind, row.room_id,
            frozenset(children[row.id]), positions.get(row.chest_id, 0),
        )
        for row in desk.rows("club")
    ]  # fmt: skip


def read_wish(row: Any) -> Wish:
    about = row.about
    return Wish(
        row.id, row.kind, row.person_id or 0, row.club_id or 0, row.room_id or 0,
        tuple(about.get("days", ())), tuple(about.get("slots", ())), about.get("time", 0), about.get("most", 0),
        about.get("club", 0), row.must,
    )  # fmt: skip


def _is_known(desk: Desk, row: Any) -> bool:
    other = row.about.get("club")
    clubs = [each for each in (row.club_id, other) if each]
    return all(desk.find("club", each) for each in clubs) and (
        not row.room_id or desk.find("room", row.room_id) is not None
    )


def write_wish(wish: Wish) -> dict[str, Any]:
    """Return the fields of a wish's row."""
    about = {
        "days": list(wish.days),
        "slots": list(wish.slots),
        "time": wish.time,
        "most": wish.most,
        "club": wish.other,
    }
    return {
        "kind": wish.kind,
        "person_id": wish.person or None,
        "club_id": wish.club or None,
        "room_id": wish.room or None,
        "about": {name: value for name, value in about.items() if value},
        "must": wish.must,
    }


def read_calendar(desk: Desk) -> Calendar:
    """Return the public holidays, with the days off and on of the centre's launch plan."""
    return holidays.read_calendar(next((row.facts for row in desk.rows("launch_plan")), {}))


def chest_colours(desk: Desk) -> dict[int, str]:
    """By the chest's place: its colour."""
    return {row.position: colour_of(row) for row in desk.rows("chest")}


def changes(desk: Desk, week: Iterable[Meeting]) -> list[Edit]:
    """Return the edits that make the week that is kept into this one."""
    wanted = list(week)
    ids = {meeting.id for meeting in wanted}
    edits = [remove("meeting", row) for row in desk.rows("meeting") if row.id not in ids]
    for number, meeting in enumerate(wanted, 1):
        values = {
            "club_id": meeting.club,
            "slot_id": meeting.slot,
            "room_id": meeting.room,
            "locked": meeting.locked,
        }
        row = desk.find("meeting", meeting.id)
        if row is None:
            edits.append(add("meeting", -number, **values))
        elif any(row[name] != value for name, value in values.items()):
            edits.append(alter("meeting", row, **values))
    return edits


def versions(desk: Desk) -> list[tuple[int, int]]:
    """What a proposal was made from: it is stale when this has changed."""
    return sorted((row.id, row.version) for row in desk.rows("meeting"))


def of_child(school: School, child: int) -> Sequence[Meeting]:
    return [meeting for meeting in school.week if child in school.club_of[meeting.club].children]
