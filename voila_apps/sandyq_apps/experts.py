"""Sessions with experts from outside: questions beforehand, votes, answers that stay; the expert may be offline."""

from __future__ import annotations

from typing import Any

from sandyq_apps.experts_data import Meeting
from sandyq_apps.experts_search import SearchPages
from sandyq_apps.experts_sessions import SessionPages
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, act
from sandyq_apps.kit.parts import Part


class Experts(SessionPages, SearchPages, App):
    title = "Sessions with experts"
    help = (
        "Experts from outside answer what teachers really ask. Write your question before the session and vote for "
        "those of others that you want answered, too; nobody is told who asked.\n"
        "Coaches and the district plan sessions. If the expert is seldom online, the questions go out as a file and "
        "the answers come back as one. All answers stay and can be searched."
    )
    sheets = ("member", "expert_session", "expert_question", "reply", "own_question")
    start = {  # noqa: RUF012
        "tab": "", "session": 0, "form": "", "question": 0, "paper": "", "query": "", "told": {},
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.meetings: list[Meeting] = []
        self.written = ""
        self._seen: set[int] = set()

    def opened(self) -> None:
        self.read_meetings()

    def view(self) -> list[Part]:
        meeting = next((each for each in self.meetings if each.id == self.place["session"]), None)
        if meeting and self.place["paper"]:
            return self.show_paper(meeting)
        tabs = [("sessions", self._("Expert sessions")), ("answers", self._("All answers"))]
        tab = self.place["tab"] if self.place["tab"] in dict(tabs) else "sessions"
        bar = parts.tabs("open_tab", tab, tabs)
        if tab == "answers":
            return [bar, *self.show_search()]
        return [bar, *(self.show_session(meeting) if meeting else self.show_sessions())]

    @act
    def open_tab(self, values: dict[str, Any]) -> None:
        self.go(tab=values["tab"])
