"""The programme's page for outside: numbers of few people hidden, as a sheet to print and as a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sandyq_apps.coverage_hiding import SMALL, is_small
from sandyq_apps.kit.app import File
from sandyq_apps.kit.papers import Workbook, render
from sandyq_apps.kit.speech import Speech
from sandyq_apps.programme_counts import COLUMNS, MARKS, Group, Member, count, gather
from sandyq_apps.programme_hiding import OTHERS, TOTAL, hide_all, is_telling

HEADS: Final = {
    "enrolled": "Takes part",
    "attended": "Attended sessions",
    "completed": "Completed the course",
    "applied": "Applied in class",
    "silent": "Silent for long",
}
SHORT: Final = ("Learners", "Attend", "Complete it", "Apply it", "No news")
"""The same, above the narrow columns of the sheet."""
MEANINGS: Final = {
    "enrolled": "in a group whose course has begun, and not left; a person in two groups is counted once.",
    "attended": "present or online in at least the share of the sessions held so far that the course asks for (mostly "
    "60 %).",
    "completed": "has the course's certificate.",
    "applied": "in literacy: since the course began, at least five pupils (all of a smaller class) answered in one "
    "lesson or handed in one assignment that this teacher gave to their class; in management: a coach or facilitator "
    "has accepted a practice task. Counted from what happened, not from what was reported.",
    "silent": "for 45 days no session attended, no evidence, no word to a partner and no lesson given, though the "
    "course has begun and its nine months of support are not over. June to August do not count.",
}
"""What each figure says, in plain words, for the page, the sheet and the spreadsheet."""
TITLES: Final = {"programme": "By programme", "school": "By school", "community": "By community"}
PROGRAMMES: Final = {"literacy": "Literacy for teachers", "management": "Management for heads"}
HIDDEN: Final = "*"
MONTHS_SHOWN: Final = 13
"""Of the trend on the sheet: a year and the running month."""


@dataclass(frozen=True)
class Line:
    """By column of COLUMNS a number; None: hidden."""

    group: Group
    numbers: Mapping[str, int | None]


@dataclass(frozen=True)
class Report:
    """What may be told outside: nothing else goes into the sheet and the spreadsheet."""

    day: date
    total: Line
    tables: Mapping[str, Sequence[Line]]
    """By TITLES."""
    trend: Sequence[tuple[date, Line]]

    @property
    def has_hidden(self) -> bool:
        lines = [self.total, *(line for _, line in self.trend)]
        lines += [line for table in self.tables.values() for line in table]
        return any(number is None for line in lines for number in line.numbers.values())


def build_report(members: Sequence[Member], days: Sequence[date], month: int) -> Report | None:
    """Return the report of a month's end; None when there are too few people for any. May take seconds."""
    if len(gather(members, month)) < SMALL:
        return None
    told = hide_all(members, month)
    _, sizes = told[MARKS[0]]
    # Only a programme can be small here: its size is what the other one leaves of all, so both are hidden.
    small = {table for (table, _), size in sizes.items() if is_small(size)}

    def line(table: str, group: Group) -> Line:
        marks = {mark: values[table, group] for mark, (values, _) in told.items()}
        return Line(group, {"enrolled": None if table in small else sizes[table, group], **marks})

    tables = {name: [line(table, group) for table, group in sizes if table == name] for name in TITLES}
    total = line(*TOTAL)
    trend = [
        (day, total if place == month else _tell_total(members, place))
        for place, day in enumerate(days[: month + 1])
    ]
    return Report(days[month], total, tables, trend[-MONTHS_SHOWN:])


def _tell_total(members: Sequence[Member], month: int) -> Line:
    """Of another month the report tells only the totals."""
    total = count(members, month)
    if is_small(total.enrolled):
        return Line("", dict.fromkeys(COLUMNS))
    marks = {mark: getattr(total, mark) for mark in MARKS}
    return Line(
        "",
        {"enrolled": total.enrolled}
        | {mark: None if is_telling(value, total.enrolled) else value for mark, value in marks.items()},
    )


def tell_share(say: Speech, number: int, of: int) -> str:
    return say.percent(number / of) if of else ""


def name_month(say: Speech, day: date) -> str:
    """Return a month as ``11.2026``, which fits below a chart."""
    return say.short_date(day)[3:]


@dataclass(frozen=True)
class Names:
    """What the report's head and its groups are called."""

    whose: str
    """``Аудандық әдістемелік кабинет · All the district's people``."""
    today: str
    group: Callable[[Speech, str, Group], str]


def _tables(say: Speech, report: Report, names: Names) -> dict[str, list[list[Any]]]:
    """Return each table's lines as told, in the order of their names; those that are told together last."""
    found = {}
    for table, lines in report.tables.items():
        named = [(line.group in (OTHERS, None), names.group(say, table, line.group), line) for line in lines]
        named.sort(key=lambda each: each[:2])
        found[table] = [[name, *_tell_line(line)] for _, name, line in named]
    return found


def _tell_line(line: Line) -> list[int | str]:
    return [HIDDEN if (number := line.numbers[name]) is None else number for name in COLUMNS]


def explain_rule(say: Speech) -> str:
    return say(
        "No number here tells of fewer than five people: “*” stands for one that would (also “18 of 20”, which tells "
        "of two), and for those from which it could be computed. Schools and communities with fewer than five people "
        "are told together. The page heeds no filters. Pages of different days or makers are not protected from each "
        "other: give out one."
    )


def render_report(say: Speech, report: Report, names: Names) -> str:
    """Return the sheet for outside, one page of A4 for a district."""
    total = report.total.numbers
    enrolled = total["enrolled"] or 0
    sums = [
        (
            say(HEADS[name]),
            HIDDEN if total[name] is None else say.number(total[name] or 0),
            "" if name == "enrolled" or total[name] is None else tell_share(say, total[name] or 0, enrolled),
        )
        for name in COLUMNS
    ]
    trend = [[name_month(say, day), *_tell_line(line)] for day, line in report.trend]
    tables = _tables(say, report, names)
    return render(
        "programme_report.html",
        say=say,
        whose=names.whose,
        on=say.date(report.day),
        today=say.date(names.today),
        heads=[say(head) for head in SHORT],
        sums=sums,
        schools=(say("School"), tables["school"]),
        others=[
            *((say(TITLES[name]), tables[name]) for name in ("programme", "community")),
            (say("By month"), trend),
        ],
        meanings=[(say(HEADS[name]), say(MEANINGS[name])) for name in COLUMNS],
        rule=explain_rule(say),
    )


def build_workbook(say: Speech, report: Report, names: Names) -> File:
    """Return the same figures as the sheet: a spreadsheet with a page a table, and what the figures mean."""
    book = Workbook()
    title = f"{say('The programme')} · {names.whose} · {say('On {date}', date=say.date(report.day))}"
    heads = [say(head) for head in HEADS.values()]
    foot = [explain_rule(say)]
    book.add_sheet(say("All people"), [title], heads, [_tell_line(report.total)], foot=foot)
    for name, lines in _tables(say, report, names).items():
        book.add_sheet(say(TITLES[name]), [title], ["", *heads], lines, foot=foot, fixed=1)
    trend = [[day, *_tell_line(line)] for day, line in report.trend]
    book.add_sheet(say("By month"), [title], [say("Day"), *heads], trend, foot=foot, fixed=1)
    meanings = [[say(HEADS[name]), say(MEANINGS[name])] for name in COLUMNS]
    book.add_sheet(
        say("What the figures mean"), [title], [say("Figure"), say("Meaning")], meanings, foot=foot
    )
    return book.save(f"{say('The programme')} {report.day.isoformat()}")
