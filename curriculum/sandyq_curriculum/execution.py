"""A lesson's notebook, executed as a visitor's would be, by nobody in particular and without a network."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sandyq.authoring.execution import TIMEOUT, ExecutionError, run_notebook
from sandyq.authoring.problems import N_, Problem, TextError, make_problem
from sandyq_curriculum.lesson import Lesson

_MOVE: Final = "__import__('os').environ['SANDYQ_CONTENT'] = {!r}"
"""Said to a kernel before its first cell; it leaves no name that a lesson could use without importing it."""


def execute_notebook(lesson: Lesson, notebook: Any, timeout: int = TIMEOUT) -> None:
    """Run all cells in a copy of the lesson's folder; raise :class:`TextError` naming the cell that fails.

    ``%lesson`` goes to the copy, too: what a cell writes beside itself goes with it.
    """
    with TemporaryDirectory() as scratch:
        folder = shutil.copytree(lesson.folder, Path(scratch) / "curriculum" / "lessons" / lesson.slug)
        try:
            run_notebook(notebook, folder, timeout=timeout, first=_MOVE.format(scratch))
        except ExecutionError as error:
            raise TextError(_describe_failure(lesson, error)) from error


def _describe_failure(lesson: Lesson, error: ExecutionError) -> Problem:
    line = next((cell.line for cell in lesson.cells if cell.id == error.cell), 1)
    message = N_("the cell “{id}” fails. Mend its code; it has no network, as in a school.\n{error}")
    return make_problem(lesson.path, line, message, id=error.cell, error=error)
