"""A question as its author wrote it, cut into settings, lines and labelled blocks. Nothing is judged here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise, takewhile
from typing import Final

from sandyq_widgets.errors import N_, QuestionError
from sandyq_widgets.numbers import parse_number

_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LABEL: Final = re.compile(r"(\w+)(?: +([^:]+?))? *: *(.*)")
_LATIN: Final = str.maketrans("асеіорхуһкмнт", "aceiopxyhkmht")
"""Cyrillic letters that look like Latin ones, as they slip into a label."""
MOST_DIGITS: Final = 6
MOST_POINTS: Final = 100
DASHES: Final = "-*–—−•"
"""What a line of a list may begin with: editors make long dashes and dots by themselves."""
_LISTED: Final = re.compile(rf"[{re.escape(DASHES)}+]\s|[-–—−•+][^\d\W]|\d+[.)]\s|\S+\s*\[.?\]")
"""What is meant for one of a list, however it is spelt."""
_MARK: Final = rf"(?:[{re.escape(DASHES)}+]|\d+[.)])?\s*\[\s*[xXхХ]?\s*\]"
_WRONG_MARK: Final = rf"[{re.escape(DASHES)}+]\s*(?:\[|[({{]\s*[xXхХ]?\s*[])}}]|[xXхХ]\s*[])}}])"
LIKE_OPTION: Final = re.compile(f"{_MARK}|{_WRONG_MARK}")
"""What looks like ``- [ ] an answer``, also one that is written wrong."""
ANOTHER: Final = re.compile(r"\s*%%\w")
"""What begins a question's cell."""
WITH_ARGUMENT: Final = ("wrong", "busy", "options", "expert", "product")
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
            message = N_("“{key}” is “{text}”, not a whole number. Write for example {key}={number}")
            raise self.error(1, message, key=key, text=text, number=default or 1)
        return int(text)

    def points(self) -> int:
        """Return what a question is worth."""
        points = self.whole("points", 1)
        if points > MOST_POINTS:
            message = N_("“points” is {points}: more than {most} for one question. Write {most} or less.")
            raise self.error(1, message, points=points, most=MOST_POINTS)
        return points

    def tries(self) -> int:
        """Return how often a question may be tried; 0 where nothing limits it."""
        tries = self.whole("tries", 0)
        if not tries and "tries" in self.settings:
            message = N_(
                "“tries” is 0. Write 1 or more; leave it out where one may try as often as one likes."
            )
            raise self.error(1, message)
        return tries

    def decimal(self, line: int, key: str, text: str) -> Decimal:
        value = parse_number(text)
        if value is None:
            message = N_("“{key}” is “{text}”, not a number. Write it like 1234,5")
            raise self.error(line, message, key=key, text=text)
        return value

    def cut(self, is_item: Callable[[str], object], form: str) -> tuple[str, list[tuple[int, str]]]:
        """Return the text above the first item line, and the item lines, which are written like ``form``.

        Raises :class:`QuestionError` for a missing text, for running text after the items, and for what is
        nearly an item.
        """
        start = next((n for n, (_, line) in enumerate(self.lines) if is_item(line.strip())), len(self.lines))
        text = "\n".join(line for _, line in self.lines[:start]).strip()
        items = [(number, line.strip()) for number, line in self.lines[start:] if line.strip()]
        if items:
            self._check_above(self.lines[1:start], form)
        for number, line in items:
            if is_item(line):
                continue
            if _LISTED.match(line) or LIKE_OPTION.match(line):
                message = N_("“{found}” is not understood here. Write it like {form}")
                raise self.error(number, message, found=line, form=form)
            message = N_(
                "text after the answers: “{found}”. Put it above them, or begin it with hint: or reason:"
            )
            raise self.error(number, message, found=line)
        return self.require_text(text), items

    def _check_above(self, lines: Sequence[tuple[int, str]], form: str) -> None:
        """What stands right above the items and looks like one more of them is no text."""
        sign = " = " if " = " in form else "\0"
        listed = [*takewhile(lambda each: _LISTED.match(each[1].strip()) or sign in each[1], reversed(lines))]
        if listed:
            message = N_(
                "“{found}” is not understood. Write it like {form}; if it is text, leave an empty line below it."
            )
            raise self.error(listed[-1][0], message, found=listed[-1][1].strip(), form=form)

    def check_below(self, is_item: Callable[[str], object]) -> None:
        """Raise :class:`QuestionError` for an item that a label has swallowed."""
        for block in self.blocks:
            for number, line in enumerate(block.lines, start=block.line):
                if is_item(line):
                    message = N_("“{found}” stands below “{label}:”. Move it up to the others.")
                    raise self.error(number, message, found=line, label=block.label)

    def read_text(self) -> str:
        """Return the text of a question that has no items."""
        for number, line in self.lines:
            if LIKE_OPTION.match(line.strip()):
                message = N_("“{found}” would be mere text here. Answers to choose from belong to %%choice.")
                raise self.error(number, message, found=line.strip())
        return self.require_text("\n".join(line for _, line in self.lines).strip())

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
        if LIKE_OPTION.match(text):
            message = N_("“{text}”: [ ] and [x] have no meaning here. Remove them.")
            raise self.error(line, message, text=text)
        return text

    def require_no_bar(self, line: int, text: str) -> None:
        if "|" in text.replace(r"\|", ""):
            message = N_(
                "“{found}”: nothing can be said of a single one here. Take out what follows |, or write \\|"
            )
            raise self.error(line, message, found=text)


