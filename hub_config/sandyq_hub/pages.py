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


def speak_for_ended_servers() -> None:
    """Have the hub say it in the person's language when a page is still open whose server has ended.

    Notebook and Lab show the text as it is, beside work that they could not save; the hub has no setting for it.
    """
    from jupyterhub.handlers.base import UserUrlHandler

    def refuse(self: Any, user_name: str = "", server_name: str = "") -> None:  # noqa: ARG001 # nobody has two
        _ = self.settings["template_vars"]["_"](self.current_user)
        address = f"{self.request.protocol}://{self.request.host}{self.hub.base_url}spawn/{user_name}"
        told = _(
            "Your notebooks were closed meanwhile. Open them again in another tab, {address}, and save here once "
            "more: what was typed on this page is still here. Then reload this page."
        )
        self.set_status(424)
        self.finish({"message": told.format(address=address)})

    UserUrlHandler._fail_api_request = refuse
