"""What all pages of the experts' app share: the sessions as read, names, how an answer is told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sandyq.i18n import LANGUAGE_NAMES
from sandyq_apps.experts_data import SHEET, Answer, Meeting, Question, read_meetings
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import Problem
from sandyq_apps.kit.desk import Edit, add
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused, Unreachable
from sandyq_apps.kit.speech import PROBLEMS

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object


Data = Mapping[str, str]


class ExpertWords(Page):
    meetings: list[Meeting]

    @property
    def is_guide(self) -> bool:
        """Whether this person makes sessions."""
        return bool({"coach", "district"} & set(self.desk.me.roles))

    @property
    def is_expert(self) -> bool:
        return "expert" in self.desk.me.roles

    def read_meetings(self) -> None:
        questions = self.desk.rows("expert_question")
        asked = {row.id for row in questions}
        if not asked <= self._seen:  # one of the new ones may be one's own
            with suppress(Unreachable, Refused):  # then with the next change
                self.desk.read_again("own_question")
                self._seen = asked
        self.meetings = read_meetings(
            self.desk.rows("expert_session"),
            questions,
            self.desk.rows("reply"),
            self.desk.me.id,
            (row.id for row in self.desk.rows("own_question")),
        )

    if TYPE_CHECKING:
        _seen: set[int]

    def meeting(self, number: Any) -> Meeting:
        """Return a session that an act speaks of; Problem when it was removed."""
        found = next((each for each in self.meetings if each.id == number), None)
        if found is None:
            raise Problem(self.speech(PROBLEMS["gone"]))
        return found

    def question(self, number: Any) -> tuple[Meeting, Question]:
        for meeting in self.meetings:
            for question in meeting.questions:
                if question.id == number:
                    return meeting, question
        raise Problem(self.speech(PROBLEMS["gone"]))

    def reply(
        self, question: int, kind: str, text: str = "", new: int = -1, data: Data | None = None
    ) -> Edit:
        told = {"sheet": SHEET, "row_id": question, "kind": kind, "text": text, "data": dict(data or {})}
        return add("reply", new, **told, on=self.desk.today)

    # words

    def name_of(self, person: int) -> str:
        member = self.desk.find("member", person)
        return str(member.name) if member else "–"

    def tell_day(self, meeting: Meeting) -> str:
        return self.speech.date(meeting.on) if meeting.on else self._("the day is not set yet")

    def tell_facts(self, meeting: Meeting) -> str:
        languages = ", ".join(LANGUAGE_NAMES[each] for each in meeting.languages)
        return " · ".join(filter(None, (meeting.expert, self.tell_day(meeting), languages)))

    def tell_state(self, meeting: Meeting) -> str:
        return self._("Questions are gathered") if meeting.is_open else self._("Questions are closed")

    def tell_source(self, answer: Answer) -> str:
        """Whose answer it is, when it came, and who has brought it."""
        day = self.speech.short_date(answer.written[:10] if _is_day(answer.written[:10]) else answer.on)
        if not answer.expert:
            return f"{self.name_of(answer.by)} · {day}"
        name = self.name_of(answer.by)
        brought = (
            self._("brought as a file by {name}", name=name)
            if answer.key
            else self._("written down by {name}", name=name)
        )
        return f"{answer.expert} · {day} · {brought}"

    def show_answers(self, question: Question) -> list[Part]:
        """Each expert's last word, with what it was before behind a fold."""
        shown: list[Part] = []
        for answer, before in question.newest():
            shown += [parts.text(answer.text), parts.text(self.tell_source(answer), "quiet")]
            if answer.asked:
                words = self._("The expert answered these words: {question}", question=answer.asked)
                shown.append(parts.text(words, "quiet"))
            if before:
                lines = [
                    parts.text(words) for each in before for words in (each.text, self.tell_source(each))
                ]
                title = self._("Earlier editions: {count}", count=len(before))
                shown.append(parts.fold(title, *lines, key=f"before-{answer.id}"))
        return shown


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
