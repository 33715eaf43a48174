"""However cells were deleted, doubled, moved, changed or turned: the assignment is whole, what was written stays."""

import json
import random
import time
from copy import deepcopy
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandyq.work import OLD, Assignment
from sandyq_hub.work.explain import Failure, explain
from sandyq_hub.work.repair import put_aside, read_name, repair, repair_file


def cell(name, kind="code", *, solution=False, source=""):
    marks = {
        "grade_id": name,
        "grade": not solution,
        "solution": solution,
        "locked": not solution,
        "points": 1,
    }
    made = {
        "cell_type": kind,
        "id": f"id-{name}",
        "metadata": {"nbgrader": marks},
        "source": source or f"{name} = 0",
    }
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


RELEASED = {
    "cells": [
        cell("intro", "markdown"),
        {"cell_type": "markdown", "id": "plain", "metadata": {}, "source": "## What to do\n\ntext"},
        cell("work", solution=True),
        cell("tests"),
        cell("essay", "markdown", solution=True),
        cell("last"),
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
PLAIN = RELEASED["cells"][1]
MODELS = {read_name(each): each for each in RELEASED["cells"] if read_name(each)}
OWN = {"work", "essay"}


def damage(cells, how, place, mark):
    """Do one thing to one cell, as a pupil may."""
    if not cells:
        return
    number = place % len(cells)
    if how == "delete":
        del cells[number]
    elif how == "double":
        cells.insert(place % (len(cells) + 1), deepcopy(cells[number]))
    elif how == "move":
        cells.insert((place * 7) % len(cells), cells.pop(number))
    elif how == "write":
        cells[number]["source"] = f"written {mark}"
    elif how == "turn":
        cells[number]["cell_type"] = "markdown" if cells[number]["cell_type"] == "code" else "raw"
    elif how == "unmark":
        cells[number]["metadata"] = {}
    elif how == "remark":
        cells[number]["metadata"] = {
            "nbgrader": {"grade_id": random.Random(mark).choice([*MODELS, "invented"])}  # noqa: S311
        }


STEPS = st.tuples(
    st.sampled_from(["delete", "double", "move", "write", "turn", "unmark", "remark"]),
    st.integers(0, 99),
    st.integers(0, 10**9),
)


@given(st.lists(STEPS, max_size=12))
@settings(max_examples=300)
def test_whatever_was_done_the_assignment_is_whole(steps):
    own = deepcopy(RELEASED)
    for how, place, mark in steps:
        damage(own["cells"], how, place, mark)
    before = json.dumps(own)
    whole, _ = repair(RELEASED, own)
    assert json.dumps(own) == before, "what was given stays as it was"
    marked = [each for each in whole["cells"] if read_name(each)]
    assert [read_name(each) for each in marked] == list(MODELS)
    for each in marked:
        model = MODELS[read_name(each)]
        assert (each["cell_type"], each["metadata"]["nbgrader"]) == (
            model["cell_type"],
            model["metadata"]["nbgrader"],
        )
        if read_name(each) not in OWN:
            assert each["source"] == model["source"]
    kept = {each["source"] for each in whole["cells"]}
    written = {each["source"] for each in own["cells"] if read_name(each) not in MODELS.keys() - OWN}
    assert written <= kept, "nothing that a pupil wrote is lost"
    texts = [each["source"] for each in whole["cells"] if each.get("id") == "plain"]
    assert texts and (PLAIN["source"] in kept or any(each.startswith("written") for each in texts))
    again, repaired = repair(RELEASED, whole)
    assert (again, repaired) == (whole, [])


def test_a_text_that_nothing_locks_is_back_where_it_stood_and_what_was_written_in_it_stays():
    gone, turned, changed = (deepcopy(RELEASED) for _ in range(3))
    del gone["cells"][1]
    turned["cells"][1] |= {"cell_type": "code", "outputs": [], "execution_count": 1}
    changed["cells"][1]["source"] = "my notes"
    assert repair(RELEASED, gone) == repair(RELEASED, turned) == (RELEASED, ["What to do"])
    assert repair(RELEASED, changed) == (changed, [])
    moved, merged = deepcopy(RELEASED), deepcopy(RELEASED)
    moved["cells"].append(moved["cells"].pop(1) | {"id": "cut-and-put"})
    merged["cells"][1:2] = [PLAIN | {"id": "new", "source": f"mine\n\n{PLAIN['source']}"}]
    assert [repair(RELEASED, each)[1] for each in (moved, merged)] == [[], []]
    pasted = deepcopy(gone)
    pasted["cells"][1]["source"] = PLAIN["source"]  # in the place for an answer
    whole, told = repair(RELEASED, pasted)
    assert (whole["cells"][1], told) == (PLAIN, ["What to do"])
    assert whole["cells"][2] == pasted["cells"][1], "code stays code"


def test_nothing_is_said_of_a_whole_notebook():
    assert repair(RELEASED, deepcopy(RELEASED)) == (RELEASED, [])


WORK = {"release": 4, "course": "c1", "name": "prices", "title": "", "due": None, "state": "open"}


def bring(home, content):
    """An assignment at home whose notebook some other program has written."""
    path = Assignment.bring(home, WORK, {"a.ipynb": json.dumps(RELEASED).encode()}).path / "a.ipynb"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_a_windows_editor_has_saved_can_be_opened_and_keeps_its_answers(tmp_path, encoding):
    own = deepcopy(RELEASED)
    own["cells"][2]["source"] = "баға = 7"
    path = bring(tmp_path, json.dumps(own, ensure_ascii=False).encode(encoding))
    assert repair_file(path) == []
    assert nbformat.read(path, 4).cells[2].source == "баға = 7"
    assert len(list((path.parent / OLD).iterdir())) == 1
    repair_file(path)
    assert len(list((path.parent / OLD).iterdir())) == 1, "once"


@pytest.mark.parametrize("marks", [None, [], "work"])
def test_marks_that_are_none_cost_no_other_cell_its_answer(tmp_path, marks):
    own = deepcopy(RELEASED)
    own["cells"][1]["metadata"]["nbgrader"] = own["cells"][3]["metadata"]["nbgrader"] = marks
    own["cells"][2]["source"] = "work = 7"
    path = bring(tmp_path, json.dumps(own).encode())
    assert repair_file(path) == ["tests"]
    cells = nbformat.read(path, 4).cells
    assert "work = 7" in [each.source for each in cells]
    assert all(isinstance(each.metadata.get("nbgrader", {}), dict) for each in cells)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 10**5,
        *(
            json.dumps(
                RELEASED | {"cells": [*RELEASED["cells"][:3], {**RELEASED["cells"][3], **strange}]}
            ).encode()
            for strange in ({"outputs": None}, {"attachments": None}, {"source": [1, 2]}, {"metadata": None})
        ),
    ],
)
def test_what_jupyter_cannot_read_is_begun_anew(tmp_path, content):
    path = bring(tmp_path, content)
    assert repair_file(path)
    assert [each.source for each in nbformat.read(path, 4).cells] == [
        each["source"] for each in RELEASED["cells"]
    ]
    (kept,) = (path.parent / OLD).iterdir()
    assert kept.read_bytes() == content


