"""The month as an XLSX file: the register as people print it, and every row ever written beside it."""

from __future__ import annotations

import io
import re
from datetime import date as day
from datetime import datetime
from typing import TYPE_CHECKING

from sandyq_apps.attendance_trail import list_trail
from sandyq_apps.register import (
    Month,
    Totals,
    count_child,
    count_date,
    count_month,
    count_unique,
)
from sandyq_apps.words import Words, local_time

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | day | None


def name_workbook(month: Month) -> str:
    """Return ``<club>-2026-11.xlsx`` without the characters that file systems refuse."""
    club = re.sub(r'[\x00-\x1f\\/:*?"<>|]+', " ", month.club.name).strip(" .")
    return f"{club or 'club'}-{month.month}.xlsx"


def build_workbook(words: Words, month: Month) -> bytes:
    """Return an XLSX file with the sheets ``register`` and ``history``."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    _fill_register(book, words, month)
    _fill_history(book, words, month)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill_register(book: Workbook, words: Words, month: Month) -> None:
    labels, symbols = words.labels(), words.symbols()
    sheet = book.create_sheet(labels["title"][:31])
    _write(sheet, [f"{labels['title']}: {words.month(month.month)}"], bold=True)
    _write(sheet, [f"{labels['club']}: {month.club.name}"])
    _write(sheet, [f"{labels['leader']}: {month.club.leader}"])
    days = [words.short_date(date) for date in month.dates]
    totals = [labels[name] for name in ("total_present", "total_absent", "total_excused", "percent")]
    _write(sheet, [labels["number"], labels["child"], labels["class"], *days, *totals], bold=True)
    for number, child in enumerate(month.children, start=1):
        newest = (month.newest(date, child.id) for date in month.dates)
        signs = [symbols[row.status] if row else None for row in newest]
        _write(
            sheet, [number, child.name, child.class_name, *signs, *_list_totals(count_child(month, child.id))]
        )
    came = [count_date(month, date).present for date in month.dates]
    _write(sheet, [None, labels["came"], None, *came, *_list_totals(count_month(month))], bold=True)
    _write(sheet, [labels["unique"].format(count=count_unique(month), all=len(month.children))])
    _lay_out(sheet, [6, 32, 8, *[7] * len(days), 9, 9, 12, 6], freeze="D5")


def _fill_history(book: Workbook, words: Words, month: Month) -> None:
    labels = words.labels()
    sheet = book.create_sheet(labels["history"][:31])
    columns = ("date", "child", "class", "status", "reason", "by", "at", "kind")
    _write(sheet, [labels[name] for name in columns], bold=True)
    for entry in list_trail(month):
        row = entry.row
        _write(
            sheet,
            [
                day.fromisoformat(entry.date), entry.child.name, entry.child.class_name, labels[row.status],
                row.reason, row.by, local_time(row.at), labels[entry.kind],
            ],
        )  # fmt: skip
    _lay_out(sheet, [12, 32, 8, 22, 24, 28, 18, 16], freeze="A2")


def _list_totals(totals: Totals) -> list[Value]:
    return [totals.present, totals.absent, totals.excused, totals.percent]


def _write(sheet: Worksheet, values: list[Value], bold: bool = False) -> None:
    """Append a line. Text stays text: a name that begins with = + - @ must not run as a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    line = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, value in enumerate(values, start=1):
        cell = sheet.cell(line, column)
        if isinstance(value, str):
            cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", value)
            cell.data_type = "s"
            cell.quotePrefix = value[:1] in tuple("=+-@")
        else:
            cell.value = value
            if isinstance(value, day):
                cell.number_format = "dd.mm.yyyy hh:mm" if isinstance(value, datetime) else "dd.mm.yyyy"
        if bold:
            cell.font = Font(bold=True)


def _lay_out(sheet: Worksheet, widths: list[int], freeze: str) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = freeze
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = "4:4" if freeze == "D5" else "1:1"
