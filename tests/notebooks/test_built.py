"""The committed notebooks are what their texts say; ``pytest --nbval curriculum/notebooks`` runs their cells."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from sandyq.i18n import LANGUAGES
from sandyq_curriculum.commands import CURRICULUM, build, list_languages, read_catalogue

BUILT = [(language, slug) for slug in read_catalogue() for language in list_languages(slug)]


def read_built(language: str, slug: str) -> Any:
    return nbformat.read(CURRICULUM / "notebooks" / language / f"{slug}.ipynb", as_version=4)


def test_built_notebooks_are_up_to_date() -> None:
    told = io.StringIO()
    assert build(True, [], told) == 0, told.getvalue()


def test_every_lesson_is_in_the_catalogue_and_none_is_built_without_one() -> None:
    assert {folder.name for folder in (CURRICULUM / "lessons").iterdir()} == set(read_catalogue())
    built = {(path.parent.name, path.stem) for path in (CURRICULUM / "notebooks").glob("*/*.ipynb")}
    assert built == set(BUILT)


@pytest.mark.parametrize(("language", "slug"), BUILT)
def test_a_built_notebook_is_whole(language: str, slug: str) -> None:
    notebook = read_built(language, slug)
    nbformat.validate(notebook)
    assert notebook.cells[0].metadata.tags == ["setup"]
    assert notebook.cells[-1].metadata.tags == ["per-visitor"]
    assert notebook.metadata.sandyq.language == language
    assert notebook.metadata.sandyq.slug == slug
    assert "widgets" not in notebook.metadata
    assert any("teachers" in cell.metadata.get("tags", []) for cell in notebook.cells)
    assert not [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    ]


@pytest.mark.parametrize("slug", read_catalogue())
def test_questions_agree_in_all_languages(slug: str) -> None:
    asked = [
        [
            (question.id, question.kind, question.points)
            for question in read_built(language, slug).metadata.sandyq.questions
        ]
        for language in list_languages(slug)
    ]
    assert all(each == asked[0] for each in asked)
    assert sum(points > 0 for _, _, points in asked[0]) >= 5
    assert "open" in {kind for _, kind, _ in asked[0]}


def test_a_second_build_gives_the_same_bytes_and_runs_nothing_when_nothing_changed(tmp_path: Path) -> None:
    shutil.copytree(CURRICULUM / "lessons" / "passphrase", tmp_path / "lessons" / "passphrase")
    (tmp_path / "catalogue.toml").write_text('[[lesson]]\nslug = "passphrase"\n')
    told = io.StringIO()
    assert build(False, [], told, tmp_path) == 0, told.getvalue()
    for language in LANGUAGES:
        name = f"notebooks/{language}/passphrase.ipynb"
        assert (tmp_path / name).read_bytes() == (CURRICULUM / name).read_bytes()
    again = io.StringIO()
    assert build(False, [], again, tmp_path) == 0
    assert again.getvalue().count("up to date") == 1


def test_an_edited_text_or_notebook_is_out_of_date(tmp_path: Path) -> None:
    shutil.copytree(CURRICULUM, tmp_path / "curriculum", ignore=shutil.ignore_patterns("sandyq_curriculum"))
    copy = tmp_path / "curriculum"
    edited = copy / "notebooks" / "ru" / "passphrase.ipynb"
    content = json.loads(edited.read_text("utf-8"))
    content["cells"][1]["source"] = ["# Другое"]
    edited.write_text(json.dumps(content), "utf-8")
    text = copy / "lessons" / "electricity-bill" / "lesson.kk.md"
    text.write_text(text.read_text("utf-8") + "\n", "utf-8")
    told = io.StringIO()
    assert build(True, [], told, copy) == 1
    assert told.getvalue().splitlines() == [
        "curriculum/notebooks/ru/passphrase.ipynb: out of date. Run ./sandyq build passphrase",
        "curriculum/notebooks/kk/electricity-bill.ipynb: out of date. Run ./sandyq build electricity-bill",
    ]
