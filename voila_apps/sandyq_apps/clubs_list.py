"""The first page: the clubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandyq_apps.chests import colour_of
from sandyq_apps.clubs_school import Lookup, clubs_without_teacher
from sandyq_apps.clubs_words import KINDS, TEACHING, ClubWords, choices
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.speech import PROBLEMS

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

NEW = -1
"""Of a club that is not there yet."""
GOES_ALONG = {"wish": "wishes", "waiting": "places on the waiting list", "meeting": "times in the timetable"}
"""What is deleted with a club."""


class ClubPages(Page):
    def show_clubs(self) -> list[Part]:
        look = Lookup(self.desk)
        if self.place["club"] == NEW or self.place["club"] in look.clubs:
            return [self._show_club_form(look)]
        if self.place["club"]:
            return [parts.notice(self.speech(PROBLEMS["gone"]), "warn"), *self._show_list(look)]
        return self._show_list(look)

    def _show_list(self, look: Lookup) -> list[Part]:
        if not look.clubs:
            return [
                parts.empty(
                    self._("No club yet"),
                    self._(
                        "Add the first club: its name, for which grades, how many places. "
                        "Rooms, times and buses stand below."
                    ),
                    parts.button(self._("Add a club"), "open_club", {"club": NEW}, tone="primary"),
                ),
                *self.show_things(),
            ]
        return [
            self._show_figures(look),
            *self._show_left(),
            parts.row(parts.button(self._("Add a club"), "open_club", {"club": NEW}, tone="primary")),
            self._show_table(look),
            *self.show_things(),
        ]

    def _show_figures(self, look: Lookup) -> Part:
        places = sum(club.capacity for club in look.clubs.values())
        number = self.speech.number
        return parts.figures(
            parts.figure(self._("Clubs"), number(len(look.clubs))),
            parts.figure(self._("Places"), number(places)),
            parts.figure(
                self._("Children in clubs"), number(len(look.clubs_of)), self._("each counted once")
            ),
            parts.figure(self._("Places that are free"), number(max(places - len(look.open), 0))),
        )

    def _show_left(self) -> list[Part]:
        """Name the clubs whose teacher has left the school."""
        left = [club.name for club in clubs_without_teacher(self.desk)]
        words = self._("The teacher has left the school: {clubs}. Open the club and choose another teacher.")
        return [parts.notice(words.format(clubs=", ".join(left)), "warn")] if left else []

    def _show_table(self, look: Lookup) -> Part:
        say = self._
        words, staff = (
            ClubWords(self.speech, look.clubs),
            {row.id: row.name for row in self.desk.rows("staff")},
        )
        chests = {row.id: row for row in self.desk.rows("chest")}
        lines = []
        for club in look.sorted_clubs():
            chest, there = chests.get(club.chest_id), len(look.members.get(club.id, ()))
            full = there >= club.capacity
            lines.append(
                parts.line(
                    club.id,
                    number=club.id,
                    name=parts.cell(
                        club.name,
                        act="open_club",
                        values={"club": club.id},
                        colour=colour_of(chest) if chest else "",
                    ),
                    chest=parts.cell(
                        self.speech.name(chest.names) if chest else "", sort=chest.position if chest else 0
                    ),
                    grades=parts.cell(words.grades(club), sort=club.grade_from * 100 + club.grade_to),
                    language=say(TEACHING[club.language]),
                    teacher=staff.get(club.leader_id)
                    or parts.cell(say("has left the school"), tone="danger"),
                    meetings=club.meetings,
                    least=club.least,
                    there=parts.cell(
                        f"{there} / {club.capacity}" + (f" · {say('full')}" if full else ""),
                        sort=there,
                        tone="warn" if full else "",
                    ),
                )
            )
        columns = [
            parts.column("number", "№", "number"),
            parts.column("name", say("Club"), wide=True),
            parts.column("chest", say("Chest")),
            parts.column("grades", say("Grades")),
            parts.column("language", say("Language")),
            parts.column("teacher", say("Teacher")),
            parts.column("meetings", say("Times a week"), "number"),
            parts.column("least", say("Opens with"), "number"),
            parts.column("there", say("Children / places"), "number"),
        ]
        return parts.table(
            say("Clubs by chest"), columns, lines, search=say("Search for a club"), key="clubs"
        )

    def _show_club_form(self, look: Lookup) -> Part:
        say = self._
        club = look.clubs.get(self.place["club"], Row())
        chests = sorted(self.desk.rows("chest"), key=lambda row: row.position)
        field = parts.field
        fields = [
            field("name", say("Name of the club"), value=club.get("name", ""), needed=True, most=100),
            field(
                "chest_id",
                say("Chest"),
                "choice",
                club.get("chest_id"),
                choices=[(row.id, self.speech.name(row.names)) for row in chests],
                needed=True,
            ),
            field(
                "leader_id",
                say("Teacher"),
                "choice",
                club.get("leader_id"),
                choices=[(row.id, row.name) for row in self.desk.rows("staff")],
                needed=True,
            ),
            field(
                "language",
                say("Language"),
                "choice",
                club.get("language", ""),
                choices=choices(say, TEACHING),
                needed=True,
            ),
            field(
                "grade_from",
                say("From grade"),
                "number",
                club.get("grade_from", 1),
                least=1,
                most=11,
                needed=True,
            ),
            field(
                "grade_to", say("To grade"), "number", club.get("grade_to", 11), least=1, most=11, needed=True
            ),
            field(
                "capacity", say("Places"), "number", club.get("capacity", 15), least=1, most=200, needed=True
            ),
            field(
                "least",
                say("Opens with at least so many children"),
                "number",
                club.get("least", 8),
                least=0,
                most=200,
                needed=True,
            ),
            field(
                "meetings",
                say("Times a week"),
                "number",
                club.get("meetings", 1),
                least=1,
                most=6,
                needed=True,
            ),
            field(
                "room_id",
                say("Room"),
                "choice",
                club.get("room_id"),
                choices=[(row.id, row.name) for row in self.desk.rows("room")],
                help=say("Only if it can meet nowhere else."),
            ),
            field(
                "room_kind",
                say("Or: what kind of room"),
                "choice",
                club.get("room_kind", ""),
                choices=choices(say, KINDS),
                needed=True,
            ),
        ]
        back = parts.button(say("Cancel"), "open_club", {"club": 0})
        extra = []
        if club:
            question = self._ask_about_deleting(Row(club))
            extra.append(
                parts.button(
                    say("Delete the club"),
                    "delete_club",
                    {"id": club.id, "version": club.version},
                    tone="danger",
                    confirm=question,
                )
            )
        return parts.card(
            club.name if club else say("New club"),
            parts.form(
                "save_club",
                fields,
                say("Save"),
                key=f"club-{club.get('id', 'new')}",
                values={"id": club.get("id", 0), "version": club.get("version", 0)},
                cancel=back,
            ),
            *extra,
            key="club-form",
        )

    def _ask_about_deleting(self, club: Row) -> str:
        """Name what goes with a club."""
        children = len(Lookup(self.desk).members.get(club.id, ()))
        counts = {sheet: len(self._belonging(sheet, club)) for sheet in GOES_ALONG}
        question = self.speech.count(
            "Delete the club «{name}» with {count} child?",
            "Delete the club «{name}» with {count} children?",
            children,
            name=club.name,
        )
        if not children:
            question = self._("Delete the club «{name}»?", name=club.name)
        along = ", ".join(
            f"{self._(GOES_ALONG[sheet])} – {count}" for sheet, count in counts.items() if count
        )
        return f"{question} {self._('With it go: {what}.', what=along)}" if along else question

    def _belonging(self, sheet: str, club: Row) -> list[Row]:
        return [row for row in self.desk.rows(sheet) if row.club_id == club.id]

    @act
    def open_club(self, values: dict[str, Any]) -> None:
        self.place["club"] = values["club"]

    @act
    def save_club(self, values: dict[str, Any]) -> Change:
        club_id, version = values.pop("id"), values.pop("version")
        if values["grade_to"] < values["grade_from"]:
            raise FieldProblem("grade_to", self._("The highest grade is below the lowest."))
        if values["least"] > values["capacity"]:
            raise FieldProblem(
                "least", self._("It could never open: it has {places} places.", places=values["capacity"])
            )
        twin = next(
            (
                row
                for row in self.desk.rows("club")
                if row.name.casefold() == values["name"].casefold() and row.id != club_id
            ),
            None,
        )
        if twin:
            raise FieldProblem("name", self._("There is '{name}' already.", name=twin.name))
        if club_id:
            edit, what = (
                alter("club", self.row("club", club_id, version), **values),
                self._("Club changed: {name}", name=values["name"]),
            )
        else:
            edit, what = add("club", **values), self._("Club added: {name}", name=values["name"])
        return Change(what, [edit], place={"club": 0})

    @act
    def delete_club(self, values: dict[str, Any]) -> Change:
        """Delete a club; its children leave it today."""
        club = self.row("club", values["id"], values["version"])
        members = Lookup(self.desk).members.get(club.id, [])
        leave = [alter("enrolment", row, until=max(self.desk.today, row.since)) for row in members]
        along = [remove(sheet, row) for sheet in GOES_ALONG for row in self._belonging(sheet, club)]
        what = self._("Club deleted: {name}", name=club.name)
        if members:
            what = self.speech.count(
                "Club deleted: {name} ({count} child)",
                "Club deleted: {name} ({count} children)",
                len(members),
                name=club.name,
            )
        return Change(what, [*leave, *along, remove("club", club)], place={"club": 0})

    # rooms, times, buses
