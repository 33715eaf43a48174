"""Words that are missing in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec, shuffle
from sandyq_widgets.kinds.match import read_places
from sandyq_widgets.markdown import render_block
from sandyq_widgets.numbers import parse_number
from sandyq_widgets.words import are_same_numbers, are_same_words, normalise, undress

_GAP: Final = re.compile(r"\[\[(.*?)\]\]")
_SINGLE: Final = re.compile(r"(?<![\[\w])\[\w[^\[\]\d]*\](?!\])")
_WITH_UNIT: Final = re.compile(r"(.*\d) ?(\D+)")
_WRITTEN: Final = re.compile(r" *(\d{1,3})\) ?(.*)")
OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters that stand for a gap while the text is rendered."""


@dataclass(frozen=True, kw_only=True)
class GapsSpec(Spec):
    """A text with gaps ``[[word|another accepted word]]``, typed in or, with ``words:``, chosen."""

    body: str
    gaps: tuple[tuple[str, ...], ...]
    """For each gap the words that are accepted, the best first."""
    words: tuple[str, ...] = ()
    """Words to choose from, first the gaps' own, in the same order in all languages; empty when they are typed in."""
    kind: ClassVar[str] = "gaps"
    labels: ClassVar[tuple[str, ...]] = ("words", "hint", "reason")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        start = next((n for n, (_, line) in enumerate(draft.lines) if "[[" in line), len(draft.lines))
        text = "\n".join(line for _, line in draft.lines[:start]).strip()
        if not text and start < len(draft.lines):
            message = N_(
                "nothing says what is to be done. Write it on a line of its own, above the text with gaps."
            )
            raise draft.error(draft.lines[start][0], message)
        draft.require_text(text)
        gaps: list[tuple[str, ...]] = []
        for number, line in draft.lines[start:]:
            for found in _GAP.findall(line):
                accepted = tuple(word.strip() for word in found.split("|"))
                if not all(accepted) or "[[" in found:
                    raise draft.error(number, N_("a gap is empty. Write the word between [[ and ]]."))
                gaps.append(accepted)
            if line.count("[[") != line.count("]]"):
                raise draft.error(number, N_("a gap is not closed. Write it like [[word]]."))
            single = (
                _SINGLE.search(line) if "`" not in line and "=" not in line else None
            )  # code has brackets
            if single:
                raise draft.error(number, N_("“{found}” is no gap. Write it like [[word]]."), found=single[0])
        if not gaps:
            message = N_("there is no gap. Write the question, and below it a text with gaps like [[word]].")
            raise draft.error(draft.end, message)
        body = "\n".join(line for _, line in draft.lines[start:])
        draft.check_below(lambda line: "[[" in line)
        more = _read_words(draft)
        words = () if more is None else (*(gap[0] for gap in gaps), *more)
        return cls(text=text, body=body, gaps=tuple(gaps), words=words, **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        """Words differ from language to language; what is a number does not."""
        numbers = ((place, parse_number(gap[0])) for place, gap in enumerate(self.gaps, start=1))
        told = (f"{place}: {value.normalize():f}" for place, value in numbers if value is not None)
        return (len(self.gaps), len(self.words), *told)

    @property
    def bank(self) -> tuple[str, ...]:
        """The words as they are shown: mixed, each once."""
        return tuple(shuffle(self.id, list(dict.fromkeys(self.words))))

    def face(self) -> dict[str, Any]:
        numbers = iter(range(len(self.gaps)))
        html = render_block(_GAP.sub(lambda _: f"{OPEN}{next(numbers)}{CLOSE}", self.body))
        body = re.sub(f"{OPEN}(\\d+){CLOSE}", r'<span data-gap="\1"></span>', html)
        longest = max(len(word) for gap in self.gaps for word in gap)
        return {"body": body, "bank": list(self.bank), "size": longest + 2}

    def judge(self, response: str) -> Judgement:
        given = self._read_chosen(response) if self.words else _read_typed(response)
        if not any(index in given for index in range(len(self.gaps))):
            raise ResponseError(N_("Fill in at least one gap first."))
        words = [given.get(index, "") for index in range(len(self.gaps))]
        behind = _GAP.split(self.body)[2::2]
        marks = tuple(
            any(self._fits(each, accepted) for each in self._readings(word, text))
            for word, accepted, text in zip(words, self.gaps, behind, strict=True)
        )
        return Judgement(self._write(words), Fraction(sum(marks), len(marks)), marks=marks)

    def _readings(self, word: str, behind: str) -> Iterator[str]:
        """Give a word as it was typed, without its signs, and a number without the unit that stands behind the gap."""
        yield word
        if self.words or "`" in self.body:  # what is chosen, and code, is exact
            return
        yield undress(word)
        found = _WITH_UNIT.fullmatch(normalise(undress(word)))
        if found and re.match(rf"\W*{re.escape(found[2])}(?!\w)", normalise(behind)):
            yield found[1]

    def _fits(self, word: str, accepted: Sequence[str]) -> bool:
        if word in accepted:
            return True
        if word in self.words[len(self.gaps) :]:  # a word too many may differ in a capital or a dash only
            return False
        is_number = "`" not in self.body  # in code a comma is no point
        return any(
            are_same_words(word, right) or (is_number and are_same_numbers(word, right)) for right in accepted
        )

    def solve(self) -> str:
        return self._write([accepted[0] for accepted in self.gaps])

    def _read_chosen(self, response: str) -> dict[int, str]:
        """Return word by gap from ``1→3)``, kept in any language, or from ``1) word``, as it was kept in this one."""
        places = read_places(response, len(self.gaps), len(self.words))
        chosen = {gap: self.words[number] for gap, number in places.items()}
        typed = {gap: word for gap, word in _read_typed(response).items() if word in self.words}
        return typed | chosen

    def _write(self, words: Sequence[str]) -> str:
        if not self.words:
            return "\n".join(f"{gap}) {word}" for gap, word in enumerate(words, start=1))
        lines = []
        for gap, word in enumerate(words):
            if word:  # a gap's own word first: in another language it may be another's, too
                number = gap if self.words[gap] == word else self.words.index(word)
                lines.append(f"{gap + 1}→{number + 1}) {word}")
        return "\n".join(lines)


def _read_typed(response: str) -> dict[int, str]:
    found = (_WRITTEN.fullmatch(line) for line in response.split("\n"))
    return {int(each[1]) - 1: each[2].strip() for each in found if each and each[2].strip()}


def _read_words(draft: Draft) -> list[str] | None:
    """Return the words that are offered besides the gaps' own; None when none are offered at all."""
    for block in draft.labelled("words"):
        for number, line in enumerate(block.lines, start=block.line):
            if "; " in line:
                message = N_("“{found}”: divide the words by commas.")
                raise draft.error(number, message, found=line.strip())
        return [word.strip() for line in block.lines for word in line.split(",") if word.strip()]
    return None
