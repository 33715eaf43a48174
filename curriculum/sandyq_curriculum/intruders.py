"""What no lesson may bring into a page: code of its own, other pages, files from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, Final

from markdown_it import MarkdownIt

from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq_curriculum.addresses import find_images
from sandyq_curriculum.lesson import Lesson

_TAGS: Final = frozenset(
    {"script", "iframe", "frame", "frameset", "object", "embed", "applet", "link", "meta", "base", "portal"}
)
"""They run code, show another page or fetch a file, whatever stands in them."""
_FETCHED: Final = frozenset({"src", "srcset", "poster", "background", "data", "action", "formaction"})
"""Attributes whose address a browser fetches or sends to; ``href`` only outside of links."""
_OUTSIDE: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}", re.IGNORECASE)
_OUTSIDE_WITHIN: Final = re.compile(r"(?:^|,)" + _OUTSIDE.pattern + r"[^,\s]*", re.IGNORECASE)
"""The same in a list, as in ``srcset``."""
_SCRIPT: Final = re.compile(r"(?:javascript|vbscript|data:text/html)[:;,]", re.IGNORECASE)
_STYLE: Final = re.compile(
    r"(?:(?:url|image-set)\(\s*[\"']?|@import\s+[\"'])\s*(?:[a-z][a-z0-9+.-]*:)?//[^\s\"')]*", re.IGNORECASE
)
_CSS_ESCAPE: Final = re.compile(r"\\([0-9a-f]{1,6})\s?|/\*.*?\*/", re.IGNORECASE | re.DOTALL)
_BLANKS: Final = re.compile(r"[\x00-\x20\x7f-\x9f]+")
"""Browsers overlook them in an address."""
_END: Final = "\n\">'>"
"""Closes a tag that the text leaves open: in a page, what stands behind it would."""
_CODE: Final = ("application/javascript", "text/javascript")


class _Finder(HTMLParser):
    """Collects what may not be, as it stands in the text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def set_cdata_mode(self, *_: Any, **__: Any) -> None:
        """Within SVG, browsers read what is in a style as tags."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag in _TAGS:
            self.found.append(f"<{tag}")
        for name, value in attrs:
            self.found += _judge_attribute(tag, name, value or "")

    def handle_endtag(self, _tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += _find_in_style(data)


def _judge_attribute(tag: str, name: str, value: str) -> list[str]:
    if name.startswith("on"):
        return [f"{name}="]
    address = _BLANKS.sub("", value)
    if _SCRIPT.match(address):
        return [value.strip()]
    fetches = name in _FETCHED or (name.endswith("href") and tag != "a")
    if fetches:
        return [outside[0].lstrip(", ") for outside in _OUTSIDE_WITHIN.finditer(value)]
    return _find_in_style(value)  # also fill="url(…)" and its like


def _find_in_style(text: str) -> list[str]:
    plain = _CSS_ESCAPE.sub(lambda found: chr(int(found[1], 16) % 0x110000) if found[1] else "", text)
    return _STYLE.findall(plain)


@lru_cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.validateLink = lambda url: True  # type: ignore[method-assign] # noqa: ARG005 # rooms may not drop it
    return parser


def find_intruders(html: str) -> list[str]:
    """Return what may not be in a page: ``<script``, ``onclick=``, an address.

    Comments are read, too: browsers and Python do not agree on where they end.
    """
    finder = _Finder()
    finder.feed(html.replace("<!", "&lt;!") + _END)
    finder.close()
    return list(dict.fromkeys(finder.found))


def check_texts(lesson: Lesson) -> Iterator[Problem]:
    """Text cells hold no code and fetch nothing from outside."""
    for cell in lesson.cells:
        if cell.kind == "text":
            told = find_images(cell)  # a picture that is not beside the text is told there
            for what in find_intruders(_parser().render(cell.source)):
                if what not in told:
                    yield _tell(lesson, cell.line + _find_line(cell.source, what), what)


def check_outputs(lesson: Lesson, notebook: Any) -> Iterator[Problem]:
    """Neither does what an executed cell shows."""
    lines = {cell.id: cell.line for cell in lesson.cells}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for kind, content in output.get("data", {}).items():
                for what in _find_in_output(kind, content):
                    yield _tell(lesson, lines.get(cell.id, 1), what)


def _find_in_output(kind: str, content: Any) -> list[str]:
    text = content if isinstance(content, str) else json.dumps(content)
    if kind in _CODE:
        return [kind]
    if kind in ("text/html", "image/svg+xml"):
        return find_intruders(text)
    return find_intruders(_parser().render(text)) if kind == "text/markdown" else []


def _find_line(source: str, what: str) -> int:
    lines = source.casefold().split("\n")
    return next((number for number, line in enumerate(lines) if what.casefold() in line), 0)


def _tell(lesson: Lesson, line: int, what: str) -> Problem:
    message = N_(
        "“{what}” may not be in a lesson: it runs code in pupils' browsers or fetches something from outside. "
        "Take it out; pictures stand beside the lesson, and what moves is made with questions and widgets."
    )
    return make_problem(lesson.path, line, message, what=what)
