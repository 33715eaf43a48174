"""A list of steps from a spreadsheet: read as schools send it, refused with the row and the fix, and given back."""

import io
from datetime import date

import openpyxl
import pytest

from sandyq.i18n import LANGUAGES, load_translations
from sandyq.school.errors import SchoolError
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.papers import Workbook
from sandyq_apps.kit.speech import Speech
from sandyq_apps.launch_data import read_template
from sandyq_apps.launch_facts import NAMES, NUMBERS, PAPERS
from sandyq_apps.launch_import import COLUMNS, MESSAGES, SYNONYMS, Problem, list_lines, read_steps
from sandyq_apps.launch_steps import KNOWN, tell_problem, tell_source

TODAY = date(2026, 11, 24)
OFFICE = """\
План мероприятий;;;;;
;;;;;
№ п/п; Наименование  мероприятия ;Срок, дней;Ответственные;Предшественники;Документы
1.;Опрос детей;5;Руководитель центра;;
2;Приказ об открытии;1 день;директор;1;Приказ директора
;;;;;
3;День открытия;1;Ержанов Тимур;Приказ об открытии;
"""


def read(text, encoding="utf-8"):
    return read_steps(text.encode(encoding), TODAY)


def tell(listing, language="en"):
    return [tell_problem(Speech(language), problem) for problem in listing.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_a_list_of_an_office_is_read_in_every_encoding(encoding):
    listing = read(OFFICE, encoding)
    assert listing.usable and listing.problems == []
    assert [
        (s["key"], s["names"], s["days"], s["responsible"], s["after"], s["documents"]) for s in listing.steps
    ] == [
        ("1", {"ru": "Опрос детей"}, 5, "leader", [], []),
        ("2", {"ru": "Приказ об открытии"}, 1, "director", ["1"], ["order"]),
        ("3", {"ru": "День открытия"}, 1, "Ержанов Тимур", ["2"], []),
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Р/с;Іс-шара атауы;Орындау мерзімі;Жауапты орындаушылар",
        "№ п/п;Наименование мероприятий;Сроки исполнения;Ответственные исполнители",
    ],
)
def test_the_head_of_an_official_plan_is_known(head):
    listing = read(f"{head}\n1;Опрос;5 күн;Ә. Ғабитқызы\n2;Открытие;сентябрь;Директор\n")
    assert [step["responsible"] for step in listing.steps] == ["Ә. Ғабитқызы", "director"]
    assert tell(listing) == [
        "Row 3: 'сентябрь' is no number of working days. Write a whole number from 1 to 250."
    ]


def test_days_are_told_as_people_write_them_and_weeks_are_no_days():
    days = ("5", "5.0", "5 дн.", "5 раб. дней", "5 р.д.", "5 жұмыс күні", "5 кун", "5 working days")
    weeks = ("2 недели", "1 месяц", "3 апта", "1 ай", "5 часов", "2 weeks", "5 календарных дней")
    listing = read("Шаг;Срок\n" + "".join(f"Шаг {each};{each}\n" for each in days + weeks))
    assert [step["days"] for step in listing.steps[: len(days)]] == [5] * len(days)
    wrong = [(problem.code, problem.values["value"]) for problem in listing.problems]
    assert wrong == [("no days", each) for each in weeks]


def test_a_row_that_adds_up_is_told_and_is_no_step():
    for row in ("Итого;;8;", ";ВСЕГО рабочих дней:;8;", ";Барлығы;8;", ";Жиыны;;", "Total;Total;8;"):
        listing = read(f"№;Шаг;Дней;После шагов\n1;А;3;\n2;Всего проверить;5;1\n{row}\n")
        assert listing.usable and [step["key"] for step in listing.steps] == ["1", "2"]
        (told,) = tell(listing)
        assert told.startswith("Row 4: '") and told.endswith("it is left out.")


def test_kazakh_letters_of_the_windows_code_page():
    text = "Қадам;Жұмыс күні\nҮйірме ашу;3\nҒылым күні;2\n"
    assert [step["names"]["kk"] for step in read(text, "kz1048").steps] == ["Үйірме ашу", "Ғылым күні"]


