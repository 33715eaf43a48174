"""Questions of a survey of interests and what an answer to them says; known to portal, school and apps alike.

A question is kept as a plain dictionary (``Survey.questions``). An answer to it is, by kind: several: the numbers of
the options chosen · rank: the numbers of up to three options, the dearest first · scale: 1 … 5 · yesno: true or
false · text: a short text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

KINDS: Final = ("several", "rank", "scale", "yesno", "text")
BANDS: Final = {"1-4": (1, 4), "5-8": (5, 8), "9-11": (9, 11)}
"""Age bands: the first and the last grade of each."""
PLACES: Final = 3
"""How many options a child puts in order."""
STEPS: Final = 5
"""Of a scale."""
MOST_OPTIONS: Final = 9
"""One digit types one option in."""
MOST_QUESTIONS: Final = 40
LONGEST_TEXT: Final = 200
INTERESTED: Final = 4
"""From here on a step of the scale speaks for the chest."""
DEAREST: Final = 2
"""As many first places of an order speak for their chests."""
Texts = dict[str, str]
"""By language."""


def band_of(grade: int) -> str:
    """Return the age band of a grade from 1 to 11; the nearest for any other."""
    return next((band for band, (_first, last) in BANDS.items() if grade <= last), "9-11")


@dataclass(frozen=True)
class Option:
    text: Texts
    chest: int | None = None
    icon: str = ""
    """A Lucide icon's name."""


@dataclass(frozen=True)
class Question:
    id: str
    kind: str
    text: Texts
    bands: tuple[str, ...] = tuple(BANDS)
    options: tuple[Option, ...] = ()
    chest: int | None = None
    """Of which the whole question speaks (scale, yesno)."""
    low: Texts = field(default_factory=dict)
    """What 1 on the scale means."""
    high: Texts = field(default_factory=dict)
    source: str = "own"

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Return a kept question; ValueError when it is none."""
        try:
            options = tuple(Option(**option) for option in kept.get("options", ()))
            question = cls(**{**kept, "options": options, "bands": tuple(kept.get("bands", BANDS))})
        except (TypeError, AttributeError) as error:
            raise ValueError(f"This is no question: {error}.") from error
        if not question._is_well_formed():
            raise ValueError(
                f"Question '{question.id}' has parts that do not fit its kind '{question.kind}'."
            )
        return question

    def keep(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"bands": list(self.bands), "options": [asdict(each) for each in self.options]}

    def _is_well_formed(self) -> bool:
        texts = [self.text, self.low, self.high, *(option.text for option in self.options)]
        chests = [self.chest, *(option.chest for option in self.options)]
        return (
            self.kind in KINDS
            and isinstance(self.source, str)
            and all(
                re.fullmatch(r"[a-z0-9-]*", each)
                for each in (self.id, *(option.icon for option in self.options))
            )
            and all(band in BANDS for band in self.bands)
            and len(self.options) <= MOST_OPTIONS
            and all(_are_texts(text) for text in texts)
            and all(chest is None or type(chest) is int for chest in chests)
        )

    @property
    def has_options(self) -> bool:
        return self.kind in ("several", "rank")

    @property
    def is_complete(self) -> bool:
        """Whether it can be asked: it has its words, and options to choose from."""
        return bool(name_in(self.text)) and (
            not self.has_options
            or (len(self.options) >= 2 and all(name_in(option.text) for option in self.options))
        )

    def takes(self, answer: Any) -> bool:
        """Return whether this is an answer to it."""
        match self.kind:
            case "several" | "rank":
                most = MOST_OPTIONS if self.kind == "several" else PLACES
                return (
                    isinstance(answer, list)
                    and 0 < len(answer) <= most
                    and all(type(each) is int and 0 < each <= len(self.options) for each in answer)
                    and len(set(answer)) == len(answer)
                )
            case "scale":
                return type(answer) is int and 0 < answer <= STEPS
            case "yesno":
                return isinstance(answer, bool)
        return isinstance(answer, str) and 0 < len(answer.strip()) <= len(answer) <= LONGEST_TEXT

    def chosen(self, answer: Any) -> list[int]:
        """Return the numbers of the options that an answer speaks for."""
        return list(answer[:DEAREST] if self.kind == "rank" else answer) if self.has_options else []

    def wants(self, answer: Any) -> set[int]:
        """Return the chests that an answer speaks for."""
        chests = [self.options[number - 1].chest for number in self.chosen(answer)]
        if (self.kind == "scale" and answer >= INTERESTED) or (self.kind == "yesno" and answer):
            chests = [self.chest]
        return {chest for chest in chests if chest is not None}


def _are_texts(texts: Any) -> bool:
    return isinstance(texts, dict) and all(
        isinstance(each, str) and len(each) <= LONGEST_TEXT for each in texts.values()
    )


def name_in(texts: Texts, language: str = "") -> str:
    """Return the text in a language, else in one in which there is one."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def read_questions(kept: Iterable[Mapping[str, Any]]) -> list[Question]:
    return [Question.read(each) for each in kept]


def questions_for(questions: Iterable[Question], grade: int) -> list[Question]:
    """Return what a child of a grade is asked."""
    return [question for question in questions if band_of(grade) in question.bands]


def wanted_chests(questions: Sequence[Question], answers: Mapping[str, Any]) -> frozenset[int]:
    """Return the chests that a child's answers speak for."""
    said = (question.wants(answers[question.id]) for question in questions if question.id in answers)
    return frozenset().union(*said)
