"""A teacher's own notebook in Lab: when there is a bar, what is sent along, what the server says when it cannot be."""

import io
import json
import zipfile

import nbformat
import pytest
from nbgrader.utils import is_grade, is_solution
from tests.hub.grading_world import make_cell, make_notebook

from sandyq.i18n import LANGUAGES
from sandyq.work import BadFiles, PortalAway, PortalRefused, WorkPortal
from sandyq_grading.packets import make_packet
from sandyq_grading.validation import find_faults, read_notebooks
from sandyq_hub.work.own import NEW, describe_own, pack_own, send


@pytest.fixture
def path(tmp_path):
    made = make_notebook(
        nbformat.v4.new_markdown_cell("# Сүт  \nmilk.csv файлы"), make_cell("tests", "t", "assert True", 1)
    )
    nbformat.write(made, tmp_path / "own.ipynb")
    return tmp_path / "own.ipynb"


def test_the_bar_stands_above_marked_notebooks_of_teachers_only(path, monkeypatch):
    said = {describe_own(path, language)["labels"]["send"] for language in LANGUAGES}
    assert len(said) == 3
    assert describe_own(path, "kk")["title"] == "Сүт"
    monkeypatch.setenv("SANDYQ_AUDIENCE", "pupils")
    assert describe_own(path, "kk") is None
    monkeypatch.delenv("SANDYQ_AUDIENCE")
    nbformat.write(make_notebook(nbformat.v4.new_code_cell("1")), path)
    assert describe_own(path, "kk") is None
    for junk in (b"", b"[]", b'{"cells": [1]}', b"\xff"):
        path.write_bytes(junk)
        assert describe_own(path, "kk") is None
    assert describe_own(path.with_name("none.ipynb"), "kk") is None


def test_only_what_the_notebook_names_goes_along(path):
    for name in ("milk.csv", "secret.csv", "autotests.yml", ".hidden", "other.ipynb"):
        (path.parent / name).write_text("x")
    (path.parent / "passwd").symlink_to("/etc/passwd")
    with zipfile.ZipFile(io.BytesIO(pack_own(path))) as archive:
        assert sorted(archive.namelist()) == ["autotests.yml", "milk.csv", "own.ipynb"]
    (path.parent / "milk.csv").write_bytes(b"0" * 6 * 2**20)
    with pytest.raises(BadFiles, match=r"milk\.csv"):
        pack_own(path)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (PortalAway("gone"), "does not answer"),
        (PortalRefused("422", 422, "Атауы бос."), "Атауы бос."),
        (PortalRefused("500", 418), "418"),
    ],
)
def test_what_hinders_is_said_in_words(path, monkeypatch, problem, words):
    def refuse(*_):
        raise problem

    monkeypatch.setenv("SANDYQ_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "t")
    monkeypatch.setattr(WorkPortal, "send_own", refuse)
    assert words in send(path, {}, str)["problem"]
    path.write_text("no notebook")
    assert "Save it" in send(path, {}, str)["problem"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notebook_to_begin_with_can_be_given_out_as_it_is(language):
    notebooks, _ = read_notebooks(NEW)
    notebook = notebooks[language]
    assert make_packet(("own", "n", language), {"own": notebook}, {}, {}).files
    assert find_faults({"own": notebook}, {}, language) == []
    assert {is_grade(cell) + 2 * is_solution(cell) for cell in notebook.cells} == {0, 1, 2, 3}
    assert json.dumps(notebook, ensure_ascii=False).count("MARK SCHEME") == 2
