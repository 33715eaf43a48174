"""Which notebooks the light front end shows, and how its built files go over the wire."""

import gzip
import json
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_server.base.websocket import WebSocketMixin

from sandyq.i18n import translator
from sandyq.prefork.notebook import NO_NOTEBOOK
from sandyq.settings import PROJECT
from sandyq_hub.rooms.app import EXTENSIONS, PINGS, build_config
from sandyq_hub.rooms.front_end import (
    BUILT,
    LIBRARIES,
    STATES,
    FrontEnd,
    explain_stock,
    is_whole,
    lighten,
    shorten,
)
from sandyq_hub.rooms.guard import Guard, HubUser
from sandyq_hub.rooms.handlers import check_published
from sandyq_hub.rooms.pages import find_failure, make_words, render_failure
from sandyq_hub.rooms.places import Room
from sandyq_hub.rooms.renderer import join_prints
from sandyq_hub.rooms.templates import RoomBroken, Template
from sandyq_widgets.assets import list_widgets, read_module, read_style
from sandyq_widgets.questions import WIDGETS


def make_notebook(*outputs: dict, libraries=(), html="", **about):
    models = {
        f"m{n}": {"model_name": "AModel", "model_module": name, "state": {"_view_module": name}}
        for n, name in enumerate(libraries)
    }
    if html:
        controls = "@jupyter-widgets/controls"
        models["html"] = {"model_name": "HTMLModel", "model_module": controls, "state": {"value": html}}
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
    assert explain_stock(make_notebook(html="<b>once</b> upon a time = now<script>1</script>")) is None
    assert explain_stock(make_notebook()) is None
    assert explain_stock(nbformat.v4.new_notebook()) is None


@pytest.mark.parametrize(
    ("notebook", "reason"),
    [
        (make_notebook(front_end="stock"), "its metadata ask for it"),
        (make_notebook(libraries=["anywidget", "bqplot", "ipyleaflet"]), "it uses bqplot, ipyleaflet"),
        (make_notebook({"application/javascript": "1"}), "cell 2 brings a script"),
        (make_notebook({"text/html": ["<p>", "<SCRIPT src='x'></SCRIPT>"]}), "cell 2 brings a script"),
        (make_notebook(html='<b onclick="f()">f</b>'), "it uses JavaScript (ipywidgets.HTML)"),
    ],
)
def test_what_it_cannot_show_it_names(notebook, reason):
    assert str(explain_stock(notebook)) == reason


@pytest.mark.parametrize(
    "html",
    [
        "text & <b>bold</b> &lt; 1 < 2",
        "<p>a<p>b<br/><img src='x'>",
        "<table><tr><td>1<tr><td>2</table><ul><li>a<li>b</ul>",
        "<svg viewBox='0 0 1 1'><path d='M0 0'/></svg>",
        "<!-- a comment --><style>.a > b {}</style>",
    ],
)
def test_html_that_is_whole_stands_in_the_page(html):
    assert is_whole(html)


@pytest.mark.parametrize(
    "html",
    ["a</div>", "<div>", "<div/>", "<!-- open", "<textarea>", "<title>", "<b title='open", "<b><i></b></i>"],
)
def test_html_that_ends_too_often_or_never_does_not(html):
    assert not is_whole(html)


def test_what_a_notebook_may_show_later_counts_too():
    notebook = make_notebook(libraries=["anywidget"])
    notebook.metadata["widget_libraries"] = sorted(LIBRARIES)
    assert explain_stock(notebook) is None
    notebook.metadata["widget_libraries"].append("bqplot")
    assert str(explain_stock(notebook)) == "it uses bqplot"


@pytest.mark.parametrize(
    ("name", "about", "loaded"),
    [
        ("jupyter-globe", {"dependencies": {"@jupyter-widgets/base": "^6"}}, True),
        ("@globes/jupyter-globe", {"jupyterlab": {"sharedPackages": {"@jupyter-widgets/base": {}}}}, True),
        ("an-editor", {"dependencies": {"@jupyterlab/notebook": "^4"}}, False),
    ],
)
def test_voilas_front_end_gets_the_scripts_of_installed_widget_libraries(
    monkeypatch, tmp_path, name, about, loaded
):
    """A notebook that uses one is given to it for just that."""
    package = tmp_path / "labextensions" / name / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"name": name, "version": "1.0.0"} | about))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    allowed = build_config().VoilaConfiguration.extension_allowlist
    assert {*EXTENSIONS} <= {*allowed}
    assert (name in allowed) == loaded


