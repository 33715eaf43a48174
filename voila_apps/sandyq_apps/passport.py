"""The ability passport: what a child did and showed over the years. No marks, no places, no comparison."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from http import HTTPStatus
from typing import Any, Final

from sandyq_apps.chests import colour_of
from sandyq_apps.closed_clubs import CLOSED, hear_of_closed, read_clubs
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, remove
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused, Unreachable

KINDS: Final = {"work": "A work", "evidence": "What the teacher saw", "words": "The child's own words"}


class Passport(App):
    title = "Ability passport"
    help = (
        "A child's portfolio over the years: clubs, works, what teachers saw, the child's own words. It ranks nobody.\n"
        "It opens to those who teach the child in a club, to the class teacher and to the administration. "
        "What you write stands under your name; nobody else can change it."
    )
    sheets = (
        "passport_child",
        "passport_entry",
        "chest",
        "club",
        CLOSED,
        "enrolment",
        "staff",
        "passport_author",
    )
    start = {"child": 0, "kind": "", "print": False}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._photos: dict[str, str] = {}
        """Pictures by name; empty: gone."""
        self._is_reading = False
        self._problem = ""

    def opened(self) -> None:
        hear_of_closed(self.desk)

    def view(self) -> list[Part]:
        child = self.desk.find("passport_child", self.place["child"])
        if child is None:
            return self._view_children()
        missing = self._missing_photos()
        if missing and not self._is_reading and not self._problem:
            self._is_reading = True
            self._start(self._read_photos())
        if not self.place["print"]:
            return self._view_child(child)
        if missing:
            return [self._back(child), *self._tell_missing()]
        return [self._back(child), parts.paper(child.name, self._family_sheet(child))]

    def entries(self, child: Row) -> list[Row]:
        """Return a child's pages, the newest first."""
        own = [each for each in self.desk.rows("passport_entry") if each.person_id == child.id]
        return sorted(own, key=lambda each: (each.on, each.id), reverse=True)

    # all children

    def _view_children(self) -> list[Part]:
        children = self.desk.rows("passport_child")
        if not children:
            return [
                parts.empty(
                    self._("No passport is open to you yet"),
                    self._(
                        "Passports open to those who lead a club or are class teachers. "
                        "First, children are enrolled in the app “Clubs and enrolment”."
                    ),
                )
            ]
        pages: dict[int, int] = defaultdict(int)
        for each in self.desk.rows("passport_entry"):
            pages[each.person_id] += 1
        clubs = self._clubs_now()
        lines = [
            parts.line(
                child.id,
                name=parts.cell(child.name, act="open_child", values={"child": child.id}),
                group=child["class"],
                clubs=", ".join(clubs[child.id]),
                pages=self.speech.count("{count} page", "{count} pages", pages[child.id])
                if pages[child.id]
                else "",
            )
            for child in children
        ]
        columns = [
            parts.column("name", self._("Child"), wide=True),
            parts.column("group", self._("Class")),
            parts.column("clubs", self._("Clubs")),
            parts.column("pages", self._("In the passport")),
        ]
        return [parts.table(self._("Children"), columns, lines, search=self._("Search"))]

    def _clubs_now(self) -> dict[int, list[str]]:
        names = {club.id: str(club.name) for club in self.desk.rows("club")}
        now: dict[int, list[str]] = defaultdict(list)
        for each in self.desk.rows("enrolment"):
            if (each.until is None or each.until > self.desk.today) and each.club_id in names:
                now[each.person_id].append(names[each.club_id])
        return now

    @act
    def open_child(self, values: dict[str, Any]) -> None:
        self.place |= {"child": values["child"], "kind": "", "print": False}
        self._problem = ""

    def _missing_photos(self) -> set[str]:
        """Return the names of the pictures, not read yet, of the child whose passport is open."""
        child = self.desk.find("passport_child", self.place["child"])
        names = {each.photo for each in self.entries(child) if each.photo} if child else set()
        return names - self._photos.keys()

    async def _read_photos(self) -> None:
        """Read the open child's pictures, also on a page that was opened anew; one that is gone is left out."""
        try:
            for name in self._missing_photos():
                try:
                    answer = await asyncio.to_thread(self.desk.portal.ask, "GET", f"/centre/photos/{name}")
                except Refused as refusal:
                    if refusal.status != HTTPStatus.NOT_FOUND:
                        raise
                    answer = {"url": ""}
                self._photos[name] = answer["url"]
        except (Unreachable, Refused) as problem:
            self._problem = self.explain(problem)
        finally:
            self._is_reading = False
        self.show()

    def _tell_missing(self) -> list[Part]:
        """What stands for a sheet whose pictures are not here: it would be printed without them."""
        if self._problem:
            again = parts.button(self._("Try again"), "show_sheet", tone="primary")
            return [parts.notice(self._problem, "danger", again)]
        return [parts.text(self._("One moment…"), "quiet")]

    # one child

    def _back(self, child: Row) -> Part:
        if self.place["print"]:
            return parts.button(f"← {child.name}", "open_child", {"child": child.id})
        return parts.button(f"← {self._('All children')}", "open_child", {"child": 0})

    def _view_child(self, child: Row) -> list[Part]:
        entries = self.entries(child)
        return [
            self._back(child),
            parts.heading(f"{child.name}, {child['class']}"),
            self._show_new(child),
            parts.row(parts.button(self._("Sheet for the family"), "show_sheet")),
            *(
                [parts.button(self._("Show the pictures"), "open_child", {"child": child.id})]
                if self._problem
                else []
            ),
            self._show_clubs(child),
            *(self._show_chest(chest, entries) for chest in self._chests()),
            *self._show_words(entries),
        ]

    def _chests(self) -> list[Row]:
        return sorted(self.desk.rows("chest"), key=lambda chest: chest.position)

    def _show_new(self, child: Row) -> Part:
        kind = self.place["kind"]
        buttons = [
            parts.button(self.speech(text), "begin", {"kind": key}, tone="primary" if key == kind else "")
            for key, text in KINDS.items()
        ]
        if not kind:
            return parts.card(self._("Add to the passport"), parts.row(*buttons), key="new")
        form = parts.form(
            "save_entry",
            self._fields(kind, child),
            self._("Put it in"),
            key=f"{kind}-{child.id}",
            values={"kind": kind, "child": child.id},
            cancel=parts.button(self._("Cancel"), "begin", {"kind": ""}),
        )
        return parts.card(self._("Add to the passport"), parts.row(*buttons), form, key="new")

    def _fields(self, kind: str, child: Row) -> list[Part]:
        chests = [(chest.id, self.speech.name(chest.names)) for chest in self._chests()]
        own = {each.club_id for each in self.desk.rows("enrolment") if each.person_id == child.id}
        clubs = [(club.id, club.name) for club in self.desk.rows("club") if club.id in own]
        text = {
            "work": self._("What is it, how was it made?"),
            "evidence": self._("What did the child do, and what does it show?"),
            "words": self._("In the child's own words"),
        }[kind]
        fields = [
            parts.field("text", text, "area", most=2000, needed=True),
            parts.field("on", self._("Day"), "date", self.desk.today, needed=True),
            parts.field("chest", self._("Chest"), "choice", choices=chests, needed=kind != "words"),
            parts.field("club", self._("Club"), "choice", choices=clubs),
        ]
        if kind != "work":
            return fields
        photo = parts.field(
            "photo",
            self._("Picture"),
            "file",
            choices=[("image/jpeg", ""), ("image/png", ""), ("image/webp", "")],
            help=self._(
                "The place and time that a camera notes are removed. No faces without the family's consent."
            ),
        )
        return [parts.field("title", self._("Title"), needed=True, most=100), *fields, photo]

    def _show_clubs(self, child: Row) -> Part:
        lines, known = [], read_clubs(self.desk)
        for each in self.desk.rows("enrolment"):
            club = known.get(each.club_id)
            if each.person_id != child.id or club is None:
                continue
            chest = self.desk.find("chest", club.chest_id)
            lines.append(
                parts.line(
                    each.id,
                    club=parts.cell(club.name, colour=colour_of(chest) if chest else ""),
                    chest=self.speech.name(chest.names) if chest else "",
                    since=parts.cell(self.speech.short_date(each.since), sort=each.since),
                    until=self.speech.short_date(each.until) if each.until else self._("goes on"),
                )
            )
        columns = [
            parts.column("club", self._("Club"), wide=True),
            parts.column("chest", self._("Chest")),
            parts.column("since", self._("In it since")),
            parts.column("until", self._("Until")),
        ]
        return parts.table(self._("Clubs over the years"), columns, lines, nothing=self._("In no club yet."))

    def _show_chest(self, chest: Row, entries: list[Row]) -> Part:
        own = [each for each in entries if each.chest_id == chest.id and each.kind != "words"]
        pages = [self._show_entry(each) for each in own] or [parts.text(self._("Nothing yet."), "quiet")]
        return parts.card(
            self.speech.name(chest.names), *pages, colour=colour_of(chest), key=f"chest-{chest.id}"
        )

    def _show_words(self, entries: list[Row]) -> list[Part]:
        own = [each for each in entries if each.kind == "words"]
        if not own:
            return []
        return [parts.card(self.speech(KINDS["words"]), *map(self._show_entry, own), key="words")]

    def _show_entry(self, entry: Row) -> Part:
        page = parts.markup(self._draw(entry), key=f"page-{entry.id}-{bool(self._photos.get(entry.photo))}")
        if entry.by != self.desk.me.id and "administrator" not in self.desk.me.roles:
            return page
        button = parts.button(
            self._("Remove"),
            "remove_entry",
            {"id": entry.id, "version": entry.version},
            tone="danger",
            confirm=self._("Remove from the passport: {page}?", page=self._name_page(entry)),
            key=f"remove-{entry.id}",
        )
        return parts.row(page, button)

    def _name_page(self, entry: Row) -> str:
        child = self.desk.find("passport_child", entry.person_id)
        told = (child.name if child else "", self.speech(KINDS[entry.kind]), entry.title)
        return self.speech.join(", ", *told, self.speech.short_date(entry.on))

    def _draw(self, entry: Row) -> str:
        author = self.desk.find("staff", entry.by) or self.desk.find("passport_author", entry.by)
        return render(
            "passport/page.html",
            entry=entry,
            day=self.speech.date(entry.on),
            kind=self.speech(KINDS[entry.kind]),
            author=author.name if author else "",
            photo=self._photos.get(entry.photo, ""),
        )

    @act
    def begin(self, values: dict[str, Any]) -> None:
        self.place["kind"] = values["kind"]

    @act
    def show_sheet(self, _values: dict[str, Any]) -> None:
        self.place["print"] = True
        self._problem = ""

    @act
    async def save_entry(self, values: dict[str, Any]) -> Change:
        child = self.row("passport_child", values["child"])
        kind = values["kind"]
        if values["on"] > self.desk.today:
            raise FieldProblem("on", self._("This day is still to come."))
        photo = await self._keep_photo()
        page = add(
            "passport_entry",
            person_id=child.id,
            kind=kind,
            on=values["on"],
            chest_id=values["chest"],
            club_id=values["club"],
            title=values.get("title", ""),
            text=values["text"],
            photo=photo,
        )
        what = self._(
            "Put into the passport of {name}: {kind}", name=child.name, kind=self.speech(KINDS[kind])
        )
        return Change(what, [page], {"kind": ""})

    async def _keep_photo(self) -> str:
        """Send the chosen picture; return its name, empty when there is none."""
        content = self.files.get("photo")
        if not content:
            return ""
        try:
            answer = await asyncio.to_thread(self.desk.portal.ask, "PUT", "/centre/photos", None, content)
            name = str(answer["photo"])
        except Refused as refusal:
            raise FieldProblem("photo", str(refusal)) from None
        return name

    @act
    def remove_entry(self, values: dict[str, Any]) -> Change:
        row = self.row("passport_entry", values["id"], values["version"])
        what = self._("Removed from the passport: {page}", page=self._name_page(row))
        return Change(what, [remove("passport_entry", row)])

    # for the family

    def _family_sheet(self, child: Row) -> str:
        entries = self.entries(child)
        chests = [
            (
                self.speech.name(chest.names),
                colour_of(chest),
                [self._draw(each) for each in entries if each.chest_id == chest.id and each.kind != "words"],
            )
            for chest in self._chests()
        ]
        return render(
            "passport/family.html",
            _=self._,
            school=self.desk.school.name,
            child=child,
            day=self.speech.date(self.desk.today),
            clubs=self._club_lines(child),
            chests=[each for each in chests if each[2]],
            words=[self._draw(each) for each in entries if each.kind == "words"],
        )

    def _club_lines(self, child: Row) -> list[str]:
        lines, known = [], read_clubs(self.desk)
        for each in self.desk.rows("enrolment"):
            club = known.get(each.club_id)
            if each.person_id == child.id and club:
                until = self.speech.short_date(each.until) if each.until else self._("goes on")
                lines.append(f"{club.name}: {self.speech.short_date(each.since)} – {until}")
        return lines
