"""Check my work: a notebook run from its beginning in a kernel of its own, and what came of each check."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.utils import determine_grade, is_grade, is_solution, is_task

from sandyq.prefork.hearing import Client
from sandyq_hub.work.explain import DIED, PATIENCE, TIMEOUT, Failure, explain, read_names
from sandyq_hub.work.repair import read_name

Gettext = Callable[[str], str]
Cell = Any
"""A notebook's cell as nbformat has it."""
WHOLE_PATIENCE: Final = 180
"""Seconds that all cells together may take."""
MOST_TOLD: Final = 1000
"""Letters of what a check prints."""


@dataclass
class Result:
    """What is told about a cell."""

    outcome: str
    """Of a check ``right``, ``partly``, ``wrong``, ``skipped`` (not reached); ``stopped``: a pupil's cell that failed;
    ``empty``: an answer not written yet."""
    title: str
    text: str
    cell: str
    """Id of the cell to go to."""
    place: int
    """Its number in the notebook, for cells without an id."""
    name: str = ""
    error: str = ""
    """The error's name and text, as the teacher sees it."""


class _Runner(NotebookClient):
    """Keeps of the outputs what a grade depends on – errors, warnings and the last value – and what checks print."""

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        kind, cell = msg["msg_type"], self.nb.cells[cell_index]
        if kind == "stream" and msg["content"].get("name") == "stdout" and _is_check(cell):
            told = cell.metadata.get("sandyq_printed", "") + str(msg["content"].get("text", ""))
            cell.metadata.sandyq_printed = told[:MOST_TOLD]
        warning = kind == "stream" and msg["content"].get("name") == "stderr"
        if kind in {"error", "execute_result"} or (warning and not outs):
            return super().output(outs, msg, display_id, cell_index)
        return None


async def run_notebook(notebook: Any, manager: Any) -> Failure | None:
    """Execute all cells in a started kernel; return what ended the run before its end, if anything did."""
    runner = _Runner(notebook, km=manager, timeout=PATIENCE, allow_errors=True)
    runner.reset_execution_trackers()
    manager.stop_restarter()  # one that is started again answers nothing: that would pass for a loop without end
    manager.client_factory = Client
    client = runner.kc = manager.client()
    client.start_channels(stdin=False)  # nobody types during a check
    number = 0
    try:
        async with asyncio.timeout(WHOLE_PATIENCE):
            await client.wait_for_ready(timeout=60)
            for number, cell in enumerate(notebook.cells):
                await runner.async_execute_cell(cell, number)
    except (CellTimeoutError, TimeoutError):
        return _end(notebook, number, TIMEOUT)
    except (DeadKernelError, RuntimeError):
        return _end(notebook, number, DIED)
    finally:
        client.stop_channels()
    return None


def _end(notebook: Any, number: int, kind: str) -> Failure:
    for cell in notebook.cells[number:]:
        cell.pop("outputs", None)
    notebook.cells[number].metadata.sandyq_ended = kind
    return Failure(kind)


def forget_outputs(notebook: Any) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def judge(notebook: Any, _: Gettext) -> list[Result]:
    """Return what to tell of an executed notebook, in its order."""
    by_count = {
        cell.execution_count: n for n, cell in enumerate(notebook.cells) if cell.get("execution_count")
    }
    names = set().union(
        *(read_names(cell.source) for cell in notebook.cells if cell.cell_type == "code"), set()
    )
    results: list[Result] = []
    is_over = False
    title = ""
    for number, cell in enumerate(notebook.cells):
        title = _read_heading(cell) or title
        ended = cell.metadata.get("sandyq_ended")
        failure = Failure(ended) if ended else _find_failure(cell)
        result = Result("", title or read_name(cell), "", cell.get("id", ""), number, read_name(cell))
        if failure:
            place = by_count.get(failure.count, number)
            if failure.kind != "AssertionError":
                result.place, result.cell = place, notebook.cells[place].get("id", "")
            result.text = explain(failure, notebook.cells[place].source, names, _)
            result.error = f"{failure.kind}: {failure.text}"
        if _is_check(cell):
            result.outcome = "skipped" if is_over else _grade(cell, failure)
            result.text = result.text or _tell(cell, result.outcome, _)
            results.append(result)
        elif is_grade(cell) and is_solution(cell) and determine_grade(cell)[0] == 0:
            result.outcome, result.text = "empty", _("You have not written this answer yet.")
            results.append(result)
        elif failure:
            result.outcome = "stopped"
            results.append(result)
        is_over = is_over or bool(ended)
    return _number(results)


