"""The light front end: the files that ``npm run build`` makes of ``front/``, and which notebooks it can show."""

from __future__ import annotations

import json
import mimetypes
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import nbformat

from sandyq_widgets.assets import list_widgets, read_module, read_style

BUILT = Path(__file__).parent / "built"
CONTROLS: Final = "@jupyter-widgets/controls"
LIBRARIES: Final = frozenset({"@jupyter-widgets/base", "@jupyter-widgets/output", "anywidget", CONTROLS})
"""Widget libraries that the front end knows."""
SCRIPTS: Final = ("controls", "ours", "apps", "maths", "markdown", "terminal")
STYLES: Final = ("formulas", "icons", "ansi")
"""What not every page needs, by the names under which ``front/page.js`` fetches it."""
SCRIPTED: Final = re.compile(r"<script|&lt;script|<[a-z][^>]*\son[a-z]+\s*=|javascript:", re.IGNORECASE)
"""HTML that does something: a script, one in the text of a frame, or one that waits for a click."""
ACTS: Final = re.compile(
    r"\ssrcdoc\s*=[^>]*<script|&lt;script|<[a-z][^>]*\son[a-z]+\s*=|javascript:", re.IGNORECASE
)
"""The same in the HTML of a widget, where browsers run no ``<script>``."""
HTML_MODELS: Final = frozenset({"HTMLModel", "HTMLMathModel"})
STATES: Final = "application/vnd.jupyter.widget-state+json"
VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
ENDLESS: Final = frozenset(
    ["p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup"]
)
"""HTML's elements that need no end."""
mimetypes.add_type("font/woff2", ".woff2")  # not every system knows it


@dataclass(frozen=True)
class File:
    """A built file as it goes over the wire."""

    media_type: str
    bodies: dict[str, bytes]
    """By content encoding: ``br``, ``gzip`` and the plain ``""``."""

    def choose(self, accepted: str) -> tuple[str, bytes]:
        """The smallest form that a browser takes, which says so in ``Accept-Encoding``."""
        offered = {part.partition(";")[0].strip() for part in accepted.split(",")}
        encoding = next(
            each for each in ("br", "gzip", "") if each in self.bodies and (each in offered or not each)
        )
        return encoding, self.bodies[encoding]


class FrontEnd:
    """The built files, read once."""

    def __init__(self, folder: Path = BUILT) -> None:
        index = folder / "files.json"
        if not index.exists():
            raise FileNotFoundError(f"{index} is missing. Run ./sandyq once, or: npm run build")
        about = json.loads(index.read_text())
        self._names: dict[str, str] = about["files"]
        self._fonts: list[str] = about["fonts"]
        self._files = dict(_read_files(folder))

    def find(self, name: str) -> File | None:
        return self._files.get(name)

    def describe(self, base: str, notebook: nbformat.NotebookNode) -> dict[str, Any]:
        """Return the addresses that a notebook's page names: what it needs at once, and what it may ask for later."""
        ours = {name.partition(".")[0] for name in map(_find_ours, find_modules(notebook)) if name}
        needed = [*sorted(ours), *(["controls"] if CONTROLS in find_libraries(notebook) else [])]
        scripts = {name: f"{base}static/{self._names[f'{name}.js']}" for name in SCRIPTS}
        return {
            "script": f"{base}static/{self._names['room.js']}",
            "parts": [scripts[name] for name in needed],
            "looks": [
                f"{base}static/{self._names[f'{name}.css']}"
                for name in ("style", *needed)
                if f"{name}.css" in self._names
            ],
            "fonts": [
                f"{base}static/{name}" for name in self._fonts if "-ext-" not in name or "cyrillic" in name
            ],
            "scripts": scripts,
            "styles": {name: f"{base}static/{self._names[f'{name}.css']}" for name in STYLES},
        }


@lru_cache
def _list_ours() -> dict[str, str]:
    """The modules of our own widgets and apps by their texts' digests: the script that has them, and their names there.

    Apps may be newer than the front end: what it has of them is what it was built with.
    """
    widgets = {_digest(read_module(name)): f"ours.{name}" for name in list_widgets()}
    apps: dict[str, str] = _read_index()["apps"]
    return widgets | apps


@lru_cache
def _list_looks() -> frozenset[str]:
    """The digests of the styles that pages have from files."""
    return frozenset(_digest(read_style(name)) for name in list_widgets()) | {*_read_index()["looks"]}


def _read_index() -> dict[str, Any]:
    index: dict[str, Any] = json.loads((BUILT / "files.json").read_text())
    return index


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _find_ours(text: str) -> str | None:
    return _list_ours().get(_digest(text))


