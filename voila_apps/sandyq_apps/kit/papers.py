"""What leaves the app: sheets to print, spreadsheets, Word files. Texts of people are escaped, and never formulas."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandyq_apps.kit.app import File

if TYPE_CHECKING:
    from jinja2 import Environment
    from openpyxl.worksheet.worksheet import Worksheet

TEMPLATES = Path(__file__).parent.parent / "templates"
Value = str | int | float | Any | None
WIDEST, NARROWEST, PLAIN = 60, 80, 8
"""Digits' widths: a column's at most, a sentence's above or below a table at least, a column's that has none."""
LINE, BOLD = 15, 1.2
"""Points of a line; how much wider than digits bold letters are."""


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> str:
    """Return a template of ``sandyq_apps/templates`` filled in, everything escaped."""
    return _environment().get_template(template).render(**values)


def name_file(name: str, ending: str) -> str:
    """Return a file name without the characters that file systems refuse."""
    clean = re.sub(r'[\x00-\x1f\\/:*?"<>|]+', " ", name).strip(" .")
    return f"{clean[:100] or 'sandyq'}.{ending}"


class Workbook:
    """A spreadsheet: sheets with a title, a head and lines, ready to print."""

    def __init__(self) -> None:
        from openpyxl import Workbook as Book

        self._book = Book()
        self._book.remove(self._book.worksheets[0])

    def add_sheet(  # noqa: PLR0913 # what a sheet has
        self,
        name: str,
        titles: Sequence[str],
        head: Sequence[str],
        lines: Sequence[Sequence[Value]],
        *,
        sums: Sequence[Value] = (),
        foot: Sequence[str] = (),
        fixed: int = 0,
    ) -> None:
        """``sums``: a last line; ``foot``: sentences below; ``fixed``: how many columns stay when one scrolls."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.properties import PageSetupProperties

        sheet = self._book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", name)[:31])
        rows: list[tuple[Sequence[Value], bool]] = [([title], True) for title in titles]
        rows += [(list(head), True), *((line, False) for line in lines), *([(sums, True)] if sums else [])]
        for number, (values, bold) in enumerate([*rows, *(([text], False) for text in foot)], start=1):
            _write(sheet, number, values, bold)
        top = len(titles) + 1
        for column in range(1, len(head) + 1):
            told = [(row[column - 1], bold) for row, bold in rows[top - 1 :] if len(row) >= column]
            longest = max((len(str(value)) * (BOLD if bold else 1) for value, bold in told), default=8)
            sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 6), WIDEST)
            if any(isinstance(value, int | float) for value, bold in told if not bold):
                _align(sheet, column, top, len(rows))
        for number in range(top + 1, len(rows) + 1):
            _wrap([sheet.cell(number, column) for column in range(1, len(head) + 1)])
        for number in (*range(1, top), *range(len(rows) + 1, len(rows) + len(foot) + 1)):
            _spread(sheet, number, len(head))
        sheet.freeze_panes = f"{get_column_letter(fixed + 1)}{top + 1}"
        sheet.print_title_rows = f"{top}:{top}"
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = 9  # A4
        sheet.page_setup.fitToHeight = 0

    def save(self, name: str) -> File:
        content = io.BytesIO()
        self._book.save(content)
        return File(name_file(name, "xlsx"), content.getvalue())


def _align(sheet: Worksheet, column: int, first: int, last: int) -> None:
    """Put a column's words, as its head or a sign for a hidden number, where its numbers stand."""
    from openpyxl.styles import Alignment

    for number in range(first, last + 1):
        sheet.cell(number, column).alignment = Alignment(horizontal="right")


def _wrap(cells: Sequence[Any]) -> None:
    """Let a line be as high as the texts in it that are longer than their column is wide."""
    from openpyxl.styles import Alignment

    lines = max((_count_lines(str(cell.value or ""), WIDEST) for cell in cells), default=1)
    if lines > 1:
        for cell in cells:
            cell.alignment = Alignment(horizontal=cell.alignment.horizontal, wrap_text=True, vertical="top")
        cells[0].parent.row_dimensions[cells[0].row].height = LINE * lines


def _spread(sheet: Worksheet, number: int, columns: int) -> None:
    """Let a sentence that is wider than its table go on below itself: pages are as wide as what stands on them."""
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    width = sum(sheet.column_dimensions[get_column_letter(column)].width for column in range(1, columns + 1))
    while width < NARROWEST:
        columns, width = columns + 1, width + PLAIN
    lines = _count_lines(str(sheet.cell(number, 1).value or ""), width)
    if lines > 1:
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=columns)
        sheet.cell(number, 1).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[number].height = LINE * lines


def _count_lines(text: str, width: float) -> int:
    """How many lines a text may take: they break between words, and not all letters are as wide as digits."""
    return sum(
        int(len(part) * BOLD // width) + 1 if len(part) > width - 2 else 1 for part in text.split("\n")
    )


def _write(sheet: Worksheet, number: int, values: Sequence[Value], bold: bool) -> None:
    """Text stays text: a name that begins with = + - @ must not run as a formula."""
    from datetime import date, datetime

    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import DEFAULT_FONT, Font

    for column, value in enumerate(values, start=1):
        cell = sheet.cell(number, column)
        if isinstance(value, str):
            cell.value = re.sub("[\ufffe\uffff]", " ", ILLEGAL_CHARACTERS_RE.sub(" ", value))
            cell.data_type = "s"
            cell.quotePrefix = value[:1] in tuple("=+-@")
        else:
            cell.value = value
            if isinstance(value, date):
                cell.number_format = "dd.mm.yyyy hh:mm" if isinstance(value, datetime) else "dd.mm.yyyy"
        if bold:
            cell.font = Font(name=DEFAULT_FONT.name, size=DEFAULT_FONT.size, bold=True)
