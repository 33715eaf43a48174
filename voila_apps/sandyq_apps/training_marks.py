"""What a guide enters: presence, the exam's points; who fulfils the conditions; certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import Problem, Sending, act
from sandyq_apps.kit.desk import Change, Edit, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.training_book import Book
from sandyq_apps.training_papers import certificate_paper
from sandyq_apps.training_path import MISSING

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

MARKS: Final = {"present": "Here", "online": "Online", "absent": "Not here"}
HIGHEST: Final = 20
"""Points of an exam, until the guide says otherwise."""


class MarkPages(Page):
    book: Book

    # presence

    def view_presence(self, group: Row) -> list[Part]:
        sessions, people = self.book.sessions[group.id], self.book.present_people(group.id)
        if not sessions or not people:
            words = self._("Presence is marked for people in sessions: add people, then plan the sessions.")
            return [parts.empty(self._("Nothing to mark yet"), words)]
        session = self._marked_session(group.id)
        marks = {each.id: self.book.presence.get((session.id, each.person_id)) for each in people}
        lines = [
            parts.line(
                each.id,
                name=self.book.name(each.person_id),
                school=self.book.school(each.person_id),
                state=mark.state if (mark := marks[each.id]) else "",
            )
            for each in people
        ]
        choices = [("", "–"), *((key, self.speech(words)) for key, words in MARKS.items())]
        columns = [
            parts.column("name", self._("Name"), wide=True),
            parts.column("school", self._("School")),
            parts.column("state", self._("Presence"), "edit-choice", choices=choices),
        ]
        names = [(str(each.id), self.speech.short_date(each.on)) for each in sessions]
        ahead = self._("This session is still to come.")
        open_ones = sum(mark is None for mark in marks.values())
        rest = parts.button(
            self._("All others are here"),
            "mark_rest",
            {"session": session.id, "group": group.id},
            off=not open_ones,
        )
        module: dict[str, str] = next(
            (each["names"] for each in self.book.training(group).modules if each["key"] == session.module), {}
        )
        return [
            parts.tabs("choose_session", str(session.id), names),
            *([parts.notice(ahead, "warn")] if session.on > self.desk.today else []),
            parts.table(
                f"{self.speech.date(session.on)}: {self.speech.name(module)}",
                columns,
                lines,
                edit="mark",
                key=f"presence-{session.id}",
            ),
            parts.row(rest, parts.button(self._("Attendance sheet"), "show_paper", {"paper": "attendance"})),
            parts.text(
                self._("By keyboard: Tab goes to the next person, the first letter chooses."), "quiet"
            ),
        ]

    @act
    def choose_session(self, values: dict[str, Any]) -> None:
        self.place["session"] = int(values["tab"])

    def _marked_session(self, group: int) -> Row:
        """Return the session whose marks are shown."""
        sessions = self.book.sessions[group]
        past = [each for each in sessions if each.on <= self.desk.today]
        return next(
            (each for each in sessions if each.id == self.place["session"]), (past or sessions[:1])[-1]
        )

    @act
    def mark(self, values: dict[str, Any]) -> Change | None:
        participant = self.row("participant", values["key"])
        session = self._marked_session(participant.group_id)
        old = self.book.presence.get((session.id, participant.person_id))
        name = self.book.name(participant.person_id)
        what = self._("Presence of {name}, {day}", name=name, day=self.speech.short_date(session.on))
        if not values["value"]:
            return Change(what, [remove("training_presence", old)]) if old else None
        return Change(what, [self._mark(session, participant, values["value"], old)])

    def _mark(self, session: Row, participant: Row, state: str, old: Row | None, new: int = -1) -> Edit:
        if old:
            return alter("training_presence", old, state=state)
        return add(
            "training_presence", new, session_id=session.id, person_id=participant.person_id, state=state
        )

    @act
    def mark_rest(self, values: dict[str, Any]) -> Change:
        session = self.row("training_session", values["session"])
        people = [
            each
            for each in self.book.present_people(values["group"])
            if (session.id, each.person_id) not in self.book.presence
        ]
        if not people:
            raise Problem(self._("Everybody is marked."))
        edits = [self._mark(session, each, "present", None, -1 - place) for place, each in enumerate(people)]
        what = self._("Presence marked: {day}", day=self.speech.short_date(session.on))
        return Change(what, edits)

    # exam and certificates

    def view_exam(self, group: Row) -> list[Part]:
        people = self.book.present_people(group.id)
        shown = self.desk.find("certificate", self.place["certificate"])
        if shown:
            back = parts.button(f"← {group.name}", "open_certificate", {"certificate": 0})
            return [back, certificate_paper(self, shown)]
        if not people:
            words = self._("Find people of all schools below, by name or by school, and add them.")
            return [parts.empty(self._("Nobody is in this group yet"), words)]
        ready = [each for each in people if self.book.is_ready(each)]
        return [
            parts.text(self._conditions(group), "quiet"),
            self._form_highest(group),
            self._table_exam(group, people),
            *self._offer_all(ready),
        ]

    def show_ready(self, groups: list[Row]) -> list[Part]:
        """Who of all groups fulfils the conditions and has no certificate yet."""
        lines = [
            parts.line(
                each.id,
                name=self.book.name(each.person_id),
                school=self.book.school(each.person_id),
                group=parts.cell(group.name, act="open_group", values={"group": group.id}),
                acts=self._certificate_buttons(each, None, is_missing=False),
            )
            for group in groups
            for each in self.book.present_people(group.id)
            if self.book.is_ready(each)
        ]
        columns = [
            parts.column("name", self._("Name"), wide=True),
            parts.column("school", self._("School")),
            parts.column("group", self._("Group")),
            parts.column("acts", ""),
        ]
        return [parts.table(self._("May get a certificate"), columns, lines, key="ready")] if lines else []

    def _conditions(self, group: Row) -> str:
        share = self.speech.percent(self.book.training(group).pass_share)
        return self._(
            "For the certificate: at least {share} of the sessions, at least {share} of the exam's points, all "
            "practice tasks accepted.",
            share=share,
        )

    def _highest(self, group: Row) -> int:
        """Return the exam's points: what was said here, else what the group's last exam had."""
        exams = [exam for each in self.book.participants[group.id] for exam in self.book.exams[each.id]]
        return int(self.place["highest"] or (exams[-1].of if exams else HIGHEST))

    def _form_highest(self, group: Row) -> Part:
        label = self._("The exam has so many points")
        field = parts.field("highest", label, "number", self._highest(group), least=1, most=1000, needed=True)
        return parts.form("set_highest", [field], "", key=f"highest-{group.id}", live=True)

    @act
    def set_highest(self, values: dict[str, Any]) -> None:
        self.place["highest"] = values["highest"]

    def _table_exam(self, group: Row, people: list[Row]) -> Part:
        lines = []
        for each in people:
            progress = self.book.progress(each)
            exam = next(iter(self.book.exams[each.id][-1:]), None)
            certificate = self.book.certificates.get(each.id)
            missing = ", ".join(self.speech(MISSING[name]) for name in progress.missing)
            lines.append(
                parts.line(
                    each.id,
                    name=self.book.name(each.person_id),
                    sessions=self._tell_share("sessions", progress, progress.attended, progress.sessions),
                    practice=self._tell_share(
                        "practice", progress, progress.accepted, len(progress.practice)
                    ),
                    points=exam.points if exam else None,
                    of=f"/ {exam.of}" if exam else "",
                    state=certificate.number if certificate else missing or self._("may be issued"),
                    acts=self._certificate_buttons(each, certificate, bool(missing)),
                )
            )
        columns = [
            parts.column("name", self._("Name"), wide=True),
            parts.column("sessions", self._("Sessions")),
            parts.column("practice", self._("Practice tasks accepted")),
            parts.column("points", self._("Exam points"), "edit-number"),
            parts.column("of", self._("Highest")),
            parts.column("state", self._("Certificate: what is missing"), wide=True),
            parts.column("acts", ""),
        ]
        title = self._("Conditions and certificates")
        return parts.table(title, columns, lines, edit="enter_points", key=f"exam-{group.id}")

    def _tell_share(self, name: str, progress: Any, value: int, most: int) -> Part:
        return parts.cell(f"{value} / {most}", tone="warn" if name in progress.missing else "good")

    def _certificate_buttons(self, each: Row, certificate: Row | None, is_missing: bool) -> list[Part]:
        if certificate:
            return [
                parts.button(
                    self._("Open"),
                    "open_certificate",
                    {"certificate": certificate.id},
                    key=f"certificate-{each.id}",
                )
            ]
        if is_missing:
            return []
        name = self.book.name(each.person_id)
        return [
            parts.button(
                self._("Issue"),
                "issue",
                {"participants": [each.id]},
                confirm=self._("Issue the certificate of {name}? It cannot be taken back.", name=name),
                key=f"issue-{each.id}",
            )
        ]

    def _offer_all(self, ready: list[Row]) -> list[Part]:
        if len(ready) < 2:
            return []
        words = self.speech.count("Issue {count} certificate", "Issue {count} certificates", len(ready))
        confirm = self._(
            "Issue the certificates of all who fulfil the conditions? They cannot be taken back."
        )
        values = {"participants": [each.id for each in ready]}
        return [parts.row(parts.button(words, "issue", values, tone="primary", confirm=confirm))]

    @act
    def enter_points(self, values: dict[str, Any]) -> Change | None:
        participant, points = self.row("participant", values["key"]), values["value"]
        group = self.row("training_group", participant.group_id)
        highest = self._highest(group)
        exam = next(iter(self.book.exams[participant.id][-1:]), None)
        if points is None or points != int(points) or not 0 <= points <= highest:
            raise Problem(self._("Write whole points from 0 to {most}.", most=highest))
        fields = {"points": int(points), "of": highest}
        name = self.book.name(participant.person_id)
        what = self._("Exam of {name}: {points} of {of}", name=name, **fields)
        if exam and exam.on == self.desk.today:
            return Change(what, [alter("training_exam", exam, **fields)])
        row = add(
            "training_exam",
            participant_id=participant.id,
            person_id=participant.person_id,
            on=self.desk.today,
            **fields,
        )
        return Change(what, [row])

    @act
    def open_certificate(self, values: dict[str, Any]) -> None:
        self.place["certificate"] = values["certificate"]

    @act
    def issue(self, values: dict[str, Any]) -> Sending:
        """The server looks at the conditions again, numbers and signs."""
        body = {"uuid": str(uuid4()), "participants": values["participants"]}

        def write() -> str:
            answer = self.desk.portal.ask("POST", "/certificates", body)
            self.desk.hear()
            return str(answer["at"])

        return Sending(write)
