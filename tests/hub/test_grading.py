"""What the grader proposes for honest and for damaged hand-ins, and that nbgrader's own autograde proposes the same."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbgrader.api import Gradebook
from tests.hub.grading_world import (
    BASE,
    DOUBLE,
    TESTS,
    answer,
    grading_world,
    make_cell,
    make_notebook,
    make_source,
    release,
    scores,
    write,
)

from sandyq.settings import PROJECT
from sandyq_grading.grading import NoKernel
from sandyq_grading.packets import make_clearing
from sandyq_grading.preparing import prepare
from sandyq_grading.sandbox import Sandbox
from sandyq_hub.isolation import VISITORS

GUIDE = Path(nbgrader.__file__).parent / "docs/source/user_guide"
RIGHT = "def double(n):\n    return n + n"
HALF = "def double(n):\n    return 4 if n == 2 else 0"
OUR_PACKETS = sorted(
    path.parent for path in (PROJECT / "assignments/notebooks").glob("*/*/kk/assignment.json")
)
OUR_PUPILS = {"solved": lambda _: True, "half": lambda number: number % 2 == 0, "untouched": lambda _: False}
FULL = {"double-tests": 3.0, "part": 2.0, "why": None, "project": None}


@pytest.fixture(scope="module")
def world():
    with grading_world() as opened:
        yield opened


@pytest.fixture
def handed_out():
    return release(make_source())


def test_a_right_answer_gets_all_points_and_what_a_teacher_must_mark_stays_open(world, handed_out):
    result = world.grade(make_source(), answer(handed_out, double=RIGHT, why="so that"))
    assert scores(result) == FULL
    assert (result["status"], result["flags"]) == ("graded", [])
    assert result["notebooks"][0]["repaired"] == []


def test_hidden_tests_count_and_a_failure_names_kind_text_and_line(world, handed_out):
    result = world.grade(make_source(), answer(handed_out, double=HALF))
    cells = {cell["id"]: cell for cell in result["notebooks"][0]["cells"]}
    assert scores(result) == {"double-tests": 0.0, "part": 1.0, "why": 0.0, "project": None}
    assert cells["double-tests"]["failure"] == {"kind": "AssertionError", "text": "", "line": 3}
    assert cells["why"]["empty"]
    assert not cells["double-tests"]["empty"]


def test_the_notebook_that_comes_back_is_one_and_counts_only_its_own_cells(world, handed_out):
    result = world.grade(make_source(), answer(handed_out, double=RIGHT))
    notebook = nbformat.from_dict(result["notebooks"][0]["ipynb"])
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    assert [output.execution_count for output in code[3].outputs] == [4]


def damage_delete(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "double"]


def damage_copy(notebook):
    notebook.cells += [nbformat.from_dict(cell) for cell in notebook.cells[:3]]


def damage_retype(notebook):
    for place, kind in ((2, "markdown"), (4, "code")):
        old = notebook.cells[place]
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        notebook.cells[place] = make(old.source, metadata=old.metadata)


def damage_rewrite(notebook):
    notebook.cells[2].source = "pass"
    notebook.cells[2].metadata.tags = ["skip-execution"]


def damage_metadata(notebook):
    notebook.cells[2].metadata.nbgrader = {"grade_id": "double-tests", "grade": False, "points": 99}
    notebook.cells[3].metadata.nbgrader.points = 50
    notebook.cells[4].metadata.nbgrader = "nothing"
    notebook.cells[0].metadata.nbgrader = {"grade_id": ["start"]}


@pytest.mark.parametrize(
    ("damage", "repaired"),
    [
        (damage_delete, {"start", "double-tests", "part", "why", "project"}),
        (damage_copy, {"start", "double", "double-tests"}),
        (damage_retype, {"double-tests", "why"}),
        (damage_rewrite, {"double-tests"}),
        (damage_metadata, {"start", "double-tests", "part", "why"}),
    ],
)
def test_a_damaged_notebook_is_repaired_and_scored_as_if_it_were_whole(world, handed_out, damage, repaired):
    notebook = answer(handed_out, double=RIGHT, why="so that")
    damage(notebook)
    result = world.grade(make_source(), notebook)
    assert set(result["notebooks"][0]["repaired"]) == repaired
    assert scores(result) | {"why": None} == FULL
    points = {cell["id"]: cell["points"] for cell in result["notebooks"][0]["cells"]}
    assert points == {"double-tests": 3.0, "part": 2.0, "why": 2.0, "project": 4.0}


PLAIN = {
    "cell_type": "code",
    "id": "a",
    "metadata": {},
    "source": "1",
    "outputs": [],
    "execution_count": None,
}


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\x00\xff" * 500,
        b"{}",
        b"[]",
        b"[" * 10**5,
        *(
            json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
            for cells in (3, {}, [{"metadata": {}, "source": ""}], [{**PLAIN, "metadata": {"tags": 5}}])
        ),
    ],
)
def test_what_is_no_notebook_gives_a_message_and_the_others_are_graded(world, handed_out, tmp_path, junk):
    source = write(tmp_path / "source", one=make_source(), two=make_source(), three=make_source())
    submitted = write(tmp_path / "submitted", two=answer(handed_out, double=RIGHT))
    (submitted / "one.ipynb").write_bytes(junk)
    result = world.grade(source, submitted)
    one, three, two = result["notebooks"]
    assert one["message"]
    assert {cell["score"] for cell in one["cells"]} == {None}
    assert two["message"] == ""
    assert scores(result, 2)["double-tests"] == 3.0
    assert three["missing"]
    assert {cell["score"] for cell in three["cells"]} == {0.0}
    assert result["status"] == "graded"


def test_files_are_the_teachers_then_the_pupils_own(world, tmp_path):
    read = "print(open('data.csv').read(), open('own.txt').read(), sorted(__import__('os').listdir('.')))"
    source = write(
        tmp_path / "source", work=make_notebook(make_cell("answer", "read", read)), data_csv="teacher"
    )
    submitted = write(tmp_path / "submitted", work=make_notebook(make_cell("answer", "read", read)))
    (submitted / "data.csv").write_text("pupil")
    (submitted / "own.txt").write_text("mine")
    (submitted / "link.txt").symlink_to("/etc/passwd")
    printed = world.grade(source, submitted)["notebooks"][0]["ipynb"].cells[0].outputs[0].text
    assert printed == "teacher mine ['data.csv', 'own.txt']\n"


def test_what_a_notebook_writes_and_imports_from_its_folder_works(world):
    code = "open('made.py', 'w').write('x = 7')\nimport made\nmade.x"
    notebook = make_notebook(make_cell("answer", "a", "pass"), make_cell("tests", "t", code, 7))
    assert scores(world.grade(notebook, release(notebook))) == {"t": 7.0}


def test_progress_is_told_and_who_hears_it_can_end_the_work(world, handed_out):
    class Enough(Exception):
        pass

    told = []
    world.grade(make_source(), handed_out, tick=lambda *step: told.append(step))
    assert told[-1] == (6, 6)

    def refuse(done, of):
        raise Enough

    with pytest.raises(Enough):
        world.grade(make_source(), answer(handed_out, double="while True:\n    pass"), tick=refuse)


def test_without_a_fork_server_it_is_done_the_stock_way(world, handed_out, tmp_path, monkeypatch):
    monkeypatch.delenv("SANDYQ_FORK_SOCKET")
    monkeypatch.setattr(world, "sandbox", Sandbox(world.folder / "work"))
    result = world.grade(make_source(), answer(handed_out, double=RIGHT, why="so"))
    assert scores(result) == FULL
    assert result["flags"] == []


@pytest.fixture(scope="module")
def nbgrader_course(tmp_path_factory):
    """nbgrader's quickstart course with its example submissions, and one of ours that has all the odd cases."""
    course = tmp_path_factory.mktemp("nbgrader") / "course"
    run_nbgrader(course.parent, "quickstart", "course")
    for who in ("bitdiddle", "hacker"):
        shutil.copytree(GUIDE / "submitted" / who / "ps1", course / "submitted" / who / "ps1")
    write(course / "source" / "odd", work=make_odd())
    for who, answers in ODD_ANSWERS.items():
        write(course / "submitted" / who / "odd", work=answer(release(make_odd()), **answers))
    shutil.rmtree(course / "submitted" / "bitdiddle" / "odd", ignore_errors=True)
    (course / "submitted" / "hacker" / "ps1" / "problem2.ipynb").unlink()
    for packet in OUR_PACKETS:
        copy_packet(packet, course)
    stubs = make_clearing("kk")
    ours = [f"--ClearSolutions.text_stub={stubs.text_stub}"]
    ours += [f"--ClearSolutions.code_stub=python={stubs.code_stub['python']}"]
    for assignment, words in (
        ("ps1", []),
        ("odd", []),
        *((packet.parent.name, ours) for packet in OUR_PACKETS),
    ):
        run_nbgrader(course, "generate_assignment", assignment, "--IncludeHeaderFooter.header=", *words)
        run_nbgrader(course, "autograde", assignment)
    return course


