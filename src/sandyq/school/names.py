"""People's names: cleaned, split in three, compared, and turned into logins."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from itertools import count
from typing import Final, NamedTuple

from sandyq.school.alphabets import repair_word, transliterate

LONGEST_PART: Final = 14
"""Letters of one name that a login may hold, so that a child can type it."""
_PATRONYMIC: Final = re.compile(r"(ұлы|қызы|улы|кызы|ович|евич|ьевич|овна|евна|ична|инична)$")
_LINEAGE: Final = frozenset({"ұлы", "қызы", "улы", "кызы", "уулу", "оглы", "оғлы"})
"""'Son of', 'daughter of': written with a small letter when they stand alone."""


class Name(NamedTuple):
    family: str
    given: str
    patronymic: str = ""


def clean_text(text: str) -> str:
    """Return text composed (NFC), without invisible characters, with single spaces."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(each for each in composed if each.isprintable() or each.isspace()).split())


def clean_name(text: str) -> str:
    """Return a name with single spaces, one alphabet a word and capital initials: ``СЕЙІТОВ`` → ``Сейітов``."""
    return " ".join(_clean_word(word) for word in clean_text(text).split())


def _clean_word(word: str) -> str:
    word = repair_word(word)
    if word.lower() in _LINEAGE:
        return word.lower()
    if not (word.isupper() or word.islower()):
        return word
    return re.sub(r"(^|[-'’`])(\w)", lambda found: found[1] + _capital(found[2]), word.lower())


def _capital(letter: str) -> str:
    """Return the capital of a letter; one without a single capital, such as ``ß``, stays."""
    capital = letter.upper()
    return capital if len(capital) == 1 else letter


def split_name(text: str, given_first: bool = False) -> Name:
    """Split ``family given patronymic``, or ``given family patronymic``; what follows two words is the patronymic."""
    words = clean_name(text).split()
    first, second = " ".join(words[:1]), " ".join(words[1:2])
    return Name(*((second, first) if given_first else (first, second)), " ".join(words[2:]))


def is_out_of_order(name: Name, given_first: bool = False) -> bool:
    """Say whether a patronymic stands in another part's place: ``Олег Петрович Смирнов``, ``Серік Болат ұлы``.

    Family names may end as patronymics do, given names never; 'son of' stands alone only behind the father's name.
    """
    family, given, patronymic = map(_ends_like_patronymic, name)
    alone = bool(name.patronymic) and name.patronymic.split()[0] in _LINEAGE
    return given or alone or (given_first and family and bool(name.patronymic) and not patronymic)


def _ends_like_patronymic(text: str) -> bool:
    return bool(_PATRONYMIC.search(text.lower()))


def name_key(*parts: str) -> str:
    """Return what two spellings of the same name share: case, ё/е and kinds of apostrophe do not matter."""
    text = " ".join(clean_name(part) for part in parts).casefold().replace("ё", "е")
    return " ".join(re.sub(r"[’`ʼ]", "'", text).split())


def make_login(family: str, given: str, taken: Container[str]) -> str:
    """Return a login nobody has: ``aidos``, else ``aidos.s``, ``aidos.se`` …, else ``aidos.s2``.

    Of lower-case Latin letters, digits and a dot; the first is a letter.
    """
    first = _soften(given)[:LONGEST_PART] or _soften(family)[:LONGEST_PART] or "user"
    last = _soften(family)[:LONGEST_PART]
    for login in (first, *(f"{first}.{last[:length]}" for length in range(1, len(last) + 1))):
        if login not in taken:
            return login
    stem = f"{first}.{last[:1]}" if last else first
    return next(login for number in count(2) if (login := f"{stem}{number}") not in taken)


def _soften(name: str) -> str:
    """Latin letters of a name without runs that nobody can say, such as ``ii``."""
    return re.sub(r"i{2,}|iy(?![aou])|yi(?![aou])", "i", transliterate(name))
