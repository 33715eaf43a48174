"""One submission: files in, proposals and flags out."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import is_grade, is_solution

from sandyq_grading import tampering
from sandyq_grading.kernel import Kernel, KernelGone
from sandyq_grading.notebooks import (
    JSON,
    Cell,
    NoNotebook,
    Notebook,
    Source,
    limit_outputs,
    list_unscored,
    make_error,
    read_notebook,
    read_source,
    repair,
    score_cell,
)
from sandyq_grading.sandbox import Sandbox

Tick = Callable[[int, int], None]
"""Told how many cells are done, and of how many; called often. What it raises ends the grading."""
SKIP = "skip-execution"
"""nbclient's tag for cells that are not executed."""


class NoKernel(RuntimeError):
    """Nothing of the pupil's was run, and that is not the pupil's fault; the message says why."""


def grade(source: Path, submitted: Path, sandbox: Sandbox, tick: Tick = lambda _done, _of: None) -> JSON:
    """Grade what a pupil handed in; return the body of ``POST …/result`` (docs/assignments.md).

    ``source``: the packet's folder of that name. One notebook that cannot be graded keeps no other from it.
    Raises NoKernel where none starts, and whatever ``tick`` does.
    """
    began = time.monotonic()
    work = Grading(sandbox, submitted, tick)
    names = sorted(path.stem for path in source.glob("*.ipynb"))
    sources = {name: read_source((source / f"{name}.ipynb").read_bytes()) for name in names}
    work.total = sum(len(each.cells) for each in sources.values())
    with sandbox.pack(source, submitted) as box:
        notebooks = [work.grade_notebook(name, sources[name], source, box) for name in names]
    failed = bool(notebooks) and all(each["message"] for each in notebooks)
    return {
        "status": "failed" if failed else "graded",
        "seconds": round(time.monotonic() - began, 2),
        "message": notebooks[0]["message"] if failed else "",
        "notebooks": notebooks,
        "flags": work.flags,
    }


@dataclass
class Grading:
    """What is known while a submission is graded."""

    sandbox: Sandbox
    submitted: Path
    tick: Tick
    flags: list[JSON] = field(default_factory=list)
    done: int = 0
    total: int = 0
    given: list[str] = field(default_factory=list)
    """The teacher's files beside the notebooks."""

    def grade_notebook(self, name: str, source: Source, folder: Path, box: Path) -> JSON:
        entry: JSON = {"name": name, "missing": False, "ipynb": None, "message": "", "repaired": []}
        path, begun = self.submitted / f"{name}.ipynb", self.done
        try:
            if not path.is_file():
                return entry | {"missing": True, "cells": list_unscored(source, 0.0)}
            if not source.is_python:
                raise NoNotebook("It is not in Python, and only Python can be graded by machine.")
            notebook = read_notebook(path.read_bytes())
            entry["repaired"] = repair(notebook, source)
            self._look_over(name, notebook, source, folder)
            doubted = self._execute(name, notebook, source, box)
        except (NoNotebook, nbformat.ValidationError) as problem:
            return entry | {"message": str(problem)[:500], "cells": list_unscored(source, None)}
        finally:
            self.done = begun + len(source.cells)
            self.tick(self.done, self.total)
        limit_outputs(notebook)
        cells = {
            entry["id"]: entry
            for cell in notebook.cells
            if _gives_points(cell)
            for entry in [score_cell(cell)]
        }
        for doubtful in doubted & cells.keys():
            cells[doubtful]["score"] = 0.0
        return entry | {"ipynb": notebook, "cells": [cells[each] for each in source.scored if each in cells]}

    def _look_over(self, name: str, notebook: Notebook, source: Source, folder: Path) -> None:
        self.flags += tampering.look_over(name, notebook.cells, source)
        theirs, ours = (
            [str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()]
            for top in (self.submitted, folder)
        )
        self.given = sorted(file for file in ours if not file.endswith(".ipynb"))
        self.flags += tampering.look_over_files(name, self.submitted, sorted(set(theirs) - set(ours)), source)
        for file in tampering.find_shadowing_files(theirs, ours, source):
            detail = f"A file would be imported instead of a module that the tests use: {file}."
            self.flag(name, None, "module-shadowed", detail)

    def flag(self, notebook: str, cell: str | None, code: str, detail: str) -> None:
        self.flags.append(tampering.make_flag(notebook, cell, code, detail))

    def _execute(self, name: str, notebook: Notebook, source: Source, box: Path) -> set[str]:
        """Run all cells; return the ids of those whose result is not to be believed."""
        run = Run(self, name, source)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        todo = [cell for cell in cells if cell.source.strip() and SKIP not in cell.metadata.get("tags", [])]
        try:
            with self.sandbox.open(box, lambda: self.tick(self.done, self.total)) as kernel:
                run.watch(kernel)
                while todo:
                    run.step(*todo[:2])
                    todo.pop(0)
                run.end()
        except KernelGone as problem:
            if run.guard is None:
                raise NoKernel(f"No kernel could be had: {problem}") from None
            run.break_off(todo, str(problem))
        for number, cell in enumerate(cells, 1):  # hidden cells were counted, too
            cell.execution_count = number
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = number
        return run.doubted