def _number(results: list[Result]) -> list[Result]:
    """Tell results under one heading apart."""
    titles = [result.title for result in results]
    for number, result in enumerate(results):
        if titles.count(titles[number]) > 1:
            result.title = f"{result.title} ({titles[: number + 1].count(titles[number])})"
    return results


def _is_check(cell: Cell) -> bool:
    return is_grade(cell) and not is_solution(cell) and not is_task(cell) and cell.cell_type == "code"


def _grade(cell: Cell, failure: Failure | None) -> str:
    """Where a hidden part gives points, too, nobody can have all of them here: right is what says nothing."""
    if failure:
        return "wrong"
    score, points = determine_grade(cell)
    silent = not _read_printed(cell) and not _warns(cell)
    if score is None or score >= points or (silent and cell.metadata.get("sandyq", {}).get("hidden")):
        return "right"
    return "partly" if score > 0 else "wrong"


def _tell(cell: Cell, outcome: str, _: Gettext) -> str:
    """Return what a check that ran to its end says: its own words, where it has some."""
    if outcome == "right":
        score, points = determine_grade(cell)
        if score is None or score >= points:
            return ""
        words = _("Points so far: {score} of {all}. The others are decided when the work is graded.")
        return words.format(score=f"{score:g}", all=f"{points:g}")
    if outcome == "partly":
        return _read_printed(cell) or _("A part of it is right.")
    if outcome == "wrong" and _warns(cell):
        return _("The check printed a warning; it counts as a mistake.")
    if outcome == "wrong":
        return _read_printed(cell) or _("The result is not yet what this check expects.")
    return ""


def _read_printed(cell: Cell) -> str:
    return str(cell.metadata.get("sandyq_printed", "")).strip()


def _warns(cell: Cell) -> bool:
    return any(
        output.output_type == "stream" and output.name == "stderr" for output in cell.get("outputs", ())
    )


def _find_failure(cell: Cell) -> Failure | None:
    return next(
        (Failure.read(output) for output in cell.get("outputs", []) if output.output_type == "error"), None
    )


def _read_heading(cell: Cell) -> str:
    """The latest heading in a text cell."""
    if cell.cell_type != "markdown":
        return ""
    lines = [line.lstrip("# ").strip() for line in cell.source.splitlines() if line.startswith("#")]
    return lines[-1][:120] if lines else ""


def describe(results: list[Result], _: Gettext) -> dict[str, Any]:
    """Return what the bar shows: ``{summary, results: [{outcome, words, title, text, cell, place}]}``."""
    words = {
        "right": _("Right"),
        "partly": _("Partly right"),
        "wrong": _("Not right yet"),
        "stopped": _("Stopped"),
        "skipped": _("Not reached"),
        "empty": _("Not written yet"),
    }
    checks = [result for result in results if result.outcome in {"right", "partly", "wrong", "skipped"}]
    right = sum(result.outcome == "right" for result in checks)
    summary = _("Checks that are right: {right} of {all}.").format(right=right, all=len(checks))
    if not checks:
        summary = _("This notebook has no checks; your teacher reads it.")
    return {
        "summary": summary,
        "more": _("Your teacher may check more than this.") if checks and right == len(checks) else "",
        "results": [asdict(result) | {"words": words[result.outcome]} for result in results],
    }
