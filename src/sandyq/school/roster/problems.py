"""What is wrong with a roster: the row, the value and what to do about it, in the operator's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sandyq.i18n import translator
from sandyq.layout import write_commands
from sandyq.school.errors import SchoolError

MESSAGES: Final = {
    # of the whole row
    "no name": "There is no name. Write family name and given name, or empty the row.",
    "one word": "There is only one name. Write family name and given name.",
    "order": "A patronymic stands where a family or given name should. Write family name, given name, patronymic.",
    "order given first": "A patronymic stands where a family or given name should. "
    "Write given name, family name, patronymic.",
    "swapped": "{person} has these names the other way round. Correct the order, or give this one a login.",
    "no class": "A pupil needs a class. Write one such as 7А.",
    "several classes": "A pupil is in one class. Leave one of these.",
    "no role": "There is no role and no class. Write who this is: pupil, teacher, leader, administrator, operator.",
    "repeated": "It repeats row {other}. Delete one; if they are two people, give each a login or an ID.",
    "two classes": "The same name stands in row {other} in class {elsewhere}. "
    "Delete one; if they are two people, give each a login or an ID.",
    "no grade": "Nobody says which grade of a combined class this is; {grade} is taken. Add a column 'Grade'.",
    # of a cell
    "bad class": "This is no class. Write a grade from 1 to 11 and a letter, such as 7А.",
    "class is a date": "The spreadsheet turned a class into a date. Format the column as text and write it again.",
    "bad grade": "There is no such grade. Write a number from 1 to 11.",
    "grade not in class": "This grade is not in class {class_name}. Correct one of them.",
    "bad role": "This role is not known. Write pupil, teacher, leader, administrator or operator.",
    "two kinds": "A pupil has no other role. Leave one role.",
    "bad language": "This language is not known, so the class's own is taken. Write kk or ru.",
    "bad login": "A login has 2 to 32 lower-case Latin letters, digits, dots or hyphens and begins with a letter. "
    "Correct it or leave it empty.",
    "digits": "A name has no digits. Are the columns shifted? Compare the row with the header.",
    "letters": "A name has letters, hyphens and apostrophes only. Take the other characters out.",
    "initials": "A name is written whole, not as an initial. Write the whole name.",
    "lost letters": "Letters were lost when the file was saved. Save it as 'CSV UTF-8' or XLSX and try again.",
    "mixed": "Latin and Cyrillic letters stand in one word. Type the word again in one alphabet.",
    "repaired": "Latin letters that look like Cyrillic ones were replaced: {repaired}.",
    "control": "There are invisible characters in it. Type the value again.",
    "too long": "It has {length} characters, {longest} are allowed. Is a quotation mark not closed? Shorten it.",
    "formula": "This is a formula. Paste it again as a plain value.",
    # against the database and the rest of the file
    "login taken": "This login belongs to {person}. Give another login, or leave it empty.",
    "login going": "The folder of somebody who was erased is still to be deleted under this login. "
    "Try again in an hour, give another login, or leave it empty.",
    "id taken": "This ID belongs to {person}. Correct the ID or the name.",
    "same login": "The login stands in row {other} too. Give each person one of their own.",
    "same id": "The ID stands in row {other} too. Give each person one of their own.",
    "other login": "{person} is at the school with another login. Write that login, or correct the name.",
    "other id": "{person} is at the school with another ID. Write that ID, or correct the name.",
    "ambiguous": "Several people have this name: {people}. Write the login of the right one.",
    "same person": "Row {other} means the same person, {person}. Delete one of the rows.",
    "elsewhere": "{person} has this name. If it is the same person, write that login; "
    "if it is another, give this one a login of their own.",
    "moved by name": "{person} has this name and moves. If it is another person, give this one a login of their own.",
    "has left": "{person} has left the school. If it is the same person, write that login; "
    "if it is another, give this one a login of their own.",
    "pupil and staff": "{person} has the other kind of role. "
    "End that account first: ./sandyq people leave {login} --apply",
    "new class": "Class {class_name} does not exist yet and will be created in the language '{language}'.",
    # of OneRoster
    "unknown user": "No such user in users.csv. Export again, or take the enrolment out.",
    "unknown class": "No such class in classes.csv. Export again, or take the enrolment out.",
    "to be deleted": "It is marked 'tobedeleted'. It is not imported, and nobody is removed.",
    "no part": "People with this role have no account here. The row is left out.",
}
WARNINGS: Final = frozenset(
    {"no grade", "bad language", "repaired", "moved by name", "new class", "to be deleted", "no part"}
)
"""They do not stand in the way; everything else does."""


class RosterError(SchoolError):
    """The file as a whole cannot be read."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row; ``code`` is a key of MESSAGES."""

    code: str
    row: int
    column: str = ""
    value: str = ""
    sheet: str = ""
    values: dict[str, object] = field(default_factory=dict)

    @property
    def grave(self) -> bool:
        return self.code not in WARNINGS

    def describe(self, language: str) -> str:
        """Return ``Row 14, Class «12А»: There is no …`` in a language."""
        _ = translator(language)
        place = _("Row {row}").format(row=self.row)
        if self.sheet:
            place = f"{self.sheet}, {place}"
        if self.column:
            place += f", {_(self.column)}"
        if self.value:
            place += f" «{show(self.value)}»"
        return f"{place}: {write_commands(_(MESSAGES[self.code])).format(**self.values)}"


def show(value: str, longest: int = 60) -> str:
    """Return a value safe to print: invisible characters as ``·``, cut when long."""
    visible = "".join(each if each.isprintable() else "·" for each in value)
    return visible if len(visible) <= longest else f"{visible[: longest - 1]}…"
