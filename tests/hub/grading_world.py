"""Hand-ins and a sandbox for the grader's tests: nbgrader cells in a few words, a real fork server, real kernels."""

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from tests.prefork.forks_world import KERNEL, PLAIN, running_forks

from sandyq.prefork.client import SOCKET
from sandyq_grading.grading import grade
from sandyq_grading.sandbox import Sandbox
from sandyq_hub.isolation import COUNT, NAMES, PEOPLE, VISITORS, first_number

BASE = first_number()
KINDS = {
    "answer": {"grade": False, "solution": True, "locked": False},
    "tests": {"grade": True, "solution": False, "locked": True},
    "given": {"grade": False, "solution": False, "locked": True},
    "written": {"grade": True, "solution": True, "locked": False},
    "task": {"grade": False, "solution": False, "locked": True, "task": True},
}


def make_cell(kind, name, text, points=None):
    """A cell that nbgrader knows, in a source notebook."""
    make = nbformat.v4.new_markdown_cell if kind in ("written", "task") else nbformat.v4.new_code_cell
    known = KINDS[kind] | {"grade_id": name, "schema_version": 3}
    return make(text, metadata={"nbgrader": known | ({} if points is None else {"points": points})})


def make_notebook(*cells):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


DOUBLE = "def double(n):\n    ### BEGIN SOLUTION\n    return 2 * n\n    ### END SOLUTION"
"""An answer's source; whoever writes anything else to this cell has answered."""
TESTS = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(5) == 10\n### END HIDDEN TESTS"


def make_source():
    """A notebook with an answer, its tests, a part of points, a written answer and a task."""
    return make_notebook(
        make_cell("given", "start", "limit = 3"),
        make_cell("answer", "double", DOUBLE),
        make_cell("tests", "double-tests", TESTS, 3),
        make_cell("tests", "part", "sum(double(n) == 2 * n for n in range(limit + 1)) / 2", 2),
        make_cell("written", "why", "### BEGIN SOLUTION\nbecause\n### END SOLUTION", 2),
        make_cell(
            "task", "project", "Make a picture.\n\n### BEGIN MARK SCHEME\nblue\n### END MARK SCHEME", 4
        ),
    )


def answer(notebook, **texts):
    """The notebook with other texts in the cells named."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").replace("-", "_")
        cell.source = texts.get(name, cell.source)
    return notebook


def release(notebook):
    """What a pupil gets of a source notebook."""
    from nbgrader import preprocessors as steps

    notebook = nbformat.from_dict(notebook)
    for step in ("LockCells", "ClearSolutions", "ClearOutput", "ComputeChecksums", "ClearHiddenTests",
                 "ClearMarkScheme", "ComputeChecksums"):  # fmt: skip
        notebook, _ = getattr(steps, step)().preprocess(notebook, {})
    return notebook


def write(folder, **contents):
    """Write notebooks (by name) and other files (``data_csv`` is ``data.csv``) into a new folder."""
    folder.mkdir(parents=True)
    for name, content in contents.items():
        if isinstance(content, dict):
            nbformat.write(content, folder / f"{name}.ipynb")
        else:
            (folder / name.replace("_", ".")).write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
    return folder


@dataclass
class GradingWorld:
    """A grader's sandbox over a fork server of its own."""

    forks: object
    sandbox: Sandbox
    folder: Path
    count: int = 0

    def grade(self, source, submitted, **options):
        """Grade one notebook, or folders that ``write`` made; return the result."""
        self.count += 1
        place = self.folder / str(self.count)
        if isinstance(source, dict):
            source = write(place / "source", work=source)
        if isinstance(submitted, dict):
            submitted = write(place / "submitted", work=submitted)
        return grade(source, submitted, self.sandbox, **options)


def scores(result, notebook=0):
    return {cell["id"]: cell["score"] for cell in result["notebooks"][notebook]["cells"]}


def codes(result):
    return {(flag["cell"], flag["code"]) for flag in result["flags"]}


@contextmanager
def grading_world():
    """As root everybody is isolated; else nobody, and the kernels are forked all the same."""
    root = os.geteuid() == 0
    numbers = {"uids": [BASE + PEOPLE, COUNT], "visitors": [BASE + VISITORS, COUNT],
               "author": BASE + NAMES.index("authors")}  # fmt: skip
    with (
        running_forks({"kernel": KERNEL, "plain": PLAIN}, **(numbers if root else {})) as forks,
        tempfile.TemporaryDirectory(prefix="gr-") as name,
    ):
        Path(name).chmod(0o711)
        work = Path(name) / "work"
        work.mkdir(mode=0o711)
        before = os.environ.get(SOCKET)
        os.environ[SOCKET] = forks.address
        try:
            yield GradingWorld(forks, Sandbox(work, str(forks.folder / "homes") if root else ""), Path(name))
        finally:
            os.environ.pop(SOCKET)
            if before:
                os.environ[SOCKET] = before
