"""The forms of items, in plain words: what a teacher fills in for each kind of question."""

from __future__ import annotations

from typing import Any, Final

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import FieldProblem
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_item import CELL, OPTIONS, PAIRS, WRONG, read_values
from sandyq_apps.library_words import LibraryWords

ITEM_KINDS: Final = {
    "choice": "Choose one answer",
    "choices": "Choose several answers",
    "number": "Write a number",
    "short": "Write a word or two",
    "order": "Put steps in order",
    "match": "Find the pairs",
    "gaps": "Fill gaps in a text",
    CELL: "Paste a question cell",
}
SAMPLE: Final = "%%choice id=item points=1\n…\n- [ ] …\n- [x] …\nhint: …\nreason: …"


class ItemForms(LibraryWords):
    def ask_item(self, kind: str, work: Row | None) -> list[Part]:
        """Return the fields of a kind, filled with a work's."""
        values: dict[str, Any] = {}
        if work is not None:
            own, read = read_values(work.body)
            values = read if own == kind else {CELL: work.body}
        if kind == CELL:
            return [self._ask_cell(values)]
        own = getattr(self, f"_ask_{kind}")(values)
        return [
            self._area(
                "text",
                self._("The question"),
                values,
                needed=True,
                help=self._("With all that is needed to answer: the text, the table, the numbers."),
            ),
            *own,
            self._area(
                "hint",
                self._("A hint after the first wrong try"),
                values,
                help=self._("What to look at again; not the answer."),
            ),
            self._area(
                "reason",
                self._("Why it is so"),
                values,
                help=self._("Shown with the right answer, and to colleagues."),
            ),
        ]

    def _area(self, name: str, label: str, values: dict[str, Any], **more: Any) -> Part:
        return parts.field(name, label, "area", values.get(name), most=8000, wide=True, **more)

    def _line(self, name: str, label: str, values: dict[str, Any], **more: Any) -> Part:
        return parts.field(name, label, value=values.get(name), most=500, **more)

    def _ask_cell(self, values: dict[str, Any]) -> Part:
        return self._area(
            CELL,
            self._("The question cell"),
            {CELL: values.get(CELL) or SAMPLE},
            needed=True,
            help=self._("As in a lesson: the first line with %%, below it the question and its answers."),
        )

    def _ask_options(self, values: dict[str, Any]) -> list[Part]:
        fields = []
        for number in range(1, OPTIONS + 1):
            fields += [
                self._line(
                    f"option{number}", self._("Answer {number}", number=number), values, needed=number <= 2
                ),
                self._line(
                    f"why{number}",
                    self._("What to say to who chooses it"),
                    values,
                    help=self._("Why one may think so, and where the mistake is.") if number == 1 else "",
                ),
            ]
        return fields

    def _ask_choice(self, values: dict[str, Any]) -> list[Part]:
        right = parts.field(
            "right",
            self._("Which answer is right?"),
            "radio",
            values.get("right"),
            choices=_number(OPTIONS),
            needed=True,
        )
        return [*self._ask_options(values), right]

    def _ask_choices(self, values: dict[str, Any]) -> list[Part]:
        right = parts.field(
            "right",
            self._("Which answers are right?"),
            "choices",
            values.get("right"),
            choices=_number(OPTIONS),
            needed=True,
        )
        return [*self._ask_options(values), right]

    def _ask_wrong(self, values: dict[str, Any]) -> list[Part]:
        fields = []
        for number in range(1, WRONG + 1):
            fields += [
                self._line(f"wrong{number}", self._("A wrong answer that you expect"), values),
                self._line(f"said{number}", self._("What to say to it"), values),
            ]
        return fields

    def _ask_number(self, values: dict[str, Any]) -> list[Part]:
        return [
            self._line("answer", self._("The right number"), values, needed=True),
            self._line(
                "tolerance",
                self._("How far off is still right"),
                values,
                help=self._("For measured or rounded numbers; empty: exactly this one."),
            ),
            self._line("unit", self._("Unit, such as kg"), values),
            *self._ask_wrong(values),
        ]

    def _ask_short(self, values: dict[str, Any]) -> list[Part]:
        accepted = self._area(
            "accepted",
            self._("Right answers, one on each line"),
            values,
            needed=True,
            help=self._("The best one first. A star stands for any letters: *wheat*."),
        )
        return [accepted, *self._ask_wrong(values)]

    def _ask_order(self, values: dict[str, Any]) -> list[Part]:
        return [
            self._area(
                "steps",
                self._("Steps in their right order, one on each line"),
                values,
                needed=True,
                help=self._("Three at least. The page mixes them."),
            )
        ]

    def _ask_match(self, values: dict[str, Any]) -> list[Part]:
        fields = []
        for number in range(1, PAIRS + 1):
            fields += [
                self._line(
                    f"left{number}", self._("Pair {number}: place", number=number), values, needed=number <= 2
                ),
                self._line(
                    f"right{number}", self._("Pair {number}: card", number=number), values, needed=number <= 2
                ),
            ]
        extra = self._area("extra", self._("Cards that fit nowhere, one on each line"), values)
        return [*fields, extra]

    def _ask_gaps(self, values: dict[str, Any]) -> list[Part]:
        return [
            self._area(
                "gaps",
                self._("The text with gaps"),
                values,
                needed=True,
                help=self._(
                    "Put the missing words between [[ and ]]; other accepted words behind a bar: [[wheat|grain]]."
                ),
            ),
            parts.field(
                "offered",
                self._("Offer the words to choose from"),
                "check",
                bool(values.get("offered")),
                wide=True,
            ),
            self._area("words", self._("Words too many, one on each line"), values),
        ]

    def check_form(self, kind: str, values: dict[str, Any]) -> None:
        """Raise FieldProblem for what a form can have wrong and a cell cannot."""
        if kind in ("choice", "choices"):
            right = values["right"] if isinstance(values["right"], list) else [values["right"]]
            for number in right:
                if not str(values.get(f"option{number}") or "").strip():
                    raise FieldProblem("right", self._("Answer {number} is empty.", number=number))
        for number in range(1, PAIRS + 1):
            sides = [str(values.get(f"{side}{number}") or "").strip() for side in ("left", "right")]
            if any(sides) and not all(sides):
                side = "left" if not sides[0] else "right"
                raise FieldProblem(f"{side}{number}", self._("Both sides of a pair are needed."))


def _number(most: int) -> list[tuple[int, str]]:
    return [(number, str(number)) for number in range(1, most + 1)]
