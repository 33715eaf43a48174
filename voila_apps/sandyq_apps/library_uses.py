"""Who uses what: said by colleagues, or noted when a lesson with an item is published."""

from __future__ import annotations

from typing import Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import File, act
from sandyq_apps.kit.desk import Change, Row, add
from sandyq_apps.kit.papers import Workbook, render
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_words import LibraryWords

NEWEST_SHOWN = 10


class UsePages(LibraryWords):
    def show_use(self, work: Row) -> list[Part]:
        """Who uses one work, and one's own word of it."""
        if work.state == "draft":
            return []
        uses = self.shelf.uses(work)
        lines = [
            parts.line(
                use.id,
                on=parts.cell(self.speech.short_date(use.on), sort=use.on),
                who=self.tell_person(use.by),
                where=self.tell_use(use),
                text=use.text,
            )
            for use in uses[:NEWEST_SHOWN]
        ]
        columns = [
            parts.column("on", self._("Day")),
            parts.column("who", self._("Who")),
            parts.column("where", self._("Where")),
            parts.column("text", self._("How it went"), wide=True),
        ]
        table = parts.table(
            self.speech.count("Used {count} time", "Used {count} times", len(uses)),
            columns,
            lines,
            nothing=self._("Nobody has told of a use yet."),
            key="uses-of",
        )
        form = parts.fold(self._("I used it in class"), self._ask_use(work), key=f"use-{work.id}")
        return [parts.card(self._("Who uses it"), table, form, key="uses")]

    def tell_use(self, use: Row) -> str:
        if "lesson" in use.data:
            return self._("in a lesson of their own")
        return self.speech.count(
            "grade {grade}, {count} pupil",
            "grade {grade}, {count} pupils",
            use.data["pupils"],
            grade=use.data["grade"],
        )

    def _ask_use(self, work: Row) -> Part:
        grades = [(each, str(each)) for each in (work.grades or range(1, 12))]
        fields = [
            parts.field("on", self._("Day"), "date", self.desk.today, needed=True, most=self.desk.today),
            parts.field("grade", self._("Grade"), "choice", choices=grades, needed=True),
            parts.field("pupils", self._("How many pupils"), "number", least=1, most=200, needed=True),
            parts.field(
                "text",
                self._("How it went"),
                "area",
                most=1000,
                help=self._("What worked, what you would change. No names of pupils."),
            ),
        ]
        return parts.form(
            "save_use", fields, self._("Tell it"), key=f"use-{work.id}", values={"work": work.id}
        )

    @act
    def save_use(self, values: dict[str, Any]) -> Change:
        work = self.row("resource", values["work"])
        data = {"grade": values["grade"], "pupils": values["pupils"], "edition": work.edition}
        said = self.reply(work, "use", values["text"], **data) | {"on": values["on"]}
        return Change(self._("Used: {title}", title=work.title), [add("reply", **said)])

    # all

    def show_uses(self) -> list[Part]:
        found = self.shelf.list_uses()
        if not found:
            words = self._(
                "When a teacher tells of a use, or publishes a lesson with an item of the library, it stands here."
            )
            return [parts.empty(self._("Nothing has been used yet"), words)]
        works = {work.id for work, _ in found}
        people = {use.by for _, use in found}
        schools = {member.school_id for each in people if (member := self.shelf.members.get(each))}
        lines = [
            parts.line(
                use.id,
                on=parts.cell(self.speech.short_date(use.on), sort=use.on),
                title=self.title_of(work),
                who=self.shelf.name(use.by),
                school=self.shelf.school(use.by),
                where=self.tell_use(use),
                author=self.tell_author(work),
            )
            for work, use in found
        ]
        columns = [
            parts.column("on", self._("Day")),
            parts.column("title", self._("Title"), wide=True),
            parts.column("who", self._("Who")),
            parts.column("school", self._("School")),
            parts.column("where", self._("Where")),
            parts.column("author", self._("Author")),
        ]
        return [
            parts.figures(
                parts.figure(self._("Uses"), str(len(found))),
                parts.figure(self._("Works used"), str(len(works))),
                parts.figure(self._("People who use them"), str(len(people))),
                parts.figure(self._("Schools"), str(len(schools))),
            ),
            parts.row(
                parts.button(self._("Sheet to print"), "open_paper", {"paper": "uses"}),
                parts.button(self._("The table as XLSX"), "save_uses"),
            ),
            parts.table(self._("Who uses what"), columns, lines, search=self._("Search"), key="all-uses"),
        ]

    def _list_lines(self) -> list[list[str]]:
        return [
            [
                self.speech.short_date(use.on),
                work.title,
                self.shelf.name(use.by),
                self.shelf.school(use.by),
                self.tell_use(use),
                self.tell_author(work),
            ]
            for work, use in self.shelf.list_uses()
        ]

    def _list_heads(self) -> list[str]:
        return [self._(each) for each in ("Day", "Title", "Who", "School", "Where", "Author")]

    def write_uses(self) -> str:
        """Return the table as a sheet to print."""
        return render(
            "library/uses.html",
            academy=self._("Rural Pedagogical Academy"),
            title=self._("Who uses what"),
            day=self.speech.date(self.desk.today),
            heads=self._list_heads(),
            lines=self._list_lines(),
        )

    @act
    def save_uses(self, _values: dict[str, Any]) -> File:
        book = Workbook()
        title = f"{self._('Who uses what')}, {self.speech.short_date(self.desk.today)}"
        book.add_sheet(self._("Who uses what"), [title], self._list_heads(), self._list_lines())
        return book.save(title)
