"""Numbers as people in Kazakhstan write them: ``1 234 567,89``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

SPACES: Final = " \u00a0\u202f\u2009"
"""Space, no-break space, narrow no-break space, thin space."""
_NUMBER: Final = re.compile(r"[+-]?(\d{1,3}( \d{3})+|\d+)([.,]\d+)?|[+-]?[.,]\d+")
_GROUPED: Final = re.compile(r"([+-]?\d{1,3}(?:,\d{3})+)(\.\d+)?|([+-]?\d{1,3}(?:\.\d{3})+)(,\d+)?")
_SIGNS: Final = {"en": (",", "."), "kk": ("\u00a0", ","), "ru": ("\u00a0", ",")}
"""Between thousands, before decimals."""


def write_number(value: int | Decimal, language: str) -> str:
    """Return a number as it is written in a language, with two decimals at most: ``1 234,5``, ``1,234.5``."""
    thousands, point = _SIGNS[language]
    text = f"{Decimal(value).quantize(Decimal('0.01')):,f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    return whole.replace(",", thousands).replace("-", "−") + (point + decimals if decimals else "")


def parse_number(text: str, unit: str = "") -> Decimal | None:
    """Return the number that was written, with or without its unit; None when it is no number.

    A comma or a point divides the decimals; spaces may divide thousands.
    """
    written = _bare(text, unit)
    if not _NUMBER.fullmatch(written):
        return None
    return Decimal(written.replace(" ", "").replace(",", "."))


def parse_grouped(text: str, unit: str = "") -> Decimal | None:
    """Return the number whose thousands a comma or a point divides, as English books do: ``6,155``, ``6,155.00``.

    None when it cannot be one. ``6,155`` may be meant as 6.155, too: :func:`parse_number` reads it so.
    """
    found = _GROUPED.fullmatch(_bare(text, unit))
    if found is None:
        return None
    whole, decimals = found[1] or found[3], found[2] or found[4] or ""
    return Decimal(re.sub("[,.]", "", whole) + decimals.replace(",", "."))


def _bare(text: str, unit: str) -> str:
    """Without its unit, with plain spaces and a plain minus, whichever dash was typed."""
    written = re.sub("[−–]", "-", text.translate({ord(space): " " for space in SPACES})).strip()
    if unit and written.casefold().endswith(unit.casefold()):
        written = written[: -len(unit)].rstrip()
    return written