def split_feedback(written: str) -> tuple[str, str]:
    r"""Divide ``answer | why``; ``\|`` is a bar that belongs to the answer."""
    text, _, feedback = written.replace(r"\|", "\0").partition("|")
    return text.replace("\0", "|").strip(), feedback.replace("\0", "|").strip()


def read_draft(kind: str, header: str, body: str, settings: Sequence[str], labels: Sequence[str]) -> Draft:
    """Cut a question cell: ``header`` is what follows ``%%kind``, ``body`` the lines below it.

    Raises :class:`QuestionError` for settings and labels that this kind does not know.
    """
    draft = Draft(kind, _read_header(kind, header, settings))
    for number, line in enumerate(body.rstrip().split("\n"), start=2):
        if ANOTHER.match(line):
            message = N_("“{found}” begins another question. Put it into a cell of its own.")
            raise draft.error(number, message, found=line.strip())
        found = _LABEL.fullmatch(line.strip())
        label = _fold(found[1]) if found else ""
        if found and label in {*LABELS, *labels} and bool(found[2]) == (label in WITH_ARGUMENT):
            _check_label(draft, number, label, found[2] or "", labels)
            draft.blocks.append(Block(label, found[2] or "", number, [found[3]]))
            continue
        if not (draft.blocks and draft.blocks[-1].label in LISTING):
            _check_slip(draft, number, line.strip(), settings, labels)
        if draft.blocks:
            draft.blocks[-1].lines.append(line.strip())
        else:
            draft.lines.append((number, line))
    for block in draft.blocks:
        if not block.text and block.label != "words":  # the gaps' own words may be all there are
            message = N_("“{label}:” is empty. Write something behind it, or remove it.")
            raise draft.error(block.line, message, label=f"{block.label} {block.argument}".strip())
    return draft


LABELS: Final = frozenset({"hint", "reason", "rubric", "wrong", "words", "map", "way", "people", "busy"})
"""Labels of any kind: one that a kind does not know is an error, not text."""
LISTING: Final = frozenset({"options", "decide", "follows", "expert", "product"})
"""Labels of decisions alone, elsewhere mere text; below them stand lists and papers, in which nothing is a slip."""
_TRANSLATED: Final = {
    "кеңес": "hint",
    "подсказка": "hint",
    "түсіндірме": "reason",
    "объяснение": "reason",
    "рубрика": "rubric",
}
"""Labels as people say them."""
_LIKE_LABEL: Final = re.compile(r"(\w+)(?:\s+([^:：;=]+?))?\s*[:：;=]")
LIKE_LABEL: Final = N_("“{found}” looks like “{label}:”. Write it so, or, if it is text, begin it otherwise.")
_NEAR, _NEAR_SHORT = 0.75, 0.6
"""How much of two words is the same when one is the other mistyped; of three letters two may be."""
_LONG: Final = 5
"""Letters of a word that is not taken for another by chance."""


