"""Notebooks shown to people: what a pupil wrote and what came out of it, with nothing in it that acts."""

from __future__ import annotations

import ast
import base64
import binascii
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

from bleach import clean
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from sandyq.school.assignments import submissions_of
from sandyq.school.errors import Invalid
from sandyq.school.grading import cell_marks
from sandyq.school.marking import worth
from sandyq.school.tables import CellMark, Release, Submission
from sandyq.settings import Settings
from sandyq_portal import handing_in
from sandyq_widgets.markdown import render_block

MOST_SHOWN: Final = 20_000
"""Letters of one output."""
DRAWING: Final = "image/svg+xml"
PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", DRAWING)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PASTED: Final = re.compile(r"!\[(?P<alt>[^\]\n]*)\]\(attachment:(?P<name>[^)\s]+)[^)\n]*\)")
SCHEME: Final = re.compile(
    r"^[^\n]*BEGIN MARK SCHEME[^\n]*\n(.*?)^[^\n]*END MARK SCHEME[^\n]*$", re.DOTALL | re.MULTILINE
)
_NO_PLACES: Final = dict.fromkeys((0xE000, 0xE001))
"""Between these two stands the number of a picture while words are rendered."""
_TAGS: Final = [
    *(
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "br",
        "pre",
    ),
    *("b", "i", "em", "strong", "ul", "ol", "li", "code", "sub", "sup", "span"),
]
_ATTRIBUTES: Final = {"td": ["colspan", "rowspan"], "th": ["colspan", "rowspan", "scope"]}


@dataclass(frozen=True)
class ShownCell:
    """One cell as HTML that does nothing."""

    id: str
    """nbgrader's ``grade_id``; empty for plain cells."""
    kind: str
    """``code`` or ``text``."""
    source: Markup
    outputs: list[Markup]
    about: dict[str, Any] | None = None
    """The packet's word on it, when it gives points."""
    mark: CellMark | None = None
    key: str = ""
    """By which the same cell is found in another version of the notebook."""
    error: str = ""
    """The kind of error by which a test gave nothing, as far as its pupil is told; see ``returned``."""
    failure: str = ""
    """What the test says of it."""
    model: Markup | None = None
    """What the author would have written; for whom the work was returned to."""

    @property
    def is_tests(self) -> bool:
        return self.about is not None and self.about["kind"] == "tests"

    @property
    def worth(self) -> float | None:
        return worth(self.mark)


@dataclass(frozen=True)
class ShownNotebook:
    name: str
    cells: list[ShownCell]
    missing: bool = False

    @property
    def html(self) -> str:
        return "".join(
            f"<section>{cell.source}{''.join(cell.outputs)}{escape(cell.failure)}</section>"
            for cell in self.cells
        )


@dataclass
class Work:
    """What one pupil handed in, as the grader left it, with its marks."""

    submission: Submission
    notebooks: list[ShownNotebook] = field(default_factory=list)


def show_work(settings: Settings, session: Session, release: Release, person_id: int) -> Work | None:
    """Return a pupil's newest hand-in as a teacher sees it; None when there is none."""
    submitted = submissions_of(session, release.id, person_id)
    if not submitted:
        return None
    marks = {(mark.notebook, mark.cell): mark for mark in cell_marks(session, release.id, person_id)}
    work = Work(submitted[0])
    for about in release.assignment.about["notebooks"]:
        notebook = _read_executed(settings, submitted[0], about["name"])
        cells = _show_cells(notebook or {}, about, marks)
        work.notebooks.append(ShownNotebook(about["name"], cells, missing=notebook is None))
    return work


def show_around(
    settings: Settings, submission: Submission, about: dict[str, Any], wanted: Collection[str]
) -> dict[str, list[ShownCell]]:
    """Return cells of a notebook that give points, each with what was written for it.

    That is all since the last such cell; for a task also what was added below it, to the assignment's next cell.
    """
    notebook = _read_executed(settings, submission, about["name"])
    known = {cell["id"]: cell["kind"] for cell in about["cells"]}
    found: dict[str, list[dict[str, Any]]] = {}
    since: list[dict[str, Any]] = []
    task = ""
    for cell in list_dicts((notebook or {}).get("cells")):
        since.append(cell)
        name = read_name(cell)
        if name:
            task = ""
        elif task:
            found[task].append(cell)
        if name in wanted and name not in found:
            found[name] = since
            task = name if known.get(name) == "task" else ""
        if name in known:
            since = []
    return {name: _show_cells({"cells": cells}, about, {}) for name, cells in found.items()}


