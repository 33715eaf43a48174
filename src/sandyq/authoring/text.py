"""A MyST notebook with front matter, read through jupytext: the form of lessons and assignments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jupytext
import yaml

from sandyq.authoring.problems import N_, Problem, TextError, make_problem


@dataclass(frozen=True)
class Text:
    path: Path
    """``<name>.<language>.md``"""
    language: str
    front: dict[str, Any]
    """What the front matter holds under ``sandyq:``."""
    lines: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return self.path.parent

    def find_line(self, key: str) -> int:
        """Return the line of a front matter key, 1 when it is missing."""
        found = (n for n, line in enumerate(self.lines, 1) if line.strip().startswith(f"{key}:"))
        return next(found, 1)

    def find_item(self, key: str, number: int) -> int:
        """Return the line on which an item of a front matter list begins; that of the key when it cannot be found."""
        try:
            node: Any = _compose_front(self.lines)
            for name in ("sandyq", key):
                node = next(value for word, value in node.value if word.value == name)
            return int(node.value[number].start_mark.line) + 1
        except (StopIteration, IndexError, AttributeError):
            return self.find_line(key)


def _find_mark(error: yaml.MarkedYAMLError) -> int:
    """Return the line on which something begins that is never closed, else that on which reading ended."""
    is_open = error.context is not None and "block" not in error.context
    mark = (is_open and error.context_mark) or error.problem_mark
    return int(mark.line) + 1 if mark else 1


def read_text(path: Path) -> tuple[Text, list[tuple[Any, int]]]:
    """Return the text and its cells (notebook nodes), each with the line on which its source begins.

    Raises :class:`TextError` when it is no MyST notebook or has no front matter.
    """
    text = _decode(path)
    lines = tuple(text.splitlines())
    try:
        notebook = jupytext.reads(text, fmt="md:myst", as_version=4)
        source_map = _map_lines(text)
    except yaml.MarkedYAMLError as error:
        raise TextError(make_problem(path, _find_mark(error), _NO_YAML)) from error
    except Exception as error:  # jupytext's readers raise whatever their parsers raise
        raise TextError(_explain(path, lines, error)) from error
    front = notebook.metadata.get("sandyq")
    if not isinstance(front, dict):
        raise TextError(
            make_problem(path, 1, N_("the front matter lacks “sandyq:”. Add it; see another text."))
        )
    for key, line in _find_twice(_compose_front(lines)):
        raise TextError(make_problem(path, line, N_("“{key}:” stands twice. Keep one."), key=key))
    placed = [
        (cell, _find_source(lines, start, cell.source))
        for cell, start in zip(notebook.cells, source_map, strict=True)
    ]
    return Text(path, path.suffixes[-2].lstrip("."), dict(front), lines), placed


def _cut_front(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the front matter's lines, without the one that ends it."""
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() in ("---", "...")), len(lines))
    return lines[:end]


def _compose_front(lines: tuple[str, ...]) -> yaml.Node | None:
    return yaml.compose("\n".join(_cut_front(lines)))


def _find_twice(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Yield (key, line) of each key that stands in its mapping again: YAML takes the last one and says nothing."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen = set()
    for key, value in node.value:
        if key.value in seen:
            yield key.value, key.start_mark.line + 1
        seen.add(key.value)
        yield from _find_twice(value)


def _explain(path: Path, lines: tuple[str, ...], error: Exception) -> Problem:
    """Say where a text is no notebook: jupytext's own words name no line of it, or only in English."""
    if line := _find_break(lines):
        return tell_break(path, line)
    if line := _find_odd(lines):
        return make_problem(path, line, _NO_YAML)
    # Jupytext takes out a key without a value, and misses it then.
    empty = f"{error.args[0]}:" if isinstance(error, KeyError) else ""
    found = next((n for n, line in enumerate(lines, 1) if empty and line.strip() == empty), 0)
    if found:
        return make_problem(path, found, N_("“{key}” is empty. Write something behind it."), key=empty)
    place = re.search(r" at line (\d+) ", f"{error} ")
    message = N_("this is not a MyST notebook ({error}). See another one for the form.")
    return make_problem(path, int(place[1]) if place else 1, message, error=error)


_NO_YAML: Final = N_(
    'this cannot be read. Put a text with a colon or brackets in quotes: title: "Sheep: a lesson"'
)
BREAK: Final = '+++ {"id": "plan", "tags": ["teachers"]}'
"""How a cell of text begins; only those for teachers have tags."""


def tell_break(path: Path, line: int) -> Problem:
    return make_problem(path, line, N_("this line cannot be read. Write it like: {form}"), form=BREAK)


def _find_break(lines: tuple[str, ...]) -> int:
    """Return the first line that begins a cell of text in no right form; 0 when there is none."""
    for number, line in enumerate(lines, 1):
        told = line[3:].strip() if line.startswith("+++") else ""
        if not told:
            continue
        try:
            cell = json.loads(told)
        except ValueError:
            return number
        tags = cell.get("tags", []) if isinstance(cell, dict) else None
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            return number
    return 0


def _find_odd(lines: tuple[str, ...]) -> int:
    """Return the line of the front matter that YAML reads and nothing holds: a list in itself, a 13th month; else 0."""
    for number, line in enumerate(_cut_front(lines), 1):
        try:
            json.dumps(yaml.safe_load(line), default=str)
        except (ValueError, RecursionError):
            return number
        except (yaml.YAMLError, TypeError):  # half of something
            continue
    return 0


def _decode(path: Path) -> str:
    """Return a file's text, whatever the ends of its lines, without the mark that Windows puts first."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextError(make_problem(path, 1, _NO_TEXT, error=error)) from error
    except OSError as error:
        raise TextError(make_problem(path, 1, _NO_FILE)) from error
    if "\0" in text:  # UTF-16 without a mark
        line = text[: text.index("\0")].count("\n") + 1
        raise TextError(make_problem(path, line, _NO_TEXT, error="0x00"))
    if hidden := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, hidden.start()) + 1
        raise TextError(make_problem(path, line, _HIDDEN, sign=f"U+{ord(hidden[0]):04X}"))
    return text


_NO_FILE: Final = N_("this is no file that can be read. Put a text file here that you may read.")
_HIDDEN: Final = N_("a sign that nobody sees ({sign}) stands in this line. Write the line anew.")
_NO_TEXT: Final = N_("this file is not UTF-8 text ({error}). Save it as UTF-8 in your editor.")


def _map_lines(text: str) -> list[int]:
    from jupytext.myst import myst_to_notebook

    return list(myst_to_notebook(text, add_source_map=True).metadata["source_map"])


def _find_source(lines: tuple[str, ...], start: int, source: str) -> int:
    """Return the 1-based line where a cell's source begins, at or after ``start`` (0-based)."""
    first = source.split("\n", 1)[0]
    return next((n for n in range(start, len(lines)) if lines[n] == first), start) + 1
