"""Three languages: gettext catalogues, read straight from the ``.po`` files, and Kazakh-aware sorting.

Each package has a catalogue of its own in ``locale/<language>/LC_MESSAGES/<package>.po``; all are merged.
The English text is the key; a key missing from a catalogue falls back to English.
"""

from __future__ import annotations

import gettext
import io
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LANGUAGES: Final = ("kk", "ru", "en")
LANGUAGE_NAMES: Final = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
LOCALE: Final = Path(__file__).parent / "locale"
KAZAKH_ALPHABET: Final = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_ORDER: Final = {letter: index for index, letter in enumerate(KAZAKH_ALPHABET)}


@lru_cache
def load_translations(language: str) -> gettext.NullTranslations:
    """Return the merged catalogue of a language (kk, ru or en); ValueError for any other."""
    if language not in LANGUAGES:
        raise ValueError(f"Language {language!r} is not known. Use one of: {', '.join(LANGUAGES)}.")
    merged: gettext.NullTranslations = gettext.NullTranslations()
    for path in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
        translations = compile_catalogue(read_catalogue(path, language))
        translations.add_fallback(merged)
        merged = translations
    return merged


def read_catalogue(path: Path, locale: str) -> Catalog:
    """Return what a ``.po`` file says in a language."""
    from babel.messages.pofile import read_po

    with path.open("rb") as source:
        return read_po(source, locale=locale)


def compile_catalogue(catalogue: Catalog) -> gettext.GNUTranslations:
    """Return a catalogue as gettext uses it."""
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translator(language: str) -> Callable[[str], str]:
    """Return the gettext function of a language."""
    return load_translations(language).gettext


class Said(str):
    """What was said in a language, which knows how to be said in another language: teller, arguments, named values."""

    __slots__ = ("how",)
    how: tuple[str, tuple[Any, ...], dict[str, Any]]

    def __new__(cls, told: str, teller: str, *arguments: Any, **values: Any) -> Said:
        said = super().__new__(cls, told)
        said.how = (teller, arguments, values)
        return said


def recipe(value: Any) -> Any:
    """Return what apps tell it again by (``Speech.retell``), as JSON; what was said in no language stays as it is."""
    if not isinstance(value, Said):
        return value if isinstance(value, int | float | dict | None) else str(value)
    teller, arguments, values = value.how
    named = {name: recipe(each) for name, each in values.items()}
    return [teller, [recipe(each) for each in arguments], named]


def say_in(language: str) -> Callable[..., str]:
    """Return what says English texts in a language, filled in, so that apps can tell them again in others."""
    gettext = translator(language)

    def say(text: str, **values: Any) -> str:
        told = gettext(text) if text else ""
        return Said(told.format(**values) if values else told, "text", text, **values)

    return say


def translator_for(language: str, audience: str | None) -> Callable[[str], str]:
    """Return the same; to ``teachers`` some words are said otherwise than to children (context "adult")."""
    if audience != "teachers":
        return translator(language)
    catalogue = load_translations(language)

    def say(text: str) -> str:
        told = catalogue.pgettext("adult", text)
        return catalogue.gettext(text) if told == text else told

    return say


def translator_of_person() -> Callable[[str], str]:
    """Return the one for whose server this process is a part of, in the language they signed in with."""
    language = choose_language(os.environ.get("SANDYQ_PERSON_LANGUAGE"))
    return translator_for(language, os.environ.get("SANDYQ_AUDIENCE"))


def choose_language(*wishes: str | None) -> str:
    """Return the first wish that is one of ours, else Kazakh."""
    return next((wish for wish in wishes if wish in LANGUAGES), "kk")


def kazakh_key(text: str) -> tuple[tuple[int, str], ...]:
    """Sort key: the order of the Kazakh alphabet, case folded; other characters before letters."""
    return tuple((_ORDER.get(letter, -1), letter) for letter in text.lower())
