"""One answer among several, right or merely one's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import DASHES, LIKE_OPTION, Draft, Item, split_feedback
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec, read_numbers, write_numbers
from sandyq_widgets.markdown import render_line

_LINE: Final = re.compile(
    rf"[{re.escape(DASHES)}]\s*\[\s*([xXхХ]?)\s*\]\s*(.*)"
)  # х: the Cyrillic letter looks the same


def read_options(draft: Draft) -> tuple[str, tuple[Item, ...]]:
    """Return the text and the answers ``- [ ] text | feedback``."""
    text, lines = draft.cut(LIKE_OPTION.match, "- [ ] …")
    draft.check_below(LIKE_OPTION.match)
    options: list[Item] = []
    for number, line in lines:
        found = _LINE.fullmatch(line)
        if not found:
            message = N_(
                "an answer is written “- [ ] text” or, the right one, “- [x] text”; here is “{found}”."
            )
            raise draft.error(number, message, found=line)
        answer, feedback = split_feedback(found[2])
        draft.require_new(number, answer, [option.text for option in options])
        options.append(Item(number, answer, bool(found[1]), feedback))
    draft.require_items(options, 2, "- [ ] …")
    return text, tuple(options)


@dataclass(frozen=True, kw_only=True)
class ChoiceSpec(Spec):
    """One right answer among several."""

    options: tuple[Item, ...]
    kind: ClassVar[str] = "choice"

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, options = read_options(draft)
        right = sum(option.mark for option in options)
        if right != 1:
            message = N_("exactly one answer must be marked right with - [x]; now there are {count}.")
            raise draft.error(draft.end, message, count=right)
        return cls(text=text, options=options, **cls.common(draft))

    @property
    def keys(self) -> tuple[object, ...]:
        return tuple(option.mark for option in self.options)

    def face(self) -> dict[str, Any]:
        return {"options": [render_line(option.text) for option in self.options]}

    def judge(self, response: str) -> Judgement:
        index = pick_one(response, self.options)
        option = self.options[index]
        feedback = (option.feedback,) if option.feedback else ()
        return Judgement(_say(index, self.options), Fraction(int(option.mark)), feedback)

    def solve(self) -> str:
        return write_numbers([self.keys.index(True)], [option.text for option in self.options])


@dataclass(frozen=True, kw_only=True)
class PollSpec(Spec):
    """What one thinks: there is no right answer, and the class sees how the answers spread."""

    options: tuple[Item, ...]
    points: int = 0
    kind: ClassVar[str] = "poll"
    settings: ClassVar[tuple[str, ...]] = ("id",)
    labels: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text, options = read_options(draft)
        marked = next((option for option in options if option.mark), None)
        if marked:
            message = N_("a poll has no right answer. Write - [ ] here, or use %%choice.")
            raise draft.error(marked.line, message)
        return cls(id=draft.name, text=text, options=options)

    @property
    def keys(self) -> tuple[object, ...]:
        return (len(self.options),)

    def face(self) -> dict[str, Any]:
        return {"options": [render_line(option.text) for option in self.options]}

    def judge(self, response: str) -> Judgement:
        index = pick_one(response, self.options)
        feedback = self.options[index].feedback
        return Judgement(_say(index, self.options), None, (feedback,) if feedback else ())


def pick_one(response: str, options: tuple[Item, ...]) -> int:
    """Return the index of the option chosen, in whatever language it was kept."""
    indices = read_numbers(response, len(options))
    if len(indices) != 1:
        raise ResponseError(N_("Choose one of the answers first."))
    return indices[0]


def _say(index: int, options: tuple[Item, ...]) -> str:
    return write_numbers([index], [option.text for option in options])
