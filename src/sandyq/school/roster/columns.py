"""What the columns of a school's list mean, however they are called in Kazakh, Russian or English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from sandyq.school.alphabets import repair_word
from sandyq.school.names import clean_text

SYNONYMS: Final = {
    "Full name": "фио|ф и о|фамилия имя|фамилия имя отчество|фио ученика|фио учащегося|фио обучающегося|фио учителя|"
    "фио педагога|ученик|учащийся|обучающийся|аты жөні|аты-жөні|толық аты жөні|тегі аты|тегі аты әкесінің аты|"
    "оқушының аты жөні|мұғалімнің аты жөні|оқушы|білім алушы|аж|family name given name|"
    "last name first name|surname name|surname given name|surname first name",
    "Full name, given name first": "имя фамилия|имя фамилия отчество|аты тегі|есімі тегі|аты тегі әкесінің аты|"
    "given name family name|first name last name|name surname|given name surname|first name surname",
    "Name": "name|full name|student name|student|pupil|аты жөні тегі",
    "Family name": "фамилия|тегі|family name|last name|surname|familyname|lastname",
    "Given name": "имя|аты|есімі|given name|first name|givenname|firstname",
    "Patronymic": "отчество|әкесінің аты|патроним|patronymic|middle name|middlename",
    "Class": "класс|сынып|сыныбы|класс и литер|класс литер|сынып литері|class|класс учебный|группа класс",
    "Grade": "параллель|сынып деңгейі|сынып деңгей|год обучения|grade|grades|уровень класса|grade level",
    "Letter": "литер|литера|литері|буква|әріп|әрпі|letter",
    "Language": "язык|язык обучения|оқу тілі|оқыту тілі|тілі|тіл|language|отделение|бөлім",
    "Role": "роль|рөл|рөлі|должность|лауазымы|лауазым|қызметі|кто|role|статус|position",
    "Login": "логин|логині|имя пользователя|пайдаланушы аты|login|username|user name",
    "ID": "id|ид|код|коды|идентификатор|жеке код|жеке коды|табельный номер|personal id|external id|sourcedid",
}
WHOLE_NAMES: Final = frozenset({"Full name", "Full name, given name first", "Name"})
"""Columns with all of a name; 'Name' does not say which part comes first and is refused."""
_FIELDS: Final = {name: column for column, names in SYNONYMS.items() for name in names.split("|")}
TALLEST_HEADER: Final = 3
HEADER_WITHIN: Final = 40
"""Rows from the top in which the header is looked for: titles and stamps stand above it."""


class Header(NamedTuple):
    first_row: int
    """Index of the first row of people."""
    columns: dict[str, int]
    """Index of each column that we know."""


def name_column(label: str) -> str | None:
    """Return what a header's cell means, or None."""
    words = re.sub(r"[^\w\s-]|_", " ", clean_text(label)).split()
    text = " ".join(map(repair_word, words)).lower()
    return _FIELDS.get(text) or _FIELDS.get(text.replace("-", " "))


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """Return the header of a table: one to three rows somewhere near the top, or None when there is none."""
    best: Header | None = None
    for height in range(1, TALLEST_HEADER + 1):
        for start in range(min(len(rows), HEADER_WITHIN) - height + 1):
            columns = _read_labels(rows[start : start + height])
            if _has_names(columns) and (best is None or len(columns) > len(best.columns)):
                best = Header(start + height, columns)
    return best


def _has_names(columns: dict[str, int]) -> bool:
    return not WHOLE_NAMES.isdisjoint(columns) or {"Family name", "Given name"} <= set(columns)


def _read_labels(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Name each column by its lowest label that means something; the first column of a meaning has it."""
    columns: dict[str, int] = {}
    for index in range(max(map(len, rows), default=0)):
        labels = [row[index] for row in reversed(rows) if index < len(row) and row[index]]
        meaning = next(filter(None, map(name_column, labels)), None)
        if meaning:
            columns.setdefault(meaning, index)
    if "Name" in columns and "Family name" in columns:
        columns.setdefault("Given name", columns.pop("Name"))  # Name; Surname
    if {"Family name", "Given name"} <= set(columns):
        for whole in WHOLE_NAMES:
            columns.pop(whole, None)  # a title over the three parts
    return columns
