"""What the survey's sheet for outside hides: nobody who reads all the rest can find it. Tried by brute force."""

import re
from collections import Counter
from functools import reduce
from itertools import product
from math import prod

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.speech import Speech
from sandyq_apps.survey import InterestSurvey
from sandyq_apps.survey_counts import SMALLEST, Demand, Group
from sandyq_apps.survey_hiding import ANSWERED, ASKED, WHOLE, hide
from sandyq_apps.survey_results import print_result
from sandyq_apps.survey_state import State

CHEST = 10
COLUMNS = (ASKED, ANSWERED, CHEST)
BEYOND = 6
"""How many more children than the largest number shown the reader thinks possible."""


def number(group, column):
    return {ASKED: group.asked, ANSWERED: group.answered}.get(column, group.wants[column])


def add_up(*triples):
    return tuple(map(sum, zip(*triples, strict=True)))


def read(demand: Demand, dimensions, hidden, is_few) -> dict:
    """Return by place the numbers that are possible for whoever has only the page: plain enumeration."""
    lines = {WHOLE: demand.whole} | {(n, v): g for n in dimensions for v, g in demand.parts[n].items()}
    shown = {
        (*line, column): number(group, column)
        for line, group in lines.items()
        for column in COLUMNS
        if (*line, column) not in hidden
    }
    most = max([*shown.values(), SMALLEST]) + BEYOND
    fits = {
        line: {
            triple
            for triple in product(
                *(
                    [shown[*line, column]] if (*line, column) in shown else range(most + 1)
                    for column in COLUMNS
                )
            )
            if triple[0] >= triple[1] >= triple[2]
        }
        for line in lines
    }
    tables = [[line for line in lines if line[0] == name] for name in dimensions]
    is_few(max(prod(len(fits[line]) for line in table) for table in tables))
    sums = [{add_up(*each) for each in product(*(fits[line] for line in table))} for table in tables]
    totals = reduce(set.intersection, sums, fits[WHOLE])
    possible = {(*WHOLE, column): {total[i] for total in totals} for i, column in enumerate(COLUMNS)}
    for table in tables:
        for line in table:
            rest = {
                add_up(*each) for each in product(*(fits[other] for other in table if other != line))
            } or {(0, 0, 0)}
            able = [each for each in fits[line] if any(add_up(each, others) in totals for others in rest)]
            possible |= {(*line, column): {each[i] for each in able} for i, column in enumerate(COLUMNS)}
    return possible


def make_demand(parts) -> Demand:
    """``parts``: by dimension and value how many were asked, answered and want the chest."""
    groups = {
        name: {value: Group(a, b, Counter({CHEST: c})) for value, (a, b, c) in lines.items()}
        for name, lines in parts.items()
    }
    asked, answered, want = add_up(*next(iter(parts.values())).values())
    return Demand(Group(asked, answered, Counter({CHEST: want})), groups)


def check(demand: Demand, dimensions, is_few) -> None:
    """Nothing small stands there; what is small can be another number, and no small one, unless all is hidden."""
    hidden = hide(demand, dimensions, [CHEST])
    lines = {WHOLE: demand.whole} | {(n, v): g for n in dimensions for v, g in demand.parts[n].items()}
    possible = None
    for line, group in lines.items():
        for column in COLUMNS:
            value, place = number(group, column), (*line, column)
            is_small = 0 < value < SMALLEST
            is_silent_small = column == ANSWERED and 0 < group.silent < SMALLEST
            assert place in hidden or (group.asked >= SMALLEST and not is_small and not is_silent_small)
            if not is_small and not is_silent_small:
                continue
            if len(hidden) == len(lines) * len(COLUMNS):
                return
            possible = possible or read(demand, dimensions, hidden, is_few)
            assert len(possible[place]) > 1, (place, hidden)
            assert not is_small or max(possible[place]) >= SMALLEST, (place, hidden)
            assert not is_silent_small or min(possible[place]) <= group.asked - SMALLEST, (place, hidden)


def test_a_small_group_is_not_what_is_left_of_the_total():
    """Three children taught in English: with 400 and 150 beside them, the total of 553 said so."""
    demand = make_demand({"language": {"kk": (400, 360, 90), "ru": (150, 140, 41), "en": (3, 3, 2)}})
    hidden = hide(demand, ["language"], [CHEST])
    assert {("language", "en", column) for column in COLUMNS} < hidden
    assert {("language", "ru", ASKED), ("language", "ru", ANSWERED)} < hidden
    assert not {("language", "kk", ASKED), (*WHOLE, ASKED), (*WHOLE, ANSWERED)} & hidden


