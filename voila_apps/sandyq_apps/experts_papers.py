"""What leaves the app on paper: a session's questions with their answers, a sheet for the meeting, a spreadsheet."""

from __future__ import annotations

from typing import Any

from sandyq_apps.experts_data import Meeting, Question
from sandyq_apps.experts_words import ExpertWords
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import File, act
from sandyq_apps.kit.papers import Workbook, render
from sandyq_apps.kit.parts import Part

EMPTY_LINES = 6
"""For questions that come up at the meeting."""


class PaperPages(ExpertWords):
    def show_papers(self, meeting: Meeting) -> Part:
        off = not meeting.questions
        return parts.row(
            parts.button(
                self._("Questions and answers to print"), "open_form", {"paper": "answers"}, off=off
            ),
            parts.button(self._("Sheet for the meeting"), "open_form", {"paper": "meeting"}),
            parts.button(
                self._("Spreadsheet of the answers"), "save_sheet", {"session": meeting.id}, off=off
            ),
        )

    def show_paper(self, meeting: Meeting) -> list[Part]:
        back = parts.button(f"← {self._('Back')}", "open_form", {})
        if self.place["paper"] == "meeting":
            title, template = self._("Sheet for the meeting"), "experts/meeting.html"
        else:
            title, template = self._("Questions and answers"), "experts/answers.html"
        html = render(
            template,
            _=self._,
            title=meeting.title,
            facts=self.tell_facts(meeting),
            day=self.speech.date(self.desk.today),
            questions=[self._describe(each) for each in meeting.questions],
            empty=range(EMPTY_LINES),
        )
        return [back, parts.paper(title, html)]

    def _describe(self, question: Question) -> dict[str, Any]:
        return {
            "text": question.text,
            "votes": question.votes,
            "answers": [(answer.text, self.tell_source(answer)) for answer, _before in question.newest()],
        }

    @act
    def save_sheet(self, values: dict[str, Any]) -> File:
        """A line an answer; questions without one have a line, too."""
        meeting = self.meeting(values["session"])
        lines: list[list[Any]] = []
        for number, each in enumerate(meeting.questions, start=1):
            head = [number, each.text, each.votes]
            answers = [[*head, answer.text, self.tell_source(answer)] for answer, _before in each.newest()]
            lines += answers or [[*head, "", ""]]
        columns = [
            self._("No."), self._("Question"), self._("Votes"), self._("Answer"), self._("Whose answer"),
        ]  # fmt: skip
        book = Workbook()
        titles = [meeting.title, self.tell_facts(meeting)]
        book.add_sheet(self._("Questions and answers"), titles, columns, lines, fixed=1)
        return book.save(meeting.title)
