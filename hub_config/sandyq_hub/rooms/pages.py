"""Plain pages of rooms: what went wrong, in the person's language, and where to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from sandyq.i18n import translator

TEMPLATES = Path(__file__).parent / "template"
RETRY_AFTER = 10
"""Seconds after which a page that could not be had just now tries again."""


@dataclass(frozen=True)
class Failure:
    """What one HTTP status says; English, the keys of the catalogue."""

    heading: str
    text: str
    retry: bool = False
    address: str = ""
    """Where the page tries again; empty: where it is."""


FAILURES = {
    403: Failure("This page is not for you", "Only the people who work with it may open this page."),
    404: Failure("There is no such page", "Perhaps the address was mistyped, or the lesson was moved."),
    503: Failure(
        "One moment, please",
        "The school server is not ready yet. This page will try again by itself in a few seconds.",
        retry=True,
    ),
}
PLACES_TAKEN = Failure(
    "All places are taken",
    "Many people are working right now. This page will try again by itself in a few seconds.",
    retry=True,
)
NOT_FOR_PUPILS = {
    "teachers": Failure("This lesson is for teachers", "Choose one of your own lessons on the home page."),
    "leaders": Failure(
        "This lesson is for school leaders", "Choose one of your own lessons on the home page."
    ),
    "adults": Failure("This lesson is for adults", "Choose one of your own lessons on the home page."),
}
"""By the lesson's track."""
ANY_FAILURE = Failure(
    "Something went wrong", "The page could not be opened. Try again; if it does not help, tell your teacher."
)
ADULTS_FAILURE = Failure(
    "Something went wrong",
    "The page could not be opened. Try again; if it does not help, tell the administrator.",
)
AUTHORS_FAILURE = Failure(
    "Something went wrong",
    "This notebook fails and has to be mended. Others read only that the page could not be opened.",
)


def say_failed(gettext: Callable[[str], str], kind: str) -> str:
    """What stands for a part that failed: pupils are spoken to in lessons, colleagues in apps."""
    if kind == "app":
        return gettext(
            "This part could not be shown. Reload the page; if it does not help, tell whoever looks after the app."
        )
    return gettext("This part could not be shown. Reload the page; if it does not help, tell your teacher.")


def make_words(gettext: Callable[[str], str], kind: str) -> dict[str, str]:
    """What the front end says, in the page's language."""
    return {
        "lost": gettext(
            "No connection with the school server. "
            "What you do is kept here and sent when it is back: leave the page open."
        ),
        "busy": gettext(
            "The school server is busy. What you do is kept and takes effect in a while: leave the page open."
        ),
        "silent": gettext(
            "This page has been at work on one thing for long, and the rest waits. "
            "If it does not end, open the page again: what you typed stays."
        ),
        "ended": gettext(
            "This page was idle for too long, opened again elsewhere or stopped, or the server was restarted."
        ),
        "reopen": gettext("Open it again"),
        "signedOut": gettext("You are signed out. Sign in, and this page comes back with what you typed."),
        "signIn": gettext("Sign in"),
        "tooLarge": gettext("This is larger than 16 MB and cannot be sent."),
        "filesGone": gettext("The files did not come along: choose them once more."),
        "failedPart": say_failed(gettext, kind),
        "unknownWidget": gettext("This page does not know the widget {widget}."),
        "unnamed": gettext("Without a name"),
        "from": gettext("{name}: from"),
        "to": gettext("{name}: to"),
        "play": gettext("Play"),
        "pause": gettext("Pause"),
        "stop": gettext("Stop"),
        "repeat": gettext("Over and over"),
    }


@lru_cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)


def find_failure(status: int, *, is_adult: bool = False) -> Failure:
    """What is said of a status; ``is_adult``: to somebody who has no teacher."""
    return FAILURES.get(status, ADULTS_FAILURE if is_adult else ANY_FAILURE)


def render_failure(
    language: str, failure: Failure, context: str, report: dict[str, Any] | None = None
) -> str:
    """Return the HTML page for a failed request.

    ``context``: what goes along with a question to the helpers; ``report``: the cell, its source and its error, for an
    author.
    """
    return (
        _environment()
        .get_template("failure.html.j2")
        .render(
            failure=failure,
            language=language,
            _=translator(language),
            retry_after=RETRY_AFTER,
            context=context,
            report=report,
        )
    )
