"""A lesson's notebook, executed as a visitor's would be, by nobody in particular and without a network."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from sandyq.authoring.offline import make_environment, open_kernel_manager
from sandyq.authoring.problems import N_, Problem, TextError, make_problem
from sandyq_curriculum.lesson import Lesson

TIMEOUT: Final = 120
"""Seconds one cell may run."""

_MOVE: Final = (
    "__import__('sandyq_widgets.magics', fromlist=['LESSONS']).LESSONS = __import__('pathlib').Path({!r})"
)
"""Said to a kernel before its first cell; it leaves no name that a lesson could use without importing it."""


def execute_notebook(lesson: Lesson, notebook: Any, timeout: int = TIMEOUT) -> None:
    """Run all cells in a copy of the lesson's folder; raise :class:`TextError` naming the cell that fails.

    ``%lesson`` goes to the copy, too: what a cell writes beside itself goes with it.
    """
    running: list[str] = []
    with TemporaryDirectory() as scratch, open_kernel_manager() as manager:
        folder = shutil.copytree(lesson.folder, Path(scratch) / lesson.slug)
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=timeout,
            store_widget_state=False,
            record_timing=False,
            extra_arguments=[f"--IPKernelApp.exec_lines={_MOVE.format(scratch)}"],
            on_cell_execute=lambda cell, cell_index: running.append(cell.id),  # noqa: ARG005 # nbclient names them
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            client.execute(env=make_environment(), cleanup_kc=True)
        except Exception as error:
            if hasattr(client, "_async_cleanup_kernel_future"):  # its answer to Ctrl-C: end the kernel, go on
                raise KeyboardInterrupt from error
            if not isinstance(error, CellExecutionError | CellTimeoutError | DeadKernelError):
                raise
            raise TextError(_describe_failure(lesson, running[-1], error)) from error


def _describe_failure(lesson: Lesson, failed: str, error: Exception) -> Problem:
    line = next((cell.line for cell in lesson.cells if cell.id == failed), 1)
    message = N_("the cell “{id}” fails. Mend its code; it has no network, as in a school.\n{error}")
    return make_problem(lesson.path, line, message, id=failed, error=error)
