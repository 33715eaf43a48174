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
        ("typing", "id=a accuracy=90%", "T\n> a", 1, "Write for example accuracy=90"),
        ("choice", "id=a points = 2", CHOICE, 1, "without spaces. Write: points=…"),
        ("choice", "id=a points =2", CHOICE, 1, "without spaces. Write: points=…"),
        ("choice", "id= a points=2", CHOICE, 1, "without spaces. Write: id=…"),
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
        ("robot", "id=a", "Q\nmap:\n> . G\n# . ?\nway: F F", 5, "“?”"),
        ("robot", "id=a", "Q\nmap:\n> . G\n# .\nway: F F", 5, "same number"),
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
            5,
            "nobody can take",
        ),
        ("board", "id=a", "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\npeople:\nAnn maths", 7, "is no person"),
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
            8,
            "no row “9”",
        ),
        (
            "board",
            "id=a limit=1",
            "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\n| 2 | ? maths |\npeople:\nAnn = maths",
            1,
            "cannot be filled",
        ),
        ("robot", "id=a", "Q\nmap:\n> . G\n# . .\nway: forward", 6, "“forward” is no program"),
        ("choice", "id=a points=99999999", CHOICE, 1, "not a whole number"),
        ("choice", "id=a tries=0", CHOICE, 1, "Write 1 or more; leave it out where"),
        ("choice", "id=a points=101", CHOICE, 1, "more than 100"),
        ("robot", "id=a points=999999", "Q\nmap:\n> G\nway: F", 1, "more than 100"),
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


