"""Numbers as people in Kazakhstan write them: ``1 234 567,89``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

SPACES: Final = " \u00a0\u202f\u2009"
"""Space, no-break space, narrow no-break space, thin space."""
_NUMBER: Final = re.compile(r"[+-]?(\d{1,3}( \d{3})+|\d+)([.,]\d+)?|[+-]?[.,]\d+")


def parse_number(text: str, unit: str = "") -> Decimal | None:
    """Return the number that was written, with or without its unit; None when it is no number.

    A comma or a point divides the decimals; spaces may divide thousands.
    """
    written = text.translate({ord(space): " " for space in SPACES}).replace("−", "-").strip()
    if unit and written.casefold().endswith(unit.casefold()):
        written = written[: -len(unit)].rstrip()
    if not _NUMBER.fullmatch(written):
        return None
    return Decimal(written.replace(" ", "").replace(",", "."))
