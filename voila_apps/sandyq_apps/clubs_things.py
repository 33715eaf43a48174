"""Below the clubs: the rooms, times and buses that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandyq_apps.clubs_words import KINDS, SHIFTS, choices
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, Problem, act
from sandyq_apps.kit.desk import Change, Edit, Row, add, alter, remove
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

DAYS = range(6)


class ThingPages(Page):
    def show_things(self) -> list[Part]:
        say = self._
        return [
            parts.fold(
                f"{say('Rooms')}: {len(self.desk.rows('room'))}",
                self._show_rooms(),
                parts.form(
                    "add_room",
                    [
                        parts.field("name", say("Name of the room"), needed=True, most=60),
                        parts.field("seats", say("Seats"), "number", 16, needed=True, least=1, most=500),
                        parts.field(
                            "kind",
                            say("Kind of room"),
                            "choice",
                            "",
                            choices=choices(say, KINDS),
                            needed=True,
                        ),
                    ],
                    say("Add a room"),
                    key="room-new",
                ),
                key="rooms",
            ),
            parts.fold(
                f"{say('Times of the week')}: {len(self.desk.rows('slot'))}",
                self._show_slots(),
                parts.form(
                    "add_slots",
                    [
                        parts.field(
                            "days",
                            say("Days"),
                            "choices",
                            [0, 1, 2, 3, 4],
                            choices=[(day, self.speech.weekday(day, short=True)) for day in DAYS],
                            needed=True,
                        ),
                        parts.field("starts", say("Begins"), "time", needed=True),
                        parts.field("ends", say("Ends"), "time", needed=True),
                        parts.field(
                            "shift",
                            say("For whom"),
                            "choice",
                            0,
                            choices=[(key, say(text)) for key, text in SHIFTS.items()],
                            needed=True,
                        ),
                    ],
                    say("Add times"),
                    key="slot-new",
                ),
                key="slots",
            ),
            parts.fold(
                f"{say('Buses')}: {len(self.desk.rows('route'))}",
                parts.text(
                    say("When the bus leaves the school. Leave a day empty on which it does not go."), "quiet"
                ),
                self._show_routes(),
                parts.form(
                    "add_route",
                    [
                        parts.field("name", say("Name of the bus"), needed=True, most=100),
                        parts.field("leaves", say("Leaves on workdays at"), "time", needed=True),
                    ],
                    say("Add a bus"),
                    key="route-new",
                ),
                key="routes",
            ),
        ]

    def _remove_button(self, sheet: str, row: Row, name: str) -> list[Part]:
        values = {"sheet": sheet, "id": row.id, "version": row.version}
        return [
            parts.button(
                self._("Delete"),
                "delete_thing",
                values,
                confirm=self._ask_about_deleting_thing(sheet, row, name),
            )
        ]

    def _ask_about_deleting_thing(self, sheet: str, row: Row, name: str) -> str:
        children = len(self._riders(row)) if sheet == "route" else 0
        if not children:
            return self._("Delete {name}?", name=name)
        return self.speech.count(
            "Delete {name}? {count} child who goes by it has no bus then.",
            "Delete {name}? {count} children who go by it have no bus then.",
            children,
            name=name,
        )

    def _riders(self, route: Row) -> list[Row]:
        return [child for child in self.desk.rows("child") if child.route_id == route.id]

    def _show_rooms(self) -> Part:
        say = self._
        columns = [
            parts.column("name", say("Room"), "edit"),
            parts.column("seats", say("Seats"), "edit-number"),
            parts.column("kind", say("Kind of room"), "edit-choice", choices=choices(say, KINDS)),
            parts.column("acts", ""),
        ]
        lines = [
            parts.line(
                f"room:{row.id}",
                name=row.name,
                seats=row.seats,
                kind=row.kind,
                acts=self._remove_button("room", row, row.name),
            )
            for row in self.desk.rows("room")
        ]
        return parts.table(
            say("Rooms"), columns, lines, nothing=say("No room yet."), edit="edit_thing", key="rooms"
        )

    def _show_slots(self) -> Part:
        say = self._
        columns = [
            parts.column("day", say("Day")),
            parts.column("starts", say("Begins"), "edit"),
            parts.column("ends", say("Ends"), "edit"),
            parts.column(
                "shift",
                say("For whom"),
                "edit-choice",
                choices=[(key, say(text)) for key, text in SHIFTS.items()],
            ),
            parts.column("acts", ""),
        ]
        lines = [
            parts.line(
                f"slot:{row.id}",
                day=self.speech.weekday(row.weekday),
                starts=row.starts,
                ends=row.ends,
                shift=row.shift,
                acts=self._remove_button("slot", row, f"{self.speech.weekday(row.weekday)} {row.starts}"),
            )
            for row in sorted(self.desk.rows("slot"), key=lambda row: (row.weekday, row.starts))
        ]
        return parts.table(
            say("Times of the week"),
            columns,
            lines,
            nothing=say("No time yet."),
            edit="edit_thing",
            key="slots",
        )

    def _show_routes(self) -> Part:
        say = self._
        columns = [
            parts.column("name", say("Bus"), "edit"),
            *(parts.column(f"day{day}", self.speech.weekday(day, short=True), "edit") for day in DAYS),
            parts.column("acts", ""),
        ]
        lines = [
            parts.line(
                f"route:{row.id}",
                name=row.name,
                acts=self._remove_button("route", row, row.name),
                **{f"day{day}": row.leaves.get(str(day), "") for day in DAYS},
            )
            for row in self.desk.rows("route")
        ]
        return parts.table(
            say("Buses"), columns, lines, nothing=say("No bus yet."), edit="edit_thing", key="routes"
        )

    @act
    def add_room(self, values: dict[str, Any]) -> Change:
        return Change(self._("Room added: {name}", name=values["name"]), [add("room", **values)])

    @act
    def add_slots(self, values: dict[str, Any]) -> Change:
        times = {"starts": values["starts"], "ends": values["ends"], "shift": values["shift"]}
        if values["ends"] <= values["starts"]:
            raise FieldProblem("ends", self._("It ends before it begins."))
        there = {(row.weekday, row.starts, row.ends, row.shift) for row in self.desk.rows("slot")}
        edits = [
            add("slot", -number, weekday=day, **times)
            for number, day in enumerate(values["days"], 1)
            if (day, *times.values()) not in there
        ]
        if not edits:
            raise FieldProblem("starts", self._("This time stands here already."))
        return Change(self._("Times added: {time}", time=f"{values['starts']}–{values['ends']}"), edits)

    @act
    def add_route(self, values: dict[str, Any]) -> Change:
        leaves = {str(day): values["leaves"] for day in range(5)}
        return Change(
            self._("Bus added: {name}", name=values["name"]),
            [add("route", name=values["name"], leaves=leaves)],
        )

    @act
    def edit_thing(self, values: dict[str, Any]) -> Change:
        sheet, _, number = values["key"].partition(":")
        row, field, value = self.row(sheet, int(number)), values["field"], values["value"]
        if field.startswith("day"):
            day = field.removeprefix("day")
            leaves = {key: time for key, time in row.leaves.items() if key != day}
            field, value = "leaves", leaves | ({day: _clock(value)} if value else {})
        elif field in ("starts", "ends"):
            value = _clock(value)
        what = {
            "room": "Room changed: {name}",
            "slot": "Time changed: {name}",
            "route": "Bus changed: {name}",
        }[sheet]
        name = self.speech.weekday(row.weekday) if sheet == "slot" else row.name
        return Change(self._(what, name=name), [alter(sheet, row, **{field: value})])

    @act
    def delete_thing(self, values: dict[str, Any]) -> Change:
        sheet = values["sheet"]
        row = self.row(sheet, values["id"], values["version"])
        users = {"room": ("club", "meeting"), "slot": ("meeting",), "route": ()}[sheet]
        if any(other[f"{sheet}_id"] == row.id for each in users for other in self.desk.rows(each)):
            raise Problem(self._("Clubs still use it. Give them another one first."))
        riders = self._riders(row) if sheet == "route" else []
        edits: list[Edit] = [alter("child", child, route_id=None) for child in riders]
        name = f"{self.speech.weekday(row.weekday)} {row.starts}" if sheet == "slot" else row.name
        return Change(self._("Deleted: {name}", name=name), [*edits, remove(sheet, row)])


def _clock(typed: str) -> str:
    """Return what people type for a time as ``14:30``: 14.30, 14-30, 9:00, 1430."""
    digits = "".join(letter for letter in typed if letter.isdecimal())
    if len(digits) not in (3, 4) or not typed.isascii():
        return typed
    return f"{int(digits[:-2]):02}:{digits[-2:]}"
