"""The hub's own pages, in our look and the person's language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandyq.i18n import LANGUAGE_NAMES, translator
from sandyq.school.database import Database
from sandyq.school.people import find_person
from sandyq.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"


def template_vars(settings: Settings) -> dict[str, Any]:
    """Variables for all hub templates; callables are asked anew for each page with the hub's user."""
    database = Database(settings.database_url)

    def language(user: Any) -> str:
        if user is None:
            return settings.language
        with database.reading() as session:
            person = find_person(session, user.name)
        return person.language if person else settings.language

    def gettext(user: Any) -> Callable[[str], str]:
        return translator(language(user))

    return {
        "_": gettext,
        "language": language,
        "language_names": LANGUAGE_NAMES,
        "portal": "/services/portal",
    }
