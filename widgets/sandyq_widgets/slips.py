"""Cells that are nearly questions: what was meant, and how it is told."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from sandyq.search import fold
from sandyq_widgets.errors import N_, QuestionError
from sandyq_widgets.kinds import KINDS

QUESTION: Final = re.compile(rf"\s*%%(?:{'|'.join(KINDS)})(?:\s|$)")
BEGINNING: Final = re.compile(r"(%%?) *(\w+)")
_SHOWN: Final = re.compile(r"^ *(```+)text\b.*?^ *\1", re.DOTALL | re.MULTILINE)
"""A block that shows how a question is written."""
_FOLDED: Final = {fold(kind): kind for kind in KINDS}
_NEAR: Final = 0.75
"""How much of two words is the same when one is a kind mistyped and not one of IPython's own magics."""


def find_kind(word: str, near: float = 0.6) -> str:
    """Return the kind that a word is most like; empty where it is like none. ``near``: 0 to 1."""
    close = get_close_matches(fold(word), _FOLDED, 1, near)
    return _FOLDED[close[0]] if close else ""


def find_misplaced(lines: list[str]) -> int:
    """Return the line, from 1, on which a question begins below others; 0: none does."""
    return next((number for number, line in enumerate(lines, start=1) if QUESTION.match(line)), 0)


def find_slip(source: str) -> QuestionError | None:
    """Return what is wrong with a cell that is no question but was meant to be one."""
    lines = source.split("\n")
    found = BEGINNING.match(lines[0])
    if found is None:
        place = find_misplaced(lines)
        return word_misplaced(place, lines[place - 1].split()[0]) if place else None
    kind = find_kind(found[2], _NEAR)
    return word_misspelt(found[0], kind) if kind else None


def find_loose(text: str) -> QuestionError | None:
    """Return what is wrong with a text cell that holds a question: pupils would read it there, and its key."""
    shown = _SHOWN.sub(lambda block: "\n" * block[0].count("\n"), text)
    place = find_misplaced(shown.split("\n"))
    if not place:
        return None
    message = N_(
        "“{found}” stands in a text, where pupils read its key. Begin its cell with a line {cell}, "
        "or with {shown} where it is only an example."
    )
    found = text.split("\n")[place - 1].split(maxsplit=1)[0]
    return QuestionError("?", place, message, found=found, cell="```{code-cell}", shown="```text")


def word_misspelt(found: str, kind: str) -> QuestionError:
    """``kind`` is empty where nobody knows what was meant."""
    message = N_("“{found}” is no question. Write %%{kind}, without spaces, in small Latin letters.")
    if not kind:
        message = N_("“{found}” is no question. A cell begins with one of: {known}")
    known = ", ".join(f"%%{kind}" for kind in KINDS)
    return QuestionError("?", 1, message, found=found, kind=kind, known=known)


def word_misplaced(place: int, found: str) -> QuestionError:
    """Something stands above a question's first line."""
    message = N_("“{found}” is to be the first line of its cell. Put what stands above it into a text cell.")
    return QuestionError("?", place, message, found=found)
