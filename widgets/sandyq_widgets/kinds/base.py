"""What all kinds of questions share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any, ClassVar, Self, TypeVar

from sandyq_widgets.draft import Draft
from sandyq_widgets.markdown import keep_line

T = TypeVar("T")


class ResponseError(ValueError):
    """There is no answer to judge yet; the message (in English, to be translated) says what to do."""


@dataclass(frozen=True)
class Note:
    """Something that Sandyq itself says about an answer, to be worded in the visitor's language."""

    message: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    said: str
    """The answer as it is kept, readable to a teacher."""
    share: Fraction | None
    """How much of it is right, 0 to 1; None when a person must read it."""
    feedback: tuple[str, ...] = ()
    """The author's words about this very answer, Markdown."""
    reasons: tuple[str, ...] = ()
    """What the author says of single parts, Markdown: it shows which are wrong, so it comes with the reason."""
    marks: tuple[bool, ...] = ()
    """Which parts of the answer are right, in the order in which the page shows them."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A question; its subclasses are the kinds."""

    id: str
    text: str
    points: int = 1
    tries: int = 0
    """How often it may be tried; 0: as often as one likes."""
    hint: str = ""
    reason: str = ""
    rubric: str = ""
    """For the teacher who marks it."""
    is_written: ClassVar[bool] = False
    """Answers are the visitor's own words, shown as they are whatever they are worth."""
    kind: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ("id", "points", "tries")
    """What may stand behind ``%%kind``."""
    labels: ClassVar[tuple[str, ...]] = ("hint", "reason")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        """Make the question from its draft; raise :class:`QuestionError` naming the line and the fix."""
        raise NotImplementedError

    @property
    def keys(self) -> tuple[object, ...]:
        """What must agree between the languages of a lesson."""
        return ()

    def face(self) -> dict[str, Any]:
        """What the page gets to know: nothing that is not yet due."""
        return {}

    def judge(self, response: str) -> Judgement:
        """Judge an answer as the page sends it or as it was kept; :class:`ResponseError` when there is none."""
        raise NotImplementedError

    def solve(self) -> str:
        """The right answer, as the page would send it; empty when there is none."""
        return ""

    def tell(self) -> str:
        """The right answer in Markdown, for people."""
        return "\n\n".join(keep_line(_PLACE.sub("", line)) for line in self.solve().split("\n"))

    def tell_key(self) -> str:
        """The right answer in Markdown with all that belongs to it, for teachers."""
        return self.tell()

    @classmethod
    def common(cls, draft: Draft) -> dict[str, Any]:
        """The settings and labels that most kinds have."""
        return {
            "id": draft.name,
            "points": draft.points(),
            "tries": draft.tries(),
            "hint": draft.label("hint"),
            "reason": draft.label("reason"),
        }


def shuffle(name: str, items: Sequence[T]) -> list[T]:
    """Mix items, always the same way for one question, and never into the order they came in."""
    mixed = list(items)
    random = Random(f"{name}/{len(mixed)}")  # noqa: S311 # a lesson is no lottery
    while len(mixed) > 1 and mixed == list(items):
        random.shuffle(mixed)
    return mixed


_PLACE = re.compile(r"^\d+(→\d+)?\) ")
_NUMBERED = re.compile(r" *([0-9]{1,3})(?:\)|$)")


def read_numbers(response: str, count: int) -> list[int]:
    """Return the indices of ``2)`` or a kept ``2) text``, one a line; those out of range are left out."""
    found = (_NUMBERED.match(line) for line in response.split("\n"))
    return [int(each[1]) - 1 for each in found if each and 1 <= int(each[1]) <= count]


def write_numbers(indices: Iterable[int], texts: Sequence[str]) -> str:
    return "\n".join(f"{index + 1}) {texts[index]}" for index in indices)
