"""Finding words whichever keyboard typed them: Kazakh letters without their tails, Latin letters that look alike."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_KAZAKH: Final = dict(zip("қәіөұүғңһё", "каиоуугнхе", strict=True))
_LATIN: Final = dict(zip("acehikmoptxybəɵ", "асехикмортхувао", strict=True))
_PLAIN: Final = str.maketrans(_KAZAKH | _LATIN)
_WORD: Final = re.compile(r"\w(?:[\w.-]*\w)?")


def fold(text: str) -> str:
    """Return text as it is compared: «Құпиясөз» and «купиясоз» are the same, so are Cyrillic and Latin «сор»."""
    return unicodedata.normalize("NFC", text).casefold().translate(_PLAIN)


def holds_words(query: str, folded: str) -> bool:
    """Does a folded text hold every word of the query, or the beginning of a longer one?"""
    return all(word in folded for word in _WORD.findall(fold(query)))
