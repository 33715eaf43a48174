"""Who takes 25 hours of a teacher who leaves in November."""

from __future__ import annotations

from typing import Final

from sandyq_widgets.cases import Choice, Value

PORTIONS: Final = {"m5": 5, "m6": 5, "a7": 5, "a8": 5, "i56": 2, "i79": 3}
"""Hours a week: maths in 5 and 6, algebra and geometry in 7 and 8, informatics."""
YOUNG: Final = ("m5", "m6", "i56")
MATHS: Final = ("m5", "m6", "a7", "a8")
CAN: Final = {
    "sapar": MATHS,
    "ahmet": MATHS,
    "kim": ("i56", "i79"),
    "bota": ("m5", "m6"),
    "remote": tuple(PORTIONS),
}
HAS: Final = {"sapar": 18, "ahmet": 20, "kim": 16, "bota": 22}
"""Hours a week already."""
PAY: Final = {"sapar": 11_000, "ahmet": 10_000, "kim": 9_000, "bota": 8_000}
"""Tenge a month for an hour a week."""
MOST: Final = 27
LOST: Final = {"monday": 0, "week": sum(PORTIONS.values()), "overlap": 0}
HANDED_OVER: Final = {"monday": 0, "week": 6, "overlap": 4}
OVERLAP_PAY: Final = 24_000


def follow(choice: Choice) -> dict[str, Value]:
    """Return hours and tenge a month; see the lesson's ``follows:``."""
    new = {who: sum(PORTIONS[part] for part in PORTIONS if choice[part] == who) for who in HAS}

    def hours(*parts: str, who: str) -> int:
        return sum(PORTIONS[part] for part in parts if choice[part] == who)

    return {
        "uncovered": hours(*PORTIONS, who="none"),
        "unfit": sum(
            size
            for part, size in PORTIONS.items()
            if choice[part] != "none" and part not in CAN[choice[part]]
        ),
        "over": sum(max(0, HAS[who] + new[who] - MOST) for who in HAS),
        "remote": hours(*PORTIONS, who="remote"),
        "remote_young": hours(*YOUNG, who="remote"),
        "biggest": max(new.values()),
        "lost": LOST[choice["start"]],
        "handover": HANDED_OVER[choice["start"]],
        "cost": sum(PAY[who] * new[who] for who in HAS)
        + (OVERLAP_PAY if choice["start"] == "overlap" else 0),
    }
