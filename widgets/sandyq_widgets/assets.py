"""The browser's part of a widget: plain ESM and CSS files, joined as anywidget needs them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def read_module(name: str) -> str:
    """Return ``<name>.js`` with the files that it imports before it, each once: anywidget takes one text."""
    return "".join(_read_parts(name, []))


def _read_parts(name: str, known: list[str]) -> list[str]:
    known.append(name)
    text = (STATIC / f"{name}.js").read_text("utf-8")
    parts: list[str] = []
    for imported in _IMPORT.findall(text):
        if imported not in known:
            parts += [part.replace("export function", "function") for part in _read_parts(imported, known)]
    return [*parts, _IMPORT.sub("", text)]


@lru_cache
def read_style(name: str) -> str:
    """Return the frame's style and the kind's own, where it has one."""
    files = (STATIC / f"{part}.css" for part in ("question", name))
    return "\n".join(file.read_text("utf-8") for file in files if file.exists())
