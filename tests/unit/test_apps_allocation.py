"""Places in clubs: the best plan against trying all plans, and every reason against the facts."""

from collections import Counter
from dataclasses import replace
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandyq_apps.allocation import Child, Club, Plan, Task, Time, draw_lots, find_clash, find_obstacles, solve
from sandyq_apps.allocation_reasons import Outcome

TIMES = [Time(0, "09:00", "10:00", 2), Time(0, "14:30", "15:45"), Time(0, "15:30", "16:30", 1), Time(1, "14:30", "15:45")]  # fmt: skip # noqa: E501


# ---- a second, slow way to the same: all plans are tried, with rules written anew


def minutes(clock):
    return int(clock[:2]) * 60 + int(clock[3:]) if clock else -1


def may_be_in(child, club):
    fits = club.grades[0] <= child.grade <= club.grades[1] and (
        not club.language or club.language == child.language
    )
    shift = all(time.shift in (0, child.shift) for time in club.times)
    bus = child.leaves is None or all(
        minutes(child.leaves.get(time.weekday, "")) >= minutes(time.ends) for time in club.times
    )
    return fits and shift and bus


def meet_at_once(one, other):
    return any(
        a.weekday == b.weekday
        and max(minutes(a.starts), minutes(b.starts)) < min(minutes(a.ends), minutes(b.ends))
        for a, b in product(one.times, other.times)
    )


def same_day(one, other):
    return bool({a.weekday for a in one.times} & {b.weekday for b in other.times})


def choices_of(task, child):
    clubs = {club.id: club for club in task.clubs}
    able = [clubs[c] for c in child.wishes if c not in child.keeps and may_be_in(child, clubs[c])]
    able = [c for c in able if not any(meet_at_once(c, clubs[k]) for k in child.keeps)]
    for size in range(max(task.most - len(child.keeps), 0) + 1):
        for some in combinations(able, size):
            if not any(meet_at_once(a, b) for a, b in combinations(some, 2)):
                yield tuple(club.id for club in some)


def is_allowed(task, given):
    clubs = {club.id: club for club in task.clubs}
    kept = Counter(club for child in task.children for club in child.keeps)
    new = Counter(chain.from_iterable(given.values()))
    for club in clubs.values():
        total = kept[club.id] + new[club.id]
        if new[club.id] and total > club.capacity:
            return False
        if not kept[club.id] and 0 < total < club.least:
            return False
    return all(given.get(child.id, ()) in set(choices_of(task, child)) for child in task.children)


def value(task, given):
    """What the goals are worth, the first first."""
    clubs = {club.id: club for club in task.clubs}
    last = max((child.lot for child in task.children), default=0) + 1
    served = first_served = first_points = points = lots = long_days = 0
    for child in task.children:
        mine = given.get(child.id, ())
        worth = sum({0: 4, 1: 2, 2: 1}[child.wishes.index(club)] for club in mine)
        new = bool(mine) and not child.keeps
        served, points, lots = served + new, points + worth, lots + worth * (last - child.lot)
        if child.priority:
            first_served, first_points = first_served + new, first_points + worth
        long_days += sum(same_day(clubs[a], clubs[b]) for a, b in combinations(mine, 2))
        long_days += sum(same_day(clubs[a], clubs[b]) for a, b in product(mine, child.keeps))
    return served, first_served, first_points, points, -long_days, lots


def try_all(task):
    best = None
    for some in product(*(list(choices_of(task, child)) for child in task.children)):
        plan = {child.id: clubs for child, clubs in zip(task.children, some, strict=True)}
        if is_allowed(task, plan):
            best = max(best or value(task, plan), value(task, plan))
    return best


