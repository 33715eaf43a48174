"""The second page: the children, edited in place, or from a spreadsheet that is shown before it is taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandyq_apps.clubs_import import Reading, read_pasted
from sandyq_apps.clubs_school import Lookup
from sandyq_apps.clubs_words import SEXES, choices
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Edit, Row, add, alter
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

NEW_CHILD = {"sex": "", "village": "", "shift": 1, "route_id": None, "priority": ""}
TITLES = {
    "sex": "Sex",
    "village": "Village",
    "route_id": "Bus",
    "shift": "Shift",
    "priority": "Priority",
}


class ChildPages(Page):
    reading: Reading | None = None
    """Of a spreadsheet that waits to be taken over."""

    def show_children(self) -> list[Part]:
        say, look = self._, Lookup(self.desk)
        if not look.pupils:
            return [
                parts.empty(
                    say("No pupils yet"),
                    say("The operator adds the school's pupils from a spreadsheet. Then they stand here."),
                )
            ]
        if self.place["paste"]:
            return [self._show_reading(self.reading, look)] if self.reading else [self._show_paste_form()]
        known = sum(bool(row.sex and row.village) for row in look.about.values())
        return [
            parts.figures(
                parts.figure(say("Children"), self.speech.number(len(look.pupils))),
                parts.figure(
                    say("In a club"), self.speech.number(len(look.clubs_of.keys() & look.pupils.keys()))
                ),
                parts.figure(
                    say("With wishes"), self.speech.number(len(look.wishes.keys() & look.pupils.keys()))
                ),
                parts.figure(
                    say("Sex and village known"),
                    f"{known} / {len(look.pupils)}",
                    tone="" if known == len(look.pupils) else "warn",
                ),
            ),
            parts.row(parts.button(say("Take over from a spreadsheet"), "open_paste", {"open": True})),
            self._show_table_of_children(look),
        ]

    def _show_table_of_children(self, look: Lookup) -> Part:
        say = self._
        lines = []
        for person, pupil in look.pupils.items():
            about = {**NEW_CHILD, **look.about.get(person, {})}
            clubs = [look.club_name(club) for club in look.clubs_of.get(person, ())]
            lines.append(
                parts.line(
                    person,
                    name=pupil.name,
                    group=pupil["class"],
                    sex=about["sex"],
                    village=about["village"],
                    route_id=about["route_id"],
                    shift=about["shift"],
                    priority=about["priority"],
                    wishes=len(look.wishes.get(person, ())),
                    clubs=", ".join(clubs),
                )
            )
        columns = [
            parts.column("name", say("Child"), wide=True),
            parts.column("group", say("Class")),
            parts.column("sex", say("Sex"), "edit-choice", choices=choices(say, SEXES)),
            parts.column("village", say("Village"), "edit"),
            parts.column(
                "route_id",
                say("Bus"),
                "edit-choice",
                choices=[(None, "–"), *((row.id, row.name) for row in look.routes.values())],
            ),
            parts.column("shift", say("Shift"), "edit-choice", choices=[(1, "1"), (2, "2")]),
            parts.column("priority", say("Priority"), "edit"),
            parts.column("wishes", say("Wishes"), "number"),
            parts.column("clubs", say("Clubs")),
        ]
        return parts.table(
            say("Children"),
            columns,
            lines,
            search=say("Search by name, class or club"),
            edit="edit_child",
            key="children",
        )

    @act
    def edit_child(self, values: dict[str, Any]) -> Change:
        person, field, value = int(values["key"]), values["field"], values["value"]
        name = self.row("pupil", person).name
        what = self._("{name}: {field} changed", name=name, field=self._(TITLES[field]))
        return Change(what, [_set_child(Lookup(self.desk).about.get(person), person, {field: value})])

    @act
    def open_paste(self, values: dict[str, Any]) -> None:
        self.place["paste"], self.reading = values["open"], None

    def _show_paste_form(self) -> Part:
        say = self._
        return parts.card(
            say("Take over from a spreadsheet"),
            parts.text(
                say(
                    "A column with the name, one with the class, and any of: sex, village, "
                    "bus, shift, priority. Empty cells change nothing."
                )
            ),
            parts.form(
                "read_paste",
                [
                    parts.field(
                        "text",
                        say("Copy the rows with their head in the spreadsheet and paste them here"),
                        "area",
                        wide=True,
                    ),
                    parts.field(
                        "file",
                        say("Or choose the file (XLSX or CSV)"),
                        "file",
                        choices=[(".xlsx", ""), (".csv", ""), (".txt", "")],
                    ),
                ],
                say("Look at it"),
                key="paste",
                cancel=parts.button(say("Cancel"), "open_paste", {"open": False}),
            ),
        )

    @act
    def read_paste(self, values: dict[str, Any]) -> None:
        from sandyq.school.errors import SchoolError

        content = self.files.get("file") or values["text"].encode()
        if not content.strip():
            raise FieldProblem("text", self._("Paste the rows or choose a file."))
        try:
            self.reading = read_pasted(content, Lookup(self.desk))
        except SchoolError as problem:
            raise FieldProblem("text", problem.in_language(self.speech.language)) from None
        if self.reading is None:
            raise FieldProblem("text", self._("There is no head with the columns name and class."))

    def _show_reading(self, reading: Reading, look: Lookup) -> Part:
        say = self._
        changes = [
            parts.line(
                person,
                name=look.name(person),
                group=look.class_of(person),
                what="; ".join(
                    f"{say(TITLES[field])}: {self._tell_value(field, value, look)}"
                    for field, value in values.items()
                ),
            )
            for person, values in reading.changes.items()
        ]
        problems = [
            parts.line(f"{each.row}-{number}", row=each.row, value=each.value, what=say(each.what))
            for number, each in enumerate(reading.problems)
        ]
        columns = [
            parts.column("name", say("Child"), wide=True),
            parts.column("group", say("Class")),
            parts.column("what", say("What changes"), wide=True),
        ]
        buttons = [parts.button(say("Cancel"), "open_paste", {"open": False})]
        if changes:
            label = self.speech.count("Take over {count} child", "Take over {count} children", len(changes))
            buttons.insert(0, parts.button(label, "take_over", tone="primary"))
        shown = [
            parts.table(
                say("This changes"), columns, changes, nothing=say("Nothing changes."), key="paste-changes"
            )
        ]
        if problems:
            heads = [
                parts.column("row", say("Row number"), "number"),
                parts.column("value", say("What stands there")),
                parts.column("what", say("What is wrong"), wide=True),
            ]
            words = say("These cells are left out; nothing of them is lost in your file.")
            shown = [
                parts.notice(words, "warn"),
                parts.table(say("Not understood"), heads, problems, key="paste-problems"),
                *shown,
            ]
        return parts.card(say("Look at it, then take it over"), parts.row(*buttons), *shown, key="reading")

    def _tell_value(self, field: str, value: Any, look: Lookup) -> str:
        if field == "sex":
            return self._(SEXES[value])
        if field == "route_id":
            return str(look.routes[value].name) if value in look.routes else "–"
        return str(value)

    @act
    def take_over(self, _values: dict[str, Any]) -> Change:
        look = Lookup(self.desk)
        changes = self.reading.changes if self.reading else {}
        edits = [
            _set_child(look.about.get(person), person, values, -number)
            for number, (person, values) in enumerate(changes.items(), 1)
        ]
        what = self.speech.count(
            "Taken over from a spreadsheet: {count} child",
            "Taken over from a spreadsheet: {count} children",
            len(edits),
        )
        return Change(what, edits, place={"paste": False})


def _set_child(row: Row | None, person: int, values: dict[str, Any], new: int = -1) -> Edit:
    if row is None:
        return add("child", new, person_id=person, **{**NEW_CHILD, **values})
    return alter("child", row, **values)
