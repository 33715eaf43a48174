"""The page for the district: figures of a term with small ones hidden, as a sheet to print and as a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandyq_apps.coverage_counts import DIMENSIONS, Count, Coverage, Group, Term
from sandyq_apps.coverage_hiding import SHOWN, hide, make_tables
from sandyq_apps.kit.app import File
from sandyq_apps.kit.papers import Workbook, render
from sandyq_apps.kit.speech import Speech

HEADS: Final = {"pupils": "Pupils", "enrolled": "Enrolled", "came": "Came", "nothing": "In nothing"}
TITLES: Final = {
    "chest": "Chest",
    "grade": "Grade",
    "sex": "Sex",
    "village": "Village",
    "language": "Language",
}
SEXES: Final = {"f": "Girls", "m": "Boys", "": "not told"}
HIDDEN: Final = "*"


@dataclass(frozen=True)
class Line:
    group: Group
    numbers: Mapping[str, int | None]
    """By column of SHOWN; None: hidden."""

    @property
    def share(self) -> float | None:
        """Who came, of the pupils; None where one of the two is hidden or there is nobody."""
        came, pupils = self.numbers["came"], self.numbers.get("pupils")
        return None if came is None or not pupils else came / pupils


@dataclass(frozen=True)
class Report:
    """What may be told outside: nothing else goes into the sheet and the spreadsheet."""

    term: Term
    total: Line
    tables: Mapping[str, Sequence[Line]]
    """By ``chest`` and the dimensions."""
    trend: Mapping[Term, Line]


def build_report(coverages: Mapping[Term, Coverage], term: Term, chests: Sequence[int]) -> Report:
    """Return the report of a term, with the totals of all terms as their own reports tell them; may take seconds."""
    told = {each: make_tables(coverage, chests) for each, coverage in coverages.items()}
    hidden = {each: hide(tables) for each, tables in told.items()}

    def line(of: Term, table: str, group: Group, count: Count) -> Line:
        columns = ("enrolled", "came") if table == "chest" else SHOWN
        return Line(
            group,
            {name: None if (table, group, name) in hidden[of] else getattr(count, name) for name in columns},
        )

    trend = {each: line(each, "total", "", tables.total) for each, tables in told.items()}
    tables = {"chest": told[term].chests, **{name: told[term].groups[name] for name in DIMENSIONS}}
    return Report(
        term,
        trend[term],
        {name: [line(term, name, *each) for each in lines] for name, lines in tables.items()},
        trend,
    )


def name_group(say: Speech, table: str, group: Group) -> str:
    """Return what a group is called: ``5-сынып``, ``Қыздар``."""
    match table:
        case "grade":
            return say("Grade {grade}", grade=group) if group else say("not told")
        case "sex":
            return say(SEXES[str(group)])
        case "language":
            return {"kk": say("in Kazakh"), "ru": say("in Russian"), "en": say("in English")}.get(
                str(group), say("not told")
            )
    return str(group) or say("not told")


def _tables(say: Speech, report: Report, about: Mapping[str, Any]) -> list[tuple[str, list[list[Any]]]]:
    """Return for each table its title and its lines, as told; a chest has no pupils of its own."""
    shown = [
        (
            say(TITLES[name]),
            [
                _tell_line(
                    say,
                    about["chests"][line.group] if name == "chest" else name_group(say, name, line.group),
                    line,
                )
                for line in lines
            ],
        )
        for name, lines in report.tables.items()
    ]
    trend = [
        _tell_line(say, say("Term {number}", number=term.number), line) for term, line in report.trend.items()
    ]
    return [*shown, (say("Term"), trend)]


def _tell_line(say: Speech, name: str, line: Line) -> list[Any]:
    told = [_tell(line.numbers[column]) if column in line.numbers else "" for column in HEADS]
    return [name, *told, _tell_share(say, line) if "pupils" in line.numbers else ""]


def _tell(number: int | None) -> int | str:
    return HIDDEN if number is None else number


def _tell_share(say: Speech, line: Line) -> str:
    return HIDDEN if line.share is None else say.percent(line.share)


def render_report(say: Speech, report: Report, about: Mapping[str, Any]) -> str:
    """Return the sheet for the district, one page of A4."""
    heads = [*map(say, HEADS.values()), say("Came, %")]
    _name, *total = _tell_line(say, "", report.total)
    return render(
        "coverage_report.html",
        say=say,
        about=about,
        heads=heads,
        total=list(zip(heads, total, strict=True)),
        tables=_tables(say, report, about),
        has_hidden=_has_hidden(report),
    )


def _has_hidden(report: Report) -> bool:
    lines = [
        report.total,
        *report.trend.values(),
        *(line for each in report.tables.values() for line in each),
    ]
    return any(number is None for line in lines for number in line.numbers.values())


def build_workbook(say: Speech, report: Report, about: Mapping[str, Any]) -> File:
    """Return the same figures as the sheet, as a spreadsheet."""
    book = Workbook()
    title = (
        f"{about['school']}: {say('Coverage by the clubs of the centre')}, {about['year']}, {about['term']}"
    )
    notes = [
        title,
        say("On {date}", date=about["on"]),
        *([_explain_hidden(say)] if _has_hidden(report) else []),
    ]
    heads = [*map(say, HEADS.values()), say("Came, %")]
    _name, *total = _tell_line(say, "", report.total)
    book.add_sheet(say("All pupils"), notes, heads, [total])
    for name, lines in _tables(say, report, about):
        book.add_sheet(name, [title], [name, *heads], lines)
    return book.save(f"{say('Coverage')} {about['year'].replace('/', '-')} {about['term']}")


def _explain_hidden(say: Speech) -> str:
    return say(
        "* – hidden: fewer than five children, or a number from which such a number could be computed."
    )