@dataclass
class Run:
    """One notebook in its kernel, cell by cell."""

    grading: Grading
    name: str
    source: Source
    doubted: set[str] = field(default_factory=set)
    kernel: Kernel | None = None
    guard: tampering.Watch | None = None
    last: str = ""
    """The graded cell that was just answered for, until the kernel has been seen to live on."""
    stirred: bool = True
    """Whether a cell of the pupil's own has run since the last one that must fail."""
    honest: bool = True
    """Whether that one failed."""
    requests: dict[str, str] = field(default_factory=dict)
    """Id of a request → the graded cell it executed."""
    seen: str = ""
    """What the kernel was made of after the last graded cell; empty: nobody has looked since a cell ran."""

    def watch(self, kernel: Kernel) -> None:
        self.kernel, self.guard = kernel, tampering.Watch(kernel, self.source, self.grading.given)

    def step(self, cell: Cell, following: Cell | None = None) -> None:
        """Execute one cell; a graded one between two looks at the kernel, which no cell of the pupil's sees coming."""
        assert self.kernel, "a kernel was opened"  # noqa: S101
        graded = _is_test(cell)
        sound = self._is_sound(cell) if graded else True
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        along = (
            {"kind": tampering.KIND} if graded else {}
        )  # a cell can read and change what is asked along with it
        reply = self.kernel.run_cell(cell, along, remembered=not graded)  # hidden tests are nobody's to read
        self.grading.done += bool(name)
        if not graded:
            self.stirred, self.seen = True, ""
            return
        self.last = name  # who answered in the kernel's name and then ended it does not answer what comes now
        self.seen = self.kernel.ask("", self._make_look(following)).read("look")
        self.last = ""
        self.requests[reply.number] = name
        if not sound:
            self.doubted.add(name)
        if doubt := _find_forgery(cell, reply.failed):
            self._doubt(name, "result-forged", doubt)
        elif _is_strange(cell):
            detail = "The test's result is below 0 or no number, for which nbgrader gives all points."
            self.grading.flag(self.name, name, "result-strange", detail)
        elif reply.read("kind") == "__main__" and _results(cell):
            detail = (
                "The test's result is no number of Python's but of a class that was made in the notebook."
            )
            self.grading.flag(self.name, name, "result-strange", detail)

    def _make_look(self, following: Cell | None) -> dict[str, str]:
        """Have the kernel looked at together with what is asked now, if that is wanted next."""
        assert self.guard  # noqa: S101
        wanted = following is None or _is_test(following)
        return {"look": self.guard.make_look()} if wanted else {}

    def _is_sound(self, cell: Cell) -> bool:
        """Look at the kernel before a graded cell."""
        assert self.guard  # noqa: S101
        name = cell.metadata.nbgrader["grade_id"]
        changed, own = self.guard.compare(cell, self.seen)
        if fresh := self.guard.news(changed):
            detail = f"Before this cell, these had been replaced: {', '.join(fresh[:8])}."
            self.grading.flag(self.name, name, "runner-replaced", detail)
        if fresh := self.guard.news(own):
            detail = f"The test uses these names, and the notebook gave them functions of its own: {', '.join(fresh)}."
            self.grading.flag(self.name, name, "name-shadowed", detail)
        if self.stirred or changed:
            self.stirred, self.honest = False, self.guard.fails_as_it_must(cell)
        if self.honest:
            return True
        self._doubt(
            name,
            "canary-passed",
            "A check that must fail passed before this cell. Its points are not proposed.",
        )
        return False

    def end(self) -> None:
        """A last look: what came late belongs to the cells before."""
        assert self.kernel and self.guard  # noqa: S101
        if self.requests:
            changed, _ = self.guard.compare(nbformat.v4.new_code_cell(), self.seen)
            if fresh := self.guard.news(changed):
                detail = f"In the end, these had been replaced: {', '.join(fresh[:8])}."
                self.grading.flag(self.name, None, "runner-replaced", detail)
        for number in self.kernel.answered:
            if number in self.requests:
                detail = "The kernel gave more than one answer for this cell. Its points are not proposed."
                self._doubt(self.requests[number], "result-forged", detail)

    def _doubt(self, name: str, code: str, detail: str) -> None:
        self.doubted.add(name)
        self.grading.flag(self.name, name, code, detail)

    def break_off(self, todo: list[Cell], why: str) -> None:
        """The kernel is gone: what was not executed has failed, and so has a test after which nobody saw it alive."""
        for cell in todo:
            cell.outputs = [*cell.get("outputs", []), make_error("DeadKernelError", why)]
        if self.last:
            detail = f"The kernel did not live on after this cell: {why} Its points are not proposed."
            self._doubt(self.last, "kernel-ended", detail)


def _gives_points(cell: Cell) -> bool:
    known = cell.metadata.get("nbgrader", {})
    return bool(known.get("grade") or known.get("task"))


def _is_test(cell: Cell) -> bool:
    return bool(cell.cell_type == "code" and is_grade(cell) and not is_solution(cell))


def _is_strange(cell: Cell) -> bool:
    """A number for which nbgrader warns and gives all points."""
    for output in _results(cell):
        with suppress(ValueError):
            return not float(output.data.get("text/plain", "0")) >= 0
    return False


def _results(cell: Cell) -> list[Any]:
    return [output for output in cell.outputs if output.output_type == "execute_result"]


def _find_forgery(cell: Cell, failed: bool) -> str:
    """Say what in a test's outputs no honest run gives; empty: nothing."""
    results = _results(cell)
    if results and failed:
        return "The cell failed and gave a result all the same. Its points are not proposed."
    if len(results) > 1:
        return "The cell gave more than one result. Its points are not proposed."
    return ""
