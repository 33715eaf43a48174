"""The guide's queue: practice that nobody has looked at, the oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem, act
from sandyq_apps.kit.desk import Change, Row, add
from sandyq_apps.kit.parts import Part
from sandyq_apps.training_book import Book

if TYPE_CHECKING:
    from sandyq_apps.kit.app import App as Page
else:
    Page = object

SHOWN: Final = 10
"""At once; the next ones come when these are done."""


class ReviewPages(Page):
    book: Book

    def view_review(self) -> list[Part]:
        waiting = self.book.waiting()
        if not waiting:
            words = self._(
                "When participants show their practice, it waits here for your word, oldest first."
            )
            return [parts.empty(self._("Nothing waits for you"), words)]
        count = self.speech.count("{count} task waits", "{count} tasks wait", len(waiting))
        return [
            parts.text(count, "quiet"),
            *(self._card(participant, each) for participant, each in waiting[:SHOWN]),
        ]

    def _card(self, participant: Row, each: Row) -> Part:
        group = self.row("training_group", participant.group_id)
        module = self.book.module(participant, each.task)
        name = self.book.name(participant.person_id)
        task = self.speech.name(module.get("practice") or {})
        fields = [
            parts.field(
                "accepted",
                self._("Your word"),
                "radio",
                choices=[(True, self._("Accepted")), (False, self._("Something is missing"))],
                needed=True,
            ),
            parts.field(
                "text",
                self._("What is good; what is missing and how to go on"),
                "area",
                most=4000,
            ),
        ]
        form = parts.form(
            "save_review",
            fields,
            self._("Tell the participant"),
            key=f"review-{each.id}",
            values={"evidence": each.id, "participant": participant.id},
        )
        return parts.card(
            f"{name}: {self.speech.name(module['names'])}",
            parts.text(f"{self.book.school(participant.person_id)} · {group.name}", "quiet"),
            *(
                [parts.fold(self._("What the task was"), parts.text(task), key=f"task-{each.id}")]
                if task
                else []
            ),
            *self.show_evidence(each),
            form,
            key=f"waiting-{each.id}",
        )

    if TYPE_CHECKING:

        def show_evidence(self, each: Row) -> list[Part]: ...

    @act
    def save_review(self, values: dict[str, Any]) -> Change:
        evidence = self.row("evidence", values["evidence"])
        participant = self.row("participant", values["participant"])
        if not values["accepted"] and not values["text"]:
            raise FieldProblem("text", self._("Write what is missing, so that it can be done."))
        reply = add(
            "reply",
            sheet="evidence",
            row_id=evidence.id,
            kind="review",
            text=values["text"],
            data={"accepted": values["accepted"]},
            on=self.desk.today,
        )
        name = self.book.name(participant.person_id)
        if values["accepted"]:
            return Change(self._("Practice accepted: {name}", name=name), [reply])
        return Change(self._("Practice of {name}: something is missing", name=name), [reply])
