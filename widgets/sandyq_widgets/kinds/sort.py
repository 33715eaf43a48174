"""Put cards into boxes; messages of an inbox into folders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import DASHES, Draft, Item, split_feedback
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec, shuffle
from sandyq_widgets.kinds.match import read_places, write_places
from sandyq_widgets.markdown import render_line

_LINE: Final = re.compile(rf"#|[{re.escape(DASHES)}]\s")


@dataclass(frozen=True, kw_only=True)
class SortSpec(Spec):
    """Boxes ``# name``, below each its cards ``- text | why it belongs here``."""

    boxes: tuple[str, ...]
    cards: tuple[Item, ...]
    homes: tuple[int, ...]
    """For each card the index of its box."""
    kind: ClassVar[str] = "sort"

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, lines = draft.cut(_LINE.match, "- …")
        draft.check_below(lambda line: line.startswith("#"))
        boxes: list[str] = []
        cards: list[Item] = []
        homes: list[int] = []
        for number, line in lines:
            if line.startswith("#"):
                boxes.append(draft.require_new(number, line.strip("# "), boxes))
                continue
            if not boxes:
                raise draft.error(
                    number, N_("this card stands in no box. Write the box's name above it: # …")
                )
            card, why = split_feedback(line[2:])
            draft.require_new(number, card, [other.text for other in cards])
            cards.append(Item(number, card, feedback=why))
            homes.append(len(boxes) - 1)
        draft.require_items(boxes, 2, "# …")
        draft.require_items(cards, 3, "- …")
        return cls(text=text, boxes=tuple(boxes), cards=tuple(cards), homes=tuple(homes), **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return (len(self.boxes), self.homes)

    @property
    def shown(self) -> list[int]:
        """For each card on the page its index."""
        return shuffle(self.id, range(len(self.cards)))

    def face(self) -> dict[str, Any]:
        return {
            "boxes": [render_line(box) for box in self.boxes],
            "cards": [render_line(self.cards[index].text) for index in self.shown],
            "room": 0,
        }

    def judge(self, response: str) -> Judgement:
        shown = self.shown
        put = read_places(response, len(shown), len(self.boxes))
        if len(put) < len(shown):
            raise ResponseError(N_("Put every card into a box first."))
        marks = tuple(self.homes[shown[card]] == put[card] for card in range(len(shown)))
        why = tuple(
            explain(self.cards[index])
            for index, right in zip(shown, marks, strict=True)
            if not right and self.cards[index].feedback
        )
        said = write_places(put, [self.cards[index].text for index in shown], self.boxes)
        return Judgement(said, Fraction(sum(marks), len(shown)), reasons=why, marks=marks)

    def solve(self) -> str:
        shown = self.shown
        put = {card: self.homes[index] for card, index in enumerate(shown)}
        return write_places(put, [self.cards[index].text for index in shown], self.boxes)


def explain(card: Item) -> str:
    """A card and, on a line of its own, why it belongs elsewhere."""
    name = card.text if "*" in card.text else f"**{card.text}**"
    return f"{name}\n{card.feedback[0].upper()}{card.feedback[1:]}"


@dataclass(frozen=True, kw_only=True)
class InboxSpec(SortSpec):
    """The cards are messages, ``- sender: what it says | why``; the boxes are folders."""

    kind: ClassVar[str] = "inbox"

    @classmethod
    def read(cls, draft: Draft) -> Self:
        spec = super().read(draft)
        for card in spec.cards:
            if ": " not in card.text:
                message = N_("a message is written “- sender: what it says”; here is “{found}”.")
                raise draft.error(card.line, message, found=card.text)
        return spec

    def face(self) -> dict[str, Any]:
        messages = [self.cards[index].text.partition(": ") for index in self.shown]
        senders = [render_line(sender) for sender, _, _ in messages]
        return {**super().face(), "cards": [render_line(text) for _, _, text in messages], "senders": senders}
