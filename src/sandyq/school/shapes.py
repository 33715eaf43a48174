"""What a value from outside must be like before it is kept: readers' pages and every database have to take it."""

from __future__ import annotations

from typing import Any, Final, get_args, get_origin

from sandyq.school.errors import BadField

LARGEST: Final = 2**63 - 1
"""Of the numbers that every database has."""
LONGEST: Final = 200
"""Characters of a value that a sentence tells."""


def is_writable(value: Any) -> bool:
    """Whether all texts in a value are of whole characters without NUL, and all its numbers such as databases have.

    Half an emoji can be sent to no browser, NaN stands in no JSON: one such row would close a page to all its readers.
    """
    left = [value]
    while left:  # no recursion: nobody says how deep it goes
        each = left.pop()
        if isinstance(each, dict):
            left += [*each, *each.values()]
        elif isinstance(each, list):
            left += each
        elif isinstance(each, str):
            if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in each):
                return False
        elif isinstance(each, (int, float)) and not -LARGEST <= each <= LARGEST:  # NaN is nowhere
            return False
    return True


def has_shape(value: Any, kind: Any) -> bool:
    """Whether a value from JSON is what a column declares: ``list[str]``, ``dict[str, Any]``."""
    if kind is Any:
        return True
    if type(value) is not (get_origin(kind) or kind):
        return False
    inside = get_args(kind)
    each = value.values() if isinstance(value, dict) else value
    return not inside or all(has_shape(part, inside[-1]) for part in each)


def show_safely(value: Any) -> str:
    """Return a value as a sentence can hold it, whatever it is and however long."""
    return str(value)[:LONGEST].encode(errors="replace").decode()


def misfit(field: str, value: Any) -> BadField:
    """Return the error for a value that a field cannot hold."""
    return BadField(field, "'{value}' does not fit in '{field}'.", value=show_safely(value), field=field)