def copy_packet(packet, course):
    """One of our assignments, solved, half solved and as it was handed out."""
    name = packet.parent.name
    shutil.copytree(packet / "source", course / "source" / name)
    for who, wanted in OUR_PUPILS.items():
        place = shutil.copytree(packet / "release", course / "submitted" / who / name)
        for path in place.glob("*.ipynb"):
            notebook, solved = (nbformat.read(each / path.name, 4) for each in (place, packet / "source"))
            solutions = {name_of(cell): cell.source for cell in solved.cells}
            answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
            for number, cell in enumerate(answers):
                if wanted(number):
                    cell.source = solutions[name_of(cell)]
            nbformat.write(notebook, path)


def name_of(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def run_nbgrader(folder, *words):
    """Its programs call ``alembic`` by that name, so our own stand first on the path."""
    binaries = Path(sys.executable).parent
    done = subprocess.run(
        [binaries / "nbgrader", *words], cwd=folder, check=False, capture_output=True, text=True,
        env=os.environ | {"PATH": f"{binaries}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def make_odd():
    """Part marks in all forms, warnings, plots, cleared and repeated outputs, magics, what fails halfway."""
    return make_notebook(
        make_cell("answer", "f", "def f(n):\n    ### BEGIN SOLUTION\n    return n\n    ### END SOLUTION"),
        make_cell(
            "tests",
            "plain",
            TESTS.replace("double(2) == 4", "f(2) == 2").replace("double(5) == 10", "f(5)"),
            1,
        ),
        make_cell("tests", "number", "f(1.5)", 2),
        make_cell("tests", "text", "'well done' if f(1) else 0", 2),
        make_cell(
            "tests",
            "printed",
            "import sys\nprint(f(3))\nprint(f(4), file=sys.stderr if f(0) else sys.stdout)",
            1,
        ),
        make_cell("tests", "warned", "import warnings\nif f(1) > 1:\n    warnings.warn('odd')", 1),
        make_cell(
            "tests",
            "cleared",
            "from IPython.display import clear_output\nprint(1)\nclear_output()\nassert f(1)",
            1,
        ),
        make_cell("tests", "magic", "%timeit -n1 -r1 -q f(1)\nassert f(2) > 1", 1),
        make_cell("tests", "plotted", "import matplotlib.pyplot as plt\nplt.plot([f(1), f(2)]);\n", 1),
        make_cell("tests", "left", "assert f(1) == 1\nraise SystemExit", 1),
        make_cell("written", "why", "### BEGIN SOLUTION\nx\n### END SOLUTION", 2),
        make_cell("task", "project", "Do.\n### BEGIN MARK SCHEME\ny\n### END MARK SCHEME", 4),
    )


ODD_ANSWERS = {
    "nothing": {},
    "right": {"f": "def f(n):\n    return n", "why": "because"},
    "wrong": {"f": "def f(n):\n    return 0.5"},
    "strange": {"f": "def f(n):\n    return [n, n]"},
    "broken": {"f": "def f(n:\n    return"},
    "text": {"f": "def f(n):\n    return str(n)"},
    "asks": {"f": "def f(n):\n    return input('n?')"},
    "warns": {"f": "import warnings\ndef f(n):\n    warnings.warn('x')\n    return n + 1"},
}


def read_gradebook(course, assignment, who):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        notebooks = book.find_submission(assignment, who).notebooks
        return {one.name: {grade.name: grade.auto_score for grade in one.grades} for one in notebooks}


@pytest.mark.parametrize(
    ("assignment", "who"),
    [
        *(("ps1", who) for who in ("bitdiddle", "hacker")),
        *(("odd", who) for who in ODD_ANSWERS),
        *((packet.parent.name, who) for packet in OUR_PACKETS for who in OUR_PUPILS),
    ],
)
def test_nbgraders_own_autograde_gives_the_same_scores_cell_by_cell(world, nbgrader_course, assignment, who):
    theirs = read_gradebook(nbgrader_course, assignment, who)
    result = world.grade(
        nbgrader_course / "source" / assignment, nbgrader_course / "submitted" / who / assignment
    )
    ours = {one["name"]: {cell["id"]: cell["score"] for cell in one["cells"]} for one in result["notebooks"]}
    assert ours == theirs
    assert result["flags"] == []


def test_our_own_assignments_are_all_there():
    assert len(OUR_PACKETS) == 6


def prepare_own(world, tmp_path, notebook, **files):
    wish = {"name": "t1-double", "language": "kk", "title": "Екі есе", "kind": "fa", "minutes": 20}
    uploaded = write(tmp_path / "uploaded", work=notebook, data_csv="a\n1\n", **files)
    return prepare(uploaded, wish, world.sandbox)


AUTOTEST = (
    "### HASHED AUTOTEST double(4)\n### BEGIN HIDDEN TESTS\n### AUTOTEST double(6)\n### END HIDDEN TESTS"
)


def test_tests_that_nbgrader_writes_itself_are_written_in_the_sandbox(world, tmp_path):
    made = prepare_own(world, tmp_path, answer(make_source(), double_tests=AUTOTEST))
    assert made["faults"] == []
    source, released = (
        json.loads(b64decode(made["files"][f"{part}/work.ipynb"])) for part in ("source", "release")
    )
    written, seen = ("".join(notebook["cells"][2]["source"]) for notebook in (source, released))
    assert 'assert str(double(6)) == """12"""' in written
    assert "sha1(str(double(4))" in seen and "double(6)" not in seen
    assert "AUTOTEST" not in written


@pytest.mark.skipif(os.geteuid() != 0, reason="giving uids away needs root")
def test_templates_of_a_teacher_are_programs_of_the_sandbox(world, tmp_path):
    """Jinja's own names lead to all modules; the grader itself, who has secrets, never renders them."""
    evil = (GUIDE / "autotests.yml").read_text()
    evil = evil.replace("check: 'assert", "check: 'assert {{ cycler.__init__.__globals__.os.getuid() }} and")
    made = prepare_own(world, tmp_path, answer(make_source(), double_tests=AUTOTEST), autotests_yml=evil)
    assert made["faults"] == []
    written = "".join(json.loads(b64decode(made["files"]["source/work.ipynb"]))["cells"][2]["source"])
    assert {int(uid) >= BASE + VISITORS for uid in re.findall(r"assert (\d+) and", written)} == {True}
    assert "release/autotests.yml" not in made["files"]


def test_a_teachers_own_notebook_becomes_a_packet_when_its_tests_tell_solved_from_empty(world, tmp_path):
    made = prepare_own(world, tmp_path, make_source())
    assert made["faults"] == []
    about = json.loads(b64decode(made["files"]["assignment.json"]))
    assert (about["course"], about["title"], about["points"], about["kind"]) == ("own", "Екі есе", 11, "fa")
    assert set(made["files"]) == {
        "assignment.json",
        *(f"{part}/{name}" for part in ("source", "release") for name in ("work.ipynb", "data.csv")),
    }
    assert b"return 2 * n" not in b64decode(made["files"]["release/work.ipynb"])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"double": DOUBLE.replace("2 * n", "3 * n")}, "double-tests"),
        ({"double_tests": "assert True", "part": "2"}, "жауабы жоқ"),
        (
            {"part": "had = 1\ntry:\n    had += double(1) == 2\nexcept NotImplementedError:\n    pass\nhad"},
            "2 ұпайдың 1 ұпайын",
        ),
        (None, "Create Assignment"),
        ({"double_tests": "### AUTOTEST duoble(4)"}, "duoble"),
        ({"double_tests": "### AUTOTEST __import__('os')._exit(1)"}, "AUTOTEST"),
    ],
)
def test_a_teachers_own_notebook_that_cannot_be_given_out_says_where_and_why(world, tmp_path, cells, words):
    notebook = (
        make_notebook(nbformat.v4.new_code_cell("1")) if cells is None else answer(make_source(), **cells)
    )
    made = prepare_own(world, tmp_path, notebook)
    assert made["status"] == "refused"
    assert any(words in fault for fault in made["faults"]), made["faults"]


