"""Item analysis of an assignment: how hard each question was and whether it tells strong pupils from weak ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEW: Final = 15
"""Pupils below which discrimination says little."""
HARD: Final = 0.5
"""Mean share of points below which a question should be taught again."""


@dataclass(frozen=True)
class Item:
    """One question across the class."""

    name: str
    answered: int
    difficulty: float | None
    """Mean share of the points, 0 (nobody) to 1 (everybody): the classical p value. None: nobody's is marked yet."""
    discrimination: float | None
    """Correlation with the sum of the other questions, −1 to 1; None where one of the two does not vary.

    Of the others those count that are marked in all works: what waits for its teacher would count as wrong.
    """

    @property
    def to_reteach(self) -> bool:
        return self.difficulty is not None and self.difficulty < HARD


def analyse(points: Mapping[str, float], work: Sequence[Mapping[str, float]]) -> list[Item]:
    """Analyse questions: ``points`` by name, what each is worth; ``work``: a pupil's points by name, each.

    A pupil who has no points for a question yet does not count in it. Discrimination is the corrected item–total
    correlation (Crocker & Algina, Introduction to Classical and Modern Test Theory, 1986).
    """
    work = [each for each in work if each]
    marked = [name for name in points if all(name in each for each in work)]
    items = []
    for name, most in points.items():
        answered = [each for each in work if name in each]
        had = [each[name] for each in answered]
        rest = [sum(each[other] for other in marked if other != name) for each in answered]
        mean = sum(had) / len(had) / most if had and most else None
        items.append(Item(name, len(had), mean, correlate(had, rest)))
    return items


def correlate(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Pearson's correlation; None for fewer than three pairs, or where one of the two does not vary."""
    count = len(first)
    if count < 3:
        return None
    one, two = sum(first) / count, sum(second) / count
    products = sum((a - one) * (b - two) for a, b in zip(first, second, strict=True))
    spread = math.sqrt(sum((a - one) ** 2 for a in first) * sum((b - two) ** 2 for b in second))
    return products / spread if spread > 1e-12 else None
