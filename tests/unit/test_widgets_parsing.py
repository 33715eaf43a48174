"""Question cells: what a teacher writes becomes a question, or a message that says what to mend."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandyq.i18n import LANGUAGES, translator
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.parsing import ChoiceSpec, NumberSpec, OpenSpec, Option, parse_question

CHOICE = "Which is stronger?\n- [ ] aidos2012 | a name\n- [x] four \\| words | random\n- [ ] 12345678"


def test_a_choice_keeps_its_text_answers_and_feedback() -> None:
    spec = parse_question("choice", "id=strong points=2", f"{CHOICE}\nhint: Look.\nreason: Long\nand random.")
    assert spec == ChoiceSpec(
        "strong",
        "Which is stronger?",
        2,
        (
            Option("aidos2012", "a name", False),
            Option("four | words", "random", True),
            Option("12345678", "", False),
        ),
        hint="Look.",
        reason="Long\nand random.",
    )


def test_a_number_keeps_answer_tolerance_unit_and_known_mistakes() -> None:
    spec = parse_question(
        "number",
        'id=kwh answer=1234,5 tolerance=0.5 unit="kWh a month"',
        "How much?\n\nIn a month.\nhint: Subtract.\nwrong 1 000: This is the first reading.",
    )
    assert spec == NumberSpec(
        "kwh",
        "How much?\n\nIn a month.",
        1,
        Decimal("1234.5"),
        Decimal("0.5"),
        "kWh a month",
        ((Decimal(1000), "This is the first reading."),),
        hint="Subtract.",
    )


def test_an_open_question_carries_no_points_and_keeps_its_rubric() -> None:
    spec = parse_question("open", "id=why min_words=15", "Why?\nrubric: full: two\n- reasons\nhint: Think.")
    assert spec == OpenSpec("why", "Why?", 15, rubric="full: two\n- reasons", hint="Think.")
    assert spec.points == 0


def test_a_cyrillic_kha_marks_the_right_answer_as_well_as_a_latin_x() -> None:
    spec = parse_question("choice", "id=a", "Q\n- [х] yes\n- [ ] no")
    assert spec.keys == (True, False)


@pytest.mark.parametrize(
    ("kind", "header", "body", "line", "words"),
    [
        ("choice", "", CHOICE, 1, "needs a name"),
        ("choice", "id=Сұрақ", CHOICE, 1, "small Latin letters"),
        ("choice", "id=a size=3", CHOICE, 1, "“size=3” is not known"),
        ("choice", "id=a points=one", CHOICE, 1, "not a whole number"),
        ("choice", "id=a points='1", CHOICE, 1, "quotation mark"),
        ("choice", "id=a", "Q\n- [ ] one\n- [ ] two", 4, "now there are 0"),
        ("choice", "id=a", "Q\n- [x] one\n- [x] two", 4, "now there are 2"),
        ("choice", "id=a", "Q\n- [x] one", 3, "at least two"),
        ("choice", "id=a", "Q\n- [x] one\n- [y] two", 4, "- [y] two"),
        ("choice", "id=a", "Q\n- [x] one\n- [ ] one", 4, "stands twice"),
        ("choice", "id=a", "Q\n- [x] one\nand more\n- [ ] two", 4, "and more"),
        ("choice", "id=a", "- [x] one\n- [ ] two", 2, "text is missing"),
        ("choice", "id=a", f"{CHOICE}\nrubric: x", 6, "“rubric:” does not belong"),
        ("choice", "id=a", f"{CHOICE}\nhint: x\nhint: y", 7, "stands twice"),
        ("number", "id=a", "Q", 1, "right number is missing"),
        ("number", "id=a answer=ten", "Q", 1, "“ten”, not a number"),
        ("number", "id=a answer=10 tolerance=1", "Q\nwrong 10,5: no", 3, "counts as right"),
        ("number", "id=a answer=10", "Q\nwrong many: no", 3, "“many”, not a number"),
        ("open", "id=a points=1", "Q", 1, "points=1"),
        ("open", "id=a", "", 2, "text is missing"),
    ],
)
def test_a_malformed_question_names_itself_its_line_and_the_fix(
    kind: str, header: str, body: str, line: int, words: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        parse_question(kind, header, body)
    assert caught.value.line == line
    assert words in str(caught.value)
    for language in LANGUAGES:
        assert "{" not in caught.value.tell(translator(language))
    assert caught.value.tell(translator("kk")) != str(caught.value)