def test_two_surveys_of_the_same_children_hide_the_same_of_who_was_asked():
    """One hid Russian beside the one child taught in English, the other Kazakh: the whole then told the child."""
    surveys = (
        {"kk": (22, 22, 9), "ru": (12, answered, wanting), "en": (1, 1, 0)}
        for answered in range(13)
        for wanting in (0, answered // 2, answered)
    )
    hidden = [hide(make_demand({"language": survey}), ["language"], [CHEST]) for survey in surveys]
    assert len({frozenset(place for place in each if place[2] == ASKED) for each in hidden}) == 1


def test_two_who_did_not_answer_are_not_found():
    demand = make_demand({"sex": {"f": (9, 9, 9), "m": (9, 7, 6)}})
    assert {(*WHOLE, ANSWERED), ("sex", "m", ANSWERED)} <= hide(demand, ["sex"], [CHEST])


def test_two_small_ones_of_four_together_are_not_known_to_be_small():
    demand = make_demand({"language": {"kk": (9, 9, 9), "ru": (9, 9, 2), "en": (9, 9, 2)}})
    assert ("language", "kk", CHEST) in hide(demand, ["language"], [CHEST])


def test_a_large_school_hides_nothing_without_need():
    demand = make_demand({"sex": {"f": (310, 280, 90), "m": (290, 260, 41)}})
    assert hide(demand, ["sex"], [CHEST]) == frozenset()
    one = make_demand({"language": {"kk": (400, 360, 90), "ru": (150, 140, 41), "en": (50, 45, 3)}})
    assert hide(one, ["language"], [CHEST]) == {("language", "en", CHEST), ("language", "ru", CHEST)}


@settings(max_examples=40)
@given(
    st.lists(st.tuples(*(st.integers(0, 9) for _ in COLUMNS)), min_size=2, max_size=3),
    st.sampled_from([5, 3, 1]),
)
def test_no_small_number_can_be_seen_or_computed(found, first):
    lines = [tuple(sorted(each, reverse=True)) for each in found]
    whole = add_up(*lines)
    girls = tuple(min(first, each) for each in whole)
    boys = tuple(a - b for a, b in zip(whole, girls, strict=True))
    check(
        make_demand(
            {
                "language": dict(zip(("kk", "ru", "en"), lines, strict=False)),
                "sex": {"f": girls, "m": boys},
            }
        ),
        ["language", "sex"],
        is_few=lambda pages: assume(pages < 100_000),
    )


def test_the_sheet_for_outside_shows_a_dash_for_what_is_hidden_and_the_schools_own_shows_all():
    app = InterestSurvey()
    app.speech = Speech("en")
    app.desk = Desk(None, app.sheets)
    app.desk.today, app.desk.school = "2026-11-24", Row(name="School")
    app.desk._rows = {name: {} for name in app.sheets}
    demand = make_demand(
        {
            "band": {"1-4": (253, 250, 60), "5-8": (300, 253, 73)},
            "language": {"kk": (400, 360, 90), "ru": (150, 140, 41), "en": (3, 3, 2)},
            "sex": {"f": (553, 503, 133)},
            "village": {"Ақбұлақ": (553, 503, 133)},
        }
    )
    chests = {CHEST: Row(id=CHEST, names={"en": "Art"}, colour="#112233", position=1)}
    state = State(Row(name="Survey"), [], chests, {}, [], [], demand)

    def lines(*, outside):
        sheet = print_result(app, state, outside=outside)
        return [
            re.findall(r"<td>(.*?)</td>", line.replace("\xa0", " "))
            for line in re.findall(r"<tr>(.*?)</tr>", sheet)
        ]

    told = {cells[0]: cells[1:] for cells in lines(outside=True) if cells}
    assert told["English"] == ["–", "–", "–"]
    assert told["Русский"] == ["–", "–", "–"]
    assert told["Қазақша"] == ["400", "360 (90 %)", "90 (22 %)"]
    assert told["grades 1–4"] == ["253", "–", "60 (24 %)"]
    own = {cells[0]: cells[1:] for cells in lines(outside=False) if cells}
    assert own["English"] == ["3", "3 (100 %)", "2 (67 %)"]
