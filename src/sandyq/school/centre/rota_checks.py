"""What a rota of the computer room must be like: one that its page cannot show would close that page to everybody."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy.orm import Session

from sandyq.rotas import DAYS, LESSONS_A_DAY, LIMITS, SHORTEST_TURN
from sandyq.school.centre.tables import Rota
from sandyq.school.errors import BadField

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check_rota(_session: Session, rota: Rota) -> None:
    """BadField for a rota without a name, and for one that is neither of a class nor of a week."""
    if not rota.name.strip():
        raise BadField("name", "Give the rota a name.")
    kinds = {"class": _is_of_class, "week": _is_of_week}
    fits = kinds.get(str(rota.about.get("mode")))
    if fits is None or not fits(rota.about):
        raise BadField("about", "These turns at the computers cannot be kept. Make the rota anew.")


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
