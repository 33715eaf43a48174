"""The grader's pure parts: reading, repairing, scoring, cutting outputs, looking for what reaches too far."""

import ast
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output
from tests.hub.grading_world import answer, make_cell, make_notebook, make_source, release

from sandyq_grading.kernel import CUT, Outputs
from sandyq_grading.notebooks import (
    NoNotebook,
    list_unscored,
    make_error,
    read_notebook,
    read_source,
    repair,
    score_cell,
)
from sandyq_grading.packets import make_versions
from sandyq_grading.tampering import find_shadowing_files, list_modules, look_over, look_over_files, study
from sandyq_grading.work import write_json

SOURCE = read_source(nbformat.writes(make_source()).encode())


def test_a_source_knows_its_cells_without_solutions_and_with_hidden_tests():
    assert list(SOURCE.cells) == ["start", "double", "double-tests", "part", "why", "project"]
    assert SOURCE.scored == ["double-tests", "part", "why", "project"]
    assert "return 2 * n" not in SOURCE.cells["double"].source
    assert "double(5)" in SOURCE.cells["double-tests"].source
    assert "double(5)" not in SOURCE.released["double-tests"]
    assert "blue" not in SOURCE.released["project"]
    assert SOURCE.is_python


@pytest.mark.parametrize("content", [b"", b"\xff", b"null", b'{"cells": 1}', b"[" * 10**5])
def test_what_is_no_notebook_is_said_to_be_none(content):
    with pytest.raises(NoNotebook, match="not a notebook"):
        read_notebook(content)


def test_an_untouched_notebook_needs_no_repair_and_gets_its_hidden_tests_back():
    notebook = release(make_source())
    assert repair(notebook, SOURCE) == []
    assert "double(5)" in notebook.cells[2].source


def test_what_was_handed_in_as_ones_own_stays_ones_own():
    notebook = answer(release(make_source()), double="mine", why="my words")
    notebook.cells.insert(1, new_code_cell("extra = 1", metadata={"nbgrader": {"grade_id": "no such cell"}}))
    notebook.cells[0].source = "limit = 99"
    assert repair(notebook, SOURCE) == ["start"]
    assert [cell.source for cell in notebook.cells[:3]] == ["limit = 3", "extra = 1", "mine"]
    assert "nbgrader" not in notebook.cells[1].metadata
    assert notebook.cells[5].source == "my words"


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_answer_that_nobody_touched_gets_nothing_whatever_language_its_place_is_told_in(language):
    made, handed_out = make_versions("work", make_source(), language)
    source = read_source(nbformat.writes(made).encode())
    for own, score, empty in ((handed_out, 0, True), (answer(handed_out, why="so"), None, False)):
        notebook = read_notebook(nbformat.writes(own).encode())
        repair(notebook, source)
        told = score_cell(notebook.cells[4])
        assert (told["id"], told["score"], told["empty"]) == ("why", score, empty)


def test_of_copies_the_last_one_counts():
    notebook = release(make_source())
    copy = nbformat.from_dict(notebook.cells[1])
    copy.source = "later"
    notebook.cells.append(copy)
    assert repair(notebook, SOURCE) == ["double"]
    assert [
        cell.source
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double"
    ] == ["later"]


def test_a_solution_that_is_missing_may_stand_elsewhere_and_is_not_put_back():
    notebook = release(make_source())
    notebook.cells[1] = new_code_cell("def double(n):\n    return n + n")
    assert repair(notebook, SOURCE) == []
    assert len(notebook.cells) == 6


def test_a_notebook_in_which_nothing_is_left_becomes_the_whole_one():
    notebook = make_notebook()
    assert repair(notebook, SOURCE) == ["start", "double-tests", "part", "why", "project"]
    names = [cell.metadata.nbgrader.grade_id for cell in notebook.cells]
    assert names == ["start", "double-tests", "part", "why", "project"]


def score(*outputs, points=2):
    cell = make_cell("tests", "t", "f()", points)
    cell.outputs = list(outputs)
    return score_cell(cell)["score"]


def result(text):
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([], 2.0),
        ([new_output("stream", name="stdout", text="x")], 2.0),
        ([new_output("stream", name="stderr", text="x")], 0.0),
        ([make_error("AssertionError", "")], 0.0),
        ([result("1.5")], 1.5),
        ([result("0")], 0.0),
        ([result("'fine'")], 2.0),
        ([result("2.5")], 0.0),
        ([new_output("execute_result", {"image/png": "x"}, execution_count=1)], 0.0),
    ],
)
def test_scores_are_nbgraders_and_what_it_would_fail_on_gives_nothing(outputs, expected):
    assert score(*outputs) == expected


def test_a_missing_notebook_gives_nothing_and_one_that_cannot_be_read_waits():
    assert {cell["score"] for cell in list_unscored(SOURCE, 0.0)} == {0.0}
    assert {cell["score"] for cell in list_unscored(SOURCE, None)} == {None}
    assert sum(cell["points"] for cell in list_unscored(SOURCE, None)) == 11.0


def say(kind, **content):
    return {"msg_type": kind, "header": {"msg_type": kind}, "content": content}


def test_outputs_are_cut_while_they_arrive_and_a_failure_is_never_cut_away():
    outputs = Outputs(1000)
    for _ in range(500):
        outputs.take(say("stream", name="stdout", text="x" * 100), 200)
    outputs.take(say("stream", name="stderr", text="y" * 100), 200)
    outputs.take(say("display_data", data={"text/plain": "z" * 5000}, metadata={}), 5000)
    outputs.take(say("error", ename="E", evalue="v" * 5000, traceback=["t" * 5000]), 15000)
    kinds = [(output.output_type, output.get("name")) for output in outputs.kept]
    assert kinds == [("stream", "stdout"), ("stream", "stderr"), ("error", None)]
    assert outputs.kept[0].text.endswith(CUT)
    assert len(json.dumps(outputs.kept)) < 8000
    assert outputs.received > 10**5


