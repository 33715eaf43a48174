"""A group's sessions: a weekly proposal to look over, then day by day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, Problem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.training_book import Book
from sandyq_apps.training_days import Doubt, add_minutes, find_doubts, propose

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

STARTS: Final = "15:00"
MINUTES: Final = 90


class SessionPages(Page):
    book: Book

    def view_sessions(self, group: Row) -> list[Part]:
        sessions = self.book.sessions[group.id]
        proposal = self.place["proposal"]
        if proposal:
            return self._view_proposal(group, proposal)
        chosen = next((each for each in sessions if each.id == self.place["session"]), None)
        if chosen:
            return [
                parts.card(self._("Change the session"), self._form_session(group, chosen), key="session")
            ]
        planned = {each.module for each in sessions}
        left = [each["key"] for each in self.book.training(group).modules if each["key"] not in planned]
        shown = [self._table_sessions(group, sessions)] if sessions else []
        if left:
            shown.append(self._card_proposal(group, left, bool(sessions)))
        new = parts.fold(self._("Add one session"), self._form_session(group, None), key="new-session")
        return [*shown, new]

    def _module_name(self, group: Row, key: str) -> str:
        modules = self.book.training(group).modules
        return next((self.speech.name(each["names"]) for each in modules if each["key"] == key), key)

    def _table_sessions(self, group: Row, sessions: list[Row]) -> Part:
        lines = []
        for each in sessions:
            doubts = self._doubts(group, each.on, each.starts, each.minutes, each.id)
            lines.append(
                parts.line(
                    each.id,
                    on=parts.cell(self._tell_day(each.on), sort=each.on),
                    clock=f"{each.starts}–{add_minutes(each.starts, each.minutes)}",
                    module=self._module_name(group, each.module),
                    place=each.place,
                    doubt=parts.cell(doubts, tone="warn") if doubts else "",
                    acts=self._session_buttons(each),
                )
            )
        columns = [
            parts.column("on", self._("Day")),
            parts.column("clock", self._("Time")),
            parts.column("module", self._("Module"), wide=True),
            parts.column("place", self._("Place")),
            parts.column("doubt", self._("Look at this")),
            parts.column("acts", ""),
        ]
        return parts.table(self._("Sessions"), columns, lines, key=f"sessions-{group.id}")

    def _session_buttons(self, each: Row) -> list[Part]:
        buttons = [
            parts.button(self._("Change"), "open_session", {"session": each.id}, key=f"open-{each.id}")
        ]
        if not any(session == each.id for session, _ in self.book.presence):
            buttons.append(
                parts.button(
                    self._("Remove"),
                    "remove_session",
                    {"id": each.id, "version": each.version},
                    confirm=self._("Remove this session?"),
                    key=f"remove-{each.id}",
                )
            )
        return buttons

    def _tell_day(self, on: str) -> str:
        weekday = self.speech.weekday(date.fromisoformat(on).weekday(), short=True)
        return f"{self.speech.short_date(on)}, {weekday}"

    def _doubts(self, group: Row, on: str, starts: str, minutes: int, own: int = 0) -> str:
        """Say what speaks against a day: also sessions of other groups with the same guide or the same people."""
        people = {each.person_id for each in self.book.present_people(group.id)}
        others = []
        for other in self.desk.rows("training_group"):
            theirs = {each.person_id for each in self.book.present_people(other.id)}
            if other.id == group.id or other.facilitator_id == group.facilitator_id or people & theirs:
                sessions = (each for each in self.book.sessions[other.id] if each.id != own)
                others += [Row(each | {"name": other.name}) for each in sessions]
        found = find_doubts(date.fromisoformat(on), starts, minutes, others)
        return "; ".join(self._tell_doubt(each) for each in found)

    def _tell_doubt(self, doubt: Doubt) -> str:
        name = self.speech.name(doubt.names) if doubt.names else ""
        return {
            "weekend": self._("a weekend"),
            "holiday": self._("a holiday: {name}", name=name),
            "clash": self._("at the same time: {name}", name=name),
            "unknown": self._("the holidays of this year are not known here yet"),
        }[doubt.kind]

    # a weekly proposal

    def _card_proposal(self, group: Row, left: list[str], has_some: bool) -> Part:
        words = self.speech.count(
            "{count} module has no session yet.", "{count} modules have no session yet.", len(left)
        )
        last = self.book.sessions[group.id][-1] if has_some else None
        fields = [
            parts.field("first", self._("First session on"), "date", group.starts_on, needed=True),
            *self._clock_fields(last),
            parts.field("every", self._("Every so many days"), "number", 7, least=1, most=60, needed=True),
        ]
        form = parts.form(
            "propose_sessions",
            fields,
            self._("Propose the days"),
            key=f"propose-{group.id}",
            values={"group": group.id},
        )
        return parts.card(self._("Sessions week by week"), parts.text(words), form, key="propose")

    def _clock_fields(self, row: Row | None) -> list[Part]:
        return [
            parts.field("starts", self._("Begins at"), "time", row.starts if row else STARTS, needed=True),
            parts.field(
                "minutes",
                self._("Minutes"),
                "number",
                row.minutes if row else MINUTES,
                least=20,
                most=480,
                needed=True,
            ),
            parts.field("place", self._("Place"), value=row.place if row else "", most=100),
        ]

    @act
    def propose_sessions(self, values: dict[str, Any]) -> None:
        group = self.row("training_group", values["group"])
        planned = {each.module for each in self.book.sessions[group.id]}
        left = [each["key"] for each in self.book.training(group).modules if each["key"] not in planned]
        days = propose(left, date.fromisoformat(values["first"]), every=values["every"])
        self.place["proposal"] = {
            "days": [[each.on.isoformat(), each.module] for each in days],
            **{name: values[name] for name in ("starts", "minutes", "place")},
        }

    def _view_proposal(self, group: Row, proposal: dict[str, Any]) -> list[Part]:
        lines, doubtful = [], 0
        for number, (on, module) in enumerate(proposal["days"]):
            doubts = self._doubts(group, on, proposal["starts"], proposal["minutes"])
            if on > group.ends_on:
                late = self._("after the group's last day")
                doubts = f"{doubts}; {late}" if doubts else late
            doubtful += bool(doubts)
            lines.append(
                parts.line(
                    number,
                    module=self._module_name(group, module),
                    day=self._tell_day(on),
                    on=on,
                    doubt=parts.cell(doubts, tone="warn") if doubts else "",
                )
            )
        columns = [
            parts.column("module", self._("Module"), wide=True),
            parts.column("day", self._("Day")),
            parts.column("on", self._("Another day (year-month-day)"), "edit"),
            parts.column("doubt", self._("Look at this")),
        ]
        words = self._("Nothing is moved by itself. Write another day where one does not suit.")
        return [
            parts.notice(words, "warn" if doubtful else "quiet"),
            parts.table(self._("Proposed sessions"), columns, lines, edit="move_proposed", key="proposal"),
            parts.row(
                parts.button(
                    self._("Keep these sessions"), "keep_proposal", {"group": group.id}, tone="primary"
                ),
                parts.button(self._("Cancel"), "drop_proposal", {}),
            ),
        ]

    @act
    def move_proposed(self, values: dict[str, Any]) -> None:
        try:
            day = date.fromisoformat(values["value"]).isoformat()
        except ValueError:
            raise Problem(self._("Write the day like 2026-12-31.")) from None
        days = [list(each) for each in self.place["proposal"]["days"]]
        days[values["key"]][0] = day
        self.place["proposal"] = self.place["proposal"] | {"days": days}

    @act
    def drop_proposal(self, _values: dict[str, Any]) -> None:
        self.place["proposal"] = {}

    @act
    def keep_proposal(self, values: dict[str, Any]) -> Change:
        group, proposal = self.row("training_group", values["group"]), self.place["proposal"]
        common = {name: proposal[name] for name in ("starts", "minutes", "place")}
        edits = [
            add("training_session", -1 - number, group_id=group.id, module=module, on=on, **common)
            for number, (on, module) in enumerate(proposal["days"])
        ]
        what = self._("Sessions planned: {name}", name=group.name)
        return Change(what, edits, {"proposal": {}})

    # one session

    def _form_session(self, group: Row, each: Row | None) -> Part:
        modules = [
            (module["key"], self.speech.name(module["names"])) for module in self.book.training(group).modules
        ]
        fields = [
            parts.field(
                "module",
                self._("Module"),
                "choice",
                each.module if each else None,
                choices=modules,
                needed=True,
            ),
            parts.field("on", self._("Day"), "date", each.on if each else None, needed=True),
            *self._clock_fields(each or next(iter(self.book.sessions[group.id][-1:]), None)),
        ]
        return parts.form(
            "save_session",
            fields,
            self._("Save"),
            key=f"session-{each.id if each else f'new-{group.id}'}",
            values={"group": group.id, "id": each.id if each else 0, "version": each.version if each else 0},
            cancel=parts.button(self._("Cancel"), "open_session", {"session": 0}) if each else None,
        )

    @act
    def open_session(self, values: dict[str, Any]) -> None:
        self.place["session"] = values["session"]

    @act
    def save_session(self, values: dict[str, Any]) -> Change:
        group = self.row("training_group", values["group"])
        if not group.starts_on <= values["on"]:
            raise FieldProblem(
                "on", self._("The group begins later: {day}.", day=self._tell_day(group.starts_on))
            )
        fields = {name: values[name] for name in ("module", "on", "starts", "minutes", "place")}
        what = self._("Session of {name}: {day}", name=group.name, day=self.speech.short_date(values["on"]))
        if not values["id"]:
            return Change(what, [add("training_session", group_id=group.id, **fields)])
        row = self.row("training_session", values["id"], values["version"])
        return Change(what, [alter("training_session", row, **fields)], {"session": 0})

    @act
    def remove_session(self, values: dict[str, Any]) -> Change:
        row = self.row("training_session", values["id"], values["version"])
        what = self._("Session removed: {day}", day=self.speech.short_date(row.on))
        return Change(what, [remove("training_session", row)])
