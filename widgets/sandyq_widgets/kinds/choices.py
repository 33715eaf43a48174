"""Several right answers, with partial credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self

from sandyq_widgets.draft import Draft, Item
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, read_numbers, write_numbers
from sandyq_widgets.kinds.choice import ChoiceSpec, read_options


@dataclass(frozen=True, kw_only=True)
class ChoicesSpec(ChoiceSpec):
    """All right answers among several."""

    kind: ClassVar[str] = "choices"

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, options = read_options(draft)
        if not 0 < sum(option.mark for option in options) < len(options):
            message = N_("mark the right answers with - [x], and leave at least one wrong one.")
            raise draft.error(draft.end, message)
        return cls(text=text, options=options, **cls.common(draft))

    def judge(self, response: str) -> Judgement:
        return judge_selection(self.options, response)

    def solve(self) -> str:
        return solve_selection(self.options)


def judge_selection(options: Sequence[Item], response: str) -> Judgement:
    """Each right choice counts for, each wrong one against; never less than nothing."""
    chosen = sorted(set(read_numbers(response, len(options))))
    if not chosen:
        raise ResponseError(N_("Choose at least one first."))
    right = sum(option.mark for option in options)
    hits = sum(options[index].mark for index in chosen)
    share = max(Fraction(0), Fraction(hits - (len(chosen) - hits), right))
    feedback = tuple(options[index].feedback for index in chosen if options[index].feedback)
    said = write_numbers(chosen, [option.text for option in options])
    marks = tuple(option.mark == (index in chosen) for index, option in enumerate(options))
    return Judgement(said, share, feedback, marks=marks)


def solve_selection(options: Sequence[Item]) -> str:
    right = [index for index, option in enumerate(options) if option.mark]
    return write_numbers(right, [option.text for option in options])