@st.composite
def tasks(draw, children=5, clubs=4):
    made = [
        Club(
            number,
            capacity=draw(st.integers(1, 3)),
            least=draw(st.integers(0, 3)),
            grades=draw(st.sampled_from([(1, 11), (1, 4), (3, 11)])),
            language=draw(st.sampled_from(["", "", "kk", "ru"])),
            times=tuple(draw(st.lists(st.sampled_from(TIMES), max_size=2, unique=True))),
        )
        for number in range(1, draw(st.integers(1, clubs)) + 1)
    ]
    made = [replace(club, least=min(club.least, club.capacity)) for club in made]
    ids = [club.id for club in made]
    people = []
    for number in range(1, draw(st.integers(1, children)) + 1):
        wishes = draw(st.lists(st.sampled_from(ids), max_size=3, unique=True))
        people.append(
            Child(
                number,
                grade=draw(st.sampled_from([2, 3, 7])),
                language=draw(st.sampled_from(["kk", "kk", "ru"])),
                shift=draw(st.sampled_from([1, 1, 2])),
                leaves=draw(st.sampled_from([None, None, {0: "16:00", 1: "16:00"}, {0: "16:30"}])),
                priority=draw(st.sampled_from([False, False, True])),
                lot=number,
                wishes=tuple(wishes),
                keeps=tuple(draw(st.lists(st.sampled_from(ids), max_size=1)))
                if draw(st.integers(0, 3)) == 0
                else (),
            )
        )
    return Task(tuple(made), tuple(people), most=draw(st.integers(1, 3)))


@settings(max_examples=120)
@given(tasks())
def test_the_plan_is_allowed_and_as_good_as_the_best_of_all_plans(task):
    plan = solve(task)
    assert plan.is_proven
    whole = {child.id: plan.given.get(child.id, ()) for child in task.children}
    assert is_allowed(task, whole)
    assert value(task, whole) == try_all(task)
    assert tuple(stage.value for stage in plan.stages) == try_all(task)


@settings(max_examples=120)
@given(tasks(children=8, clubs=5))
def test_no_child_could_have_a_dearer_wish_without_breaking_a_rule_or_taking_from_another(task):
    plan = solve(task)
    whole = {child.id: plan.given.get(child.id, ()) for child in task.children}
    for child in task.children:
        mine = whole[child.id]
        for other in choices_of(task, child):
            gained = [club for club in other if club not in mine]
            lost = [club for club in mine if club not in other]
            if gained and min(map(child.rank, gained)) < min(map(child.rank, lost), default=9):
                assert not is_allowed(task, whole | {child.id: other}), (child, mine, other)


@settings(max_examples=150)
@given(tasks(children=8, clubs=5))
def test_every_reason_is_true(task):
    plan = solve(task)
    outcome = Outcome(task, plan)
    for child in task.children:
        has = {*child.keeps, *plan.given.get(child.id, ())}
        told = outcome.explain(child)
        assert [reason.club for reason in told] == [club for club in child.wishes if club not in has]
        for reason in told:
            check(task, plan, child, has, reason)


def check(task, plan, child, has, reason):
    clubs = {club.id: club for club in task.clubs}
    club = clubs[reason.club]
    members = [c for c in task.children if club.id in c.keeps or club.id in plan.given.get(c.id, ())]
    able = [c for c in task.children if club.id in c.wishes and may_be_in(c, club)]
    assert child.wishes[reason.rank - 1] == club.id
    assert (reason.kind == "obstacle") == (not may_be_in(child, club))
    match reason.kind:
        case "obstacle":
            check_obstacle(child, club, reason.obstacle)
        case "clash":
            assert reason.other in has
            assert meet_at_once(club, clubs[reason.other])
            assert reason.other in child.keeps or child.rank(reason.other) < reason.rank
        case "limit":
            assert len([c for c in has if c in child.keeps or child.rank(c) < reason.rank]) >= task.most
        case "closed":
            assert members == []
            assert (reason.least, reason.able) == (club.least, len(able))
            assert reason.placed == sum(bool(c.keeps or plan.given.get(c.id)) for c in able)
        case "full":
            check_filling(child, club, members, able, reason)
        case "needed":
            left = [c for c in task.children if reason.other in plan.given.get(c.id, ()) and c is not child]
            assert reason.other in has and child.rank(reason.other) > reason.rank
            assert len(left) < clubs[reason.other].least
        case _:
            pytest.fail(f"{reason} explains nothing")


def check_obstacle(child, club, obstacle):
    match obstacle.kind:
        case "grade":
            assert not club.grades[0] <= child.grade <= club.grades[1]
        case "language":
            assert club.language not in ("", child.language)
        case "shift":
            assert obstacle.time in club.times and obstacle.time.shift not in (0, child.shift)
        case "bus":
            assert obstacle.time in club.times
            assert obstacle.leaves == child.leaves.get(obstacle.time.weekday, "")
            assert minutes(obstacle.leaves) < minutes(obstacle.time.ends)


