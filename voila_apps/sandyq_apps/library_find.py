"""Finding in the library: filters, words, the catalogue as a spreadsheet; what was set aside for a lesson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandyq.i18n import LANGUAGE_NAMES
from sandyq.search import fold, holds_words
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import File, act
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.papers import Workbook
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_data import Shelf, count_use
from sandyq_apps.library_words import KINDS, LibraryWords

FILTERS: Final[dict[str, Any]] = {
    "q": "",
    "only_kind": None,
    "only_language": None,
    "grade": None,
    "competence": None,
    "only_accepted": False,
}


def suits(work: Row, wish: Mapping[str, Any], shelf: Shelf, about: str) -> bool:
    """Whether a work is what is looked for; ``about``: its words, folded."""
    return (
        (not wish["q"] or holds_words(wish["q"], about))
        and wish["only_kind"] in (None, work.kind)
        and wish["only_language"] in (None, work.language)
        and (wish["grade"] is None or wish["grade"] in work.grades)
        and (wish["competence"] is None or wish["competence"] in work.competences)
        and (not wish["only_accepted"] or shelf.is_accepted(work))
    )


class FindPages(LibraryWords):
    def list_found(self) -> list[Row]:
        """What is offered and wanted, what is accepted first, then the newest."""
        found = [
            work
            for work in self.shelf.works.values()
            if work.state == "offered" and suits(work, self.place, self.shelf, self._describe(work))
        ]
        return sorted(found, key=lambda work: (not self.shelf.is_accepted(work), -work.id))

    def _describe(self, work: Row) -> str:
        words = (
            work.title,
            work.body,
            self.tell_author(work),
            *map(self.tell_competence, work.competences),
        )
        return fold(" ".join(words))

    def show_find(self) -> list[Part]:
        if not any(work.state == "offered" for work in self.shelf.works.values()):
            words = self._(
                "Begin with something that you have used in class and that went well: an item, a worksheet, a plan."
            )
            write = parts.button(self._("Write something"), "open_tab", {"tab": "mine"}, tone="primary")
            return [parts.empty(self._("The library is still empty"), words, write)]
        found = self.list_found()
        return [
            self._ask_filters(),
            *self._show_set_aside(),
            self._list_works(found),
            parts.row(
                parts.button(self._("The catalogue as XLSX"), "save_catalogue"),
                parts.print_button(self._("Print")),
            ),
        ]

    def _ask_filters(self) -> Part:
        place = self.place
        offered = [work for work in self.shelf.works.values() if work.state == "offered"]
        grades = sorted({grade for work in offered for grade in work.grades})
        named = {code for work in offered for code in work.competences}
        fields = [
            parts.field("q", self._("Words"), value=place["q"], most=100),
            parts.field(
                "only_kind",
                self._("Kind"),
                "choice",
                place["only_kind"],
                choices=[(kind, self.tell_kind(kind)) for kind in KINDS],
            ),
            parts.field(
                "only_language",
                self._("Language"),
                "choice",
                place["only_language"],
                choices=list(LANGUAGE_NAMES.items()),
            ),
            parts.field(
                "grade",
                self._("Grade"),
                "choice",
                place["grade"],
                choices=[(each, str(each)) for each in grades],
            ),
            parts.field(
                "competence",
                self._("Competence"),
                "choice",
                place["competence"],
                choices=self.list_competences(named),
            ),
            parts.field("only_accepted", self._("Only what is accepted"), "check", place["only_accepted"]),
        ]
        return parts.form("filter", fields, "", key="filter", live=True)

    @act
    def filter(self, values: dict[str, Any]) -> None:
        self.place |= {name: values[name] for name in FILTERS}

    def _list_works(self, works: list[Row]) -> Part:
        lines = [
            parts.line(
                work.id,
                title=self.title_of(work),
                kind=self.tell_kind(work.kind),
                language=self.tell_language(work.language),
                grades=parts.cell(self.tell_grades(work.grades), sort=min(work.grades, default=0)),
                author=self.tell_author(work),
                state=self.cell_of_state(work),
                uses=count_use(self.shelf.uses(work))[0],
                right=parts.cell(
                    self.tell_share(self.shelf.difficulty(work)), sort=self.shelf.difficulty(work).share or -1
                ),
            )
            for work in works
        ]
        columns = [
            parts.column("title", self._("Title"), wide=True),
            parts.column("kind", self._("Kind")),
            parts.column("language", self._("Language")),
            parts.column("grades", self._("Grades")),
            parts.column("author", self._("Author")),
            parts.column("state", self._("State")),
            parts.column("uses", self._("Used"), "number"),
            parts.column("right", self._("Right at once")),
        ]
        caption = self.speech.count("{count} work found", "{count} works found", len(works))
        nothing = self._("Nothing like this is there. Take a filter away, or write it yourself.")
        return parts.table(caption, columns, lines, nothing=nothing, key="found")

    # what is set aside for a lesson

    def _show_set_aside(self) -> list[Part]:
        items = [work for number in self.place["set_aside"] if (work := self.shelf.works.get(number))]
        if not items or not self.is_teacher:
            return []
        names = "\n".join(f"{number}. {work.title}" for number, work in enumerate(items, start=1))
        return [
            parts.card(
                self._("Set aside for a lesson"),
                parts.text(names),
                parts.row(
                    parts.link(
                        self._("Begin a lesson with these"), self.address_of_lesson(items), tone="primary"
                    ),
                    parts.button(self._("Put them back"), "put_back"),
                ),
                key="aside",
            )
        ]

    def address_of_lesson(self, items: list[Row]) -> str:
        numbers = ",".join(str(work.id) for work in items)
        return f"/hub/user-redirect/sandyq/new-lesson?items={numbers}&language={items[0].language}"

    @act
    def set_aside(self, values: dict[str, Any]) -> None:
        aside = [number for number in self.place["set_aside"] if number != values["work"]]
        self.place["set_aside"] = [*aside, values["work"]] if values["take"] else aside

    @act
    def put_back(self, _values: dict[str, Any]) -> None:
        self.place["set_aside"] = []

    @act
    def save_catalogue(self, _values: dict[str, Any]) -> File:
        """What was found, as a spreadsheet."""
        head = (
            "Title", "Kind", "Language", "Grades", "Competences", "Author", "School", "Licence", "Edition", "State",
            "Used", "People who use it", "Pupils who answered", "Right at once",
        )  # fmt: skip
        lines = [self._describe_line(work) for work in self.list_found()]
        book = Workbook()
        title = f"{self._('Library')}, {self.speech.short_date(self.desk.today)}"
        book.add_sheet(self._("Library"), [title], [self._(each) for each in head], lines, fixed=1)
        return book.save(title)

    def _describe_line(self, work: Row) -> list[Any]:
        difficulty, (uses, people) = self.shelf.difficulty(work), count_use(self.shelf.uses(work))
        is_item = work.kind == "item"
        return [
            work.title,
            self.tell_kind(work.kind),
            self.tell_language(work.language),
            self.tell_grades(work.grades),
            "; ".join(map(self.tell_competence, work.competences)),
            *self.shelf.author(work),
            self.tell_licence(work.licence),
            work.edition,
            self.tell_state(work),
            uses,
            people,
            difficulty.answered if is_item else None,
            None if difficulty.share is None else round(difficulty.share, 3),
        ]
