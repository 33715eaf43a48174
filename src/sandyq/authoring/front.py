"""What the front matter of any text must say: known keys in a known form, minutes at the screen, sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq.authoring.text import Text

SCREEN_MINUTES: Final = {
    **dict.fromkeys([1], 15),
    **dict.fromkeys([2, 3], 20),
    **dict.fromkeys([4, 5, 6, 7, 8], 25),
    **dict.fromkeys([9, 10, 11], 30),
}
"""Grade → minutes at a screen without a break in one lesson (the sanitary rules of Kazakhstan)."""
TOO_LONG: Final = N_("{value} minutes are too many: the limit of grade {grade} is {limit}. Shorten it.")
TRACKS: Final = ("pupils", "teachers", "leaders", "adults")
TRANSLATIONS: Final = ("source", "draft", "reviewed")
SOURCE: Final = ("what", "where", "licence")
"""What is said of every source."""


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\n" not in value.strip()


def is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def is_grades(value: Any) -> bool:
    return isinstance(value, list) and all(
        type(grade) is int and grade in SCREEN_MINUTES for grade in value
    )  # true is no grade


def is_minutes(value: Any) -> bool:
    return type(value) is int and value > 0


FORMS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "title": (is_text, "title: Менің құпиясөзім"),
    "summary": (is_text, "summary: …"),
    "grades": (is_grades, "grades: [3, 4, 5]"),
    "minutes": (is_minutes, "minutes: 20"),
    "sources": (is_list, 'sources: [{what: "…", where: "…", licence: "…"}]'),
}


def check_keys(
    text: Text,
    keys: tuple[str, ...],
    allowed: Mapping[str, tuple[str, ...]],
    forms: Mapping[str, tuple[Callable[[Any], bool], str]],
) -> Iterator[Problem]:
    """All ``keys`` and no others; values among those ``allowed`` and in the right form."""
    for key in keys:
        if key not in text.front:
            yield make_problem(text.path, 1, N_("the front matter lacks “{key}:”. Add it."), key=key)
    for key in text.front:
        if key not in keys:
            yield tell_key(
                text, key, N_("“{key}:” is not known. It may be one of: {known}."), known=", ".join(keys)
            )
    for key, values in allowed.items():
        if text.front.get(key, values[0]) not in values:
            yield tell_key(
                text, key, N_("“{key}” is “{value}”. Use one of: {known}."), known=", ".join(values)
            )
    for key, (is_good, form) in forms.items():
        if key in text.front and not is_good(text.front[key]):
            yield tell_key(text, key, N_("“{key}” is “{value}”. Write it like: {form}"), form=form)


def tell_key(text: Text, key: str, message: str, **values: Any) -> Problem:
    """Word a problem with a key of the front matter; ``message`` may name ``{key}`` and its ``{value}``."""
    value = text.front.get(key)
    return make_problem(text.path, text.find_line(key), message, key=key, value=value, **values)


def check_screen_time(text: Text) -> Iterator[Problem]:
    """What is for pupils names its grades and fits the shortest screen time among them."""
    grades: Any = text.front.get("grades")
    minutes: Any = text.front.get("minutes")
    if not is_grades(grades) or not is_minutes(minutes):
        return  # told by check_keys
    if text.front.get("track") == "pupils" and not grades:
        message = N_("what is for pupils needs its grades. Write it like: {form}")
        yield tell_key(text, "grades", message, form="grades: [3, 4, 5]")
    for grade in sorted(grades)[:1]:
        if minutes > SCREEN_MINUTES[grade]:
            yield tell_key(text, "minutes", TOO_LONG, grade=grade, limit=SCREEN_MINUTES[grade])


def check_sources(text: Text) -> Iterator[Problem]:
    """Each fact and data set says what it is, where it comes from and under which licence."""
    sources = text.front.get("sources")
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        said = source if isinstance(source, dict) else {}
        missing = [key for key in SOURCE if not is_text(said.get(key))]
        if missing:
            message = N_("source {number} lacks {missing}. Write it like: {form}")
            yield make_problem(
                text.path,
                text.find_item("sources", number),
                message,
                number=number + 1,
                missing=", ".join(f"“{key}”" for key in missing),
                form='{what: "…", where: "…", licence: "…"}',
            )


def compare_front(first: Text, other: Text, keys: Iterable[str]) -> Iterator[Problem]:
    """What stands in the front matter of one language stands in the other's."""
    for key in keys:
        if first.front.get(key) != other.front.get(key):
            message = N_("“{key}” is “{value}”, but “{expected}” in {other}. Make them the same.")
            yield make_problem(
                other.path,
                other.find_line(key),
                message,
                key=key,
                value=other.front.get(key),
                expected=first.front.get(key),
                other=first.path.name,
            )