def test_a_workbook_with_merged_heads_sections_and_dates():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Іске қосу", None, None, None, None],
        ["№", "Қадам", None, "Ұзақтығы", "Орындалды"],
        [None, "қазақша", "орысша", None, None],
        ["I. Дайындық", None, None, None, None],
        ["№", "Қадам", None, "Ұзақтығы", "Орындалды"],
        [1, " Сұранысты   зерттеу ", "Изучить спрос", 5.0, date(2026, 11, 20)],
        [2, "Шешім", None, 1, "23.11.2026"],
    ):
        sheet.append(row)
    for area in ("A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3", "A4:E4"):
        sheet.merge_cells(area)
    content = io.BytesIO()
    book.save(content)
    listing = read_steps(content.getvalue(), TODAY)
    assert tell(listing) == []
    assert [(s["names"], s["days"], s["done_on"]) for s in listing.steps] == [
        ({"kk": "Сұранысты зерттеу", "ru": "Изучить спрос"}, 5, "2026-11-20"),
        ({"kk": "Шешім"}, 1, "2026-11-23"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2;Б;;1", "Row 3: '' is no number of working days. Write a whole number from 1 to 250."),
        ("2;Б;много;1", "Row 3: 'много' is no number of working days."),
        ("2;Б;999;1", "Row 3: '999' is no number of working days."),
        ("2;;3;1", "Row 3: There is no name."),
        ("1;Б;3;", "Row 3: Number '1' stands in row 2 too."),
        ("2;Б;3;7", "Row 3: There is no step '7' to wait for."),
        ("2;Б;3;2", "Row 3: These steps wait for each other: 2 → 2."),
        (f"2;{'б' * 201};3;", "Row 3: "),
    ],
)
def test_an_error_names_its_row_and_the_fix(line, told):
    listing = read(f"№;Шаг;Дней;После шагов\n1;А;2;\n{line}\n")
    assert not listing.usable
    assert len(listing.problems) == 1
    assert tell(listing)[0].startswith(told)


def test_a_wrong_day_names_its_row():
    head = "Шаг;Дней;Начат;Сделан\n"
    assert tell(read(f"{head}А;2;вчера;\n")) == ["Row 2: 'вчера' is no date. Write it as 24.11.2026."]
    assert tell(read(f"{head}А;2;;25.11.2026\n"))[0].startswith("Row 2: '25.11.2026' lies in the future.")
    assert tell(read(f"{head}А;2;20.11.2026;19.11.2026\n"))[0].startswith("Row 2: It is done before")


def test_a_circle_of_three_is_told_whole():
    listing = read("№;Шаг;Дней;После шагов\n1;А;2;3\n2;Б;2;1\n3;В;2;2\n")
    (told,) = tell(listing)
    circle = told.split(": ")[2].split(".")[0].split(" → ")
    assert circle[0] == circle[-1] and set(circle) == {"1", "2", "3"}


def test_an_unknown_draft_is_left_out_and_told():
    listing = read("Шаг;Дней;Документы\nА;2;Приказ директора, Акт\n")
    assert listing.usable
    assert listing.steps[0]["documents"] == ["order"]
    assert tell(listing) == ["Row 2: There is no draft called 'Акт'; it is left out."]


def test_what_is_no_list_is_refused():
    assert read("Аты;Сыныбы\nАйдос;7А\n").problems == [Problem("no header")]
    assert read("Шаг;Дней\n").problems == [Problem("no steps")]
    assert read("Шаг;Дней\n" + "А;1\n" * 301).problems == [Problem("too many", 0, {"most": 300})]
    with pytest.raises(SchoolError):
        read_steps(b"\xd0\xcf\x11\xe0old excel", TODAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_exported_is_imported_again(language):
    rows = [
        Row({"begun_on": None, "done_on": None, "note": "=1+1", **step}) for step in read_template().steps
    ]
    rows[3] |= {"begun_on": "2026-11-20", "done_on": "2026-11-24"}
    head, lines = list_lines(rows, language)
    book = Workbook()
    book.add_sheet("Steps", [], head, lines)
    listing = read_steps(book.save("x").content, TODAY)
    assert tell(listing) == []
    numbers = {row.key: str(number) for number, row in enumerate(rows, 1)}
    for row, step in zip(rows, listing.steps, strict=True):
        expected = dict(row) | {"key": numbers[row.key], "after": [numbers[key] for key in row.after]}
        assert step == expected


def test_the_form_is_read_in_every_language_and_no_label_means_two_things():
    labels = [label for words in SYNONYMS.values() for label in words.split("|")]
    assert len(labels) == len(set(labels))
    assert set(SYNONYMS) == set(COLUMNS)
    assert all(set(names) == set(LANGUAGES) for names in COLUMNS.values())


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_words_that_stand_in_dictionaries_are_translated(language):
    say = load_translations(language).gettext
    texts = [text for each in (MESSAGES, NAMES, NUMBERS, PAPERS, KNOWN) for text in each.values()]
    texts += ["Launch plan", "Steps", "Facts", "Documents of the launch", "Done: {name}", "Begun: {name}"]
    assert [text for text in texts if say(text) == text] == []


def test_a_source_says_whether_it_is_published():
    say = Speech("en")
    assert tell_source(say, "[S] order 385") == "Published source: order 385"
    assert tell_source(say, "[K]") == "General knowledge: check it at your school."
    assert tell_source(say, "район") == "Source: район"
