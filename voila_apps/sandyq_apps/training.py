"""Courses for adults: a participant's path, a guide's groups, marks and reviews, certificates."""

from __future__ import annotations

from typing import Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, act
from sandyq_apps.kit.parts import Part
from sandyq_apps.training_book import LEARNERS, Book
from sandyq_apps.training_courses import CoursePages
from sandyq_apps.training_groups import GroupPages
from sandyq_apps.training_marks import MarkPages
from sandyq_apps.training_path import MISSING, PathPages
from sandyq_apps.training_review import ReviewPages
from sandyq_apps.training_sessions import SessionPages


class Courses(PathPages, GroupPages, SessionPages, MarkPages, ReviewPages, CoursePages, App):
    title = "Courses"
    help = (
        "Courses for teachers and administrators: before each session a short task, then the session, then practice in "
        "your own class with something to show for it.\n"
        "Participants see their path and what is missing for the certificate. Guides make groups, plan sessions, mark "
        "presence, review practice, enter the exam and issue certificates that anybody can check."
    )
    sheets = (
        "member",
        "training",
        "training_group",
        "training_session",
        "participant",
        "training_presence",
        "training_exam",
        "certificate",
        "evidence",
        "reply",
    )
    start = {  # noqa: RUF012
        "tab": "", "participant": 0, "task": "", "kind": "", "paper": "", "group": 0, "part": "people", "new": "",
        "query": "", "session": 0, "proposal": {}, "highest": 0, "certificate": 0, "course": 0, "module": "",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.photos: dict[str, str] = {}
        self.book: Book

    def opened(self) -> None:
        """Sort the rows out; whoever was put into a group just now reads it as a whole."""
        groups = {each.id for each in self.desk.rows("training_group")}
        if any(each.group_id not in groups for each in self.desk.rows("participant")):
            self.desk.load()
        self.book = Book(self.desk)

    def view(self) -> list[Part]:
        tabs = self._tabs()
        tab = self.place["tab"] if self.place["tab"] in dict(tabs) else tabs[0][0]
        view = {
            "path": self.view_path,
            "groups": self.view_groups,
            "review": self.view_review,
            "courses": self.view_courses,
            "school": self._view_school,
        }[tab]
        bar = [parts.tabs("choose_tab", tab, tabs)] if len(tabs) > 1 else []
        return [*bar, *view()]

    def _tabs(self) -> list[tuple[str, str]]:
        """What there is for this person's roles; the first is where a visit begins."""
        guiding = []
        if self.book.is_guide:
            waiting = len(self.book.waiting())
            review = f"{self._('To review')} ({waiting})" if waiting else self._("To review")
            guiding = [
                ("groups", self._("Groups")),
                ("review", review),
                ("courses", self._("All courses")),
            ]
        is_learner = bool(LEARNERS & self.book.roles) or bool(self.book.own())
        path = [("path", self._("My course"))] if is_learner or not guiding else []
        school = [("school", self._("My school"))] if "administrator" in self.book.roles else []
        return [*path, *school, *guiding]

    @act
    def choose_tab(self, values: dict[str, Any]) -> None:
        self.place = {**self.start, "language": self.speech.language, "tab": values["tab"]}

    # an administrator's school

    def _view_school(self) -> list[Part]:
        own = {
            each.id
            for each in self.desk.rows("member")
            if (me := self.desk.find("member", self.desk.me.id)) and each.school_id == me.school_id
        }
        people = [each for each in self.desk.rows("participant") if each.person_id in own]
        if not people:
            words = self._("When people of your school are put into a group, you see here how far they are.")
            return [parts.empty(self._("Nobody of your school takes a course yet"), words)]
        lines = []
        for each in people:
            group = self.row("training_group", each.group_id)
            progress = self.book.progress(each)
            certificate = self.book.certificates.get(each.id)
            missing = ", ".join(self.speech(MISSING[name]) for name in progress.missing)
            lines.append(
                parts.line(
                    each.id,
                    name=self.book.name(each.person_id),
                    course=f"{self.speech.name(self.book.training(group).names)}, {group.name}",
                    sessions=f"{progress.attended} / {progress.sessions}",
                    practice=f"{progress.accepted} / {len(progress.practice)}",
                    state=certificate.number if certificate else missing or self._("may be issued"),
                )
            )
        columns = [
            parts.column("name", self._("Name"), wide=True),
            parts.column("course", self._("Course")),
            parts.column("sessions", self._("Sessions")),
            parts.column("practice", self._("Practice tasks accepted")),
            parts.column("state", self._("Certificate: what is missing"), wide=True),
        ]
        table = parts.table(
            self._("People of my school"), columns, lines, search=self._("Search"), key="school"
        )
        return [table, parts.row(parts.print_button(self._("Print")))]