def read_short_answers(settings: Settings, submission: Submission, about: dict[str, Any]) -> dict[str, str]:
    """Return by cell that gives points what its pupil wrote for it, where that is one plain value under a name."""
    notebook = _read_executed(settings, submission, about["name"])
    known = {cell["id"] for cell in about["cells"]}
    found: dict[str, str] = {}
    written: list[str] = []
    for cell in list_dicts((notebook or {}).get("cells")):
        name = read_name(cell)
        if name and cell.get("cell_type") == "code" and cell["metadata"]["nbgrader"].get("solution"):
            written.append(_text(cell.get("source")))
        if name in known:
            found[name] = _shorten("\n".join(written))
            written = []
    return {name: answer for name, answer in found.items() if answer}


def _shorten(code: str) -> str:
    """Return ``answer = 2`` without remarks; empty for whatever is more than that."""
    try:
        (statement,) = ast.parse(code).body
        if not isinstance(statement, ast.Assign):
            return ""
        ast.literal_eval(statement.value)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return ""
    return ast.unparse(statement)


def find_failures(submission: Submission) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what went wrong in a hand-in's tests by (notebook, cell)."""
    result = submission.result or {"notebooks": []}
    cells = ((notebook["name"], cell) for notebook in result["notebooks"] for cell in notebook["cells"])
    return {(name, cell["id"]): cell["failure"] for name, cell in cells if cell["failure"]}


def show_draft(settings: Settings, release: Release, person_id: int) -> list[ShownNotebook]:
    """Return a pupil's unfinished work as their server last sent it; empty when it has not."""
    path = handing_in.draft_path(settings, release.id, person_id)
    try:
        files = handing_in.open_submission(path.read_bytes())
    except (OSError, Invalid):
        return []
    shown = []
    for about in release.assignment.about["notebooks"]:
        notebook = _parse(files.get(f"{about['name']}.ipynb", b""))
        cells = _show_cells(notebook or {}, about, {})
        shown.append(ShownNotebook(about["name"], cells, missing=notebook is None))
    return shown


def _read_executed(settings: Settings, submission: Submission, name: str) -> dict[str, Any] | None:
    """The notebook as the grader left it; before that as it was handed in; None when it cannot be read."""
    path = handing_in.executed_path(settings, submission, name)
    try:
        return _parse(path.read_bytes()) if path.exists() else read_handed_in(settings, submission, name)
    except OSError:
        return None


def read_handed_in(settings: Settings, submission: Submission, name: str) -> dict[str, Any] | None:
    """Return a notebook as its pupil handed it in; None when it cannot be read."""
    try:
        return _parse(handing_in.read_kept(settings, submission).get(f"{name}.ipynb", b""))
    except (OSError, Invalid):
        return None


def _parse(text: bytes) -> dict[str, Any] | None:
    """Return a notebook, or None for what is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("cells"), list) else None


def _show_cells(
    notebook: dict[str, Any],
    about: dict[str, Any],
    marks: dict[tuple[str, str], CellMark],
) -> list[ShownCell]:
    known = {cell["id"]: cell for cell in about["cells"]}
    shown = []
    for cell in list_dicts(notebook.get("cells")):
        name = read_name(cell)
        has_rubric = bool(known.get(name, {}).get("rubric"))
        shown.append(
            ShownCell(
                id=name,
                kind="code" if cell.get("cell_type") == "code" else "text",
                source=show_source(_open_scheme(cell, "" if has_rubric else r"\1")),
                outputs=[show_output(output) for output in list_dicts(cell.get("outputs"))],
                key=make_key(cell),
                about=known.get(name),
                mark=marks.get((about["name"], name)),
            )
        )
    return shown


def _open_scheme(cell: dict[str, Any], words: str) -> dict[str, Any]:
    """Return a task with ``words`` for its marking scheme; one with a rubric has it beside the points."""
    if not (read_name(cell) and cell["metadata"]["nbgrader"].get("task")):
        return cell
    return cell | {"source": SCHEME.sub(words, _text_whole(cell.get("source")))}


def read_name(cell: dict[str, Any]) -> str:
    """Return nbgrader's ``grade_id``; empty for plain cells."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    found = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return found if isinstance(found, str) else ""


