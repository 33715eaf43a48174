"""In which languages a test looks at what is there in three: one by default, all with ``SANDYQ_EVERY_LANGUAGE=1``.

That is what ``./sandyq test --lessons`` sets.
"""

import os
from collections.abc import Sequence

from sandyq.i18n import LANGUAGES

_EVERY = bool(os.environ.get("SANDYQ_EVERY_LANGUAGE"))


def choose_languages(number: int = 0, known: Sequence[str] = LANGUAGES) -> Sequence[str]:
    """Return all languages, or one of them: another for the next number."""
    return known if _EVERY else (known[number % len(known)],)
