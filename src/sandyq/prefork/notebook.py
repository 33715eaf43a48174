"""The recipe of a template kernel: a notebook executed once; a visitor's kernel is a fork of it, all widgets alive."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.asynchronous.client import AsyncKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from sandyq.prefork import kernel
from sandyq.prefork.figures import forget_folders, read_settings
from sandyq.prefork.kernelapp import ForkedKernelApp
from sandyq.prefork.nursery import PreparationFailed, Tell
from sandyq.prefork.processes import become_subreaper
from sandyq.prefork.randomness import reseed_sqlite
from sandyq.prefork.rehearsal import ThreadsLeft, check_alone, check_tasks, leave_loop, list_open, rehearse
from sandyq.prefork.wishes import Launch

__all__ = ["prepare", "run"]

LARGEST_OUTPUT = 10 * 10**6
"""Characters that one cell, or the states of all widgets, may bring to each visitor's page."""
TOO_LARGE = "This cell shows more than 10 MB. Show less: the whole of it would go to each reader's page."
WIDGETS_TOO_LARGE = (
    "The widgets hold more than 10 MB. Put less into them: all of it would go to each reader's page."
)
NO_NOTEBOOK = "This file is no notebook, or a damaged one. Build it anew."
PER_VISITOR = "per-visitor"
"""Tag of cells that are left to be run in each visitor's kernel."""


Before = tuple[asyncio.AbstractEventLoop, set[tuple[str, str]]]
"""The loop in which cells were executed, and what was open before them."""

_changes: list[Surroundings] = []
"""What the cells of this template's notebook changed."""
_context: dict[ContextVar[Any], Any] = {}
"""The context that they left, in which NumPy keeps how arrays are printed and what a division by zero does."""
OF_THE_MESSAGE = {"parent_header", "shell_parent", "shell_parent_ident"}
"""What ipykernel keeps there, and sets anew with each message."""


@dataclass(frozen=True)
class Surroundings:
    """What a process has besides its memory, and a fork gets anew: variables, handlers of signals, where it stands."""

    variables: dict[str, str | None]
    """None: it was taken away."""
    handlers: dict[int, Any]
    folder: str

    @classmethod
    def look(cls) -> Surroundings:
        handlers: dict[int, Any] = {number: signal.getsignal(number) for number in signal.valid_signals()}
        return cls(dict(os.environ), handlers, _find_folder())

    def compare(self, before: Surroundings) -> Surroundings:
        """Return what is new here or has changed."""
        taken = dict.fromkeys(before.variables.keys() - self.variables.keys())
        return Surroundings(
            dict(self.variables.items() - before.variables.items()) | taken,
            {number: each for number, each in self.handlers.items() if each is not before.handlers[number]},
            self.folder if self.folder != before.folder else "",
        )

    def restore(self) -> None:
        for name, value in self.variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        time.tzset()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        if self.folder:
            with suppress(OSError):  # it is closed to this visitor
                os.chdir(self.folder)


def _find_folder() -> str:
    """Return where this process stands; ThreadsLeft where no fork could."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        raise ThreadsLeft("No fork can stand where the cells went: the folder is gone.") from None
    if folder.is_relative_to(Path.home()):
        raise ThreadsLeft("Each visitor has another folder where the cells went: home.")
    return str(folder)


def run(launch: Launch) -> int:
    """Be a visitor's kernel, in which what the cells changed has changed."""
    for changes in _changes:
        changes.restore()
    for variable, value in _context.items():
        variable.set(value)
    reseed_sqlite()
    return kernel.work(launch)


def prepare(options: dict[str, str], tell: Tell) -> object:
    """Execute a notebook but for its per-visitor cells; return ``{"notebook": …}``, outputs and widgets' states in it.

    Its metadata's ``widget_libraries`` are those that a page needs for the widgets that its code may still make.

    ``notebook``: its text, for as whom it is executed need not be allowed to read its file; ``folder``: where that is;
    ``without``: tag of cells to leave out; ``environment``: JSON, the variables that it sees.
    Fails with ``{"cell", "source", "error"}`` when a cell fails, with ``{"threads"}`` when it leaves something behind
    that its forks would not have, such as threads, files and sockets.
    """
    try:
        notebook = nbformat.reads(options["notebook"], as_version=4)
        notebook.cells = [
            cell for cell in notebook.cells if options["without"] not in cell.metadata.get("tags", [])
        ]
    except Exception:  # nbformat says it in many ways
        raise PreparationFailed({"cell": "–", "source": "", "error": NO_NOTEBOOK}) from None
    notebook.metadata.pop("widgets", None)
    os.environ.clear()
    os.environ.update(json.loads(options["environment"]))
    os.chdir(options["folder"])
    read_settings()
    become_subreaper()  # else what a shell leaves behind with "&" would be out of sight
    begun: list[dict[str, Any]] = []
    try:
        loop, opened = rehearse(ForkedKernelApp, _execute(notebook, tell, begun))
        check_alone(opened)
        leave_loop(loop)
    except ThreadsLeft as problem:
        raise PreparationFailed({"threads": str(problem)}) from None
    except PreparationFailed:
        raise
    except Exception as problem:  # a cell took from us what we need to go on, as the right to open files
        if not begun:
            raise
        raise PreparationFailed(begun[-1] | {"error": f"{type(problem).__name__}: {problem}"}) from problem
    forget_folders()
    notebook.metadata["widget_libraries"] = sorted(set(_find_libraries()))
    become_subreaper(on=False)  # what visitors leave behind is not ours to wait for
    return {"notebook": nbformat.writes(notebook)}


