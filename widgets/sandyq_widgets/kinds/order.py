"""Put things into their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, pairwise
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec, read_numbers, shuffle, write_numbers
from sandyq_widgets.markdown import render_line

_LINE: Final = re.compile(r"(\d+)[.)]\s*(.*)")


@dataclass(frozen=True, kw_only=True)
class OrderSpec(Spec):
    """Steps, written in their right order as ``1. …``, ``2. …`` and shown mixed."""

    steps: tuple[str, ...]
    """In the right order."""
    kind: ClassVar[str] = "order"

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, lines = draft.cut(_LINE.match, "1. …")
        steps: list[str] = []
        for place, (number, line) in enumerate(lines, start=1):
            found, step = _LINE.sub(r"\1", line), _LINE.sub(r"\2", line).strip()
            if found != str(place):
                message = N_(
                    "step {expected} has the number {found}. Number all of them 1, 2, 3 … in their right order."
                )
                raise draft.error(number, message, found=found, expected=place)
            draft.require_no_bar(number, step)
            steps.append(draft.require_new(number, step, steps))
        draft.require_items(steps, 3, "1. …")
        draft.check_below(re.compile(rf"{len(steps) + 1}[.)]\s").match)
        return cls(text=text, steps=tuple(steps), **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return (len(self.steps),)

    @property
    def shown(self) -> list[int]:
        """For each place on the page the index of its step; none stands before the one that follows it."""
        order = shuffle(self.id, range(len(self.steps)))
        for turn in count():
            if not any(after == before + 1 for before, after in pairwise(order)):
                return order
            order = shuffle(f"{self.id} {turn}", order)
        raise AssertionError("a set of three or more has such an order")

    def face(self) -> dict[str, Any]:
        return {"items": [render_line(self.steps[index]) for index in self.shown]}

    def judge(self, response: str) -> Judgement:
        """The share of neighbours that follow each other as they should: moving one block costs little."""
        shown = self.shown
        given = read_numbers(response, len(shown))
        if sorted(given) != list(range(len(shown))):
            raise ResponseError(N_("Put all of them into an order first."))
        if given == sorted(given):  # as they were shown, which is never right
            raise ResponseError(N_("Move at least one of them first."))
        order = [shown[place] for place in given]
        right = sum(after == before + 1 for before, after in pairwise(order))
        said = write_numbers(given, [self.steps[index] for index in shown])
        marks = tuple(index == place for place, index in enumerate(order))
        return Judgement(said, Fraction(right, len(order) - 1), marks=marks)

    def solve(self) -> str:
        shown = self.shown
        places = [shown.index(step) for step in range(len(shown))]
        return write_numbers(places, [self.steps[index] for index in shown])
