"""Words that are missing in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec, shuffle
from sandyq_widgets.markdown import render_block
from sandyq_widgets.words import are_same_words

_GAP: Final = re.compile(r"\[\[(.*?)\]\]")
_WRITTEN: Final = re.compile(r" *(\d{1,3})\) ?(.*)")
OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters that stand for a gap while the text is rendered."""


@dataclass(frozen=True, kw_only=True)
class GapsSpec(Spec):
    """A text with gaps ``[[word|another accepted word]]``, typed in or, with ``words:``, chosen."""

    body: str
    gaps: tuple[tuple[str, ...], ...]
    """For each gap the words that are accepted, the best first."""
    bank: tuple[str, ...] = ()
    """Words to choose from; empty when they are typed in."""
    kind: ClassVar[str] = "gaps"
    labels: ClassVar[tuple[str, ...]] = ("words", "hint", "reason")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        start = next((n for n, (_, line) in enumerate(draft.lines) if "[[" in line), len(draft.lines))
        text = draft.require_text("\n".join(line for _, line in draft.lines[:start]).strip())
        gaps: list[tuple[str, ...]] = []
        for number, line in draft.lines[start:]:
            for found in _GAP.findall(line):
                accepted = tuple(word.strip() for word in found.split("|"))
                if not all(accepted):
                    raise draft.error(number, N_("a gap is empty. Write the word between [[ and ]]."))
                gaps.append(accepted)
            if line.count("[[") != line.count("]]"):
                raise draft.error(number, N_("a gap is not closed. Write it like [[word]]."))
        if not gaps:
            message = N_("there is no gap. Write the question, and below it a text with gaps like [[word]].")
            raise draft.error(draft.end, message)
        body = "\n".join(line for _, line in draft.lines[start:])
        bank: tuple[str, ...] = ()
        if draft.labelled("words"):
            more = [word.strip() for word in draft.label("words").split(",") if word.strip()]
            bank = tuple(shuffle(draft.name, list(dict.fromkeys([*(gap[0] for gap in gaps), *more]))))
        return cls(text=text, body=body, gaps=tuple(gaps), bank=bank, **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return (len(self.gaps), bool(self.bank))

    def face(self) -> dict[str, Any]:
        numbers = iter(range(len(self.gaps)))
        html = render_block(_GAP.sub(lambda _: f"{OPEN}{next(numbers)}{CLOSE}", self.body))
        body = re.sub(f"{OPEN}(\\d+){CLOSE}", r'<span data-gap="\1"></span>', html)
        longest = max(len(word) for gap in self.gaps for word in gap)
        return {"body": body, "bank": list(self.bank), "size": longest + 2}

    def judge(self, response: str) -> Judgement:
        found = (_WRITTEN.fullmatch(line) for line in response.split("\n"))
        given = {int(each[1]) - 1: each[2].strip() for each in found if each and each[2].strip()}
        if not any(index in given for index in range(len(self.gaps))):
            raise ResponseError(N_("Fill in at least one gap first."))
        words = [given.get(index, "") for index in range(len(self.gaps))]
        marks = tuple(
            any(are_same_words(word, right) for right in accepted)
            for word, accepted in zip(words, self.gaps, strict=True)
        )
        return Judgement(_write(words), Fraction(sum(marks), len(marks)), marks=marks)

    def solve(self) -> str:
        return _write([accepted[0] for accepted in self.gaps])


def _write(words: list[str]) -> str:
    return "\n".join(f"{index + 1}) {word}" for index, word in enumerate(words))
