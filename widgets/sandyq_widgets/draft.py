"""A question as its author wrote it, cut into settings, lines and labelled blocks. Nothing is judged here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sandyq_widgets.errors import N_, QuestionError
from sandyq_widgets.numbers import parse_number

_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LABEL: Final = re.compile(r"(\w+)(?: +([^:]+?))? *: *(.*)")
_LATIN: Final = str.maketrans("асеіорхуһкмнт", "aceiopxyhkmht")
"""Cyrillic letters that look like Latin ones, as they slip into a label."""
MOST_DIGITS: Final = 6
DASHES: Final = "-*–—−"
"""What a line of a list may begin with: editors make long dashes by themselves."""
WITH_ARGUMENT: Final = ("wrong", "busy")
"""Labels that may stand several times, each with an argument: ``wrong 20: …``."""


@dataclass
class Block:
    """``hint: …`` and the lines that go on with it."""

    label: str
    argument: str
    line: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass
class Item:
    """One of the things a question is about: an answer, a card, a step."""

    line: int
    text: str
    mark: bool = False
    feedback: str = ""


@dataclass
class Draft:
    kind: str
    settings: dict[str, str]
    lines: list[tuple[int, str]] = field(default_factory=list)
    """(line number, text) before the first label; the magic is line 1."""
    blocks: list[Block] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.settings.get("id", "?")

    @property
    def end(self) -> int:
        return self.lines[-1][0] if self.lines else 2

    def error(self, line: int, problem: str, **values: object) -> QuestionError:
        return QuestionError(self.name, line, problem, **values)

    def label(self, name: str) -> str:
        """Return the text of a label; empty when it is not there."""
        return next((block.text for block in self.blocks if block.label == name), "")

    def labelled(self, name: str) -> list[Block]:
        return [block for block in self.blocks if block.label == name]

    def whole(self, key: str, default: int) -> int:
        """Return a setting that is a whole number, 0 or more."""
        text = self.settings.get(key, str(default))
        if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
            message = N_("“{key}” is “{text}”, not a whole number. Write for example {key}=1")
            raise self.error(1, message, key=key, text=text)
        return int(text)

    def decimal(self, line: int, key: str, text: str) -> Decimal:
        value = parse_number(text)
        if value is None:
            message = N_("“{key}” is “{text}”, not a number. Write it like 1234,5")
            raise self.error(line, message, key=key, text=text)
        return value

    def cut(self, is_item: Callable[[str], object]) -> tuple[str, list[tuple[int, str]]]:
        """Return the text above the first item line, and the item lines.

        Raises :class:`QuestionError` for a missing text and for running text after the items.
        """
        start = next((n for n, (_, line) in enumerate(self.lines) if is_item(line.strip())), len(self.lines))
        text = "\n".join(line for _, line in self.lines[:start]).strip()
        items = [(number, line.strip()) for number, line in self.lines[start:] if line.strip()]
        for number, line in items:
            if not is_item(line):
                message = N_(
                    "text after the answers: “{found}”. Put it above them, or begin it with hint: or reason:"
                )
                raise self.error(number, message, found=line)
        return self.require_text(text), items

    def require_text(self, text: str) -> str:
        if not text:
            raise self.error(2, N_("the question's text is missing. Write it on the line below the name."))
        return text

    def require_items(self, items: Sequence[object], least: int, form: str) -> None:
        if len(items) < least:
            message = N_("at least {least} are needed here. Write each on its own line: {form}")
            raise self.error(self.end, message, least=least, form=form)

    def require_new(self, line: int, text: str, earlier: Sequence[str]) -> str:
        if not text or text in earlier:
            message = N_("this answer is empty or stands twice: “{text}”. Change or remove it.")
            raise self.error(line, message, text=text)
        return text


def split_feedback(written: str) -> tuple[str, str]:
    r"""Divide ``answer | why``; ``\|`` is a bar that belongs to the answer."""
    text, _, feedback = written.replace(r"\|", "\0").partition("|")
    return text.replace("\0", "|").strip(), feedback.replace("\0", "|").strip()


def read_draft(kind: str, header: str, body: str, settings: Sequence[str], labels: Sequence[str]) -> Draft:
    """Cut a question cell: ``header`` is what follows ``%%kind``, ``body`` the lines below it.

    Raises :class:`QuestionError` for settings and labels that this kind does not know.
    """
    draft = Draft(kind, _read_header(kind, header, settings))
    known = re.compile("|".join(sorted(LABELS)))
    for number, line in enumerate(body.rstrip().split("\n"), start=2):
        found = _LABEL.fullmatch(line.strip())
        label = found[1].casefold().translate(_LATIN) if found else ""
        if found and known.fullmatch(label) and bool(found[2]) == (label in WITH_ARGUMENT):
            _check_label(draft, number, label, labels)
            draft.blocks.append(Block(label, found[2] or "", number, [found[3]]))
        elif draft.blocks:
            draft.blocks[-1].lines.append(line.strip())
        else:
            draft.lines.append((number, line))
    return draft


LABELS: Final = frozenset({"hint", "reason", "rubric", "wrong", "words", "map", "way", "people", "busy"})
"""Every label of any kind: one that a kind does not know is an error, not text."""


def _read_header(kind: str, header: str, settings: Sequence[str]) -> dict[str, str]:
    try:
        words = shlex.split(header)
    except ValueError:
        raise QuestionError("?", 1, N_("a quotation mark is not closed. Close it.")) from None
    found = dict(word.partition("=")[::2] for word in words)
    name = found.get("id", "?")
    if not _ID.fullmatch(name):
        message = N_("the question needs a name of small Latin letters. Write for example: %%{kind} id=first")
        raise QuestionError(name, 1, message, kind=kind)
    for word in words:
        key, equals, _ = word.partition("=")
        if key not in settings or not equals:
            known = ", ".join(f"{setting}=…" for setting in settings)
            message = N_("“{word}” is not known here. This line may hold: {known}")
            raise QuestionError(name, 1, message, word=word, known=known)
    return found


def _check_label(draft: Draft, line: int, label: str, labels: Sequence[str]) -> None:
    if label not in labels:
        known = ", ".join(f"{known}:" for known in labels) or "–"
        message = N_("“{label}:” does not belong here. Use: {known}")
        raise draft.error(line, message, label=label, known=known)
    if label not in WITH_ARGUMENT and draft.labelled(label):
        raise draft.error(line, N_("“{label}:” stands twice. Keep one."), label=label)
