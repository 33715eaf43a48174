"""One person's nine months: this month first, then all, the coach's visits and advice."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from sandyq.courses import MONTHS, list_open_months
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import Sending, act
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.parts import Part, Tone
from sandyq_apps.support_evidence import EvidencePages
from sandyq_apps.support_months import Piece, State, judge_all, month_at, span
from sandyq_apps.support_people import last_visit, next_visit

STATES: Final[dict[State, tuple[str, str, Tone]]] = {
    "accepted": ("✓", "Accepted", "good"),
    "waiting": ("?", "Waits for review", "warn"),
    "returned": ("↩", "Sent back", "danger"),
    "late": ("!", "Nothing came", "danger"),
    "now": ("…", "Goes on", ""),
    "ahead": ("–", "Still to come", "quiet"),
}
"""How a month stands: its sign in the grid, its word, its tone."""
CONTACTS: Final = {"visit": "A visit", "call": "A call", "letter": "A letter"}


class YearPages(EvidencePages):
    def show_own_year(self) -> list[Part]:
        years = self.own_years()
        chosen = self.desk.find("participant", self.place["participant"])
        year = chosen if chosen in years else years[-1]
        if len(years) == 1:
            return self.show_year(year, own=True)
        courses = [
            parts.button(
                self.course_name(each),
                "open_place",
                {"participant": each.id, "month": 0},
                tone="primary" if each.id == year.id else "",
                key=f"year-{each.id}",
            )
            for each in years
        ]
        return [parts.row(*courses), *self.show_year(year, own=True)]

    def course_name(self, year: Row) -> str:
        course, group = self.course_of(year), self.group_of(year)
        name = self.speech.name(course.names) if course else ""
        return f"{name}, {group.name}" if group else name

    def show_year(self, year: Row, *, own: bool) -> list[Part]:
        ends = self.ends_on(year)
        now = month_at(ends, self.day)
        if now == 0:
            return [self._show_not_begun(year), self._show_months(year, ())]
        pieces = self.pieces().get(year.id, [])
        states = judge_all(pieces, ends, self.day)
        month = self.place["month"] or self._choose_month(states, min(now, MONTHS), own=own)
        group = self.group_of(year)
        coach = self.name_of(group.coach_id if group else None)
        over = [
            parts.notice(
                self._(
                    "The nine months are over. What is missing can still be brought; the portfolio prints."
                ),
                "good",
            )
        ]
        return [
            parts.text(
                self._("{course} · coach: {name}", course=self.course_name(year), name=coach), "quiet"
            ),
            *(over if now > MONTHS else []),
            self._show_month(year, month, pieces, states[month - 1], own=own),
            self._show_figures(year, states, pieces),
            *self._show_certificate(year),
            parts.row(parts.button(self._("Portfolio to print"), "open_place", {"print": "portfolio"})),
            *self._offer_photos(),
            self._show_months(year, states),
            self.show_contacts(year),
        ]

    def _choose_month(self, states: tuple[State, ...], now: int, *, own: bool) -> int:
        """A participant begins with this month, whoever reads their year with what waits."""
        return now if own or "waiting" not in states else states.index("waiting") + 1

    def _offer_photos(self) -> list[Part]:
        missing = self.missing_photos()
        return [parts.button(self._("Show the pictures"), "open_place", {})] if missing else []

    def _show_not_begun(self, year: Row) -> Part:
        first, _ = span(self.ends_on(year), 1)
        group = self.group_of(year)
        return parts.notice(
            self._(
                "Your year of support begins on {day}, when the course is over. Your coach will be {name}. "
                "Below is what the months are about.",
                day=self.speech.date(first),
                name=self.name_of(group.coach_id if group else None),
            )
        )

    def _show_figures(self, year: Row, states: tuple[State, ...], pieces: list[Piece]) -> Part:
        visits = self.visits()
        last, coming = last_visit(visits, year.person_id), next_visit(visits, year.person_id)
        late = sum(state in ("late", "returned") for state in states)
        return parts.figures(
            parts.figure(self._("Months accepted"), f"{states.count('accepted')} / {MONTHS}", tone="good"),
            parts.figure(
                self._("Waits for the coach"), str(sum(each.verdict == "waiting" for each in pieces))
            ),
            parts.figure(self._("Late or sent back"), str(late), tone="danger" if late else ""),
            parts.figure(
                self._("Next visit"),
                self.speech.short_date(coming) if coming else "–",
                self._("last: {day}", day=self.speech.short_date(last) if last else "–"),
                tone="warn" if coming and coming < self.day else "",
            ),
        )

    # the certificate

    def _show_certificate(self, year: Row) -> list[Part]:
        """What is missing for it, in words; who leads the group issues it, then it prints."""
        if certificate := self.certificate_of(year, "support"):
            words = self._(
                "The year of support is completed: certificate {number}.", number=certificate.number
            )
            place = {"print": "certificate", "participant": year.id}
            button = parts.button(self._("Certificate to print"), "open_place", place, tone="primary")
            return [parts.notice(words, "good", button)]
        months = list_open_months(
            self.ends_on(year), self.evidence_of(year), self.desk.rows("reply"), self.day
        )
        if months:
            listed = ", ".join(map(str, months))
            words = self._(
                "For the certificate of the year of support these months still have to be accepted: {months}.",
                months=listed,
            )
            return [parts.text(words, "quiet")]
        words = self._("All nine months are accepted: the coach can issue the certificate.")
        return [parts.notice(words, "good", *self.offer_issuing(year))]

    def offer_issuing(self, year: Row) -> list[Part]:
        """Return the button of whoever leads the group; nobody issues their own."""
        if not self.may_guide(year):
            return []
        question = self._(
            "Issue the certificate of {name}? It cannot be taken back.", name=self.name_of(year.person_id)
        )
        button = parts.button(
            self._("Issue the certificate"),
            "issue",
            {"participant": year.id},
            tone="primary",
            confirm=question,
            key=f"issue-{year.id}",
        )
        return [button]

    def certificate_of(self, year: Row, kind: str) -> Row | None:
        """Return the course's certificate, or the year of support's."""
        rows = self.desk.rows("certificate")
        return next((each for each in rows if each.participant_id == year.id and each.kind == kind), None)

    @act
    def issue(self, values: dict[str, Any]) -> Sending:
        """The server looks at the months again, numbers and signs."""
        body = {"uuid": str(uuid4()), "participants": [values["participant"]], "kind": "support"}

        def write() -> str:
            answer = self.desk.portal.ask("POST", "/certificates", body)
            self.desk.hear()
            return str(answer["at"])

        return Sending(write)

    # one month

    def _show_month(self, year: Row, month: int, pieces: list[Piece], state: State, *, own: bool) -> Part:
        ends = self.ends_on(year)
        first, last = span(ends, month)
        theme = self.themes_of(year)[month - 1]
        when = self._(
            "Month {month} of {all}: {first} – {last}",
            month=month,
            all=MONTHS,
            first=self.speech.short_date(first),
            last=self.speech.short_date(last),
        )
        shown = [
            part for piece in pieces if piece.month == month for part in self.show_piece(year, piece, own=own)
        ]
        may_bring = own and month <= month_at(ends, self.day) and state != "accepted"
        if not shown and not may_bring:
            shown = [
                parts.text(
                    self._("This month has not begun yet.") if state == "ahead" else self._("Nothing yet."),
                    "quiet",
                )
            ]
        return parts.card(
            self.speech.name(theme.names),
            parts.text(f"{when} · {self._(STATES[state][1])}", "quiet"),
            parts.text(self.speech.name(theme.asks)),
            *shown,
            *(self.show_new(year, month) if may_bring else []),
            key=f"month-{year.id}-{month}",
        )

    def show_piece(self, year: Row, piece: Piece, *, own: bool) -> list[Part]:
        """An evidence with what may be done with it: changed by its owner, reviewed by a guide."""
        evidence = self.row("evidence", piece.id)
        has_photo = evidence.photo in self.photos
        page = parts.markup(
            self.draw_evidence(evidence, piece), key=f"piece-{piece.id}-{piece.version}-{has_photo}"
        )
        if own and piece.verdict != "accepted" and self.place["evidence"] != piece.id:
            return [page, parts.row(*self._offer_changes(evidence, piece))]
        if not own and piece.verdict == "waiting" and self.may_guide(year):
            return [page, self.ask_review(piece)]
        return [page]

    def _offer_changes(self, evidence: Row, piece: Piece) -> list[Part]:
        return [
            parts.button(
                self._("Change and send again") if piece.verdict == "returned" else self._("Change"),
                "open_place",
                {"month": piece.month, "kind": evidence.kind, "evidence": evidence.id},
                tone="primary" if piece.verdict == "returned" else "",
                key=f"change-{evidence.id}",
            ),
            parts.button(
                self._("Remove"),
                "remove_evidence",
                {"id": evidence.id, "version": evidence.version},
                tone="danger",
                confirm=self._("Remove this from your record?"),
                key=f"remove-{evidence.id}",
            ),
        ]

    # all months

    def _show_months(self, year: Row, states: tuple[State, ...]) -> Part:
        lines = []
        for month, theme in enumerate(self.themes_of(year), start=1):
            first, last = span(self.ends_on(year), month)
            name = self.speech.name(theme.names)
            state = states[month - 1] if states else "ahead"
            sign, words, tone = STATES[state]
            lines.append(
                parts.line(
                    month,
                    month=str(month),
                    theme=parts.cell(name, act="open_place", values={"participant": year.id, "month": month})
                    if states
                    else name,
                    days=parts.cell(
                        f"{self.speech.short_date(first)} – {self.speech.short_date(last)}", sort=month
                    ),
                    state=parts.cell(f"{sign} {self._(words)}", tone=tone),
                )
            )
        columns = [
            parts.column("month", self._("Month"), "number"),
            parts.column("theme", self._("What it is about"), wide=True),
            parts.column("days", self._("Days")),
            parts.column("state", self._("How it stands")),
        ]
        return parts.table(self._("Nine months"), columns, lines, key=f"months-{year.id}")

    # visits and advice

    def contacts_of(self, person: int) -> list[Row]:
        own = [each for each in self.desk.rows("coach_visit") if each.person_id == person]
        return sorted(own, key=lambda each: (each.on, each.id), reverse=True)

    def show_contacts(self, year: Row) -> Part:
        shown: list[Part] = []
        for each in self.contacts_of(year.person_id):
            head = f"{self.speech.date(each.on)} · {self._(CONTACTS[each.kind])} · {self.name_of(each.by)}"
            shown.append(parts.heading(head, 3))
            if each.saw:
                shown.append(parts.text(self._("Seen: {words}", words=each.saw)))
            if each.advice:
                shown.append(parts.text(self._("Advice: {words}", words=each.advice)))
            if each.next_on:
                shown.append(parts.text(self._("Next: {day}", day=self.speech.date(each.next_on)), "quiet"))
        nothing = parts.text(self._("Nobody has visited or called yet."), "quiet")
        return parts.card(self._("Visits and advice"), *(shown or [nothing]), key=f"contacts-{year.id}")
