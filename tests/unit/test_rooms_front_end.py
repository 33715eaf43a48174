"""Which notebooks the light front end shows, and how its built files go over the wire."""

import gzip
from pathlib import Path

import nbformat
import pytest

from sandyq_hub.rooms.front_end import LIBRARIES, STATES, FrontEnd, explain_stock
from sandyq_hub.rooms.handlers import check_published
from sandyq_hub.rooms.places import Room
from sandyq_hub.rooms.templates import RoomBroken, Template
from sandyq_widgets.assets import read_module
from sandyq_widgets.questions import WIDGETS


def make_notebook(*outputs: dict, libraries=(), **about):
    models = {
        f"m{n}": {"model_module": name, "state": {"_view_module": name}} for n, name in enumerate(libraries)
    }
    metadata = {"sandyq": about, "widgets": {STATES: {"state": models}}}
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", data) for data in outputs]
    )
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A"), cell], metadata=metadata)


def test_a_notebook_with_known_widgets_and_plain_outputs_is_shown_light():
    outputs = [
        {"text/html": "<b>bold</b>"},
        {"image/png": "AA=="},
        {"text/plain": "<script>shown as text</script>"},
    ]
    assert explain_stock(make_notebook(*outputs, libraries=LIBRARIES)) is None
    assert explain_stock(make_notebook()) is None
    assert explain_stock(nbformat.v4.new_notebook()) is None


@pytest.mark.parametrize(
    ("notebook", "reason"),
    [
        (make_notebook(front_end="stock"), "its metadata ask for it"),
        (make_notebook(libraries=["anywidget", "bqplot", "ipyleaflet"]), "it uses bqplot, ipyleaflet"),
        (make_notebook({"application/javascript": "1"}), "cell 2 brings a script"),
        (make_notebook({"text/html": ["<p>", "<SCRIPT src='x'></SCRIPT>"]}), "cell 2 brings a script"),
    ],
)
def test_what_it_cannot_show_it_names(notebook, reason):
    assert str(explain_stock(notebook)) == reason


def test_a_page_names_the_parts_that_its_widgets_need_and_no_others():
    front = FrontEnd()
    plain = front.describe("/r/", make_notebook(libraries=["anywidget"]))
    full = front.describe("/r/", make_notebook(libraries=["anywidget", "@jupyter-widgets/controls"]))
    assert set(plain["parts"]) < set(full["parts"])
    for address in (
        plain["script"],
        plain["style"],
        *full["parts"],
        *full["fonts"],
        *full["styles"].values(),
    ):
        assert front.find(address.removeprefix("/r/static/")), address


def test_the_smallest_form_that_a_browser_takes_is_sent():
    front = FrontEnd()
    file = front.find(front.describe("", make_notebook())["script"].removeprefix("static/"))
    forms = {accepted: file.choose(accepted) for accepted in ("gzip, deflate, br;q=1.0", "gzip", "", "zstd")}
    assert [encoding for encoding, _ in forms.values()] == ["br", "gzip", "", ""]
    sizes = [len(body) for _, body in forms.values()]
    assert sizes[0] < sizes[1] < sizes[2]
    assert gzip.decompress(forms["gzip"][1]) == forms[""][1]


def test_a_front_end_that_was_not_built_says_how_to_build_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="npm run build"):
        FrontEnd(tmp_path)


ROOM = Room("lesson", "t1-mine", Path("t1-mine.ipynb"), "kk", author=1)


def executed(notebook):
    return Template(None, notebook, (0, 0))


def with_bytes():
    notebook = make_notebook(libraries=["anywidget"])
    model = notebook.metadata["widgets"][STATES]["state"]["m0"]
    model["buffers"] = [{"encoding": "base64", "path": ["_esm"], "data": "YWxlcnQoMSk="}]
    return notebook


def with_module(text):
    notebook = make_notebook(libraries=["anywidget"])
    notebook.metadata["widgets"][STATES]["state"]["m0"]["state"]["_esm"] = text
    return notebook


@pytest.mark.parametrize(
    "notebook",
    [
        with_module("fetch('/services/portal/classes')"),
        with_module(read_module("choice") + "\nfetch('/')"),
        make_notebook({"text/html": "<img src=x onerror=fetch('/')>"}),
        make_notebook({"application/javascript": "fetch('/')"}),
        make_notebook(libraries=["bqplot"]),
        make_notebook(front_end="stock"),
        with_bytes(),
    ],
)
def test_a_teachers_own_lesson_brings_browsers_no_code(notebook):
    """It would run with the rights of every pupil and colleague who opens it."""
    with pytest.raises(RoomBroken):
        check_published(ROOM, executed(notebook))


def test_a_teachers_own_lesson_that_nobody_looked_at_is_not_shown():
    with pytest.raises(RoomBroken) as broken:
        check_published(ROOM, None)
    assert "fork server" in broken.value.report["error"]


def test_a_teachers_own_lesson_may_have_all_our_questions():
    for kind in (*WIDGETS, "meter", "explore"):
        check_published(ROOM, executed(with_module(read_module(kind))))