BOARD = "Q\n| | 5A |\n|---|---|\n| 1 | ? maths |\n| 2 | Ann: music |\npeople:\nAnn = maths\nDan = *\n"
MAP = "Q\nmap:\n> . G\n# . .\n"
SLIPS = [
    *[("choice", f"Q\n{first}\n- [x] two\n- [ ] three", 3, "Write it like - [ ] …")
      for first in ("- one", "-one", "* one", "+ one", "• one", "1. one", "a) [y] one")],
    *[("choice", f"Q\n{first}\n- [x] two\n- [ ] three", 3, "an answer is written")
      for first in ("- (x) one", "- (x ) one", "-( ) one", "- {x} one", "- x] one", "- [x one", "- [v] one",
                    "[ ] one", "[x ] one", "1. [ ] one", "+ [ ] one")],
    ("choice", "Q\n- [x] one\n- two", 4, "not understood here"),
    ("choice", "Q\n- [x] one\n- [ ] two\nhint: x\n- [ ] three", 6, "stands below “hint:”"),
    ("choice", "Q\n- [x] [ ] one\n- [ ] two", 3, "no meaning here"),
    ("choice", "Q\n- [x] one\n- [ ] two\nhint:", 5, "“hint:” is empty"),
    ("choice", "Q\n- [x] one\n- [ ] two\nhint: a\nresaon: b", 6, "looks like “reason:”"),
    ("choices", "Q\n- one\n- [x] two\n- [ ] three", 3, "- [ ] …"),
    ("poll", "Q\n- one\n- [ ] two\n- [ ] three", 3, "- [ ] …"),
    ("order", "Q\n1. a\n2. b\n4. c", 5, "step 3 has the number 4"),
    ("order", "Q\n1. a\n2. b\n2. c", 5, "step 3 has the number 2"),
    ("order", "Q\n1. a\n1. b\n1. c", 4, "step 2 has the number 1"),
    ("order", "Q\n3. a\n2. b\n1. c", 3, "step 1 has the number 3"),
    ("order", "Q\n1 a\n2. b\n3. c\n4. d", 4, "step 1 has the number 2"),
    ("order", "Q\n- a\n1. b\n2. c\n3. d", 3, "Write it like 1. …"),
    ("order", "Q\n1. a | so\n2. b\n3. c", 3, "nothing can be said"),
    ("order", "Q\n1. [x] a\n2. b\n3. c", 3, "no meaning here"),
    ("order", "Q\n1. a\n2. b\n3. c\nhint: x\n4. d", 7, "stands below"),
    ("match", "Q\n- a=1\n- b = 2\n- c = 3", 3, "Write it like - … = …"),
    ("match", "Q\n- b = 2\n- c = 3\n- a – 1", 5, "Write it like - … = …"),
    ("match", "Q\na = 1\n- b = 2\n- c = 3", 3, "Write it like - … = …"),
    ("match", "Q\n- a =\n- b = 2\n- c = 3", 3, "- … = …"),
    ("match", "Q\n- a = 1 | so\n- b = 2", 3, "nothing can be said"),
    ("match", "Q\n- [x] a = 1\n- b = 2", 3, "no meaning here"),
    ("match", "Q\n- a = 1\n- b = 2\nhint: x\n- c = 3", 6, "stands below"),
    ("sort", "Q\n-a\n# X\n- b\n- c\n# Y\n- d", 3, "Write it like - …"),
    ("sort", "Q\n# X\n- [ ] a\n- b\n# Y\n- c", 4, "no meaning here"),
    ("sort", "Q\n# X\n- a\n- b\n1. c\n# Y\n- d", 6, "Write it like - …"),
    ("inbox", "Q\n# X\n- a: b\n- b: c\nhint: x\n# Y\n- c: d", 7, "stands below"),
    ("gaps", "Q\nThe [[cat]] and the [dog].", 3, "“[dog]” is no gap"),
    ("gaps", "Q\nThe [[cat [[and]]]] dog.", 3, "a gap is empty"),
    ("open", "Q\n%%open id=b\nAnother", 3, "“%%open id=b” begins another question"),
    ("open", "Q\nrubric: all\n\n%%poll id=b", 5, "begins another question"),
    ("choice", "Q\n- [x] a\n- [ ] b\n%%choice id=b\nQ", 5, "begins another question"),
    ("gaps", "The [[cat]] and the dog.", 2, "above the text with gaps"),
    ("gaps", "Q\nThe [[cat]].\nwords: mist; snow", 4, "by commas"),
    ("gaps", "Q\nThe [[cat]].\nwrds: mist, snow", 4, "looks like “words:”"),
    ("gaps", "Q\nThe [[cat]].\nhint: x\nThe [[dog]].", 5, "stands below"),
    ("highlight", "Q\n> [ ] One. (x) Two. [x] Three.", 3, "“(x)” is no mark"),
    ("highlight", "Q\n> [ ] One. [y] Two. [x] Three.", 3, "“[y]” is no mark"),
    ("highlight", "Q\n> [ ] One. x] Two. [x] Three.", 3, "“x]” is no mark"),
    ("highlight", "Q\n> [ ] [x] Two. [ ] Three.", 3, "is empty"),
    ("highlight", "Q\n[ ] One. [x] Two.\n> [ ] Three. [x] Four.", 3, "begins with"),
    ("number", "Q\nansver: 12", 3, "“ansver: 12” belongs to the first line. Write there answer=…"),
    ("number", "Q\nanswr = 12", 3, "Write there answer=…"),
    ("number", "Q\n= 12", 3, "Write there answer=…"),
    ("number", "Q\ntolerance=1", 3, "Write there tolerance=…"),
    ("number", "Q\nhnt: look", 3, "looks like “hint:”"),
    ("number", "Q\nhint = look", 3, "looks like “hint:”"),
    ("number", "Q\nhint： look", 3, "looks like “hint:”"),
    ("number", "Q\nПодсказка: look", 3, "looks like “hint:”"),
    ("number", "Q\nКеңес: look", 3, "looks like “hint:”"),
    ("number", "Q\nwrong: no", 3, "does not say which"),
    ("number", "Q\nwrong 7 no", 3, "does not say which"),
    ("number", "Q\nwrong7: no", 3, "does not say which"),
    ("number", "Q\nhint look", 3, "looks like “hint:”"),
    ("number", "Q\nwrng 7: no", 3, "looks like “wrong:”"),
    ("number", "Q\nwrong 7: no\nwrong 7: not", 4, "“wrong 7:” stands twice"),
    ("number", "Q\n- [x] 10\n- [ ] 12", 3, "mere text"),
    ("open", "Q\nrubrik: x", 3, "looks like “rubric:”"),
    ("open", "Q\nhnt: x", 3, "looks like “hint:”"),
    ("open", "Q\nrubric: full\nhnit: x", 4, "looks like “hint:”"),
    ("open", "Q\n- [ ] one\n- [ ] two", 3, "mere text"),
    ("short", "Q\n- cat\n= dog", 3, "Write it like = …"),
    ("short", "Q\n= *", 3, "accepts everything"),
    ("short", "Q\n= cat | so", 3, "nothing can be said"),
    ("short", "Q\n= cat\nhint: x\n= dog", 5, "stands below"),
    ("short", "Q\n= cat\nwrong dog: a\nwrong dog: b", 5, "stands twice"),
    ("typing", "Q\n> a\nhint: x\n> b", 5, "stands below"),
    ("robot", f"{MAP}way: 2(F)", 6, "Add loops=1"),
    ("robot", f"{MAP}way: 2F", 6, "“2F” is no program"),
    ("robot", f"{MAP}way: F F X", 6, "“F F X” is no program"),
    ("robot", f"{MAP}way: 2(F", 6, "“2(F” is no program"),
    ("robot", f"{MAP}wey: F F", 6, "looks like “way:”"),
    ("robot", "Q\nmpa:\n> . G\nway: F F", 3, "looks like “map:”"),
    ("board", BOARD.replace("|---|---|\n", ""), 4, "is missing above"),
    ("board", BOARD.replace("| 2 |", "| 1 |"), 6, "two rows are called “1”"),
    ("board", BOARD.replace("? maths", "maths ?"), 5, "a hole is written"),
    ("board", BOARD.replace("? maths", "?"), 5, "a hole is written"),
    ("board", BOARD.replace("Ann: music", "Ann music"), 6, "with a colon: Ann: …"),
    ("board", BOARD.replace("Ann: music", "Ann; music"), 6, "with a colon: Ann: …"),
    ("board", f"{BOARD}Ann = music", 10, "Ann stands twice"),
    ("board", f"{BOARD}Eve music", 10, "is no person"),
    ("board", f"{BOARD}busy Dan: 1, 7", 10, "no row “7”"),
    ("board", f"{BOARD}busy Dan: 1\nbusy Dan: 2", 11, "stands twice"),
    ("board", f"{BOARD}bsy Dan: 1", 10, "looks like “busy:”"),
    ("board", f"{BOARD}busy: Dan", 10, "does not say which"),
    ("board", BOARD.replace("people", "peple"), 7, "looks like “people:”"),
]  # fmt: skip
"""What a teacher's fingers make of each kind; all of it once passed for something else, in silence."""


