"""Static files: our own and a few from ``node_modules``, read once, compressed once, cached for a year."""

from __future__ import annotations

import gzip
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

from sandyq.settings import PROJECT

THEME = PROJECT / "src" / "sandyq" / "theme" / "theme.css"
STATIC = Path(__file__).parent / "static"
MODULES = PROJECT / "node_modules"
FONT = MODULES / "@fontsource-variable" / "golos-text"
VENDOR = {
    **{f"vendor/{path.name}": path for path in FONT.glob("files/*-wght-normal.woff2")},
    "vendor/pico.min.css": MODULES / "@picocss/pico/css/pico.fluid.classless.min.css",
    "vendor/htmx.min.js": MODULES / "htmx.org/dist/htmx.min.js",
}
"""The classless build of Pico: 70 KB, and it styles plain elements, as we do."""


@dataclass(frozen=True)
class Asset:
    body: bytes
    compressed: bytes
    media_type: str
    version: str
    """First characters of the content's SHA-256."""


class Assets:
    """The files under ``/static/``, by name."""

    def __init__(self) -> None:
        own = {path.name: path for path in STATIC.iterdir() if path.is_file()}
        self._assets = {name: load_asset(path) for name, path in {**own, **VENDOR}.items()}

        look = self._read_theme() + (STATIC / "sandyq.css").read_bytes()
        self._assets["sandyq.css"] = load_asset(STATIC / "sandyq.css", look)

    def find(self, name: str) -> Asset | None:
        return self._assets.get(name)

    def version(self, name: str) -> str:
        return self._assets[name].version

    def _read_theme(self) -> bytes:
        """The theme that rooms have, too, with its fonts where we serve them."""

        def place(font: re.Match[str]) -> str:
            return f"url(vendor/{font[1]}?v={self.version(f'vendor/{font[1]}')})"

        fonts = re.sub(r"url\(\./files/([\w.-]+)\)", place, (FONT / "index.css").read_text())
        return re.sub(r'@import "[^"]*";', lambda _: fonts, THEME.read_text()).encode()


def load_asset(path: Path, body: bytes | None = None) -> Asset:
    """Return a file; ``body``: in place of what it holds."""
    if not path.exists():
        raise FileNotFoundError(f"The asset {path} is missing. Run ./sandyq once, it installs node_modules.")
    body = path.read_bytes() if body is None else body
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, gzip.compress(body, mtime=0), media_type, sha256(body).hexdigest()[:12])


mimetypes.add_type("font/woff2", ".woff2")  # not every system knows it


@lru_cache
def draw_mark() -> Markup:
    """Return our mark, the ram's-horn chest, as inline SVG."""
    return Markup((STATIC / "mark.svg").read_text())  # noqa: S704 # our own file, no input
