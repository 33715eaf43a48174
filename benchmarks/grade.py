"""``./sandyq bench grade``: a class's hand-ins, two notebooks each, until all are scored, by nbgrader and by us.

The course is nbgrader's own quickstart; half of the class hands in what its example pupil *hacker* did, half what
*bitdiddle* did. Both sides grade the same files. nbgrader starts its kernels one after another, as it does; ours has
the grader's workers, each kernel in its sandbox, with a fork server that is already there, as in a school.
At last the teacher's pages over 600 hand-ins (``listing``).
Only the sandbox's politeness is left out (``nice``): whatever else the machine does then weighs on both sides alike.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import nbgrader
import psutil
from nbgrader.api import Gradebook

from figures import Figure, main, make_figure
from kernel import start_server
from listing import measure_pages
from sandyq.prefork.client import SOCKET
from sandyq_grading.grading import grade
from sandyq_grading.notebooks import JSON
from sandyq_grading.sandbox import LIMITS, Sandbox
from sandyq_grading.work import count_workers
from sandyq_hub.isolation import COUNT, NAMES, PEOPLE, VISITORS, first_number

GUIDE = Path(nbgrader.__file__).parent / "docs/source/user_guide"
EXAMPLES = ("hacker", "bitdiddle")
NOTEBOOKS = 2
MINUTE = 60.0
Scores = dict[str, dict[str, float | None]]
"""``<pupil>/<notebook>`` → cell → score."""


def run_nbgrader(folder: Path, *words: str) -> None:
    """Its programs call ``alembic`` by that name, so our own stand first on the path."""
    binaries = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{binaries}:{os.environ['PATH']}"}
    command = [str(binaries / "nbgrader"), *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def make_course(folder: Path, pupils: int) -> Path:
    run_nbgrader(folder, "quickstart", "course")
    course = folder / "course"
    for number in range(pupils):
        example = GUIDE / "submitted" / EXAMPLES[number % len(EXAMPLES)] / "ps1"
        shutil.copytree(example, course / "submitted" / f"pupil{number}" / "ps1")
    run_nbgrader(course, "generate_assignment", "ps1")
    return course


def grade_stock(course: Path) -> tuple[float, Scores]:
    began = time.perf_counter()
    run_nbgrader(course, "autograde", "ps1")
    seconds = time.perf_counter() - began
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        submissions = book.assignment_submissions("ps1")
        scores = {
            f"{one.student_id}/{notebook.name}": {each.name: each.auto_score for each in notebook.grades}
            for one in submissions
            for notebook in one.notebooks
        }
    return seconds, scores


def read_children_time() -> float:
    """Processor seconds of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read_family_time(pid: int) -> float:
    """Processor seconds of a fork server, its templates and all that they have waited for."""
    family = [psutil.Process(pid), *psutil.Process(pid).children()]
    return sum(sum(each.cpu_times()[:4]) for each in family)


def grade_one(job: tuple[Path, Path, Sandbox]) -> JSON:
    return grade(*job)


def grade_ours(course: Path, pupils: list[str], sandbox: Sandbox) -> tuple[float, Scores, list[float], int]:
    """Return seconds in all, the scores, seconds of each hand-in, and how many flags there were."""
    jobs = [(course / "source/ps1", course / "submitted" / who / "ps1", sandbox) for who in pupils]
    workers = multiprocessing.get_context("fork").Pool(count_workers())
    with workers:
        began = time.perf_counter()
        results = workers.map(grade_one, jobs, chunksize=1)
        seconds = time.perf_counter() - began
        workers.close()
        workers.join()
    scores = {
        f"{who}/{notebook['name']}": {cell["id"]: cell["score"] for cell in notebook["cells"]}
        for who, result in zip(pupils, results, strict=True)
        for notebook in result["notebooks"]
    }
    return seconds, scores, [result["seconds"] for result in results], sum(len(r["flags"]) for r in results)


def run(quick: bool) -> list[Figure]:
    pupils = 2 if quick else 30
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bg-")))
        folder.chmod(0o711)
        numbers: dict[str, object] = {}
        if os.geteuid() == 0:
            base = first_number()
            numbers = {"uids": [base + PEOPLE, COUNT], "visitors": [base + VISITORS, COUNT]}
            numbers["author"] = base + NAMES.index("authors")
        server = start_server(folder, homes=[str(folder / "visitors")], **numbers)
        stack.callback(server.wait)
        stack.callback(server.terminate)
        os.environ[SOCKET] = str(folder / "server")
        sandbox = Sandbox(
            folder / "work", str(folder / "visitors") if numbers else "", replace(LIMITS, nice=0)
        )
        sandbox.folder.mkdir()
        course = make_course(folder, pupils)
        names = [f"pupil{number}" for number in range(pupils)]
        before = read_children_time() + read_family_time(server.pid)
        ours, our_scores, each, flags = grade_ours(course, names, sandbox)
        our_time, before = read_children_time() + read_family_time(server.pid) - before, read_children_time()
        stock, stock_scores = grade_stock(course)
        stock_time = read_children_time() - before
        pages = measure_pages(folder, quick)
    cells = {
        (place, cell) for scores in (stock_scores, our_scores) for place in scores for cell in scores[place]
    }
    different = sum(stock_scores.get(p, {}).get(c, -1) != our_scores.get(p, {}).get(c, -1) for p, c in cells)
    per_notebook = pupils * NOTEBOOKS
    return [
        make_figure("a class graded", "s", round(ours, 2), n=pupils, stock=round(stock, 2), at_least=10),
        make_figure("a class graded within a minute", "s", round(ours, 2), n=pupils, target=MINUTE),
        make_figure(
            "one notebook of it",
            "s",
            round(ours / per_notebook, 3),
            n=pupils,
            stock=round(stock / per_notebook, 3),
        ),
        make_figure(
            "processor time of one notebook",
            "s",
            round(our_time / per_notebook, 3),
            n=pupils,
            stock=round(stock_time / per_notebook, 3),
        ),
        make_figure(
            "one hand-in, from its files to its result (median)",
            "s",
            round(statistics.median(each), 2),
            n=pupils,
        ),
        make_figure(f"scores that differ, of {len(cells)}: errors", "cells", different, n=pupils, target=0),
        make_figure("honest work flagged: errors", "flags", flags, n=pupils, target=0),
        *pages,
    ]


if __name__ == "__main__":
    sys.exit(main("grade", __doc__, run))
