"""Pairs: who meets whom about what and when; both agree; a log of their meetings; an end."""

from __future__ import annotations

from typing import Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import Problem, act
from sandyq_apps.kit.desk import Change, Row, add, alter
from sandyq_apps.kit.parts import Part
from sandyq_apps.peers_matching import Member, measure_way
from sandyq_apps.peers_people import Duo, read_pairs
from sandyq_apps.peers_words import PeerWords

STATES = {"proposed": "waits for a yes", "running": "goes on", "ended": "is over"}
TONES: dict[str, parts.Tone] = {"proposed": "warn", "running": "good", "ended": "quiet"}


class PairPages(PeerWords):
    def show_pairs(self) -> list[Part]:
        duos = read_pairs(self.desk)
        chosen = next((duo for duo in duos if duo.id == self.place["pair"]), None)
        if chosen:
            return self._show_pair(chosen)
        own = [duo for duo in duos if self.own_id in duo.people]
        others = [duo for duo in duos if self.own_id not in duo.people]
        if not duos:
            return [self._say_no_pairs()]
        return [
            *(self._show_card(duo) for duo in own if duo.state != "ended"),
            *(
                [self._show_table(self._("My pairs that are over"), ended)]
                if (ended := [duo for duo in own if duo.state == "ended"])
                else []
            ),
            *([self._show_table(self._("Pairs of others whom I support"), others)] if others else []),
        ]

    def _say_no_pairs(self) -> Part:
        if self.is_guide:
            words = self._(
                "Compute pairs from what everybody offers and needs; nothing is kept before you say so."
            )
            button = parts.button(self._("Making pairs"), "open_tab", {"tab": "matching"}, tone="primary")
        else:
            words = self._(
                "Your coach puts the pairs together. Make sure that your offers, needs and free hours are right: "
                "that is what they are made from."
            )
            button = parts.button(self._("I offer, I need"), "open_tab", {"tab": "profile"}, tone="primary")
        return parts.empty(self._("No pair yet"), words, button)

    def _show_card(self, duo: Duo) -> Part:
        other = duo.other(self.own_id)
        role = (
            self._("You are the mentor of {name}", name=self.person(other))
            if duo.mentor == self.own_id
            else self._("You learn from {name}", name=self.person(other))
        )
        return parts.card(
            self.topic(duo.topic),
            parts.text(role),
            parts.text(
                " · ".join(filter(None, (self.school_of(other), self._way(duo), self.hour(duo.slot)))),
                "quiet",
            ),
            parts.text(self._tell_state(duo), TONES[duo.state]),
            parts.row(
                *self._buttons_of(duo),
                parts.button(self._("Open the pair"), "open_pair", {"pair": duo.id}, key=f"open-{duo.id}"),
            ),
            key=f"pair-{duo.id}",
        )

    def _buttons_of(self, duo: Duo) -> list[Part]:
        if duo.state == "ended" or self.own_id not in duo.people or self.own_id in duo.agreed:
            return []
        return [
            parts.button(
                self._("I agree"), "agree_pair", {"pair": duo.id}, tone="primary", key=f"agree-{duo.id}"
            )
        ]

    def _tell_state(self, duo: Duo) -> str:
        if duo.state != "proposed":
            meetings = self.speech.count("{count} meeting so far", "{count} meetings so far", duo.meetings)
            return f"{self._(STATES[duo.state]).capitalize()} · {meetings}"
        waits = [self.person(each) for each in duo.people if each not in duo.agreed]
        return self._("Waits for a yes of: {names}", names=", ".join(waits))

    def _way(self, duo: Duo) -> str:
        ends = [Member(0, place=self.stands_at(each)) for each in duo.people]
        return self.way(*duo.people, measure_way(*ends))

    def _show_table(self, caption: str, duos: list[Duo]) -> Part:
        lines = [
            parts.line(
                duo.id,
                topic=parts.cell(self.topic(duo.topic), act="open_pair", values={"pair": duo.id}),
                mentor=self.person_and_school(duo.mentor),
                learner=self.person_and_school(duo.learner),
                hour=parts.cell(self.hour(duo.slot), sort=duo.slot),
                meetings=duo.meetings,
                state=parts.cell(self._(STATES[duo.state]), tone=TONES[duo.state]),
            )
            for duo in duos
        ]
        columns = [
            parts.column("topic", self._("Topic of the exchange")),
            parts.column("mentor", self._("Teaches")),
            parts.column("learner", self._("Learns")),
            parts.column("hour", self._("Hour of the week")),
            parts.column("meetings", self._("Meetings written down"), "number"),
            parts.column("state", self._("How it stands")),
        ]
        return parts.table(caption, columns, lines, search=self._("Search"))

    @act
    def open_pair(self, values: dict[str, Any]) -> None:
        self.place |= {"tab": "pairs", "pair": values["pair"], "form": ""}

    # one pair

    def _show_pair(self, duo: Duo) -> list[Part]:
        back = parts.button(f"← {self._('All pairs')}", "open_pair", {"pair": 0})
        return [
            parts.row(back, parts.print_button(self._("Print"))),
            parts.heading(self.topic(duo.topic)),
            parts.figures(
                parts.figure(self._("Teaches"), self.person(duo.mentor), self.school_of(duo.mentor)),
                parts.figure(self._("Learns"), self.person(duo.learner), self.school_of(duo.learner)),
                parts.figure(self._("Hour of the week"), self.hour(duo.slot), self._way(duo)),
            ),
            self._show_agreement(duo),
            *self._show_notes(duo),
            self._show_log(duo),
            *self._show_end(duo),
        ]

    def _show_agreement(self, duo: Duo) -> Part:
        return parts.notice(self._tell_state(duo), TONES[duo.state], *self._buttons_of(duo))

    def _show_notes(self, duo: Duo) -> list[Part]:
        """What the two have written at their offer and need."""
        lines = [
            f"{self.person(row.by)}: {row.note}"
            for person, kind in ((duo.mentor, "offer"), (duo.learner, "need"))
            for row in self.says(person, kind)
            if row.topic == duo.topic and row.note
        ]
        return (
            [parts.card(self._("What the two wrote"), *map(parts.text, lines), key="notes")] if lines else []
        )

    @act
    def agree_pair(self, values: dict[str, Any]) -> Change:
        row = self.row("pairing", values["pair"])
        if self.own_id not in (row.mentor_id, row.learner_id):
            raise Problem(self._("Only the two of a pair can agree."))
        what = self._("Agreed to the pair: {topic}", topic=self.topic(row.topic))
        return Change(what, [self._reply(row, "agree")])

    def _reply(self, row: Row, kind: str, text: str = "", on: str = "", **data: Any) -> Any:
        return add(
            "reply", sheet="pairing", row_id=row.id, kind=kind, text=text, data=data, on=on or self.desk.today
        )

    def replies(self, sheet: str, row_id: int, kind: str) -> list[Row]:
        found = (sheet, row_id, kind)
        return [row for row in self.desk.rows("reply") if (row.sheet, row.row_id, row.kind) == found]

    # the log

    def _show_log(self, duo: Duo) -> Part:
        log = sorted(self.replies("pairing", duo.id, "log"), key=lambda row: (row.on, row.id), reverse=True)
        lines = [
            parts.line(
                row.id,
                on=parts.cell(self.speech.short_date(row.on), sort=row.on),
                did=row.text,
                next=row.data.get("next", ""),
                by=self.person(row.by),
            )
            for row in log
        ]
        columns = [
            parts.column("on", self._("Day of the meeting")),
            parts.column("did", self._("What we did"), wide=True),
            parts.column("next", self._("Until next time"), wide=True),
            parts.column("by", self._("Written by")),
        ]
        table = parts.table(
            self._("Our meetings"), columns, lines, nothing=self._("Nothing is written down yet."), key="log"
        )
        if duo.state != "running" or self.own_id not in duo.people:
            return parts.card("", table, key="log")
        fields = [
            parts.field(
                "on", self._("Day of the meeting"), "date", self.desk.today, needed=True, most=self.desk.today
            ),
            parts.field("did", self._("What we did"), "area", most=2000, needed=True),
            parts.field(
                "next",
                self._("Until next time"),
                "area",
                most=1000,
                help=self._("Who tries what in which class."),
            ),
        ]
        form = parts.form(
            "save_log", fields, self._("Write it down"), key=f"log-{duo.id}", values={"pair": duo.id}
        )
        return parts.card("", table, form, key="log")

    @act
    def save_log(self, values: dict[str, Any]) -> Change:
        row = self.row("pairing", values["pair"])
        what = self._("Meeting written down: {topic}", topic=self.topic(row.topic))
        return Change(what, [self._reply(row, "log", values["did"], values["on"], next=values["next"])])

    # the end

    def _show_end(self, duo: Duo) -> list[Part]:
        said = [
            parts.text(f"{self.person(row.by)}, {self.speech.short_date(row.on)}: {row.text}")
            for row in self.replies("pairing", duo.id, "end")
        ]
        if duo.state == "ended":
            return [parts.card(self._("The pair is over"), *said, key="end")] if said else []
        if self.own_id in duo.people:
            title = self._("End the pair") if duo.state == "running" else self._("This pair does not suit me")
            field = parts.field(
                "why",
                self._("What came of it, or why not"),
                "area",
                most=1000,
                needed=True,
                help=self._("The other of the pair and the coach will read it."),
            )
            form = parts.form("end_own", [field], title, key=f"end-{duo.id}", values={"pair": duo.id})
            return [parts.fold(title, form, key="end")]
        if self.is_guide:
            button = parts.button(
                self._("End the pair"),
                "end_pair",
                {"pair": duo.id},
                tone="danger",
                confirm=self._("End this pair? Both can then be matched anew."),
            )
            return [parts.row(button)]
        return []

    @act
    def end_own(self, values: dict[str, Any]) -> Change:
        row = self.row("pairing", values["pair"])
        what = self._("Pair ended: {topic}", topic=self.topic(row.topic))
        return Change(what, [self._reply(row, "end", values["why"])])

    @act
    def end_pair(self, values: dict[str, Any]) -> Change:
        row = self.row("pairing", values["pair"])
        what = self._("Pair ended: {topic}", topic=self.topic(row.topic))
        return Change(what, [alter("pairing", row, until=self.desk.today)])
