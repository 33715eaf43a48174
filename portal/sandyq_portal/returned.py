"""A marked work as its pupil gets it back: with model answers, and without anything that stood beside hidden tests.

The grader runs a pupil's code in one kernel with tests that hold keys; what comes out there may be made to tell them.
So its outputs are for teachers. Pupils see what their own run had shown when they handed in, and why a test gave
nothing only in words that stand in the test as they have it.
"""

from __future__ import annotations

import ast
import builtins
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy.orm import Session

from sandyq.school.tables import Release
from sandyq.settings import Settings
from sandyq_portal.feedback import (
    SCHEME,
    ShownCell,
    Work,
    find_failures,
    list_dicts,
    make_key,
    read_handed_in,
    read_name,
    show_output,
    show_source,
    show_work,
)
from sandyq_portal.packets import packet_of

MOST_OF_A_VALUE: Final = 40
"""Letters of a pupil's value inside the words of a test."""
_BOUNDS: Final = re.compile(r"^[ \t]*#+ *(BEGIN|END) SOLUTION *\n?", re.MULTILINE)


Outputs = dict[str, list[dict[str, Any]]]
"""By a cell's key."""


@dataclass
class Given:
    """What stands in a notebook of the packet, by ``grade_id``."""

    released: dict[str, dict[str, Any]] = field(default_factory=dict)
    solved: dict[str, dict[str, Any]] = field(default_factory=dict)


def show_returned(settings: Settings, session: Session, release: Release, person_id: int) -> Work | None:
    """Return a pupil's newest hand-in for the pupil; None when there is none."""
    work = show_work(settings, session, release, person_id)
    if work is None:
        return None
    packet = packet_of(settings, release.assignment)
    parts = {part: packet.read(part) for part in ("release", "source")}
    failures = _find_confirmed(work)
    for number, shown in enumerate(work.notebooks):
        given = Given(*(_read_given(parts[part].get(f"{shown.name}.ipynb")) for part in parts))
        own = _read_own_outputs(read_handed_in(settings, work.submission, shown.name))
        cells = [_turn(cell, given, own, failures.get((shown.name, cell.id))) for cell in shown.cells]
        work.notebooks[number] = replace(shown, cells=cells)
    return work


def _find_confirmed(work: Work) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what went wrong, where its points are those returned: grading again finds what nobody confirmed yet."""
    result = work.submission.result or {"notebooks": []}
    found = {
        (each["name"], cell["id"]): cell["score"] for each in result["notebooks"] for cell in each["cells"]
    }
    confirmed = {
        (shown.name, cell.id)
        for shown in work.notebooks
        for cell in shown.cells
        if cell.mark and cell.mark.proposed == found.get((shown.name, cell.id))
    }
    return {place: each for place, each in find_failures(work.submission).items() if place in confirmed}


def _turn(cell: ShownCell, given: Given, own: Outputs, failure: dict[str, Any] | None) -> ShownCell:
    """Make a cell that the teacher sees into one for its pupil."""
    released, solved = given.released.get(cell.id), given.solved.get(cell.id)
    if cell.is_tests:
        error, told = tell_failure(failure or {}, _join(released.get("source")) if released else "")
        return replace(cell, source=Markup(), outputs=[], error=error, failure=told)
    outputs = [show_output(output) for output in own.get(cell.key, ())]
    if released is None or solved is None:
        return replace(cell, outputs=outputs)
    if not solved["metadata"]["nbgrader"].get("solution"):  # the teacher's: its marking scheme is left out
        return replace(cell, source=show_source(released), outputs=outputs)
    return replace(cell, outputs=outputs, model=show_source(solved | {"source": clean_model(solved)}))


def clean_model(cell: dict[str, Any]) -> str:
    """Return an author's answer without the lines that only nbgrader reads."""
    return _BOUNDS.sub("", SCHEME.sub("", _join(cell.get("source")))).strip("\n")


def _join(source: object) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _read_given(content: bytes | None) -> dict[str, Any]:
    cells = json.loads(content)["cells"] if content else []
    return {name: cell for cell in cells if (name := read_name(cell))}


def _read_own_outputs(notebook: dict[str, Any] | None) -> Outputs:
    """Return what stood below each cell when it was handed in."""
    cells = list_dicts((notebook or {}).get("cells"))
    return {make_key(cell): list_dicts(cell.get("outputs")) for cell in cells}


def tell_failure(failure: dict[str, Any], test: str) -> tuple[str, str]:
    """Return why a test gave nothing: the kind of error, and what the test itself says of it.

    Its words are told when they stand in ``test`` as pupils have it, its kind when Python knows it: whatever else an
    error says may be of a pupil's making.
    """
    kind, text = str(failure.get("kind", "")), str(failure.get("text", ""))
    if kind == "AssertionError" and any(pattern.fullmatch(text) for pattern in find_messages(test)):
        return kind, text
    known = getattr(builtins, kind, None) if kind else None
    is_error = isinstance(known, type) and issubclass(known, Exception)
    return kind if is_error or not kind else "Exception", ""


def find_messages(test: str) -> Iterator[re.Pattern[str]]:
    """Yield what the assertions of a test say; where a value stands, little of it."""
    try:
        tree = ast.parse(test)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.msg is not None:
            parts = node.msg.values if isinstance(node.msg, ast.JoinedStr) else [node.msg]
            yield re.compile("".join(map(_write_pattern, parts)))


def _write_pattern(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return re.escape(str(part.value))
    return f".{{0,{MOST_OF_A_VALUE}}}"
