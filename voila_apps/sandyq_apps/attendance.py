"""The attendance register: mark a session or a month, print, find what is worth a look, see who wrote what when.

Rows are only ever added. The two widgets in which children are marked hand their marks over to the frame, which keeps
trying until the portal has them; what they show comes back from the month that this app holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from sandyq_apps.api import AttendancePortal, Mark
from sandyq_apps.attendance_signs import SIGNS, Finding, Sign, find_signs
from sandyq_apps.attendance_trail import list_trail
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, File, Sending, act
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.register import Club, Month, step_month
from sandyq_apps.screen import build_day, build_grid
from sandyq_apps.sheet import build_blank, build_sheet
from sandyq_apps.words import Words
from sandyq_apps.workbook import build_workbook

STATIC = Path(__file__).parent / "static"
TABS: Final = {
    "day": "Mark a session",
    "month": "Month",
    "sheet": "Month sheet",
    "blank": "Empty form",
    "signs": "Worth a look",
    "trail": "Who and when",
}


class Marks(anywidget.AnyWidget):
    """Children to be marked; empty where ``screen`` is empty. Hands over ``mark`` as an act of the app."""

    _css = STATIC / "attendance.css"
    labels = traitlets.Dict().tag(sync=True)
    screen = traitlets.Dict().tag(sync=True)


class DayMarks(Marks):
    _esm = STATIC / "attendance.js"


class MonthMarks(Marks):
    _esm = STATIC / "attendance_month.js"


class AttendanceRegister(App):
    """Show ``day`` and ``month`` below it."""

    title = "Attendance register"
    help = (
        "Choose the club and the day, then press one key for each child: 1 – present, 2 – absent, 3 – absent with a "
        "reason. Every mark is kept at once.\nNothing is ever overwritten: a correction is a new row, and both stay "
        "with who wrote them and when.\nNo computer at hand? Print an empty form, and type it in later under “Month”."
    )
    sheets = ("class",)
    start = {"tab": "day", "club": 0, "date": "", "month": "", "days": []}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.day, self.month = DayMarks(), MonthMarks()
        self._clubs: list[Club] = []
        self._register: Month | None = None
        self._all: list[Month] | None = None
        """What ``signs`` looks at."""
        self._refused: list[str] = []
        self._failed: list[str] = []
        """Marks that the portal did not take: the widgets show what stands there instead."""
        self._problem = ""
        self._is_reading = False

    # reading

    def opened(self) -> None:
        if not self._clubs:
            self._portal = AttendancePortal(**vars(self.desk.portal))
            self._clubs, filled = self._portal.list_clubs()
            if self._clubs:
                self._settle(filled)
                self._register = self._portal.read_month(*self._wanted)

    def _settle(self, filled: Sequence[int] = ()) -> None:
        """Put what is missing or no more into the place: a club of one's own or with children, today."""
        if self.place["club"] not in {club.id for club in self._clubs}:
            me = self.desk.me.get("id")
            self.place["club"] = min(
                self._clubs, key=lambda club: (club.leader_id != me, club.id not in filled)
            ).id
        self.place["date"] = self.place["date"] or self.desk.today
        self.place["month"] = self.place["month"] or self.place["date"][:7]

    @property
    def _wanted(self) -> tuple[int, str]:
        """The club and the month that the page is about."""
        day = self.place["tab"] == "day"
        return self.place["club"], self.place["date"][:7] if day else self.place["month"]

    @property
    def _is_there(self) -> bool:
        if self.place["tab"] == "signs":
            return self._all is not None and all(each.month == self.place["month"] for each in self._all)
        month = self._register
        return month is not None and (month.club.id, month.month) == self._wanted

    async def _read(self) -> None:
        """Read until what was read is what is wanted; somebody may choose something else meanwhile."""
        self._is_reading, self._problem = True, ""
        try:
            while not self._is_there:
                if self.place["tab"] == "signs":
                    self._all = await asyncio.to_thread(self._portal.read_all, self.place["month"])
                else:
                    self._register = await asyncio.to_thread(self._portal.read_month, *self._wanted)
        except (Unreachable, Refused) as problem:
            self._problem = self.explain(problem)
        finally:
            self._is_reading = False
        self.show()

    async def hear(self) -> None:
        """Add the rows that others have written meanwhile."""
        month = self._register
        if month is None:
            return
        fresh = await asyncio.to_thread(self._portal.read_month, month.club.id, month.month, month.heard)
        month.heard = max(month.heard, fresh.heard)
        if fresh.rows or fresh.children != month.children:
            month.children = fresh.children
            for (date, child), rows in fresh.rows.items():
                for row in rows:
                    month.add(date, child, row)
            self.show()

    # the page

    def view(self) -> list[Part]:
        words = Words(self.speech.language)
        if not self._clubs:
            self._show_marks(words, None)
            return [
                parts.empty(
                    self._("There is no club yet"),
                    self._(
                        "The centre's leader or an administrator makes clubs and enrols children "
                        "in the app “Clubs and enrolment”."
                    ),
                )
            ]
        self._settle()
        tabs = parts.tabs(
            "choose_tab", self.place["tab"], [(key, self._(label)) for key, label in TABS.items()]
        )
        top = [tabs, *self._show_choice(words)]
        if not self._is_there:
            self._show_marks(words, None)
            if self._problem:
                again = parts.button(self._("Try again"), "read_again", tone="primary")
                return [*top, parts.notice(self._problem, "danger", again)]
            if not self._is_reading:
                self._start(self._read())
            return [*top, parts.text(self._("One moment…"), "quiet")]
        self._show_marks(words, self._register)
        return [*top, *self._show_tab(words)]

    def _show_choice(self, words: Words) -> list[Part]:
        tab = self.place["tab"]
        clubs = [
            (club.id, self._("{name} (deleted)", name=club.name) if club.is_deleted else club.name)
            for club in self._clubs
        ]
        club = parts.field("club", self._("Club"), "choice", self.place["club"], choices=clubs, needed=True)
        date = parts.field("date", self._("Date"), "date", self.place["date"], most=self.desk.today)
        fields = {"day": [club, date], "signs": []}.get(tab, [club])
        form = [parts.form("choose", fields, "", key=f"choice-{tab}", live=True)] if fields else []
        if tab == "day":
            return form
        month = self.place["month"]
        steps = parts.row(
            parts.button(f"← {self._('Previous month')}", "step", {"by": -1}),
            parts.heading(words.month(month), 2),
            parts.button(f"{self._('Next month')} →", "step", {"by": 1}, off=month >= self.desk.today[:7]),
        )
        return [*form, steps]

    def _show_marks(self, words: Words, month: Month | None) -> None:
        """Fill the widget that belongs to the chosen tab, empty the other."""
        self.day.labels = self.month.labels = words.labels()
        lost = {"refused": self._refused, "failed": self._failed}
        tab = self.place["tab"]
        has_children = month is not None and month.children
        self.day.screen = (
            build_day(words, month, self.place["date"]) | lost
            if month and tab == "day" and has_children
            else {}
        )
        days = [date for date in self.place["days"] if date.startswith(self.place["month"])]
        self.month.screen = (
            build_grid(words, month, days) | lost if month and tab == "month" and has_children else {}
        )

    def _show_tab(self, words: Words) -> list[Part]:
        month = self._register
        if self.place["tab"] == "signs" or month is None:
            return self._show_signs(words)
        if not month.children:
            return [
                parts.empty(
                    self._("Nobody is enrolled yet"),
                    self._("No children are enrolled in this club on this date."),
                )
            ]
        shows: dict[str, Callable[[Words, Month], list[Part]]] = {
            "month": self._show_grid,
            "sheet": self._show_sheet,
            "blank": self._show_blank,
            "trail": self._show_trail,
        }
        show = shows.get(self.place["tab"])
        return show(words, month) if show else []

    def _show_grid(self, _words: Words, month: Month) -> list[Part]:
        date = parts.field("date", self._("Day of the session"), "date", needed=True, most=self.desk.today)
        form = parts.form("add_day", [date], self._("Add the day"), key="add-day")
        opened = not month.dates and not self.place["days"]
        return [parts.fold(self._("Add a day, for instance from a paper form"), form, opened=opened)]

    def _show_sheet(self, words: Words, month: Month) -> list[Part]:
        html = build_sheet(words, month, self.desk.today)
        button = parts.button(self._("Download XLSX"), "download")
        return [parts.paper(self._("Month sheet"), html, button, landscape=True)]

    def _show_blank(self, words: Words, month: Month) -> list[Part]:
        return [parts.paper(self._("Empty form"), build_blank(words, month), landscape=True)]

    def _show_trail(self, words: Words, month: Month) -> list[Part]:
        labels = words.labels()
        names = ("date", "child", "class", "status", "reason", "by", "at", "kind")
        lines = [
            parts.line(
                entry.row.number,
                date=parts.cell(self.speech.short_date(entry.date), sort=entry.date),
                **{"class": entry.child.class_name},
                child=entry.child.name,
                status=labels[entry.row.status],
                reason=entry.row.reason,
                by=entry.row.by,
                at=parts.cell(words.moment(entry.row.at), sort=entry.row.number),
                kind=parts.cell(labels[entry.kind], tone="warn" if entry.kind == "corrected" else ""),
            )
            for entry in list_trail(month)
        ]
        return [
            parts.text(self._("Every row that was ever written. Nothing here can be changed or removed.")),
            parts.row(parts.print_button(self._("Print")), parts.button(self._("Download XLSX"), "download")),
            parts.table(
                f"{month.club.name}: {words.month(month.month)}",
                [parts.column(name, labels[name]) for name in names],
                lines,
                search=self._("Search"),
                nothing=self._("No sessions were held in this month."),
                key="trail",
            ),
        ]

    def _show_signs(self, words: Words) -> list[Part]:
        registers = self._all or []
        found = find_signs(registers, self.desk.school.get("quarters", []))
        parts_of_page = [
            parts.text(
                self._(
                    "A sign is a question, not a verdict: honest clubs show some of them, too. Look first, "
                    "then talk with the teacher."
                )
            )
        ]
        if unmarked := [each.club.name for each in registers if each.children and not each.dates]:
            missing = self.speech.count(
                "No session of {count} club is marked in this month: {names}.",
                "No session of {count} clubs is marked in this month: {names}.",
                len(unmarked),
                names=", ".join(unmarked),
            )
            parts_of_page.append(parts.notice(missing, "warn"))
        if not found and any(each.dates for each in registers):
            parts_of_page.append(
                parts.notice(self._("Nothing in this month's registers asks for a look."), "good")
            )
        for sign, findings in found.items():
            parts_of_page.append(self._show_sign(words, sign, findings))
        rules = [parts.text(f"{self._(sign.title)}. {self._tell_rule(sign)}") for sign in SIGNS]
        return [
            *parts_of_page,
            parts.fold(self._("What is looked for, and when it is told"), *rules, key="rules"),
        ]

    def _tell_rule(self, sign: Sign) -> str:
        return self._(sign.rule, **sign.limits)

    def _show_sign(self, words: Words, sign: Sign, findings: list[Finding]) -> Part:
        lines = [
            parts.line(
                f"{finding.club.id}-{number}",
                club=parts.cell(finding.club.name, act="open_trail", values={"club": finding.club.id}),
                who=", ".join(finding.who),
                days=", ".join(words.short_date(date) for date in finding.dates),
            )
            for number, finding in enumerate(findings)
        ]
        columns = [parts.column("club", self._("Club"))]
        if any(finding.who for finding in findings):
            columns.append(parts.column("who", self._("Who"), wide=True))
        if any(finding.dates for finding in findings):
            columns.append(parts.column("days", self._("Days")))
        return parts.card(
            self._(sign.title),
            parts.text(self._tell_rule(sign), "quiet"),
            parts.table(self._(sign.title), columns, lines, key=f"sign-{sign.key}"),
            parts.text(f"{self._('Look at this')}: {self._(sign.look)}"),
            key=f"sign-{sign.key}",
        )

    # what people do

    @act
    def choose_tab(self, values: dict[str, Any]) -> None:
        if values["tab"] in TABS:
            self.place["tab"] = values["tab"]
            self._all = None

    @act
    def choose(self, values: dict[str, Any]) -> None:
        self.place["club"] = values["club"]
        if date := values.get("date"):
            self.place |= {"date": date, "month": date[:7]}

    @act
    def step(self, values: dict[str, Any]) -> None:
        month = step_month(self.place["month"], values["by"])
        self.place["month"] = min(month, self.desk.today[:7])

    @act
    def add_day(self, values: dict[str, Any]) -> None:
        date = values["date"]
        self.place["days"] = sorted({*self.place["days"], date})
        self.place["month"] = date[:7]

    @act
    def open_trail(self, values: dict[str, Any]) -> None:
        self.place |= {"tab": "trail", "club": values["club"]}

    @act
    def read_again(self, _values: dict[str, Any]) -> None:
        self._problem = ""

    @act
    def download(self, _values: dict[str, Any]) -> File | None:
        month = self._register
        if month is None or not self._is_there:
            return None
        words = Words(self.speech.language)
        return build_workbook(words, month)

    @act
    def mark(self, values: dict[str, Any]) -> Sending:
        mark = Mark(
            values["uuid"], values["club"], values["date"], values["child"], values["status"], values["reason"].strip()
        )  # fmt: skip

        def write() -> str:
            try:
                row = self._portal.send_mark(mark)
            except Refused:
                self._refused = [*self._refused, mark.uuid]
                raise
            month = self._register
            if month and (mark.club, mark.date[:7]) == (month.club.id, month.month):
                month.add(mark.date, mark.child, row)
            return row.at

        def give_up() -> None:
            self._failed = [*self._failed, mark.uuid]

        return Sending(write, give_up)
