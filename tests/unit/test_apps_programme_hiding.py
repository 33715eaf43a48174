"""What leaves the programme's page: nobody who reads it can compute a hidden number. Tried by brute force."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from sandyq_apps.coverage_hiding import SMALL
from sandyq_apps.programme_hiding import OTHERS, TOTAL, Numbers, Who, hide, is_telling, merge

PROGRAMMES = [
    frozenset(names) for names in (("literacy",), ("literacy",), ("management",), ("literacy", "management"))
]


@st.composite
def who(draw):
    programmes = draw(st.sampled_from(PROGRAMMES))
    true_in = draw(st.sets(st.sampled_from(sorted(programmes))))
    return Who(draw(st.integers(1, 3)), draw(st.sampled_from((1, 2, None))), programmes, frozenset(true_in))


def subsets(names):
    found = [frozenset()]
    for name in sorted(names):
        found += [each | {name} for each in found]
    return found


def list_possible(people, printed, in_all):
    """Return by place the numbers that are possible for whoever has the page and knows who is where."""
    places = sorted(printed, key=str)
    known = [printed[place] for place in places]
    ways = {tuple([0] * len(places))}
    for person in people:
        steps = set()
        for true_in in subsets(person.programmes):
            told = Who(person.school, person.community, person.programmes, true_in)
            mine = set(told.places())
            steps.add(tuple(int(p in mine and told.is_true_at(p, in_all=in_all)) for p in places))
        sums = {tuple(a + b for a, b in zip(way, step, strict=True)) for way in ways for step in steps}
        ways = {way for way in sums if all(s is None or n <= s for n, s in zip(way, known, strict=True))}
    fitting = [way for way in ways if all(s is None or n == s for n, s in zip(way, known, strict=True))]
    return {place: {way[column] for way in fitting} for column, place in enumerate(places)}


@settings(max_examples=120)
@given(st.lists(who(), min_size=5, max_size=16), st.booleans())
def test_no_hidden_number_can_be_computed(people, in_all):
    people = merge(people)
    numbers = Numbers(tuple(people), in_all)
    values, sizes = numbers.read()
    hidden = hide(numbers)
    printed = {place: None if place in hidden else value for place, value in values.items()}
    assert not any(is_telling(value, sizes[place]) for place, value in printed.items() if value is not None)
    possible = list_possible(people, printed, in_all)
    everything = hidden == set(values)
    for place in hidden:
        value, size, can_be = values[place], sizes[place], possible[place]
        if everything and size >= SMALL:
            assert can_be == set(range(size + 1)), "of a page without numbers nothing is told"
            continue
        assert len(can_be) > 1, (place, printed)
        if size >= SMALL and 0 < value < SMALL:
            assert max(can_be) >= SMALL, (place, printed)
        if size >= SMALL and 0 < size - value < SMALL:
            assert min(can_be) <= size - SMALL, (place, printed)


@settings(max_examples=200)
@given(st.lists(who(), min_size=5, max_size=20))
def test_small_groups_are_told_together(people):
    merged = merge(people)
    _, sizes = Numbers(tuple(merged), False).read()
    assert sizes[TOTAL] == len(people)
    for (table, group), size in sizes.items():
        if table in ("school", "community"):
            assert size >= SMALL, (table, group)


def make(school, community, many, true):
    literacy = frozenset({"literacy"})
    return [Who(school, community, literacy, literacy if n < true else frozenset()) for n in range(many)]


def test_nothing_is_hidden_where_nothing_is_small():
    people = [*make(1, 1, 20, 10), *make(2, 2, 30, 0), *make(3, 3, 15, 15)]
    assert hide(Numbers(tuple(people), False)) == frozenset()


def test_who_is_missing_of_almost_all_is_hidden_and_another_with_them():
    people = [*make(1, 1, 20, 18), *make(2, 1, 30, 12), *make(3, 1, 25, 11)]
    hidden = hide(Numbers(tuple(people), False))
    assert ("school", 1) in hidden
    assert len({place for place in hidden if place[0] == "school"}) == 2
    assert TOTAL not in hidden


def test_one_community_that_is_one_school_is_not_told_by_the_other_table():
    people = [*make(1, 1, 20, 2), *make(2, 2, 30, 12), *make(3, 2, 25, 11)]
    hidden = hide(Numbers(tuple(people), False))
    assert {("school", 1), ("community", 1), ("community", 2)} <= hidden


def test_two_schools_of_three_people_are_one_line():
    people = merge([*make(1, 1, 3, 2), *make(2, 1, 3, 3), *make(3, 1, 9, 4)])
    assert {each.school for each in people} == {OTHERS, 3}


def test_a_district_is_hidden_in_seconds():
    people = []
    for school in range(30):
        for number in range(20):
            yes = (school * 7 + number * 3) % 20 < 13 + school % 6
            programme = frozenset({"management" if number < 3 else "literacy"})
            people.append(Who(school, number % 7, programme, programme if yes else frozenset()))
    began = time.perf_counter()
    hidden = hide(Numbers(tuple(people), False))
    assert time.perf_counter() - began < 20
    assert 2 <= len(hidden) < 30