def check_filling(child, club, members, able, reason):
    filled = reason.filled
    assert filled.places == len(members) >= club.capacity
    assert filled.wished == len(able)
    groups = [filled.kept, filled.priority, filled.dearer, filled.drawn, filled.others]
    assert sum(groups) == len(members)
    new = [c for c in members if club.id not in c.keeps]
    assert filled.kept == len(members) - len(new)
    before = [c for c in new if c.priority and not child.priority]
    assert filled.priority == len(before)
    rest = [c for c in new if c not in before]
    assert filled.dearer == sum(c.wishes.index(club.id) + 1 < reason.rank for c in rest)
    same = [c for c in rest if c.wishes.index(club.id) + 1 == reason.rank and c.priority == child.priority]
    assert filled.drawn == sum(c.lot < child.lot for c in same)


@settings(max_examples=80)
@given(tasks(children=8, clubs=4))
def test_waiting_lists_hold_exactly_those_whom_a_full_club_left_out_in_the_stated_order(task):
    outcome = Outcome(task, solve(task))
    waiting = outcome.waiting()
    full = {(r.club, c.id) for c in task.children for r in outcome.explain(c) if r.kind == "full"}
    assert {(club, child.id) for club, children in waiting.items() for child in children} == full
    for club, children in waiting.items():
        keys = [(not c.priority, bool(outcome.has[c.id]), c.wishes.index(club), c.lot) for c in children]
        assert keys == sorted(keys)


def test_the_same_task_gets_the_same_plan():
    task = Task(
        tuple(Club(n, capacity=3, least=2) for n in range(1, 6)),
        tuple(
            Child(n, 5, "kk", lot=n, wishes=((n % 5) + 1, (n * 3 % 5) + 1)[: 1 + n % 2]) for n in range(1, 25)
        ),
    )
    assert solve(task).given == solve(task).given


def test_the_draw_is_the_same_for_whoever_repeats_it_and_another_with_another_seed():
    assert draw_lots([3, 1, 2], "2026") == draw_lots([1, 2, 3], "2026")
    assert sorted(draw_lots(range(50), "a").values()) == list(range(1, 51))
    assert draw_lots(range(50), "a") != draw_lots(range(50), "b")


def test_a_draw_decides_between_equals():
    club = Club(1, capacity=1)
    late, early = Child(1, 5, "kk", lot=2, wishes=(1,)), Child(2, 5, "kk", lot=1, wishes=(1,))
    assert solve(Task((club,), (late, early))).given == {2: (1,)}


def test_priority_wins_the_last_place_but_sends_nobody_home_who_could_have_another():
    club, other = Club(1, capacity=1), Club(2, capacity=1)
    first = Child(1, 5, "kk", lot=3, priority=True, wishes=(1, 2))
    only = Child(2, 5, "kk", lot=1, wishes=(1,))
    assert solve(Task((club,), (replace(first, wishes=(1,)), only))).given == {1: (1,)}
    assert solve(Task((club, other), (first, only))).given == {1: (2,), 2: (1,)}
    both = replace(only, wishes=(1, 2))
    assert solve(Task((club, other), (first, both))).given == {1: (1,), 2: (2,)}


def test_clashes_and_obstacles_are_those_of_the_slow_way():
    for one, other in product(TIMES, TIMES):
        pair = Club(1, 5, times=(one,)), Club(2, 5, times=(other,))
        assert bool(find_clash(*pair)) == meet_at_once(*pair)
    for time, shift, leaves in product(TIMES, (1, 2), (None, {0: "15:45"}, {})):
        child, club = Child(1, 5, "kk", shift, leaves), Club(1, 5, times=(time,))
        assert (not find_obstacles(child, club)) == may_be_in(child, club)


def test_without_time_the_plan_says_that_it_is_not_proven():
    assert not Plan({}, ()).stages
    clubs = tuple(Club(n, capacity=2) for n in range(1, 4))
    children = tuple(Child(n, 5, "kk", lot=n, wishes=(1, 2, 3)) for n in range(1, 9))
    plan = solve(Task(clubs, children))
    assert plan.is_proven and plan.stages[0].value == 6 and plan.stages[0].bound == 6
