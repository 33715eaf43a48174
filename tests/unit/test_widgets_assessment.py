"""Checking: what counts as right, and what is said after which try."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from time import process_time

import pytest

from sandyq_widgets.assessment import Outcome, ResponseError, assess, recall
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.kinds.match import read_places
from sandyq_widgets.markdown import render_block, render_line, to_plain
from sandyq_widgets.numbers import parse_number
from sandyq_widgets.parsing import parse_question
from sandyq_widgets.portal import KeptAnswer
from sandyq_widgets.units import bind_units

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
        ("–5", "-5"),
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


@pytest.mark.parametrize("text", ["6,155", "6,155.00", "6.155,00", "6 155,00", "6155", "6,155 tenge"])
def test_thousands_may_be_divided_as_in_english_books(text: str) -> None:
    cost = parse_question("number", "id=n answer=6155 unit=tenge", "Q\nwrong 7905: own")
    assert assess(cost, text, 0).verdict == "right"
    assert assess(cost, "7,905", 0).feedback == ("own",)
    decimal = parse_question("number", "id=n answer=6,155", "Q")
    assert assess(decimal, "6,155", 0).verdict == "right"
    assert assess(decimal, "6,15", 0).verdict == "wrong"


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


@pytest.mark.parametrize(("tries", "told"), [(0, ("look",)), (1, ("look",)), (2, ())])
def test_where_there_is_no_reason_the_hint_stays_until_the_last_try(
    tries: int, told: tuple[str, ...]
) -> None:
    spec = parse_question("gaps", "id=a tries=3", "Q\n[[snow]] and [[mist]]\nhint: look")
    assert assess(spec, "1) snow\n2) rain", tries).feedback == told
    assert assess(spec, "1) snow\n2) mist", tries).feedback == ()


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
        (OPEN, "x" * 9_001),
    ],
)
def test_what_is_no_answer_is_not_judged(spec: object, response: object) -> None:
    with pytest.raises(ResponseError):
        assess(spec, response, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("response", ["27 минут", "27 минут.", "255 кВт", "6 155,00 тг", "86%", "-18,9 C"])
def test_of_digits_with_words_behind_it_is_not_said_that_they_are_none(response: str) -> None:
    with pytest.raises(ResponseError, match="number alone"):
        assess(NUMBER, response, 0)
    for other in ("many", "6/7", "27 минут 5"):
        with pytest.raises(ResponseError, match="not a number"):
            assess(NUMBER, other, 0)


def test_markdown_becomes_safe_html() -> None:
    html = render_block(
        '<script>alert(1)</script> **b** ![x](http://a/b.png) [l](javascript:x)\n- <img src="x">'
    )
    assert "<strong>b</strong>" in html
    assert "<script" not in html and "<img" not in html and "<a " not in html
    assert render_line("`a<b`") == "<code>a&lt;b</code>"
    assert to_plain("Қай **ең** дұрыс?\n\n- a & b") == "Қай ең дұрыс? a & b"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Нан 150 теңге, мектеп 3 км-ден", "Нан 150\u00a0теңге, мектеп 3\u00a0км-ден"),
        ("12 тенге и **5** кг, 8 % за 45 минут", "12\u00a0тенге и **5**\u00a0кг, 8\u00a0% за 45\u00a0минут"),
        ("**240 kWh**, 6 m/s, −5 °C", "**240\u00a0kWh**, 6\u00a0m/s, −5\u00a0°C"),
        ("<td>20,5 м³</td> 30 мың теңге", "<td>20,5\u00a0м³</td> 30\u00a0мың теңге"),
        ("☐ a  ☐ nobody is away ☐ `☐ b`", "☐\u00a0a  ☐\u00a0nobody is away ☐\u00a0`☐ b`"),
        ("5 овец, 2 с братом, 9 Алматы, 7 and 3 more", None),
        ("`3 км` ``x ` 3 км`` <a title='3 км'> [a](3 км) https://x.kz/3 $5 km$", None),
        ("```\n3 км\n```\n    3 км\n<svg><text>3 км</text></svg>", None),
        ("3  км\n3\nкм", None),
    ],
)
def test_a_number_stays_with_its_unit_in_running_text_only(written: str, shown: str | None) -> None:
    assert bind_units(written) == (shown or written)


@pytest.mark.parametrize("opened", ["<svg ", "<code ", "](", "<a ", "`` ` ", "$ ", "```\n", "5 м"])
def test_what_is_never_closed_takes_no_longer_than_its_length(opened: str) -> None:
    """Pupils' words are shown so, too: ten times the text, about ten times the time, and not a hundred."""
    short, long = (_measure(opened * (letters // len(opened))) for letters in (10_000, 100_000))
    assert long < 40 * short + 0.1


def _measure(text: str) -> float:
    """The least processor time of some runs: what else the machine does is not counted."""
    times = []
    for _ in range(3):
        began = process_time()
        bind_units(text)
        times.append(process_time() - began)
    return min(times)


def test_a_number_stays_with_its_unit_on_the_page_and_is_typed_with_a_plain_space() -> None:
    assert render_block("150 теңге\n- `3 км`") == (
        "<p>150\u00a0теңге</p>\n<ul>\n<li><code>3 км</code></li>\n</ul>\n"
    )
    assert render_line("3 км") == "3\u00a0км"
    gaps = parse_question("gaps", "id=a", "Q\nIt is [[150 тенге]] and [[5]] % more.")
    assert "</span>\u00a0% more" in gaps.face()["body"]
    assert gaps.solve() == "1) 150 тенге\n2) 5"
    choice = parse_question("choice", "id=a", "Q\n- [x] 3 км\n- [ ] 4 км")
    assert choice.face()["options"] == ["3\u00a0км", "4\u00a0км"]
    assert choice.solve() == "1) 3 км"
    number = parse_question("number", "id=a answer=1500 unit=км", "Q")
    for space in (" ", "\u00a0"):
        assert assess(gaps, f"1) 150{space}тенге\n2) 5", 0).score == 1
        assert assess(number, f"1{space}500{space}км", 0).score == 1
        assert assess(parse_question("short", "id=a", "Q\n= 3 км"), f"3{space}км", 0).score == 1


KINDS = {
    "choice": ("id=a", "Q\n- [ ] one\n- [x] two"),
    "choices": ("id=a points=2", "Q\n- [x] one | yes\n- [ ] two | no\n- [x] three\n- [ ] four"),
    "order": ("id=a", "Q\n1. one\n2. two\n3. three\n4. four"),
    "match": ("id=a", "Q\n- a = 1\n- b = 2\n- = 3"),
    "sort": ("id=a points=3", "Q\n# X\n- one | because\n- two\n# Y\n- three"),
    "inbox": ("id=a", "Q\n# X\n- Ann: hi\n- Bob: yes\n# Y\n- Cid: pay"),
    "gaps": ("id=a", "Q\nThe [[cat|tomcat]] sat on the [[mat]]."),
    "number": ("id=a answer=12,5", "Q"),
    "short": ("id=a", "Q\n= Алматы\n= *ауыл*"),
    "highlight": ("id=a", "Q\n> [ ] One. [x] Two.\n> [ ] Three. [x] Four."),
    "typing": ("id=a accuracy=80 speed=100", "Q\n> сәлем әлем"),
    "robot": ("id=a limit=2 loops=1 points=2", "Q\nmap:\n> . * G\n. # . .\nway: 3(F)"),
    "board": (
        "id=a limit=1 points=2",
        "Q\n| | 5A | 6B |\n|---|---|---|\n| 1 | Ann: maths | ? maths |\n| 2 | ? music | Ann: maths |\n"
        "people:\nAnn = maths\nDan = *\nEve = music\nbusy Dan: 2",
    ),
}
"""One question of each kind that can be scored."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_of_every_kind_earns_all_points_and_is_kept_as_it_was(kind: str) -> None:
    spec = parse_question(kind, *KINDS[kind])
    first = assess(spec, spec.solve(), 0)
    assert (first.verdict, first.score) == ("right", spec.points)
    again = assess(spec, first.response, 0)
    assert (again.verdict, again.response) == ("right", first.response)


@pytest.mark.parametrize(
    ("kind", "response", "score"),
    [
        ("choices", "1)", 1),
        ("choices", "1)\n2)", 0),
        ("choices", "1)\n2)\n3)", 1),
        ("gaps", "1) TOMCAT \n2) hat", 0.5),
        ("highlight", "2)", 0.5),
        ("short", "Біздің ауыл", 1),
        ("short", "Aлмaты", 1),  # with Latin letters, as a school's keyboard gives them
        ("short", "Астана", 0),
        ("typing", "6\nсәлем әлем", 1),
        ("typing", "60\nсәлем әлем", 0.5),
        ("typing", "6\nсалам", 0),
        ("robot", "F F F", 1),
        ("robot", "F F", 0),
        ("robot", "3(F", 2),
        ("board", "1→2)", 1),
        ("board", "1→1)", 0),
        ("board", "1→2)\n2→2)", 1),
    ],
)
def test_what_is_partly_right_earns_part_of_the_points(kind: str, response: str, score: float) -> None:
    assert assess(parse_question(kind, *KINDS[kind]), response, 0).score == score


@pytest.mark.parametrize(
    ("pattern", "response", "score"),
    [
        ("a*b", "a b", 1),
        ("ab*ba", "aba", 0),  # one letter cannot be both beginning and end
        ("*a*a*", "b a b a", 1),
        ("*a*a*", "b a b", 0),
        ("a*", "ba", 0),
        ("мəтін", "мәтін", 1),  # a Latin schwa, as copied texts have it
        ("*өлең*", "екі ɵлең", 1),
        ("*a*a*a*a*a*a*a*a*b", "a" * 4000, 0),  # at once, whatever a pupil leans on
    ],
)
def test_a_star_stands_for_any_letters(pattern: str, response: str, score: float) -> None:
    assert assess(parse_question("short", "id=a", f"Q\n= {pattern}"), response, 0).score == score


@pytest.mark.parametrize(
    ("expected", "given", "is_right"),
    [
        ("1,5", "1.5", True),
        ("1.5", "1,5", True),
        ("12 000", "12000", True),
        ("12000", "12 000", True),
        ("12\u00a0000,5", "12000.5", True),
        ("-25", "−25", True),
        ("007", "7", False),  # a number by name: its digits count
        ("1.10", "1.1", False),  # a day
        ("1,5", "15", False),
        ("12 000", "1 2000", False),
        (".", "!", False),  # where signs are the answer
        ("!", "!", True),
        ("қой.", "Қой", True),
        ("қой", "«Қой»", True),
        ("қой", "қой,", True),
        ("қой", "„қой“?", True),
        ("қой", "«қой.»", True),
        ("қой?", "қой", False),  # the sign is asked for
        ("?", "?", True),
        ("?", "!", False),
        ("boys", "boys'", False),
        ("5", ",5", False),
    ],
)
@pytest.mark.parametrize(
    ("kind", "body", "place"), [("short", "Q\n= {}", ""), ("gaps", "Q\nA [[{}]] b", "1) ")]
)
def test_a_typed_answer_may_be_written_as_people_write(
    kind: str, body: str, place: str, expected: str, given: str, *, is_right: bool
) -> None:
    question = parse_question(kind, "id=a", body.format(expected))
    assert assess(question, f"{place}{given}", 0).score == float(is_right)


def test_a_number_in_a_gap_of_code_is_written_as_code_is() -> None:
    question = parse_question("gaps", "id=a", "Q\n`price * [[1.5]]`")
    assert assess(question, "1) 1,5", 0).score == 0
    assert assess(question, "1) 1.5", 0).score == 1
    assert assess(question, "1) '1.5'", 0).score == 0


@pytest.mark.parametrize(
    ("given", "is_right"),
    [
        ("1,5 кг", True),
        ("1.5кг.", True),
        ("1,5 кг жүн", True),
        ("1,5 г", False),
        ("1,5 к", False),
        ("15 кг", False),
    ],
)
def test_the_unit_behind_a_gap_may_be_typed_with_the_number(given: str, *, is_right: bool) -> None:
    question = parse_question("gaps", "id=a", "Q\nҚой **[[1,5]]** кг жүн берді.")
    assert assess(question, f"1) {given}", 0).score == float(is_right)


@pytest.mark.parametrize(("right", "wrong"), [(".", "!"), ("Абай", "абай"), ("–", "-")])
def test_a_word_too_many_is_wrong_however_like_the_right_one_it_is(right: str, wrong: str) -> None:
    question = parse_question("gaps", "id=a", f"Q\nA [[{right}]] b\nwords: {wrong}")
    assert [assess(question, f"1→{number})", 0).score for number in (1, 2)] == [1, 0]


def test_one_pair_of_two_earns_half() -> None:
    spec = parse_question("match", *KINDS["match"])
    assert assess(spec, spec.solve().split("\n")[0], 0).score == 0.5


def test_steps_that_follow_each_other_count_wherever_they_stand() -> None:
    spec = parse_question("order", *KINDS["order"])
    one, two, three, four = (line.partition(")")[0] for line in spec.solve().split("\n"))
    assert assess(spec, "\n".join(f"{step})" for step in (four, one, two, three)), 0).score == 0.67
    assert assess(spec, "\n".join(f"{step})" for step in (four, three, two, one)), 0).score == 0


def test_what_is_shown_mixed_does_not_tell_the_key() -> None:
    spec = parse_question("order", *KINDS["order"])
    assert spec.face()["items"] != ["one", "two", "three", "four"]
    for kind, question in KINDS.items():
        shown = str(parse_question(kind, *question).face())
        assert "because" not in shown and "3(F)" not in shown, kind
    assert "tomcat" not in str(parse_question("gaps", *KINDS["gaps"]).face())


def test_which_parts_are_right_is_told_from_the_second_try_on() -> None:
    spec = parse_question("gaps", *KINDS["gaps"])
    assert assess(spec, "1) cat\n2) hat", 0).marks == ()
    assert assess(spec, "1) cat\n2) hat", 1).marks == (True, False)


def test_the_last_try_shows_the_right_answer() -> None:
    spec = parse_question("choice", "id=a tries=2", "Q\n- [ ] one\n- [x] two\nreason: so")
    assert assess(spec, "1)", 0).solution == ""
    assert (assess(spec, "1)", 1).solution, assess(spec, "1)", 1).feedback) == ("two", ("so",))
    assert assess(spec, "2)", 1).solution == ""


@pytest.mark.parametrize(("program", "step"), [("F F F F", 4), ("R F F", 3)])
def test_a_robot_that_runs_into_something_stops_there(program: str, step: int) -> None:
    (note,) = assess(parse_question("robot", *KINDS["robot"]), program, 0).notes
    assert note.values == {"step": step}


def test_an_endless_program_ends() -> None:
    spec = parse_question("robot", *KINDS["robot"])
    assert assess(spec, "9(9(9(9(L))))", 0).verdict == "wrong"


def test_a_board_names_who_cannot_be_where() -> None:
    spec = parse_question("board", *KINDS["board"])
    told = [note.message.partition(": ")[2] for note in assess(spec, "1→1)\n2→2)", 0).notes]
    assert told == ["{name} is not free then."] * 2


LANGUAGES = {
    "choice": ("id=a", "Q\n- [ ] бір\n- [x] екі", "Q\n- [ ] один\n- [x] два"),
    "choices": ("id=a", "Q\n- [x] бір\n- [ ] екі", "Q\n- [x] один\n- [ ] два"),
    "order": ("id=a", "Q\n1. бір\n2. екі\n3. үш", "Q\n1. один\n2. два\n3. три"),
    "match": ("id=a", "Q\n- а = бір\n- б = екі", "Q\n- а = один\n- б = два"),
    "sort": ("id=a", "Q\n# Ж\n- бір\n- екі\n# К\n- үш", "Q\n# Я\n- один\n- два\n# К\n- три"),
    "inbox": (
        "id=a",
        "Q\n# Ж\n- А: бір\n- Ә: екі\n# К\n- Б: үш",
        "Q\n# Я\n- А: раз\n- Б: два\n# К\n- В: три",
    ),
    "gaps": ("id=a", "Q\n[[қар]] пен [[тұман]]\nwords: жел", "Q\n[[снег]] и [[туман]]\nwords: ветер"),
    "number": ("id=a answer=5 unit=кВт·сағ", "Q", "Q"),
    "short": ("id=a", "Q\n= ешкімге", "Q\n= никому"),
    "highlight": ("id=a", "Q\n> [ ] Бір. [x] Екі.", "Q\n> [ ] Раз. [x] Два."),
    "typing": ("id=a", "Q\n> сәлем әлем", "Q\n> привет мир"),
    "robot": ("id=a", "Q\nmap:\n> . G\n. . .\nway: F F", "Ру\nmap:\n> . G\n. . .\nway: F F"),
    "board": (
        "id=a",
        "Q\n| | 5Ә |\n|---|---|\n| 1 | ? ән |\npeople:\nАсан = ән",
        "Q\n| | 5А |\n|---|---|\n| 1 | ? пение |\npeople:\nАсан = пение",
    ),
}
"""Each kind in Kazakh and in Russian."""
OWN_WORDS = {"number": "5 кВт·сағ", "short": "ешкімге", "typing": "9\nсәлем әлем"}
"""What has no number, and comes back as it was written."""


def ask_in(kind: str) -> tuple[Spec, Spec]:
    header, kazakh, russian = LANGUAGES[kind]
    return parse_question(kind, header, kazakh), parse_question(kind, header.replace("сағ", "ч"), russian)


def keep(outcome: Outcome, tries: int = 1) -> KeptAnswer:
    return KeptAnswer(outcome.response, tries, outcome.score, outcome.max_score)


@pytest.mark.parametrize("kind", LANGUAGES)
def test_an_answer_comes_back_in_another_language_with_its_standing(kind: str) -> None:
    kazakh, russian = ask_in(kind)
    kept = keep(assess(kazakh, OWN_WORDS.get(kind) or kazakh.solve(), 0))
    outcome = recall(russian, kept)
    assert outcome is not None
    assert (outcome.verdict, outcome.score) == ("right", 1)
    assert outcome.response == (OWN_WORDS.get(kind) or russian.solve())


def test_every_scored_kind_is_asked_in_two_languages() -> None:
    assert set(LANGUAGES) == set(KINDS)


def test_typed_gaps_come_back_as_they_were_typed() -> None:
    kazakh = parse_question("gaps", "id=a", "Q\n[[қар]] пен [[тұман]]\nhint: кеңес")
    russian = parse_question("gaps", "id=a", "Q\n[[снег]] и [[туман]]\nhint: подсказка")
    kept = keep(assess(kazakh, "1) қар\n2) жел", 0), 2)
    outcome = recall(russian, kept)
    assert outcome is not None
    assert (outcome.response, outcome.verdict, outcome.score) == ("1) қар\n2) жел", "partly", 0.5)
    assert outcome.marks == ()  # they would be of Russian words


def test_chosen_gaps_are_kept_by_number_and_a_word_for_two_gaps_stays_right() -> None:
    kazakh = parse_question("gaps", "id=a", "Q\n[[мен]] A [[мен]] B [[бірақ]]\nwords: не")
    russian = parse_question("gaps", "id=a", "Q\n[[и]] A [[с]] B [[но]]\nwords: или")
    kept = keep(assess(kazakh, "1) мен\n2) мен\n3) не", 0))
    assert kept.response == "1→1) мен\n2→2) мен\n3→4) не"
    outcome = recall(russian, kept)
    assert outcome is not None
    assert outcome.response == "1→1) и\n2→2) с\n3→4) или"
    assert kazakh.keys == russian.keys


@pytest.mark.parametrize(("response", "shown"), [("1) қар\n2) тұман", ""), ("1) снег\n2) жел", "1→1) снег")])
def test_chosen_words_kept_as_they_once_were_come_back(response: str, shown: str) -> None:
    kazakh, russian = ask_in("gaps")
    first = recall(kazakh, KeptAnswer("1) қар\n2) тұман", 1, 1, 1))
    assert first is not None
    assert (first.response, first.verdict) == (kazakh.solve(), "right")
    again = recall(russian, KeptAnswer(response, 1, 1, 1))
    assert again is not None
    assert (again.response, again.verdict, again.score) == (shown, "right", 1)


@pytest.mark.parametrize(
    ("kind", "response"), [("choice", "7) жоқ"), ("order", "1) a\n2) b\n3) c"), ("match", "")]
)
def test_what_fits_no_more_keeps_its_standing(kind: str, response: str) -> None:
    _, russian = ask_in(kind)
    outcome = recall(russian, KeptAnswer(response, 3, 0.5, 1))
    assert outcome is not None
    assert (outcome.response, outcome.verdict, outcome.score) == ("", "partly", 0.5)
    assert recall(russian, KeptAnswer(response, 3)) is None


def test_a_rounded_score_is_the_same_answer() -> None:
    spec = parse_question("order", *KINDS["order"])
    one, two, three, four = (line.partition(")")[0] for line in spec.solve().split("\n"))
    kept = keep(assess(spec, "\n".join(f"{step})" for step in (four, one, two, three)), 1), 2)
    assert kept.score == 0.67
    outcome = recall(spec, kept)
    assert outcome is not None
    assert outcome.marks == (False,) * 4


@pytest.mark.parametrize("count", range(3, 9))
def test_an_order_that_nobody_has_touched_is_no_answer_and_never_right(count: int) -> None:
    body = "\n".join(f"{n}. step {n}" for n in range(1, count + 1))
    for name in ("a", "b", "c", "d", "e"):
        spec = parse_question("order", f"id={name}", f"Q\n{body}")
        shown = "\n".join(f"{n})" for n in range(1, count + 1))
        with pytest.raises(ResponseError, match="Move"):
            assess(spec, shown, 0)
        assert assess(spec, spec.solve(), 0).verdict == "right"


def test_a_card_in_a_wrong_box_is_named_above_the_reason() -> None:
    spec = parse_question("sort", "id=a", "Q\n# X\n- one | because it is\n- **two** | so\n# Y\n- three")
    everything_wrong = "\n".join(
        f"{card + 1}→{2 if box == 0 else 1})" for card, box in read_places(spec.solve(), 3, 2).items()
    )
    told = assess(spec, everything_wrong, 1).feedback
    assert sorted(told) == ["**one**\nBecause it is", "**two**\nSo"]
    assert render_block(told[0]).count("<strong>") == 1


def test_which_cards_are_wrong_is_told_after_the_hint() -> None:
    spec = parse_question(
        "sort", "id=a", "Q\n# X\n- one | because\n- two\n# Y\n- three\nhint: look\nreason: so"
    )
    wrong = "\n".join(f"{card}→2)" for card in (1, 2, 3))
    assert assess(spec, wrong, 0).feedback == ("look",)
    assert assess(spec, wrong, 1).feedback == ("**one**\nBecause", "so")


def test_which_choices_are_right_is_marked_after_the_hint() -> None:
    spec = parse_question("choices", "id=a", "Q\n- [x] one\n- [x] two\n- [ ] three\nhint: look")
    assert assess(spec, "1)\n3)", 0).marks == ()
    assert assess(spec, "1)\n3)", 1).marks == (True, False, False)


@pytest.mark.parametrize("word", [">=", "#", "-", "+ 2", "1. May", "***", "~~~", "-25", "**", "2.5"])
def test_a_right_answer_that_looks_like_the_beginning_of_a_list_is_told_as_it_stands(word: str) -> None:
    spec = parse_question("gaps", "id=a", f"Q\nif t `[[{word}]]` 5 and [[b]]")
    assert render_block(spec.tell()) == f"<p>{escape(word)}</p>\n<p>b</p>\n"
