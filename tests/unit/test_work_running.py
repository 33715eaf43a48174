"""Whoever runs a cell again and again with the same error is seen by the teacher, without pressing “Check”."""

import asyncio
import json

import nbformat

from sandyq.work import Assignment
from sandyq_hub import saving
from sandyq_hub.work.running import Watch

WORK = {"release": 4, "course": "c1", "name": "prices", "title": "", "due": None, "state": "open"}


def cell(name, count, error=""):
    kind, _, text = error.partition(": ")
    outputs = [{"output_type": "error", "ename": kind, "evalue": text, "traceback": []}] if error else []
    marks = {"nbgrader": {"grade_id": name}}
    return {"cell_type": "code", "id": name, "metadata": marks, "execution_count": count, "outputs": outputs}


def look(tmp_path, *saves):
    """Save a notebook once for each list of cells; return what was told."""
    told = []
    watch = Watch(lambda *said: told.append(said))
    path = Assignment.bring(tmp_path, WORK, {"a.ipynb": b"{}"}).path / "a.ipynb"
    for cells in saves:
        path.write_text(json.dumps({"cells": cells}))
        watch.look(path)
        watch.tell(path.parent)
    return told


def test_the_same_error_of_a_cell_that_was_run_again_is_stuck_until_it_is_gone(tmp_path):
    wrong = "NameError: prise"
    told = look(
        tmp_path,
        [cell("total", 1, wrong)],
        [cell("total", 1, wrong)],  # nothing was run
        [cell("total", 2, wrong)],
        [cell("total", 2, wrong), cell("other", 3)],
        [cell("total", 4, "TypeError: int"), cell("other", 3)],
        [cell("total", 5), cell("other", 3)],
    )
    assert told == [
        (4, "ran", f"total: {wrong}"),
        (4, "stuck", f"total: {wrong}"),
        (4, "stuck", f"total: {wrong}"),
        (4, "ran", "total: TypeError: int"),
        (4, "ran", ""),
    ]


def test_an_answer_not_written_yet_and_an_error_left_alone_are_no_despair(tmp_path):
    old, empty = cell("a", 1, "NameError: x"), "NotImplementedError: "
    told = look(tmp_path, *([old, cell("b", count, empty)] for count in (2, 3, 4)))
    assert [verb for _, verb, _ in told] == ["ran"] * 3
    assert told[-1] == (4, "ran", ""), "three times the same would be shown as stuck"


def test_what_is_no_assignments_notebook_or_none_at_all_is_not_told(tmp_path):
    assert look(tmp_path, 3, [3], [{"id": []} | cell("a", 1) | {"id": []}], None) == []


def test_what_was_saved_soon_after_a_look_is_told_when_the_pause_is_over(tmp_path, monkeypatch):
    """Whoever is stuck sits still: no later save tells of it, and one look sees one run."""
    monkeypatch.setattr(saving, "PAUSE", 1.0)
    path = Assignment.bring(tmp_path, WORK, {"a.ipynb": b"{}"}).path / "a.ipynb"
    told = []

    async def save_thrice():
        files, is_told = saving.DurableFiles(root_dir=str(tmp_path)), asyncio.Event()
        loop = asyncio.get_running_loop()

        def tell(*said):
            told.append(said)
            if said[1] == "stuck":
                loop.call_soon_threadsafe(is_told.set)

        files._watch = Watch(tell)
        for count in (0, 1, 2):
            content = nbformat.from_dict({"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": []})
            content["cells"] = [
                nbformat.from_dict(
                    cell("total", count or None, "NameError: x" if count else "") | {"source": ""}
                )
            ]
            model = {"type": "notebook", "format": "json", "content": content}
            await files.save(model, str(path.relative_to(tmp_path)))
            await asyncio.gather(*files._sending)
        await asyncio.wait_for(is_told.wait(), 30)

    asyncio.run(save_thrice())
    assert told[-1] == (4, "stuck", "total: NameError: x")