@pytest.mark.parametrize(("kind", "body", "line", "words"), SLIPS)
def test_a_slip_is_told_and_never_passes_for_text(kind: str, body: str, line: int, words: str) -> None:
    header = "id=a answer=5" if kind == "number" else "id=a"
    with pytest.raises(QuestionError) as caught:
        parse_question(kind, header, body)
    assert (caught.value.line, words in str(caught.value)) == (line, True), str(caught.value)
    told = {caught.value.tell(translator(language)) for language in LANGUAGES}
    assert len(told) == len(LANGUAGES)
    assert "{" not in "".join(told).replace("{x}", "")


def test_a_setting_stands_once() -> None:
    with pytest.raises(QuestionError, match="“points=” stands twice"):
        parse_question("choice", "id=a points=1 points=2", CHOICE)


@pytest.mark.parametrize("mark", ["[x]", "[X]", "[x ]", "[ x]", "[\u00a0x]", "[Х]"])
def test_a_mark_is_understood_however_it_is_spaced(mark: str) -> None:
    assert parse_question("choice", "id=a", f"Q\n- {mark} yes\n-[] no").keys == (True, False)
    assert parse_question("highlight", "id=a", f"Q\n> [  ] One. {mark} Two.").keys == (False, True)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("choice", "Two things:\n- a list\n- of text\n\n- [x] yes\n- [ ] no"),
        ("choice", "May: 5\nBus: 10\nNote: it rains.\n– Сәлем!\n\n• [x] yes\n• [ ] no"),
        ("choice", "A\n−5 °C or more?\n- [x] yes\n- [ ] no\nreason: because\n- of this\n1. and that"),
        ("number", "Points on the map: A, B.\nx = 5, y(x) = 7\nЖауап: ___\n**Reason**: none"),
        ("gaps", "Q\n`prices[0]` and x = [price, [[2]]]\nwords: 3,\n4"),
        ("order", "Q (3 steps)\n1) a\n2) b \\| c\n3) d"),
    ],
)
def test_what_is_text_stays_text(kind: str, body: str) -> None:
    assert parse_question(kind, "id=a answer=5" if kind == "number" else "id=a", body)
