"""What a spreadsheet says of children: found by name and class, compared with what is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandyq.school.names import clean_text, name_key
from sandyq.school.roster.classes import parse_class
from sandyq.school.roster.columns import find_header
from sandyq.school.roster.read import read_sheets
from sandyq_apps.clubs_school import Lookup

COLUMNS: Final = {
    "sex": "пол|жынысы|жыныс|sex|gender",
    "village": "село|ауыл|ауылы|елді мекен|населенный пункт|населённый пункт|место жительства|мекенжайы|village|home",
    "route_id": "автобус|автобусы|маршрут|бағыты|подвоз|bus|route",
    "shift": "смена|ауысым|ауысымы|shift",
    "priority": "льгота|льготы|жеңілдік|жеңілдігі|басымдық|приоритет|priority",
}
_FIELDS: Final = {name: column for column, names in COLUMNS.items() for name in names.split("|")}
GIRL: Final = ("ж", "ә", "қ", "f", "g", "д")
BOY: Final = ("м", "е", "ұ", "m", "b")
NO_BUS: Final = ("-", "–", "—", "жоқ", "нет", "no")
PROBLEMS: Final = {
    "unknown": "There is no child of this name in this class.",
    "two": "Several children of this class may be meant. Change them in the list.",
    "again": "This child stands in the table twice. The first row counts.",
    "sex": "Neither girl nor boy.",
    "route_id": "There is no bus of this name. Add it under Clubs first.",
    "shift": "A shift is 1 or 2.",
    "long": "This is too long.",
}


@dataclass(frozen=True)
class Wrong:
    row: int
    """As in the spreadsheet: 1 is the first."""
    value: str
    what: str
    """A sentence of PROBLEMS."""


@dataclass
class Reading:
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By person: the fields that get another value."""
    problems: list[Wrong] = field(default_factory=list)


def read_pasted(content: bytes, look: Lookup) -> Reading | None:
    """Return what the first table with names and classes says, None when there is none; RosterError if unreadable."""
    for sheet in read_sheets(content):
        header = find_header(sheet.rows)
        if header and "Class" in header.columns:
            extra = _find_columns(sheet.rows[: header.first_row])
            return _read_rows(sheet.rows, header.first_row, header.columns, extra, look)
    return None


def _find_columns(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        for index, label in enumerate(row):
            name = re.sub(r"[^\w\s]", " ", clean_text(label)).casefold().strip()
            if name in _FIELDS:
                found.setdefault(_FIELDS[name], index)
    return found


def _read_rows(
    rows: Sequence[Sequence[str]], first: int, names: dict[str, int], extra: dict[str, int], look: Lookup
) -> Reading:
    reading, seen = Reading(), set()
    index = _index_names(look)
    for number, row in enumerate(rows[first:], first + 1):
        if not any(cell.strip() for cell in row):
            continue
        name = " ".join(
            _cell(row, names.get(column))
            for column in (
                "Full name",
                "Full name, given name first",
                "Name",
                "Family name",
                "Given name",
                "Patronymic",
            )
        ).strip()
        group = parse_class(_cell(row, names["Class"]))
        words, place = name_key(name).split(), group.name if group else ""
        # the school's list may leave the patronymic out, the spreadsheet may have it
        people = index.get((place, _join(words))) or index.get((place, _join(words[:2])), set())
        if len(people) != 1:
            reading.problems.append(
                Wrong(
                    number, f"{name}, {_cell(row, names['Class'])}", PROBLEMS["two" if people else "unknown"]
                )
            )
            continue
        person = next(iter(people))
        if person in seen:
            reading.problems.append(Wrong(number, name, PROBLEMS["again"]))
            continue
        seen.add(person)
        _read_child(reading, number, person, {column: _cell(row, at) for column, at in extra.items()}, look)
    return reading


def _cell(row: Sequence[str], at: int | None) -> str:
    return clean_text(row[at]) if at is not None and at < len(row) else ""


def _index_names(look: Lookup) -> dict[tuple[str, str], set[int]]:
    """Return who is meant by a class and a name, with or without the patronymic, in whatever order its parts stand."""
    index: dict[tuple[str, str], set[int]] = {}
    for person, pupil in look.pupils.items():
        group = parse_class(pupil["class"])
        words = name_key(pupil.name).split()
        for some in {tuple(words), tuple(words[:2])}:
            key = (group.name if group else pupil["class"], _join(some))
            index.setdefault(key, set()).add(person)
    return index


def _join(words: Sequence[str]) -> str:
    return " ".join(sorted(words))


def _read_child(reading: Reading, number: int, person: int, cells: dict[str, str], look: Lookup) -> None:
    known: dict[str, Any] = {"sex": "", "village": "", "shift": 1, "route_id": None, "priority": ""}
    known |= look.about.get(person, {})
    for column, text in cells.items():
        if not text:
            continue
        value = _read_value(column, text, look)
        if value is _WRONG:
            problem = column if column in PROBLEMS else "long"
            reading.problems.append(Wrong(number, text, PROBLEMS[problem]))
        elif value != known[column]:
            reading.changes.setdefault(person, {})[column] = value


_WRONG: Final = object()


def _read_value(column: str, text: str, look: Lookup) -> Any:
    low = text.casefold()
    match column:
        case "sex":
            return "f" if low.startswith(GIRL) else "m" if low.startswith(BOY) else _WRONG
        case "shift":
            return {"1": 1, "2": 2, "i": 1, "ii": 2}.get(low.split()[0].rstrip(".-"), _WRONG)
        case "route_id":
            if low in NO_BUS:
                return None
            return next((row.id for row in look.routes.values() if row.name.casefold() == low), _WRONG)
        case "village":
            return text if len(text) <= 60 else _WRONG
    return text if len(text) <= 200 else _WRONG
