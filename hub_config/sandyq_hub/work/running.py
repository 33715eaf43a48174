"""What a saved notebook tells of cells that were run: whether the same error came again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sandyq.work import Assignment
from sandyq_hub.work.repair import read_name

SMALL: Final = ("NotImplementedError", "KeyboardInterrupt")
"""Errors that are none: an answer not written yet, a run that somebody stopped."""


@dataclass(frozen=True)
class Runs:
    """The cells of a notebook that were run, by id."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()
    """Those that were run again and have the error that they had before."""

    def follow(self, cells: list[dict[str, Any]]) -> tuple[Runs, str, str]:
        """Return how it is now, and what to tell: ``stuck`` or ``ran`` and the error, or nothing when nothing ran."""
        ran = {cell["id"]: cell for cell in cells if cell.get("execution_count") and "id" in cell}
        counts = {name: cell["execution_count"] for name, cell in ran.items()}
        errors = {name: error for name, cell in ran.items() if (error := _read_error(cell))}
        again = {name for name in errors if counts[name] != self.counts.get(name)}
        same = {name for name, error in errors.items() if error == self.errors.get(name)}
        now = Runs(counts, errors, frozenset(same & (self.repeated | again)))
        if counts.items() <= self.counts.items():
            return now, "", ""
        stuck = [error for name, error in errors.items() if name in now.repeated]
        fresh = [error for name, error in errors.items() if name in again]
        return now, "stuck" if stuck else "ran", next(iter(stuck or fresh), "")


def _read_error(cell: dict[str, Any]) -> str:
    for output in cell.get("outputs", []):
        if output.get("output_type") == "error" and output.get("ename") not in SMALL:
            return f"{read_name(cell)}: {output.get('ename')}: {output.get('evalue')}".removeprefix(": ")
    return ""


class Watch:
    """Follows the notebooks of a person's assignments from save to save, and tells of them when it is asked to."""

    def __init__(self, tell: Callable[[int, str, str], None]) -> None:
        self._tell = tell
        self._runs: dict[Path, Runs] = {}
        self._untold: dict[Path, tuple[int, str, str]] = {}

    def look(self, file: Path) -> None:
        """Find what was run in a notebook since the last look."""
        assignment = Assignment.open(file.parent)
        if assignment is None or file.name not in assignment.notebooks:
            return
        try:
            runs, verb, error = self._runs.get(file, Runs()).follow(json.loads(file.read_bytes())["cells"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return  # a program may have written anything meanwhile
        self._runs[file] = runs
        if verb:
            self._untold[file] = (assignment.release, verb, error)

    def tell(self, folder: Path) -> None:
        """Tell what was found last in an assignment's folder, if that is not known yet."""
        for file in [file for file in self._untold if file.parent == folder]:
            self._tell(*self._untold.pop(file))