def _execute(
    notebook: nbformat.NotebookNode, tell: Tell, begun: list[dict[str, Any]]
) -> Callable[[AsyncKernelClient], Awaitable[Before]]:
    async def play(client: AsyncKernelClient) -> Before:
        """Nobody answers a cell that asks, and a cell that never ends is ended, with all of us, by who waits for it."""
        runner = NotebookClient(notebook, timeout=None)
        runner.kc = client
        client.allow_stdin = False
        tasks, before, opened = asyncio.all_tasks(), Surroundings.look(), list_open()
        with _check_files(), _noted_context():
            for index, cell in enumerate(notebook.cells):
                step = {"cell": index + 1, "source": cell.source}
                tell(step)
                begun.append(step)
                await _execute_cell(runner, cell, index)
        check_tasks(tasks)
        _changes.append(Surroundings.look().compare(before))
        runner.set_widgets_metadata()  # their states: with them a page draws all widgets by itself
        if measure(notebook.metadata.get("widgets", {})) > LARGEST_OUTPUT:
            raise PreparationFailed({"cell": "–", "source": "", "error": WIDGETS_TOO_LARGE})
        return asyncio.get_running_loop(), opened

    return play


@contextmanager
def _noted_context() -> Iterator[None]:
    """Note the context in which the kernel executes cells: after the fork there is another."""

    def note() -> None:
        left = {
            variable: value
            for variable, value in copy_context().items()
            if variable.name not in OF_THE_MESSAGE
        }
        _context.clear()
        _context.update(left)

    events = ZMQInteractiveShell.instance().events
    events.register("post_execute", note)
    try:
        yield
    finally:
        events.unregister("post_execute", note)


@contextmanager
def _check_files() -> Iterator[None]:
    """Raise ThreadsLeft when cells leave a file at home or where what passes stands: each visitor has others there."""
    home, remembered = Path.home(), tempfile.tempdir
    passing = home / ".passing"
    passing.mkdir()
    before = set(home.iterdir())
    tempfile.tempdir = str(passing)
    try:
        yield
    finally:
        tempfile.tempdir = remembered
    if left := [*passing.iterdir(), *(each for each in set(home.iterdir()) - before if each.name[0] != ".")]:
        names = ", ".join(sorted(each.name for each in left))
        raise ThreadsLeft(f"These files are left, which no fork would find in its own folders: {names}.")


def _find_libraries() -> Iterator[str]:
    """Yield the front-end modules that the classes of widgets name which there are."""
    ipywidgets = sys.modules.get("ipywidgets")
    classes = [ipywidgets.Widget] if ipywidgets else []
    for each in classes:
        classes += each.__subclasses__()
        for trait in ("_model_module", "_view_module"):
            library = getattr(getattr(each, trait, None), "default_value", None)
            if library and isinstance(library, str):
                yield library


async def _execute_cell(runner: NotebookClient, cell: Any, index: int) -> None:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    if PER_VISITOR in cell.metadata.get("tags", []):
        return
    try:
        await runner.async_execute_cell(cell, index)
    except CellExecutionError as failure:
        raise PreparationFailed(
            {"cell": index + 1, "source": cell.source, "error": f"{failure.ename}: {failure.evalue}"}
        ) from None
    if measure(cell.get("outputs", [])) > LARGEST_OUTPUT:
        raise PreparationFailed({"cell": index + 1, "source": cell.source, "error": TOO_LARGE})


def measure(content: object) -> int:
    """Characters of all texts in something that is JSON."""
    if isinstance(content, dict):
        return sum(map(measure, content.values()))
    if isinstance(content, list):
        return sum(map(measure, content))
    return len(content) if isinstance(content, str) else 0
