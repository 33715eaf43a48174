"""A number, right within a tolerance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec
from sandyq_widgets.numbers import parse_grouped, parse_number

_BEHIND: Final = re.compile(r"\D*$")
"""What stands behind the last digit."""


@dataclass(frozen=True, kw_only=True)
class NumberSpec(Spec):
    """A number; the decimal comma and spaces in thousands are accepted, and so is ``6,155`` for six thousand."""

    answer: Decimal
    tolerance: Decimal = Decimal(0)
    unit: str = ""
    wrong: tuple[tuple[Decimal, str], ...] = ()
    """Expected wrong values and the feedback for each."""
    is_written: ClassVar[bool] = True
    kind: ClassVar[str] = "number"
    settings: ClassVar[tuple[str, ...]] = ("id", "points", "tries", "answer", "tolerance", "unit")
    labels: ClassVar[tuple[str, ...]] = ("hint", "reason", "wrong")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text = draft.read_text()
        for number, line in draft.lines:
            if line.strip().startswith("="):
                message = N_("“{found}” belongs to the first line. Write there {label}=…")
                raise draft.error(number, message, found=line.strip(), label="answer")
        if "answer" not in draft.settings:
            raise draft.error(1, N_("the right number is missing. Add for example: answer=12,5"))
        answer = draft.decimal(1, "answer", draft.settings["answer"])
        tolerance = abs(draft.decimal(1, "tolerance", draft.settings.get("tolerance", "0")))
        wrong: list[tuple[Decimal, str]] = []
        for block in draft.labelled("wrong"):
            value = draft.decimal(block.line, "wrong", block.argument)
            if abs(value - answer) <= tolerance:
                message = N_("{value} counts as right. Give another value or a smaller tolerance.")
                raise draft.error(block.line, message, value=value)
            wrong.append((value, block.text))
        own: dict[str, Any] = {
            "answer": answer,
            "tolerance": tolerance,
            "unit": draft.settings.get("unit", ""),
        }
        return cls(text=text, wrong=tuple(wrong), **own, **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return (self.answer, self.tolerance, *(value for value, _ in self.wrong))

    def face(self) -> dict[str, Any]:
        return {"unit": self.unit}

    def judge(self, response: str) -> Judgement:
        readings = (parse_number(response, self.unit), parse_grouped(response, self.unit))
        values = [value for value in readings if value is not None]
        if not values:
            raise ResponseError(_say_what_lacks(response))
        right = any(abs(value - self.answer) <= self.tolerance for value in values)
        own = next((text for wrong, text in self.wrong if wrong in values and not right), "")
        return Judgement(response, Fraction(int(right)), (own,) if own else ())

    def solve(self) -> str:
        return f"{self.answer}".replace(".", ",")

    def tell_key(self) -> str:
        about = f"± {self.tolerance}".replace(".", ",") if self.tolerance else ""
        return " ".join(part for part in (self.tell(), about, self.unit) if part)


def _say_what_lacks(response: str) -> str:
    """Of ``27 минут`` it must not be said that there are no digits."""
    if parse_number(_BEHIND.sub("", response)) is not None:
        return N_("Write the number alone, without words or signs behind it.")
    return N_("This is not a number yet. Write it in digits, for example 1 234,5")
