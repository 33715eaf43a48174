"""Small numbers in what leaves the school: nobody who reads it can compute one. Tried by brute force."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from sandyq_apps.coverage_counts import Count
from sandyq_apps.coverage_hiding import SHOWN, SMALL, Tables, hide, is_small

BEYOND = 2
"""How many more children than there are the reader thinks possible when the total itself is hidden."""


def split(states, keys):
    """Count (nothing, never came, came) of each group, from one (group, state) a child."""
    return {
        key: tuple(sum(1 for group, state in states if group == key and state == part) for part in range(3))
        for key in keys
    }


def count(parts):
    nothing, never, came = parts
    return Count(nothing + never + came, never + came, came)


def number(parts, column):
    return getattr(count(parts), column)


def print_tables(tables: Tables) -> dict:
    """What is printed: by place its number, or None."""
    hidden = hide(tables)
    return {place: None if place in hidden else tables.value(place) for place in tables.places(SHOWN)}


def read(printed: dict, groups: dict[str, list], chests: list, taught: list, is_enough) -> dict:
    """Return by place the numbers that are possible for whoever has only the printed page: plain enumeration.

    It ends when there are enough of them for ``is_enough``.
    """
    known = [value for value in printed.values() if value is not None]
    most = max([*known, SMALL]) + BEYOND
    possible: dict = {place: set() for place in printed}
    for total in product(range(most + 1), repeat=3):
        if not fits(printed, "total", "", total):
            continue
        found = [
            *(read_table(printed, total, [{name: key} for key in keys]) for name, keys in groups.items()),
            read_table(printed, total, [{"grade": grade, "language": language} for grade, language in taught])
            if taught
            else {},
            read_chests(printed, total, chests),
        ]
        if any(each is None for each in found):
            continue
        for column in SHOWN:
            possible["total", "", column].add(number(total, column))
        for each in found:
            for place, values in each.items():
                possible[place] |= values
        if is_enough(possible):
            break
    return possible


def fits(printed, table, group, parts) -> bool:
    return all(
        printed.get((table, group, column)) in (None, number(parts, column))
        for column in SHOWN
        if (table, group, column) in printed
    )


def read_table(printed, total, cells):
    """All ways to divide the children of each state among the cells of a table."""
    named = sorted({item for cell in cells for item in cell.items()}, key=str)
    possible: dict = {}
    ways = [list(divide(total[part], len(cells))) for part in range(3)]
    for way in product(*ways):
        sums = {
            item: tuple(
                sum(way[part][n] for n, cell in enumerate(cells) if item in cell.items()) for part in range(3)
            )
            for item in named
        }
        if all(fits(printed, *item, parts) for item, parts in sums.items()):
            for item, parts in sums.items():
                for column in SHOWN:
                    possible.setdefault((*item, column), set()).add(number(parts, column))
    return possible or None


def divide(children, cells):
    if cells == 1:
        yield (children,)
        return
    for first in range(children + 1):
        for rest in divide(children - first, cells - 1):
            yield (first, *rest)


def read_chests(printed, total, chests):
    _nothing, never, came = total
    possible: dict = {}
    if not chests:
        return possible
    one = [(all_in, some) for all_in in range(never + came + 1) for some in range(min(all_in, came) + 1)]
    for way in product(one, repeat=len(chests)):
        if sum(all_in for all_in, _ in way) < never + came or sum(some for _, some in way) < came:
            continue
        told = {
            ("chest", chest, column): value
            for chest, pair in zip(chests, way, strict=True)
            for column, value in zip(("enrolled", "came"), pair, strict=True)
        }
        if all(printed[place] in (None, value) for place, value in told.items()):
            for place, value in told.items():
                possible.setdefault(place, set()).add(value)
    return possible or None


STATES = st.integers(0, 2)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("fm"), STATES), min_size=1, max_size=11))
def test_no_hidden_number_can_be_computed_of_one_table(children):
    groups = split(children, sorted({group for group, _ in children}))
    check(children, {"sex": groups}, [], [])


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from("fm"), STATES, st.sampled_from(("Ақбұлақ", "Жаңажол"))),
        max_size=9,
        min_size=1,
    )
)
def test_no_hidden_number_can_be_computed_across_tables_that_share_their_totals(children):
    by_sex = split([(sex, state) for sex, state, _ in children], sorted({sex for sex, *_ in children}))
    by_village = split([(v, state) for _, state, v in children], sorted({v for *_, v in children}))
    check([(sex, state) for sex, state, _ in children], {"sex": by_sex, "village": by_village}, [], [])


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(((1, "kk"), (2, "ru"))), STATES), max_size=9, min_size=1))
def test_who_knows_which_grade_is_taught_in_which_language_computes_nothing(children):
    """Each grade has one language here: what is hidden of a grade may not stand under its language."""
    taught = sorted({group for group, _ in children})
    grades = split(
        [(grade, state) for (grade, _), state in children], sorted({grade for (grade, _), _ in children})
    )
    spoken = split(
        [(word, state) for (_, word), state in children], sorted({word for (_, word), _ in children})
    )
    check(children, {"grade": grades, "language": spoken}, [], taught)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), STATES), max_size=9, min_size=1))
def test_no_hidden_number_can_be_computed_of_chests(children):
    """A child's chests are a set of two (0: the first, 1: the second, 2: both, 3: both, but came only to the first)."""
    chests = []
    for chest in (0, 1):
        inside = [(kind, state) for kind, state in children if state and (kind == chest or kind >= 2)]
        came = [1 for kind, state in inside if state == 2 and not (kind == 3 and chest == 1)]
        chests.append((chest, Count(len(children), len(inside), len(came))))
    check([("all", state) for _, state in children], {}, chests, [])


def check(children, groups, chests, taught):
    total = count(next(iter(split([("", state) for _, state in children], [""]).values())))
    lines = {name: [(key, count(parts)) for key, parts in each.items()] for name, each in groups.items()}
    tables = Tables(total, lines, chests, frozenset(taught))
    printed = print_tables(tables)
    assert not any(is_small(value) for value in printed.values() if value is not None), (
        "a small number is printed"
    )
    alone = {name: list(each) for name, each in groups.items() if name not in ("grade", "language")}
    hidden = [place for place, value in printed.items() if value is None]
    # Where nothing of the total is told, a school may have any size: what the enumeration forbids is possible.
    is_bounded = any(printed["total", "", column] is not None for column in SHOWN)

    def list_told(possible):
        """The hidden places of which the reader knows too much."""
        return [
            place
            for place in hidden
            if len(possible[place]) < 2
            or (is_bounded and is_small(tables.value(place)) and max(possible[place]) < SMALL)
        ]

    possible = read(
        printed, alone, [chest for chest, _ in chests], taught, lambda found: not list_told(found)
    )
    assert list_told(possible) == [], printed


def test_nothing_is_hidden_where_nothing_is_small():
    lines = {"sex": [("f", Count(30, 20, 12)), ("m", Count(28, 18, 18))]}
    assert (
        hide(Tables(Count(58, 38, 30), lines, [(1, Count(58, 20, 15)), (2, Count(58, 25, 20))]))
        == frozenset()
    )


def test_a_small_number_takes_the_one_beside_it_along():
    lines = {"sex": [("f", Count(30, 20, 12)), ("m", Count(28, 18, 15)), ("", Count(9, 3, 0))]}
    hidden = hide(Tables(Count(67, 41, 27), lines, []))
    assert ("sex", "", "enrolled") in hidden
    assert len([place for place in hidden if place[2] in ("enrolled", "nothing")]) >= 4
    assert ("total", "", "enrolled") not in hidden
