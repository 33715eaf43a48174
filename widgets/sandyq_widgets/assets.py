"""The browser's part of a widget: plain ESM and CSS files, joined as anywidget needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
_IMPORT: Final = 'import { drawQuestion, make } from "./question.js";\n'


def read_module(name: str) -> str:
    """Return ``<name>.js`` with ``question.js`` in place of its import: anywidget takes one text."""
    shared = (STATIC / "question.js").read_text("utf-8").replace("export function", "function")
    return (STATIC / f"{name}.js").read_text("utf-8").replace(_IMPORT, shared)


def read_style(name: str) -> str:
    return "\n".join((STATIC / f"{part}.css").read_text("utf-8") for part in ("question", name))
