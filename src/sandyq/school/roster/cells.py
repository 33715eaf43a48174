"""The cells of one row: each read into the value it means, or refused with what is wrong."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from sandyq.school.alphabets import is_mixed, repair_word
from sandyq.school.names import Name, clean_name, clean_text, is_out_of_order, split_name
from sandyq.school.roster.classes import DATE, GRADES, ClassName, parse_class
from sandyq.school.roster.columns import WHOLE_NAMES
from sandyq.school.roster.problems import Problem

LONGEST: Final = {"Login": 32, "ID": 100, "Full name": 150}
LONGEST_NAME: Final = 60
HARMLESS: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Invisible characters that come with copying from web pages; they are dropped without a word."""
LOGIN: Final = re.compile(r"[a-z][a-z0-9.-]{1,31}")
_LIST: Final = re.compile(r"\s*[,;]\s*|\s+және\s+")

ROLES: Final = {
    word: role
    for role, words in {
        "pupil": "оқушы|оқушысы|білім алушы|ученик|ученица|учащийся|учащаяся|обучающийся|pupil|student|learner",
        "teacher": "мұғалім|мұғалімі|педагог|ұстаз|тәрбиеші|учитель|учительница|преподаватель|teacher|"
        "сынып жетекшісі|классный руководитель|class teacher",
        "leader": "орталық жетекшісі|үйірме жетекшісі|руководитель центра|руководитель кружка|leader|centre leader",
        "administrator": "директор|директордың орынбасары|директор орынбасары|завуч|заместитель директора|"
        "зам директора|әкімші|администратор|principal|vice-principal|administrator|әкімшілік",
        "coach": "коуч|тьютор|әдіскер|методист|coach|facilitator",
        "expert": "сарапшы|эксперт|expert",
        "district": "аудан әдіскері|методист района|district",
        "operator": "жүйе әкімшісі|системный администратор|сисадмин|оператор|operator|лаборант",
    }.items()
    for word in words.split("|")
}
CLASS_TEACHER: Final = frozenset({"сынып жетекшісі", "классный руководитель", "class teacher"})
LANGUAGES: Final = {
    word: language
    for language, words in {
        "kk": "kk|kaz|каз|қаз|қазақ|қазақша|қазақ тілі|қазақ тілінде|казахский|казахское|на казахском|kazakh",
        "ru": "ru|rus|рус|орыс|орысша|орыс тілі|орыс тілінде|русский|русское|на русском|russian",
    }.items()
    for word in words.split("|")
}


class CellError(Exception):
    """A cell that cannot be used."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Cells:
    """One row's raw values by column."""

    def __init__(self, row: int, sheet: str, values: dict[str, str]) -> None:
        self.row, self.sheet, self.values = row, sheet, values
        self.warnings: list[Problem] = []

    def text(self, column: str) -> str:
        return clean_text(self.values.get(column, ""))

    def problem(self, code: str, column: str, **values: object) -> Problem:
        return Problem(code, self.row, column, self.values.get(column, "").strip(), self.sheet, values)

    def check(self, column: str) -> str:
        """Return a cell's clean text; CellError for a formula, invisible characters or too much text."""
        raw = self.values.get(column, "").strip()
        longest = LONGEST.get(column, LONGEST_NAME)
        if any(
            unicodedata.category(each) in {"Cc", "Cf"} and each not in HARMLESS + "\t\r\n" for each in raw
        ):
            raise CellError(self.problem("control", column))
        if raw.startswith(("=", "+", "@")):
            raise CellError(self.problem("formula", column))
        if len(raw) > longest:
            raise CellError(self.problem("too long", column, length=len(raw), longest=longest))
        return clean_text(raw)

    def read_name(self) -> Name:
        whole = next(iter(WHOLE_NAMES & self.values.keys()), "")
        if whole:
            given_first = "given name first" in whole
            name = split_name(self._check_name(whole), given_first)
            if is_out_of_order(name, given_first):
                raise CellError(self.problem("order given first" if given_first else "order", whole))
        else:
            columns = ("Family name", "Given name", "Patronymic")
            name = Name(*(clean_name(self._check_name(column)) for column in columns))
        if not any(name):
            raise CellError(self.problem("no name", ""))
        if not (name.family and name.given):
            column = whole or ("Given name" if name.family else "Family name")
            raise CellError(self.problem("one word", column))
        return name

    def _check_name(self, column: str) -> str:
        text = self.check(column)
        code = name_fault(clean_name(text))
        if code:
            raise CellError(self.problem(code, column))
        repaired = " ".join(map(repair_word, text.split()))
        if repaired != text:
            self.warnings.append(self.problem("repaired", column, repaired=clean_name(text)))
        return text

    def read_classes(self) -> tuple[ClassName, ...]:
        """Return the class, or a teacher's classes, separated by commas."""
        letter = self.check("Letter")
        column = "Class" if self.text("Class") or ("Class" in self.values and not letter) else "Grade"
        text = self.check(column)
        if DATE.fullmatch(text):
            raise CellError(self.problem("class is a date", column))
        whole = parse_class(text)
        if letter and whole and whole.name.isdigit():
            text, column = f"{whole.name}{letter}", "Letter"
            whole = parse_class(text)
        parts = [whole] if whole else [parse_class(part) for part in _LIST.split(text) if part]
        found = tuple(part for part in parts if part)
        if len(found) != len(parts):
            raise CellError(self.problem("bad class", column))
        return found

    def read_grade(self) -> int | None:
        text = re.sub(r"\D*$", "", self.check("Grade"))
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and int(text) in GRADES):
            raise CellError(self.problem("bad grade", "Grade"))
        return int(text)

    def read_language(self) -> str:
        text = self.check("Language").lower().rstrip(".")
        if text and text not in LANGUAGES:
            self.warnings.append(self.problem("bad language", "Language"))
        return LANGUAGES.get(text, "")

    def read_roles(self) -> frozenset[str]:
        words = [word for word in _LIST.split(self._role_text()) if word]
        unknown = [word for word in words if word not in ROLES]
        if unknown:
            raise CellError(self.problem("bad role", "Role"))
        if not words and "Role" in self.values and not self.text("Class"):
            return frozenset()
        return frozenset(ROLES[word] for word in words) or frozenset({"pupil"})

    def read_class_teacher(self) -> bool:
        return bool(CLASS_TEACHER & set(_LIST.split(self._role_text())))

    def _role_text(self) -> str:
        words = self.check("Role").replace(".", "").split()
        return " ".join(map(repair_word, words)).lower()

    def read_login(self) -> str:
        text = self.check("Login").lower()
        if text and not LOGIN.fullmatch(text):
            raise CellError(self.problem("bad login", "Login"))
        return text

    def read_external_id(self) -> str:
        return self.check("ID")


def name_fault(name: str) -> str | None:
    """Return the code of what is wrong with a name, or None."""
    words = re.split(r"[\s-]+", name)
    faults = {
        "lost letters": "?" in name or "\ufffd" in name,
        "initials": any(re.fullmatch(r"(\w\.)+\w?", word) for word in words),
        "letters": not all(
            each.isalnum() or each in " -'’`ʼ" or unicodedata.combining(each) for each in name
        ),
        "digits": any(not each.isalpha() for each in name if each.isalnum()),
        "mixed": any(is_mixed(word) for word in words),
    }
    return next((code for code, is_so in faults.items() if is_so), None)
