"""The committed packets are what their texts say, can be solved and cannot be passed by handing in nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade
from sheep_assignment import write_assignment
from traitlets.config import Config

from sandyq.authoring.execution import run_notebook
from sandyq_grading.commands import ASSIGNMENTS, build, import_course, list_assignments
from sandyq_grading.notebooks import read_source
from sandyq_grading.packets import make_clearing
from sandyq_grading.validation import validate

PACKETS = sorted(path.parent for path in (ASSIGNMENTS / "notebooks").glob("*/*/*/assignment.json"))
QUICKSTART = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
ENGLISH = {"informatics-7/python-prices", "maths-7/electricity-bill"}


def name_of(packet: Path) -> str:
    return "/".join(packet.parts[-3:])


def describe(packet: Path) -> Any:
    return json.loads((packet / "assignment.json").read_text("utf-8"))


def read_cells(folder: Path) -> list[Any]:
    return [
        cell for path in sorted(folder.glob("*.ipynb")) for cell in nbformat.read(path, as_version=4).cells
    ]


def test_packets_are_up_to_date() -> None:
    told = io.StringIO()
    assert build(True, [], told) == 0, told.getvalue()


def test_every_assignment_has_its_packets_and_no_packet_is_without_one() -> None:
    expected = {
        f"{name}/{language}"
        for name in list_assignments()
        for language in ("kk", "ru", *(["en"] if name in ENGLISH else []))
    }
    assert set(map(name_of, PACKETS)) == expected
    assert len(list_assignments()) == 6


def test_every_packet_passes_its_own_tests_and_nobody_passes_without_an_answer() -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(
            zip(map(name_of, PACKETS), pool.map(lambda each: validate(each / "source"), PACKETS), strict=True)
        )
    assert {name: list(map(str, faults)) for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("packet", PACKETS, ids=name_of)
def test_a_release_gives_nothing_away(packet: Path) -> None:
    source, release = read_cells(packet / "source"), read_cells(packet / "release")
    everything = "\n".join(cell.source for cell in release) + json.dumps([cell.metadata for cell in release])
    assert not [
        mark for mark in ("HIDDEN", "SOLUTION", "SCHEME", "parse_question", "rubric") if mark in everything
    ]
    for ours, theirs in zip(source, release, strict=True):
        if ours.metadata.get("nbgrader", {}).get("solution"):
            assert ours.source != theirs.source
        hides = "BEGIN HIDDEN TESTS" in ours.source
        assert hides == theirs.metadata.get("sandyq", {}).get("hidden", False)
    assert describe(packet)["points"] == sum(
        float(cell.metadata.nbgrader.points)
        for cell in source
        if "points" in cell.metadata.get("nbgrader", {})
    )


@pytest.mark.parametrize("packet", PACKETS, ids=name_of)
def test_data_say_that_they_are_made_up(packet: Path) -> None:
    for name in describe(packet)["files"]:
        first = (packet / "release" / name).read_text("utf-8").splitlines()[0]
        assert first.startswith("#") and ("йдан алынған" in first or "ыдуманные" in first)


def test_every_assignment_has_an_open_answer_with_a_rubric_and_some_partial_credit() -> None:
    for packet in PACKETS:
        cells = [cell for notebook in describe(packet)["notebooks"] for cell in notebook["cells"]]
        assert any(cell["kind"] == "answer" and cell["rubric"] for cell in cells)
        assert any(cell["kind"] == "tests" and cell["points"] > 1 for cell in cells)
        assert all(cell["text"] for cell in cells)


def build_sheep(folder: Path) -> tuple[int, str]:
    told = io.StringIO()
    return build(False, [], told, folder), told.getvalue()


def test_a_packet_is_tried_once_and_written_only_when_it_is_good(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path)
    assert build_sheep(tmp_path) == (0, "farm/sheep/kk: built\nfarm/sheep/ru: built\n")
    assert build_sheep(tmp_path) == (0, "farm/sheep/kk: up to date\nfarm/sheep/ru: up to date\n")
    before = (tmp_path / "notebooks/farm/sheep/kk/assignment.json").read_bytes()
    for language in ("kk", "ru"):
        text = folder / f"sheep.{language}.md"
        text.write_text(text.read_text("utf-8").replace("assert total == 2", "assert total == 5"), "utf-8")
    code, told = build_sheep(tmp_path)
    assert code == 1
    assert (
        "farm/sheep/sheep.kk.md:35: шешімдер жазылса да, «total-tests» тесті өтпейді: AssertionError" in told
    )
    assert "farm/sheep/sheep.ru.md:35: тест «total-tests» не проходит, хотя решения на месте" in told
    assert (tmp_path / "notebooks/farm/sheep/kk/assignment.json").read_bytes() == before
    told_again = io.StringIO()
    assert build(True, [], told_again, tmp_path) == 1
    assert "farm/sheep/kk: out of date. Run ./sandyq assignments build farm/sheep" in told_again.getvalue()


def write_source(folder: Path, *cells: Any) -> Path:
    folder.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), folder / "nb.ipynb")
    return folder


def graded(source: str, name: str, *, points: float = 0, solution: bool = False) -> Any:
    described = {"grade_id": name, "grade": bool(points), "solution": solution, "locked": not solution}
    return nbformat.v4.new_code_cell(
        source, metadata={"nbgrader": {"schema_version": 3, "points": points, **described}}
    )


def test_what_is_wrong_with_a_teachers_own_notebook_is_told_by_cell(tmp_path: Path) -> None:
    folder = write_source(
        tmp_path / "own",
        graded("x = 1 / 0", "broken", solution=True),
        graded("assert True", "vacuous", points=2),
        graded("1.5", "stingy", points=2),
        graded("5", "generous", points=2),
    )
    faults = [
        (fault.cell, fault.message.partition(" “{cell}” ")[2].partition(".")[0]) for fault in validate(folder)
    ]
    assert faults == [
        ("broken", "fails: {reason}"),
        ("stingy", "gives {score} of {points} points although the solutions are there"),
        ("generous", "gives {score} of {points} points although the solutions are there"),
        ("vacuous", "gives all its points to a notebook without answers"),
        ("stingy", "gives {score} of {points} points to a notebook without answers"),
    ]


def test_a_notebook_that_kills_its_kernel_is_told_by_cell(tmp_path: Path) -> None:
    folder = write_source(tmp_path / "own", graded("import os; os._exit(1)", "last", points=1))
    assert {(fault.cell, fault.message.partition(" at ")[0]) for fault in validate(folder)} == {
        ("last", "the notebook ends")
    }


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """nbgrader's own example course, and its twin whose tests nbgrader writes itself."""
    notebooks = tmp_path_factory.mktemp("imported")
    told = io.StringIO()
    assert import_course(QUICKSTART, "quickstart", "en", told, notebooks) == 0, told.getvalue()
    assert told.getvalue().splitlines() == ["quickstart/ps1/en: built", "quickstart/ps1_autotest/en: built"]
    return notebooks / "quickstart"


