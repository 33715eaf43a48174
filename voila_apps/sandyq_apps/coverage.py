"""The coverage dashboard: how many different children the centre reaches, and whom it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from sandyq.i18n import LANGUAGE_NAMES, kazakh_key
from sandyq_apps.chests import colour_of
from sandyq_apps.closed_clubs import CLOSED, hear_of_closed, read_clubs
from sandyq_apps.coverage_counts import (
    DIMENSIONS,
    Count,
    Coverage,
    Enrolled,
    Group,
    Pupil,
    Term,
    cover,
    list_terms,
)
from sandyq_apps.coverage_report import Report, build_report, build_workbook, name_group, render_report
from sandyq_apps.kit import charts, parts
from sandyq_apps.kit.app import App, File, act
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.kit.speech import Speech

TABS: Final = {
    "all": "Overview",
    "nothing": "Who is in nothing",
    "trend": "Over the terms",
    "report": "For the district",
}
TITLES: Final = {
    "grade": "By grade", "sex": "By sex", "village": "By village", "language": "By language", "class": "By class",
}  # fmt: skip
COLOURS: Final = ("#2f6db5", "#b8842a", "#d9d4c6")
"""Came, enrolled but never came, in nothing."""


class CoverageDashboard(App):
    title = "Coverage"
    help = (
        "How many different children the clubs reach, counted once each, however many clubs they are in.\nEnrolled is "
        "who was in a club on at least one day of the term. Came is who was present at least once: whoever never came "
        "is not covered.\nWhat you see here is for you. What is printed for the district hides small numbers."
    )
    sheets = ("chest", "club", CLOSED, "enrolment", "child")
    start = {"tab": "all", "term": 0, "language": "", "report": "kk"}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[int, dict[str, Any]] = {}
        """By term: the pupils of its last day, and who came to which club how often."""
        self._report: Report | None = None
        self._is_working = False
        self._problem = ""

    # reading

    def opened(self) -> None:
        self._report = None
        hear_of_closed(self.desk)
        self._terms = list_terms(self.desk.school.get("quarters", []), self.desk.today)
        if self._terms and self._term.number not in self._answers:
            self._answers[self._term.number] = self._ask(self._term)

    @property
    def _term(self) -> Term:
        chosen = (term for term in self._terms if term.number == self.place["term"])
        return next(chosen, self._terms[-1])

    def _ask(self, term: Term) -> dict[str, Any]:
        asked = urlencode({"since": term.starts, "until": term.ends})
        answer: dict[str, Any] = self.desk.portal.ask("GET", f"/clubs/presence?{asked}")
        return answer

    def _cover(self, term: Term) -> Coverage:
        answer = self._answers[term.number]
        known = {child.person_id: child for child in self.desk.rows("child")}
        nobody = {"sex": "", "village": ""}
        pupils = [
            Pupil(
                each["id"], each["name"], each["class"], each["grade"], each["language"],
                known.get(each["id"], nobody)["sex"], known.get(each["id"], nobody)["village"],
            )
            for each in answer["pupils"]
        ]  # fmt: skip
        enrolments = [
            Enrolled(each.club_id, each.person_id, each.since, each.until)
            for each in self.desk.rows("enrolment")
        ]
        chest_of = {club.id: club.chest_id for club in read_clubs(self.desk).values()}
        return cover(pupils, enrolments, answer["presence"], chest_of, term)

    @property
    def _needs(self) -> list[Term]:
        """The terms that the chosen tab tells of and that were not read yet."""
        told = self._terms if self.place["tab"] in ("trend", "report") else [self._term]
        return [term for term in told if term.number not in self._answers]

    async def _work(self) -> None:
        """Read what is missing, and make the report where it is wanted: small numbers take some seconds to hide."""
        self._is_working, self._problem = True, ""
        try:
            while self._needs:
                term = self._needs[0]
                self._answers[term.number] = await asyncio.to_thread(self._ask, term)
            if self.place["tab"] == "report":
                coverages = {term: self._cover(term) for term in self._terms}
                chests = [chest.id for chest in self._chests]
                self._report = await asyncio.to_thread(build_report, coverages, self._term, chests)
        except (Unreachable, Refused) as problem:
            self._problem = self.explain(problem)
        finally:
            self._is_working = False
        self.show()

    # the page

    def view(self) -> list[Part]:
        if not self._terms:
            return [
                parts.empty(self._("The school year has no terms yet"), self._("The operator enters them."))
            ]
        top = [
            parts.tabs(
                "choose_tab", self.place["tab"], [(key, self._(label)) for key, label in TABS.items()]
            ),
            self._show_choice(),
        ]
        is_made = self.place["tab"] != "report" or (self._report and self._report.term == self._term)
        if self._needs or not is_made:
            if self._problem:
                again = parts.button(self._("Try again"), "read_again", tone="primary")
                return [*top, parts.notice(self._problem, "danger", again)]
            if not self._is_working:
                self._start(self._work())
            return [*top, parts.text(self._("One moment…"), "quiet")]
        shows: dict[str, Callable[[], list[Part]]] = {
            "all": self._show_all,
            "nothing": self._show_nothing,
            "trend": self._show_trend,
            "report": self._show_report,
        }
        return [*top, *shows[self.place["tab"]]()]

    def _show_choice(self) -> Part:
        terms = [(term.number, name_term(self.speech, term)) for term in self._terms]
        field = parts.field("term", self._("Term"), "choice", self._term.number, choices=terms, needed=True)
        fields = [field]
        if self.place["tab"] == "report":
            names = [(code, LANGUAGE_NAMES[code]) for code in ("kk", "ru")]
            language = self._("Language of the report")
            fields.append(parts.field("report", language, "radio", self.place["report"], choices=names))
        return parts.form("choose", fields, "", key=f"choice-{self.place['tab'] == 'report'}", live=True)

    def _show_all(self) -> list[Part]:
        coverage, say = self._cover(self._term), self.speech
        total = coverage.total
        if not coverage.places:
            return [
                parts.empty(
                    self._("Nobody was in a club in this term"),
                    self._("Enrol children in the app “Clubs and enrolment”; this page counts them at once."),
                )
            ]
        on = self._("Pupils on {date}", date=say.date(self._answers[self._term.number]["on"]))
        places = self._(
            "{places} places are taken: some are in several clubs", places=say.number(coverage.places)
        )

        def figure(label: str, number: int, tone: parts.Tone = "") -> Part:
            return parts.figure(label, say.number(number), say.percent(number / (total.pupils or 1)), tone)

        figures = parts.figures(
            parts.figure(on, say.number(total.pupils)),
            figure(self._("Enrolled, different children"), total.enrolled),
            figure(self._("Came at least once"), total.came, "good"),
            figure(self._("Enrolled but never came"), total.never, "warn"),
            figure(self._("In nothing"), total.nothing, "warn"),
        )
        by_class = coverage.count_by(lambda pupil: pupil.class_name)
        order = {pupil.class_name: _place(pupil) for pupil in coverage.pupils}
        by_class.sort(key=lambda line: order[str(line[0])])
        return [
            figures,
            parts.text(places, "quiet"),
            parts.text(
                self._(
                    "In every picture: dark – came, middle – enrolled but never came, light – in nothing; the numbers "
                    "– came / all."
                ),
                "quiet",
            ),
            self._show_chests(coverage),
            *(self._show_groups(name, coverage.count_by(key)) for name, key in DIMENSIONS.items()),
            self._show_groups("class", by_class),
        ]

    @property
    def _chests(self) -> list[Any]:
        return sorted(self.desk.rows("chest"), key=lambda chest: chest.position)

    def _show_chests(self, coverage: Coverage) -> Part:
        counts = [(chest, coverage.count_chest(chest.id)) for chest in self._chests]
        items = [
            charts.Bar(
                self.speech.name(chest.names), (count.came, count.never), f"{count.came} / {count.enrolled}"
            )
            for chest, count in counts
        ]
        lines = [
            parts.line(
                chest.id,
                group=parts.cell(self.speech.name(chest.names), colour=colour_of(chest), sort=chest.position),
                enrolled=count.enrolled,
                came=count.came,
                never=count.never,
            )
            for chest, count in counts
        ]
        columns = [
            column
            for column in self._columns("Chest")
            if column["key"] in ("group", "enrolled", "came", "never")
        ]
        words = self._("A child who is in clubs of two chests stands in both.")
        title = self._("By chest")
        return parts.chart(title, charts.bars(items, COLOURS), parts.table(title, columns, lines), words)

    def _show_groups(self, name: str, counts: list[tuple[Group, Count]]) -> Part:
        title = self._(TITLES[name])
        labels = [name_group(self.speech, name, group) for group, _ in counts]
        items = [
            charts.Bar(label, (count.came, count.never, count.nothing), f"{count.came} / {count.pupils}")
            for label, (_, count) in zip(labels, counts, strict=True)
        ]
        lines = [
            parts.line(
                label,
                group=parts.cell(label, sort=number),
                pupils=count.pupils,
                enrolled=count.enrolled,
                came=count.came,
                never=count.never,
                nothing=count.nothing,
                share=parts.cell(
                    self.speech.percent(count.came / count.pupils), sort=count.came / count.pupils
                ),
            )
            for number, (label, (_, count)) in enumerate(zip(labels, counts, strict=True))
        ]
        table = parts.table(title, self._columns("Group"), lines)
        return parts.chart(title, charts.bars(items, COLOURS), table)

    def _columns(self, first: str) -> list[Part]:
        heads = {"pupils": "Pupils", "enrolled": "Enrolled", "came": "Came", "never": "Never came", "nothing": "In nothing", "share": "Came, %"}  # fmt: skip # noqa: E501
        return [
            parts.column("group", self._(first), wide=True),
            *(parts.column(key, self._(title), "number") for key, title in heads.items()),
        ]

    def _show_nothing(self) -> list[Part]:
        coverage = self._cover(self._term)
        nothing = coverage.list_nothing()
        if not nothing:
            return [parts.notice(self._("Every pupil is in a club."), "good")]
        classes: dict[str, list[Pupil]] = {}
        for pupil in sorted(nothing, key=_place):
            classes.setdefault(pupil.class_name, []).append(pupil)
        html = render(
            "coverage_nothing.html",
            say=self.speech,
            term=name_term(self.speech, self._term),
            classes=classes,
            sizes={name: sum(pupil.class_name == name for pupil in coverage.pupils) for name in classes},
            school=self.desk.school.get("name", ""),
        )
        never = coverage.list_never()
        lines = [parts.line(pupil.id, name=pupil.name, group=pupil.class_name) for pupil in never]
        columns = [parts.column("name", self._("Child")), parts.column("group", self._("Class"))]
        title = self._("Enrolled but never came")
        told = parts.fold(
            f"{title}: {len(never)}", parts.table(title, columns, lines, search=self._("Search"))
        )
        paper = parts.paper(self._("Who is in nothing"), html)
        words = self.speech.count(
            "{count} pupil is in no club.", "{count} pupils are in no club.", len(nothing)
        )
        return [parts.text(words), *([told] if never else []), paper]

    def _show_trend(self) -> list[Part]:
        counts = {term: self._cover(term).total for term in self._terms}
        say = self.speech
        names = [name_term(say, term) for term in self._terms]
        lines = [
            parts.line(
                term.number,
                group=parts.cell(name, sort=term.number),
                pupils=count.pupils,
                enrolled=count.enrolled,
                came=count.came,
                never=count.never,
                nothing=count.nothing,
                share=parts.cell(say.percent(count.came / (count.pupils or 1)), sort=term.number),
            )
            for name, (term, count) in zip(names, counts.items(), strict=True)
        ]
        series: Mapping[str, list[float | None]] = {
            self._("Enrolled, %"): [100 * count.enrolled / (count.pupils or 1) for count in counts.values()],
            self._("Came, %"): [100 * count.came / (count.pupils or 1) for count in counts.values()],
        }
        title = self._("Share of the pupils by term")
        words = self._("A term counts the pupils of its last day; the running one those of today.")
        table = parts.table(title, self._columns("Term"), lines)
        return [parts.chart(title, charts.lines(names, series), table, words)]

    def _show_report(self) -> list[Part]:
        assert self._report is not None  # noqa: S101 # the view shows it only when it is made
        say = Speech(self.place["report"])
        html = render_report(say, self._report, self._about(say))
        button = parts.button(self._("Download XLSX"), "download")
        words = self._(
            "Numbers below five are hidden here, and those from which they could be computed. Inside the school you "
            "see them all under “Overview”."
        )
        return [parts.text(words, "quiet"), parts.paper(self._("For the district"), html, button)]

    def _about(self, say: Speech) -> dict[str, Any]:
        return {
            "school": self.desk.school.get("name", ""),
            "year": self.desk.school.get("year", ""),
            "term": name_term(say, self._term),
            "on": say.date(self._answers[self._term.number]["on"]),
            "today": say.date(self.desk.today),
            "chests": {chest.id: say.name(chest.names) for chest in self._chests},
        }

    # what people do

    @act
    def choose_tab(self, values: dict[str, Any]) -> None:
        if values["tab"] in TABS:
            self.place["tab"] = values["tab"]

    @act
    def choose(self, values: dict[str, Any]) -> None:
        self.place["term"] = values["term"]
        if values.get("report") in LANGUAGE_NAMES:
            self.place["report"] = values["report"]

    @act
    def read_again(self, _values: dict[str, Any]) -> None:
        self._problem = ""

    @act
    def download(self, _values: dict[str, Any]) -> File | None:
        if self._report is None or self._report.term != self._term:
            return None
        say = Speech(self.place["report"])
        return build_workbook(say, self._report, self._about(say))


def name_term(say: Speech, term: Term) -> str:
    return say("Term {number}", number=term.number)


def _place(pupil: Pupil) -> tuple[int, Any]:
    """Lower grades first, classes in the order of the Kazakh alphabet."""
    return pupil.grade, kazakh_key(pupil.class_name)
