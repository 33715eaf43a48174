"""What a lesson points to: pictures and files beside its text, and other lessons. Nothing outside is there."""

from __future__ import annotations

import base64
import mimetypes
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq_curriculum.lesson import Cell, Lesson
from sandyq_widgets.notebook import find_tables

LESSON: Final = "lesson"
"""``lesson:passphrase`` is another lesson, in the same language."""
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\(\s*<?([^)\s>]+)|<img\b[^>]*\bsrc\s*=\s*[\"']([^\"']+)")
_UNQUOTED: Final = re.compile(r"<img\b[^>]*\bsrc\s*=\s*(?![^\s>]*//)([^\"'\s>]+)")
_ANCHOR: Final = re.compile(r"<a\b[^>]*?\bhref\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_BARE: Final = re.compile(r"\bhttps?://[^\s<>)\]]*[^\s<>)\].,:;!?]")
_INLINE: Final = r"(?<!!)\[([^\]]*)\]\(\s*<?{}>?\s*\)"
mimetypes.add_type("text/csv", ".csv")  # not every system knows it


@dataclass(frozen=True)
class Link:
    address: str
    """As the author wrote it."""
    line: int
    """Line of the lesson's file."""


@lru_cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def find_images(cell: Cell) -> list[str]:
    """Return the addresses of a text's pictures."""
    return [first or second for first, second in _IMAGE.findall(cell.source)] if cell.kind == "text" else []


def _find_odd_images(cell: Cell) -> Iterator[str]:
    """Yield the addresses of pictures in a form that is not read: by a reference, or without quotes."""
    known = {unquote(address) for address in find_images(cell)}
    for token in _parser().parse(cell.source) if cell.kind == "text" else []:
        for part in [token, *(token.children or [])]:
            if part.type == "image" and unquote(str(part.attrs["src"])) not in known:
                yield unquote(str(part.attrs["src"]))
            elif part.type in ("html_block", "html_inline"):
                yield from _UNQUOTED.findall(part.content)


def find_links(cell: Cell) -> list[Link]:
    """Return where a text leads; bare web addresses, too, for rooms make links of them."""
    if cell.kind != "text":
        return []
    lines = cell.source.split("\n")
    found = []
    for token in _parser().parse(cell.source):
        first = token.map[0] if token.map else 0
        for address in _read_addresses(token):
            place = next((n for n in range(first, len(lines)) if address in lines[n]), first)
            found.append(Link(address, cell.line + place))
    return found


def _read_addresses(token: Token) -> Iterator[str]:
    for part in [token, *(token.children or [])]:
        if part.type == "link_open":
            yield unquote(str(part.attrs["href"]))
        elif part.type in ("html_block", "html_inline"):
            yield from _ANCHOR.findall(part.content)
        elif part.type == "text":
            yield from _BARE.findall(part.content)


def find_beside(lesson: Lesson, address: str) -> Path | None:
    """Return the file beside the lesson's text; None when there is none, or it stands elsewhere."""
    path = lesson.folder / unquote(address)
    inside = lesson.folder.resolve() in path.resolve().parents
    return path if address and inside and path.is_file() else None


def read_slug(address: str) -> str | None:
    """Return the slug of ``lesson:slug``, None for any other address."""
    scheme, colon, slug = address.partition(":")
    return slug if colon and scheme == LESSON else None


def check_images(lesson: Lesson) -> Iterator[Problem]:
    for cell in lesson.cells:
        for address in find_images(cell):
            if not find_beside(lesson, address):
                message = N_(
                    "there is no picture “{address}” in the lesson's folder. Put it there or mend the name."
                )
                yield make_problem(lesson.path, cell.line, message, address=address)
        for address in _find_odd_images(cell):
            message = N_("the picture “{address}” must be written ![words]({address}).")
            yield make_problem(lesson.path, cell.line, message, address=address)


def check_links(lesson: Lesson) -> Iterator[Problem]:
    """Links lead to another lesson or to a file beside this one."""
    for cell in lesson.cells:
        for link in find_links(cell):
            if message := _find_fault(lesson, cell, link.address):
                known = ", ".join(_other_lessons(lesson))
                yield make_problem(lesson.path, link.line, message, address=link.address, known=known)


def _find_fault(lesson: Lesson, cell: Cell, address: str) -> str | None:
    slug = read_slug(address)
    if lesson.front.get("opens_in") == "notebook":
        return N_(
            "pupils open this lesson in their own notebooks, where “{address}” leads nowhere. Name it in words."
        )
    if slug is not None:
        missing = N_("there is no lesson “{address}”. Lead to one of: {known}.")
        return None if slug in _other_lessons(lesson) else missing
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return N_(
            "“{address}” is outside, and a school without internet has nothing there. "
            "Put the file beside the lesson, or name the page under “sources:”."
        )
    if not find_beside(lesson, address):
        return N_("there is no file “{address}” beside the lesson. Put it there, or write lesson:slug.")
    if not re.search(_INLINE.format(re.escape(address)), cell.source) and address not in _ANCHOR.findall(
        cell.source
    ):
        return N_("the link to “{address}” must be written [words]({address}).")
    return None


def _other_lessons(lesson: Lesson) -> list[str]:
    others = (path.parent.name for path in lesson.folder.parent.glob("*/lesson.*.md"))
    return sorted(set(others) - {lesson.slug})


def check_explored(lesson: Lesson) -> Iterator[Problem]:
    """``%explore file.csv`` names a file beside the lesson."""
    for cell in lesson.cells:
        for number, name in find_tables(cell.source) if cell.kind == "code" else []:
            if not find_beside(lesson, name):
                message = N_("there is no file “{address}” beside the lesson. Put it there or mend the name.")
                yield make_problem(lesson.path, cell.line + number, message, address=name)


def split_words(line: str) -> list[str]:
    """Return the words of a magic's line."""
    try:
        return shlex.split(line)
    except ValueError:  # a quotation mark that is not closed
        return line.split()


def carry_along(lesson: Lesson, cell: Cell, made: Any) -> None:
    """Put into a notebook's cell what its text points to: rooms serve no folder, so files travel within the text."""
    for address in dict.fromkeys(find_images(cell)):
        name = Path(address).name
        kind = mimetypes.guess_type(address)[0] or "image/png"
        made.setdefault("attachments", {})[name] = {kind: _encode(lesson, address)}
        whole = rf"(?<![\w./-]){re.escape(address)}(?![\w./-])"  # not the end of another's name
        made["source"] = re.sub(whole, f"attachment:{name}".replace("\\", r"\\"), made["source"])
    for address in dict.fromkeys(link.address for link in find_links(cell)):
        made["source"] = _rewrite_link(lesson, made["source"], address)


def _rewrite_link(lesson: Lesson, source: str, address: str) -> str:
    """Another lesson is a neighbour, in rooms as in the catalogue; a file is saved from the page itself."""
    slug = read_slug(address)
    if slug is not None:
        return source.replace(address, slug)
    kind = mimetypes.guess_type(address)[0] or "application/octet-stream"
    target = f'href="data:{kind};base64,{_encode(lesson, address)}" download="{escape(Path(address).name)}"'
    source = re.sub(_INLINE.format(re.escape(address)), lambda link: f"<a {target}>{link[1]}</a>", source)
    return re.sub(rf"\bhref\s*=\s*([\"']){re.escape(address)}\1", lambda _: target, source)


def _encode(lesson: Lesson, address: str) -> str:
    return base64.b64encode((lesson.folder / unquote(address)).read_bytes()).decode()
