"""The months of support: when each lasts, how it stands by what was shown and said, who needs a word first."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandyq.courses import MONTHS, add_months
from sandyq.i18n import LANGUAGES
from sandyq_apps.support_evidence import KINDS
from sandyq_apps.support_months import (
    Piece,
    Review,
    judge,
    judge_all,
    month_at,
    read_month,
    read_review,
    read_themes,
    span,
)
from sandyq_apps.support_people import (
    Line,
    Visit,
    is_silent_since,
    last_visit,
    next_visit,
    sort_by_silence,
    sort_by_visit,
)

ENDS = date(2026, 8, 31)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def piece(month=1, version=1, *reviews, number=1):
    return Piece(number, version, month, ENDS + timedelta(10), reviews)


def review(number, accepted, version=1):
    return Review(number, 5, ENDS + timedelta(12), accepted, "Жарайды", version)


def test_each_programme_has_nine_months_with_words_in_three_languages_and_known_kinds():
    themes = read_themes()
    assert set(themes) == {"literacy", "management"}
    for months in themes.values():
        assert len(months) == MONTHS
        for theme in months:
            assert set(theme.names) == set(theme.asks) == set(LANGUAGES)
            assert all(len(words) > 10 for words in (*theme.names.values(), *theme.asks.values()))
            assert theme.kinds and set(theme.kinds) <= set(KINDS)
        assert {kind for theme in months for kind in theme.kinds} >= {
            "results",
            "items",
            "reflection",
            "photo",
        }


@given(DAYS)
def test_months_follow_each_other_without_a_gap(ends):
    spans = [span(ends, month) for month in range(1, MONTHS + 1)]
    assert spans[0][0] == ends + timedelta(1)
    for (_, last), (first, _) in pairwise(spans):
        assert first == last + timedelta(1)
    assert all(27 <= (last - first).days <= 31 for first, last in spans)


@given(DAYS, st.integers(-40, 400))
def test_a_day_lies_in_the_month_whose_days_hold_it(ends, days):
    day = ends + timedelta(days)
    month = month_at(ends, day)
    if month == 0:
        assert day <= ends
    elif month > MONTHS:
        assert day > span(ends, MONTHS)[1]
    else:
        first, last = span(ends, month)
        assert first <= day <= last


def test_a_month_after_the_last_of_january_ends_with_february():
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert span(date(2027, 12, 31), 2) == (date(2028, 2, 1), date(2028, 2, 29))


def test_a_month_is_late_only_when_it_is_over_and_nothing_came():
    today = ENDS + timedelta(70)  # in the third month
    assert judge_all([], ENDS, today) == ("late", "late", "now", *["ahead"] * 6)
    assert judge(1, [piece(1)], ENDS, today) == "waiting"
    assert judge(2, [piece(1)], ENDS, today) == "late"


def test_what_was_sent_back_waits_again_when_it_was_changed_and_so_does_what_was_accepted():
    assert piece(1, 1, review(1, accepted=False)).verdict == "returned"
    assert piece(1, 2, review(1, accepted=False)).verdict == "waiting"
    assert piece(1, 2, review(1, accepted=False), review(2, accepted=True, version=2)).verdict == "accepted"
    assert piece(1, 3, review(2, accepted=True, version=2)).verdict == "waiting"
    assert piece(1, 7, review(1, accepted=True, version=None)).verdict == "accepted"


def test_the_newest_word_counts_and_one_accepted_piece_makes_the_month():
    changed_mind = piece(1, 1, review(2, accepted=False), review(1, accepted=True))
    assert changed_mind.verdict == "returned"
    today = ENDS + timedelta(5)
    assert judge(1, [changed_mind], ENDS, today) == "returned"
    assert judge(1, [changed_mind, piece(number=2)], ENDS, today) == "waiting"
    done = piece(1, 1, review(3, accepted=True), number=3)
    assert judge(1, [changed_mind, piece(number=2), done], ENDS, today) == "accepted"


def test_a_review_is_read_from_a_reply_and_only_a_plain_yes_accepts():
    reply = {"id": 4, "by": 9, "on": "2026-09-12", "text": "", "data": {"accepted": "yes", "version": 2}}
    assert read_review(reply) == Review(4, 9, date(2026, 9, 12), accepted=False, text="", version=2)
    assert read_review(reply | {"data": {"accepted": True}}).version is None


@pytest.mark.parametrize(("task", "month"), [("month:3", 3), ("practice:item-analysis", 0), ("month:x", 0)])
def test_a_task_names_its_month(task, month):
    assert read_month(task) == month


def line(name, *, silent=None, states=("accepted",) * 9, last=None, over=False, person=None):
    number = person or sum(map(ord, name))
    return Line(number, number, name, "Мектеп", "1", 5, ENDS, tuple(states), silent, last, None, over)


def test_the_silent_come_first_the_longest_first_and_whose_year_is_over_last():
    people = [
        line("Г", over=True, silent=date(2026, 1, 1)),
        line("В"),
        line("А", silent=date(2026, 10, 1)),
        line("Б", silent=date(2026, 9, 1)),
        line("Д", states=("late",) * 2 + ("now",) * 7),
    ]
    assert [each.name for each in sort_by_silence(people)] == ["Б", "А", "Д", "В", "Г"]


def test_who_was_never_visited_comes_first_and_everybody_once():
    people = [
        line("А", last=date(2026, 10, 1), person=1),
        line("Б", last=date(2026, 9, 1), person=2),
        line("В", person=3),
        line("В", person=3),
    ]
    assert [each.name for each in sort_by_visit(people)] == ["В", "Б", "А"]


def test_the_next_visit_is_the_one_that_the_newest_names():
    visits = [
        Visit(1, date(2026, 10, 20), None),
        Visit(1, date(2026, 10, 1), date(2026, 10, 20)),
        Visit(2, date(2026, 10, 2), date(2026, 11, 2)),
    ]
    assert last_visit(visits, 1) == date(2026, 10, 20)
    assert next_visit(visits, 1) is None
    assert next_visit(visits, 2) == date(2026, 11, 2)
    assert last_visit(visits, 3) is next_visit(visits, 3) is None


def test_silence_ends_with_what_came_meanwhile():
    standing = {"silent": True, "quiet_since": "2026-05-01"}
    assert is_silent_since(standing, []) == date(2026, 5, 1)
    assert is_silent_since(standing, [date(2026, 11, 1)]) is None
    assert is_silent_since(standing | {"silent": False}, []) is None
