"""Before an assignment is given out it is tried: with its solutions all tests pass, without them none gives any.

The second trial is what grading does with a pupil who hands in untouched: the answers are empty, the tests are the
source's, hidden ones too. Both run in kernels of their own without a network.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import nbformat
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import determine_grade, is_solution

from sandyq.authoring.execution import ExecutionError, run_notebook
from sandyq.authoring.problems import N_
from sandyq_grading.autotests import TEMPLATES, Evaluate, evaluate_offline, write_tests
from sandyq_grading.packets import PacketError, grade_of, make_versions, name_cell, read_files

CELL_SECONDS: Final = 60
FAILS: Final = N_(
    "the test “{cell}” fails although the solutions are there: {reason}. Mend the solution or the test."
)
EARNS_LESS: Final = N_(
    "the test “{cell}” gives {score} of {points} points although the solutions are there. "
    "Mend the solution or the test."
)
BREAKS: Final = N_("the solution “{cell}” fails: {reason}. Mend it.")
ENDS: Final = N_("the notebook ends at the cell “{cell}”: {reason}. Mend it or make it shorter.")
EMPTY_PASSES: Final = N_(
    "the test “{cell}” gives all its points to a notebook without answers. Let it test what the pupil writes."
)

EMPTY_EARNS: Final = N_(
    "the test “{cell}” gives {score} of {points} points to a notebook without answers. "
    "Let it give points for what the pupil writes only."
)
UNREADABLE: Final = N_("“{file}” cannot be read as a notebook. Open it in Lab and save it there.")
LINK: Final = N_(
    "“{file}” is a link, which may lead anywhere on this computer. Put the file itself in its place."
)


@dataclass(frozen=True)
class Fault:
    """Why an assignment cannot be given out: where, and an English message with ``{fields}``."""

    notebook: str
    cell: str
    message: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return f"{self.notebook}: {self.message.format(cell=self.cell, **self.values)}"


def validate(folder: Path, language: str = "en") -> list[Fault]:
    """Try all nbgrader source notebooks of a folder, with the files beside them; none: it may be given out."""
    notebooks, beside = read_notebooks(folder)
    return find_faults(notebooks, beside, language)


def read_notebooks(
    folder: Path,
    evaluate: Evaluate | None = None,
    templates: str = "",
    settle: Callable[[str, Any], Any] = lambda _name, notebook: notebook,
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a folder's notebooks by name (nbformat 4.5, our kernel, all tests written out) and its other files.

    ``evaluate``, ``templates``: see ``autotests``; ``settle``: what a course does to each of them first.
    Raises :class:`PacketError` for tests that cannot be written, files that are no notebooks, and links: a stranger's
    course would otherwise give pupils whatever may be read here.
    """
    _refuse_links(folder)
    files = read_files(folder)
    read = {
        name.removesuffix(".ipynb"): _read_notebook(name.removesuffix(".ipynb"), content)
        for name, content in files.items()
        if name.endswith(".ipynb") and "/" not in name
    }
    notebooks = {name: settle_notebook(settle(name, each)) for name, each in read.items()}
    beside = {name: content for name, content in files.items() if not name.endswith(".ipynb")}
    evaluate = evaluate or evaluate_offline(beside)
    written = {name: write_tests(name, each, evaluate, templates) for name, each in notebooks.items()}
    return written, {name: content for name, content in beside.items() if name != TEMPLATES}


def _refuse_links(folder: Path) -> None:
    first = min((path.stem for path in folder.glob("*.ipynb")), default="")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_symlink() and not any(part.startswith(".") for part in name.parts):
            raise PacketError(first, "", LINK, file=name)


def _read_notebook(name: str, content: bytes) -> Any:
    try:
        return nbformat.reads(content.decode("utf-8-sig"), as_version=4)
    except Exception as problem:  # nbformat's readers raise whatever they stumble over
        raise PacketError(name, "", UNREADABLE, file=f"{name}.ipynb") from problem


