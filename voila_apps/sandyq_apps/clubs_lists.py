"""The fifth page: who is in each club and who waits; changes by hand; lists and the order, printed and as XLSX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandyq_apps.clubs_school import Breach, Lookup, find_breaches, make_task, read_terms
from sandyq_apps.clubs_words import ClubWords
from sandyq_apps.kit import papers, parts
from sandyq_apps.kit.app import File, Problem, act
from sandyq_apps.kit.desk import Change, Edit, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.speech import Speech

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

WHYS = {"allocation": "by wishes", "by hand": "by hand", "waiting": "from the waiting list"}


class ListPages(Page):
    def show_lists(self) -> list[Part]:
        say, look = self._, Lookup(self.desk)
        if not look.clubs:
            return [
                parts.empty(
                    say("No lists yet"),
                    say("First the clubs, then the children's wishes for them."),
                    parts.button(say("Clubs"), "open_tab", {"tab": "clubs"}, tone="primary"),
                )
            ]
        paper, ask = self.place["paper"], self.place["ask"]
        club = paper.removeprefix("club-")
        if paper and (club == paper or int(club) in look.clubs):  # a colleague may have deleted it meanwhile
            return self._show_paper(look)
        if ask and {ask["club"], ask["leaves"]} <= {0, *look.clubs}:
            return [self._show_question(look)]
        chosen = self.place["list"] if self.place["list"] in look.clubs else look.sorted_clubs()[0].id
        field = parts.field(
            "list",
            say("Club"),
            "choice",
            chosen,
            choices=[(row.id, row.name) for row in look.sorted_clubs()],
            needed=True,
        )
        return [
            parts.row(
                parts.button(say("Print all lists"), "open_paper", {"paper": "all"}),
                parts.button(say("Order in Kazakh"), "open_paper", {"paper": "order-kk"}),
                parts.button(say("Order in Russian"), "open_paper", {"paper": "order-ru"}),
                parts.button(say("All lists as XLSX"), "save_xlsx"),
            ),
            parts.form("choose_list", [field], say("Show"), key="list", live=True),
            *self._show_club(look, chosen),
        ]

    def _show_club(self, look: Lookup, club_id: int) -> list[Part]:
        say, club = self._, look.clubs[club_id]
        members, waiting = look.sorted_members(club_id), look.waiting.get(club_id, [])
        lines = [
            parts.line(
                row.id,
                number=number,
                name=look.name(row.person_id),
                group=look.class_of(row.person_id),
                since=parts.cell(self.speech.short_date(row.since), sort=row.since),
                why=self._(WHYS[row.why]) if row.why in WHYS else row.why,
                acts=[
                    parts.button(
                        say("Move"),
                        "ask_move",
                        {"person": row.person_id, "leaves": club_id},
                        key=f"move-{row.id}",
                    ),
                    parts.button(
                        say("Leaves the club"),
                        "leave_club",
                        {"id": row.id, "version": row.version},
                        confirm=say("{name} leaves {club}?", name=look.name(row.person_id), club=club.name),
                        key=f"leave-{row.id}",
                    ),
                ],
            )
            for number, row in enumerate(members, 1)
        ]
        columns = [
            parts.column("number", "№", "number"),
            parts.column("name", say("Child"), wide=True),
            parts.column("group", say("Class")),
            parts.column("since", say("Since")),
            parts.column("why", say("How it came about")),
            parts.column("acts", ""),
        ]
        free = club.capacity - len(members)
        return [
            parts.figures(
                parts.figure(
                    say("Children"), f"{len(members)} / {club.capacity}", tone="warn" if free <= 0 else ""
                ),
                parts.figure(say("Waiting"), self.speech.number(len(waiting))),
                parts.figure(
                    say("Opens with"),
                    self.speech.number(club.least),
                    tone="warn" if len(members) < club.least else "",
                ),
            ),
            parts.row(
                parts.button(say("Print this list"), "open_paper", {"paper": f"club-{club_id}"}),
                parts.button(
                    say("Add a child by hand"), "ask_move", {"person": 0, "leaves": 0, "club": club_id}
                ),
            ),
            parts.table(
                say("In the club {club}", club=club.name),
                columns,
                lines,
                nothing=say("Nobody is in this club yet."),
                key="members",
            ),
            *self._show_waiting(look, club_id),
        ]

    def _show_waiting(self, look: Lookup, club_id: int) -> list[Part]:
        say, waiting = self._, look.waiting.get(club_id, [])
        if not waiting:
            return []
        columns = [
            parts.column("number", "№", "number"),
            parts.column("name", say("Child"), wide=True),
            parts.column("group", say("Class")),
            parts.column("clubs", say("Clubs")),
            parts.column("acts", ""),
        ]
        lines = [
            parts.line(
                row.id,
                number=row.number,
                name=look.name(row.person_id),
                group=look.class_of(row.person_id),
                clubs=", ".join(map(look.club_name, look.clubs_of.get(row.person_id, ()))),
                acts=[
                    parts.button(
                        say("Gets a place"),
                        "move_up",
                        {"person": row.person_id, "club": club_id},
                        key=f"up-{row.id}",
                    ),
                    parts.button(
                        say("Waits no more"),
                        "wait_no_more",
                        {"id": row.id, "version": row.version},
                        key=f"off-{row.id}",
                    ),
                ],
            )
            for row in waiting
        ]
        order = say(
            "Priority first, then children without any club, then by the rank of the wish, then by the draw."
        )
        return [parts.table(say("Waiting list"), columns, lines, key="waiting"), parts.text(order, "quiet")]

    @act
    def choose_list(self, values: dict[str, Any]) -> None:
        self.place["list"] = values["list"]

    # changes by hand

    @act
    def ask_move(self, values: dict[str, Any]) -> None:
        self.place["ask"] = {
            "person": values["person"],
            "leaves": values["leaves"],
            "club": values.get("club", 0),
            "sure": False,
        }

    @act
    def ask_nothing(self, _values: dict[str, Any]) -> None:
        self.place["ask"] = {}

    def _show_question(self, look: Lookup) -> Part:
        say, ask = self._, self.place["ask"]
        back = parts.button(say("Cancel"), "ask_nothing")
        if ask["sure"]:
            words = ClubWords(self.speech, look.clubs)
            told = [parts.text(words.breach(breach), "danger") for breach in self._breaches(ask)]
            label = say("Enrol all the same")
            sure = parts.button(label, "move_by_hand", {**ask, "sure": True}, tone="danger")
            name = f"{look.name(ask['person'])} → {look.club_name(ask['club'])}"
            return parts.card(
                name, parts.notice(say("This would break:"), "warn", *told), parts.row(sure, back)
            )
        fields = []
        if not ask["person"]:
            pupils = [(row.id, f"{row.name}, {row['class']}") for row in look.pupils.values()]
            fields.append(parts.field("person", say("Child"), "choice", None, choices=pupils, needed=True))
        if not ask["club"]:
            clubs = [
                (row.id, f"{row.name} ({len(look.members.get(row.id, ()))} / {row.capacity})")
                for row in look.sorted_clubs()
                if row.id != ask["leaves"]
            ]
            fields.append(
                parts.field("club", say("Into the club"), "choice", None, choices=clubs, needed=True)
            )
        fixed = {key: ask[key] for key in ("person", "club", "leaves") if ask[key] or key == "leaves"}
        title = look.name(ask["person"]) if ask["person"] else look.club_name(ask["club"])
        key = f"move-{ask['person']}-{ask['club']}"
        return parts.card(
            title, parts.form("move_by_hand", fields, say("Enrol"), key=key, values=fixed, cancel=back)
        )

    def _breaches(self, ask: dict[str, Any]) -> list[Breach]:
        task = make_task(self.desk, read_terms(self.desk), keep=True)
        return find_breaches(task, ask["person"], ask["club"], ask["leaves"])

    @act
    def move_by_hand(self, values: dict[str, Any]) -> Change | None:
        return self._enrol(values, "by hand")

    @act
    def move_up(self, values: dict[str, Any]) -> Change | None:
        return self._enrol({**values, "leaves": 0}, "waiting")

    def _enrol(self, values: dict[str, Any], why: str) -> Change | None:
        """Enrol a child; when that breaks something, ask first, and note what was overruled."""
        look = Lookup(self.desk)
        ask = {"person": values["person"], "club": values["club"], "leaves": values["leaves"]}
        pupil, club = self.row("pupil", ask["person"]), self.row("club", ask["club"])
        breaches = self._breaches(ask)
        words = ClubWords(self.speech, look.clubs)
        if any(breach.kind == "already" for breach in breaches):
            raise Problem(words.breach(breaches[0]))
        if breaches and not values.get("sure"):
            self.place["ask"] = {**ask, "sure": True}
            return None
        noted = (
            self._("by hand, though: {what}", what=" ".join(map(words.breach, breaches))) if breaches else why
        )
        edits: list[Edit] = []
        if row := look.find_enrolment(pupil.id, ask["leaves"]):
            edits.append(alter("enrolment", row, until=max(self.desk.today, row.since)))
        edits.append(
            add("enrolment", person_id=pupil.id, club_id=club.id, since=self.desk.today, why=_cut(noted))
        )
        edits += [
            remove("waiting", each) for each in look.waiting.get(club.id, ()) if each.person_id == pupil.id
        ]
        what = self._("{name} is in {club} now", name=pupil.name, club=club.name)
        return Change(what, edits, place={"ask": {}, "list": club.id})

    @act
    def leave_club(self, values: dict[str, Any]) -> Change:
        row = self.row("enrolment", values["id"], values["version"])
        look = Lookup(self.desk)
        what = self._(
            "{name} has left {club}", name=look.name(row.person_id), club=look.club_name(row.club_id)
        )
        return Change(what, [alter("enrolment", row, until=max(self.desk.today, row.since))])

    @act
    def wait_no_more(self, values: dict[str, Any]) -> Change:
        row = self.row("waiting", values["id"], values["version"])
        look = Lookup(self.desk)
        told = {"name": look.name(row.person_id), "club": look.club_name(row.club_id)}
        return Change(self._("{name} waits no more for {club}", **told), [remove("waiting", row)])

    # papers

    @act
    def open_paper(self, values: dict[str, Any]) -> None:
        self.place["paper"] = values["paper"]

    def _show_paper(self, look: Lookup) -> list[Part]:
        kind = self.place["paper"]
        back = parts.button(self._("Back"), "open_paper", {"paper": ""})
        if kind.startswith("order-"):
            speech = Speech(kind.removeprefix("order-"))
            html = papers.render(
                "club_order.html",
                say=speech,
                school=self.desk.school.name,
                year=self.desk.school.year,
                today=speech.date(self.desk.today),
                clubs=self._describe_lists(look, speech, filled=True),
            )
            return [parts.paper(speech("Order of enrolment"), html, back)]
        chosen = [look.clubs[int(kind.removeprefix("club-"))]] if kind.startswith("club-") else None
        lists = self._describe_lists(look, self.speech, filled=chosen is None)
        if chosen:
            lists = [each for each in lists if each["id"] == chosen[0].id]
        html = papers.render(
            "club_lists.html",
            say=self._,
            school=self.desk.school.name,
            today=self.speech.date(self.desk.today),
            clubs=lists,
        )
        return [parts.paper(self._("Lists of the clubs"), html, back)]

    def _describe_lists(self, look: Lookup, speech: Speech, *, filled: bool) -> list[dict[str, Any]]:
        """Return what the papers need of each club; ``filled``: only of those in which somebody is."""
        words = ClubWords(speech, look.clubs)
        staff = {row.id: row.name for row in self.desk.rows("staff")}
        chests = {row.id: speech.name(row.names) for row in self.desk.rows("chest")}
        return [
            {
                "id": club.id,
                "name": club.name,
                "chest": chests.get(club.chest_id, ""),
                "grades": words.grades(club),
                "teacher": staff.get(club.leader_id, ""),
                "children": [
                    {
                        "name": look.name(row.person_id),
                        "class": look.class_of(row.person_id),
                        "since": speech.short_date(row.since),
                    }
                    for row in look.sorted_members(club.id)
                ],
                "waiting": [
                    {"name": look.name(row.person_id), "class": look.class_of(row.person_id)}
                    for row in look.waiting.get(club.id, ())
                ],
            }
            for club in look.sorted_clubs()
            if not filled or look.members.get(club.id)
        ]

    @act
    def save_xlsx(self, _values: dict[str, Any]) -> File:
        say = self._
        book = papers.Workbook()
        lists = self._describe_lists(Lookup(self.desk), self.speech, filled=False)
        title = f"{self.desk.school.name}, {self.speech.date(self.desk.today)}"
        head = [say("Club"), "№", say("Child"), say("Class"), say("Since"), say("Teacher")]
        book.add_sheet(
            say("Lists of the clubs"),
            [title],
            head,
            [
                (club["name"], number, child["name"], child["class"], child["since"], club["teacher"])
                for club in lists
                for number, child in enumerate(club["children"], 1)
            ],
        )
        book.add_sheet(
            say("Waiting list"),
            [title],
            [say("Club"), "№", say("Child"), say("Class")],
            [
                (club["name"], number, child["name"], child["class"])
                for club in lists
                for number, child in enumerate(club["waiting"], 1)
            ],
        )
        return book.save(say("Lists of the clubs"))


def _cut(text: str) -> str:
    """Return what fits into the column."""
    return text if len(text) <= 200 else f"{text[:199]}…"
