"""What the sample school's centre and the large one of tests and benches share."""

from __future__ import annotations


def guess_sex(patronymic: str) -> str:
    """Return ``f`` or ``m`` as an invented patronymic says it; empty when it does not. Never for real people."""
    ending = patronymic.lower()
    if ending.endswith(("қызы", "кызы", "овна", "евна", "ична")):
        return "f"
    return "m" if ending.endswith(("ұлы", "улы", "ович", "евич", "ич")) else ""