def make_key(cell: dict[str, Any]) -> str:
    """Return by what a cell is known again in another version of its notebook; older formats have no ids."""
    return read_name(cell) or str(cell.get("id") or _text(cell.get("source")))


def list_dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    joined = "".join(map(str, value)) if isinstance(value, list) else str(value or "")
    plain = _COLOURS.sub("", joined).encode("utf-8", "replace").decode()  # half characters are none
    return plain if len(plain) <= MOST_SHOWN else plain[:MOST_SHOWN] + " …"


def show_source(cell: dict[str, Any]) -> Markup:
    """Return a cell's text: code as it is written, words as Markdown without HTML of its own."""
    text = _text(cell.get("source"))
    if cell.get("cell_type") == "code":
        return Markup("<pre class='code'><code>{}</code></pre>").format(text)
    return _show_pasted(text, cell.get("attachments"))


def _show_pasted(text: str, attachments: object) -> Markup:
    """Words with the pictures that were pasted into them, where they stand."""
    pictures: list[Markup] = []

    def place(found: re.Match[str]) -> str:
        forms = attachments.get(unquote(found["name"])) if isinstance(attachments, dict) else None
        if (picture := _show_picture(forms, found["alt"])) is None:
            return found[0]
        pictures.append(picture)
        return f"\ue000{len(pictures) - 1}\ue001"

    words = _show_words(_PASTED.sub(place, text.translate(_NO_PLACES)))
    parts = re.split("\ue000([0-9]+)\ue001", words)
    return Markup("").join(pictures[int(part)] if at % 2 else Markup(part) for at, part in enumerate(parts))  # noqa: S704 # rendered above


def _show_picture(forms: object, words: str) -> Markup | None:
    """Return the first form of an output or of what was pasted that is a picture."""
    for media in PICTURES:
        if (
            isinstance(forms, dict)
            and media in forms
            and (address := _picture(media, _text_whole(forms[media])))
        ):
            return Markup("<img class='output' alt='{}' src='{}'>").format(words, address)
    return None


@lru_cache(maxsize=1000)
def _show_words(text: str) -> Markup:
    """Words as Markdown; the author's stand in every pupil's notebook."""
    return Markup(render_block(text))  # noqa: S704 # escapes all HTML


def show_output(output: dict[str, Any]) -> Markup:
    """Return one output: a picture, a table without anything that acts, or plain text."""
    kind = output.get("output_type")
    if kind == "stream":
        return _plain(output.get("text"), "stderr" if output.get("name") == "stderr" else "stdout")
    if kind == "error":
        return _plain(f"{output.get('ename')}: {output.get('evalue')}", "stderr")
    data = output.get("data")
    data = data if isinstance(data, dict) else {}
    if (picture := _show_picture(data, _text(data.get("text/plain")))) is not None:
        return picture
    if "text/html" in data:
        cleaned = clean(_text(data["text/html"]), tags=_TAGS, attributes=_ATTRIBUTES, strip=True)
        return Markup("<div class='output scroll'>{}</div>").format(Markup(cleaned))  # noqa: S704 # just cleaned
    if "text/markdown" in data:
        return Markup(render_block(_text(data["text/markdown"])))  # noqa: S704 # escapes all HTML
    return _plain(data.get("text/plain"), "stdout")


def _plain(text: object, kind: str) -> Markup:
    return Markup("<pre class='output {}'>{}</pre>").format(kind, _text(text))


def _text_whole(value: object) -> str:
    whole = "".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return whole.encode("utf-8", "replace").decode()


def _picture(media: str, text: str) -> str:
    """Return a picture's address; empty for what is none. As a picture a drawing runs no scripts."""
    try:
        content = text.encode() if media == DRAWING else base64.b64decode(text)
    except (binascii.Error, ValueError):
        return ""
    return f"data:{media};base64,{base64.b64encode(content).decode()}"
