"""A notebook executed as anybody's would be: in a kernel of its own, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from sandyq.authoring.offline import make_environment, open_kernel_manager

TIMEOUT: Final = 120
"""Seconds one cell may run."""


class ExecutionError(RuntimeError):
    """A notebook did not come to its end: at which cell, and why."""

    def __init__(self, cell: str, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cell = cell


def run_notebook(
    notebook: Any, folder: Path, *, timeout: int = TIMEOUT, allow_errors: bool = False, first: str = ""
) -> None:
    """Run all cells in ``folder`` and keep their outputs; raise :class:`ExecutionError` naming the cell's id.

    With ``allow_errors`` a cell that fails shows its error and the next one runs. ``first``: said to the kernel before.
    """
    running: list[str] = []
    with open_kernel_manager() as manager:
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=timeout,
            allow_errors=allow_errors,
            store_widget_state=False,
            record_timing=False,
            extra_arguments=[f"--IPKernelApp.exec_lines={first}"] if first else [],
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
            raise ExecutionError(running[-1], error) from error
