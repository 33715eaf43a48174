"""An item of the bank as text: its cell, what makes it the same item wherever it stands, how hard it was."""

from __future__ import annotations

import hashlib
import math
import re
import shlex
from typing import Final

FEWEST: Final = 10
"""First answers below which a share says nothing."""
_FIRST: Final = re.compile(r"%%([a-z]+)\b[ \t]*(.*)")
_OWN: Final = frozenset({"id", "points", "tries"})
"""Settings of the lesson's, not of the item's: with others it is the same item."""
Z95: Final = 1.959963984540054
"""The normal distribution's 97.5 % point."""


def read_kind(cell: str) -> str:
    """Return the kind of a question cell: ``choice`` of ``%%choice id=bus``; empty when it is none."""
    found = _FIRST.match(cell.lstrip())
    return found[1] if found else ""


def read_name(cell: str) -> str:
    """Return the name that a question cell gives its question."""
    return next((word[3:] for word in _split(cell)[1] if word.startswith("id=")), "")


def name_cell(cell: str, name: str) -> str:
    """Return a question cell under another name; one that cannot be read stays as it is."""
    kind, words, body = _split(cell)
    if not kind:
        return cell
    rest = [_write(word) for word in words if not word.startswith("id=")]
    return "\n".join([" ".join([f"%%{kind}", f"id={name}", *rest]), body])


def take_print(cell: str) -> str:
    """Return the same short text for cells that ask the same: without the question's name, points and tries."""
    kind, words, body = _split(cell)
    own = sorted(word for word in words if word.partition("=")[0] not in _OWN)
    lines = [line.rstrip() for line in body.strip().split("\n")]
    return hashlib.sha256("\n".join([kind, *own, *lines]).encode()).hexdigest()[:32]


def _split(cell: str) -> tuple[str, list[str], str]:
    first, _, body = cell.lstrip().partition("\n")
    found = _FIRST.fullmatch(first.strip())
    if not found:
        return "", [], cell
    try:
        return found[1], shlex.split(found[2]), body
    except ValueError:  # a quotation mark that is not closed
        return found[1], found[2].split(), body


def _write(word: str) -> str:
    """Return a setting as it is written: ``unit="км/сағ тез"``."""
    key, _, value = word.partition("=")
    return word if re.fullmatch(r"[^\s\"'\\]*", value) else f"{key}={shlex.quote(value)}"


def measure_interval(right: int, answered: int, z: float = Z95) -> tuple[float, float]:
    """Return between which shares (0 … 1) the true one lies, 95 times of 100: Wilson's score interval.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
    """
    if not 0 <= right <= answered or answered < 1:
        raise ValueError(f"{right} right of {answered} answers is no share.")
    share, square = right / answered, z * z
    middle = (share + square / (2 * answered)) / (1 + square / answered)
    half = (
        z * math.sqrt(share * (1 - share) / answered + square / (4 * answered**2)) / (1 + square / answered)
    )
    return max(0.0, min(middle - half, share)), min(
        1.0, max(middle + half, share)
    )  # of 0 and all they are exact
