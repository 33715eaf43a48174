"""What coaches and the district do for a session: make it, close it, send its questions out, bring the answers home."""

from __future__ import annotations

import asyncio
from typing import Any

from sandyq.i18n import LANGUAGE_NAMES, LANGUAGES
from sandyq_apps.experts_answers import Arrival, BadFile, Given, find_meeting, read_file, sort_out
from sandyq_apps.experts_bundle import build_bundle
from sandyq_apps.experts_data import Meeting
from sandyq_apps.experts_papers import PaperPages
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, File, act
from sandyq_apps.kit.desk import Change, add, alter, remove
from sandyq_apps.kit.parts import Part

ENDINGS = (".json", ".zip", ".docx")


class OfficePages(PaperPages):
    # the session itself

    def ask_session(self, meeting: Meeting | None) -> Part:
        old = meeting or Meeting(0, "", "", "", languages=LANGUAGES[:2])
        fields = [
            parts.field(
                "title",
                self._("What the session is about"),
                value=old.title,
                most=200,
                needed=True,
                wide=True,
            ),
            parts.field("expert", self._("Expert"), value=old.expert, most=200, needed=True),
            parts.field("on", self._("Day of the expert's session"), "date", old.on or None),
            parts.field(
                "languages",
                self._("Languages in which the expert reads and answers"),
                "choices",
                list(old.languages),
                choices=list(LANGUAGE_NAMES.items()),
                needed=True,
            ),
            parts.field(
                "materials",
                self._("Materials of the session"),
                "area",
                old.materials,
                most=4000,
                help=self._(
                    "What to read before. **Bold**, lists with - and tables with | are shown as such."
                ),
            ),
        ]
        return parts.form(
            "save_session",
            fields,
            self._("Save"),
            key=f"session-{old.id}",
            values={"session": old.id, "version": old.version},
            cancel=parts.button(self._("Cancel"), "open_form", {}),
            focus="title",
        )

    @act
    def save_session(self, values: dict[str, Any]) -> Change:
        fields = {name: values[name] for name in ("title", "expert", "on", "languages", "materials")}
        if not values["session"]:
            what = self._("Session planned: {title}", title=values["title"])
            return Change(what, [add("expert_session", **fields)], place={"form": ""})
        row = self.row("expert_session", values["session"], values["version"])
        what = self._("Session changed: {title}", title=values["title"])
        return Change(what, [alter("expert_session", row, **fields)], place={"form": ""})

    def show_office(self, meeting: Meeting) -> list[Part]:
        """The expert is seldom online: questions go out as a file, answers come back as one."""
        if not self.is_guide:
            return [*self.offer_import(meeting)]
        own = {"session": meeting.id}
        switch = (
            parts.button(self._("Close the questions"), "switch_session", own)
            if meeting.is_open
            else parts.button(self._("Gather questions again"), "switch_session", own)
        )
        gone = parts.button(
            self._("Remove the session"),
            "remove_session",
            own,
            tone="danger",
            confirm=self._("Remove this session with the expert?"),
        )
        edit = parts.button(self._("Change the session with the expert"), "open_form", {"form": "session"})
        bundle = parts.card(
            self._("The expert has no account or is seldom online"),
            parts.text(
                self._(
                    "Take the questions along as a zip: by mail, by messenger, on a stick. In it is a page that works "
                    "without the internet, and a Word form. The expert writes the answers into one of them and sends "
                    "a file back. Nobody's name goes along."
                )
            ),
            parts.button(
                self._("Questions for the expert (zip)"),
                "save_bundle",
                own,
                tone="primary",
                off=not meeting.questions,
            ),
            key="bundle",
        )
        return [
            bundle,
            *self.offer_import(meeting),
            parts.row(edit, switch, *([] if meeting.questions else [gone])),
        ]

    @act
    def switch_session(self, values: dict[str, Any]) -> Change:
        meeting, row = self.meeting(values["session"]), self.row("expert_session", values["session"])
        state, what = (
            ("closed", self._("Questions closed: {title}", title=meeting.title))
            if meeting.is_open
            else ("gathering", self._("Questions gathered again: {title}", title=meeting.title))
        )
        return Change(what, [alter("expert_session", row, state=state)])

    @act
    def remove_session(self, values: dict[str, Any]) -> Change:
        meeting, row = self.meeting(values["session"]), self.row("expert_session", values["session"])
        what = self._("Session removed: {title}", title=meeting.title)
        return Change(what, [remove("expert_session", row)], place={"session": 0})

    # out and home

    @act
    def save_bundle(self, values: dict[str, Any]) -> File:
        meeting = self.meeting(values["session"])
        language = self.speech.language
        return build_bundle(
            meeting, language if language in meeting.languages else (*meeting.languages, language)[0]
        )

    def offer_import(self, meeting: Meeting | None = None) -> list[Part]:
        if not (self.is_guide or self.is_expert) or not self.meetings:
            return []
        field = parts.field(
            "file",
            self._("File with the expert's answers"),
            "file",
            choices=[(ending, ending) for ending in ENDINGS],
            needed=True,
            wide=True,
            help=self._(
                "answers.json, or the Word form filled in. The same file may come twice: it is kept once."
            ),
        )
        form = parts.form(
            "bring_answers",
            [field],
            self._("Bring the answers in"),
            key=f"import-{meeting.id if meeting else 0}",
        )
        return [
            parts.fold(self._("Answers have come as a file"), form, key="import", opened=meeting is not None)
        ]

    @act
    async def bring_answers(self, _values: dict[str, Any]) -> Change | None:
        await asyncio.to_thread(self.desk.hear)  # a colleague may have brought the same file a second ago
        self.read_meetings()
        try:
            file = read_file(self.files["file"])
            meeting = find_meeting(file, self.meetings)
        except BadFile as problem:
            raise FieldProblem("file", self._(str(problem))) from None
        arrival = sort_out(file, meeting)
        place = {"tab": "sessions", "session": meeting.id, "told": _describe(arrival)}
        if not arrival.kept:
            self.place |= place
            return None
        expert = file.expert or meeting.expert
        edits = [
            self.reply(each.question, "answer", each.text, -1 - number, _sign(each, expert))
            for number, each in enumerate(arrival.kept)
        ]
        what = self._("Answers brought, {count}: {title}", count=len(edits), title=meeting.title)
        return Change(what, edits, place=place)

    def show_told(self) -> list[Part]:
        """What the file held that was brought in last."""
        told = self.place["told"]
        if not told:
            return []
        words = self._(
            "Answers in the file: {all}. New: {new}. Changed: {changed}. Here already: {known}. "
            "To questions that are not here: {missing}.",
            **{name: told[name] for name in ("all", "new", "changed", "known")},
            missing=len(told["missing"]),
        )
        if told.get("cleared"):
            words += " " + self._(
                "Taken back by the expert and shown no more: {cleared}.", cleared=told["cleared"]
            )
        close = parts.button(self._("Understood"), "forget_told", tone="quiet")
        lost = [
            parts.text(line)
            for asked, text in told["missing"]
            for line in (self._("Question: {words}", words=asked), self._("Answer: {words}", words=text))
        ]
        fold = (
            [parts.fold(self._("Answers to questions that are not here"), *lost, key="lost")] if lost else []
        )
        return [parts.notice(words, "warn" if lost or told.get("cleared") else "good", close), *fold]

    @act
    def forget_told(self, _values: dict[str, Any]) -> None:
        self.place["told"] = {}


def _describe(arrival: Arrival) -> dict[str, Any]:
    return {
        "all": arrival.count,
        "new": len(arrival.new),
        "changed": len(arrival.changed),
        "cleared": len(arrival.cleared),
        "known": len(arrival.known),
        "missing": [[each.asked or f"№ {each.question}", each.text] for each in arrival.missing[:20]],
    }


def _sign(each: Given, expert: str) -> dict[str, str]:
    """Whose answer it is, beside the name of who brings it."""
    told = {"expert": expert, "key": each.key, "written": each.written, "asked": each.asked}
    return {name: value for name, value in told.items() if value}
