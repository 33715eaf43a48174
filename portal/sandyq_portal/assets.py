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

STATIC = Path(__file__).parent / "static"
MODULES = PROJECT / "node_modules"
VENDOR = {
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

    def find(self, name: str) -> Asset | None:
        return self._assets.get(name)

    def version(self, name: str) -> str:
        return self._assets[name].version


def load_asset(path: Path) -> Asset:
    if not path.exists():
        raise FileNotFoundError(f"The asset {path} is missing. Run ./sandyq once, it installs node_modules.")
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, gzip.compress(body, mtime=0), media_type, sha256(body).hexdigest()[:12])


@lru_cache
def draw_icon(name: str) -> Markup:
    """Return a Lucide icon as inline SVG, hidden from screen readers: the words beside it say it all."""
    source = (MODULES / "lucide-static" / "icons" / f"{name}.svg").read_text()
    svg = re.sub(r"<!--.*?-->\s*", "", source)
    svg = re.sub(r"\s+", " ", svg).strip()
    return Markup(re.sub(r'class="[^"]*"', 'class="icon" aria-hidden="true"', svg, count=1))  # noqa: S704 # our own file, no input


@lru_cache
def draw_mark() -> Markup:
    """Return our mark, the ram's-horn chest, as inline SVG."""
    return Markup((STATIC / "mark.svg").read_text())  # noqa: S704 # our own file, no input
