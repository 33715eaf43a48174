"""Is this answer right, and what should be said? Pure; the browser never sees what is not yet due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sandyq_widgets.errors import N_
from sandyq_widgets.numbers import parse_number
from sandyq_widgets.parsing import ChoiceSpec, NumberSpec, OpenSpec, Spec

MAX_LETTERS: Final = 20_000
Verdict = Literal["right", "wrong", "kept"]


class ResponseError(ValueError):
    """There is no answer to judge yet; the message (in English, to be translated) says what to do."""


@dataclass(frozen=True)
class Outcome:
    response: str
    """What is kept, readable to a teacher; a choice is kept as ``2) text``."""
    verdict: Verdict
    score: int | None
    max_score: int | None
    feedback: tuple[str, ...]
    """Markdown pieces, in order."""


def assess(spec: Spec, response: object, tries: int) -> Outcome:
    """Judge a response after ``tries`` earlier ones: the hint comes first, the reason from the second try on.

    Raises :class:`ResponseError` when there is nothing to judge.
    """
    text = str(response if response is not None else "").strip()
    if len(text) > MAX_LETTERS:
        raise ResponseError(N_("This answer is too long. Make it shorter."))
    if isinstance(spec, ChoiceSpec):
        return _assess_choice(spec, text, tries)
    if isinstance(spec, NumberSpec):
        return _assess_number(spec, text, tries)
    return _assess_open(spec, text)


def read_choice(spec: ChoiceSpec, text: str) -> int | None:
    """Return the index of an option from ``2`` or a kept ``2) text``, in whatever language it was kept."""
    number = text.partition(")")[0]
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(spec.options):
        return None
    return int(number) - 1


def _assess_choice(spec: ChoiceSpec, text: str, tries: int) -> Outcome:
    index = read_choice(spec, text)
    if index is None:
        raise ResponseError(N_("Choose one of the answers first."))
    option = spec.options[index]
    said = f"{index + 1}) {option.text}"
    return _closed(spec, said, option.right, option.feedback, tries)


def _assess_number(spec: NumberSpec, text: str, tries: int) -> Outcome:
    value = parse_number(text, spec.unit)
    if value is None:
        raise ResponseError(N_("This is not a number yet. Write it in digits, for example 1 234,5"))
    right = abs(value - spec.answer) <= spec.tolerance
    own = next((feedback for wrong, feedback in spec.wrong if wrong == value), "")
    return _closed(spec, text, right, "" if right else own, tries)


def _closed(spec: ChoiceSpec | NumberSpec, said: str, right: bool, own: str, tries: int) -> Outcome:
    further = spec.reason if right or tries else spec.hint
    feedback = tuple(piece for piece in (own, further) if piece)
    return Outcome(said, "right" if right else "wrong", spec.points if right else 0, spec.points, feedback)


def _assess_open(spec: OpenSpec, text: str) -> Outcome:
    if not text:
        raise ResponseError(N_("Write your answer first."))
    short = len(text.split()) < spec.min_words
    return Outcome(text, "kept", None, None, (spec.hint,) if short and spec.hint else ())
