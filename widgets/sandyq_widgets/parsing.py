"""From the text of a question cell to its parts. Pure: no notebook, no widget, no language."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sandyq_widgets.errors import N_, QuestionError
from sandyq_widgets.numbers import parse_number


@dataclass(frozen=True)
class Option:
    text: str
    feedback: str
    """Why this answer is right or wrong; may be empty."""
    right: bool


@dataclass(frozen=True)
class ChoiceSpec:
    """One right answer among several."""

    id: str
    text: str
    points: int
    options: tuple[Option, ...]
    hint: str = ""
    reason: str = ""
    kind = "choice"

    @property
    def keys(self) -> tuple[object, ...]:
        """What must agree between the languages of a lesson."""
        return tuple(option.right for option in self.options)


@dataclass(frozen=True)
class NumberSpec:
    """A number, right within a tolerance."""

    id: str
    text: str
    points: int
    answer: Decimal
    tolerance: Decimal = Decimal(0)
    unit: str = ""
    wrong: tuple[tuple[Decimal, str], ...] = ()
    """Expected wrong values and the feedback for each."""
    hint: str = ""
    reason: str = ""
    kind = "number"

    @property
    def keys(self) -> tuple[object, ...]:
        return (self.answer, self.tolerance, *(value for value, _ in self.wrong))


@dataclass(frozen=True)
class OpenSpec:
    """Free text that a person reads; it carries no points of its own."""

    id: str
    text: str
    min_words: int = 0
    rubric: str = ""
    """For the teacher who marks it."""
    hint: str = ""
    points = 0
    kind = "open"

    @property
    def keys(self) -> tuple[object, ...]:
        return ()


Spec = ChoiceSpec | NumberSpec | OpenSpec

_SETTINGS: Final = {
    "choice": ("id", "points"),
    "number": ("id", "points", "answer", "tolerance", "unit"),
    "open": ("id", "min_words"),
}
_LABELS: Final = {
    "choice": ("hint", "reason"),
    "number": ("hint", "reason", "wrong"),
    "open": ("hint", "rubric"),
}
KINDS: Final = tuple(_SETTINGS)
_LABEL_LINE: Final = re.compile(r"(hint|reason|rubric|wrong(?= ))(?:(?<=wrong) +([^:]+?))? *: *(.*)")
_OPTION_LINE: Final = re.compile(r"[-*] *\[ *([xXхХ]?) *\] *(.*)")  # х: the Cyrillic letter looks the same
_OPTION_LIKE: Final = re.compile(r"[-*] *\[|\[[ xXхХ]?\]")
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass
class _Block:
    """``hint: …`` and the lines that go on with it."""

    label: str
    argument: str
    line: int
    text: str


def parse_question(kind: str, header: str, body: str) -> Spec:
    """Read one question: ``header`` is what follows ``%%kind``, ``body`` the lines below it.

    Raises :class:`QuestionError` naming the question, the line and the fix.
    """
    settings = _parse_header(kind, header)
    name = settings["id"]
    lines, blocks = _split(kind, name, body)
    labels = {block.label: block.text for block in blocks if block.label != "wrong"}
    if kind == "choice":
        text, options = _parse_options(name, lines)
        _require_text(name, text)
        return ChoiceSpec(name, text, _points(settings), options, **labels)
    text = "\n".join(lines).strip()
    _require_text(name, text)
    if kind == "number":
        return _number(settings, text, blocks, labels)
    return OpenSpec(name, text, _whole(settings, "min_words", 0), **labels)


def _parse_header(kind: str, header: str) -> dict[str, str]:
    try:
        words = shlex.split(header)
    except ValueError:
        raise QuestionError("?", 1, N_("a quotation mark is not closed. Close it.")) from None
    settings = dict(word.partition("=")[::2] for word in words)
    name = settings.get("id", "?")
    if not _ID.fullmatch(name):
        raise QuestionError(
            name,
            1,
            N_("the question needs a name of small Latin letters. Write for example: %%{kind} id=first"),
            kind=kind,
        )
    for word in words:
        key, equals, _ = word.partition("=")
        if key not in _SETTINGS[kind] or not equals:
            known = ", ".join(f"{setting}=…" for setting in _SETTINGS[kind])
            raise QuestionError(
                name, 1, N_("“{word}” is not known here. This line may hold: {known}"), word=word, known=known
            )
    return settings


def _split(kind: str, name: str, body: str) -> tuple[list[str], list[_Block]]:
    """Divide the body into the lines before the first label and the labelled blocks."""
    lines: list[str] = []
    blocks: list[_Block] = []
    for number, line in enumerate(body.rstrip().split("\n"), start=2):
        found = _LABEL_LINE.fullmatch(line.strip())
        if found:
            label, argument, text = found.groups()
            _check_label(kind, name, number, label, [block.label for block in blocks])
            blocks.append(_Block(label, argument or "", number, text))
        elif blocks:
            blocks[-1].text = f"{blocks[-1].text}\n{line.strip()}".strip()
        else:
            lines.append(line)
    return lines, blocks


def _check_label(kind: str, name: str, line: int, label: str, earlier: list[str]) -> None:
    if label not in _LABELS[kind]:
        known = ", ".join(f"{known}:" for known in _LABELS[kind])
        raise QuestionError(
            name, line, N_("“{label}:” does not belong here. Use: {known}"), label=label, known=known
        )
    if label in earlier and label != "wrong":
        raise QuestionError(name, line, N_("“{label}:” stands twice. Keep one."), label=label)


def _parse_options(name: str, lines: list[str]) -> tuple[str, tuple[Option, ...]]:
    text: list[str] = []
    options: list[Option] = []
    for number, line in enumerate(lines, start=2):
        found = _OPTION_LINE.fullmatch(line.strip())
        if found:
            options.append(_option(name, number, found[1], found[2], options))
        elif _OPTION_LIKE.match(line.strip()):
            raise QuestionError(
                name,
                number,
                N_("an answer is written “- [ ] text” or, the right one, “- [x] text”; here is “{found}”."),
                found=line.strip(),
            )
        elif not options:
            text.append(line)
        elif line.strip():
            raise QuestionError(
                name,
                number,
                N_("text after the answers: “{found}”. Put it above them, or begin it with hint: or reason:"),
                found=line.strip(),
            )
    _check_options(name, len(lines) + 1, options)
    return "\n".join(text).strip(), tuple(options)


def _option(name: str, line: int, mark: str, written: str, earlier: list[Option]) -> Option:
    text, _, feedback = (
        part.replace("\0", "|").strip() for part in written.replace(r"\|", "\0").partition("|")
    )
    if not text or text in [option.text for option in earlier]:
        raise QuestionError(
            name, line, N_("this answer is empty or stands twice: “{text}”. Change or remove it."), text=text
        )
    return Option(text, feedback, bool(mark))


def _check_options(name: str, line: int, options: list[Option]) -> None:
    if len(options) < 2:
        raise QuestionError(
            name, line, N_("at least two answers are needed. Write each on its own line: - [ ] text")
        )
    right = sum(option.right for option in options)
    if right != 1:
        raise QuestionError(
            name,
            line,
            N_("exactly one answer must be marked right with - [x]; now there are {count}."),
            count=right,
        )


def _require_text(name: str, text: str) -> None:
    if not text:
        raise QuestionError(
            name, 2, N_("the question's text is missing. Write it on the line below the name.")
        )


def _number(settings: dict[str, str], text: str, blocks: list[_Block], labels: dict[str, str]) -> NumberSpec:
    name, unit = settings["id"], settings.get("unit", "")
    if "answer" not in settings:
        raise QuestionError(name, 1, N_("the right number is missing. Add for example: answer=12,5"))
    answer = _decimal(name, 1, "answer", settings["answer"])
    tolerance = _decimal(name, 1, "tolerance", settings.get("tolerance", "0"))
    wrong = tuple(
        (_decimal(name, block.line, "wrong", block.argument), block.text)
        for block in blocks
        if block.label == "wrong"
    )
    for block, (value, _) in zip((b for b in blocks if b.label == "wrong"), wrong, strict=True):
        if abs(value - answer) <= tolerance:
            raise QuestionError(
                name,
                block.line,
                N_("{value} counts as right. Give another value or a smaller tolerance."),
                value=value,
            )
    return NumberSpec(name, text, _points(settings), answer, abs(tolerance), unit, wrong, **labels)


def _decimal(name: str, line: int, key: str, text: str) -> Decimal:
    value = parse_number(text)
    if value is None:
        raise QuestionError(
            name, line, N_("“{key}” is “{text}”, not a number. Write it like 1234,5"), key=key, text=text
        )
    return value


def _points(settings: dict[str, str]) -> int:
    return _whole(settings, "points", 1)


def _whole(settings: dict[str, str], key: str, default: int) -> int:
    text = settings.get(key, str(default))
    if not text.isascii() or not text.isdigit():
        raise QuestionError(
            settings["id"],
            1,
            N_("“{key}” is “{text}”, not a whole number. Write for example {key}=1"),
            key=key,
            text=text,
        )
    return int(text)
