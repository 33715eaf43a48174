"""What a lesson's notebook says to teachers alone: plan, likely mistakes, the sheet to print."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markupsafe import Markup

_TAG: Final = re.compile(r"<[a-zA-Z][^<>]*\sstyle\s*=\s*(?:\"[^\"]*\"|'[^']*')[^<>]*>")
_STYLE: Final = re.compile(r"\sstyle\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CLASS: Final = re.compile(r"(\sclass\s*=\s*[\"'])")
_SHEET: Final = "sandyq-sheet"


@dataclass(frozen=True)
class Guide:
    pages: tuple[Markup, ...]
    sheets: tuple[Markup, ...]
    """For the pupils' hands, each on paper of its own."""
    style: Markup
    """The pages' own styles as a sheet: our policy lets no element carry them itself."""


@lru_cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def read_guide(path: Path) -> Guide:
    """Read the text cells tagged ``teachers`` of a built lesson.

    Their HTML is kept: whoever can build a lesson can run code on the server anyway, and our policy runs no scripts.
    """
    cells = json.loads(path.read_text("utf-8"))["cells"]
    rules: list[str] = []
    texts = [Markup(_move_styles(_render(cell), rules)) for cell in cells if _is_for_teachers(cell)]  # noqa: S704 # see above
    return Guide(
        tuple(text for text in texts if _SHEET not in text),
        tuple(text for text in texts if _SHEET in text),
        Markup("\n".join(rules)),  # noqa: S704 # holds no "<"
    )


def _is_for_teachers(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "markdown" and "teachers" in cell["metadata"].get("tags", ())


def _render(cell: dict[str, Any]) -> str:
    html = str(_parser().render("".join(cell["source"])))
    for name, forms in cell.get("attachments", {}).items():
        kind, content = next(iter(forms.items()))
        html = html.replace(f"attachment:{name}", f"data:{kind};base64,{content}")
    return html


def _move_styles(html: str, rules: list[str]) -> str:
    """Give each element with a style a class instead; add the style to the rules."""

    def move(tag: re.Match[str]) -> str:
        style = _STYLE.search(tag[0])
        if style is None:
            return tag[0]
        name = f"own-{len(rules) + 1}"
        rules.append(f".guide .{name} {{ {re.sub('[<>{}]', '', style[1] or style[2] or '')} }}")
        plain = _STYLE.sub("", tag[0], count=1)
        if _CLASS.search(plain):
            return _CLASS.sub(rf"\1{name} ", plain, count=1)
        return re.sub(r"^<([a-zA-Z]+)", rf'<\1 class="{name}"', plain)

    return _TAG.sub(move, html)
