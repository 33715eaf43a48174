"""Reading a roster: CSV in any of the usual encodings, XLSX, or a OneRoster zip, as rows of text."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sandyq.school.roster.columns import find_header
from sandyq.school.roster.problems import RosterError

LARGEST_FILE: Final = 20 * 2**20
LARGEST_UNPACKED: Final = 100 * 2**20
MOST_MEMBERS: Final = 500
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in the file: every row, the empty ones too, so that row 14 is row 14."""

    title: str
    """Empty in a CSV."""
    rows: list[list[str]]


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; RosterError when it cannot be read, is empty or too large."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RosterError("{file} is larger than 20 MB. Is it the right file?", file=path.name)
        content = path.read_bytes()
    except OSError as error:
        raise RosterError(
            "{file} cannot be read: {why}. Check its name.", file=path, why=error.strerror
        ) from error
    if not content.strip():
        raise RosterError("{file} is empty. Export it again.", file=path.name)
    return content


def open_zip(content: bytes) -> zipfile.ZipFile | None:
    """Return a zip (an XLSX is one), or None for other content; RosterError when it would unpack too large."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # for what is damaged the module raises more than it says
        raise _damaged() from error
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > LARGEST_UNPACKED:
        raise RosterError("The archive unpacks to more than 100 MB or 500 files. It is not a roster.")
    if any(each.flag_bits & 1 for each in members):
        raise RosterError("The archive has a password. Save it without one.")
    return archive


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member's bytes, never more than it declared."""
    info = archive.getinfo(name)
    try:
        with archive.open(info) as member:
            return member.read(info.file_size + 1)[: info.file_size]
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise _damaged() from error
    except Exception as error:  # zlib.error and its like have no common ancestor
        raise _damaged() from error


def _damaged() -> RosterError:
    return RosterError("The file is damaged. Save it again and copy it anew.")


def count_columns(rows: list[list[str]]) -> int:
    """Return how many columns of a roster a table has."""
    header = find_header(rows)
    return len(header.columns) if header else 0


def read_sheets(content: bytes, sense: Callable[[list[list[str]]], int] = count_columns) -> list[Sheet]:
    """Return the tables of a CSV or an XLSX; RosterError for anything else.

    ``sense``: how much sense rows make as the table that is looked for; it decides between a CSV's delimiters.
    """
    if content.startswith(OLD_EXCEL):
        raise RosterError(
            "This is an old Excel file (XLS) or one with a password. Save it as XLSX without one."
        )
    archive = open_zip(content)
    sheets = read_xlsx(content, archive) if archive else [Sheet("", read_csv(content, sense))]
    if any(len(sheet.rows) > MOST_ROWS for sheet in sheets):
        raise RosterError("There are more than 20,000 rows. Is it the right file?")
    return sheets


def decode(content: bytes) -> str:
    """Return text from UTF-8, UTF-16 with a mark, or the Windows code page.

    KZ-1048 is Windows-1251 with the Kazakh letters in places where 1251 has Serbian ones.
    """
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "kz1048"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RosterError("This is neither a table nor text. Save the list as CSV UTF-8 or XLSX.")


def read_csv(content: bytes, sense: Callable[[list[list[str]]], int] = count_columns) -> list[list[str]]:
    """Return the rows of a CSV; its delimiter is the one with which they make most sense."""
    text = decode(content)
    tables = [_split(text, delimiter) for delimiter in ";,\t|"]
    return max(tables, key=lambda rows: (sense(rows), sum(len(row) > 1 for row in rows)))


def _split(text: str, delimiter: str) -> list[list[str]]:
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [row[:MOST_COLUMNS] for row in rows]
    except csv.Error as error:
        raise RosterError("The CSV cannot be read: {why}. Save it again as CSV UTF-8.", why=error) from error


def read_xlsx(content: bytes, archive: zipfile.ZipFile) -> list[Sheet]:
    """Return the sheets of an XLSX; a merged cell's value stands in every cell it covers."""
    from openpyxl import load_workbook

    if "[Content_Types].xml" not in archive.namelist():
        raise RosterError("The archive is neither an XLSX nor a OneRoster export (no users.csv in it).")
    if any(b"<!DOCTYPE" in read_member(archive, name)[:4096] for name in archive.namelist()):
        raise _damaged()
    try:
        book = load_workbook(io.BytesIO(content))
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise _damaged() from error
    return [Sheet(sheet.title, _trim(list(_read_rows(sheet)))) for sheet in book.worksheets]


def _trim(rows: list[list[str]]) -> list[list[str]]:
    """Drop the empty rows at the end: sheets are often formatted far below their data."""
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _read_rows(sheet: Any) -> Iterator[list[str]]:
    merged = {
        cell: (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        if area.size["rows"] * area.size["columns"] <= MOST_ROWS
        for row in area.rows
        for cell in row
    }
    columns = min(sheet.max_column, MOST_COLUMNS)
    for number in range(1, min(sheet.max_row, MOST_ROWS + 1) + 1):
        places = [merged.get((number, column), (number, column)) for column in range(1, columns + 1)]
        yield [_to_text(sheet.cell(*place).value) for place in places]


def _to_text(value: object) -> str:
    """Return a cell as a person reads it: 7.0 as 7, a date as 2026-09-01."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return "" if value is None else str(value)