def test_nbgraders_own_course_becomes_a_packet_as_it_is(quickstart: Path) -> None:
    said = describe(quickstart / "ps1" / "en")
    assert (said["points"], said["files"], said["title"]) == (13.0, ["jupyter.png"], "ps1")
    assert [(each["name"], each["points"]) for each in said["notebooks"]] == [
        ("problem1", 10.0),
        ("problem2", 3.0),
    ]
    kinds = [cell["kind"] for each in said["notebooks"] for cell in each["cells"]]
    assert kinds == ["tests"] * 4 + ["answer", "answer", "task", "answer", "answer"]


@pytest.mark.parametrize("name", ["ps1", "ps1_autotest"])
def test_a_release_is_nbgraders_own_cell_by_cell(
    quickstart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """``nbgrader generate_assignment`` with a gradebook gives the same cells, and its gradebook the same checksums."""
    monkeypatch.setenv(
        "PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    )  # its gradebook runs alembic
    shutil.copytree(QUICKSTART / "source" / name, tmp_path / "source" / name)
    shutil.copy(QUICKSTART / "autotests.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    packet = quickstart / name / "en"
    clearing = make_clearing("en")
    config = Config(
        ClearSolutions={"code_stub": clearing.code_stub, "text_stub": clearing.text_stub},
        CourseDirectory={
            "root": str(tmp_path),
            "assignment_id": name,
            "db_url": f"sqlite:///{tmp_path}/gradebook.db",
        },
    )
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()
    theirs, ours = read_cells(tmp_path / "release" / name), read_cells(packet / "release")
    assert not [cell for cell in ours if "AUTOTEST" in cell.source]
    for cell in ours:
        cell.metadata.pop("sandyq", None)  # whether a part of a test is hidden
    assert [(cell.source, cell.metadata) for cell in ours] == [
        (cell.source, cell.metadata) for cell in theirs
    ]
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        assignment = gradebook.find_assignment(name)
        kept = {cell.name: cell.checksum for book in assignment.notebooks for cell in book.source_cells}
    marked = [cell.metadata.nbgrader for cell in read_cells(packet / "source") if "nbgrader" in cell.metadata]
    assert {each.grade_id: each.get("checksum") for each in marked} == kept


def test_autotests_that_cannot_be_written_are_told_by_cell(tmp_path: Path) -> None:
    """The solution fails, or the words behind AUTOTEST do, or the course's templates are none."""
    folder = write_source(
        tmp_path / "c" / "source" / "own", graded("### HASHED AUTOTEST totl", "late", points=1)
    )
    (tmp_path / "c" / "autotests.yml").write_text((QUICKSTART / "autotests.yml").read_text())
    told = io.StringIO()
    assert import_course(folder, "c", "ru", told, tmp_path / "made") == 1
    assert "«late»" in told.getvalue() and "totl" in told.getvalue(), told.getvalue()
    (tmp_path / "c" / "autotests.yml").write_text("python3: [")
    told = io.StringIO()
    assert import_course(folder, "c", "en", told, tmp_path / "made") == 1
    assert "cannot be written" in told.getvalue(), told.getvalue()


def test_a_name_that_two_cells_have_is_told(tmp_path: Path) -> None:
    folder = write_source(tmp_path / "own", graded("1", "same", points=1), graded("2", "same", points=1))
    told = io.StringIO()
    assert import_course(folder, "c", "kk", told, tmp_path / "made") == 1
    assert "«same»" in told.getvalue() and "?" not in told.getvalue()


def test_a_name_that_the_database_could_not_keep_is_told(tmp_path: Path) -> None:
    told = io.StringIO()
    fits, too_long = "a" * 100, "b" * 101
    folder = write_source(tmp_path / "own", graded("1", fits, points=1), graded("2", too_long, points=1))
    assert import_course(folder, "c", "kk", told, tmp_path / "made") == 1
    assert f"«{too_long}»" in told.getvalue() and "100" in told.getvalue()
    assert fits not in told.getvalue()


TYPICAL = {
    "total": "total = 180 + 450 + 350 + 90 + 260",
    "second": "answer_second = 1",
    "change": "def change(paid, price):\n    return paid - price",
    "affordable": "def count_affordable(prices, money):\n    return len([p for p in prices if p < money])",
    "shopping": "answer_shopping = 1440.0",
}
"""What a pupil writes who has forgotten some cases."""


def test_a_pupil_who_forgot_some_cases_gets_part_of_the_points(tmp_path: Path) -> None:
    notebook = nbformat.read(
        ASSIGNMENTS / "notebooks/informatics-7/python-prices/kk/source/prices.ipynb", as_version=4
    )
    for cell in notebook.cells:
        cell.source = TYPICAL.get(cell.id, cell.source)
    run_notebook(notebook, tmp_path, allow_errors=True)
    scores = {
        cell.id: determine_grade(cell)
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert scores == {
        "total-tests": (2, 2),
        "second-tests": (0, 1),
        "change-tests": (3, 4),
        "affordable-tests": (2, 3),
        "shopping-tests": (1, 1),
        "why": (None, 2),
    }
    said = next(cell.outputs[0].text for cell in notebook.cells if cell.id == "change-tests")
    assert said == "change(400, 450): -1 шығуы керек еді, -50 шықты.\n"


def write_course(folder: Path) -> Path:
    """A course whose configuration has marks of its own, a header and a footer, and a graded cell of no points."""
    config = """
c = get_config()
c.ClearSolutions.begin_solution_delimeter = "BEGIN ANSWER"
c.ClearSolutions.end_solution_delimeter = "END ANSWER"
c.ClearSolutions.code_stub = {"python": "pass"}
c.ClearHiddenTests.begin_test_delimeter = "SECRET BEGINS"
c.ClearHiddenTests.end_test_delimeter = "SECRET ENDS"
c.IncludeHeaderFooter.header = "source/header.ipynb"
c.IncludeHeaderFooter.footer = "source/footer.ipynb"
"""
    own = write_source(
        folder / "source" / "own",
        graded("keep = 5\n### BEGIN ANSWER\narea = math.pi\n### END ANSWER", "area", solution=True),
        graded(
            "assert area > 3\n### SECRET BEGINS\nassert area < 4\n### SECRET ENDS\nassert keep",
            "tests",
            points=2,
        ),
    )
    notebook = nbformat.read(own / "nb.ipynb", 4)
    worthless = graded("assert keep", "worthless")
    worthless.metadata.nbgrader.grade = True
    notebook.cells.append(worthless)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, own / "nb.ipynb")
    for name, cell in (("header", "import math"), ("footer", "print('The end')")):
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        nbformat.write(made, folder / "source" / f"{name}.ipynb")
    (folder / "nbgrader_config.py").write_text(config)
    return folder


def test_a_courses_own_marks_header_and_footer_are_as_nbgrader_has_them(tmp_path: Path) -> None:
    """Else hidden tests would go out to pupils, and what the header imports would be missing."""
    course, told = write_course(tmp_path / "course"), io.StringIO()
    assert import_course(course, "c", "en", told, tmp_path / "made") == 0, told.getvalue()
    binaries = Path(sys.executable).parent
    subprocess.run(
        [binaries / "nbgrader", "generate_assignment", "own", "--create"], cwd=course, check=True,
        capture_output=True, env=os.environ | {"PATH": f"{binaries}:{os.environ['PATH']}"},
    )  # fmt: skip
    theirs, ours = (
        {name_of_cell(cell) or cell.source: cell.source for cell in read_cells(folder)}
        for folder in (course / "release" / "own", tmp_path / "made" / "c" / "own" / "en" / "release")
    )
    assert list(ours) == list(theirs) == ["import math", "area", "tests", "worthless", "print('The end')"]
    assert ours["tests"] == theirs["tests"] == "assert area > 3\nassert keep"
    assert "math.pi" not in ours["area"] and ours["area"].startswith("keep = 5\n")


def test_the_grader_scores_the_cells_that_a_packet_lists(tmp_path: Path) -> None:
    """nbgrader has graded cells of no points, too; a result with a cell that the packet does not list is refused."""
    course = write_course(tmp_path / "course")
    assert import_course(course, "c", "en", io.StringIO(), tmp_path / "made") == 0
    packet = tmp_path / "made" / "c" / "own" / "en"
    listed = [cell["id"] for cell in describe(packet)["notebooks"][0]["cells"]]
    assert read_source((packet / "source" / "nb.ipynb").read_bytes()).scored == listed == ["tests"]


def name_of_cell(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("c.ClearHiddenTests.begin_test_delimeter = word()", "begin_test_delimeter"),
        ("c.IncludeHeaderFooter.header = 'nowhere.ipynb'", "nowhere.ipynb"),
        ("c = (", "nbgrader_config.py"),
    ],
)
def test_a_courses_configuration_that_cannot_be_read_is_told(tmp_path: Path, config: str, said: str) -> None:
    course = write_course(tmp_path / "course")
    (course / "nbgrader_config.py").write_text(config)
    told = io.StringIO()
    assert import_course(course, "c", "kk", told, tmp_path / "made") == 1
    assert said in told.getvalue() and not (tmp_path / "made" / "c").exists()


@pytest.mark.parametrize(("files", "said"), [({"what?.csv": 1}, "what?.csv"), ({"{}.txt": 100}, "101")])
def test_what_no_pupil_could_hand_in_is_not_taken(tmp_path: Path, files: dict[str, int], said: str) -> None:
    folder = write_source(tmp_path / "own", graded("assert x", "tests", points=1))
    for name, count in files.items():
        for number in range(count):
            (folder / name.format(number)).write_text("1")
    told = io.StringIO()
    assert import_course(folder, "c", "ru", told, tmp_path / "made") == 1
    assert said in told.getvalue(), told.getvalue()
