"""What a rota of the computer room may be: the app's forms ask for no more, the school keeps and shows no more."""

from __future__ import annotations

import re
from typing import Any, Final

DAYS: Final = 5
LESSONS_A_DAY: Final = 7
SHORTEST_TURN: Final = 8
"""Minutes at the computers: in less nobody gets anywhere (a choice of ours)."""
LIMITS: Final = {"computers": (1, 60), "minutes": (20, 90), "edges": (0, 60), "a_day": (1, LESSONS_A_DAY)}
"""The least and the most of each number; ``minutes`` of a lesson, ``edges`` of them without computers."""
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def is_rota(about: object) -> bool:
    """Whether it is a rota of a class or of a week: one that a page can show."""
    if not isinstance(about, dict):
        return False
    fits = {"class": _is_of_class, "week": _is_of_week}.get(str(about.get("mode")))
    return fits is not None and fits(about)


def _is_of_class(about: dict[str, Any]) -> bool:
    start = about.get("start")
    return (
        all(_is_within(about, name) for name in ("computers", "minutes", "edges"))
        and about["minutes"] - about["edges"] >= SHORTEST_TURN
        and _is_whole(about.get("class"))
        and isinstance(start, str)
        and _CLOCK.fullmatch(start) is not None
        and isinstance(about.get("pairs"), bool)
    )


def _is_of_week(about: dict[str, Any]) -> bool:
    classes = about.get("classes")
    return (
        all(_is_within(about, name) for name in ("computers", "a_day"))
        and _are_lessons(about.get("free"))
        and about["free"] != []
        and isinstance(classes, list)
        and classes != []
        and all(isinstance(each, dict) for each in classes)
        and all(_is_whole(each.get("class")) and _are_lessons(each.get("cannot")) for each in classes)
    )


def _is_whole(value: object) -> bool:
    return type(value) is int  # a bool is none


def _is_within(about: dict[str, Any], name: str) -> bool:
    least, most = LIMITS[name]
    return _is_whole(about.get(name)) and least <= about[name] <= most


def _are_lessons(value: object) -> bool:
    """Whether it is a list of ``[day, lesson]``; days from 0, lessons from 1."""
    return isinstance(value, list) and all(
        isinstance(each, list)
        and len(each) == 2
        and all(map(_is_whole, each))
        and 0 <= each[0] < DAYS
        and 1 <= each[1] <= LESSONS_A_DAY
        for each in value
    )
