"""A roster's file, whatever its form, as the people it speaks of."""

from __future__ import annotations

from pathlib import Path

from sandyq.school.roster.entries import Entries, read_entries
from sandyq.school.roster.oneroster import find_tables, read_oneroster
from sandyq.school.roster.read import open_zip, read_bytes, read_sheets


def load_roster(path: Path) -> Entries:
    """Read a CSV, an XLSX or a OneRoster zip; RosterError says what is wrong with the file as a whole."""
    content = read_bytes(path)
    archive = open_zip(content)
    tables = find_tables(archive) if archive else {}
    return read_oneroster(archive, tables) if archive and tables else read_entries(read_sheets(content))