def test_what_is_put_aside_bears_the_schools_time_whatever_the_machines_is(tmp_path, monkeypatch):
    path = bring(tmp_path, b"{}")
    monkeypatch.setenv("TZ", "Etc/GMT+11")
    time.tzset()
    try:
        copy = put_aside(path)
    finally:
        monkeypatch.undo()
        time.tzset()
    kept = datetime.strptime(copy.stem, "a.%Y-%m-%d-%H-%M-%S-%f").replace(tzinfo=ZoneInfo("Asia/Almaty"))
    assert abs(datetime.now(kept.tzinfo) - kept) < timedelta(hours=1)


def say(kind, text, source, names=()):
    return explain(Failure(kind, text, 1, 2), source, names, str)


def test_look_alikes_are_told_in_both_directions():
    assert "Cyrillic" in say("NameError", "name 'сount' is not defined", "сount + 1", ["count"])
    assert "Cyrillic" in say("NameError", "name 'count' is not defined", "count + 1", ["сount"])
    assert "Cyrillic" in say("SyntaxError", "invalid syntax", "fоr x in y:")
    assert "Cyrillic" not in say("NameError", "name 'баға' is not defined", "баға + 1", ["price"])
    assert "Cyrillic" not in say("NameError", "name 'prise' is not defined", "prise", ["price"])


def test_an_error_nobody_thought_of_is_named():
    assert say("OddError", "strange", "x") == "Line 2: Python stopped here: OddError: strange"