def settle_notebook(notebook: Any) -> Any:
    """Give a notebook what later versions of the formats have: names of cells, nbgrader's metadata; our kernel."""
    notebook = MetadataValidator().upgrade_notebook_metadata(notebook)
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    for number, cell in enumerate(notebook.cells, 1):
        cell.setdefault("id", f"cell-{number}")
    if notebook.metadata.get("kernelspec", {}).get("language", "python") == "python":
        notebook.metadata["kernelspec"] = {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        }
    return notebook


def find_faults(notebooks: Mapping[str, Any], beside: Mapping[str, bytes], language: str) -> list[Fault]:
    """Try source notebooks by name; raises :class:`PacketError` for those that nbgrader cannot take."""
    return [
        fault
        for name, notebook in notebooks.items()
        for fault in (
            *_try_solutions(name, notebook, beside),
            *_try_empty(name, _empty_answers(name, notebook, language), beside),
        )
    ]


def _empty_answers(name: str, notebook: Any, language: str) -> Any:
    """The notebook that grading makes of untouched work: a pupil's answers, the source's tests."""
    source, release = make_versions(name, notebook, language)
    for ours, theirs in zip(source.cells, release.cells, strict=True):
        if is_solution(ours):
            ours.source = theirs.source
    return source


def _try_solutions(name: str, notebook: Any, beside: Mapping[str, bytes]) -> Iterator[Fault]:
    notebook = copy.deepcopy(notebook)
    if ended := _run(name, notebook, beside):
        yield ended
        return
    for number, cell in enumerate(notebook.cells, 1):
        reason = _find_error(cell)
        if grade_of(cell) == "tests":
            score, points = _score(cell)
            values = {"reason": reason, "score": f"{score:g}", "points": f"{points:g}"}
            if score < points:
                yield Fault(name, name_cell(cell, number), FAILS if reason else EARNS_LESS, values)
        elif reason and is_solution(cell):
            yield Fault(name, name_cell(cell, number), BREAKS, {"reason": reason})


def _try_empty(name: str, notebook: Any, beside: Mapping[str, bytes]) -> Iterator[Fault]:
    if ended := _run(name, notebook, beside):
        yield ended
        return
    for number, cell in enumerate(notebook.cells, 1):
        if grade_of(cell) == "tests" and (told := describe_empty(*_score(cell))):
            yield Fault(name, name_cell(cell, number), *told)


def describe_empty(score: float, points: float) -> tuple[str, dict[str, object]] | None:
    """Say what is wrong with a test that gives points to a notebook without answers; None: it gives none."""
    if score <= 0:
        return None
    return EMPTY_PASSES if score >= points else EMPTY_EARNS, {"score": f"{score:g}", "points": f"{points:g}"}


def _run(name: str, notebook: Any, beside: Mapping[str, bytes]) -> Fault | None:
    with TemporaryDirectory(prefix="sandyq-") as folder:
        for file, content in beside.items():
            path = Path(folder) / PurePosixPath(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            run_notebook(notebook, Path(folder), timeout=CELL_SECONDS, allow_errors=True)
        except ExecutionError as error:
            reason = str(error).strip().split("\n", 1)[0]
            return Fault(name, _name_of(notebook, error.cell), ENDS, {"reason": reason})
    return None


def _name_of(notebook: Any, cell_id: str) -> str:
    return next(name_cell(cell, n) for n, cell in enumerate(notebook.cells, 1) if cell.id == cell_id)


def _score(cell: Any) -> tuple[float, float]:
    """The points by nbgrader's own rule; a test that returns more than there are gives none."""
    try:
        score, points = determine_grade(cell)
    except ValueError:
        return 0.0, float(cell.metadata.nbgrader.points)
    return float(score), float(points)


def _find_error(cell: Any) -> str:
    """``NameError: name 'total' is not defined``; empty when the cell has run."""
    errors = (output for output in cell.get("outputs", ()) if output.output_type == "error")
    return next((f"{error.ename}: {error.evalue}".rstrip(".") for error in errors), "")
