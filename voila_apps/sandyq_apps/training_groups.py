"""Groups: who is in them, who guides them, from when to when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.training_book import Book
from sandyq_apps.training_papers import attendance_paper, people_paper

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object


class GroupPages(Page):
    book: Book

    def view_groups(self) -> list[Part]:
        group = self.desk.find("training_group", self.place["group"])
        if self.place["new"] == "group":
            return [parts.card(self._("A new group"), self._form_group(None), key="new-group")]
        if group is None or not self.book.leads(group):
            return self._view_all()
        if self.place["paper"] in ("people", "attendance"):
            back = parts.button(f"← {group.name}", "show_paper", {"paper": ""})
            paper = people_paper if self.place["paper"] == "people" else attendance_paper
            return [back, paper(self, group)]
        return self._view_group(group)

    # all groups

    def _view_all(self) -> list[Part]:
        new = parts.button(self._("Make a group"), "begin_group", {"new": "group"}, tone="primary")
        groups = self.book.led()
        if not self.desk.rows("training"):
            words = self._("A group takes a course. Make the course first: its modules in order.")
            button = parts.button(self._("To the courses"), "choose_tab", {"tab": "courses"}, tone="primary")
            return [parts.empty(self._("No course yet"), words, button)]
        if not groups:
            words = self._("Make a group: choose the course and the days, then find its people by name.")
            return [parts.empty(self._("No group yet"), words, new)]
        waiting: dict[int, int] = {}
        for participant, _ in self.book.waiting():
            waiting[participant.group_id] = waiting.get(participant.group_id, 0) + 1
        lines = [self._line(group, waiting.get(group.id, 0)) for group in groups]
        columns = [
            parts.column("name", self._("Group"), wide=True),
            parts.column("course", self._("Course")),
            parts.column("days", self._("Days")),
            parts.column("people", self._("People"), "number"),
            parts.column("sessions", self._("Sessions held")),
            parts.column("waiting", self._("To review"), "number"),
            parts.column("ready", self._("May get a certificate"), "number"),
        ]
        return [
            parts.row(new),
            parts.table(self._("Groups"), columns, lines, search=self._("Search"), key="groups"),
            *self.show_ready(groups),
        ]

    def _line(self, group: Row, waiting: int) -> Part:
        sessions = self.book.sessions[group.id]
        held = sum(each.on <= self.desk.today for each in sessions)
        people = self.book.present_people(group.id)
        return parts.line(
            group.id,
            name=parts.cell(group.name, act="open_group", values={"group": group.id}),
            course=self.speech.name(self.book.training(group).names),
            days=parts.cell(
                f"{self.speech.short_date(group.starts_on)} – {self.speech.short_date(group.ends_on)}",
                sort=group.starts_on,
            ),
            people=len(people),
            sessions=f"{held} / {len(sessions)}",
            waiting=waiting or None,
            ready=sum(self.book.is_ready(each) for each in people) or None,
        )

    @act
    def begin_group(self, values: dict[str, Any]) -> None:
        self.place |= {"new": values["new"], "query": ""}

    @act
    def open_group(self, values: dict[str, Any]) -> None:
        self.place |= {"group": values["group"], "part": "people", "new": "", "query": "", "session": 0}
        self.place |= {"paper": "", "proposal": {}}

    def _form_group(self, group: Row | None) -> Part:
        guides = [(each.id, each.name) for each in self.book.guides()]
        me = self.desk.me.id if self.desk.me.id in dict(guides) else None
        fields = [
            parts.field(
                "training",
                self._("Course"),
                "choice",
                group.training_id if group else None,
                choices=[(each.id, self.speech.name(each.names)) for each in self.desk.rows("training")],
                needed=True,
            ),
            parts.field(
                "name", self._("Name of the group"), value=group.name if group else "", needed=True, most=100
            ),
            parts.field(
                "starts",
                self._("First day"),
                "date",
                group.starts_on if group else self.desk.today,
                needed=True,
            ),
            parts.field("ends", self._("Last day"), "date", group.ends_on if group else None, needed=True),
            parts.field(
                "facilitator",
                self._("Guide of the group"),
                "choice",
                group.facilitator_id if group else me,
                choices=guides,
                needed=True,
            ),
            parts.field(
                "coach",
                self._("Coach for the year afterwards"),
                "choice",
                group.coach_id if group else me,
                choices=guides,
                needed=True,
            ),
        ]
        return parts.form(
            "save_group",
            fields,
            self._("Save"),
            key=f"group-{group.id if group else 'new'}",
            values={"id": group.id if group else 0, "version": group.version if group else 0},
            cancel=None if group else parts.button(self._("Cancel"), "begin_group", {"new": ""}),
        )

    @act
    def save_group(self, values: dict[str, Any]) -> Change:
        if values["ends"] < values["starts"]:
            raise FieldProblem("ends", self._("The last day comes before the first."))
        fields = {
            "training_id": values["training"],
            "name": values["name"],
            "facilitator_id": values["facilitator"],
            "coach_id": values["coach"],
            "starts_on": values["starts"],
            "ends_on": values["ends"],
        }
        if not values["id"]:
            what = self._("Group made: {name}", name=values["name"])
            return Change(what, [add("training_group", **fields)], {"new": "", "part": "people"})
        row = self.row("training_group", values["id"], values["version"])
        what = self._("Group changed: {name}", name=values["name"])
        return Change(what, [alter("training_group", row, **fields)])

    # one group

    def _view_group(self, group: Row) -> list[Part]:
        tabs = [
            ("people", self._("People")),
            ("sessions", self._("Sessions")),
            ("presence", self._("Presence")),
            ("exam", self._("Exam and certificates")),
        ]
        view = {
            "sessions": self.view_sessions,
            "presence": self.view_presence,
            "exam": self.view_exam,
        }.get(self.place["part"], self._view_people)
        return [
            parts.button(f"← {self._('All groups')}", "open_group", {"group": 0}),
            parts.heading(f"{group.name}: {self.speech.name(self.book.training(group).names)}"),
            parts.tabs("choose_part", self.place["part"], tabs),
            *view(group),
        ]

    if TYPE_CHECKING:

        def view_sessions(self, group: Row) -> list[Part]: ...
        def view_presence(self, group: Row) -> list[Part]: ...
        def view_exam(self, group: Row) -> list[Part]: ...
        def show_ready(self, groups: list[Row]) -> list[Part]: ...

    @act
    def choose_part(self, values: dict[str, Any]) -> None:
        self.place |= {"part": values["tab"], "session": 0, "proposal": {}, "query": ""}

    def _view_people(self, group: Row) -> list[Part]:
        people = self.book.participants[group.id]
        if people:
            shown = [
                self._table_people(group, people),
                parts.row(
                    parts.button(self._("List of participants"), "show_paper", {"paper": "people"}),
                    parts.button(self._("Attendance sheet"), "show_paper", {"paper": "attendance"}),
                ),
            ]
        else:
            words = self._("Find people of all schools below, by name or by school, and add them.")
            shown = [parts.empty(self._("Nobody is in this group yet"), words)]
        drop = parts.button(
            self._("Remove the group"),
            "remove_group",
            {"id": group.id, "version": group.version},
            tone="danger",
            confirm=self._("Remove the group “{name}”?", name=group.name),
        )
        edit = [self._form_group(group), *([drop] if not people else [])]
        return [*shown, self._card_search(group), parts.fold(self._("Change the group"), *edit, key="change")]

    def _table_people(self, group: Row, people: list[Row]) -> Part:
        lines = []
        for each in people:
            progress = self.book.progress(each)
            certificate = self.book.certificates.get(each.id)
            left = self._("left on {day}", day=self.speech.short_date(each.left_on)) if each.left_on else ""
            lines.append(
                parts.line(
                    each.id,
                    name=parts.cell(self.book.name(each.person_id), tone="quiet" if left else ""),
                    school=self.book.school(each.person_id),
                    sessions=f"{progress.attended} / {progress.sessions}",
                    practice=f"{progress.accepted} / {len(progress.practice)}",
                    state=left or (certificate.number if certificate else ""),
                    acts=self._people_buttons(each),
                )
            )
        columns = [
            parts.column("name", self._("Name"), wide=True),
            parts.column("school", self._("School")),
            parts.column("sessions", self._("Sessions")),
            parts.column("practice", self._("Practice tasks accepted")),
            parts.column("state", self._("Certificate")),
            parts.column("acts", ""),
        ]
        return parts.table(self._("People"), columns, lines, key=f"people-{group.id}")

    def _people_buttons(self, each: Row) -> list[Part]:
        values = {"id": each.id, "version": each.version}
        name = self.book.name(each.person_id)
        if each.left_on:
            return [parts.button(self._("Is back"), "come_back", values, key=f"back-{each.id}")]
        if self.book.evidence[each.id] or each.id in self.book.certificates:
            confirm = self._("{name} has left the group?", name=name)
            return [
                parts.button(
                    self._("Has left"), "leave_group", values, confirm=confirm, key=f"left-{each.id}"
                )
            ]
        confirm = self._("Take {name} out of the group?", name=name)
        return [
            parts.button(self._("Take out"), "take_out", values, confirm=confirm, key=f"out-{each.id}"),
        ]

    def _card_search(self, group: Row) -> Part:
        query = self.place["query"]
        field = parts.field("query", self._("Name, school or subject"), value=query, most=60)
        form = parts.form("search_people", [field], "", key=f"search-{group.id}", live=True)
        if len(query) < 2:
            return parts.card(self._("Add people"), form, key="search")
        found = self.book.search(query, group.id)
        lines = [
            parts.line(
                each.id,
                name=each.name,
                school=each.school,
                acts=[
                    parts.button(
                        self._("Add"),
                        "add_person",
                        {"group": group.id, "person": each.id},
                        key=f"add-{each.id}",
                    )
                ],
            )
            for each in found
        ]
        columns = [
            parts.column("name", self._("Name"), wide=True),
            parts.column("school", self._("School")),
            parts.column("acts", ""),
        ]
        nothing = self._("Nobody is found. Try a part of the name.")
        table = parts.table(self._("Found"), columns, lines, nothing=nothing, key=f"found-{group.id}")
        return parts.card(self._("Add people"), form, table, key="search")

    @act
    def search_people(self, values: dict[str, Any]) -> None:
        self.place["query"] = values["query"]

    @act
    def add_person(self, values: dict[str, Any]) -> Change:
        group = self.row("training_group", values["group"])
        what = self._(
            "{name} added to group {group}", name=self.book.name(values["person"]), group=group.name
        )
        joined = self.desk.today if group.starts_on < self.desk.today else None
        row = add("participant", group_id=group.id, person_id=values["person"], joined_on=joined)
        return Change(what, [row])

    @act
    def take_out(self, values: dict[str, Any]) -> Change:
        row = self.row("participant", values["id"], values["version"])
        marks = [each for each in self.desk.rows("training_presence") if each.person_id == row.person_id]
        own = {each.id for each in self.book.sessions[row.group_id]}
        edits = [remove("training_presence", each) for each in marks if each.session_id in own]
        edits += [remove("training_exam", each) for each in self.book.exams[row.id]]
        what = self._("{name} taken out of the group", name=self.book.name(row.person_id))
        return Change(what, [*edits, remove("participant", row)])

    @act
    def leave_group(self, values: dict[str, Any]) -> Change:
        row = self.row("participant", values["id"], values["version"])
        what = self._("{name} left the group", name=self.book.name(row.person_id))
        return Change(what, [alter("participant", row, left_on=self.desk.today)])

    @act
    def come_back(self, values: dict[str, Any]) -> Change:
        row = self.row("participant", values["id"], values["version"])
        what = self._("{name} is in the group again", name=self.book.name(row.person_id))
        return Change(what, [alter("participant", row, left_on=None)])

    @act
    def remove_group(self, values: dict[str, Any]) -> Change:
        row = self.row("training_group", values["id"], values["version"])
        edits = [remove("training_session", each) for each in self.book.sessions[row.id]]
        what = self._("Group removed: {name}", name=row.name)
        return Change(what, [*edits, remove("training_group", row)], {"group": 0})
