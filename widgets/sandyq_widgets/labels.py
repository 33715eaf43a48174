"""The words on a question's frame, in the visitor's language or else the lesson's."""

from __future__ import annotations

import os
from collections.abc import Callable

from sandyq.i18n import choose_language, translator

_lesson_language = "kk"


def set_lesson_language(language: str) -> None:
    """Say which language the notebook is written in."""
    global _lesson_language  # noqa: PLW0603 # one notebook, one kernel, one language
    _lesson_language = choose_language(language)


def current_language() -> str:
    return choose_language(os.environ.get("SANDYQ_LANGUAGE"), _lesson_language)


def current_gettext() -> Callable[[str], str]:
    return translator(current_language())


def make_labels(kind: str) -> dict[str, str]:
    """Every word the browser needs for one kind of question."""
    gettext = current_gettext()
    return {
        "language": current_language(),
        "question": gettext("Question"),
        "points": gettext("Points: {n}"),
        "tries": gettext("Tries: {n}"),
        "answer": gettext("Your answer"),
        "inputHint": gettext("Write a number in digits, for example 12,5"),
        "digits": gettext("Digits"),
        "erase": gettext("Erase the last character"),
        "minWords": gettext("At least {n} words. Now: {now}"),
        "check": gettext("Hand in my answer") if kind == "open" else gettext("Check"),
        "checking": gettext("Checking…"),
        "silent": gettext("No answer from the server. Your answer is still on the page: check it once more."),
        "right": gettext("Right!"),
        "wrong": gettext("Not yet. Try again."),
        "kept": gettext("Your answer is taken."),
        "saving": gettext("Saving…"),
        "saved": gettext("Saved"),
        "retrying": gettext("Not saved yet – will retry"),
        "refused": gettext(
            "This answer could not be saved. Reload the page; if this stays, tell your teacher."
        ),
        "preview": gettext("Preview: answers are not saved"),
    }
