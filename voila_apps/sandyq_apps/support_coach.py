"""A coach's pages: everybody at once, what waits for review, who was visited when."""

from __future__ import annotations

from typing import Any

from sandyq.courses import MONTHS
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add
from sandyq_apps.kit.parts import Part
from sandyq_apps.support_mine import CONTACTS, STATES, YearPages
from sandyq_apps.support_months import Piece, month_at
from sandyq_apps.support_people import Line, sort_by_silence, sort_by_visit

LONGEST = 2000


class CoachPages(YearPages):
    # everybody

    def show_people(self) -> list[Part]:
        year = self.desk.find("participant", self.place["participant"])
        if year is not None and year.person_id != self.desk.me.id:
            return self._show_person(year)
        lines = sort_by_silence(self.lines())
        coming = self._show_still_learning(lines)
        if not lines:
            return [
                parts.empty(
                    self._("Nobody's year of support has begun yet"),
                    self._(
                        "It begins by itself on the day after a group's course ends. Make a group and put people in "
                        "it in the app for courses."
                    ),
                ),
                *coming,
            ]
        return [
            self._show_sums(lines),
            *self._show_silent(lines),
            *self._show_ready(lines),
            *coming,
            self.show_grid(lines),
            parts.text(self.explain_signs(), "quiet"),
            parts.row(
                parts.button(self._("Spreadsheet of the months"), "save_grid"),
                parts.button(self._("Months to print"), "open_place", {"print": "grid"}),
            ),
        ]

    def explain_signs(self) -> str:
        return ", ".join(f"{sign} {self._(words)}" for sign, words, _tone in STATES.values())

    def _show_still_learning(self, begun: list[Line]) -> list[Part]:
        """How many are still in a course, and who of them is silent already."""
        shown = {each.participant for each in begun} | {each.id for each in self.own_years()}
        learning = [
            each for each in self.desk.rows("standing") if each.id not in shown and each.months[-1] != "-"
        ]
        if not learning:
            return []
        words = self.speech.count(
            "{count} person is still in a course; their year begins when it ends.",
            "{count} people are still in a course; their year begins when it ends.",
            len(learning),
        )
        silent = [self._tell_silent(each) for each in learning if each.silent]
        told = [parts.notice(self._("Silent already: {names}", names="; ".join(silent)), "warn")]
        return [parts.text(words, "quiet"), *(told if silent else [])]

    def _tell_silent(self, standing: Row) -> str:
        if not standing.last_sign:
            return str(standing.name)
        return self._(
            "{name}, since {day}", name=standing.name, day=self.speech.short_date(standing.last_sign)
        )

    def _show_sums(self, lines: list[Line]) -> Part:
        silent = sum(each.silent_since is not None for each in lines)
        late = sum(each.count("late", "returned") for each in lines)
        return parts.figures(
            parts.figure(self._("People"), str(len({each.person for each in lines}))),
            parts.figure(self._("Silent"), str(silent), tone="danger" if silent else "good"),
            parts.figure(
                self._("Months that wait for review"),
                str(sum(each.count("waiting") for each in lines)),
                tone="warn",
            ),
            parts.figure(self._("Months late or sent back"), str(late)),
            parts.figure(self._("Months accepted"), str(sum(each.count("accepted") for each in lines))),
        )

    def _show_silent(self, lines: list[Line]) -> list[Part]:
        """Who needs a call, with the button that opens their page."""
        silent = [each for each in lines if each.silent_since]
        if not silent:
            return []
        words = self.speech.count(
            "Nothing was heard of {count} person for more than six weeks. Call them.",
            "Nothing was heard of {count} people for more than six weeks. Call them.",
            len(silent),
        )
        buttons = [
            parts.button(
                each.name,
                "open_place",
                {"participant": each.participant, "month": 0},
                key=f"silent-{each.participant}",
            )
            for each in silent[:5]
        ]
        return [parts.notice(words, "warn", *buttons)]

    def _show_ready(self, lines: list[Line]) -> list[Part]:
        """Whose nine months are all accepted, in all groups; who leads a group issues its certificates here."""
        issued = {each.participant_id for each in self.desk.rows("certificate") if each.kind == "support"}
        ready = [
            each
            for each in lines
            if each.participant not in issued
            and each.count("accepted") == MONTHS
            and month_at(each.ends_on, self.day) >= MONTHS
        ]
        if not ready:
            return []
        shown = [
            parts.line(
                each.participant,
                **self._tell_who(each),
                acts=self.offer_issuing(self.row("participant", each.participant)),
            )
            for each in ready
        ]
        columns = [
            parts.column("name", self._("Participant"), wide=True),
            parts.column("school", self._("School")),
            parts.column("group", self._("Group")),
            parts.column("acts", ""),
        ]
        caption = self._("May get the certificate of the year of support")
        return [parts.table(caption, columns, shown, key="ready")]

    @staticmethod
    def _tell_who(line: Line) -> dict[str, Any]:
        """The cells that say who it is, and open their page."""
        place = {"participant": line.participant, "month": 0}
        name = parts.cell(line.name, act="open_place", values=place)
        return {"name": name, "school": line.school, "group": line.group}

    def show_grid(self, lines: list[Line]) -> Part:
        shown = []
        for each in lines:
            months = {}
            for month, state in enumerate(each.states, start=1):
                sign, words, tone = STATES[state]
                months[f"m{month}"] = parts.cell(sign, tone=tone, title=self._(words), sort=sign)
            shown.append(
                parts.line(
                    each.participant,
                    **self._tell_who(each),
                    silent=parts.cell(
                        self.speech.short_date(each.silent_since) if each.silent_since else "",
                        tone="danger" if each.silent_since else "",
                        sort=each.silent_since.isoformat() if each.silent_since else "9",
                    ),
                    **months,
                )
            )
        columns = [
            parts.column("name", self._("Participant"), wide=True),
            parts.column("silent", self._("Silent since")),
            *(parts.column(f"m{month}", str(month)) for month in range(1, MONTHS + 1)),
            parts.column("school", self._("School")),
            parts.column("group", self._("Group")),
        ]
        return parts.table(
            self._("People and their months"), columns, shown, search=self._("Search"), key="grid"
        )

    # one person

    def _show_person(self, year: Row) -> list[Part]:
        name = self.person_name(year)
        back = parts.button(f"← {self._('Everybody')}", "open_place", {"participant": 0, "month": 0})
        log = []
        if self.may_guide(year):
            log = (
                [self._ask_contact(year)]
                if self.place["log"]
                else [
                    parts.button(
                        self._("Write down a visit or a call"), "open_place", {"log": True}, tone="primary"
                    )
                ]
            )
        return [back, parts.heading(name), *log, *self.show_year(year, own=False)]

    def person_name(self, year: Row) -> str:
        standing = self.desk.find("standing", year.id)
        return f"{standing.name}, {standing.school}" if standing else self.name_of(year.person_id)

    # reviewing

    def show_queue(self) -> list[Part]:
        queue = self.queue()
        if not queue:
            return [
                parts.empty(
                    self._("Nothing waits for you"),
                    self._("What your people bring stands here until you accept it or say what is missing."),
                )
            ]
        cards = []
        for piece, evidence in queue[:20]:
            year = self.row("participant", evidence.participant_id)
            theme = self.themes_of(year)[piece.month - 1]
            cards.append(
                parts.card(
                    self.person_name(year),
                    parts.text(
                        self._(
                            "Month {month}: {kind}", month=piece.month, kind=self.speech.name(theme.names)
                        ),
                        "quiet",
                    ),
                    parts.text(self.speech.name(theme.asks), "quiet"),
                    *self.show_piece(year, piece, own=False),
                    key=f"waits-{piece.id}",
                )
            )
        return [*self._offer_photos(), *cards]

    def ask_review(self, piece: Piece) -> Part:
        answers = [("yes", self._("Accept")), ("no", self._("Send back"))]
        return parts.form(
            "save_review",
            [
                parts.field("verdict", self._("Your decision"), "radio", choices=answers, needed=True),
                parts.field("text", self._("What is good, what is missing"), "area", most=LONGEST, wide=True),
            ],
            self._("Keep the answer"),
            key=f"review-{piece.id}-{piece.version}",
            values={"evidence": piece.id, "version": piece.version},
        )

    @act
    def save_review(self, values: dict[str, Any]) -> Change:
        evidence = self.row("evidence", values["evidence"])
        accepted, text = values["verdict"] == "yes", (values["text"] or "").strip()
        if not accepted and not text:
            raise FieldProblem("text", self._("Say what is missing, so that it can be mended."))
        data = {"accepted": accepted, "version": values["version"]}
        reply = add(
            "reply", sheet="evidence", row_id=evidence.id, kind="review", text=text, data=data, on=self.desk.today
        )  # fmt: skip
        name = self.name_of(evidence.by)
        what = self._("Accepted: {name}", name=name) if accepted else self._("Sent back: {name}", name=name)
        return Change(what, [reply])

    # visits

    def show_visits(self) -> list[Part]:
        lines = sort_by_visit(each for each in self.lines() if not each.over)
        if not lines:
            return [
                parts.empty(
                    self._("Nobody to visit yet"),
                    self._(
                        "People stand here from the day after their course, who was not visited longest first."
                    ),
                )
            ]
        shown = []
        for each in lines:
            overdue = each.next_visit is not None and each.next_visit < self.day
            shown.append(
                parts.line(
                    each.person,
                    name=parts.cell(
                        each.name,
                        act="open_contact",
                        values={"participant": each.participant},
                    ),
                    school=each.school,
                    last=parts.cell(
                        self.speech.short_date(each.last_visit)
                        if each.last_visit
                        else self._("not once yet"),
                        sort=each.last_visit.isoformat() if each.last_visit else "",
                        tone="" if each.last_visit else "danger",
                    ),
                    next=parts.cell(
                        self.speech.short_date(each.next_visit) if each.next_visit else "–",
                        sort=each.next_visit.isoformat() if each.next_visit else "9",
                        tone="warn" if overdue else "",
                        title=self._("This day has passed") if overdue else "",
                    ),
                    coach=self.name_of(each.coach),
                )
            )
        columns = [
            parts.column("name", self._("Participant"), wide=True),
            parts.column("school", self._("School")),
            parts.column("last", self._("Last visit or call")),
            parts.column("next", self._("Next visit")),
            parts.column("coach", self._("Coach")),
        ]
        caption = self._("Who was not visited longest")
        return [parts.table(caption, columns, shown, search=self._("Search"), key="visits")]

    @act
    async def open_contact(self, values: dict[str, Any]) -> None:
        """Open somebody's page with the form for what was said there."""
        self.place |= {
            "tab": "people",
            "month": 0,
            "print": "",
            "log": True,
            "participant": values["participant"],
        }
        await self.fetch_photos()

    def _ask_contact(self, year: Row) -> Part:
        kinds = [(key, self._(words)) for key, words in CONTACTS.items()]
        form = parts.form(
            "save_contact",
            [
                parts.field("on", self._("Day"), "date", self.desk.today, most=self.desk.today, needed=True),
                parts.field("kind", self._("How"), "radio", "visit", choices=kinds, needed=True),
                parts.field("saw", self._("What you saw or heard"), "area", most=LONGEST, wide=True),
                parts.field("advice", self._("Your advice: one step"), "area", most=LONGEST, wide=True),
                parts.field("next_on", self._("Next visit"), "date"),
            ],
            self._("Write it down"),
            key=f"contact-{year.person_id}",
            values={"person": year.person_id},
            cancel=parts.button(self._("Cancel"), "open_place", {}),
        )
        return parts.card(self._("A visit, a call, a letter"), form, key="contact")

    @act
    def save_contact(self, values: dict[str, Any]) -> Change:
        on, following = values["on"], values["next_on"] or None
        if on > self.desk.today:
            raise FieldProblem("on", self._("This day is still to come."))
        if not (values["saw"] or values["advice"]):
            raise FieldProblem("saw", self._("Write what you saw or what you advise."))
        if following and following <= on:
            raise FieldProblem("next_on", self._("The next visit comes after this one."))
        visit = add(
            "coach_visit", person_id=values["person"], on=on, kind=values["kind"], saw=values["saw"] or "",
            advice=values["advice"] or "", next_on=following,
        )  # fmt: skip
        what = self._("Written down: {name}", name=self.name_of(values["person"]))
        return Change(what, [visit], {"log": False})
