"""Question cells: what a teacher writes becomes a question, or a message that says what to mend."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandyq.i18n import LANGUAGES, translator
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds import ChoiceSpec, NumberSpec, OpenSpec
from sandyq_widgets.parsing import parse_question

CHOICE = "Which is stronger?\n- [ ] aidos2012 | a name\n- [x] four \\| words | random\n- [ ] 12345678"


def test_a_choice_keeps_its_text_answers_and_feedback() -> None:
    spec = parse_question("choice", "id=strong points=2", f"{CHOICE}\nhint: Look.\nreason: Long\nand random.")
    assert isinstance(spec, ChoiceSpec)
    assert (spec.id, spec.text, spec.points) == ("strong", "Which is stronger?", 2)
    assert [(option.text, option.feedback, option.mark) for option in spec.options] == [
        ("aidos2012", "a name", False),
        ("four | words", "random", True),
        ("12345678", "", False),
    ]
    assert (spec.hint, spec.reason) == ("Look.", "Long\nand random.")


def test_a_number_keeps_answer_tolerance_unit_and_known_mistakes() -> None:
    spec = parse_question(
        "number",
        'id=kwh answer=1234,5 tolerance=0.5 unit="kWh a month"',
        "How much?\n\nIn a month.\nhint: Subtract.\nwrong 1 000: This is the first reading.",
    )
    assert spec == NumberSpec(
        id="kwh",
        text="How much?\n\nIn a month.",
        answer=Decimal("1234.5"),
        tolerance=Decimal("0.5"),
        unit="kWh a month",
        wrong=((Decimal(1000), "This is the first reading."),),
        hint="Subtract.",
    )


def test_an_open_question_carries_no_points_and_keeps_its_rubric() -> None:
    spec = parse_question("open", "id=why min_words=15", "Why?\nrubric: full: two\n- reasons\nhint: Think.")
    assert spec == OpenSpec(id="why", text="Why?", min_words=15, rubric="full: two\n- reasons", hint="Think.")
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
        ("choice", "id=a", "Q\n- [x] one", 3, "at least 2"),
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
        ("choices", "id=a", "Q\n- [x] one\n- [x] two", 4, "at least one wrong"),
        ("poll", "id=a", "Q\n- [x] one\n- [ ] two", 3, "no right answer"),
        ("order", "id=a", "Q\n1. one\n2. two", 4, "at least 3"),
        ("match", "id=a", "Q\n- one = 1", 3, "at least 2"),
        ("match", "id=a", "Q\n- one = 1\n- two = 1", 4, "stands twice"),
        ("sort", "id=a", "Q\n- card\n# box", 3, "stands in no box"),
        ("inbox", "id=a", "Q\n# box\n- Ann\n- Bob: hi\n# other\n- Cid: pay", 4, "sender: what it says"),
        ("gaps", "id=a", "Q", 2, "there is no gap"),
        ("gaps", "id=a", "Q\nA [[cat", 3, "not closed"),
        ("gaps", "id=a", "Q\nA [[|cat]]", 3, "gap is empty"),
        ("short", "id=a", "Q", 2, "at least 1"),
        ("short", "id=a", "Q\n= *cat*\nwrong tomcat: no", 4, "counts as right"),
        ("highlight", "id=a", "Q\n> [ ] One. [ ] Two.", 3, "both kinds"),
        ("highlight", "id=a", "Q\n> One. [x] Two.", 3, "begins with"),
        ("typing", "id=a", "Q", 2, "at least 1"),
        ("typing", "id=a accuracy=101", "Q\n> a", 1, "1 to 100"),
        ("robot", "id=a", "Q", 2, "map is missing"),
        ("robot", "id=a", "Q\nmap:\n> . G\n# . ?\nway: F F", 3, "“?”"),
        ("robot", "id=a", "Q\nmap:\n> . G\n# .\nway: F F", 3, "same number"),
        ("robot", "id=a", "Q\nmap:\n> . .\n# . .\nway: F F", 3, "one fold"),
        ("robot", "id=a", "Q\nmap:\n> . G\n# . .\nway: F", 6, "a program that meets"),
        ("robot", "id=a limit=1", "Q\nmap:\n> . G\n# . .\nway: F F", 6, "a program that meets"),
        ("board", "id=a", "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |", 5, "people are missing"),
        (
            "board",
            "id=a",
            "Q\n| | 5A |\n|---|---|\n| 1 | ? maths | 2 |\npeople:\nAnn = maths",
            5,
            "has 3 cells",
        ),
        (
            "board",
            "id=a",
            "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\npeople:\nAnn = music",
            1,
            "nobody can take",
        ),
        ("board", "id=a", "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\npeople:\nAnn maths", 6, "is no person"),
        (
            "board",
            "id=a",
            "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\npeople:\nAnn = maths\nbusy Ben: 1",
            8,
            "no such person",
        ),
        (
            "board",
            "id=a",
            "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\npeople:\nAnn = maths\nbusy Ann: 9",
            6,
            "no row “9”",
        ),
        (
            "board",
            "id=a limit=1",
            "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\n| 2 | ? maths |\npeople:\nAnn = maths",
            1,
            "cannot be filled",
        ),
        ("robot", "id=a", "Q\nmap:\n> . G\n# . .\nway: forward", 6, "a program that meets"),
        ("choice", "id=a points=99999999", CHOICE, 1, "not a whole number"),
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


def test_what_an_editor_makes_of_dashes_and_labels_is_understood() -> None:
    spec = parse_question("choice", "id=a", "Q\n– [x] yes\n— [ ] no\nHint: look\nrеason: so")  # a Cyrillic е
    assert (spec.keys, spec.hint, spec.reason) == ((True, False), "look", "so")


def test_a_board_that_cannot_be_filled_is_told_at_once() -> None:
    """However many ways there are to fill all of it but one."""
    rows = "".join(f"| {n} | ? m |\n" for n in range(1, 10))
    people = "".join(f"P{n} = m\n" for n in range(6))
    text = f"Q\n| | 5A |\n|---|---|\n{rows}| 10 | ? physcs |\npeople:\n{people}"
    with pytest.raises(QuestionError, match="physcs"):
        parse_question("board", "id=a", text)
    with pytest.raises(QuestionError, match="cannot be filled"):
        parse_question("board", "id=a limit=1", text.replace("physcs", "m"))
