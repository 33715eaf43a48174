"""Lucide's icons from ``node_modules`` as inline SVG, for pages and papers."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup

from sandyq.settings import PROJECT

ICONS = PROJECT / "node_modules" / "lucide-static" / "icons"


@lru_cache
def draw_icon(name: str) -> Markup:
    """Return an icon, hidden from screen readers: the words beside it say it all."""
    source = (ICONS / f"{name}.svg").read_text()
    svg = re.sub(r"<!--.*?-->\s*", "", source)
    svg = re.sub(r"\s+", " ", svg).strip()
    return Markup(re.sub(r'class="[^"]*"', 'class="icon" aria-hidden="true"', svg, count=1))  # noqa: S704 # our own file, no input