def test_a_page_names_the_parts_that_its_widgets_need_and_no_others():
    front = FrontEnd()
    plain = front.describe("/r/", make_notebook(libraries=["anywidget"]))
    full = front.describe("/r/", make_notebook(libraries=["anywidget", "@jupyter-widgets/controls"]))
    asking = front.describe("/r/", with_module(read_module("choice")))
    assert plain["parts"] == []
    assert full["parts"] == [full["scripts"]["controls"]]
    assert asking["parts"] == [asking["scripts"]["ours"]]
    for address in (
        plain["script"],
        *plain["looks"],
        *full["fonts"],
        *full["scripts"].values(),
        *full["styles"].values(),
    ):
        assert front.find(address.removeprefix("/r/static/")), address


def test_what_every_page_waits_for_is_one_small_script():
    """An old PC translates a megabyte of script in some seconds; this has 165 KB, of which Lumino's menus are none."""
    front = FrontEnd()
    script = front.find(front.describe("", make_notebook())["script"].removeprefix("static/"))
    text = script.bodies[""].decode()
    assert len(text) < 180 * 1024
    assert not re.findall(r'(?:from|import)\s*"\./', text), "it waits for no other"


def test_the_script_of_the_controls_has_nothing_that_the_pages_own_has():
    front = FrontEnd()
    about = front.describe("", make_notebook())
    text = front.find(about["scripts"]["controls"].removeprefix("static/")).bodies[""].decode()
    assert set(re.findall(r'from"\./([^"]+)"', text)) == {about["script"].removeprefix("static/")}


def test_our_own_widgets_are_one_script_and_their_states_bring_no_texts():
    front = FrontEnd()
    text = front.find(front.describe("", make_notebook())["scripts"]["ours"].removeprefix("static/"))
    exported = re.search(r"export\{([^}]*)\}", text.bodies[""].decode())[1]
    assert {each.split(" as ")[-1] for each in exported.split(",")} == set(list_widgets())
    (look,) = front.describe("", make_notebook())["looks"]
    style = front.find(look.removeprefix("static/")).bodies[""].decode()
    for name in list_widgets():
        model = {"_esm": read_module(name), "_css": read_style(name), "name": "guess"}
        states = {"version_major": 2, "state": {"m": {"model_name": "AnyModel", "state": model}}}
        light = lighten(states)
        assert light["state"]["m"]["state"] == {"_esm": shorten(model["_esm"]), "name": "guess"}
        assert model["_esm"] == read_module(name), "what was executed stays as it is"
        for selector in re.findall(r"^\.([\w-]+)", model["_css"], re.MULTILINE):
            assert f".{selector}" in style, name


def test_an_apps_page_brings_its_module_and_style_as_files():
    front, kit = FrontEnd(), PROJECT / "voila_apps" / "sandyq_apps" / "kit" / "static"
    page = front.describe("", with_module(text := (kit / "kit.js").read_text()))
    assert page["parts"] == [page["scripts"]["apps"]] and len(page["looks"]) == 2
    light = lighten({"state": {"m": {"state": {"_esm": text, "_css": (kit / "kit.css").read_text()}}}})
    assert light["state"]["m"]["state"] == {"_esm": shorten(text)}
    assert shorten(text).startswith("ours:apps.kit:")
    style = front.find(page["looks"][1].removeprefix("static/")).bodies[""].decode()
    assert ".sandyq-app" in style and ".sandyq-attendance" not in style, (
        "one app's own is none of the others'"
    )
    css = (PROJECT / "voila_apps" / "sandyq_apps" / "static" / "attendance.css").read_text()
    esm = (PROJECT / "voila_apps" / "sandyq_apps" / "static" / "attendance.js").read_text()
    one = lighten({"state": {"m": {"state": {"_esm": esm, "_css": css}}}})
    assert one["state"]["m"]["state"] == {"_esm": shorten(esm), "_css": css}
    assert shorten(text + "// newer than what was built") is None


