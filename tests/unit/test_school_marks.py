"""Term marks by versioned rules, what is still needed, and how questions did."""

from __future__ import annotations

import os
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandyq.school import assignments, people, sample
from sandyq.school.errors import Conflict, NotFound
from sandyq.school.grading import find_mark, make_mark
from sandyq.school.items import analyse
from sandyq.school.marking import give_mark
from sandyq.school.marks import (
    count_term,
    counted_days,
    find_rule,
    load_rules,
    show_percent,
    term_dates,
    what_if,
)
from sandyq.school.tables import AcademicYear

USUAL, POOLED = find_rule("25-25-50"), find_rule("50-50")
pairs = st.lists(st.integers(0, 20).map(lambda had: (float(had), 20.0)), max_size=3)
scores = st.fixed_dictionaries({"fa": pairs, "sor": pairs, "soch": pairs})


def test_a_term_is_counted_by_the_common_rule():
    term = count_term(USUAL, {"fa": [(8, 10), (6, 10)], "sor": [(15, 20)], "soch": [(18, 25)]})
    assert term.parts == {"fa": 70.0, "sor": 75.0, "soch": 72.0}
    assert (term.percent, term.mark) == (pytest.approx(0.25 * 70 + 0.25 * 75 + 0.5 * 72), 4)


def test_without_a_term_test_the_other_two_count_double():
    term = count_term(USUAL, {"fa": [(8, 10)], "sor": [(9, 10)]})
    assert term.percent == pytest.approx((0.25 * 80 + 0.25 * 90) * 2)


@pytest.mark.parametrize(
    ("percent", "usual", "pooled"),
    [(39.4, 2, 2), (39.5, 3, 2), (44.5, 3, 3), (64.4, 3, 3), (64.5, 4, 4), (85, 5, 5)],
)
def test_rules_differ_where_a_three_begins(percent, usual, pooled):
    told = {"soch": [(percent, 100)]}
    assert (count_term(USUAL, told).mark, count_term(POOLED, told).mark) == (usual, pooled)


def test_a_half_is_a_half_though_it_was_reckoned_as_a_little_less():
    told = {"fa": [(27.5, 30), (17.5, 24)], "sor": [(2.0, 25)], "soch": [(25.0, 30)]}
    whole = count_term(USUAL, told)
    assert (whole.percent < 64.5, whole.percent, whole.mark) == (True, pytest.approx(64.5), 4)


@given(st.floats(0, 100), st.sampled_from(load_rules()))
@example(64.46, USUAL)
@example(44.499999, POOLED)
@example(64.49999999999999, USUAL)
def test_the_percentage_that_is_shown_gives_the_mark_beside_it(percent, rule):
    shown = show_percent(percent)
    assert rule.mark_for(shown) == rule.mark_for(percent)
    assert shown == round(shown, 1) and abs(shown - percent) < 0.1


def test_what_is_given_on_any_day_counts_in_one_quarter_and_in_holidays_in_the_one_after_them():
    year = AcademicYear(quarters=sample.QUARTERS)
    spans = [counted_days(year, quarter) for quarter in (1, 2, 3, 4)]
    assert all(end + timedelta(days=1) == start for (_, end), (start, _) in pairwise(spans)), "no day between"
    terms = [term_dates(year, quarter) for quarter in (1, 2, 3, 4)]
    assert [end for _, end in spans[:3]] == [end for _, end in terms[:3]]
    assert spans[0][0] < terms[0][0] and spans[3][1] > terms[3][1]


def test_nothing_returned_is_no_mark():
    assert count_term(USUAL, {}).mark is None


def test_an_unknown_rule_is_named_with_those_there_are():
    with pytest.raises(NotFound, match="25-25-50"):
        find_rule("1991")
    assert all(set(rule.name) == {"kk", "ru", "en"} for rule in load_rules())


@given(scores, st.sampled_from(["fa", "sor", "soch"]), st.sampled_from(load_rules()))
def test_what_is_needed_is_just_enough(told, kind, rule):
    for mark, points in what_if(rule, told, kind, 20).items():
        if points is None:
            assert count_term(rule, told | {kind: [*told[kind], (20.0, 20.0)]}).mark < mark
        else:
            assert count_term(rule, told | {kind: [*told[kind], (points, 20.0)]}).mark >= mark
            if points:
                assert count_term(rule, told | {kind: [*told[kind], (points - 0.5, 20.0)]}).mark < mark


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=3, max_size=30))
def test_discrimination_is_the_correlation_with_the_rest(rows):
    work = [{"a": float(a), "b": float(b), "c": float(c)} for a, b, c in rows]
    table = np.array(rows, dtype=float)
    for place, item in enumerate(analyse({"a": 4, "b": 4, "c": 4}, work)):
        rest = table.sum(axis=1) - table[:, place]
        assert item.difficulty == pytest.approx(table[:, place].mean() / 4)
        if table[:, place].std() and rest.std():
            assert item.discrimination == pytest.approx(np.corrcoef(table[:, place], rest)[0, 1], abs=1e-9)
        else:
            assert item.discrimination is None


def test_what_waits_to_be_marked_does_not_count_as_wrong_in_discrimination():
    """A teacher has begun with the weak ones: the strong ones' open answers have no points yet."""
    work = [{"a": float(a), "b": float(a), "open": 9.0} for a in range(3)]
    work += [{"a": float(a), "b": float(a)} for a in range(3, 5)] + [{}]
    found = {item.name: item for item in analyse({"a": 4, "b": 4, "open": 9}, work)}
    assert found["a"].discrimination == pytest.approx(1)
    assert found["open"].answered == 3


@pytest.mark.skipif(
    not os.environ.get("SANDYQ_TEST_POSTGRES"), reason="SQLite lets nobody write between reading and writing"
)
@pytest.mark.parametrize("is_new", [False, True], ids=["a mark that is there", "the grader proposed nothing"])
def test_two_teachers_at_the_same_moment_do_not_overwrite_each_other(database, is_new):
    with database.session() as session:
        sample.seed(session, date(2026, 11, 24))
        teacher, pupil = (people.find_person(session, login) for login in ("gulmira", "aruzhan"))
        course = assignments.find_course(
            session, people.class_of_pupil(session, pupil.id).id, "Maths", teacher.id
        )
        about = {
            "name": "a",
            "version": "1",
            "notebooks": [{"name": "n", "cells": [{"id": "c", "points": 5}]}],
        }
        release = assignments.release_assignment(
            session, assignments.add_assignment(session, course, about, teacher.id), teacher.id
        )
        work = assignments.add_submission(session, release, pupil.id, "0" * 64, 1)
        if not is_new:
            make_mark(session, work, "n", "c")

    def find(session):
        return find_mark(session, release.id, pupil.id, "n", "c") or make_mark(session, work, "n", "c")

    with pytest.raises(Conflict, match="Somebody else"), database.session() as late:
        theirs = find(late)
        with database.session() as early:
            give_mark(early, find(early), teacher.id, seen=0, given=1.0, comment="", most=5.0)
        give_mark(late, theirs, teacher.id, seen=0, given=2.0, comment="", most=5.0)
    with database.reading() as session:
        assert find_mark(session, release.id, pupil.id, "n", "c").given == 1.0
