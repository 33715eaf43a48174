"""A participant's course: the modules in order, what is done in each, what is missing for the certificate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from sandyq.i18n import LANGUAGE_NAMES
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, Problem, act
from sandyq_apps.kit.desk import Change, Row, add, remove
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part, Tone
from sandyq_apps.kit.portal import Refused
from sandyq_apps.training_book import Book
from sandyq_apps.training_days import add_minutes
from sandyq_apps.training_papers import certificate_paper

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

KINDS: Final = {
    "lesson": "A lesson given",
    "items": "Items written",
    "results": "Pupils' results before and after",
    "photo": "A photo of the work",
    "reflection": "A reflection",
}
MISSING: Final = {
    "sessions": "more sessions",
    "exam": "a passed exam",
    "practice": "accepted practice tasks",
}
STATES: Final[dict[str, tuple[str, Tone]]] = {
    "": ("Not begun", ""),
    "waiting": ("The guide will look at it", "warn"),
    "missing": ("Something is missing", "danger"),
    "accepted": ("Accepted", "good"),
}
PRESENCE: Final = {"present": "was there", "online": "was there online", "absent": "was not there"}


class PathPages(Page):
    book: Book
    photos: dict[str, str]

    def view_path(self) -> list[Part]:
        own = self.book.own()
        if not own:
            return [self._nothing_yet()]
        participant = next((each for each in own if each.id == self.place["participant"]), own[0])
        group = self.row("training_group", participant.group_id)
        certificate = self.book.certificates.get(participant.id)
        if self.place["paper"] == "certificate" and certificate:
            back = parts.button(f"← {self._('My course')}", "show_paper", {"paper": ""})
            return [back, certificate_paper(self, certificate)]
        return [
            *self._choose_course(own, participant),
            parts.heading(self.speech.name(self.book.training(group).names)),
            parts.text(self._describe_group(group), "quiet"),
            *self._show_state(participant, certificate),
            *(
                self._show_module(participant, group, number, module)
                for number, module in enumerate(self.book.training(group).modules, start=1)
            ),
        ]

    def _nothing_yet(self) -> Part:
        return parts.empty(
            self._("You are in no course yet"),
            self._(
                "A coach of the district puts you into a group. Say which course you want; your path will be here."
            ),
        )

    def _choose_course(self, own: list[Row], chosen: Row) -> list[Part]:
        if len(own) == 1:
            return []
        names = []
        for each in own:
            group = self.row("training_group", each.group_id)
            names.append((str(each.id), f"{self.speech.name(self.book.training(group).names)}, {group.name}"))
        return [parts.tabs("choose_course", str(chosen.id), names)]

    @act
    def choose_course(self, values: dict[str, Any]) -> None:
        self.place |= {"participant": int(values["tab"]), "task": "", "paper": ""}

    @act
    def show_paper(self, values: dict[str, Any]) -> None:
        self.place["paper"] = values["paper"]

    def _describe_group(self, group: Row) -> str:
        guide = self._("guide: {name}", name=self.book.name(group.facilitator_id))
        days = f"{self.speech.short_date(group.starts_on)} – {self.speech.short_date(group.ends_on)}"
        return f"{group.name} · {guide} · {days}"

    def _show_state(self, participant: Row, certificate: Row | None) -> list[Part]:
        progress = self.book.progress(participant)
        needed = self._("needed: {share}", share=self.speech.percent(progress.share))
        exam = "–" if progress.points is None else f"{progress.points} / {progress.of}"
        figures = parts.figures(
            parts.figure(self._("Sessions"), f"{progress.attended} / {progress.sessions}", needed),
            parts.figure(
                self._("Practice tasks accepted"), f"{progress.accepted} / {len(progress.practice)}"
            ),
            parts.figure(self._("Exam"), exam, needed),
        )
        if certificate:
            button = parts.button(
                self._("Show and print"), "show_paper", {"paper": "certificate"}, tone="primary"
            )
            words = self._("You have completed the course: certificate {number}.", number=certificate.number)
            return [figures, parts.notice(words, "good", button)]
        if participant.left_on:
            return [figures, parts.notice(self._("You have left this group."), "quiet")]
        return [figures, parts.notice(self.tell_missing(progress.missing), "quiet")]

    def tell_missing(self, missing: tuple[str, ...]) -> str:
        if not missing:
            return self._("All conditions are fulfilled: the guide can issue the certificate.")
        what = ", ".join(self.speech(MISSING[each]) for each in missing)
        return self._("Missing for the certificate: {what}.", what=what)

    # one module

    def _show_module(self, participant: Row, group: Row, number: int, module: dict[str, Any]) -> Part:
        key = module["key"]
        states = self.book.progress(participant).practice
        sign = "✓ " if states[key] == "accepted" else ""
        return parts.fold(
            f"{sign}{number}. {self.speech.name(module['names'])} · {self.speech(STATES[states[key]][0])}",
            *self._show_before(participant, module),
            self._link_lesson(module),
            *self._show_sessions(participant, group, key),
            *self._show_practice(participant, module),
            opened=key == next((each for each in states if states[each] in ("", "missing")), ""),
            key=f"module-{participant.id}-{key}",
        )

    def _show_before(self, participant: Row, module: dict[str, Any]) -> list[Part]:
        task = f"before:{module['key']}"
        shown = [each for each in self.book.evidence[participant.id] if each.task == task]
        words = self.speech.name(module.get("before") or {})
        title = parts.heading(self._("Before the session"), 3)
        if shown:
            done = [parts.text(f"✓ {each.text}", "good") for each in shown]
            return [title, parts.text(words), *done]
        if participant.left_on:
            return [title, parts.text(words)]
        field = parts.field(
            "text", self._("In a few words: what did you do or notice?"), needed=True, most=500, wide=True
        )
        form = parts.form(
            "save_before",
            [field],
            self._("It is done"),
            key=f"{task}-{participant.id}",
            values={"participant": participant.id, "task": task},
        )
        return [title, parts.text(words), form]

    def _link_lesson(self, module: dict[str, Any]) -> Part:
        languages = [self.speech.language] if self.speech.language != "en" else ["kk", "ru"]
        links = [
            (
                f"/services/rooms/lesson/{each}/{module['lesson']}",
                LANGUAGE_NAMES[each] if len(languages) > 1 else "",
            )
            for each in languages  # lessons for adults need not be in English
        ]
        html = render("training/lesson.html", words=self._("Open the lesson of this module"), links=links)
        return parts.markup(html, key=f"lesson-{module['key']}-{self.speech.language}")

    def _show_sessions(self, participant: Row, group: Row, key: str) -> list[Part]:
        lines = [each for each in self.book.sessions[group.id] if each.module == key]
        if not lines:
            return [parts.text(self._("The session has no day yet."), "quiet")]
        return [parts.text(self._tell_session(each, participant)) for each in lines]

    def _tell_session(self, each: Row, participant: Row) -> str:
        mark = self.book.presence.get((each.id, participant.person_id))
        was = self.speech(PRESENCE[mark.state]) if mark else ""
        if not mark:
            was = self._("to come") if each.on >= self.desk.today else self._("presence is not marked yet")
        clock = f"{each.starts}–{add_minutes(each.starts, each.minutes)}"
        place = f", {each.place}" if each.place else ""
        return f"{self._('Session')}: {self.speech.date(each.on)}, {clock}{place} – {was}"

    def _show_practice(self, participant: Row, module: dict[str, Any]) -> list[Part]:
        task = f"practice:{module['key']}"
        state, tone = STATES[self.book.progress(participant).practice[module["key"]]]
        shown = [each for each in self.book.evidence[participant.id] if each.task == task]
        is_done = tone == "good"
        return [
            parts.heading(self._tell_where(participant), 3),
            parts.text(self.speech.name(module.get("practice") or {})),
            parts.text(self.speech(state), tone if tone in ("good", "danger") else "quiet"),
            *(part for each in shown for part in self.show_evidence(each)),
            *([] if participant.left_on or is_done else self._offer_evidence(participant, task)),
        ]

    def _tell_where(self, participant: Row) -> str:
        group = self.row("training_group", participant.group_id)
        is_school = self.book.training(group).programme == "management"
        return self._("In your own school") if is_school else self._("In your own class")

    def show_evidence(self, each: Row) -> list[Part]:
        """Return what was shown, with its picture, and what the guide says of it."""
        review = self.book.verdicts.get(each.id)
        facts = self._tell_facts(each)
        html = render(
            "training/evidence.html",
            kind=self.speech(KINDS[each.kind]),
            day=self.speech.date(each.on),
            text=each.text,
            facts=facts,
            photo=self.photos.get(each.photo, ""),
            review=review.text if review else "",
            reviewer=self.book.name(review.by) if review else "",
        )
        buttons = []
        if each.photo and each.photo not in self.photos:
            buttons.append(
                parts.button(
                    self._("Show the photo"), "show_photo", {"photo": each.photo}, key=f"photo-{each.id}"
                )
            )
        if each.by == self.desk.me.id and not review:
            buttons.append(
                parts.button(
                    self._("Remove"),
                    "remove_evidence",
                    {"id": each.id, "version": each.version},
                    tone="danger",
                    confirm=self._("Remove what you have shown here?"),
                    key=f"remove-{each.id}",
                )
            )
        shown = parts.markup(html, key=f"evidence-{each.id}-{each.photo in self.photos}-{bool(review)}")
        return [shown, *([parts.row(*buttons)] if buttons else [])]

    def _tell_facts(self, each: Row) -> str:
        match each.kind, each.data:
            case "lesson", {"class": str(name)} if name:
                return self._("Class: {name}", name=name)
            case "results", {"pupils": int(pupils), "before": int(before), "after": int(after)}:
                return self._(
                    "{pupils} pupils; right answers before: {before}, after: {after}",
                    pupils=pupils,
                    before=before,
                    after=after,
                )
            case "items", {"count": int(count)}:
                return self.speech.count("{count} item", "{count} items", count)
        return ""

    def _offer_evidence(self, participant: Row, task: str) -> list[Part]:
        kind = self.place["kind"] if self.place["task"] == task else ""
        buttons = [
            parts.button(
                self.speech(name),
                "begin_evidence",
                {"task": task, "kind": each},
                tone="primary" if each == kind else "",
                key=f"{each}-{task}",
            )
            for each, name in KINDS.items()
        ]
        offer = [parts.text(self._("Show what you did:")), parts.row(*buttons)]
        if not kind:
            return offer
        form = parts.form(
            "save_evidence",
            self._evidence_fields(kind),
            self._("Show it to the guide"),
            key=f"{task}-{kind}-{participant.id}",
            values={"participant": participant.id, "task": task, "kind": kind},
            cancel=parts.button(self._("Cancel"), "begin_evidence", {"task": "", "kind": ""}),
            focus="text",
        )
        return [*offer, form]

    def _evidence_fields(self, kind: str) -> list[Part]:
        say = {
            "lesson": self._("What did you do in the lesson, and what did pupils do?"),
            "items": self._("The items, or where they are"),
            "results": self._("With what did you measure, and what changed?"),
            "photo": self._("What does the photo show?"),
            "reflection": self._("What worked, what did not, what will you do otherwise?"),
        }[kind]
        more = {
            "lesson": [parts.field("class", self._("Class"), most=20, needed=True)],
            "items": [self._count("count", self._("How many items"), 1)],
            "results": [
                self._count("pupils", self._("How many pupils"), 1),
                self._count("before", self._("Right answers before")),
                self._count("after", self._("Right answers after")),
            ],
        }.get(kind, [])
        photo = parts.field(
            "photo",
            self._("Photo"),
            "file",
            choices=[("image/jpeg", ""), ("image/png", ""), ("image/webp", "")],
            help=self._(
                "Of papers and the board. The place and time that a camera notes are removed. No faces of pupils."
            ),
            needed=kind == "photo",
        )
        on = parts.field("on", self._("Day"), "date", self.desk.today, needed=True)
        text = parts.field(
            "text",
            say,
            "area",
            needed=True,
            most=4000,
            help=self._("No names of pupils: “a girl of grade 5” is enough."),
        )
        return [text, *more, on, photo]

    def _count(self, name: str, label: str, least: int = 0) -> Part:
        return parts.field(name, label, "number", least=least, most=100_000, needed=True)

    # acts

    @act
    def begin_evidence(self, values: dict[str, Any]) -> None:
        self.place |= {"task": values["task"], "kind": values["kind"]}

    @act
    def save_before(self, values: dict[str, Any]) -> Change:
        participant = self.row("participant", values["participant"])
        name = self.speech.name(self.book.module(participant, values["task"])["names"])
        row = add(
            "evidence",
            participant_id=participant.id,
            task=values["task"],
            on=self.desk.today,
            kind="reflection",
            text=values["text"],
        )
        return Change(self._("Task before the session done: {name}", name=name), [row])

    @act
    async def save_evidence(self, values: dict[str, Any]) -> Change:
        participant = self.row("participant", values["participant"])
        if values["on"] > self.desk.today:
            raise FieldProblem("on", self._("This day is still to come."))
        data = {
            name: values[name] for name in ("class", "count", "pupils", "before", "after") if name in values
        }
        photo = await self._keep_photo()
        name = self.speech.name(self.book.module(participant, values["task"])["names"])
        row = add(
            "evidence",
            participant_id=participant.id,
            task=values["task"],
            on=values["on"],
            kind=values["kind"],
            text=values["text"],
            data=data,
            photo=photo,
        )
        return Change(self._("Practice shown: {name}", name=name), [row], {"task": "", "kind": ""})

    async def _keep_photo(self) -> str:
        content = self.files.get("photo")
        if not content:
            return ""
        try:
            answer = await asyncio.to_thread(self.desk.portal.ask, "PUT", "/centre/photos", None, content)
        except Refused as refusal:
            raise FieldProblem("photo", str(refusal)) from None
        return str(answer["photo"])

    @act
    def remove_evidence(self, values: dict[str, Any]) -> Change:
        row = self.row("evidence", values["id"], values["version"])
        return Change(self._("Taken back what was shown"), [remove("evidence", row)])

    @act
    async def show_photo(self, values: dict[str, Any]) -> None:
        name = str(values["photo"])
        try:
            answer = await asyncio.to_thread(self.desk.portal.ask, "GET", f"/centre/photos/{name}")
        except Refused:
            raise Problem(self._("This photo is not there any more.")) from None
        self.photos[name] = answer["url"]
