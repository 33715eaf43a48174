"""A word or two, in one's own writing."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self

from sandyq_widgets.draft import Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec
from sandyq_widgets.words import are_same_numbers, are_same_words, normalise, undress


@dataclass(frozen=True, kw_only=True)
class ShortSpec(Spec):
    """Accepted answers ``= word``; a star stands for any letters: ``= *aidos*``."""

    accepted: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...] = ()
    """Expected wrong answers and the feedback for each."""
    is_written: ClassVar[bool] = True
    kind: ClassVar[str] = "short"
    labels: ClassVar[tuple[str, ...]] = ("hint", "reason", "wrong")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, lines = draft.cut(lambda line: line.startswith("="), "= …")
        draft.check_below(lambda line: line.startswith("="))
        accepted: list[str] = []
        for number, line in lines:
            draft.require_no_bar(number, line)
            if line.strip("=* ") == "" and "*" in line:
                message = N_("“{text}” accepts everything. Write letters beside the star.")
                raise draft.error(number, message, text=line)
            accepted.append(draft.require_new(number, line.lstrip("= ").strip(), accepted))
        draft.require_items(accepted, 1, "= …")
        wrong: list[tuple[str, str]] = []
        for block in draft.labelled("wrong"):
            if any(fits(block.argument, pattern) for pattern in accepted):
                raise draft.error(
                    block.line, N_("“{text}” counts as right. Take it out here."), text=block.argument
                )
            wrong.append((block.argument, block.text))
        return cls(text=text, accepted=tuple(accepted), wrong=tuple(wrong), **cls.common(draft))

    def judge(self, response: str) -> Judgement:
        if not response:
            raise ResponseError(N_("Write your answer first."))
        right = any(self._fits(response, pattern) for pattern in self.accepted)
        own = next((text for pattern, text in self.wrong if not right and self._fits(response, pattern)), "")
        return Judgement(response, Fraction(int(right)), (own,) if own else ())

    def _fits(self, response: str, pattern: str) -> bool:
        is_code = "`" in self.text  # there each sign counts
        return fits(response, pattern) or (not is_code and fits(undress(response), pattern))

    def solve(self) -> str:
        return self.accepted[0].replace("*", "")


def fits(given: str, pattern: str) -> bool:
    if "*" not in pattern:
        return are_same_words(given, pattern) or are_same_numbers(given, pattern)
    first, *middle, last = (normalise(part) for part in pattern.split("*"))
    said = normalise(given)
    if not said.startswith(first):
        return False
    place = len(first)
    for part in middle:  # the earliest place leaves the most room; a regular expression would try all of them
        found = said.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return said.endswith(last) and len(said) - len(last) >= place
