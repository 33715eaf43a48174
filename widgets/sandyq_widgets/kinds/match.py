"""Find the partner of each thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import DASHES, Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec, shuffle
from sandyq_widgets.markdown import render_line

_LINE: Final = re.compile(rf"[{re.escape(DASHES)}]\s*=\s+(.+)|[{re.escape(DASHES)}]\s+(.+?)\s+=\s+(.+)")
_PUT: Final = re.compile(r" *(\d{1,3})→(\d{1,3})\)")


@dataclass(frozen=True, kw_only=True)
class MatchSpec(Spec):
    """Pairs ``- left = right``; ``- = right`` is a partner too many."""

    lefts: tuple[str, ...]
    rights: tuple[str, ...]
    """The partners in the same order, then those too many."""
    kind: ClassVar[str] = "match"

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, lines = draft.cut(_LINE.fullmatch, "- … = …")
        draft.check_below(_LINE.fullmatch)
        lefts: list[str] = []
        rights: list[str] = []
        extra: list[str] = []
        for number, line in lines:
            draft.require_no_bar(number, line)
            found = _LINE.fullmatch(line)
            alone, left, right = found.groups() if found else ("", "", "")
            if alone:
                extra.append(draft.require_new(number, alone.strip(), rights + extra))
                continue
            lefts.append(draft.require_new(number, left.strip(), lefts))
            rights.append(draft.require_new(number, right.strip(), rights + extra))
        draft.require_items(lefts, 2, "- … = …")
        return cls(text=text, lefts=tuple(lefts), rights=tuple(rights + extra), **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return (len(self.lefts), len(self.rights))

    @property
    def shown(self) -> list[int]:
        """For each card on the page the index of its partner."""
        return shuffle(self.id, range(len(self.rights)))

    def face(self) -> dict[str, Any]:
        return {
            "boxes": [render_line(left) for left in self.lefts],
            "cards": [render_line(self.rights[index]) for index in self.shown],
            "room": 1,
        }

    def judge(self, response: str) -> Judgement:
        shown = self.shown
        put = read_places(response, len(shown), len(self.lefts))
        if not put:
            raise ResponseError(N_("Put at least one card into its place first."))
        marks = tuple(
            put.get(card) == (side if side < len(self.lefts) else None) for card, side in enumerate(shown)
        )
        right = sum(shown[card] == box for card, box in put.items())
        said = write_places(put, [self.rights[index] for index in shown], self.lefts)
        return Judgement(said, Fraction(right, len(self.lefts)), marks=marks)

    def solve(self) -> str:
        shown = self.shown
        put = {shown.index(box): box for box in range(len(self.lefts))}
        return write_places(put, [self.rights[index] for index in shown], self.lefts)


def read_places(response: str, cards: int, boxes: int) -> dict[int, int]:
    """Return box by card from lines like ``2→1)`` or a kept ``2→1) card → box``."""
    found = (_PUT.match(line) for line in response.split("\n"))
    put = {int(each[1]) - 1: int(each[2]) - 1 for each in found if each}
    return {card: box for card, box in put.items() if 0 <= card < cards and 0 <= box < boxes}


def write_places(put: dict[int, int], cards: Sequence[str], boxes: Sequence[str]) -> str:
    return "\n".join(
        f"{card + 1}→{box + 1}) {cards[card]} → {boxes[box]}" for card, box in sorted(put.items())
    )
