"""The library's rules without a database: acceptance over any course of things, licences, items as text, Wilson."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandyq.item_bank import measure_interval, name_cell, read_kind, read_name, take_print
from sandyq.library import (
    LICENCES,
    VERDICTS,
    Review,
    Work,
    find_verdict,
    judge,
    list_licences_after,
    may_become,
    tell_credit,
)

STEPS = st.lists(
    st.one_of(st.just("edition"), st.tuples(st.integers(1, 4), st.sampled_from(VERDICTS)), st.integers(1, 4)),
    max_size=30,
)
"""A new edition; somebody's review; somebody takes theirs back."""


@given(STEPS)
def test_an_edition_is_accepted_by_two_and_nobodys_open_no_whatever_happened_before(steps):
    edition, table, reviews = 1, {}, []
    for step in steps:
        if step == "edition":
            edition, table = edition + 1, {}
        elif isinstance(step, tuple):
            person, verdict = step
            reviews = [each for each in reviews if (each.by, each.edition) != (person, edition)]
            reviews.append(Review(person, edition, verdict))
            table[person] = verdict
        else:
            reviews = [each for each in reviews if (each.by, each.edition) != (step, edition)]
            table.pop(step, None)
        told = list(table.values())
        expected = told.count("yes") > 1 and told.count("no") == 0
        assert judge(edition, reviews).is_accepted is expected
        assert judge(edition + 1, reviews).said == {}


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(VERDICTS), min_size=1))
def test_a_verdict_is_what_the_worst_criterion_says(criteria):
    said = set(criteria.values())
    assert find_verdict(criteria) == ("no" if "no" in said else "changes" if "changes" in said else "yes")


CHART = {
    "CC BY 4.0": {
        "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "CC BY-NC-SA 4.0", "CC BY-ND 4.0", "CC BY-NC-ND 4.0",
    },
    "CC BY-SA 4.0": {"CC BY-SA 4.0"},
    "CC BY-NC 4.0": {"CC BY-NC 4.0", "CC BY-NC-SA 4.0", "CC BY-NC-ND 4.0"},
    "CC BY-NC-SA 4.0": {"CC BY-NC-SA 4.0"},
    "CC BY-ND 4.0": set(),
    "CC BY-NC-ND 4.0": set(),
    "CC0 1.0": set(LICENCES) - {"school"},
    "school": {"school"},
}  # fmt: skip
"""Written down from Creative Commons' chart, by hand; the last line is the library's own."""


@pytest.mark.parametrize(("parent", "child"), [*product(LICENCES, LICENCES)])
def test_an_adaptation_keeps_what_its_licence_asks(parent, child):
    assert may_become(parent, child) is (child in CHART[parent])
    assert (child in list_licences_after(parent)) is (child in CHART[parent])


def test_a_credit_names_all_authors_and_each_licence():
    child = Work("Пойыз", "Дана Ә.", "Жаңажол", "CC BY-SA 4.0", 2)
    parent = Work("Автобус", "Айгүл Ә.", "Ақсу", "CC BY 4.0")
    told = tell_credit([child, parent], "kk")
    for word in (
        "Пойыз",
        "Дана Ә.",
        "Жаңажол",
        "CC BY-SA 4.0",
        "Автобус",
        "Айгүл Ә.",
        "Ақсу",
        "CC BY 4.0",
        "2",
    ):
        assert word in told
    assert "{" not in told and tell_credit([parent], "ru") != tell_credit([parent], "kk")


BUS = '%%number id=bus points=1 answer=12 unit="км/сағ тез"\nҚанша?\nhint: Көбейт.'


def test_an_item_is_the_same_under_any_name_and_for_any_points():
    assert read_kind(BUS) == "number" and read_name(BUS) == "bus"
    named = name_cell(BUS, "item-7")
    assert read_name(named) == "item-7" and "км/сағ тез" in named
    same = '%%number points=3 unit="км/сағ тез" tries=2 answer=12 id=x\nҚанша?  \nhint: Көбейт.\n'
    assert take_print(BUS) == take_print(named) == take_print(same)
    for other in (
        BUS.replace("answer=12", "answer=13"),
        BUS.replace("Қанша", "Неше"),
        BUS.replace("number", "short"),
    ):
        assert take_print(other) != take_print(BUS)


def test_what_cannot_be_read_is_left_as_it_is():
    assert read_kind("Мәтін") == "" and name_cell("Мәтін", "a") == "Мәтін"
    assert name_cell('%%choice id=a unit="x\nQ', "b").startswith("%%choice id=b")


@given(st.text("абв= %[]x|\n'\"\\", max_size=60), st.integers(1, 99))
def test_renaming_never_changes_what_is_asked(body, number):
    cell = f"%%choice id=a\n{body}"
    assert take_print(name_cell(cell, f"item-{number}")) == take_print(cell)


@given(st.integers(1, 400), st.data())
def test_wilsons_interval_holds_all_shares_that_the_score_test_keeps(answered, data):
    """Computed otherwise: its ends are where the score test's statistic is exactly z."""
    right = data.draw(st.integers(0, answered))
    low, high = measure_interval(right, answered)
    share = right / answered
    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            statistic = abs(share - end) / math.sqrt(end * (1 - end) / answered)
            assert statistic == pytest.approx(1.959963984540054, abs=1e-6)


def test_wilsons_interval_of_a_published_example():
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, Stat. Med. 17 (1998), table I."""
    assert measure_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert measure_interval(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    with pytest.raises(ValueError, match="no share"):
        measure_interval(1, 0)
