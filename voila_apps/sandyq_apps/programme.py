"""The Academy's dashboard: who takes part, attends, completes, applies; of whom nothing is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from sandyq.i18n import kazakh_key
from sandyq_apps.kit import charts, parts
from sandyq_apps.kit.app import App, File, act
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.speech import Speech
from sandyq_apps.programme_counts import (
    COLUMNS,
    MARKS,
    Count,
    Group,
    Member,
    Silent,
    choose,
    count,
    count_by,
    list_days,
    list_silent,
    read_member,
)
from sandyq_apps.programme_hiding import OTHERS
from sandyq_apps.programme_report import (
    HEADS,
    MEANINGS,
    PROGRAMMES,
    TITLES,
    Names,
    Report,
    build_report,
    build_workbook,
    explain_rule,
    name_month,
    render_report,
    tell_share,
)

TABS: Final = {
    "all": "Overview",
    "school": TITLES["school"],
    "community": TITLES["community"],
    "silent": "Who is silent",
    "report": "For outside",
}
TONES: Final[Mapping[str, parts.Tone]] = {"enrolled": "", "silent": "warn"}
SCOPES: Final = {
    "district": "all schools of the district",
    "coach": "the people of your groups",
    "administrator": "the people of your school",
}
"""Whom one sees, by role; a role further up sees those of the roles below it."""
COLOURS: Final = ("#2f6db5", "#d9d4c6")
"""Applied, and not."""
EVERYBODY: Final[dict[str, Any]] = {"programme": "", "school": 0, "community": 0}


class ProgrammeDashboard(App):
    title = "Programme"
    help = (
        "Who learns in the Academy and what comes of it: counted from what happened, not from reports.\nChoose a "
        "programme, a school, a community or a month above; a school's name opens its figures.\n“Who is silent” names "
        "the people of whom nothing was heard for 45 days, and their coach. “For outside” is the page to print or send "
        "on: it tells of no fewer than five people."
    )
    sheets = ("standing", "community")
    start = {"tab": "all", "day": "", **EVERYBODY}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._members: list[Member] = []
        self._reports: dict[int, Report | None] = {}
        """By month; made when they are asked for."""
        self._is_working = False

    # reading

    def opened(self) -> None:
        rows = self.desk.rows("standing")
        self._members = [read_member(row) for row in rows]
        self._schools = {row.school_id: row.school for row in rows}
        self._communities = {row.id: row.names for row in self.desk.rows("community")}
        self._days = list_days(self._members, self.desk.today)
        self._reports = {}

    @property
    def _month(self) -> int:
        """The chosen month, else the running one."""
        told = [day.isoformat() for day in self._days]
        return told.index(self.place["day"]) if self.place["day"] in told else len(told) - 1

    @property
    def _chosen(self) -> list[Member]:
        return choose(self._members, self.place["programme"], self.place["school"], self.place["community"])

    def _name(self, table: str, group: Group) -> str:
        return self._name_in(self.speech, table, group)

    def _name_in(self, say: Speech, table: str, group: Group) -> str:
        """Return what a school, community or programme is called in a language."""
        if group == OTHERS:
            return say("Others together")
        match table, group:
            case "programme", str(key):
                return say(PROGRAMMES[key]) if key in PROGRAMMES else key
            case "school", int(number):
                return self._schools[number]
            case "community", int(number) if number in self._communities:
                return say.name(self._communities[number])
        return say("No community")

    def _whose(self, say: Speech) -> str:
        scopes = [say(words) for role, words in SCOPES.items() if role in self.desk.me.roles]
        return scopes[0] if "district" in self.desk.me.roles else ", ".join(scopes)

    # the page

    def view(self) -> list[Part]:
        if not self._members:
            return [
                parts.empty(
                    self._("Nobody is in a course that has begun"),
                    self._(
                        "A coach makes a group in the Academy's courses and takes its people in. From its first day on "
                        "they are counted here; nothing is to be entered."
                    ),
                )
            ]
        tabs = [(key, self._(label)) for key, label in TABS.items()]
        shows: dict[str, Callable[[], list[Part]]] = {
            "all": self._show_all,
            "school": lambda: self._show_groups("school"),
            "community": lambda: self._show_groups("community"),
            "silent": self._show_silent,
            "report": self._show_report,
        }
        tab = self.place["tab"]
        scope = self._("Shown: {whose}.", whose=self._whose(self.speech))
        body = shows[tab]()
        return [
            parts.tabs("choose_tab", tab, tabs),
            parts.text(scope, "quiet"),
            self._show_choice(),
            *body,
            parts.row(parts.button(self._("Read the figures anew"), "read_anew", tone="quiet")),
        ]

    def _show_choice(self) -> Part:
        """The filters that the tab heeds, where there is something to choose."""
        tab, place = self.place["tab"], self.place
        fields = []
        if tab != "report":
            every: dict[str, list[Any]] = {
                "programme": sorted({each.programme for each in self._members}),
                "school": self._sort("school", {each.school for each in self._members}),
                "community": self._sort("community", {each.community or -1 for each in self._members}),
            }
            for name, label in (("programme", "Programme"), ("school", "School"), ("community", "Community")):
                if len(every[name]) > 1:
                    choices = [(EVERYBODY[name], self._("All of them"))]
                    choices += [(group, self._name(name, group)) for group in every[name]]
                    fields.append(
                        parts.field(name, self._(label), "choice", place[name], choices=choices, needed=True)
                    )
        if tab != "silent" and len(self._days) > 1:
            days = [(day.isoformat(), self._name_day(day)) for day in reversed(self._days)]
            chosen = self._days[self._month].isoformat()
            fields.append(
                parts.field("day", self._("On what day"), "choice", chosen, choices=days, needed=True)
            )
        return parts.form("choose", fields, "", key=f"choice-{tab}", live=True) if fields else parts.row()

    def _name_day(self, day: date) -> str:
        if day == self._days[-1]:
            # In full it is wider than its field.
            return self._("today, {date}", date=self.speech.short_date(day))
        return self.speech.date(day)

    def _sort(self, table: str, groups: set[Any]) -> list[Any]:
        """Return groups by their names; who is in none comes last."""
        return sorted(groups, key=lambda each: (each in (-1, None), kazakh_key(self._name(table, each))))

    def _show_nobody(self) -> list[Part]:
        words = self._("Nobody took part then who fits what is chosen above.")
        return [parts.notice(words, "", parts.button(self._("Show all"), "show_all"))]

    def _show_all(self) -> list[Part]:
        members, say = self._chosen, self.speech
        total = count(members, self._month)
        if not total.enrolled:
            return self._show_nobody()
        figures = [
            parts.figure(
                self._(HEADS[name]),
                say.number(getattr(total, name)),
                "" if name == "enrolled" else tell_share(say, getattr(total, name), total.enrolled),
                TONES.get(name, "good"),
            )
            for name in COLUMNS
        ]
        return [
            parts.figures(*figures),
            self._explain(),
            self._show_trend(members),
            *(self._show_table("programme", count_by(members, "programme", self._month)),),
        ]

    def _explain(self) -> Part:
        lines = [
            parts.text(f"{self._(HEADS[name])} – {self._(meaning)}") for name, meaning in MEANINGS.items()
        ]
        return parts.fold(self._("What the figures mean"), *lines)

    def _show_trend(self, members: list[Member]) -> Part:
        counts = [count(members, month) for month in range(len(self._days))]
        names = [name_month(self.speech, day) for day in self._days]
        series = {
            self._(HEADS[name]): [
                100 * getattr(each, name) / each.enrolled if each.enrolled else None for each in counts
            ]
            for name in MARKS
        }
        lines = [
            parts.line(
                day.isoformat(),
                group=parts.cell(name, sort=place),
                **{key: getattr(counts[place], key) for key in COLUMNS},
            )
            for place, (day, name) in enumerate(zip(self._days, names, strict=True))
        ]
        title = self._("Month by month, % of those who take part")
        words = self._(
            "Each month as it was on its last day, the running one as it is today. A new group lowers the shares "
            "at first."
        )
        table = parts.table(title, self._columns("Month", with_share=False), lines)
        shown = [
            name if len(names) <= 7 or not (len(names) - 1 - n) % 2 else "" for n, name in enumerate(names)
        ]
        return parts.chart(title, charts.lines(shown, series), table, words)

    def _columns(self, first: str, *, with_share: bool = True) -> list[Part]:
        share = [parts.column("share", self._("Applied, %"), "number")] if with_share else []
        return [
            parts.column("group", self._(first), wide=True),
            *(parts.column(name, self._(HEADS[name]), "number") for name in COLUMNS),
            *share,
        ]

    def _show_table(self, table: str, counts: Mapping[Group, Count]) -> Part:
        """Programmes, schools or communities; a name opens its own figures."""
        heads = {"programme": "Programme", "school": "School", "community": "Community"}
        order = self._sort(table, set(counts))
        lines = []
        for number, group in enumerate(order):
            each, name = counts[group], self._name(table, group)
            share = each.applied / each.enrolled
            values = {"table": table, "group": group if group is not None else -1}
            cells = {key: getattr(each, key) for key in COLUMNS}
            cells["share"] = parts.cell(self.speech.percent(share), sort=share)
            lines.append(
                parts.line(
                    str(group),
                    group=parts.cell(name, sort=number, act="open_group", values=values),
                    **cells,
                )
            )
        search = self._("Search") if len(lines) > 8 else ""
        return parts.table(self._(TITLES[table]), self._columns(heads[table]), lines, search=search)

    def _show_groups(self, table: str) -> list[Part]:
        counts = count_by(self._chosen, table, self._month)
        if not counts:
            return self._show_nobody()
        shown = self._show_table(table, counts)
        order = sorted(counts, key=lambda group: -counts[group].applied / counts[group].enrolled)
        items = [
            charts.Bar(
                self._name(table, group),
                (counts[group].applied, counts[group].enrolled - counts[group].applied),
                f"{counts[group].applied} / {counts[group].enrolled}",
            )
            for group in order
        ]
        title = self._("Who applies it in class")
        words = self._("Plain: applied in class. Hatched: not yet. The numbers: applied / takes part.")
        picture = parts.chart(title, charts.bars(items, COLOURS, hatched=True), shown, words)
        return [shown, self._explain(), picture] if len(counts) > 1 else [shown, self._explain()]

    def _show_silent(self) -> list[Part]:
        silent = list_silent(self._chosen, len(self._days) - 1)
        if not silent:
            return [
                parts.notice(
                    self._("Nobody has been silent for 45 days. June to August do not count."), "good"
                )
            ]
        columns = [
            parts.column("name", self._("Who")),
            parts.column("school", self._("School")),
            parts.column("community", self._("Community")),
            parts.column("group", self._("Training group")),
            parts.column("coach", self._("Their coach")),
            parts.column("last", self._("Last heard of")),
        ]
        lines = [self._tell_silent(each) for each in silent]
        words = self.speech.count(
            "Nothing was heard of {count} person for 45 days. A call costs less than a lost year.",
            "Nothing was heard of {count} people for 45 days. A call costs less than a lost year.",
            len(silent),
        )
        title = self._("Who is silent")
        return [
            parts.text(words),
            parts.table(title, columns, lines, search=self._("Search") if len(lines) > 8 else ""),
            parts.row(parts.print_button(self._("Print"))),
        ]

    def _tell_silent(self, each: Silent) -> Part:
        last = self.speech.short_date(each.last_sign) if each.last_sign else self._("never yet")
        return parts.line(
            each.person,
            name=each.name,
            school=self._name("school", each.school),
            community=self._name("community", each.community),
            group=", ".join(dict.fromkeys(member.group for member in each.groups)),
            coach=", ".join(dict.fromkeys(member.coach for member in each.groups)),
            last=parts.cell(last, sort=each.last_sign),
        )

    # for outside

    def _show_report(self) -> list[Part]:
        month = self._month
        if month not in self._reports:
            if not self._is_working:
                self._start(self._make_report(month))
            return [parts.text(self._("One moment…"), "quiet")]
        report = self._reports[month]
        if report is None:
            words = self._(
                "Fewer than five people took part then: a page for outside would tell of each of them."
            )
            return [parts.notice(words, "warn")]
        return [
            parts.text(explain_rule(self.speech), "quiet"),
            parts.paper(
                self._("For outside"),
                render_report(self.speech, report, self._names()),
                parts.button(self._("Download XLSX"), "download"),
            ),
        ]

    async def _make_report(self, month: int) -> None:
        """Small numbers may take some seconds to hide."""
        self._is_working = True
        members, days, reports = self._members, self._days, self._reports
        try:
            reports[month] = await asyncio.to_thread(build_report, members, days, month)
        finally:
            self._is_working = False
        self.show()

    def _names(self) -> Names:
        roles, whose = self.desk.me.roles, self.desk.school.get("name", "")
        if "district" in roles:
            whose = f"{whose} · {self._(SCOPES['district'])}"
        elif "coach" in roles:
            whose = f"{whose} · {self._('groups of {name}', name=self.desk.me.name)}"
        return Names(whose, self.desk.today, self._name_in)

    # what people do

    @act
    def choose_tab(self, values: dict[str, Any]) -> None:
        if values["tab"] in TABS:
            self.place["tab"] = values["tab"]

    @act
    def choose(self, values: dict[str, Any]) -> None:
        self.place |= {name: values[name] for name in (*EVERYBODY, "day") if name in values}

    @act
    def show_all(self, _values: dict[str, Any]) -> None:
        self.place |= {**EVERYBODY, "day": ""}

    @act
    def open_group(self, values: dict[str, Any]) -> None:
        if values["table"] in EVERYBODY:
            self.place |= {values["table"]: values["group"], "tab": "all"}

    @act
    async def read_anew(self, _values: dict[str, Any]) -> None:
        await asyncio.to_thread(self.desk.load)
        self.opened()

    @act
    def download(self, _values: dict[str, Any]) -> File | None:
        report = self._reports.get(self._month)
        return build_workbook(self.speech, report, self._names()) if report else None
