"""When are two written answers the same? Spelling counts, the keyboard does not."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from sandyq_widgets.numbers import SPACES, parse_number

_LATIN: Final = "aceiopxyhəɵABCEHIKMOPTXyƏ"
_CYRILLIC: Final = "асеіорхуһәөАВСЕНІКМОРТХуӘ"
LOOKALIKES: Final = dict(zip(map(ord, _LATIN), _CYRILLIC, strict=True))
"""Latin letters that look like Cyrillic ones: on a school's keyboard they are typed by mistake."""
_CYRILLIC_WORD: Final = re.compile(r"\b(?=\w*[А-Яа-яӘәҒғҚқҢңӨөҰұҮүҺһІі])\w+\b")
_QUOTED: Final = re.compile(r"""(["'])(.+)\1""")
_SIGNS: Final = " .,;:!?…"
_QUOTES: Final = str.maketrans("«»„“”‘’`", '"""""\'\'\'')


def normalise(text: str) -> str:
    """Fold case, spaces, quotes, dashes, ё and look-alike letters; drop the full stop behind a word."""
    plain = unicodedata.normalize("NFC", text).translate(_QUOTES)
    plain = re.sub(r"[–—−]", "-", " ".join(plain.split()))
    plain = _CYRILLIC_WORD.sub(lambda word: word[0].translate(LOOKALIKES), plain)
    folded = plain.casefold().replace("ё", "е")
    return folded.rstrip(" .!") or folded  # where signs are the answer, they are not alike


def are_same_words(given: str, expected: str) -> bool:
    """Compare a given answer with an expected one; one written wholly in look-alike letters counts, too."""
    if normalise(given) == normalise(expected):
        return True
    return normalise(given.translate(LOOKALIKES)) == normalise(expected)


def undress(text: str) -> str:
    """Return a given answer without the quotes around it and the signs behind it: ``«қой»,`` is ``қой``.

    Of what is *given* only: an answer that is expected with a sign (``Келдің бе?``) is right with it alone.
    """
    bare = text.strip().rstrip(_SIGNS)
    quoted = _QUOTED.fullmatch(bare.translate(_QUOTES))
    return bare[1:-1].strip().rstrip(_SIGNS) if quoted else bare


def are_same_numbers(given: str, expected: str) -> bool:
    """``1.5`` is ``1,5`` and ``12000`` is ``12 000``; which digits were written counts: ``007`` and ``7`` are two."""
    if parse_number(given) is None or parse_number(expected) is None:
        return False
    return _write_plainly(given) == _write_plainly(expected)


def _write_plainly(number: str) -> str:
    return re.sub(f"[{SPACES}]", "", normalise(number)).replace(",", ".")
