"""A colleague's lesson: what to look at, what was seen and heard, a tally, one next step on which both agree."""

from __future__ import annotations

from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, Sending, act
from sandyq_apps.kit.desk import Change, Row, add, alter, remove
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.portal import Refused
from sandyq_apps.kit.speech import PROBLEMS
from sandyq_apps.peers_observed import ObservedPages
from sandyq_apps.peers_people import read_pairs

NEWEST: Final = -1
"""The place after a new one was saved, whose number only the portal knew."""


class ObservationPages(ObservedPages):
    def show_observations(self) -> list[Part]:
        if self.place["paper"] == "empty":
            return [self._back_to_all(), parts.paper(self._("Lesson observation"), self._paper(None))]
        if self.place["form"] == "observation":
            return [self._back_to_all(), self._form_new(None)]
        if self.place["observation"] == NEWEST:
            own = (row.id for row in self.desk.rows("observation") if row.by == self.own_id)
            self.place["observation"] = max(own, default=0)
        row = self.desk.find("observation", self.place["observation"])
        if row is None:
            return self._list_observations()
        if self.place["paper"]:
            back = parts.button(f"← {row.lesson}", "open_observation", {"observation": row.id})
            return [parts.row(back), parts.paper(self._("Lesson observation"), self._paper(row))]
        if row.by == self.own_id:
            return self._show_own(row)
        return self._show_others(row)

    # all

    def _list_observations(self) -> list[Part]:
        new = parts.button(self._("See a colleague's lesson"), "begin_observation", tone="primary")
        empty = parts.button(self._("Empty form for paper"), "open_paper", {"paper": "empty"})
        rows = sorted(self.desk.rows("observation"), key=lambda row: (row.on, row.id), reverse=True)
        if not rows:
            words = self._(
                "Agree with a colleague on what to look at, sit at the back and write down only what you see and hear. "
                "Afterwards the two of you choose one next step."
            )
            return [parts.empty(self._("No lesson seen yet"), words, parts.row(new, empty))]
        lines = [
            parts.line(
                row.id,
                on=parts.cell(self.speech.short_date(row.on), sort=row.on),
                lesson=parts.cell(row.lesson, act="open_observation", values={"observation": row.id}),
                teacher=self.person(row.person_id),
                observer=self.person(row.by),
                step=row.step,
                state=self._cell_of_state(row),
            )
            for row in rows
        ]
        columns = [
            parts.column("on", self._("Day of the lesson")),
            parts.column("lesson", self._("Class, subject, topic")),
            parts.column("teacher", self._("Whose lesson")),
            parts.column("observer", self._("Who watched")),
            parts.column("step", self._("Next step"), wide=True),
            parts.column("state", self._("Agreement")),
        ]
        table = parts.table(self._("Lessons seen"), columns, lines)
        return [parts.row(new, empty), table]

    def _cell_of_state(self, row: Row) -> Part:
        words, tone = self._tell_state_of(row)
        return parts.cell(words, tone=tone)

    @act
    def begin_observation(self, _values: dict[str, Any]) -> None:
        self.place |= {"form": "observation", "observation": 0, "paper": ""}

    # what is to be seen

    def colleagues(self, *more: int) -> list[tuple[int, str]]:
        """Whom one may watch, or study with: the others of one's pairs first, then those of one's school or group."""
        near = [duo.other(self.own_id) for duo in read_pairs(self.desk) if self.own_id in duo.people]
        own = self.desk.find("peer", self.own_id)
        school = own.school_id if own else 0
        open_to = [
            row.id
            for row in self.desk.rows("peer")
            if row.school_id == school or (row.open and self.is_guide)
        ]
        found = dict.fromkeys([*near, *more, *open_to])
        return [(person, self.person_and_school(person)) for person in found if person != self.own_id]

    def _form_new(self, row: Row | None) -> Part:
        whom = self.colleagues(*([row.person_id] if row else []))
        counts = "\n".join(row.tally) if row else ""
        fields = [
            parts.field(
                "person",
                self._("Whose lesson"),
                "choice",
                row.person_id if row else None,
                choices=whom,
                needed=True,
            ),
            parts.field(
                "on", self._("Day of the lesson"), "date", row.on if row else self.desk.today, needed=True
            ),
            parts.field(
                "lesson",
                self._("Class, subject, topic"),
                value=row.lesson if row else "",
                needed=True,
                most=200,
                wide=True,
            ),
            parts.field(
                "focus",
                self._("What the teacher asked you to look at"),
                "area",
                row.focus if row else "",
                needed=True,
                most=500,
                help=self._(
                    "Ask before the lesson. For example: who speaks, and how long, when I have asked a question?"
                ),
            ),
            parts.field(
                "counts",
                self._("What to count, one on each line"),
                "area",
                counts,
                most=600,
                help=self._(
                    "For example: pupils ask a question; answers of one word. Each gets a button to press "
                    "while you watch."
                ),
            ),
        ]
        form = parts.form(
            "save_observation",
            fields,
            self._("Save"),
            key=f"observation-{row.id if row else 'new'}",
            values={"id": row.id if row else 0, "version": row.version if row else 0},
            focus="" if row else "person",
        )
        return form if row else parts.card(self._("Before the lesson"), form, key="before")

    @act
    def save_observation(self, values: dict[str, Any]) -> Change:
        row = self.row("observation", values["id"], values["version"]) if values["id"] else None
        counts = [line.strip()[:100] for line in values["counts"].splitlines() if line.strip()]
        if len(counts) > 9:
            raise FieldProblem("counts", self._("Count nine things at most: more cannot be watched."))
        tally = row.tally if row else {}
        about = {
            "person_id": values["person"],
            "on": values["on"],
            "lesson": values["lesson"],
            "focus": values["focus"],
            "tally": {
                **{name: many for name, many in tally.items() if many},
                **{name: tally.get(name, 0) for name in counts},
            },
        }
        what = self._("Lesson observation: {lesson}", lesson=values["lesson"])
        if row:
            return Change(what, [alter("observation", row, **about)])
        return Change(what, [add("observation", **about)], {"form": "", "observation": NEWEST})

    # one's own, while watching and afterwards

    def _show_own(self, row: Row) -> list[Part]:
        return [
            self._back_to_all(),
            parts.heading(row.lesson),
            parts.text(f"{self.person_and_school(row.person_id)} · {self.speech.date(row.on)}"),
            parts.notice(f"{self._('What the teacher asked you to look at')}: {row.focus}", "quiet"),
            *([self._show_counts(row)] if row.tally else []),
            self._show_seen(row),
            self._show_step(row),
            parts.row(
                parts.button(self._("Sheet to print"), "open_paper", {"paper": "filled"}),
                parts.button(
                    self._("Remove the observation"),
                    "remove_observation",
                    {"id": row.id, "version": row.version},
                    tone="danger",
                    confirm=self._("Remove the observation “{lesson}”?", lesson=row.lesson),
                ),
            ),
            parts.fold(self._("Change day, lesson, what to look at"), self._form_new(row), key="about"),
        ]

    def _show_counts(self, row: Row) -> Part:
        buttons = [
            parts.button(
                f"{name}: {many}", "count", {"observation": row.id, "name": name}, key=f"count-{name}"
            )
            for name, many in sorted(row.tally.items())
        ]
        return parts.card(
            self._("Tally"),
            parts.text(self._("Press a button each time it happens; Tab and Space do the same."), "quiet"),
            parts.row(*buttons),
            key="tally",
        )

    @act
    def count(self, values: dict[str, Any]) -> Sending:
        """One more; counted when its turn comes, so that quick presses are all there."""
        made: list[Change] = []

        def write() -> str:
            if not made:
                row, name = self.desk.find("observation", values["observation"]), values["name"]
                if row is None:
                    raise Refused(404, self.speech(PROBLEMS["gone"]))
                tally = row.tally | {name: row.tally.get(name, 0) + 1}
                made.append(
                    Change(self._("Counted: {what}", what=name), [alter("observation", row, tally=tally)])
                )
            return self.desk.send(made[0])

        return Sending(write)

    def _show_seen(self, row: Row) -> Part:
        last = max((each["minute"] for each in row.seen), default=0)
        fields = [
            parts.field(
                "minute", self._("Minute of the lesson"), "number", last, least=0, most=180, needed=True
            ),
            parts.field(
                "text",
                self._("What you saw or heard"),
                "area",
                most=500,
                needed=True,
                help=self._("As if a camera had seen it: who did what, who said what. No judgement yet."),
            ),
        ]
        form = parts.form(
            "save_seen", fields, self._("Write it down"), key=f"seen-{row.id}", values={"observation": row.id}
        )
        return parts.card(
            self._("What was seen and heard"), *self._list_seen(row, own=True), form, key="seen"
        )

    @act
    def save_seen(self, values: dict[str, Any]) -> Change:
        row = self.row("observation", values["observation"])
        new = {"minute": values["minute"], "text": values["text"]}
        return Change(
            self._("Seen: {what}", what=values["text"][:80]),
            [alter("observation", row, seen=[*row.seen, new])],
        )

    @act
    def remove_seen(self, values: dict[str, Any]) -> Change:
        row = self.row("observation", values["observation"])
        seen = [each for number, each in enumerate(row.seen) if number != values["number"]]
        return Change(self._("A note of the observation removed"), [alter("observation", row, seen=seen)])

    def _show_step(self, row: Row) -> Part:
        state, tone = self._tell_state_of(row)
        field = parts.field(
            "step",
            self._("One next step"),
            "area",
            row.step,
            most=500,
            needed=True,
            help=self._(
                "Talk first about what was seen; then choose together one thing to try. It counts when the teacher has "
                "said yes here."
            ),
        )
        form = parts.form(
            "save_step",
            [field],
            self._("Save"),
            key=f"step-{row.id}",
            values={"id": row.id, "version": row.version, "step_was": row.step},
        )
        told = [parts.notice(f"{self._('Next step')}: {row.step}\n{state}", tone)] if row.step else []
        if row.step and self.is_agreed(row):
            form = parts.fold(self._("Choose another step"), form, key="step")
        return parts.card(self._("After the lesson: one next step"), *told, form, key="step")

    @act
    def save_step(self, values: dict[str, Any]) -> Change:
        row = self.row("observation", values["id"])
        if row.step != values["step_was"]:  # what was noted or counted while one wrote it overwrites no step
            row = self.row("observation", values["id"], values["version"])
        if not row.seen and not any(row.tally.values()):
            raise FieldProblem("step", self._("Evidence first: write down what you saw or heard."))
        return Change(
            self._("Next step: {step}", step=values["step"][:100]),
            [alter("observation", row, step=values["step"])],
        )

    @act
    def remove_observation(self, values: dict[str, Any]) -> Change:
        row = self.row("observation", values["id"], values["version"])
        what = self._("Observation removed: {lesson}", lesson=row.lesson)
        return Change(what, [remove("observation", row)], {"observation": 0})
