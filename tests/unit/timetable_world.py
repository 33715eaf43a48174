"""Schools for the tests of the timetable, and a checker of weeks that shares no code with the app."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st

from sandyq_apps.timetable_week import Club, Meeting, Room, School, Slot, Wish

TIMES = ((540, 615, 2), (630, 705, 2), (870, 945, 1), (960, 1035, 1))
"""9:00, 10:30 for the second shift; 14:30, 16:00 for the first."""


def make_slots(days: int = 5, times=TIMES) -> list[Slot]:
    every = product(range(days), times)
    return [Slot(number, day, *time) for number, (day, time) in enumerate(every, 1)]


def check(school: School, week: list[Meeting]) -> list[str]:  # noqa: PLR0912
    """Return what is wrong with a week, looked at minute by minute and person by person."""
    slots = {s.id: s for s in school.slots}
    rooms = {r.id: r for r in school.rooms}
    clubs = {c.id: c for c in school.clubs}
    wrong = []
    busy: dict[tuple, int] = {}
    for meeting in week:
        slot, club, room = slots[meeting.slot], clubs[meeting.club], rooms[meeting.room]
        people = [
            ("room", room.id),
            ("teacher", club.teacher),
            *(("child", child) for child in club.children),
        ]
        for minute, who in product(range(slot.starts, slot.ends, 5), people):
            if busy.setdefault((slot.day, minute, who), id(meeting)) != id(meeting):
                wrong.append(f"{who} twice on day {slot.day} at {minute}")
        if room.seats < max(club.capacity, len(club.children)):
            wrong.append(f"club {club.id} does not fit in room {room.id}")
        if club.room is not None and room.id != club.room:
            wrong.append(f"club {club.id} is not in its room")
        if club.room is None and club.kind and club.kind != room.kind:
            wrong.append(f"club {club.id} needs {club.kind}")
        shifts = {school.shifts.get(child, 0) for child in club.children}
        if len(shifts) == 1 and slot.shift and not shifts <= {0, slot.shift}:
            wrong.append(f"club {club.id} meets while all its children learn")
    for club in school.clubs:
        days = [slots[m.slot].day for m in week if m.club == club.id]
        if len(days) != club.meetings or len(set(days)) != len(days):
            wrong.append(f"club {club.id} meets on days {days}")
    for locked in school.week:
        if locked.locked and locked not in week:
            wrong.append(f"{locked} was locked")
    for wish in school.wishes:
        if wish.must and not holds(wish, school, week):
            wrong.append(f"{wish} does not hold")
    return wrong


def holds(wish: Wish, school: School, week: list[Meeting]) -> bool:  # noqa: PLR0911
    """Return whether a wish is fulfilled, by a reading of its own."""
    slots = {s.id: s for s in school.slots}
    clubs = {c.id: c for c in school.clubs}
    mine = [
        m
        for m in week
        if (wish.person and clubs[m.club].teacher == wish.person)
        or (not wish.person and wish.club and m.club == wish.club)
        or (not wish.person and not wish.club and wish.room in (0, m.room))
    ]
    at = [slots[m.slot] for m in mine]
    days = [s.day for s in at]
    if wish.kind == "not_days":
        return not set(days) & set(wish.days)
    if wish.kind == "not_slots":
        return not {s.id for s in at} & set(wish.slots)
    if wish.kind == "after":
        return all(s.starts >= wish.time for s in at)
    if wish.kind == "before":
        return all(s.ends <= wish.time for s in at)
    if wish.kind == "most_a_day":
        return all(days.count(day) <= wish.most for day in days)
    if wish.kind == "few_days":
        return len(set(days)) <= wish.most
    if wish.kind in ("bus", "shift"):
        return all(_all_come(wish.kind, school, clubs[m.club], slots[m.slot]) for m in mine)
    first = [slots[m.slot] for m in week if m.club == wish.club]
    second = [slots[m.slot] for m in week if m.club == wish.other]
    # A club of which it is not asked how often it meets still counts as the one that meets more, or less, often.
    meetings = [clubs[wish.club].meetings, clubs[wish.other].meetings]
    is_whole = [len(first), len(second)] == meetings
    if wish.kind == "same_day":
        days = [{s.day for s in first}, {s.day for s in second}]
        few, many = sorted(days, key=len) if is_whole else days[:: 1 if meetings[0] <= meetings[1] else -1]
        return few <= many
    if meetings[0] <= meetings[1]:
        return all(any(a.day == b.day and 0 <= b.starts - a.ends <= 30 for b in second) for a in first)
    return all(any(a.day == b.day and 0 <= b.starts - a.ends <= 30 for a in first) for b in second)


def _all_come(kind: str, school: School, club: Club, slot: Slot) -> bool:
    for child in club.children:
        if kind == "shift" and slot.shift and school.shifts.get(child, 0) not in (0, slot.shift):
            return False
        leaves = school.buses.get(child)
        if kind == "bus" and leaves is not None and leaves.get(slot.day, 0) < slot.ends:
            return False
    return True


@st.composite
def schools(draw) -> School:
    """Small schools, some of them without any possible week; times may overlap."""
    slots = make_slots(draw(st.integers(1, 3)))
    if draw(st.booleans()):
        slots.append(Slot(99, 0, 900, 975, 1))  # overlaps with 14:30 and with 16:00
    rooms = [
        Room(n, f"Room {n}", draw(st.sampled_from((8, 16, 30))), draw(st.sampled_from(("", "", "gym"))))
        for n in range(1, draw(st.integers(1, 4)) + 1)
    ]
    children = range(1, 13)
    some = st.frozensets(st.sampled_from(children), max_size=4)
    clubs = [
        Club(
            n,
            f"Club {n}",
            draw(st.integers(101, 103)),
            draw(st.sampled_from((1, 1, 2))),
            draw(st.sampled_from((5, 12))),
            draw(st.sampled_from(("", "", "gym"))),
            draw(st.sampled_from((None, None, None, 1))),
            draw(some),
        )
        for n in range(1, draw(st.integers(1, 5)) + 1)
    ]
    shifts = {child: draw(st.sampled_from((1, 1, 2))) for child in children}
    buses = {child: {day: draw(st.sampled_from((960, 1080))) for day in range(3)} for child in draw(some)}
    lock = draw(st.booleans())
    week = [
        Meeting(clubs[0].id, draw(st.sampled_from(slots)).id, draw(st.sampled_from(rooms)).id, lock, 1000)
    ]
    wishes = [draw(make_wish(number, slots, rooms, clubs)) for number in range(draw(st.integers(0, 3)))]
    return School(slots, rooms, clubs, shifts, buses, wishes, week if draw(st.booleans()) else ())


@st.composite
def make_wish(draw, number: int, slots, rooms, clubs) -> Wish:
    kind = draw(
        st.sampled_from(
            (
                "not_days",
                "not_slots",
                "after",
                "before",
                "most_a_day",
                "few_days",
                "same_day",
                "in_a_row",
                "bus",
                "shift",
            )
        )
    )
    ids = [club.id for club in clubs]
    wish = {"must": draw(st.booleans())}
    if kind in ("same_day", "in_a_row") and len(ids) > 1:
        one, other = draw(st.permutations(ids))[:2]
        return Wish(number, kind, club=one, other=other, **wish)
    if kind in ("bus", "shift", "same_day", "in_a_row"):
        return Wish(
            number,
            "bus" if kind in ("same_day", "in_a_row") else kind,
            club=draw(st.sampled_from((0, *ids))),
            **wish,
        )
    if kind in ("most_a_day", "few_days"):
        return Wish(number, kind, person=draw(st.integers(101, 103)), most=draw(st.integers(1, 2)), **wish)
    about = draw(st.sampled_from(({"person": 101}, {"person": 102}, {"club": ids[0]}, {"room": rooms[0].id})))
    own = {
        "not_days": {"days": (draw(st.integers(0, 2)),)},
        "not_slots": {
            "slots": tuple(draw(st.sets(st.sampled_from([s.id for s in slots]), min_size=1, max_size=3)))
        },
        "after": {"time": draw(st.sampled_from((600, 800, 900)))},
        "before": {"time": draw(st.sampled_from((620, 950, 1000)))},
    }[kind]
    return Wish(number, kind, **about, **own, **wish)
