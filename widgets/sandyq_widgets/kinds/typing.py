"""Type a text: a trainer for fingers and keyboard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, Note, ResponseError, Spec

_TYPED: Final = re.compile(r"(\d{1,5}(?:\.\d+)?) *\n(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class TypingSpec(Spec):
    """Lines to type (``> line``). ``accuracy`` in per cent, ``speed`` in characters a minute; 0: as one likes."""

    goal: str
    """What is to be typed."""
    accuracy: int = 90
    speed: int = 0
    is_written: ClassVar[bool] = True
    kind: ClassVar[str] = "typing"
    settings: ClassVar[tuple[str, ...]] = ("id", "points", "tries", "accuracy", "speed")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, lines = draft.cut(lambda line: line.startswith(">"), "> …")
        draft.check_below(lambda line: line.startswith(">"))
        goal = "\n".join(line.lstrip("> ") for _, line in lines).strip()
        draft.require_items(goal.split(), 1, "> …")
        accuracy = draft.whole("accuracy", 90)
        if not 0 < accuracy <= 100:
            message = N_("“{key}” is {value}. Give per cent from 1 to 100.")
            raise draft.error(1, message, key="accuracy", value=accuracy)
        own: dict[str, Any] = {"goal": goal, "accuracy": accuracy, "speed": draft.whole("speed", 0)}
        return cls(text=text, **own, **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return (self.accuracy, self.speed)

    def face(self) -> dict[str, Any]:
        return {"goal": self.goal, "accuracy": self.accuracy, "speed": self.speed}

    def judge(self, response: str) -> Judgement:
        """All of the points for accuracy and speed, half for accuracy alone."""
        found = _TYPED.fullmatch(response)
        typed = found[2].strip() if found else ""
        if not found or not typed:
            raise ResponseError(N_("Type the text first."))
        accuracy = measure_accuracy(self.goal, typed)
        minutes = max(float(found[1]), 0.1) / 60
        speed = round(len(typed) / minutes)
        notes = (
            Note(
                N_("Accuracy: {accuracy} %. Speed: {speed} characters a minute."),
                {"accuracy": accuracy, "speed": speed},
            ),
        )
        share = Fraction(0)
        if accuracy >= self.accuracy:
            share = Fraction(1) if speed >= self.speed else Fraction(1, 2)
        return Judgement(response, share, notes=notes)

    def solve(self) -> str:
        return f"1\n{self.goal}"

    def tell(self) -> str:
        return self.goal.replace("\n", "\n\n")


def measure_accuracy(goal: str, typed: str) -> int:
    """Return how much of the goal was typed right, in whole per cent; what is too much counts against it."""
    same = sum(
        block.size for block in SequenceMatcher(None, goal, typed, autojunk=False).get_matching_blocks()
    )
    return int(100 * same / max(len(goal), len(typed)))
