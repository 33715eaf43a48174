"""Cyrillic and Latin letters that look alike, and Kazakh and Russian Cyrillic in plain Latin letters."""

from __future__ import annotations

import unicodedata
from typing import Final

_CYRILLIC_TWINS: Final = "АВСЕНІКМОРТХУаеіоросхуһ"
_LATIN_TWINS: Final = "ABCEHIKMOPTXYaeiopocxyh"
TO_CYRILLIC: Final = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)
TO_LATIN: Final = str.maketrans(_CYRILLIC_TWINS, _LATIN_TWINS)

TRANSLITERATION: Final = {
    **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufye", strict=True)),
    **dict(zip("әғқңөұүһі", "agqnouuhi", strict=True)),
    **{"ё": "e", "ж": "zh", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "yu", "я": "ya"},
    **{"ъ": "", "ь": ""},
}


def is_cyrillic(letter: str) -> bool:
    return "\u0400" <= letter <= "\u052f"


def is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def repair_word(word: str) -> str:
    """Return a word in one alphabet when its foreign letters are look-alikes; else the word as it is.

    ``Acқap`` with Latin A, c, a, p becomes Cyrillic, for қ has no Latin twin.
    """
    cyrillic = {letter for letter in word if is_cyrillic(letter)}
    latin = {letter for letter in word if is_latin(letter)}
    if not cyrillic or not latin:
        return word
    if latin <= set(_LATIN_TWINS):
        return word.translate(TO_CYRILLIC)
    if cyrillic <= set(_CYRILLIC_TWINS):
        return word.translate(TO_LATIN)
    return word


def is_mixed(word: str) -> bool:
    """Say whether a word has letters of both alphabets."""
    return any(map(is_cyrillic, word)) and any(map(is_latin, word))


def transliterate(text: str) -> str:
    """Return text in lower-case ASCII letters; whatever has no Latin letter is left out."""
    letters = "".join(TRANSLITERATION.get(letter, letter) for letter in text.lower())
    plain = unicodedata.normalize("NFKD", letters)
    return "".join(letter for letter in plain if is_latin(letter)).lower()
