"""The timetable's solver: weeks that an independent checker accepts, and conflicts that are named to the point."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.timetable_world import check, holds, make_slots, schools

from sandyq_apps.timetable_score import points
from sandyq_apps.timetable_solver import Watch, explain, solve
from sandyq_apps.timetable_week import (
    Club,
    Meeting,
    Room,
    School,
    Slot,
    Wish,
    breaks,
    find_clashes,
    find_places,
    is_grave,
)

SLOW = settings(max_examples=60)


@SLOW
@given(schools(), st.booleans())
def test_a_week_is_right_for_an_independent_checker_or_the_conflict_is_minimal(school, stay):
    outcome = solve(school, stay=stay)
    if outcome.week is not None:
        assert check(school, list(outcome.week)) == []
        assert outcome.is_best
        assert points(school, outcome.week, stay=stay) == outcome.points
        return
    assert outcome.is_minimal
    every = set(outcome.conflict)
    assert not is_possible(school, every)
    assert all(is_possible(school, every - {rule}) for rule in every)
    fewer = list(combinations(sorted(school.needs(), key=repr), len(every) - 1))
    if outcome.is_smallest and len(fewer) < 400:
        assert all(is_possible(school, set(rules)) for rules in fewer)


def is_possible(school: School, rules) -> bool:
    """A search of its own, club by club, that knows only the rules that are given."""
    return search(school, set(rules), [], list(school.clubs))


def search(school, rules, week, clubs) -> bool:
    if not clubs:
        return allows(school, rules, week, True)
    club, *rest = clubs
    return any(
        search(school, rules, [*week, *chosen], rest)
        for count in count_meetings(school, rules, club)
        for chosen in choices(school, rules, week, club, count)
    )


def count_meetings(school, rules, club) -> range:
    """How often a club may meet; without ``meets`` as often as it is locked, or as another club needs it.

    Fewer meetings break no rule but ``meets`` and wishes for two clubs.
    """
    locked = sum(rule[0] == "lock" and rule[1] == club.id for rule in rules)
    if ("meets", club.id) in rules:
        return range(max(club.meetings, locked), max(club.meetings, locked) + 1)
    pairs = [{wish.club, wish.other} for wish in school.wishes if wish.other and ("wish", wish.id) in rules]
    needed = [each.meetings for each in school.clubs for pair in pairs if {club.id, each.id} == pair]
    return range(locked, max([locked, *needed]) + 1)


def choices(school, rules, week, club, count, start=0):  # noqa: PLR0917
    """Sets of so many places of a club that clash with nothing in the week."""
    if count == 0:
        yield []
        return
    for index in range(start, len(school.slots)):
        for room in school.rooms:
            meeting = Meeting(club.id, school.slots[index].id, room.id)
            if allows(school, rules, [*week, meeting], False):
                for others in choices(school, rules, [*week, meeting], club, count - 1, index + 1):
                    yield [meeting, *others]


def allows(school, rules, week, is_whole) -> bool:  # noqa: PLR0911
    slots, clubs = {s.id: s for s in school.slots}, {c.id: c for c in school.clubs}
    rooms = {r.id: r for r in school.rooms}
    together = {tuple(rule[1:]) for rule in rules if rule[0] == "room"}
    for i, one in enumerate(week):
        club, slot, room = clubs[one.club], slots[one.slot], rooms[one.room]
        fits = room.seats >= max(club.capacity, len(club.children)) and (
            room.id == club.room if club.room is not None else club.kind in ("", room.kind)
        )
        if ("place", club.id) in rules and not fits:
            return False
        learn = {school.shifts.get(child, 0) for child in club.children}
        if ("shift", club.id) in rules and slot.shift and not learn <= {0, slot.shift}:
            return False
        for two in week[:i]:
            other, there = clubs[two.club], slots[two.slot]
            if club.id == other.id and slot.day == there.day and ("meets", club.id) in rules:
                return False
            if slot.day != there.day or slot.starts >= there.ends or there.starts >= slot.ends:
                continue
            if room.id == two.room and any(room.id in ids for ids in together):
                return False
            if club.teacher == other.teacher and ("teacher", club.teacher) in rules:
                return False
            if ("children", *sorted((club.id, other.id))) in rules:
                return False
    if not is_whole:
        return True
    locked = {rule[1:] for rule in rules if rule[0] == "lock"}
    if not locked <= {(m.club, m.slot, m.room) for m in week}:
        return False
    musts = [wish for wish in school.wishes if ("wish", wish.id) in rules]
    return all(holds(wish, school, week) for wish in musts)


@SLOW
@given(schools(), st.data())
def test_what_the_page_says_of_a_week_made_by_hand_agrees_with_the_checker(school, data):
    week = [
        Meeting(
            club.id, data.draw(st.sampled_from(school.slots)).id, data.draw(st.sampled_from(school.rooms)).id
        )
        for club in school.clubs
        for _ in range(club.meetings)
    ]
    known = replace(school, week=())
    grave = [clash for clash in find_clashes(known, week) if is_grave(known, clash)]
    assert bool(grave) == bool(check(known, week))
    for wish in school.wishes:
        assert (not breaks(known, wish, week)) == holds(wish, known, week), wish


@SLOW
@given(schools())
def test_a_place_that_is_offered_is_free(school):
    outcome = solve(school)
    if not outcome.week:
        return
    moved = replace(outcome.week[0], locked=False)
    rest = [m for m in outcome.week if m.club != moved.club or m.slot != moved.slot]
    known = replace(school, week=(*rest, moved))
    for place in find_places(known, known.club_of[moved.club], moved):
        if not place.clashes:
            new = [*rest, replace(moved, slot=place.slot.id, room=place.room.id)]
            assert check(replace(known, week=rest), new) == []


def base(**changes) -> School:
    """Three clubs of two teachers, two rooms, a whole week of times."""
    clubs = [
        Club(1, "Chess", 101, 2, 12, children=frozenset({1, 2})),
        Club(2, "Robots", 102, 1, 12, "gym", children=frozenset({2, 3})),
        Club(3, "Songs", 101, 1, 12, children=frozenset({4})),
    ]
    rooms = [Room(1, "One", 16), Room(2, "Two", 16, "gym")]
    shifts = {1: 1, 2: 1, 3: 1, 4: 2}
    school = School(make_slots(), rooms, clubs, shifts, {3: dict.fromkeys(range(5), 960)})
    return replace(school, **changes)


def must(number=1, kind="not_days", **about) -> Wish:
    return Wish(number, kind, must=True, **about)


def clubs_but(number: int, **changes) -> list[Club]:
    return [replace(club, **changes) if club.id == number else club for club in base().clubs]


FIRST = [slot for slot in make_slots() if slot.shift == 1]
MONDAY = make_slots(1)
AFTERNOON = [FIRST[0]]
CONFLICTS = {
    "a teacher who is never there": (
        base(wishes=[must(person=102, days=(0, 1, 2, 3, 4))]),
        {("wish", 1), ("meets", 2)},
    ),
    "a teacher on one day whose club meets twice": (
        base(wishes=[must(person=101, days=(1, 2, 3, 4))]),
        {("wish", 1), ("meets", 1)},
    ),
    "two wishes that leave nothing": (
        base(wishes=[must(1, person=102, days=(0, 1, 2)), must(2, club=2, days=(3, 4))]),
        {("wish", 1), ("wish", 2), ("meets", 2)},
    ),
    "before and after": (
        base(wishes=[must(1, "after", person=102, time=960), must(2, "before", club=2, time=1000)]),
        {("wish", 1), ("wish", 2), ("meets", 2)},
    ),
    "only in the morning, while the children learn": (
        base(wishes=[must(1, "before", person=102, time=720)]),
        {("wish", 1), ("meets", 2), ("shift", 2)},
    ),
    "no room is large enough": (base(clubs=clubs_but(3, capacity=20)), {("place", 3), ("meets", 3)}),
    "no room of the kind": (base(clubs=clubs_but(2, kind="music")), {("place", 2), ("meets", 2)}),
    "its own room is too small": (
        base(clubs=clubs_but(3, room=1, capacity=17)),
        {("place", 3), ("meets", 3)},
    ),
    "the gym is closed": (
        base(wishes=[must(room=2, days=(0, 1, 2, 3, 4))]),
        {("wish", 1), ("meets", 2), ("place", 2)},
    ),
    "twice a week, one day": (base(slots=MONDAY), {("meets", 1)}),
    "one time, one teacher, two clubs": (
        base(
            slots=AFTERNOON,
            clubs=[replace(c, meetings=1, children=frozenset()) for c in base().clubs if c.id != 2],
        ),
        {("meets", 1), ("meets", 3), ("teacher", 101)},
    ),
    "one time, one room, two clubs": (
        base(
            slots=AFTERNOON,
            rooms=[Room(1, "One", 16)],
            clubs=[Club(1, "A", 101), Club(2, "B", 102)],
        ),
        {("meets", 1), ("meets", 2), ("room", 1)},
    ),
    "one time, a child in both": (
        base(
            slots=AFTERNOON,
            clubs=[Club(1, "A", 101, children=frozenset({1})), Club(2, "B", 102, children=frozenset({1}))],
        ),
        {("meets", 1), ("meets", 2), ("children", 1, 2)},
    ),
    "everybody catches the bus, but one has only late times": (
        base(wishes=[must(1, "bus"), must(2, "after", club=2, time=900)]),
        {("wish", 1), ("wish", 2), ("meets", 2)},
    ),
    "children of both shifts, and none may miss anything": (
        base(clubs=clubs_but(1, children=frozenset({1, 4})), wishes=[must(1, "shift", club=1)]),
        {("wish", 1), ("meets", 1)},
    ),
    "two a day are too many, and one day is all there is": (
        base(
            slots=MONDAY,
            clubs=[Club(n, f"C{n}", 101) for n in (1, 2)],
            wishes=[must(1, "most_a_day", person=101, most=1)],
        ),
        {("wish", 1), ("meets", 1), ("meets", 2)},
    ),
    "one day for a club that meets twice": (
        base(wishes=[must(1, "few_days", person=101, most=1)]),
        {("wish", 1), ("meets", 1)},
    ),
    "the same day, but kept apart": (
        base(
            wishes=[
                must(1, "same_day", club=2, other=3),
                must(2, club=2, days=(0, 1, 2)),
                must(3, club=3, days=(3, 4)),
            ]
        ),
        {("wish", 1), ("wish", 2), ("wish", 3), ("meets", 2)},
    ),
    "in a row, but their children learn in different shifts": (
        base(wishes=[must(1, "in_a_row", club=2, other=3)]),
        {("wish", 1), ("meets", 2), ("shift", 2), ("shift", 3)},
    ),
    "two locked in one place": (
        base(
            week=[Meeting(1, 3, 1, True, 11), Meeting(3, 3, 1, True, 12)],
            clubs=[replace(c, children=frozenset(), teacher=100 + c.id) for c in base().clubs],
        ),
        {("lock", 1, 3, 1), ("lock", 3, 3, 1), ("room", 1)},
    ),
    "locked where the teacher cannot be": (
        base(week=[Meeting(2, 3, 2, True, 11)], wishes=[must(person=102, days=(0,))]),
        {("lock", 2, 3, 2), ("wish", 1)},
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_constructed_conflict_is_named_and_without_any_part_of_it_there_is_a_week(name):
    school, expected = CONFLICTS[name]
    outcome = solve(school)
    assert set(outcome.conflict) == expected
    assert outcome.is_minimal and outcome.is_smallest
    for rule in expected:
        assert not explain_is_needed(school, school.needs() & (expected - {rule}))


def explain_is_needed(school, rules) -> bool:
    from sandyq_apps.timetable_model import Model
    from sandyq_apps.timetable_solver import _run

    return _run(Model(school, rules), Watch(), 5)[0] == "INFEASIBLE"


def test_there_are_at_least_twenty_constructed_conflicts():
    assert len(CONFLICTS) >= 20


def test_the_same_school_gets_the_same_week():
    school = base()
    assert solve(school).week == solve(school).week


def test_a_week_computed_anew_keeps_what_is_locked_and_changes_little():
    school = base()
    first = [replace(m, id=n, locked=n == 1) for n, m in enumerate(solve(school).week, 1)]
    wished = replace(school, week=first, wishes=[must(club=2, days=(school.slot_of[first[2].slot].day,))])
    outcome = solve(wished, stay=True)
    assert first[0] in outcome.week
    assert [m for m in first if m not in outcome.week] == [first[2]], "only the club of the wish moves"
    assert {m.id for m in outcome.week} == {m.id for m in first}, "rows stay with their clubs"


def test_a_wish_that_may_fail_is_fulfilled_when_it_can_be():
    outcome = solve(base(wishes=[Wish(1, "not_days", club=2, days=(0, 1, 2, 3))]))
    slot = {s.id: s for s in make_slots()}
    assert [slot[m.slot].day for m in outcome.week if m.club == 2] == [4]


def test_children_of_one_route_leave_with_their_bus_when_there_is_an_earlier_time():
    """A soft rule: with only late times they miss it, and it is counted."""
    outcome = solve(base())
    slot = {s.id: s for s in make_slots()}
    assert all(slot[m.slot].ends <= 960 for m in outcome.week if m.club == 2)
    late = solve(base(slots=[Slot(1, 0, 960, 1035), Slot(2, 1, 960, 1035), Slot(3, 2, 960, 1035)]))
    assert late.week is not None and late.is_best


def test_a_child_whose_bus_goes_on_no_day_catches_none():
    club = Club(1, "Chess", 101, children=frozenset({1}))
    school = School([Slot(1, 0, 900, 960)], [Room(1, "101", 20)], [club], buses={1: {}})
    assert [clash.rule for clash in find_clashes(school, [Meeting(1, 1, 1)])][:1] == [("bus", 1)]
    outcome = solve(replace(school, wishes=[Wish(1, "bus", club=1, must=True)]))
    assert outcome.week is None and ("wish", 1) in outcome.conflict


def test_a_cancelled_computation_ends_without_an_outcome():
    watch = Watch()
    watch.cancel()
    outcome = solve(base(), watch=watch)
    assert outcome.week is None and outcome.conflict == ()


def test_rules_that_do_not_conflict_are_never_asked_about():
    """explain() is for rules that conflict; each one that it names is needed."""
    school = base(wishes=[must(person=102, days=(0, 1, 2, 3, 4))])
    core, proven = explain(school, school.needs())
    assert proven and len(core) == 2
