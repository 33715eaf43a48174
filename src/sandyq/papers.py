"""A document as a list of blocks, read from a light markup, written as a Word file; apps show the blocks as HTML.

Each line of the markup is a block; its first character says which:

``=`` title · ``+`` chapter · ``*`` bold line · ``^`` centred · ``>`` to the right · ``#`` numbered point (the numbers
run on) · ``-`` numbered part of a point · ``|`` row of a table, the first one its head · ``~`` ``role | name``: a line
to sign · anything else: a paragraph. ``___`` (three or more) is a blank to fill in by hand.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

KINDS: Final = {
    "=": "title",
    "+": "chapter",
    "*": "bold",
    "^": "centre",
    ">": "right",
    "#": "point",
    "-": "part",
    "|": "row",
    "~": "sign",
}
LOCALES: Final = {"kk": "kk-KZ", "ru": "ru-RU", "en": "en-GB"}
BLANK: Final = re.compile(r"(\u2061?_{3,})")
_GUARD, _MISSING, _STOP = "\u2060", "\u2061", "\u2063"
_SAFE: Final = str.maketrans({"|": "\ue001", "_": "\ue002", _GUARD: None, _MISSING: None, _STOP: None})
_BACK: Final = str.maketrans({"\ue001": "|", "\ue002": "_", _GUARD: None, _STOP: None})
TEXT_WIDTH: Final = 170
"""Millimetres between the margins of the Word file."""
LETTER, SPACE, PADDING = 2.9, 2.1, 4.0
"""Millimetres: a wide letter of its type, one of a blank, and what a cell keeps free at its sides."""
WIDE: Final = 60
"""Millimetres for which a cell asks at most."""


@dataclass(frozen=True)
class Run:
    """A piece of text, or a blank of as many letters."""

    text: str
    blank: int = 0
    missing: bool = False
    """The blank stands for a fact that nobody has told yet; others are for the hand of whoever fills the paper in."""


Text = tuple[Run, ...]


@dataclass(frozen=True)
class Block:
    kind: str
    """A value of KINDS (``table`` instead of ``row``), or ``text``."""
    rows: tuple[tuple[Text, ...], ...]
    """Of a table its rows; of a line to sign role and name; of all others one row with one text."""

    @property
    def text(self) -> Text:
        return self.rows[0][0]


@dataclass(frozen=True)
class Paper:
    title: str
    language: str
    blocks: tuple[Block, ...]
    foot: str
    """Stands at the foot of each page of the Word file, and at the end of the printed sheet."""

    @property
    def missing(self) -> int:
        """How many facts it still waits for; names at signatures stand in the text, too, and do not count."""
        texts = [text for block in self.blocks if block.kind != "sign" for row in block.rows for text in row]
        return sum(run.missing for text in texts for run in text)


class Blank(str):
    """A value that is not known: a blank of as many letters as it has."""

    __slots__ = ()


def guard(value: Any) -> str:
    """Return a value for the markup: what people wrote is text, whatever signs it begins with or holds."""
    if isinstance(value, Blank):
        return f"{_MISSING}{value}"
    text = " ".join(str(value).split()).translate(_SAFE)
    return f"{_GUARD}{text}{_STOP}" if text.endswith(".") else f"{_GUARD}{text}"


def read_markup(markup: str) -> tuple[Block, ...]:
    """Return the blocks of a document."""
    return tuple(_number(_join_rows(_read_lines(markup))))


def _read_lines(markup: str) -> Iterator[Block]:
    for line in filter(None, map(str.strip, markup.splitlines())):
        kind = KINDS.get(line[0]) if line[1:2] == " " else None
        content = line[2:] if kind else line
        cells = content.removesuffix("|").split("|") if kind in {"row", "sign"} else [content]
        yield Block(kind or "text", (tuple(map(_read_runs, cells)),))


def _read_runs(text: str) -> Text:
    text = text.strip().replace(f"{_STOP}.", "")  # “Е. М.” ends its sentence, too
    pieces = [piece for piece in BLANK.split(text) if piece]
    return tuple(
        Run("", each.count("_"), each[0] == _MISSING) if BLANK.fullmatch(each) else Run(each.translate(_BACK))
        for each in pieces
    )


def _join_rows(blocks: Iterator[Block]) -> Iterator[Block]:
    rows: list[tuple[Text, ...]] = []
    for block in blocks:
        if block.kind == "row":
            rows += block.rows
            continue
        if rows:
            yield Block("table", tuple(rows))
            rows = []
        yield block
    if rows:
        yield Block("table", tuple(rows))


def _number(blocks: Iterator[Block]) -> Iterator[Block]:
    """Write the numbers out: points run on through the document, parts begin anew in each point."""
    point = part = 0
    for block in blocks:
        if block.kind == "point":
            point, part = point + 1, 0
            yield Block(block.kind, (((Run(f"{point}. "), *block.text),),))
        elif block.kind == "part":
            part += 1
            yield Block(block.kind, (((Run(f"{part}) "), *block.text),),))
        else:
            yield block


def to_docx(paper: Paper, author: str) -> bytes:
    """Return the paper as a Word file: A4, Times New Roman 12."""
    from docx import Document as new_document

    document = new_document()
    _set_up(document, paper, author)
    for block in paper.blocks:
        if block.kind == "table":
            _add_table(document, block)
        elif block.kind == "sign":
            _add_signature(document, block)
        else:
            _add_line(document, block)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _set_up(document: Document, paper: Paper, author: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document.core_properties.title = paper.title
    document.core_properties.author = author
    document.core_properties.language = paper.language
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(15)
    section.top_margin = section.bottom_margin = Mm(20)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12)
    style.element.rPr.rFonts.set(qn("w:cs"), "Times New Roman")
    style.paragraph_format.space_after = Pt(4)
    language = style.element.rPr.makeelement(qn("w:lang"), {qn("w:val"): LOCALES[paper.language]})
    style.element.rPr.append(language)
    foot = section.footer.paragraphs[0]
    foot.text = paper.foot
    foot.runs[0].italic, foot.runs[0].font.size = True, Pt(9)


def _add_line(document: Document, block: Block) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Mm, Pt

    paragraph = document.add_paragraph()
    _write(paragraph, block.text, bold=block.kind in {"title", "chapter", "bold"})
    look = paragraph.paragraph_format
    match block.kind:
        case "title" | "chapter" | "centre":
            paragraph.alignment = ALIGN.CENTER
            look.space_before = Pt(0 if block.kind == "centre" else 10)
            look.keep_with_next = block.kind != "centre"
        case "right":
            look.left_indent, look.space_after = Mm(95), Pt(0)
        case "bold":
            look.space_before, look.keep_with_next = Pt(8), True
        case "part":
            look.left_indent = Mm(10)


def _write(paragraph: Paragraph, text: Sequence[Run], *, bold: bool = False) -> None:
    for run in text:
        paragraph.add_run(
            "_" * run.blank or run.text
        ).bold = bold  # LibreOffice shows no blank of spaces that it wraps


def _add_table(document: Document, block: Block) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    table = document.add_table(len(block.rows), len(block.rows[0]), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, _share_width(block.rows), strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    for number, row in enumerate(block.rows):
        table.rows[number].height = Mm(7)
        for cell, text in zip(table.rows[number].cells, row, strict=True):
            _write(cell.paragraphs[0], text, bold=number == 0)
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
    head: Any = table.rows[0]._tr.get_or_add_trPr()
    head.append(head.makeelement(qn("w:tblHeader"), {}))
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _share_width(rows: Sequence[Sequence[Text]]) -> list[float]:
    """Return the widths of a table's columns in millimetres: room for their longest words first, then for their texts;
    what is to be filled in by hand has an equal share where there is room."""
    columns = list(zip(*rows, strict=True))
    least = [max(map(_measure_word, column)) + PADDING for column in columns]
    wished = [
        min(max(map(_measure, column)), WIDE) + PADDING if any(column[1:]) else TEXT_WIDTH / len(columns)
        for column in columns
    ]
    more = [max(wish - width, 0.1) for width, wish in zip(least, wished, strict=True)]
    free = TEXT_WIDTH - sum(least)
    if free < 0:
        return [width * TEXT_WIDTH / sum(least) for width in least]
    return [width + free * part / sum(more) for width, part in zip(least, more, strict=True)]


def _measure(text: Text) -> float:
    return sum(len(run.text) * LETTER + run.blank * SPACE for run in text)


def _measure_word(text: Text) -> float:
    """Measure a cell's longest word or blank."""
    words = [len(word) * LETTER for run in text for word in run.text.split()]
    return max([*words, *(run.blank * SPACE for run in text), LETTER])


def _add_signature(document: Document, block: Block) -> None:
    from docx.shared import Mm, Pt

    role, name = block.rows[0]
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(8)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(75))
    _write(paragraph, (*role, Run("\t"), Run("", 14), Run("  "), *name))
