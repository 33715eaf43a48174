"""A session's page: its materials, asking, voting, answers."""

from __future__ import annotations

from typing import Any

from sandyq_apps.experts_data import Meeting, Question, find_alike
from sandyq_apps.experts_office import OfficePages
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, Problem, act
from sandyq_apps.kit.desk import Change, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_widgets.markdown import render_block

LONGEST_QUESTION = 1000
LONGEST_ANSWER = 4000


class SessionPages(OfficePages):
    written: str
    """What somebody types into the form for questions just now."""

    # all sessions

    def show_sessions(self) -> list[Part]:
        if self.place["form"] == "session":
            return [self.ask_session(None)]
        if not self.meetings:
            return [self._say_nothing_yet(), *self.offer_import()]
        new = parts.button(self._("New session"), "open_form", {"form": "session"}, tone="primary")
        return [
            *([parts.row(new)] if self.is_guide else []),
            *self.show_told(),
            *(self._show_card(each) for each in self.meetings if each.is_open),
            *self._show_past(),
            *self.offer_import(),
        ]

    def _say_nothing_yet(self) -> Part:
        title = self._("No session with an expert yet")
        if self.is_guide:
            words = self._(
                "Say who comes and what it is about; then teachers write their questions beforehand."
            )
            button = parts.button(self._("New session"), "open_form", {"form": "session"}, tone="primary")
            return parts.empty(title, words, button)
        return parts.empty(
            title,
            self._("The coach or the district plans them. Whom you would like to hear, tell your coach."),
        )

    def _show_card(self, meeting: Meeting) -> Part:
        first = [parts.text(f"{each.votes} · {each.text}") for each in meeting.questions[:3]]
        return parts.card(
            meeting.title,
            parts.text(self.tell_facts(meeting), "quiet"),
            parts.text(self._count(meeting)),
            *(
                [parts.fold(self._("Most wanted questions"), *first, key=f"top-{meeting.id}")]
                if first
                else []
            ),
            parts.button(
                self._("Open the session"),
                "open_session",
                {"session": meeting.id},
                tone="primary",
                key=f"open-{meeting.id}",
            ),
            key=f"session-{meeting.id}",
        )

    def _count(self, meeting: Meeting) -> str:
        return self._(
            "Questions: {count}, answered: {answered}",
            count=len(meeting.questions),
            answered=meeting.answered,
        )

    def _show_past(self) -> list[Part]:
        over = [each for each in self.meetings if not each.is_open]
        if not over:
            return []
        lines = [
            parts.line(
                each.id,
                title=parts.cell(each.title, act="open_session", values={"session": each.id}),
                expert=each.expert,
                on=parts.cell(self.speech.short_date(each.on) if each.on else "–", sort=each.on),
                questions=len(each.questions),
                answered=each.answered,
            )
            for each in over
        ]
        columns = [
            parts.column("title", self._("What the session is about"), wide=True),
            parts.column("expert", self._("Expert")),
            parts.column("on", self._("Day")),
            parts.column("questions", self._("Questions"), "number"),
            parts.column("answered", self._("Answered questions"), "number"),
        ]
        return [parts.table(self._("Sessions whose questions are closed"), columns, lines, key="past")]

    @act
    def open_session(self, values: dict[str, Any]) -> None:
        self.go(tab="sessions", session=values["session"])

    @act
    def open_form(self, values: dict[str, Any]) -> None:
        self.place |= {"form": "", "question": 0, "paper": ""} | values

    def go(self, **place: Any) -> None:
        kept = {key: self.place[key] for key in ("language",) if key in self.place}
        self.place = {**self.start, **kept, **place}
        self.written = ""

    # one session

    def show_session(self, meeting: Meeting) -> list[Part]:
        back = parts.button(f"← {self._('All sessions')}", "open_session", {"session": 0})
        if self.place["form"] == "session":
            return [back, self.ask_session(meeting)]
        materials = parts.card(
            self._("Materials of the session"), parts.markup(render_block(meeting.materials)), key="materials"
        )
        return [
            back,
            parts.heading(meeting.title),
            parts.text(self.tell_facts(meeting), "quiet"),
            parts.text(self.tell_state(meeting), "good" if meeting.is_open else "quiet"),
            *self.show_told(),
            *([materials] if meeting.materials else []),
            *self._show_asking(meeting),
            *self._show_questions(meeting),
            self.show_papers(meeting),
            *self.show_office(meeting),
        ]

    # asking

    def _show_asking(self, meeting: Meeting) -> list[Part]:
        if not meeting.is_open:
            return []
        field = parts.field(
            "text",
            self._("Your question to the expert"),
            "area",
            most=LONGEST_QUESTION,
            needed=True,
            help=self._("Nobody is told whose question it is: neither the expert nor colleagues."),
        )
        form = parts.form(
            "save_question",
            [field],
            self._("Ask the question"),
            key=f"ask-{meeting.id}",
            values={"session": meeting.id},
            watch="watch_question",
        )
        return [parts.card(self._("Ask beforehand"), form, *self._show_alike(meeting), key="ask")]

    def _show_alike(self, meeting: Meeting) -> list[Part]:
        """Questions like the one that is being written: a vote helps more than the same again."""
        alike = find_alike(self.written, meeting.questions)
        if not alike:
            return []
        words = self._("Has it been asked already? A vote raises a question; the same once more does not.")
        shown: list[Part] = [parts.notice(words, "warn")]
        for each in alike:
            shown.append(parts.row(parts.text(each.text), *self._offer_vote(meeting, each, "alike")))
        return shown

    @act
    def watch_question(self, values: dict[str, Any]) -> None:
        self.written = str(values["text"])

    @act
    def save_question(self, values: dict[str, Any]) -> Change:
        meeting, text = self.meeting(values["session"]), " ".join(values["text"].split())
        if any(" ".join(each.text.split()).casefold() == text.casefold() for each in meeting.questions):
            raise FieldProblem("text", self._("This very question stands below already. Vote for it."))
        self.written = ""
        return Change(self._("Question asked"), [add("expert_question", session_id=meeting.id, text=text)])

    # questions

    def _show_questions(self, meeting: Meeting) -> list[Part]:
        if not meeting.questions:
            words = (
                self._("Write the first one above: what would you ask if the expert sat beside you?")
                if meeting.is_open
                else self._("No question was asked before it was closed.")
            )
            return [parts.empty(self._("No question yet"), words)]
        return [
            parts.heading(self._("Questions by votes"), 2),
            *(self._show_question(meeting, each) for each in meeting.questions),
        ]

    def _show_question(self, meeting: Meeting, question: Question) -> Part:
        if self.place["question"] == question.id and self.place["form"] == "question":
            return parts.card("", self._ask_wording(question), key=f"question-{question.id}")
        own = [parts.text(self._("Your question; only you see this."), "quiet")] if question.own else []
        return parts.card(
            question.text,
            parts.text(self._("Votes: {count}", count=question.votes)),
            *own,
            *self.show_answers(question),
            *self._show_acts(meeting, question),
            key=f"question-{question.id}",
        )

    def _show_acts(self, meeting: Meeting, question: Question) -> list[Part]:
        if self.place["question"] == question.id and self.place["form"] == "answer":
            return [self._ask_answer(meeting, question)]
        acts = self._offer_vote(meeting, question)
        if self.is_guide or self.is_expert:
            values = {"form": "answer", "question": question.id}
            acts.append(
                parts.button(self._("Answer this question"), "open_form", values, key=f"answer-{question.id}")
            )
        is_free = question.own and meeting.is_open and not (question.answers or question.withdrawn)
        if is_free:
            values = {"form": "question", "question": question.id}
            acts.append(parts.button(self._("Change"), "open_form", values, key=f"change-{question.id}"))
        if is_free or ("district" in self.desk.me.roles and not question.own):
            acts.append(
                parts.button(
                    self._("Remove"),
                    "remove_question",
                    {"question": question.id},
                    tone="quiet",
                    confirm=self._("Remove this question with its votes?"),
                    key=f"remove-{question.id}",
                )
            )
        return [parts.row(*acts)] if acts else []

    def _offer_vote(self, meeting: Meeting, question: Question, where: str = "vote") -> list[Part]:
        if not meeting.is_open or question.own:
            return []
        label = self._("Take my vote back") if question.voted else self._("I want to know this, too")
        values = {"question": question.id}
        return [parts.button(label, "vote", values, key=f"{where}-{question.id}")]

    @act
    def vote(self, values: dict[str, Any]) -> Change:
        """One vote a person; a second press takes it back."""
        _meeting, question = self.question(values["question"])
        said = [
            row
            for row in self.desk.rows("reply")
            if (row.sheet, row.row_id, row.kind, row.by)
            == ("expert_question", question.id, "vote", self.desk.me.id)
        ]
        if said:
            return Change(self._("Vote taken back"), [remove("reply", each) for each in said])
        return Change(self._("Vote given"), [self.reply(question.id, "vote")])

    def _ask_wording(self, question: Question) -> Part:
        row = self.row("expert_question", question.id)
        label = self._("Your question to the expert")
        return parts.form(
            "save_wording",
            [parts.field("text", label, "area", question.text, most=LONGEST_QUESTION, needed=True)],
            self._("Save"),
            key=f"wording-{question.id}",
            values={"question": question.id, "version": row.version},
            cancel=parts.button(self._("Cancel"), "open_form", {}),
        )

    @act
    def save_wording(self, values: dict[str, Any]) -> Change:
        row = self.row("expert_question", values["question"], values["version"])
        text = " ".join(values["text"].split())
        closed = {"form": "", "question": 0}
        return Change(self._("Question changed"), [alter("expert_question", row, text=text)], place=closed)

    @act
    def remove_question(self, values: dict[str, Any]) -> Change:
        row = self.row("expert_question", values["question"])
        return Change(self._("Question removed"), [remove("expert_question", row)])

    # answering

    def _ask_answer(self, meeting: Meeting, question: Question) -> Part:
        fields = [
            parts.field(
                "text", self._("Your answer to the question"), "area", most=LONGEST_ANSWER, needed=True
            )
        ]
        if not self.is_expert:
            whose = [(True, meeting.expert), (False, self._("mine"))]
            fields.insert(
                0,
                parts.field(
                    "dictated", self._("Whose answer is it?"), "radio", True, choices=whose, needed=True
                ),
            )
        return parts.form(
            "save_answer",
            fields,
            self._("Keep the answer"),
            key=f"answer-{question.id}",
            values={"question": question.id},
            cancel=parts.button(self._("Cancel"), "open_form", {}),
            focus="text",
        )

    @act
    def save_answer(self, values: dict[str, Any]) -> Change:
        if not (self.is_guide or self.is_expert):
            raise Problem(self._("Experts, coaches and the district answer."))
        meeting, question = self.question(values["question"])
        data = {"expert": meeting.expert} if values.get("dictated") else {}
        what = self._("Answered: {question}", question=question.text[:100])
        edit = self.reply(question.id, "answer", values["text"], data=data)
        return Change(what, [edit], place={"form": "", "question": 0})
