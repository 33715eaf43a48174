"""What an error means and where to look, in words for a pupil."""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

Gettext = Callable[[str], str]
PATIENCE: Final = 30
"""Seconds that one cell may take."""
TIMEOUT, DIED = "Timeout", "KernelDied"
"""Kinds of failure that are no Python errors."""
LOOK_ALIKE: Final = str.maketrans("асеорхуіһкАВСЕНІКМОРТХУҺ", "aceopxyihkABCEHIKMOPTXYH")
"""Cyrillic letters that are drawn like Latin ones."""
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_PLACE: Final = re.compile(r"Cell In\[(\d+)\], line (\d+)")


@dataclass(frozen=True)
class Failure:
    """Why a cell did not run to its end."""

    kind: str
    """The error's name, such as ``NameError``; or TIMEOUT or DIED."""
    text: str = ""
    count: int | None = None
    """Execution number of the cell in which it happened, which may be an earlier one."""
    line: int | None = None

    @classmethod
    def read(cls, output: dict[str, Any]) -> Failure:
        """Read an ``error`` output."""
        traceback = _COLOURS.sub("", "\n".join(output.get("traceback", [])))
        places = _PLACE.findall(traceback)
        count, line = map(int, places[-1]) if places else (None, None)
        return cls(str(output.get("ename", "")), str(output.get("evalue", "")), count, line)


def explain(failure: Failure, source: str, names: Iterable[str], _: Gettext) -> str:
    """Return what to tell a pupil; ``source``: of the cell in which it happened, ``names``: of the whole notebook."""
    if found := find_look_alike(failure, source, names):
        return _(
            "The name {name} looks right, but its letters {letters} are Cyrillic. Type the whole "
            "name with the English keyboard."
        ).format(name=found, letters=", ".join(letter for letter in found if is_cyrillic(letter)))
    if failure.kind == "AssertionError" and failure.text:  # the author's own words
        return failure.text
    words = _describe(failure, _)
    return words if failure.line is None else _("Line {line}: {words}").format(line=failure.line, words=words)


def _describe(failure: Failure, _: Gettext) -> str:  # noqa: PLR0911, PLR0912 # one kind of error after the other
    quoted = next(iter(re.findall(r"'([^']*)'", failure.text)), "")
    match failure.kind:
        case "AssertionError":
            return _("The result is not yet what this check expects.")
        case "NameError" | "UnboundLocalError":
            return _(
                "Python does not know the name {name} here. Is it written the same as where it gets "
                "its value, and does that cell stand above?"
            ).format(name=quoted)
        case "TypeError" if "NoneType" in failure.text:
            return _("There is no value here. Perhaps a function ends without return.")
        case "TypeError":
            return _(
                "Two values do not go together here, such as a number and a text, or a function gets "
                "too many or too few values."
            )
        case "IndentationError" | "TabError":
            return _(
                "The spaces at the beginning of this line do not fit. Lines that belong together "
                "begin equally far in: four spaces after a line that ends with a colon."
            )
        case "SyntaxError" if "invalid character" in failure.text or "non-printable" in failure.text:
            return _(
                "Here is a character that Python does not read. Type quotes and signs with the "
                "English keyboard."
            )
        case "SyntaxError":
            return _(
                "Python cannot read this line. Look for a bracket, quote, comma or colon that is "
                "missing here or in the line above."
            )
        case "ZeroDivisionError":
            return _(
                "Something is divided by zero here. What is the value below the division when that happens?"
            )
        case "KeyError":
            return _("There is no entry {key}. Look at how the keys or columns are written.").format(
                key=failure.text
            )
        case "IndexError":
            return _("The list is shorter than this number. The first place has the number 0.")
        case "ModuleNotFoundError" | "ImportError":
            return _("There is no module {name} on this computer. Is its name written correctly?").format(
                name=quoted
            )
        case "FileNotFoundError":
            name = re.findall(r"'([^']*)'", failure.text)
            return _("There is no file {name} beside the notebook. Is its name written correctly?").format(
                name=name[-1] if name else ""
            )
        case "AttributeError":
            return _("This value has nothing that is called {name}. Is it written correctly?").format(
                name=(re.findall(r"'([^']*)'", failure.text) or [""])[-1]
            )
        case "ValueError" if "is ambiguous" in failure.text:  # of pandas and numpy
            return _(
                "Conditions about whole columns are joined by the signs & (and) and | (or), not by the words "
                "and, or. Each condition stands in brackets."
            )
        case "ValueError":
            return _("The kind of value is right, but this one cannot be used here: {text}").format(
                text=failure.text
            )
        case "NotImplementedError":
            return _("This part is not written yet. Write your code in the place of this line.")
        case "RecursionError":
            return _("A function calls itself again and again. When is it to stop?")
        case "MemoryError":
            return _("This needs more memory than there is. Is a list growing without end?")
        case "StdinNotImplementedError":
            return _(
                "input() waits for somebody to type, but nobody does during a check. Write a value in "
                "its place."
            )
        case "Timeout":
            return _(
                "This cell ran longer than {seconds} seconds and was stopped. Look for a loop that never ends."
            ).format(seconds=PATIENCE)
        case "KernelDied":
            return _(
                "Python itself ended in this cell. It may have needed too much memory, or the cell "
                "told it to end."
            )
    return _("Python stopped here: {error}").format(error=f"{failure.kind}: {failure.text}")


def find_look_alike(failure: Failure, source: str, names: Iterable[str]) -> str:
    """Return a name with Cyrillic letters that was meant to be a Latin one and led to this failure; else nothing."""
    if failure.kind not in {"NameError", "SyntaxError", "AttributeError", "ModuleNotFoundError"}:
        return ""
    known = {name for name in {*names, *vars(builtins), *keyword.kwlist} if not any(map(is_cyrillic, name))}
    tried = read_names(source) | set(re.findall(r"'(\w+)'", failure.text))
    for name in sorted(tried, key=lambda name: (f"'{name}'" not in failure.text, name)):
        if any(map(is_cyrillic, name)):
            latin = name.translate(LOOK_ALIKE)
            if latin.isascii() and (
                latin in known or any(letter.isascii() and letter.isalpha() for letter in name)
            ):
                return name
        elif f"'{name}'" in failure.text:  # the other way round: it was made with Cyrillic letters
            for other in names:
                if other != name and other.translate(LOOK_ALIKE) == name:
                    return other
    return ""


def is_cyrillic(letter: str) -> bool:
    return "\u0400" <= letter <= "\u052f"


def read_names(source: str) -> set[str]:
    """Return the names in a cell's code, also in one that Python cannot read to its end."""
    names: set[str] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME:
                names.add(token.string)
    except (tokenize.TokenError, SyntaxError):
        names |= set(re.findall(r"[^\W\d]\w*", re.sub(r"#.*|'[^'\n]*'|\"[^\"\n]*\"", "", source)))
    return names
