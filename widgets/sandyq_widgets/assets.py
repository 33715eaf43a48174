"""The browser's part of a widget: plain ESM and CSS files, joined as anywidget needs them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
_WIDGET: Final = re.compile(r"^export default ", re.MULTILINE)
_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def read_module(name: str) -> str:
    """Return ``<name>.js`` with the files that it imports before it, each once: anywidget takes one text."""
    texts = [(STATIC / f"{part}.js").read_text("utf-8") for part in _list_parts(name)]
    *shared, own = [_IMPORT.sub("", text) for text in texts]
    return "".join([*(text.replace("export function", "function") for text in shared), own])


@lru_cache
def list_widgets() -> tuple[str, ...]:
    """Return the names of the files that are a widget each, and not only a part of some."""
    files = sorted(STATIC.glob("*.js"))
    return tuple(path.stem for path in files if _WIDGET.search(path.read_text("utf-8")))


@lru_cache
def list_modules() -> frozenset[str]:
    """Return the modules of all our widgets, to the letter: what a teacher's lesson may have browsers run."""
    return frozenset(read_module(path.stem) for path in STATIC.glob("*.js"))


def read_style(name: str) -> str:
    """Return the styles of ``<name>.js`` and of what it imports."""
    files = (STATIC / f"{part}.css" for part in _list_parts(name))
    return "\n".join(file.read_text("utf-8") for file in files if file.exists())


@lru_cache
def _list_parts(name: str) -> tuple[str, ...]:
    """The files that one widget is made of, each behind those that it imports."""
    imported = _IMPORT.findall((STATIC / f"{name}.js").read_text("utf-8"))
    return tuple(dict.fromkeys([*(part for each in imported for part in _list_parts(each)), name]))