def test_cleared_outputs_go_now_or_with_the_next_one():
    outputs = Outputs(1000)
    outputs.take(say("stream", name="stdout", text="a"), 100)
    outputs.take(say("clear_output", wait=True), 100)
    assert outputs.kept
    outputs.take(say("stream", name="stdout", text="b"), 100)
    assert [output.text for output in outputs.kept] == ["b"]
    outputs.take(say("clear_output", wait=False), 100)
    assert outputs.kept == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("get_ipython().run_code = 1", "reaches-into-runner"),
        ("import builtins as b", "reaches-into-runner"),
        ("from sys import settrace", "reaches-into-runner"),
        ("import sys\ngetattr(sys, '_getframe')()", "reaches-into-runner"),
        ("f.__code__", "reaches-into-runner"),
        ("class A:\n    def __eq__(self, other):\n        return 1 < 2", "equal-to-everything"),
        ("class A:\n    def __sub__(self, other):\n        return 0", "equal-to-everything"),
        ("def f():\n    global sum\n    sum = max", "name-shadowed"),
        ("import math\nmath.isclose = max", "runner-replaced"),
        ("import pandas as pd\nsetattr(pd.DataFrame, 'equals', max)", "runner-replaced"),
        (
            "import numpy as np\nutils = np.testing._private.utils\nutils.assert_array_compare = max",
            "runner-replaced",
        ),
        ("import numpy as np\nif utils := np.testing:\n    utils.assert_allclose = print", "runner-replaced"),
        ("import math\nfor math.isclose in [max]:\n    pass", "runner-replaced"),
        ("import math\nn, m = 1, math\nm.isclose, n = max, 2", "runner-replaced"),
        ("import matplotlib.pyplot as plt\nfigure, ax = plt.subplots()\nax.title.label = max", None),
        ("%%writefile helper.py\nimport math as m\nm.isclose = max", "runner-replaced"),
        ("import math\nroot = math.sqrt(4)\nroot.name = max", None),
        ("def f():\n    global total\n    f.count = max", None),
        ("def f(:", None),
        ("%timeit -n1 f()\n!ls", None),
        ("class A:\n    def __eq__(self, other):\n        return self.x == other.x", None),
        ("print('the frame of a house, and inspect it')", None),
    ],
)
def test_the_text_itself_is_looked_over(text, code):
    notebook = answer(release(make_source()), double=text)
    repair(notebook, SOURCE)
    flags = list(look_over("work", notebook.cells, SOURCE))
    assert [flag["code"] for flag in flags] == ([code] if code else [])
    assert all((flag["notebook"], flag["cell"]) == ("work", "double") for flag in flags)


def test_a_file_that_exchanges_a_part_of_a_module_is_told(tmp_path):
    (tmp_path / "helper.py").write_text("import numpy.testing as t\nu = t._private.utils\nu.assert_ = max")
    (tmp_path / "honest.py").write_text(
        "import matplotlib.pyplot as plt\nplt.title = 'Prices'\nclass A:\n    x = 1"
    )
    flags = list(look_over_files("work", tmp_path, ["helper.py", "honest.py"], SOURCE))
    assert [(flag["code"], flag["cell"]) for flag in flags] == [("runner-replaced", None)]


def test_the_teachers_notebook_is_read_once_for_a_class_and_judging_leaves_it_as_it_was():
    before = {text: ast.dump(tree) for text, tree in study(SOURCE).trees.items()}
    for text in (
        "import math\nmath.isclose = max",
        "%timeit f(lambda: limit)",
        "def double(n): return 2 * n",
    ):
        notebook = answer(release(make_source()), double=text)
        repair(notebook, SOURCE)
        assert list(look_over("work", notebook.cells, SOURCE)) == list(
            look_over("work", notebook.cells, read_source(nbformat.writes(make_source()).encode() + b"\n"))
        )
    assert study(SOURCE) is study(SOURCE)
    assert {text: ast.dump(tree) for text, tree in study(SOURCE).trees.items()} == before


def test_what_the_teachers_own_cell_uses_is_nobodys_fault():
    source = make_notebook(
        make_cell("answer", "a", "import inspect\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    )
    read = read_source(nbformat.writes(source).encode())
    notebook = answer(release(source), a="import inspect\nx = 2")
    repair(notebook, read)
    assert list(look_over("work", notebook.cells, read)) == []


def test_a_pupils_file_may_not_stand_in_for_a_module_of_the_tests():
    source = make_notebook(make_cell("tests", "t", "import json\nfrom checks.all import check", 1))
    read = read_source(nbformat.writes(source).encode())
    assert list_modules(read) == ["checks.all", "json"]
    plain = nbformat.v4.new_code_cell("import numpy as np, os\nnp.testing.assert_allclose(1, os.path.sep)")
    source.cells.insert(0, plain)
    modules = list_modules(read_source(nbformat.writes(source).encode()))
    assert modules == ["checks.all", "json", "numpy", "numpy.testing", "os"]
    files = ["checks.py", "checks/all.py", "json/__init__.py", "data.csv", "checks2.py"]
    assert find_shadowing_files(files, ["checks.py"], read) == ["checks/all.py", "json/__init__.py"]


def test_a_result_is_json_that_every_reader_takes():
    value = {"a": [float("nan"), "half \ud800 zero \0", {"b": (1, True, None)}]}
    assert json.loads(write_json(value)) == {"a": [None, "half \ufffd zero \ufffd", {"b": [1, True, None]}]}
