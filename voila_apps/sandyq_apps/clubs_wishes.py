"""The third page: wishes from paper sheets, three a child, typed as numbers; and the switch for pupils' own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandyq_apps.allocation import RANKS
from sandyq_apps.clubs_school import Lookup, find_club, language_of, read_terms, suits
from sandyq_apps.clubs_words import ClubWords
from sandyq_apps.kit import papers, parts
from sandyq_apps.kit.app import Problem, act
from sandyq_apps.kit.desk import Change, add, alter, remove
from sandyq_apps.kit.parts import Part

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object


class WishPages(Page):
    def show_wishes(self) -> list[Part]:
        say, look = self._, Lookup(self.desk)
        if not look.clubs or not look.pupils:
            return [
                parts.empty(
                    say("No wishes yet"),
                    say("First the clubs, then the children's wishes for them."),
                    parts.button(say("Clubs"), "open_tab", {"tab": "clubs"}, tone="primary"),
                )
            ]
        groups = [(row.id, row.name) for row in self.desk.rows("class")]
        chosen = self.place["group"] or (groups[0][0] if groups else 0)
        if self.place["sheets"]:
            return [self._show_sheet(look, chosen)]
        field = parts.field("group", say("Class"), "choice", chosen, choices=groups, needed=True)
        return [
            self._show_switch(),
            parts.form("choose_group", [field], say("Show"), key="wish-group", live=True),
            parts.row(parts.button(say("Paper sheets for this class"), "show_sheets", {"open": True})),
            parts.text(
                say(
                    "Type a club's number or the beginning of its name; "
                    "Enter goes to the next child, Tab to the next wish. Delete what stands there to take a wish back."
                ),
                "quiet",
            ),
            self._show_entry(look, chosen),
            parts.fold(say("Numbers of the clubs"), self._show_numbers(look), key="numbers"),
        ]

    def _show_switch(self) -> Part:
        say, terms = self._, read_terms(self.desk)
        if terms.is_open:
            words, label, tone = (
                say("Pupils can give their wishes now: on their page, «Wishes for clubs»."),
                say("Close wishes"),
                "good",
            )
        else:
            words, label, tone = (
                say("Pupils cannot give wishes themselves now."),
                say("Let pupils give wishes"),
                "",
            )
        return parts.notice(words, tone, parts.button(label, "switch_wishes", {"open": not terms.is_open}))  # type: ignore[arg-type]

    @act
    def switch_wishes(self, values: dict[str, Any]) -> Change:
        terms, is_open = read_terms(self.desk), bool(values["open"])
        edit = (
            alter("intake", terms.row, is_open=is_open)
            if terms.row
            else add("intake", is_open=is_open, most=terms.most, seed=terms.seed)
        )
        what = self._("Pupils can give wishes") if is_open else self._("Wishes of pupils are closed")
        return Change(what, [edit])

    @act
    def choose_group(self, values: dict[str, Any]) -> None:
        self.place["group"] = values["group"]

    @act
    def show_sheets(self, values: dict[str, Any]) -> None:
        self.place["sheets"] = values["open"]

    def _show_entry(self, look: Lookup, group: int) -> Part:
        say = self._
        lines = []
        for person, pupil in look.pupils.items():
            if pupil.class_id != group:
                continue
            wishes = {row.rank: row.club_id for row in look.wishes.get(person, ())}
            lines.append(
                parts.line(
                    person,
                    name=pupil.name,
                    **{
                        f"rank{rank}": f"{wishes[rank]}. {look.club_name(wishes[rank])}"
                        if rank in wishes
                        else ""
                        for rank in RANKS
                    },
                )
            )
        columns = [
            parts.column("name", say("Child"), wide=True),
            *(parts.column(f"rank{rank}", say("Wish {rank}", rank=rank), "edit") for rank in RANKS),
        ]
        return parts.table(
            say("Wishes"),
            columns,
            lines,
            nothing=say("No pupil in this class."),
            edit="edit_wish",
            key=f"wishes-{group}",
        )

    @act
    def edit_wish(self, values: dict[str, Any]) -> Change:
        look, person = Lookup(self.desk), int(values["key"])
        pupil, rank = self.row("pupil", person), int(values["field"].removeprefix("rank"))
        mine = look.wishes.get(person, [])
        row = next((wish for wish in mine if wish.rank == rank), None)
        if not values["value"]:
            if row is None:
                raise Problem(self._("There was no wish."))
            what = self._(
                "Wish taken back: {name}, {club}", name=pupil.name, club=look.club_name(row.club_id)
            )
            return Change(what, [remove("wish", row)])
        club = find_club(look.clubs.values(), values["value"])
        if club is None:
            raise Problem(
                self._("No club is called «{typed}», or several are. Type its number.", typed=values["value"])
            )
        if not suits(club, pupil, language_of(self.desk, pupil)):
            grades = ClubWords(self.speech, look.clubs).grades(club)
            raise Problem(
                self._(
                    "«{club}» is not for {name}: grades {grades}, or another language.",
                    club=club.name,
                    name=pupil.name,
                    grades=grades,
                )
            )
        if any(wish.club_id == club.id and wish.rank != rank for wish in mine):
            raise Problem(self._("The child has wished for this club already."))
        edit = (
            alter("wish", row, club_id=club.id)
            if row
            else add("wish", person_id=person, club_id=club.id, rank=rank)
        )
        return Change(
            self._("Wish {rank} of {name}: {club}", rank=rank, name=pupil.name, club=club.name), [edit]
        )

    def _show_numbers(self, look: Lookup) -> Part:
        say, words = self._, ClubWords(self.speech, look.clubs)
        columns = [
            parts.column("number", "№", "number"),
            parts.column("name", say("Club"), wide=True),
            parts.column("grades", say("Grades")),
        ]
        lines = [
            parts.line(club.id, number=club.id, name=club.name, grades=words.grades(club))
            for club in look.sorted_clubs()
        ]
        return parts.table(
            say("Numbers of the clubs"), columns, lines, search=say("Search for a club"), key="numbers"
        )

    def _show_sheet(self, look: Lookup, group: int) -> Part:
        """A sheet a child, with the clubs for its grade and language: to be ticked 1, 2, 3."""
        say, words = self._, ClubWords(self.speech, look.clubs)
        pupils = [row for row in look.pupils.values() if row.class_id == group]
        sheets = [
            {
                "name": pupil.name,
                "class": pupil["class"],
                "clubs": [
                    {"number": club.id, "name": club.name, "grades": words.grades(club)}
                    for club in look.sorted_clubs()
                    if suits(club, pupil, language_of(self.desk, pupil))
                ],
            }
            for pupil in pupils
        ]
        html = papers.render("club_wishes.html", say=say, school=self.desk.school.name, sheets=sheets)
        back = parts.button(say("Back"), "show_sheets", {"open": False})
        return parts.paper(say("Wishes for clubs"), html, back)