def shorten(text: str) -> str | None:
    """What pages get instead of the text of one of our modules: where it is, and a checksum; None: it is another's.

    Browsers keep such a script and compile it once, beside the page's own thread.
    """
    name = _find_ours(text)
    return name and f"ours:{name}:{zlib.adler32(text.encode())}"


def lighten(states: dict[str, Any]) -> dict[str, Any]:
    """Return widgets' states as a page gets them: without the texts of modules and styles that are in the front end."""
    models = states.get("state", {})
    return states | {"state": {key: _lighten_model(model) for key, model in models.items()}}


def _lighten_model(model: dict[str, Any]) -> dict[str, Any]:
    name = shorten(model["state"].get("_esm", ""))
    if name is None:
        return model
    state = model["state"] | {"_esm": name}
    if _digest(state.get("_css", "")) in _list_looks():
        del state["_css"]
    return model | {"state": state}


def _read_files(folder: Path) -> Iterator[tuple[str, File]]:
    for path in folder.iterdir():
        if path.suffix not in {".js", ".css", ".woff2", ".txt"}:
            continue
        forms = {"": path, "gzip": Path(f"{path}.gz"), "br": Path(f"{path}.br")}
        media_type = mimetypes.guess_type(path.name)[0]
        bodies = {encoding: form.read_bytes() for encoding, form in forms.items() if form.exists()}
        yield path.name, File(media_type or "application/octet-stream", bodies)


class _Elements(HTMLParser):
    """Counts what begins and ends."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[str] = []
        self.has_stray_end = False

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        if tag not in VOID:
            self.begun.append(tag)

    def handle_startendtag(self, tag: str, attributes: object) -> None:
        if not {"svg", "math"} & {tag, *self.begun}:  # elsewhere browsers take it for a beginning
            self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        while self.begun and self.begun[-1] != tag and self.begun[-1] in ENDLESS:
            self.begun.pop()
        if not self.begun or self.begun.pop() != tag:
            self.has_stray_end = True


def is_whole(html: str) -> bool:
    """Does all that begins in a piece of HTML end in it, and nothing else?

    Otherwise the page around it ends with it, or never, and what comes later is not found.
    """
    elements = _Elements()
    elements.feed(html)
    return not (elements.has_stray_end or set(elements.begun) - ENDLESS or "<" in elements.rawdata)


def _list_models(notebook: nbformat.NotebookNode) -> list[dict[str, Any]]:
    return list(notebook.metadata.get("widgets", {}).get(STATES, {}).get("state", {}).values())


def find_libraries(notebook: nbformat.NotebookNode) -> set[str]:
    """The widget libraries that an executed notebook uses."""
    models = _list_models(notebook)
    used = {model["model_module"] for model in models} | {
        model["state"].get("_view_module") for model in models
    }
    return used - {None, ""}


def find_modules(notebook: nbformat.NotebookNode) -> set[str]:
    """The modules that an executed notebook's own widgets bring, as their text; ``(bytes)``: one that is none."""
    models = _list_models(notebook)
    as_bytes = any("_esm" in buffer["path"] for model in models for buffer in model.get("buffers", ()))
    as_text = {model["state"]["_esm"] for model in models if "_esm" in model["state"]}
    return as_text | ({"(bytes)"} if as_bytes else set())


def _has_scripted_widgets(notebook: nbformat.NotebookNode) -> bool:
    """Does the HTML of a widget do something, such as wait for a click?"""
    texts = (m["state"].get("value", "") for m in _list_models(notebook) if m["model_name"] in HTML_MODELS)
    return any(ACTS.search(text) for text in texts)


@dataclass(frozen=True)
class Reason:
    """Why a notebook needs Voilà's own front end; ``text`` is a key of the catalogue with ``{what}`` in it."""

    text: str
    what: str = ""

    def __str__(self) -> str:
        return self.text.format(what=self.what)


BY_METADATA = Reason("its metadata ask for it")
BY_PAGE = Reason("something that it showed later needs it")
UNPREPARED = Reason(
    "it cannot be prepared for all pupils: after its cells it has threads, tasks, processes, open files "
    "or shared memory left, or the fork server is away"
)


def explain_stock(notebook: nbformat.NotebookNode) -> Reason | None:
    """Why an executed notebook needs Voilà's own front end; None when the light one can show it."""
    if notebook.metadata.get("sandyq", {}).get("front_end") == "stock":
        return BY_METADATA
    if unknown := (find_libraries(notebook) | set(notebook.metadata.get("widget_libraries", ()))) - LIBRARIES:
        return Reason("it uses {what}", ", ".join(sorted(unknown)))
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "application/javascript" in data or SCRIPTED.search("".join(data.get("text/html", ""))):
                return Reason("cell {what} brings a script", str(index + 1))
    if _has_scripted_widgets(notebook):
        return Reason("it uses {what}", "JavaScript (ipywidgets.HTML)")
    return None
