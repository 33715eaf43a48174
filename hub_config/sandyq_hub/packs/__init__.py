"""Notebook and Lab in the person's language: Jupyter's language packs with words of ours, made ready before the fork.

Kazakh is ours; in Russian we say what Jupyter's own pack lacks, and «тетрадь» for a notebook. The words stand in
``<locale>/<domain>.po``. Jupyter would read and join all of its JSON for each page that is opened, and send it as it
is: half a megabyte.

What Jupyter calls the system's language is the person's here, as each page is opened: whoever chooses another one in
the portal has it in the next page, whoever does in Lab's own menu keeps that.
"""

# mypy: disable-error-code="no-untyped-call, attr-defined"
# Jupyter publishes types for a part of its functions only, and does not say what a module exports.
from __future__ import annotations

import gzip
import json
import os
from copy import copy
from functools import lru_cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from jupyterlab_server import handlers, settings_utils, translation_utils
from jupyterlab_server.translation_utils import TranslationBundle, get_language_pack, translator
from jupyterlab_server.translations_handler import TranslationsHandler
from tornado.web import authenticated

from sandyq.i18n import choose_language, compile_catalogue, read_catalogue
from sandyq_hub.notebooks import LANGUAGE_COOKIE

FOLDER: Final = Path(__file__).parent
LOCALES: Final = {"kk": "kk_KZ", "ru": "ru_RU", "en": "en"}
TRANSLATED: Final = ("kk_KZ", "ru_RU")
DOMAINS: Final = ("jupyterlab", "notebook", "jupyterlab_widgets", "jupytext")
"""What pages ask for; Jupyter's packs speak for a dozen of extensions more."""


def choose_locale(cookie: str | None = None) -> str:
    """Return the locale of whom this server is for: what the portal's cookie says now, else what the hub said."""
    return LOCALES[choose_language(cookie, os.environ.get("SANDYQ_PERSON_LANGUAGE"))]


@lru_cache
def pack(locale: str) -> bytes:
    """Return the reply to a page that asks for a locale's words: JSON, gzipped."""
    theirs, message = get_language_pack(locale)
    data = {domain: _leave_out_settings(theirs[domain]) for domain in DOMAINS if domain in theirs}
    for path in sorted((FOLDER / locale).glob("*.po")):
        domain, catalogue = path.stem, read_catalogue(path, locale)
        about = {"language": locale.replace("_", "-"), "plural_forms": catalogue.plural_forms}
        data[domain] = {"": about} | data.get(domain, {}) | list_words(catalogue)
    reply = json.dumps({"data": data, "message": message}, ensure_ascii=False)
    return gzip.compress(reply.encode())


def _leave_out_settings(words: dict[str, Any]) -> dict[str, Any]:
    """The server itself translates what settings are about."""
    return {key: said for key, said in words.items() if not key.startswith("settings\4")}


def list_words(catalogue: Catalog) -> dict[str, list[str]]:
    """Return a catalogue as Jupyter's JSON has it: all plural forms by the singular, after its context."""
    return {_key(message): _list(message.string) for message in catalogue if message.id}


def _key(message: Message) -> str:
    singular = _list(message.id)[0]
    return f"{message.context}\4{singular}" if message.context else singular


def _list(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@lru_cache
def load_own(locale: str, domain: str) -> GNUTranslations | None:
    """Return our words for a domain, if there are any."""
    path = FOLDER / locale / f"{domain}.po"
    return compile_catalogue(read_catalogue(path, locale)) if path.exists() else None


class Bundle(TranslationBundle):
    """What the server says itself, as titles of settings: our words, then those of Jupyter's pack."""

    def update_locale(self, locale_: str) -> None:
        super().update_locale(locale_)
        if own := load_own(locale_, self._domain):
            theirs, self._translator = self._translator, copy(own)
            self._translator.add_fallback(theirs)


class PackedTranslations(TranslationsHandler):
    """``lab/api/translations/<locale>``, from memory."""

    @authenticated
    async def get(self, locale: str | None = None) -> None:
        if locale == "default":
            locale = settings_utils.SYS_LOCALE = choose_locale(self.get_cookie(LANGUAGE_COOKIE))
        if locale not in TRANSLATED:
            if theirs := super().get(locale):
                await theirs
            return
        translator.set_locale(locale)
        packed = pack(locale)
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(packed)
        else:
            self.finish(gzip.decompress(packed))


def warm_up() -> None:
    """Read everything once, for all servers that are forked later."""
    for locale in TRANSLATED:
        pack(locale)
        Bundle("jupyterlab", locale)


def _link_jupyter_server_extension(_server: Any) -> None:
    """Take the place of Jupyter's own before Lab and Notebook load."""
    for module, name, ours in (
        (handlers, "TranslationsHandler", PackedTranslations),
        (translation_utils, "TranslationBundle", Bundle),
        (settings_utils, "SYS_LOCALE", choose_locale()),
    ):
        setattr(module, name, ours)


def _load_jupyter_server_extension(_server: Any) -> None:
    """Nothing more; Jupyter asks for it."""
