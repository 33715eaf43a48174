"""Tests that nbgrader writes itself (``### AUTOTEST total; prices``), by its own preprocessor.

A course's templates (``autotests.yml``) are programs, too, and so are its solutions: everything happens inside a kernel
that executes the notebook. ``instantiate`` is called there, never in a process of ours.
"""

# mypy: disable-error-code="no-untyped-call,misc"
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import nbformat

from sandyq.authoring.execution import ExecutionError, run_notebook
from sandyq.authoring.problems import N_
from sandyq_grading.packets import PacketError, name_cell

TEMPLATES: Final = "autotests.yml"
"""The file of templates: beside the notebooks, or in the course's folder; else nbgrader's own."""
DELIMITER: Final = "AUTOTEST"
CALL: Final = "__import__('sandyq_grading.autotests', fromlist=['instantiate']).instantiate({0!r}, {1!r})"
NOT_WRITTEN: Final = N_(
    "the tests of the cell “{cell}” (AUTOTEST) cannot be written: {reason}. Mend the solution or what is to be tested."
)
Evaluate = Callable[[str], str]
"""Has a kernel evaluate an expression among the assignment's files; returns the text that it gives."""


def has_autotests(notebook: Any) -> bool:
    return any(cell.cell_type == "code" and DELIMITER in cell.source for cell in notebook.cells)


def write_tests(name: str, notebook: Any, evaluate: Evaluate, templates: str = "") -> Any:
    """Return a source notebook with its tests written out; PacketError naming the cell where that cannot be.

    ``templates``: those of the course, for an assignment without a file of its own.
    """
    if not has_autotests(notebook):
        return notebook
    told = json.loads(evaluate(CALL.format(nbformat.writes(notebook), templates)))
    if "reason" in told:
        number = int(told["cell"])
        cell = name_cell(notebook.cells[number], number + 1)
        raise PacketError(name, cell, NOT_WRITTEN, reason=told["reason"])
    return nbformat.reads(json.dumps(told), as_version=4)


def evaluate_offline(beside: Mapping[str, bytes]) -> Evaluate:
    """Return what evaluates in a kernel of its own without a network, among these files."""

    def evaluate(expression: str) -> str:
        cell = nbformat.v4.new_code_cell(f"print({expression})")
        with TemporaryDirectory(prefix="sandyq-") as folder:
            for file, content in beside.items():
                path = Path(folder) / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            try:
                run_notebook(nbformat.v4.new_notebook(cells=[cell]), Path(folder))
            except ExecutionError as error:
                return json.dumps({"cell": 0, "reason": str(error).strip().split("\n")[-1]})
        return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")

    return evaluate


# Inside the kernel


def instantiate(notebook: str, templates: str) -> str:
    """Return a notebook's text with its tests written out, or ``{"cell": number, "reason": …}``, as JSON."""
    import nbgrader
    from IPython.core.getipython import get_ipython
    from IPython.utils.capture import capture_output
    from nbgrader.preprocessors import InstantiateTests
    from nbgrader.preprocessors.base import NbGraderPreprocessor

    shell: Any = get_ipython()

    class Here(InstantiateTests):
        """Executes in this very kernel instead of one that it starts."""

        at = 0
        global_tests_loaded = True

        def preprocess(self, nb: Any, resources: Any) -> Any:
            self._load_test_template_file(resources)
            self.sanitizer = self.sanitizers[resources["kernel_name"]]
            return NbGraderPreprocessor.preprocess(self, nb, resources)

        def preprocess_cell(self, cell: Any, resources: Any, index: int) -> Any:
            self.at = index
            return super().preprocess_cell(cell, resources, index)

        def _execute_code_snippet(self, code: str) -> Any:
            with capture_output(display=False):  # else no result is kept
                done = shell.run_cell(code, store_history=False)
            done.raise_error()
            if done.result is None:
                return None
            return self.sanitizer(shell.display_formatter.format(done.result)[0]["text/plain"])

    if not Path(TEMPLATES).exists():
        own = Path(nbgrader.__file__).parent / "docs/source/user_guide" / TEMPLATES
        Path(TEMPLATES).write_text(templates or own.read_text("utf-8"), "utf-8")
    step = Here()
    try:
        made, _ = step.preprocess(
            nbformat.reads(notebook, as_version=4),
            {"kernel_name": "python3", "metadata": {"path": "."}},
        )
    except Exception as problem:  # whatever a course's programs raise
        reason = f"{type(problem).__name__}: {problem}".strip(": ")
        return json.dumps({"cell": step.at, "reason": reason[:300]})
    return str(nbformat.writes(made))
