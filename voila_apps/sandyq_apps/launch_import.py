"""A list of steps from a spreadsheet, as schools send them, and the same form back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sandyq.launch.plan import LONGEST_STEP, Step, find_faults
from sandyq.school.names import clean_text
from sandyq.school.roster.read import Sheet, read_sheets
from sandyq_apps.launch_data import read_template

COLUMNS: Final[dict[str, dict[str, str]]] = {
    "key": {"kk": "№", "ru": "№", "en": "No."},
    "kk": {"kk": "Қадам (қазақша)", "ru": "Шаг (на казахском)", "en": "Step (Kazakh)"},
    "ru": {"kk": "Қадам (орысша)", "ru": "Шаг (на русском)", "en": "Step (Russian)"},
    "en": {"kk": "Қадам (ағылшынша)", "ru": "Шаг (на английском)", "en": "Step (English)"},
    "after": {"kk": "Қай қадамдардан кейін", "ru": "После шагов", "en": "After steps"},
    "days": {"kk": "Жұмыс күні", "ru": "Рабочих дней", "en": "Working days"},
    "responsible": {"kk": "Жауапты", "ru": "Ответственный", "en": "Responsible"},
    "documents": {"kk": "Құжаттар", "ru": "Документы", "en": "Documents"},
    "begun_on": {"kk": "Басталды", "ru": "Начат", "en": "Begun"},
    "done_on": {"kk": "Орындалды", "ru": "Сделан", "en": "Done"},
    "source": {"kk": "Дереккөз", "ru": "Источник", "en": "Source"},
    "note": {"kk": "Ескертпе", "ru": "Примечание", "en": "Note"},
}
"""The heads of the form by language; it can be read again in any."""
SYNONYMS: Final = {
    "key": "n|no|№ п п|п п|р с|номер|нөмірі|реттік нөмірі|код|number",
    "kk": "қадам|қадамдар|қадамның атауы|атауы|іс шара|іс шаралар|іс шара атауы|іс шараның атауы|"
    "іс шаралардың атауы|қазақша|на казахском|казахский",
    "ru": "шаг|шаги|название|название шага|наименование|мероприятие|мероприятия|"
    "наименование мероприятия|наименование мероприятий|название мероприятия|"
    "наименование шага|задача|по русски|на русском|русский|орысша",
    "en": "step|steps|name|name of the step|task|english|ағылшынша|на английском",
    "after": "после|предыдущие шаги|предшественники|алдыңғы қадамдар|неден "
    "кейін|after|predecessors|prerequisites",
    "days": "дней|дни|длительность|срок|сроки|срок дней|срок исполнения|сроки исполнения|количество дней|"
    "күн|күндер|күн саны|ұзақтығы|мерзімі|орындау мерзімі|орындалу мерзімі|days|duration",
    "responsible": "кто|исполнитель|жауаптылар|жауапты адам|жауапты орындаушы|жауапты орындаушылар|орындаушы|"
    "ответственные|ответственное лицо|ответственный исполнитель|ответственные исполнители|who",
    "documents": "документ|құжат|document",
    "begun_on": "начало|басталған күні|begun on",
    "done_on": "выполнен|выполнено|сделано|орындалған күні|аяқталды|done on",
    "source": "откуда",
    "note": "примечания|ескерту|ескертпелер|notes",
}
MOST_STEPS: Final = 300
TALLEST_HEADER: Final = 3
HEADER_WITHIN: Final = 40
LONGEST: Final = {"kk": 200, "ru": 200, "en": 200, "responsible": 100, "source": 200, "note": 500}
MESSAGES: Final = {
    "no header": "There is no head with the columns 'Step' and 'Working days'. Take the form from "
    "'Download the list of steps' and fill it in.",
    "too many": "There are more than {most} steps. Is it the right file?",
    "no steps": "There is no step below the head. Write one step a row.",
    "no name": "There is no name. Write what is to be done, or empty the row.",
    "no days": "'{value}' is no number of working days. Write a whole number from 1 to {most}.",
    "same key": "Number '{value}' stands in row {other} too. Give each step a number of its own.",
    "no step": "There is no step '{value}' to wait for. Write numbers from the first column, "
    "separated by semicolons.",
    "too long": "'{value}' is too long. Use {most} characters at most.",
    "no date": "'{value}' is no date. Write it as 24.11.2026.",
    "cycle": "These steps wait for each other: {value}. Take one of them out of the column 'After steps'.",
    "no document": "There is no draft called '{value}'; it is left out.",
    "total": "'{value}' is a sum of the list, no step; it is left out.",
    "order": "It is done before it is begun. Correct one of the dates.",
    "future": "'{value}' lies in the future. Write the day on which it really happened, or leave it empty.",
}
"""What is wrong, for ``Speech``; the row is told before it."""
WARNINGS: Final = frozenset({"no document", "total"})
TOTALS: Final = frozenset({"итого", "всего", "барлығы", "жиыны", "жиынтығы", "total", "totals"})
"""With what a row begins that adds up those above it."""

_DAYS: Final = re.compile(
    r"(\d{1,3})([.,]0+)?\s*((р|раб\w*|ж[ұу]мыс|work\w*)[./]?\s*)?((д|дн\w*|ден\w*|к[үу]н\w*|days?)\.?)?",
    re.IGNORECASE,
)
"""A number, alone or of days: two weeks are no two days."""


@dataclass(frozen=True)
class Problem:
    code: str
    row: int = 0
    """As the spreadsheet counts; 0: of the whole file."""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def grave(self) -> bool:
        return self.code not in WARNINGS


@dataclass(frozen=True)
class Listing:
    """What a file says: fields of ``launch_step`` rows, and what is wrong."""

    steps: list[dict[str, Any]]
    problems: list[Problem]

    @property
    def usable(self) -> bool:
        return bool(self.steps) and not any(problem.grave for problem in self.problems)


class Header(NamedTuple):
    first_row: int
    columns: dict[str, int]


def read_steps(content: bytes, today: date) -> Listing:
    """Return the steps of a CSV or an XLSX; SchoolError when it is neither."""
    sheets = read_sheets(content, lambda rows: len(header.columns) if (header := find_header(rows)) else 0)
    for sheet in sheets:
        header = find_header(sheet.rows)
        if header:
            return _Reader(sheet, header, today).read()
    return Listing([], [Problem("no header")])


def _simplify(label: str) -> str:
    return re.sub(r"[^\w№]+|_", " ", clean_text(label)).strip().lower()


_FIELDS: Final = {
    label: column
    for column, words in SYNONYMS.items()
    for label in (*words.split("|"), *map(_simplify, COLUMNS[column].values()))
}


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """Return the head with the most columns that we know: one to three rows near the top."""
    best: Header | None = None
    for height in range(1, TALLEST_HEADER + 1):
        for start in range(min(len(rows), HEADER_WITHIN) - height + 1):
            columns = _name_columns(rows[start : start + height])
            if (
                {"kk", "ru", "en"} & columns.keys()
                and "days" in columns
                and (best is None or len(columns) > len(best.columns))
            ):
                best = Header(start + height, columns)
    return best


def _name_columns(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index in range(max(map(len, rows), default=0)):
        labels = [row[index] for row in reversed(rows) if index < len(row) and row[index]]
        meaning = next((_FIELDS[label] for label in map(_simplify, labels) if label in _FIELDS), None)
        if meaning:
            columns.setdefault(meaning, index)
    return columns


class _Reader:
    def __init__(self, sheet: Sheet, header: Header, today: date) -> None:
        self.rows, self.header, self.today = sheet.rows, header, today
        self.problems: list[Problem] = []
        self.row = 0
        self.found: dict[str, int] = {}
        """Row by key."""

    def read(self) -> Listing:
        steps: list[dict[str, Any]] = []
        for number, cells in enumerate(self.rows[self.header.first_row :], self.header.first_row + 1):
            self.row = number
            values = {
                name: clean_text(cells[index]) if index < len(cells) else ""
                for name, index in self.header.columns.items()
            }
            if not any(values.values()) or _is_section(values) or _is_head(values):
                continue
            if total := _find_total(values):
                self._say("total", value=total[:40])
            else:
                steps.append(self._read_step(values, len(steps) + 1))
        if not steps:
            self.problems.append(Problem("no steps"))
        if len(steps) > MOST_STEPS:
            return Listing([], [Problem("too many", 0, {"most": MOST_STEPS})])
        self._find_prerequisites(steps)
        return Listing(steps, sorted(self.problems, key=lambda problem: problem.row))

    def _say(self, code: str, **values: Any) -> None:
        self.problems.append(Problem(code, self.row, values))

    def _read_step(self, values: dict[str, str], number: int) -> dict[str, Any]:
        key = values.get("key", "").rstrip(".)")[:40] or str(number)
        if key in self.found:
            self._say("same key", value=key, other=self.found[key])
        self.found.setdefault(key, self.row)
        for name, most in LONGEST.items():
            if len(values.get(name, "")) > most:
                self._say("too long", value=f"{values[name][:30]}…", most=most)
        names = {language: values[language] for language in ("kk", "ru", "en") if values.get(language)}
        if not names:
            self._say("no name")
        begun, done = self._read_date(values.get("begun_on", "")), self._read_date(values.get("done_on", ""))
        if begun and done and done < begun:
            self._say("order")
        return {
            "key": key,
            "names": names,
            "after": values.get("after", ""),
            "days": self._read_days(values["days"]),
            "responsible": _find_key(values.get("responsible", ""), read_template().roles),
            "documents": self._read_documents(values.get("documents", "")),
            "source": values.get("source", ""),
            "begun_on": begun,
            "done_on": done,
            "note": values.get("note", ""),
        }

    def _read_days(self, text: str) -> int:
        digits = _DAYS.fullmatch(text)
        if digits and 1 <= int(digits[1]) <= LONGEST_STEP:
            return int(digits[1])
        self._say("no days", value=text, most=LONGEST_STEP)
        return 1

    def _read_date(self, text: str) -> str | None:
        if not text:
            return None
        for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y"):
            try:
                day = datetime.strptime(text[:10], pattern).date()
            except ValueError:
                continue
            if day > self.today:
                self._say("future", value=text)
            return day.isoformat()
        self._say("no date", value=text)
        return None

    def _read_documents(self, text: str) -> list[str]:
        documents = read_template().documents
        keys = [_find_key(each, documents) for each in re.split(r"\s*[,;\n]\s*", text) if each]
        for key in keys:
            if key not in documents:
                self._say("no document", value=key)
        return [key for key in keys if key in documents]

    def _find_prerequisites(self, steps: list[dict[str, Any]]) -> None:
        """Put keys for what stands in 'after': numbers or names."""
        names = {name.casefold(): step["key"] for step in steps for name in step["names"].values()}
        for step in steps:
            self.row = self.found[step["key"]]
            wanted = [each for each in re.split(r"\s*[,;\n]\s*", step["after"]) if each.strip("-–— ")]
            step["after"] = []
            for each in wanted:
                key = each.rstrip(".)")
                key = key if key in self.found else names.get(each.casefold(), "")
                if not key:
                    self._say("no step", value=each)
                elif key not in step["after"]:
                    step["after"].append(key)
        plan = [Step(step["key"], step["days"], tuple(step["after"])) for step in steps]
        for fault in find_faults(plan) if len(self.found) == len(steps) else ():
            self.row = self.found[fault.keys[0]]
            self._say("cycle", value=" → ".join((*fault.keys, fault.keys[0])))


def _is_section(values: dict[str, str]) -> bool:
    """Say whether a row is a heading merged across the table."""
    return len(values) > 2 and len(set(values.values())) == 1


def _is_head(values: dict[str, str]) -> bool:
    """Say whether a row is the head once more: of a new page, or of cells merged downwards."""
    return all(_FIELDS.get(_simplify(value)) == name for name, value in values.items() if value)


def _find_total(values: dict[str, str]) -> str:
    """Return how a row calls itself that adds up those above it; a step has somebody who does it, or waits."""
    label = next((values[name] for name in ("key", "kk", "ru", "en") if values.get(name)), "")
    is_step = any(values.get(name) for name in ("after", "responsible", "documents", "begun_on", "done_on"))
    return label if _simplify(label).split(" ")[0] in TOTALS and not is_step else ""


def _find_key(text: str, known: dict[str, dict[str, str]]) -> str:
    """Return the key whose name in any language this is, else the text."""
    folded = text.casefold()
    return next(
        (key for key, names in known.items() if folded in {key, *(n.casefold() for n in names.values())}),
        text,
    )


def list_lines(steps: Sequence[Any], language: str) -> tuple[list[str], list[list[Any]]]:
    """Return head and lines of the form, filled with the rows of a plan."""
    template = read_template()
    numbers = {step.key: number for number, step in enumerate(steps, 1)}
    lines = [
        [
            numbers[step.key],
            *(step.names.get(each, "") for each in ("kk", "ru", "en")),
            "; ".join(str(numbers[key]) for key in step.after if key in numbers),
            step.days,
            template.roles.get(step.responsible, {}).get(language, step.responsible),
            "; ".join(
                template.documents[key][language] for key in step.documents if key in template.documents
            ),
            *(date.fromisoformat(day) if day else None for day in (step.begun_on, step.done_on)),
            step.source,
            step.note,
        ]
        for step in steps
    ]
    return [names[language] for names in COLUMNS.values()], lines
