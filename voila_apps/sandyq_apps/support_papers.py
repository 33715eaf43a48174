"""What leaves the app on paper: a participant's portfolio, the grid of all people, a spreadsheet of it."""

from __future__ import annotations

from typing import Any

from sandyq.courses import MONTHS
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import File, act
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.papers import Workbook, render
from sandyq_apps.kit.parts import Part
from sandyq_apps.support_coach import CoachPages
from sandyq_apps.support_mine import CONTACTS, STATES
from sandyq_apps.support_months import judge_all, span
from sandyq_apps.support_people import sort_by_silence
from sandyq_apps.training_papers import certificate_paper


class PaperPages(CoachPages):
    def show_paper(self) -> list[Part]:
        back = parts.button(f"← {self._('Back')}", "open_place", {})
        if self.place["print"] == "grid":
            title = self._("People and their months")
            return [
                back,
                parts.paper(title, self._draw_grid(title), landscape=True),
            ]
        chosen = self.desk.find("participant", self.place["participant"])
        year = chosen or self.own_years()[-1]
        certificate = self.certificate_of(year, "support")
        if self.place["print"] == "certificate" and certificate:
            return [back, certificate_paper(self, certificate)]
        paper = parts.paper(self._("Portfolio"), self._draw_portfolio(year))
        return [back, *self._offer_photos_of(), paper]

    def _offer_photos_of(self) -> list[Part]:
        missing = self.missing_photos()
        values = {"print": "portfolio"}
        return [parts.button(self._("Show the pictures"), "open_place", values)] if missing else []

    # the portfolio

    def _draw_portfolio(self, year: Row) -> str:
        ends, pieces = self.ends_on(year), self.pieces().get(year.id, [])
        states = judge_all(pieces, ends, self.day)
        evidence = {each.id: each for each in self.evidence_of(year)}
        months = []
        for month, theme in enumerate(self.themes_of(year), start=1):
            first, last = span(ends, month)
            own = [self.draw_evidence(evidence[each.id], each) for each in pieces if each.month == month]
            months.append(
                {
                    "number": month,
                    "name": self.speech.name(theme.names),
                    "ask": self.speech.name(theme.asks),
                    "days": f"{self.speech.short_date(first)} – {self.speech.short_date(last)}",
                    "state": self._(STATES[states[month - 1]][1]),
                    "pieces": own,
                }
            )
        return render(
            "support/portfolio.html",
            _=self._,
            cover=self._list_cover(year),
            name=self._name_owner(year),
            accepted=self._("{count} of {all} months accepted", count=states.count("accepted"), all=MONTHS),
            months=months,
            contacts=[self._tell_contact(each) for each in reversed(self.contacts_of(year.person_id))],
            observations=self._list_observations(year.person_id),
            day=self.speech.date(self.desk.today),
        )

    def _name_owner(self, year: Row) -> str:
        standing = self.desk.find("standing", year.id)
        return str(standing.name) if standing else self.name_of(year.person_id)

    def _list_cover(self, year: Row) -> list[tuple[str, str]]:
        group, standing = self.group_of(year), self.desk.find("standing", year.id)
        member = self.desk.find("member", year.person_id)
        first, last = span(self.ends_on(year), 1)[0], span(self.ends_on(year), MONTHS)[1]
        certificates = {kind: self.certificate_of(year, kind) for kind in ("course", "support")}
        numbers = {kind: each.number if each else "" for kind, each in certificates.items()}
        school = standing.school if standing else member.school if member else ""
        return [
            (self._("School"), str(school)),
            (self._("Course"), self.course_name(year)),
            (self._("Coach"), self.name_of(group.coach_id if group else None)),
            (self._("Year of support"), f"{self.speech.date(first)} – {self.speech.date(last)}"),
            (self._("Certificate of the course"), numbers["course"] or self._("not given yet")),
            (self._("Certificate of the year of support"), numbers["support"] or self._("not given yet")),
        ]

    def _tell_contact(self, visit: Row) -> dict[str, str]:
        return {
            "head": f"{self.speech.date(visit.on)} · {self._(CONTACTS[visit.kind])} · {self.name_of(visit.by)}",
            "saw": visit.saw,
            "advice": visit.advice,
        }

    def _list_observations(self, person: int) -> list[dict[str, Any]]:
        """Lessons of theirs that colleagues saw, and colleagues' lessons that they saw."""
        agreed = {  # a yes is to the step's very words
            (each.row_id, each.text)
            for each in self.desk.rows("reply")
            if each.sheet == "observation" and each.kind == "agree"
        }
        found = []
        for each in self.desk.rows("observation"):
            if person not in (each.by, each.person_id):
                continue
            words = (
                self._("Seen by {name}", name=self.name_of(each.by))
                if person == each.person_id
                else self._("At {name}'s lesson", name=self.name_of(each.person_id))
            )
            found.append(
                {
                    "head": f"{self.speech.date(each.on)} · {words}",
                    "lesson": each.lesson,
                    "focus": each.focus,
                    "step": each.step,
                    "agreed": (each.id, each.step) in agreed,
                }
            )
        return found

    # everybody's months

    def _draw_grid(self, title: str) -> str:
        lines = [
            {
                "name": each.name,
                "school": each.school,
                "silent": self.speech.short_date(each.silent_since) if each.silent_since else "",
                "signs": [STATES[state][0] for state in each.states],
                "last": self.speech.short_date(each.last_visit) if each.last_visit else "–",
                "next": self.speech.short_date(each.next_visit) if each.next_visit else "–",
            }
            for each in sort_by_silence(self.lines())
        ]
        return render(
            "support/grid.html",
            _=self._,
            title=title,
            months=range(1, MONTHS + 1),
            lines=lines,
            signs=self.explain_signs(),
            day=self.speech.date(self.desk.today),
        )

    @act
    def save_grid(self, _values: dict[str, Any]) -> File:
        lines = [
            [
                each.name, each.school, each.group, each.silent_since or "",
                *(self._(STATES[state][1]) for state in each.states),
                each.last_visit or "", each.next_visit or "",
            ]
            for each in sort_by_silence(self.lines())
        ]  # fmt: skip
        head = [
            self._("Participant"), self._("School"), self._("Group"), self._("Silent since"),
            *(self._("Month {month}", month=month) for month in range(1, MONTHS + 1)),
            self._("Last visit or call"), self._("Next visit"),
        ]  # fmt: skip
        title = self._("People and their months")
        book = Workbook()
        book.add_sheet(title, [title, self.speech.date(self.desk.today)], head, lines, fixed=1)
        return book.save(f"{title} {self.desk.today}")