def test_a_file_that_is_no_notebook_is_named(world, tmp_path):
    folder = write(tmp_path / "uploaded", data_csv="1")
    (folder / "work.ipynb").write_text("{")
    made = prepare(folder, {"name": "t1-x", "language": "ru", "title": "x"}, world.sandbox)
    assert "work.ipynb" in made["faults"][0]


def test_a_cell_that_takes_too_long_is_interrupted_and_the_rest_goes_on(world, handed_out, monkeypatch):
    monkeypatch.setattr("sandyq_grading.kernel.CELL_SECONDS", 2.0)
    slow = "def double(n):\n    while n == 5:\n        pass\n    return 2 * n"
    began = time.monotonic()
    result = world.grade(make_source(), answer(handed_out, double=slow))
    cells = {cell["id"]: cell for cell in result["notebooks"][0]["cells"]}
    assert scores(result) == {"double-tests": 0.0, "part": 2.0, "why": 0.0, "project": None}
    assert cells["double-tests"]["failure"]["kind"] in ("KeyboardInterrupt", "CellTimeoutError")
    assert time.monotonic() - began < 60


def test_a_kernel_that_cannot_be_had_is_nobodys_zero(world, handed_out, monkeypatch):
    monkeypatch.setenv("SANDYQ_FORK_SOCKET", "/nowhere")
    monkeypatch.setattr("sandyq.prefork.provisioner.RESTART_TIME", 0)
    monkeypatch.setattr(world, "sandbox", Sandbox(world.folder / "work", str(world.folder / "homes")))
    with pytest.raises(NoKernel, match="No fork server"):
        world.grade(make_source(), handed_out)


def test_a_notebook_that_ends_its_kernel_after_the_tests_keeps_their_points(world, handed_out):
    notebook = answer(handed_out, double=RIGHT)
    notebook.cells.append(nbformat.v4.new_code_cell("import os\nos._exit(0)"))
    result = world.grade(make_source(), notebook)
    assert scores(result)["double-tests"] == 3.0
    assert result["flags"] == []
