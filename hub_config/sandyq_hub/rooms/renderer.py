"""Voilà's renderer, fed with a room's notebook; a cell that fails says so without showing code."""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_urlsafe
from typing import Any, Final
from uuid import uuid4

import nbformat
from tornado.log import app_log
from voila.execute import strip_code_cell_warnings
from voila.notebook_renderer import NotebookRenderer

from sandyq.prefork.client import LaunchFailed


def log_failure(cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:  # noqa: ARG001 # nbclient's hook
    """Keep for the operator what the visitor is spared."""
    content = execute_reply["content"]
    app_log.error("Cell %s failed: %s: %s", cell_index + 1, content.get("ename"), content.get("evalue"))


def soften_failures(cell: nbformat.NotebookNode, message: str) -> None:
    """Replace error outputs of a cell, and what Voilà says of a kernel that died, by one quiet sentence."""
    outputs = cell.get("outputs", [])
    kept = [output for output in outputs if output.output_type != "error" and not _is_voilas(output)]
    if len(kept) < len(outputs):
        notice = nbformat.v4.new_output("display_data", {"text/html": f'<p class="sq-failed">{message}</p>'})
        cell.outputs = [*kept, notice]


def join_prints(cell: nbformat.NotebookNode) -> None:
    """Make one output of what was printed in pieces: a busy machine sends a line's end by itself."""
    kept: list[nbformat.NotebookNode] = []
    for output in cell.get("outputs", []):
        last = kept[-1] if kept else output
        if (
            last is not output
            and last.output_type == output.output_type == "stream"
            and last.name == output.name
        ):
            last.text += output.text
        else:
            kept.append(output)
    if kept:
        cell.outputs = kept


def _is_voilas(output: nbformat.NotebookNode) -> bool:
    return str(output.get("text", "")).startswith("An exception occurred at the server (not the notebook).")


KERNEL_ID: Final = str(uuid4())
"""Stands in a page that was rendered for all, where each visitor's kernel id belongs. No notebook can know it."""
NONCE: Final = token_urlsafe(16)
"""The same, where the word belongs that has the browser run our script, and no other."""


class RoomRenderer(NotebookRenderer):
    """Renders a notebook that was read and trimmed before, executing it on the way."""

    def __init__(self, *, notebook: nbformat.NotebookNode, failed: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._given = notebook
        self._failed = failed

    async def load_notebook(self, _path: str) -> nbformat.NotebookNode:
        return self._given

    async def _jinja_kernel_start(self, nb: Any, kernel_id: str, kernel_future: Any) -> str:
        try:
            started: str = await super()._jinja_kernel_start(nb, kernel_id, kernel_future)
        except RuntimeError as problem:  # jupyter_client's, for one that died or says nothing
            raise LaunchFailed({"error": str(problem)}) from problem
        return started

    def _tidy(self, cell: nbformat.NotebookNode) -> None:
        join_prints(cell)
        soften_failures(cell, self._failed)

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> AsyncIterator[Any]:
        async for cell in super()._jinja_cell_generator(nb, kernel_id):
            self._tidy(cell)
            yield cell
        self.executor.set_widgets_metadata()


class ExecutedRenderer(RoomRenderer):
    """Renders a notebook that was executed before: once for all visitors."""

    async def render(self) -> list[str]:
        """Return the page, cut where the kernel's id belongs."""
        page = await self.generate_content_str(KERNEL_ID, None)
        return page.split(KERNEL_ID)

    async def _jinja_kernel_start(self, nb: Any, kernel_id: str, kernel_future: Any) -> str:  # noqa: ARG002
        return kernel_id

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> AsyncIterator[Any]:  # noqa: ARG002
        for cell in nb.cells:
            strip_code_cell_warnings(cell)  # as Voilà's executor does
            self._tidy(cell)
            yield cell
