"""The people a file speaks of: each row checked by itself, before anything is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sandyq.school.names import Name
from sandyq.school.roster.cells import CellError, Cells
from sandyq.school.roster.classes import ClassName, parse_class
from sandyq.school.roster.columns import Header, find_header
from sandyq.school.roster.problems import Problem, RosterError
from sandyq.school.roster.read import Sheet


@dataclass(frozen=True)
class Entry:
    """One person of the file, every value valid by itself."""

    row: int
    name: Name
    classes: tuple[ClassName, ...] = ()
    """A pupil has one; a teacher any number."""
    grade: int | None = None
    language: str = ""
    roles: frozenset[str] = frozenset({"pupil"})
    class_teacher: bool = False
    login: str = ""
    external_id: str = ""
    sheet: str = ""

    @property
    def is_pupil(self) -> bool:
        return "pupil" in self.roles

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, self.name))

    @property
    def class_names(self) -> str:
        return ", ".join(each.name for each in self.classes)

    @property
    def place(self) -> tuple[str, int]:
        return self.sheet, self.row

    def problem(self, code: str, column: str = "", value: str = "", **values: object) -> Problem:
        return Problem(code, self.row, column, value if column else self.full_name, self.sheet, values)


@dataclass
class Entries:
    people: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_entries(sheets: list[Sheet]) -> Entries:
    """Return the people of all sheets; RosterError when no sheet has a header that we know."""
    entries = Entries()
    found = [(sheet, header) for sheet in sheets if (header := find_header(sheet.rows))]
    if not found:
        raise RosterError(
            "No header was found. The first rows need a column with full names (or family and given names) "
            "and one with classes, such as: Аты-жөні; Сынып."
        )
    for sheet, header in found:
        _refuse_unclear_order(sheet, header)
        title = sheet.title if len(found) > 1 else ""
        for number, values in _rows_of_people(sheet, header):
            check_row(Cells(number, title, values), entries)
    return entries


def _refuse_unclear_order(sheet: Sheet, header: Header) -> None:
    if "Name" in header.columns:
        label = sheet.rows[header.first_row - 1][header.columns["Name"]].strip()
        raise RosterError(
            "The heading '{label}' does not say which name comes first. "
            "Write 'Family name Given name' or 'Given name Family name' instead.",
            label=label or "Name",
        )


def _rows_of_people(sheet: Sheet, header: Header) -> Iterator[tuple[int, dict[str, str]]]:
    """Give row number and values by column; a row that is only a class's name is a title over its pupils."""
    titled = "Class" not in header.columns and "Grade" not in header.columns
    above = sheet.title if titled and parse_class(sheet.title) else ""
    for number, row in enumerate(sheet.rows[header.first_row :], header.first_row + 1):
        filled = {cell.strip() for cell in row if cell.strip()}
        if titled and len(filled) == 1 and parse_class(*filled):
            above = next(iter(filled))
            continue
        values = {name: row[place] for name, place in header.columns.items() if place < len(row)}
        if any(value.strip() for value in values.values()):
            yield number, values | ({"Class": above} if titled else {})


def check_row(cells: Cells, entries: Entries) -> None:
    """Add a row's person, or what is wrong with the row: all of it, not only the first thing."""
    parts: dict[str, object] = {}
    before = sum(problem.grave for problem in entries.problems)
    for part, read in _PARTS.items():
        try:
            parts[part] = read(cells)
        except CellError as error:
            entries.problems.append(error.problem)
    entries.problems += cells.warnings
    if sum(problem.grave for problem in entries.problems) > before:
        return
    entry = Entry(cells.row, sheet=cells.sheet, **parts)  # type: ignore[arg-type] # the readers say what they give
    entries.problems += (problems := list(check_entry(entry, cells)))
    if not any(problem.grave for problem in problems):
        entries.people.append(entry)


def check_entry(entry: Entry, cells: Cells) -> Iterator[Problem]:
    """Give what is wrong between the values of a row."""
    if not entry.is_pupil:
        if not cells.text("Role"):
            yield entry.problem("no role")
        return
    if len(entry.roles) > 1:
        yield entry.problem("two kinds", "Role", cells.text("Role"))
    if len(entry.classes) != 1:
        yield entry.problem("several classes" if entry.classes else "no class", "Class", cells.text("Class"))
    elif entry.grade is not None and not _fits(entry.grade, entry.classes[0]):
        yield entry.problem("grade not in class", "Grade", str(entry.grade), class_name=entry.classes[0].name)


def _fits(grade: int, group: ClassName) -> bool:
    return group.grades[0] <= grade <= group.grades[-1]


_PARTS: Final[Mapping[str, Callable[[Cells], object]]] = {
    "name": Cells.read_name,
    "classes": Cells.read_classes,
    "grade": Cells.read_grade,
    "language": Cells.read_language,
    "roles": Cells.read_roles,
    "class_teacher": Cells.read_class_teacher,
    "login": Cells.read_login,
    "external_id": Cells.read_external_id,
}
