"""An item between the form that a teacher fills in and the question cell that lessons read and judge."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandyq.item_bank import take_print
from sandyq_widgets.errors import QuestionError
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.kinds.choice import ChoiceSpec
from sandyq_widgets.kinds.gaps import GapsSpec
from sandyq_widgets.kinds.match import MatchSpec
from sandyq_widgets.kinds.number import NumberSpec
from sandyq_widgets.kinds.order import OrderSpec
from sandyq_widgets.kinds.short import ShortSpec
from sandyq_widgets.parsing import read_question

FORMS: Final = ("choice", "choices", "number", "short", "order", "match", "gaps")
"""Kinds that have a form."""
CELL: Final = "cell"
"""The form for a cell that was written elsewhere."""
OPTIONS: Final = 6
PAIRS: Final = 6
WRONG: Final = 3
"""How many there is room for."""
NAME: Final = "item"
"""Of a question in the bank; in a lesson it gets its number."""
UNFIT: Final = frozenset({"decide", "poll", "board", "robot", "typing", "inbox", "highlight"})
"""Kinds that belong to a lesson of their own, or that nobody can be right in."""
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A question cell, and the field from which each of its lines came."""

    text: str
    fields: dict[int, str] = field(default_factory=dict)

    def find_field(self, error: QuestionError) -> str:
        """Return the field in which an error is to be mended: of a setting its own, else the line's."""
        key = str(error.values.get("key", ""))
        if error.line == 1 and key in ("answer", "tolerance"):
            return key
        lines = [line for line in self.fields if line <= error.line]
        return self.fields[max(lines)] if lines else ""


class _Writer:
    def __init__(self, header: str, name: str) -> None:
        self.lines, self.fields = [header], {1: name}

    def add(self, text: str, name: str) -> None:
        """One line, or several of one field."""
        for line in text.strip().split("\n"):
            self.lines.append(line.rstrip())
            self.fields[len(self.lines)] = name

    def label(self, label: str, text: str, name: str) -> None:
        if text.strip():
            self.add(f"{label}: {text.strip()}", name)

    def finish(self) -> Cell:
        return Cell("\n".join(self.lines), self.fields)


def write_cell(kind: str, values: Values) -> Cell:
    """Return the cell of what stands in a form; ``read_cell`` says whether it is a question."""
    if kind == CELL:
        text = str(values.get(CELL) or "").strip()
        return Cell(text, {1: CELL})
    writer = _Writer(_write_header(kind, values), "answer" if kind == "number" else "text")
    writer.add(_get(values, "text"), "text")
    _WRITERS[kind](writer, values)
    writer.label("hint", _get(values, "hint"), "hint")
    writer.label("reason", _get(values, "reason"), "reason")
    return writer.finish()


def _get(values: Values, name: str) -> str:
    return str(values.get(name) or "").strip()


def _write_header(kind: str, values: Values) -> str:
    header = f"%%{kind} id={NAME} points=1"
    if kind == "number":
        for name in ("answer", "tolerance", "unit"):
            if value := _get(values, name):
                header += f" {name}={shlex.quote(value.replace(' ', '') if name != 'unit' else value)}"
    return header


def _write_options(writer: _Writer, values: Values) -> None:
    right = values.get("right") or []
    chosen = set(right if isinstance(right, list) else [right])
    for number in range(1, OPTIONS + 1):
        if text := _get(values, f"option{number}"):
            said = _get(values, f"why{number}")
            mark = "x" if number in chosen else " "
            line = f"- [{mark}] {_bar(text)}" + (f" | {_bar(said)}" if said else "")
            writer.add(line, f"option{number}")


