"""The register's arithmetic, its printed sheet and its spreadsheet."""

import io

import openpyxl
import pytest

from sandyq_apps.register import (
    Child,
    Club,
    Month,
    Row,
    Totals,
    count_child,
    count_date,
    count_unique,
    find_changes,
    find_corrections,
    name_kinds,
    step_month,
)
from sandyq_apps.screen import build_day, build_grid
from sandyq_apps.sheet import build_blank, build_sheet
from sandyq_apps.words import Words
from sandyq_apps.workbook import build_workbook

FIRST, SECOND = "2026-11-03", "2026-11-10"


def row(status: str, reason: str = "", minute: int = 0) -> Row:
    return Row(status, reason, "Серікова Гүлнар", f"2026-11-10T10:{minute:02}:00+00:00")


@pytest.fixture
def month() -> Month:
    children = (
        Child(1, "Әлиев Дархан", "5А"),
        Child(2, "=HYPERLINK(1)", "5Ә"),
        Child(3, "Юсупов Тимур", "6Б"),
    )
    month = Month(Club(7, "Робо/техника", "Ғылым", "Серікова Гүлнар"), "2026-11", children, ())
    for date, child, *rows in (
        (FIRST, 1, row("present")),
        (FIRST, 2, row("absent")),
        (SECOND, 1, row("absent"), row("present", minute=5)),
        (SECOND, 2, row("excused"), row("excused", "ауырып қалды", 7)),
    ):
        for each in rows:
            month.add(date, child, each)
    return month


@pytest.mark.parametrize(
    ("totals", "percent"),
    [(Totals(), None), (Totals(1, 1, 0), 50), (Totals(2, 1, 0), 67), (Totals(1, 7, 0), 13), (Totals(9), 100)],
)
def test_percent_is_present_of_marked_rounded_half_up(totals: Totals, percent: int | None) -> None:
    assert totals.percent == percent


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([], []),
        ([row("present")], ["first_mark"]),
        ([row("present"), row("absent")], ["first_mark", "corrected"]),
        ([row("excused"), row("excused", "болезнь")], ["first_mark", "reason_added"]),
        ([row("excused", "болезнь"), row("excused", "семья")], ["first_mark", "corrected"]),
    ],
)
def test_a_reason_added_completes_and_any_other_change_corrects(rows: list[Row], kinds: list[str]) -> None:
    assert name_kinds(rows) == kinds
    assert len(find_changes(rows)) == kinds.count("corrected")


def test_totals_follow_the_newest_rows(month: Month) -> None:
    assert month.dates == (FIRST, SECOND)
    assert count_child(month, 1) == Totals(present=2)
    assert count_date(month, SECOND) == Totals(present=1, excused=1)
    assert count_unique(month) == 1


def test_corrections_are_numbered_and_name_both_rows(month: Month) -> None:
    (correction,) = find_corrections(month)
    assert (correction.number, correction.date, correction.child.id) == (1, SECOND, 1)
    assert (correction.before.status, correction.after.status) == ("absent", "present")


@pytest.mark.parametrize(
    ("month", "step", "expected"),
    [
        ("2026-11", 1, "2026-12"),
        ("2026-12", 1, "2027-01"),
        ("2027-01", -1, "2026-12"),
        ("2027-01", 1, "2027-02"),
    ],
)
def test_months_step_over_the_new_year(month: str, step: int, expected: str) -> None:
    assert step_month(month, step) == expected


def test_a_day_shows_a_correction_with_who_and_when_in_school_time(month: Month) -> None:
    shown = build_day(Words("kk"), month, SECOND)["rows"][0]
    assert (shown["status"], shown["corrected"]) == ("present", True)
    assert shown["history"][1] == "10.11.2026 15:05 · Келді · Серікова Гүлнар"


def test_a_child_stands_only_in_the_days_in_which_it_is_in_the_club(month: Month) -> None:
    month.children = (*month.children, Child(4, "Кеш Келген", "7А", (("2026-11-05", "2026-11-20"),)))
    assert [row["id"] for row in build_day(Words("kk"), month, FIRST)["rows"]] == [1, 2, 3]
    assert [row["id"] for row in build_day(Words("kk"), month, SECOND)["rows"]] == [1, 2, 3, 4]
    grid = build_grid(Words("kk"), month, ["2026-11-20"])
    assert [day["date"] for day in grid["days"]] == [FIRST, SECOND, "2026-11-20"]
    assert [cell["off"] for cell in grid["lines"][3]["cells"]] == [True, False, True]


def test_a_row_that_comes_twice_stands_once_and_late_ones_in_their_place() -> None:
    month = Month(Club(7, "Домбыра"), "2026-11", (Child(1, "Ян", "5А"),), ())
    first, second = (
        Row(status, "", "Гүлнар С.", "", number) for number, status in ((3, "absent"), (5, "present"))
    )
    for each in (second, first, second, first):
        month.add(FIRST, 1, each)
    assert month.rows[FIRST, 1] == (first, second)
    assert month.last_number == 5


def test_an_empty_form_has_every_child_and_the_signs_to_write(month: Month) -> None:
    month.children = (Child(1, "<b>Әлиев</b>", "5А"), *month.children[1:])
    form = build_blank(Words("ru"), month)
    assert form.count("<tr>") == 4
    assert "&lt;b&gt;Әлиев" in form
    assert all(sign in form for sign in ("<b>+</b>", "<b>н</b>", "<b>п</b>"))


def test_the_sheet_escapes_names_and_footnotes_corrections(month: Month) -> None:
    month.children = (Child(1, "<b>Әлиев</b>", "5А"), *month.children[1:])
    sheet = build_sheet(Words("ru"), month, "2026-11-24")
    assert "<b>Әлиев" not in sheet
    assert "&lt;b&gt;Әлиев" in sheet
    assert "<sup>1</sup>" in sheet
    assert "ноябрь 2026 г." in sheet
    assert "1 из 3" in sheet


def test_an_empty_month_says_so_instead_of_an_empty_table(month: Month) -> None:
    sheet = build_sheet(Words("kk"), Month(month.club, "2026-10", month.children, ()), "2026-11-24")
    assert "<table" not in sheet
    assert "Бұл айда сабақ өткен жоқ." in sheet


def test_the_workbook_keeps_every_row_and_runs_no_formula(month: Month) -> None:
    book = openpyxl.load_workbook(io.BytesIO(build_workbook(Words("ru"), month).content))
    assert book.sheetnames == ["Журнал посещаемости", "кто и когда"]
    register, history = book.worksheets
    assert [cell.value for cell in register[5]][:5] == [1, "Әлиев Дархан", "5А", "+", "+"]
    assert register["B6"].value == "=HYPERLINK(1)"
    assert register["B6"].data_type == "s"
    assert register["B6"].quotePrefix
    assert history.max_row == 1 + 6
    assert all(cell.is_date for cell in (history["A2"], history["G2"])), "spreadsheets can sort by them"
    kinds = [history.cell(line, 8).value for line in range(2, 8)]
    assert kinds.count("исправлено") == 1
    assert kinds.count("добавлена причина") == 1


@pytest.mark.parametrize(
    ("club", "name"), [("Домбыра", "Домбыра-2026-11.xlsx"), ("Робо/техника", "Робо техника-2026-11.xlsx")]
)
def test_the_file_is_named_after_the_club_and_the_month(month: Month, club: str, name: str) -> None:
    month.club = Club(1, club)
    assert build_workbook(Words("ru"), month).name == name