def _find_near(word: str, known: Sequence[str]) -> str:
    return next(iter(get_close_matches(word, known, 1, _NEAR if len(word) > 3 else _NEAR_SHORT)), "")


def _fold(word: str) -> str:
    return word.casefold().translate(_LATIN)


def _check_slip(draft: Draft, line: int, text: str, settings: Sequence[str], labels: Sequence[str]) -> None:
    """Raise :class:`QuestionError` for what was to be a label or a setting and would pass for text."""
    first = text.split(maxsplit=1)[0] if text else ""
    found = _LIKE_LABEL.match(text)
    word, argument = (_fold(found[1]), found[2]) if found else (first, "")
    for label in WITH_ARGUMENT:
        is_glued = first.startswith(label) and not first.rstrip(":").isalpha()
        if label in labels and (is_glued or (word == label and not (found and argument))):
            message = N_("“{found}” does not say which. Write: {label} …: …")
            raise draft.error(line, message, found=text, label=label)
    if not found:
        if first in labels:  # its colon is missing
            raise draft.error(line, LIKE_LABEL, found=text, label=first)
        return
    with_argument = [label for label in WITH_ARGUMENT if label in labels]
    long = [label for label in LABELS if len(label) >= _LONG]
    wanted = with_argument if argument else [*labels, *long]
    near = _TRANSLATED.get(found[1].casefold(), "") if not argument else ""
    near = near or _find_near(word, wanted)
    if near:
        raise draft.error(line, LIKE_LABEL, found=text, label=near)
    if not argument and (near := _find_near(word, settings[1:])):
        message = N_("“{found}” belongs to the first line. Write there {label}=…")
        raise draft.error(line, message, found=text, label=near)


def _read_header(kind: str, header: str, settings: Sequence[str]) -> dict[str, str]:
    try:
        words = shlex.split(header.replace("\u00a0", " "))  # pages and Word give such spaces
    except ValueError:
        raise QuestionError("?", 1, N_("a quotation mark is not closed. Close it.")) from None
    found: dict[str, str] = {}
    twice = ""
    for word in words:
        key, _, value = word.partition("=")
        twice = twice or (key if key in found else "")
        found[key] = value
    name = found.get("id", "?")
    for word, after in pairwise((*words, "")):
        key = word.removesuffix("=")
        apart = after.startswith("=") or (key != word and after and "=" not in after)
        if apart and key in settings:
            message = N_("what “{key}” is stands right behind it, without spaces. Write: {key}=…")
            raise QuestionError(name or "?", 1, message, key=key)
    if not _ID.fullmatch(name):
        message = N_("the question needs a name of small Latin letters. Write for example: %%{kind} id=first")
        raise QuestionError(name, 1, message, kind=kind)
    for word in words:
        key, equals, _ = word.partition("=")
        if key not in settings or not equals:
            known = ", ".join(f"{setting}=…" for setting in settings)
            message = N_("“{word}” is not known here. This line may hold: {known}")
            raise QuestionError(name, 1, message, word=word, known=known)
    if twice:
        raise QuestionError(name, 1, N_("“{word}=” stands twice. Keep one."), word=twice)
    return found


def _check_label(draft: Draft, line: int, label: str, argument: str, labels: Sequence[str]) -> None:
    if label not in labels:
        known = ", ".join(f"{known}:" for known in labels) or "–"
        message = N_("“{label}:” does not belong here. Use: {known}")
        raise draft.error(line, message, label=label, known=known)
    if any(block.argument == argument for block in draft.labelled(label)):
        whole = f"{label} {argument}".strip()
        raise draft.error(line, N_("“{label}:” stands twice. Keep one."), label=whole)
