"""The files of rooms' pages."""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

from jupyter_server.base.handlers import FileFindHandler
from tornado.web import HTTPError, StaticFileHandler
from voila.static_file_handler import TemplateStaticFileHandler

from sandyq_hub.rooms.guard import Guard

ASSET_AGE = 365 * 24 * 60 * 60
"""Seconds for which a browser keeps scripts and styles; a school's PCs come back after the summer."""


class Asset(Guard):
    """Scripts, styles and fonts: the same for all, so a page may fetch them in any way.

    Their addresses change with their content, so a browser asks for each once.
    """

    is_page = False

    def set_extra_headers(self, _path: str) -> None:
        self.set_header("Cache-Control", f"private, max-age={ASSET_AGE}, immutable")

    def check_xsrf_cookie(self) -> None:
        """Fonts and modules are fetched in CORS mode, which cannot carry a token; there is nothing to forge."""


class TemplateAsset(Asset, TemplateStaticFileHandler):
    """Files of our template and those it builds on."""


class FrontEndAsset(Asset):
    """A file of our own front end, in the smallest form that the browser takes."""

    def get(self, name: str) -> None:
        file = self.settings["front_end"].find(name)
        if file is None:
            raise HTTPError(404)
        encoding, body = file.choose(self.request.headers.get("Accept-Encoding", ""))
        self.set_extra_headers(name)
        self.set_header("Content-Type", file.media_type)
        self.set_header("Vary", "Accept-Encoding")
        if encoding:
            self.set_header("Content-Encoding", encoding)
        self.finish(body)


class ExtensionAsset(Asset, FileFindHandler):
    """Files of the front end's extensions."""

    def set_headers(self) -> None:
        StaticFileHandler.set_headers(self)  # Jupyter's own forbids caching
