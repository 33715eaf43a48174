"""Checking: what counts as right, and what is said after which try."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandyq_widgets.assessment import ResponseError, assess
from sandyq_widgets.markdown import render_block, render_line, to_plain
from sandyq_widgets.numbers import parse_number
from sandyq_widgets.parsing import parse_question

CHOICE = parse_question(
    "choice", "id=c points=2", "Q\n- [ ] one | own\n- [x] two | because\n- [ ] three\nhint: look\nreason: so"
)
NUMBER = parse_question(
    "number", "id=n answer=123,5 tolerance=0,5 unit=кВт·сағ", "Q\nwrong 100: own\nhint: look\nreason: so"
)
OPEN = parse_question("open", "id=o min_words=3", "Q\nhint: more\nrubric: secret")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123,5", "123.5"),
        ("123.5", "123.5"),
        ("1 234 567,89", "1234567.89"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234", "1234"),
        (" −5 ", "-5"),
        ("+7", "7"),
        (",5", "0.5"),
        ("12 кВт·сағ", "12"),
        ("", None),
        ("1,234.5", None),
        ("12 34", None),
        ("ә", None),
        ("1e3", None),
        ("NaN", None),
    ],
)
def test_numbers_are_read_as_people_here_write_them(text: str, value: str | None) -> None:
    assert parse_number(text, "кВт·сағ") == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("123,5", "right"), ("124", "right"), ("123", "right"), ("124,01", "wrong"), ("122,99", "wrong")],
)
def test_a_number_is_right_up_to_and_with_its_tolerance(text: str, verdict: str) -> None:
    assert assess(NUMBER, text, 0).verdict == verdict


def test_a_wrong_answer_gets_a_hint_first_and_the_reason_second() -> None:
    assert assess(CHOICE, "1", 0).feedback == ("own", "look")
    assert assess(CHOICE, "1", 1).feedback == ("own", "so")
    assert assess(NUMBER, "7", 0).feedback == ("look",)
    assert assess(NUMBER, "100", 0).feedback == ("own", "look")


def test_a_right_answer_gets_its_reason_and_the_points() -> None:
    outcome = assess(CHOICE, "2", 0)
    assert (outcome.verdict, outcome.score, outcome.max_score) == ("right", 2, 2)
    assert outcome.feedback == ("because", "so")
    assert assess(CHOICE, "3", 0).score == 0


def test_a_choice_is_kept_readably_and_comes_back_in_another_language() -> None:
    assert assess(CHOICE, "2", 0).response == "2) two"
    assert assess(CHOICE, "2) екі", 0).verdict == "right"


def test_free_text_is_taken_without_a_score_and_a_short_one_gets_the_hint() -> None:
    short = assess(OPEN, "too short", 0)
    assert (short.verdict, short.score, short.max_score, short.feedback) == ("kept", None, None, ("more",))
    assert assess(OPEN, "now it is long", 0).feedback == ()


@pytest.mark.parametrize(
    ("spec", "response"),
    [
        (CHOICE, ""),
        (CHOICE, "9"),
        (CHOICE, None),
        (CHOICE, "²"),
        (NUMBER, "many"),
        (OPEN, "  "),
        (OPEN, "x" * 20_001),
    ],
)
def test_what_is_no_answer_is_not_judged(spec: object, response: object) -> None:
    with pytest.raises(ResponseError):
        assess(spec, response, 0)  # type: ignore[arg-type]


def test_markdown_becomes_safe_html() -> None:
    html = render_block(
        '<script>alert(1)</script> **b** ![x](http://a/b.png) [l](javascript:x)\n- <img src="x">'
    )
    assert "<strong>b</strong>" in html
    assert "<script" not in html and "<img" not in html and "<a " not in html
    assert render_line("`a<b`") == "<code>a&lt;b</code>"
    assert to_plain("Қай **ең** дұрыс?\n\n- a & b") == "Қай ең дұрыс? a & b"
