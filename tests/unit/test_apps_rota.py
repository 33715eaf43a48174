"""The rota: equal turns within the screen limits, everybody sooner or later; a week as even as it can be."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandyq.authoring.front import SCREEN_MINUTES
from sandyq_apps.rota_plan import SHORTEST_TURN, Lesson, plan_lesson, plan_week, seat, split_evenly

LESSONS = st.builds(
    Lesson,
    children=st.integers(1, 40),
    computers=st.integers(1, 30),
    grade=st.integers(1, 11),
    minutes=st.integers(35, 45),
    edges=st.integers(0, 20),
    in_pairs=st.booleans(),
)


@given(LESSONS, st.integers(0, 20))
def test_turns_are_equal_apart_and_within_the_limits(lesson, number):
    rota = plan_lesson(lesson, number)
    assert sum(rota.sizes) == lesson.children
    assert max(rota.sizes) - min(rota.sizes) <= 1
    assert max(rota.sizes) <= lesson.seats
    assert {turn.end - turn.start for turn in rota.turns} == {rota.minutes}
    assert SHORTEST_TURN <= rota.minutes <= SCREEN_MINUTES[lesson.grade]
    assert all(first.end <= second.start for first, second in zip(rota.turns, rota.turns[1:], strict=False))
    assert rota.turns[0].start >= 0
    assert rota.turns[-1].end <= lesson.minutes
    assert len({turn.group for turn in rota.turns}) == len(rota.turns)
    assert all(turn.swap is None or turn.start < turn.swap < turn.end for turn in rota.turns)


@given(LESSONS)
def test_everybody_is_at_the_computers_within_the_lessons_that_are_told(lesson):
    rota = plan_lesson(lesson)
    seen = {turn.group for number in range(rota.lessons) for turn in plan_lesson(lesson, number).turns}
    assert seen == set(range(len(rota.sizes)))


def test_twenty_computers_for_thirty_pupils_and_four_for_twenty():
    pairs = plan_lesson(Lesson(children=30, computers=20, grade=5))
    assert (pairs.sizes, pairs.minutes) == ((30,), 25)
    alone = plan_lesson(Lesson(children=30, computers=20, grade=5, in_pairs=False))
    assert (alone.sizes, alone.minutes) == ((15, 15), 17)
    four = plan_lesson(Lesson(children=20, computers=4, grade=3))
    assert (four.sizes, four.minutes, four.lessons) == ((7, 7, 6), 11, 1)


@pytest.mark.parametrize(
    ("lesson", "what"),
    [
        (Lesson(0, 4, 3), "at least one child"),
        (Lesson(9, 0, 3), "one computer"),
        (Lesson(9, 4, 12), "Grade 12"),
        (Lesson(9, 4, 3, minutes=45, edges=40), "5 minutes"),
    ],
)
def test_what_is_no_lesson_is_told(lesson, what):
    with pytest.raises(ValueError, match=what):
        plan_lesson(lesson)


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 30))
def test_everybody_has_a_seat_and_nobody_two(children, groups, computers):
    sizes = split_evenly(children, groups)
    names = [str(number) for number in range(children)]
    seats = seat(names, sizes, computers)
    assert sorted(name for group in seats for desk in group for name in desk) == sorted(names)
    for group in seats:
        counts = [len(desk) for desk in group]
        assert not counts or max(counts) - min(counts) <= 1


def brute_force(free, can, a_day):
    """All plans of a tiny week; the best turns, the least first."""
    best = ()
    for choice in product([None, *can], repeat=len(free)):
        pairs = [(slot, who) for slot, who in zip(free, choice, strict=True) if who is not None]
        if any(slot not in can[who] for slot, who in pairs):
            continue
        a_day_each = [(slot[0], who) for slot, who in pairs]
        if any(a_day_each.count(each) > a_day for each in a_day_each):
            continue
        turns = tuple(sorted(sum(1 for _, who in pairs if who == each) for each in can))
        best = max(best, turns)
    return best


SLOTS = [(day, lesson) for day in range(2) for lesson in range(3)]


@settings(max_examples=60)
@given(
    st.dictionaries(st.integers(1, 3), st.frozensets(st.sampled_from(SLOTS)), min_size=1, max_size=3),
    st.integers(1, 2),
)
def test_a_week_is_as_even_as_all_plans_allow(can, a_day):
    week = plan_week(SLOTS, can, a_day)
    assert tuple(sorted(week.turns.values())) == brute_force(SLOTS, can, a_day)
    assert all(slot in can[who] for slot, who in week.given.items())
    assert {who: list(week.given.values()).count(who) for who in can} == dict(week.turns)
