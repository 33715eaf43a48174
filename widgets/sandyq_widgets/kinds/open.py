"""Free text, which a person reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sandyq_widgets.draft import Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, ResponseError, Spec


@dataclass(frozen=True, kw_only=True)
class OpenSpec(Spec):
    """Free text; it carries no points of its own. Its rubric is the teacher's and never travels to the page."""

    points: int = 0
    min_words: int = 0
    is_written: ClassVar[bool] = True
    kind: ClassVar[str] = "open"
    settings: ClassVar[tuple[str, ...]] = ("id", "min_words")
    labels: ClassVar[tuple[str, ...]] = ("hint", "rubric")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        return cls(
            id=draft.name,
            text=draft.read_text(),
            min_words=draft.whole("min_words", 0),
            rubric=draft.label("rubric"),
            hint=draft.label("hint"),
        )

    def face(self) -> dict[str, Any]:
        return {"min_words": self.min_words}

    def judge(self, response: str) -> Judgement:
        if not response:
            raise ResponseError(N_("Write your answer first."))
        short = len(response.split()) < self.min_words
        return Judgement(response, None, (self.hint,) if short and self.hint else ())
