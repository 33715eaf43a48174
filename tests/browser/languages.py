"""In which languages a test looks at what is there in three: one by default, all with ``SANDYQ_EVERY_LANGUAGE=1``.

That is what ``./sandyq test --lessons`` sets.
"""

import os
from collections.abc import Sequence

from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT
from sandyq_curriculum.commands import list_languages, read_catalogue
from sandyq_curriculum.lesson import read_lesson

_EVERY = bool(os.environ.get("SANDYQ_EVERY_LANGUAGE"))


def choose_languages(number: int = 0, known: Sequence[str] = LANGUAGES) -> Sequence[str]:
    """Return all languages, or one of them: another for the next number."""
    return known if _EVERY else (known[number % len(known)],)


def choose_lessons(first: int = 0) -> list[tuple[str, str]]:
    """Return all lessons in all languages; or, from a ``first`` one on, every third and whatever asks in a new way."""
    seen: set[str] = set()
    chosen = []
    for number, slug in enumerate(read_catalogue()):
        known = list_languages(slug)
        source = read_lesson(PROJECT / f"curriculum/lessons/{slug}/lesson.{known[0]}.md")
        kinds = {question.kind for question in source.questions}
        if _EVERY or number % 3 == first or not kinds <= seen:
            chosen += [(slug, language) for language in choose_languages(number + first, known)]
        seen |= kinds
    return chosen
