"""A visit to an executed notebook: its cells tagged ``per-visitor`` run in the visitor's own kernel."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from copy import deepcopy
from typing import Any

import nbformat
from nbclient import NotebookClient
from tornado.log import app_log

from sandyq.prefork.client import PATIENCE
from sandyq_widgets.notebook import PER_VISITOR


def find_visitor_cells(notebook: nbformat.NotebookNode) -> list[int]:
    """Positions of the cells that are each visitor's own."""
    return [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and PER_VISITOR in cell.metadata.get("tags", [])
    ]


async def run_visitor_cells(notebook: nbformat.NotebookNode, manager: Any) -> nbformat.NotebookNode | None:
    """Run the visitor's cells; return the notebook with their outputs, or None when they showed nothing."""
    positions = find_visitor_cells(notebook)
    if not positions:
        return None
    own = deepcopy(notebook)
    runner = NotebookClient(own, km=manager, timeout=PATIENCE, allow_errors=True)
    runner.kc = manager.client()
    runner.kc.start_channels(hb=False, stdin=False)
    try:
        for index in positions:
            await runner.async_execute_cell(own.cells[index], index)
    finally:
        runner.kc.stop_channels()
    _report_failures(own, positions)
    return own if any(own.cells[index].outputs for index in positions) else None


def _report_failures(notebook: nbformat.NotebookNode, positions: list[int]) -> None:
    for index in positions:
        for output in notebook.cells[index].outputs:
            if output.output_type == "error":
                app_log.error("Cell %s failed: %s: %s", index + 1, output.ename, output.evalue)
