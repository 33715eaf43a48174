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
            longest = max(
                (len(str(row[column - 1])) for row, _ in rows[top - 1 :] if len(row) >= column), default=8
            )
            sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 6), 60)
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


def _write(sheet: Worksheet, number: int, values: Sequence[Value], bold: bool) -> None:
    """Text stays text: a name that begins with = + - @ must not run as a formula."""
    from datetime import date, datetime

    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

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
            cell.font = Font(bold=True)
