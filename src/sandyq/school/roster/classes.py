"""The names of classes: ``7A`` in Latin, ``7 «а»``, ``7-А сынып`` and ``7А`` are one class."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sandyq.school.alphabets import TO_CYRILLIC
from sandyq.school.names import clean_text

GRADES: Final = range(1, 12)
_NOISE: Final = re.compile(r"СЫНЫБЫ|СЫНЫП|КЛАССЫ|КЛАСС|КЛ\b|CLASS|GRADE|[\"'«»“”„‘’`().]")
_PLAIN: Final = re.compile(r"(\d{1,2})\s*[-–—_/]?\s*([А-ЯЁӘҒҚҢӨҰҮҺІ]?)")
_COMBINED: Final = re.compile(r"(\d{1,2})\s*[-–—,+/&]\s*(\d{1,2})")
DATE: Final = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}\.(янв|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя|дек|қаң|ақп)\w*"
)


class ClassName(NamedTuple):
    name: str
    grades: tuple[int, ...]


def parse_class(text: str) -> ClassName | None:
    """Return the class that a text means, or None: ``7-А`` → 7А, ``2-4`` → the combined class 2–4."""
    upper = _NOISE.sub(" ", clean_text(text).upper()).strip()
    plain = " ".join(upper.translate(TO_CYRILLIC).split())
    if found := _COMBINED.fullmatch(plain):
        low, high = int(found[1]), int(found[2])
        return ClassName(f"{low}–{high}", (low, high)) if low < high and {low, high} <= set(GRADES) else None
    if (found := _PLAIN.fullmatch(plain)) and int(found[1]) in GRADES:
        return ClassName(f"{int(found[1])}{found[2]}", (int(found[1]),))
    return None
