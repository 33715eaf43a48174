"""Answers of all sessions, found by their words."""

from __future__ import annotations

from typing import Any

from sandyq_apps.experts_data import Found, find_answers
from sandyq_apps.experts_words import ExpertWords
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import act
from sandyq_apps.kit.parts import Part

SHOWN = 25
"""At once; more words find fewer."""


class SearchPages(ExpertWords):
    def show_search(self) -> list[Part]:
        all_of_them = find_answers("", self.meetings)
        if not all_of_them:
            words = self._("When an expert has answered a question, the answer stays here for everybody.")
            return [parts.empty(self._("No expert's answers yet"), words)]
        found = find_answers(self.place["query"], self.meetings)
        field = parts.field(
            "query",
            self._("Search in questions and answers"),
            value=self.place["query"],
            most=100,
            wide=True,
            help=self._("Words in any language, also without Kazakh letters."),
        )
        form = parts.form("search", [field], "", key="search", live=True)
        count = (
            self._("Found: {count} of {all}", count=len(found), all=len(all_of_them))
            if found
            else self._("Nothing is found. Try one word, or its beginning.")
        )
        return [form, parts.text(count, "quiet"), *map(self._show_found, found[:SHOWN])]

    def _show_found(self, found: Found) -> Part:
        facts = f"{found.meeting.title} · {self.tell_day(found.meeting)}"
        return parts.card(
            found.question.text,
            *self.show_answers(found.question),
            parts.text(facts, "quiet"),
            parts.button(
                self._("Open the session"),
                "open_session",
                {"session": found.meeting.id},
                key=f"to-{found.question.id}",
            ),
            key=f"found-{found.question.id}",
        )

    @act
    def search(self, values: dict[str, Any]) -> None:
        self.place["query"] = values["query"]
