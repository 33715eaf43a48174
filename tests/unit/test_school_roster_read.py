"""Reading lists: encodings, delimiters, headers, sheets, archives, and whatever else comes."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from sandyq.school.roster.classes import parse_class
from sandyq.school.roster.columns import SYNONYMS, find_header, name_column
from sandyq.school.roster.entries import read_entries
from sandyq.school.roster.load import load_roster
from sandyq.school.roster.problems import RosterError
from sandyq.school.roster.read import read_sheets

LIST = "Аты-жөні{0}Сынып\r\nӘбен Қуаныш Өмірұлы{0}7 «Ә»\r\nҮсен Ұлту{0}2–4\r\n"


def read(content: bytes):
    return read_entries(read_sheets(content))


def people(entries):
    return [(entry.full_name, entry.class_names) for entry in entries.people]


def codes(text: str):
    return [(problem.row, problem.code) for problem in read(text.encode()).problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "kz1048"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_usual_encoding_and_delimiter_is_understood(encoding, delimiter):
    text = LIST.format(delimiter).replace("–", "-")
    found = read(text.encode(encoding))
    assert people(found) == [("Әбен Қуаныш Өмірұлы", "7Ә"), ("Үсен Ұлту", "2–4")]
    assert [problem.code for problem in found.problems] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("7A", "7А"),
        ("7 «а» сынып", "7А"),
        ("07-А класс", "7А"),
        ("7ә", "7Ә"),
        ("11 «Б» сыныбы", "11Б"),
        ("7", "7"),
        ("2-4", "2–4"),
        ("1 – 3 класс", "1–3"),
        ("12А", None),
        ("0Б", None),
        ("4-2", None),
        ("7АБ", None),
        ("Айдос", None),
        ("", None),
    ],
)
def test_a_class_is_the_same_however_it_is_written(text, name):
    found = parse_class(text)
    assert (found.name if found else None) == name


@given(st.text(max_size=20))
def test_a_class_once_understood_is_understood_again(text):
    found = parse_class(text)
    assert found is None or parse_class(found.name) == found


@pytest.mark.parametrize("label", ["Ф.И.О.", "ФИО ученика", "Аты-жөні", " аты  жөні ", "Оқушының аты-жөні"])
def test_a_full_name_has_many_headings(label):
    assert name_column(label) == "Full name"


def test_headings_with_latin_look_alikes_are_known():
    assert name_column("Kлacc") == "Class"
    assert name_column("Cынып") == "Class"


def test_no_heading_means_two_things():
    names = [name for synonyms in SYNONYMS.values() for name in synonyms.split("|")]
    assert len(names) == len(set(names))


def test_three_name_columns_under_one_merged_heading_beat_it():
    rows = [
        ["Оқушы", "Оқушы", "Оқушы", "Сынып"],
        ["Тегі", "Аты", "Әкесінің аты", "Сынып"],
        ["А", "Б", "В", "7А"],
    ]
    header = find_header(rows)
    assert header.first_row == 2
    assert header.columns == {"Family name": 0, "Given name": 1, "Patronymic": 2, "Class": 3}


def test_a_role_that_is_also_a_heading_is_not_taken_for_one():
    found = read("Аты-жөні;Сынып;Рөлі\nСерік Айдос;7А;оқушы\nБолат Дана;7А;оқушы".encode())
    assert len(found.people) == 2


def test_class_titles_over_their_pupils_count_when_there_is_no_column():
    found = read("№;ФИО\n;5 «Б» класс\n1;Ким Вика\n2;Тен Максим\n;7А\n1;Шмидт Роман\n".encode())
    assert people(found) == [("Ким Вика", "5Б"), ("Тен Максим", "5Б"), ("Шмидт Роман", "7А")]


def test_grade_and_letter_in_two_columns_make_a_class():
    assert people(read("ФИО;Класс;Литера\nКим Вика;5;б\nТен Максим;7А;А\n".encode())) == [
        ("Ким Вика", "5Б"),
        ("Тен Максим", "7А"),
    ]


def test_teachers_may_have_several_classes_and_pupils_may_not():
    found = read("ФИО;Класс;Роль\nКим Вика;5Б, 7А;классный руководитель\nТен Максим;5Б, 7А;ученик\n".encode())
    assert [(e.class_names, e.roles, e.class_teacher) for e in found.people] == [
        ("5Б, 7А", {"teacher"}, True)
    ]
    assert [(p.row, p.code) for p in found.problems] == [(3, "several classes")]


def test_each_fault_of_a_row_is_named_not_only_the_first():
    assert codes("ФИО;Класс;Логин\nКим;12А;Ё") == [(2, "one word"), (2, "bad class"), (2, "bad login")]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("Ким Вика;5Б;директор, мұғалім", None),
        ("Ким Вика;;", "no role"),
        ("Ким Вика;5Б;ученик, учитель", "two kinds"),
        ("@СУММ Вика;5Б;", "formula"),
        ("Ки\ufffdм Вика;5Б;", "lost letters"),
        ("Кім\u200b Вика;5Б;", None),
        ('"Ким\nВика";5Б;', None),
    ],
)
def test_a_cell_is_accepted_or_refused_for_a_reason(cells, code):
    assert codes(f"ФИО;Класс;Роль\n{cells}") == ([(2, code)] if code else [])


def test_a_quotation_mark_left_open_does_not_swallow_the_rest_unseen():
    rest = "\n".join(f"Ким Вика{'а' * n};5Б" for n in range(20))
    assert (2, "too long") in codes(f'ФИО;Класс\n"Тен Максим;7А\n{rest}')


def test_an_unknown_language_is_a_warning():
    found = read(
        "ФИО;Класс;Язык обучения\nКим Вика;5Б;эльфийский\nТен Максим;5Б;Русс.\nЛи Ян;5Б;рус.\n".encode()
    )
    assert [entry.language for entry in found.people] == ["", "", "ru"]
    assert {problem.grave for problem in found.problems} == {False}


def test_a_sheet_for_each_class_is_read_and_its_name_stands_before_the_row():
    book = Workbook()
    book.active.title = "Титул"
    for title, name in (("5Б", "Ким Вика"), ("7А", "Тен 8")):
        sheet = book.create_sheet(title)
        sheet.append(["ФИО"])
        sheet.append([name])
    content = io.BytesIO()
    book.save(content)
    found = read(content.getvalue())
    assert people(found) == [("Ким Вика", "5Б")]
    assert found.problems[0].describe("ru").startswith("7А, Строка 2, ФИО «Тен 8»")


def test_a_class_merged_down_its_pupils_is_theirs_and_formulas_are_named():
    book = Workbook()
    sheet = book.active
    for row in (["ФИО", "Класс"], ["Ким Вика", "5Б"], ["Тен Максим"], ["=A2", None]):
        sheet.append(row)
    sheet.merge_cells("B2:B4")
    content = io.BytesIO()
    book.save(content)
    found = read(content.getvalue())
    assert people(found) == [("Ким Вика", "5Б"), ("Тен Максим", "5Б")]
    assert [(p.row, p.code) for p in found.problems] == [(4, "formula")]


def zipped(**members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), text)
    return content.getvalue()


USERS = "sourcedId,status,role,username,familyName,givenName,middleName\n"
TABLES = {
    "users_csv": USERS
    + "u1,active,student,,Ким,Вика,\nu2,tobedeleted,student,,Тен,Максим,\nu3,active,guardian,,Ли,Ян,\n",
    "classes_csv": "sourcedId,title\nc1,5Б\nc2,Математика\n",
    "enrollments_csv": "classSourcedId,userSourcedId\nc1,u1\nc2,u1\nc9,u1\nc1,u9\n",
}


def test_a_oneroster_export_names_what_it_leaves_out(tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(**TABLES))
    found = load_roster(path)
    assert people(found) == [("Ким Вика", "5Б")]
    assert [(p.sheet, p.row, p.code) for p in found.problems] == [
        ("enrollments.csv", 4, "unknown class"),
        ("enrollments.csv", 5, "unknown user"),
        ("users.csv", 3, "to be deleted"),
        ("users.csv", 4, "no part"),
    ]


BAD_FILES = {
    "empty": b"  \n",
    "an image": b"\x89PNG\r\n\x1a\n\x98\x00\x00",
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
    "no header": "Айдос;12\nДана;13\n".encode(),
    "a zip of something": zipped(**{"photo.jpg": "x"}),
    "a bomb": zipped(**{"users_csv": "0" * (101 * 2**20)}),
    "a way out": zipped(**{"..__users_csv": USERS}),
    "two of a table": zipped(**{"a__users_csv": USERS, "b__users_csv": USERS}),
    "no enrolments": zipped(users_csv=USERS, classes_csv="sourcedId,title\n"),
    "no names": zipped(**(TABLES | {"users_csv": "sourcedId,role\n1,student\n"})),
    "a broken zip": zipped(**TABLES)[:-30] + b"PK\x05\x06" + b"\x01" * 18,
    "entities": zipped(**{"[Content_Types].xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}),
    "not a workbook": zipped(**{"[Content_Types].xml": "<x/>"}),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_roster_gets_one_sentence_in_the_operators_language(tmp_path, name):
    path = tmp_path / "roster.csv"
    path.write_bytes(BAD_FILES[name])
    with pytest.raises(RosterError) as refused:
        load_roster(path)
    assert str(refused.value).endswith((".", "?"))
    assert refused.value.in_language("kk") != str(refused.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RosterError, match=r"nothing\.csv"):
        load_roster(tmp_path / "nothing.csv")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_sentence(content):
    try:
        read(content)
    except RosterError as error:
        assert str(error)


cell = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)


@given(st.lists(st.tuples(cell, cell, cell), max_size=8))
def test_any_cells_give_people_that_fit_the_database_or_problems_with_their_row(rows):
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([("ФИО", "Класс", "Логин"), *rows])
    found = read(text.getvalue().encode())
    for entry in found.people:
        assert all(0 < len(part) <= 100 for part in entry.name[:2])
        assert len(entry.name.patronymic) <= 100
        assert len(entry.classes) == 1
    for problem in found.problems:
        assert 2 <= problem.row <= len(rows) + 1
        assert all(each.isprintable() for each in problem.describe("kk"))
