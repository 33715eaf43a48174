"""The simple Markdown of questions, made into safe HTML: no raw HTML, no links, no pictures."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from markdown_it import MarkdownIt

from sandyq_widgets.units import bind_units

_PARSER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable("table")
    .disable(["image", "link", "autolink", "html_block", "html_inline"])
)

_SIGN: Final = re.compile(
    r" *(?:(\d+)(?=[.)](?:\s|$))|(?=>|(?:[-+*]|#{1,6})(?:\s|$)|~~~|([-_*])(?: *\2){2,} *$))"
)


def keep_line(text: str) -> str:
    """A line that begins no quotation, list, heading or rule when it is rendered as a block: ``>=``, ``1. May``."""
    found = _SIGN.match(text)
    return f"{found[0]}\\{text[found.end() :]}" if found else text


def render_block(text: str) -> str:
    """Paragraphs, lists, tables, bold, italics, code, line breaks."""
    return str(_PARSER.render(bind_units(text)))


def render_line(text: str) -> str:
    """Bold, italics and code within one line, as in an answer's text."""
    return str(_PARSER.renderInline(bind_units(text)))


def to_plain(text: str) -> str:
    """The words alone, on one line."""
    whole_words = re.sub(r"</?(strong|em|code)>", "", _PARSER.render(text))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", whole_words)).split())
