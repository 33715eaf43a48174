"""The apps' notebooks: what the portal and rooms read of them, and a run in a real kernel without a server."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from sandyq.school.tables import ROLES
from sandyq.settings import PROJECT

APPS = sorted((PROJECT / "voila_apps").glob("*.ipynb"))
SCRIPTS = sorted((PROJECT / "voila_apps" / "sandyq_apps").glob("**/static/*.js"))


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.stem)
def test_an_app_tells_its_title_its_summary_and_who_may_open_it(path: Path) -> None:
    card = read(path).metadata.sandyq
    assert set(card.title) == set(card.summary) == {"kk", "ru", "en"}
    assert set(card.roles) <= set(ROLES)
    assert card.icon


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.stem)
def test_an_app_loads_only_in_its_last_cell_and_is_committed_without_outputs(path: Path) -> None:
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell.metadata.get("tags", []) for cell in cells] == [[]] * (len(cells) - 1) + [["per-visitor"]]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.stem)
def test_an_app_without_a_server_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SANDYQ_API_URL", "SANDYQ_VISIT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SANDYQ_LANGUAGE", "en")
    notebook = read(path)
    notebook.cells.append(nbformat.v4.new_code_cell("import json; print(json.dumps(app.body))"))
    NotebookClient(notebook, timeout=60).execute()
    assert "without a school server" in notebook.cells[-1].outputs[0].text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_widgets_script_stays_small_and_speaks_to_no_host(path: Path) -> None:
    text = path.read_text()
    most = (
        42 if path.stem == "kit" else 10
    )  # the one script of all apps, which keeps what is typed and sends it
    assert len(text.encode()) <= most * 1024
    assert "http" not in text
