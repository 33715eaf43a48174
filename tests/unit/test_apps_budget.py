"""The sums of a budget: to the last tiyn, and against fractions of another kind of arithmetic."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandyq.i18n import load_translations
from sandyq.settings import PROJECT
from sandyq_apps import budget_overview, budget_whatif
from sandyq_apps.budget import Budget
from sandyq_apps.budget_plan import KINDS
from sandyq_apps.budget_sums import (
    EACH_CHILD,
    EXPENSES,
    INCOMES,
    Line,
    WhatIf,
    break_even,
    change_lines,
    count_clubs,
    price_of_hour,
    read_tenge,
    read_thousandths,
    share,
)
from sandyq_apps.kit.desk import Desk, Row
from sandyq_apps.kit.speech import Speech

AMOUNTS = st.integers(0, 10**13)
LINES = st.builds(
    Line,
    id=st.integers(1, 99),
    club=st.sampled_from([None, 1, 2, 3]),
    kind=st.sampled_from(EXPENSES + INCOMES),
    name=st.just("x"),
    unit=st.integers(0, 10**9),
    quantity=st.integers(0, 10**6),
)


def exact(line: Line, children: int) -> Fraction:
    return Fraction(line.unit) * Fraction(line.quantity, 1000) * (children if line.kind in EACH_CHILD else 1)


@given(LINES, st.integers(0, 700))
def test_a_line_is_never_more_than_half_a_tiyn_from_its_exact_amount(line, children):
    assert abs(line.total(children) - exact(line, children)) <= Fraction(1, 2)
    assert isinstance(line.total(children), int)


@given(AMOUNTS, st.lists(st.integers(0, 40), min_size=1, max_size=40))
def test_what_is_shared_is_shared_out_to_the_last_tiyn(amount, weights):
    parts = share(amount, weights)
    assert sum(parts) == amount
    weighed = weights if any(weights) else [1] * len(weights)
    for part, weight in zip(parts, weighed, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weighed))) < 1


@given(
    st.lists(LINES, max_size=12), st.dictionaries(st.sampled_from([1, 2, 3]), st.integers(0, 30), min_size=3)
)
def test_clubs_together_cost_what_all_lines_cost(lines, children):
    sums = count_clubs(lines, children)
    everybody = sum(children.values())
    planned = sum(
        line.total(everybody if line.club is None else children[line.club])
        for line in lines
        if line.kind in EXPENSES
    )
    assert sum(each.cost for each in sums) == planned
    for each in sums:
        assert each.balance == each.income - each.own - each.shared
        assert (each.cost_a_child is None) == (each.children == 0)


@given(st.lists(LINES, max_size=8))
def test_the_break_even_group_covers_its_costs_and_a_smaller_one_does_not(lines):
    def covers(n: int) -> bool:
        total = {
            kinds: sum(line.total(n) for line in lines if line.club == 1 and line.kind in kinds)
            for kinds in (EXPENSES, INCOMES)
        }
        return total[INCOMES] >= total[EXPENSES]

    covered = [n for n in range(1, 61) if covers(n)]
    groups = break_even(lines, 1, most=60)
    if not covered:
        assert groups is None
        return
    least, most = groups
    assert least == covered[0]
    if covers(60):
        assert most == 60
    else:
        assert all(map(covers, range(least, most + 1))) and not covers(most + 1)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("kk", "1–3 бала, одан көп емес"),
        ("ru", "от 1 до 3 детей, не больше"),
        ("en", "1 to 3 children, no more"),
    ],
)
def test_a_group_that_grows_out_of_its_money_is_told(language, told):
    """A grant for all, and paint for each child: with three it is spent."""
    lines = [Line(1, 1, "grant", "x", 1_000_000, 1000), Line(2, 1, "things_child", "x", 300_000, 1000)]
    assert break_even(lines, 1) == (1, 3)
    app = Budget()
    app.speech = Speech(language)
    assert budget_overview._tell_break_even(app, lines, 1)["text"].replace("\xa0", " ") == told


def test_a_cost_a_child_is_not_told_of_nobody():
    app = Budget()
    app.desk = Desk(None, app.sheets)
    club, lines = Row(id=1, name="x", chest_id=1), [Line(1, 1, "pay", "x", 100, 1000)]
    (shown,) = budget_whatif._show_effect(app, club, lines, {1: 0}, WhatIf(children=0))
    assert shown["items"][1]["value"] == "–"


@given(st.lists(LINES, max_size=8))
def test_what_if_nothing_changes_nothing_changes(lines):
    assert change_lines(lines, WhatIf()) == lines


def test_what_if_changes_pay_and_things_alone():
    pay, things, grant = (Line(1, 1, kind, "x", 1000, 2000) for kind in ("pay", "things_child", "grant"))
    dearer = change_lines([pay, things, grant], WhatIf(price=150, hours=50, things=90))
    assert [(line.unit, line.quantity) for line in dearer] == [(1500, 1000), (900, 2000), (1000, 2000)]


@pytest.mark.parametrize(
    ("text", "tiyn"),
    [
        ("12 345,50", 1234550),
        ("7", 700),
        ("0,5", 50),
        ("1\xa0000 ₸", 100000),
        ("1\u202f000,5", 100050),
        ("9" * 13, 100 * (10**13 - 1)),
        ("9" * 14, None),
        ("-5", None),
        ("a", None),
        ("1,234", None),
        ("", None),
        ("١", None),
    ],
)
def test_amounts_are_read_as_people_write_them(text, tiyn):
    assert read_tenge(text) == tiyn


def test_quantities_have_no_float_errors():
    assert read_thousandths(0.1 + 0.2) == 300
    assert read_thousandths("2.5") == 2500


def test_an_hours_price_follows_from_the_monthly_rate():
    # 150 000 tenge a month for 18 hours a week: 1 800 000 a year for 936 hours
    assert price_of_hour(15_000_000, 18) == round(Fraction(15_000_000 * 12, 936))


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_app_is_called_as_the_launch_plan_and_the_documents_call_it(language):
    notebook = json.loads((PROJECT / "voila_apps" / "budget.ipynb").read_text(encoding="utf-8"))
    assert notebook["metadata"]["sandyq"]["title"][language] == Speech(language)("Budget") == "Смета"


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_kinds_are_told_in_each_language(language):
    say = load_translations(language).gettext
    assert [text for text in KINDS.values() if say(text) == text] == []
    assert set(KINDS) == {*EXPENSES, *INCOMES}


@pytest.mark.parametrize("children", [0, 12, 45])
def test_what_if_begins_with_the_children_that_there_are(children):
    """A slider that ended at 30 handed over 30 for a choir of 45 as soon as another one was moved."""
    app = Budget()
    app.desk = Desk(None, app.sheets)
    app.desk.today = "2026-11-24"
    line = Row(id=1, club_id=1, kind="pay", name="x", unit_tiyn=100, quantity_milli=1000, year=2026)
    inside = {n: Row(id=n, club_id=1, since="2026-09-01", until=None) for n in range(children)}
    app.desk._rows = {
        "budget_line": {1: line},
        "club": {1: Row(id=1, name="x", chest_id=1)},
        "closed_club": {},
        "enrolment": inside,
    }
    form = next(part for part in budget_whatif.view(app) if part["t"] == "form")
    field = next(each for each in form["fields"] if each["name"] == "children")
    assert field["min"] <= field["value"] == children <= field["max"]