def _bar(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def _write_wrong(writer: _Writer, values: Values) -> None:
    for number in range(1, WRONG + 1):
        if value := _get(values, f"wrong{number}"):
            writer.add(f"wrong {value}: {_get(values, f'said{number}') or '–'}", f"wrong{number}")


def _write_number(writer: _Writer, values: Values) -> None:
    _write_wrong(writer, values)


def _write_short(writer: _Writer, values: Values) -> None:
    for line in _lines(values, "accepted"):
        writer.add(f"= {line}", "accepted")
    _write_wrong(writer, values)


def _write_order(writer: _Writer, values: Values) -> None:
    for number, line in enumerate(_lines(values, "steps"), start=1):
        writer.add(f"{number}. {line}", "steps")


def _write_pairs(writer: _Writer, values: Values) -> None:
    for number in range(1, PAIRS + 1):
        left, right = _get(values, f"left{number}"), _get(values, f"right{number}")
        if left or right:
            writer.add(f"- {left} = {right}", f"left{number}")
    for line in _lines(values, "extra"):
        writer.add(f"- = {line}", "extra")


def _write_gaps(writer: _Writer, values: Values) -> None:
    writer.add(_get(values, "gaps"), "gaps")
    if values.get("offered") or _get(values, "words"):
        writer.add(f"words: {', '.join(_lines(values, 'words'))}".rstrip(), "words")


def _lines(values: Values, name: str) -> list[str]:
    return [line.strip() for line in _get(values, name).split("\n") if line.strip()]


_WRITERS: Final = {
    "choice": _write_options,
    "choices": _write_options,
    "number": _write_number,
    "short": _write_short,
    "order": _write_order,
    "match": _write_pairs,
    "gaps": _write_gaps,
}


def read_cell(text: str) -> Spec | None:
    """Return the question that a cell asks, as lessons read it; None when it asks none that fits the bank.

    Raises QuestionError naming the line and what to do.
    """
    spec = read_question(text)
    return None if spec is None or spec.kind in UNFIT else spec


def read_values(text: str) -> tuple[str, dict[str, Any]]:
    """Return the form in which a cell can be changed, and what stands in it: its kind's, or the one for cells."""
    own = CELL, {CELL: text}
    try:
        spec = read_cell(text)
    except QuestionError:
        return own
    if spec is None or spec.kind not in FORMS:
        return own
    values = {"text": spec.text, "hint": spec.hint, "reason": spec.reason} | _read_own(spec)
    is_whole = take_print(write_cell(spec.kind, values).text) == take_print(text)
    return (spec.kind, values) if is_whole else own


def _read_own(spec: Spec) -> dict[str, Any]:  # noqa: PLR0911 # one a kind
    values: dict[str, Any] = {}
    match spec:
        case ChoiceSpec():
            right = [number for number, each in enumerate(spec.options, start=1) if each.mark]
            values["right"] = right if spec.kind == "choices" else right[0]
            for number, each in enumerate(spec.options, start=1):
                values |= {f"option{number}": each.text, f"why{number}": each.feedback}
            return values
        case NumberSpec():
            plain = {"answer": spec.solve(), "unit": spec.unit}
            if spec.tolerance:
                plain["tolerance"] = f"{spec.tolerance}".replace(".", ",")
            return plain | _read_wrong([(f"{value}".replace(".", ","), said) for value, said in spec.wrong])
        case ShortSpec():
            return {"accepted": "\n".join(spec.accepted)} | _read_wrong(spec.wrong)
        case OrderSpec():
            return {"steps": "\n".join(spec.steps)}
        case MatchSpec():
            pairs = zip(spec.lefts, spec.rights, strict=False)
            values["extra"] = "\n".join(spec.rights[len(spec.lefts) :])
            for number, (left, partner) in enumerate(pairs, start=1):
                values |= {f"left{number}": left, f"right{number}": partner}
            return values
        case GapsSpec():
            more = spec.words[len(spec.gaps) :]
            return {"gaps": spec.body.strip(), "offered": bool(spec.words), "words": "\n".join(more)}
    return {}


def _read_wrong(wrong: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, (value, said) in enumerate(wrong, start=1):
        values |= {f"wrong{number}": value, f"said{number}": said}
    return values


def tell_problem(problem: str) -> str:
    """Return a sentence with its first letter large, as it stands alone at a field."""
    return re.sub(r"^\w", lambda found: found[0].upper(), problem)
