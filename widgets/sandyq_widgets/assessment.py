"""Is this answer right, and what should be said? Pure; the browser never sees what is not yet due."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, Note, ResponseError, Spec
from sandyq_widgets.portal import KeptAnswer

__all__ = ["MAX_LETTERS", "Outcome", "ResponseError", "Verdict", "assess", "recall"]

MAX_LETTERS: Final = 9_000
"""An answer of Kazakh letters, two bytes each, and what JSON adds stay within the portal's 20,000 bytes."""
_ROUNDED: Final = Fraction(1, 100)
"""Scores are kept with two decimals."""
Verdict = Literal["right", "partly", "wrong", "kept"]


@dataclass(frozen=True)
class Outcome:
    response: str
    """What is kept, readable to a teacher; a choice is kept as ``2) text``."""
    verdict: Verdict
    score: float | None
    max_score: int | None
    feedback: tuple[str, ...]
    """Markdown pieces, in order."""
    marks: tuple[bool, ...] = ()
    """Which parts are right, once that may be seen."""
    notes: tuple[Note, ...] = ()
    solution: str = ""
    """The right answer in Markdown, when there are no tries left."""


def assess(spec: Spec, response: object, tries: int) -> Outcome:
    """Judge a response after ``tries`` earlier ones: the hint comes first, the reason from the second try on.

    Raises :class:`ResponseError` when there is nothing to judge.
    """
    text = str(response if response is not None else "").strip()
    if len(text) > MAX_LETTERS:
        raise ResponseError(N_("This answer is too long. Make it shorter."))
    judgement = spec.judge(text)
    if judgement.share is None:
        return Outcome(judgement.said, "kept", None, None, judgement.feedback, notes=judgement.notes)
    return _close(spec, judgement, tries)


def recall(spec: Spec, kept: KeptAnswer) -> Outcome | None:
    """Return what was kept, in the standing that it earned: in another language its words may earn none.

    None when there is neither anything to show nor a standing.
    """
    share = Fraction(kept.score or 0) / Fraction(kept.max_score) if kept.max_score else None
    try:
        judgement = spec.judge(kept.response.strip())
    except ResponseError:  # in another language, or the lesson was changed since
        if share is None:
            return None
        judgement = Judgement(kept.response if spec.is_written else "", share)
    if judgement.share is None:
        return Outcome(judgement.said, "kept", None, None, judgement.feedback, notes=judgement.notes)
    if share is not None and abs(share - judgement.share) > _ROUNDED:  # what is said would be of other words
        judgement = Judgement(judgement.said, share)
    return _close(spec, judgement, max(0, kept.tries - 1))


def _close(spec: Spec, judgement: Judgement, tries: int) -> Outcome:
    share = judgement.share or 0
    right = share == 1
    is_last = bool(spec.tries) and tries + 1 >= spec.tries
    is_told = right or tries > 0 or is_last
    further = spec.reason if is_told else spec.hint
    if not (further or right or is_last):
        further = spec.hint  # where there is no reason the hint stays
    reasons = judgement.reasons if is_told or not spec.hint else ()
    score = float(round(spec.points * share, 2))
    return Outcome(
        judgement.said,
        "right" if right else "partly" if share else "wrong",
        int(score) if score.is_integer() else score,
        spec.points,
        tuple(piece for piece in (*judgement.feedback, *reasons, further) if piece),
        judgement.marks if is_told else (),
        judgement.notes,
        spec.tell() if is_last and not right else "",
    )
