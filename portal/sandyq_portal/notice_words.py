"""A notice as its reader sees it: in their language or marked with another; links to our own pages only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from sandyq.i18n import translator
from sandyq.school.academy.notices import Told
from sandyq.school.tables import ROLES
from sandyq_portal.agenda import choose_words
from sandyq_portal.catalogue import Catalogue
from sandyq_portal.menu import name_page

ADDRESS: Final = re.compile(
    r"(?<![\w/.])(?:https?://(?P<host>[\w.-]+(?::\d+)?))?(?P<path>/services/(?:portal|rooms)(?:/[\w./%#?=&~-]*)?)"
)


@dataclass(frozen=True)
class Card:
    """A notice in one language."""

    told: Told
    title: str
    title_language: str
    """Empty: the reader's own."""
    text: Markup
    text_language: str


def make_card(told: Told, language: str, catalogue: Catalogue, host: str) -> Card:
    title, title_language = choose_words(told.titles, language)
    text, text_language = choose_words(told.texts, title_language or language)
    shown = text_language or (title_language if text else "")
    return Card(told, title, title_language, link_own(text, catalogue, shown or language, host), shown)


def link_own(text: str, catalogue: Catalogue, language: str, host: str) -> Markup:
    """Return a text in which addresses of this server's pages are links; all else stays plain."""
    shown, place = Markup(), 0
    for found in ADDRESS.finditer(text):
        if found["host"] not in (None, host):
            continue
        path = found["path"].rstrip(".,?")
        link = Markup('<a href="{}">{}</a>').format(path, _name_page(path, catalogue, language))
        shown += escape(text[place : found.start()]) + link
        place = found.start("path") + len(path)
    return shown + escape(text[place:])


def _name_page(path: str, catalogue: Catalogue, language: str) -> str:
    """Return the title of a lesson or an app, the name of a page in the menu; of others the path."""
    if page := name_page(path):
        return translator(language)(page)
    kind, _, rest = path.removeprefix("/services/rooms/").partition("/")
    plain = re.split(r"[?#]", rest)[0]
    if path.startswith("/services/rooms/lesson/"):
        lesson = catalogue.lesson(plain.rpartition("/")[2], language)
        return lesson.title if lesson else path
    if kind == "app":
        apps = catalogue.apps(frozenset(ROLES))
        return next((app.title_in(language) for app in apps if app.name == plain), path)
    return path


def clean_words(words: Mapping[str, str]) -> dict[str, str]:
    """Return the languages in which something is written."""
    return {language: text.strip() for language, text in words.items() if text.strip()}