def test_others_modules_stay_as_they_are():
    for text in ("export default {}", read_module("choice") + "// changed"):
        states = {"state": {"m": {"state": {"_esm": text, "_css": "p {}"}}, "n": {"state": {"value": 1}}}}
        assert lighten(states) == states
    assert lighten({}) == {"state": {}}


def test_none_of_our_modules_keeps_anything_outside_of_its_widget():
    """All widgets of a page share one module: what stands outside of functions is never written to."""
    for path in [*PROJECT.glob("widgets/*/static/*.js"), *PROJECT.glob("voila_apps/**/static/*.js")]:
        assert not re.search(r"^(let|var) ", path.read_text(), re.MULTILINE), path.name


def test_what_was_built_is_listed():
    listed = json.loads((BUILT / "files.json").read_text())["files"].values()
    made = {path.name for path in BUILT.iterdir() if path.suffix in {".js", ".css"}}
    assert made == set(listed)


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
    return Template(None, notebook, (0, 0), used=0.0)


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


def test_a_browser_that_answers_each_time_keeps_its_link():
    """Jupyter looks how old the last answer is before it asks again, first one interval after the opening."""

    class Socket(WebSocketMixin):
        settings = PINGS

    socket = Socket()
    assert socket.ping_timeout >= 2 * socket.ping_interval


def test_what_is_printed_in_pieces_is_one_output():
    def make(*outputs):
        return nbformat.v4.new_code_cell(
            "", outputs=[nbformat.v4.new_output("stream", name=name, text=text) for name, text in outputs]
        )

    cell = make(("stdout", "4"), ("stdout", "\n"), ("stderr", "!"), ("stdout", "5\n"))
    join_prints(cell)
    assert [(one.name, one.text) for one in cell.outputs] == [
        ("stdout", "4\n"),
        ("stderr", "!"),
        ("stdout", "5\n"),
    ]
    text = nbformat.v4.new_markdown_cell("no outputs")
    join_prints(text)
    assert "outputs" not in text


def test_an_author_reads_of_a_cell_only_where_one_failed():
    def tell(**report):
        return render_failure("ru", find_failure(500), "", report)

    assert "Ячейку 3 не удалось выполнить" in tell(cell=3, source="1 / 0", error="ZeroDivisionError")
    told = tell(cell="–", source="", error=NO_NOTEBOOK)
    assert "Ячейку" not in told
    assert "не тетрадь" in told


def test_who_has_no_teacher_is_not_sent_to_one():
    def tell(**whom):
        return render_failure("ru", find_failure(500, **whom), "")

    assert "скажи учителю" in tell()
    assert "учител" not in tell(is_adult=True)
    assert "скажите администратору" in tell(is_adult=True)
    visitor = HubUser({"name": "saule", "groups": ["teacher"]})
    handler = SimpleNamespace(visitor=visitor)
    assert Guard.find_failure(handler, 500) == find_failure(500, is_adult=True)
    visitor.groups = frozenset({"pupil"})
    assert Guard.find_failure(handler, 500) == find_failure(500)


def test_notices_of_lessons_and_apps_suit_adults_too():
    words = make_words(translator("kk"), "app")
    assert words["lost"].startswith("Мектеп серверімен")
    for text in words.values():
        assert not re.search(r"(ті|ды|ді|се|са|гені|ғаны|дары)ң|жаппа\b", text), text


def test_no_widgets_style_hides_all_others():
    """All styles of ours are one sheet: what the password meter hid on paper were everybody's charts and tables."""
    styles = "".join(path.read_text() for path in (PROJECT / "widgets/sandyq_widgets/static").glob("*.css"))
    hiding = re.findall(r"([^{}]+)\{[^{}]*display: none", styles)
    hidden = {selector.strip() for selectors in hiding for selector in selectors.split(",")}
    assert not hidden & {".sandyq-question", ".sandyq-tool"}
    assert ".sandyq-tool.sq-meter" in hidden, "the rules are found"
