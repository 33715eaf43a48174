"""OneRoster 1.1 CSV: a zip of tables, read into the same rows as a spreadsheet.

Source: IMS Global, OneRoster 1.1 CSV tables (users, classes, enrollments).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from sandyq.school.roster.cells import Cells
from sandyq.school.roster.classes import parse_class
from sandyq.school.roster.entries import Entries, check_row
from sandyq.school.roster.problems import Problem, RosterError
from sandyq.school.roster.read import MOST_ROWS, read_member

NEEDED: Final = {
    "users.csv": ("sourcedId", "role", "givenName", "familyName"),
    "classes.csv": ("sourcedId", "title"),
    "enrollments.csv": ("classSourcedId", "userSourcedId"),
}
PART: Final = {"student": "pupil", "teacher": "teacher", "administrator": "administrator"}
NO_PART: Final = frozenset({"parent", "guardian", "relative", "aide", "proctor"})


@dataclass(frozen=True)
class Record:
    row: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "").strip()

    @property
    def is_active(self) -> bool:
        return self["status"].lower() != "tobedeleted"


def find_tables(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the archive's member of each table; empty when it is no OneRoster export."""
    tables: dict[str, str] = {}
    for member in archive.namelist():
        path = PurePosixPath(member)
        if path.is_absolute() or ".." in path.parts or "\\" in member:
            raise RosterError(
                "The archive holds a file outside its folder: {name}. Export it again.", name=member
            )
        if path.name in NEEDED and tables.setdefault(path.name, member) != member:
            raise RosterError("The archive holds {name} twice. Export it again.", name=path.name)
    return tables if "users.csv" in tables else {}


def read_oneroster(archive: zipfile.ZipFile, tables: dict[str, str]) -> Entries:
    """Return the people of a OneRoster export; row numbers are those of users.csv or enrollments.csv."""
    users = _read_table(archive, tables, "users.csv")
    entries = Entries()
    classes = _classes_of_users(
        {user["sourcedId"] for user in users},
        _read_table(archive, tables, "classes.csv"),
        _read_table(archive, tables, "enrollments.csv"),
        entries,
    )
    for user in users:
        if _takes_part(user, entries):
            check_row(_make_cells(user, classes[user["sourcedId"]]), entries)
    return entries


def _takes_part(user: Record, entries: Entries) -> bool:
    code = "no part" if user["role"].lower() in NO_PART else "" if user.is_active else "to be deleted"
    if code:
        name = f"{user['familyName']} {user['givenName']}"
        entries.problems.append(Problem(code, user.row, "Role", user["role"] or name, "users.csv"))
    return not code


def _make_cells(user: Record, classes: list[str]) -> Cells:
    role = user["role"]
    grades = [grade for grade in user["grades"].split(",") if grade.strip()]
    values = {
        "Family name": user["familyName"],
        "Given name": user["givenName"],
        "Patronymic": user["middleName"],
        "Class": ", ".join(classes),
        "Grade": grades[0] if len(grades) == 1 and role.lower() == "student" else "",
        "Role": PART.get(role.lower(), role),
        "Login": user["username"].partition("@")[0],
        "ID": user["sourcedId"],
    }
    return Cells(user.row, "users.csv", values)


def _classes_of_users(
    users: set[str], classes: list[Record], enrolments: list[Record], entries: Entries
) -> dict[str, list[str]]:
    """Return each user's class titles: home classes where there are any, else those whose title is a class."""
    active = [each for each in classes if each.is_active]
    home = [each for each in active if each["classType"].lower() == "homeroom"]
    titles = {
        each["sourcedId"]: each["title"] for each in home or active if home or parse_class(each["title"])
    }
    known = {each["sourcedId"] for each in classes}
    found: dict[str, list[str]] = defaultdict(list)
    for row in filter(lambda each: each.is_active, enrolments):
        user, group = row["userSourcedId"], row["classSourcedId"]
        if user not in users:
            entries.problems.append(Problem("unknown user", row.row, "ID", user, "enrollments.csv"))
        elif group not in known:
            entries.problems.append(Problem("unknown class", row.row, "Class", group, "enrollments.csv"))
        elif group in titles and titles[group] not in found[user]:
            found[user].append(titles[group])
    return found


def _read_table(archive: zipfile.ZipFile, tables: dict[str, str], name: str) -> list[Record]:
    if name not in tables:
        raise RosterError("The archive has no {name}. Export users, classes and enrolments.", name=name)
    try:
        text = read_member(archive, tables[name]).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RosterError("{name} is not CSV in UTF-8. Export it again.", name=name) from error
    header = [cell.strip() for cell in rows[0]] if rows else []
    lacking = [column for column in NEEDED[name] if column not in header]
    if lacking or len(rows) > MOST_ROWS * 10:
        raise RosterError(
            "{name} has no column '{column}'. Export OneRoster 1.1.", name=name, column=", ".join(lacking)
        )
    return [Record(n, dict(zip(header, row, strict=False))) for n, row in enumerate(rows[1:], 2) if any(row)]
