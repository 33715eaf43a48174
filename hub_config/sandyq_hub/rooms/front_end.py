"""The light front end: the files that ``npm run build`` makes of ``front/``, and which notebooks it can show."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat

BUILT = Path(__file__).parent / "built"
LIBRARIES: Final = {
    "@jupyter-widgets/base": [],
    "@jupyter-widgets/output": [],
    "anywidget": [],
    "@jupyter-widgets/controls": ["@jupyter-widgets/controls/lib/index.js"],
}
"""Widget libraries that the front end knows, and the entries of its build that a page with them loads besides."""
STYLES: Final = {"maths": "katex/dist/katex.css", "icons": "icons.css", "ansi": "ansi.css"}
"""Styles that not every page needs, by the names under which ``front/page.js`` fetches them."""
SCRIPTED: Final = re.compile(r"<script|&lt;script|<[a-z][^>]*\son[a-z]+\s*=|javascript:", re.IGNORECASE)
"""HTML that does something: a script, one in the text of a frame, or one that waits for a click."""
STATES: Final = "application/vnd.jupyter.widget-state+json"
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
        self._entries: dict[str, dict[str, Any]] = about["entries"]
        self._fonts: list[str] = about["fonts"]
        self._files = dict(_read_files(folder))

    def find(self, name: str) -> File | None:
        return self._files.get(name)

    def describe(self, base: str, notebook: nbformat.NotebookNode) -> dict[str, Any]:
        """Return the addresses that a notebook's page names: its script with all parts, its style, its fonts."""
        entries = [
            "room.js",
            *(entry for library in sorted(find_libraries(notebook)) for entry in LIBRARIES.get(library, [])),
        ]
        script, *more = [self._entries[entry]["file"] for entry in entries]
        parts = dict.fromkeys(part for entry in entries for part in self._entries[entry]["parts"])
        return {
            "script": f"{base}static/{script}",
            "parts": [f"{base}static/{name}" for name in (*parts, *more)],
            "style": f"{base}static/{self._entries['style.css']['file']}",
            "fonts": [
                f"{base}static/{name}" for name in self._fonts if "-ext-" not in name or "cyrillic" in name
            ],
            "styles": {
                name: f"{base}static/{self._entries[entry]['file']}" for name, entry in STYLES.items()
            },
        }


def _read_files(folder: Path) -> Iterator[tuple[str, File]]:
    for path in folder.iterdir():
        if path.suffix not in {".js", ".css", ".woff2", ".txt"}:
            continue
        forms = {"": path, "gzip": Path(f"{path}.gz"), "br": Path(f"{path}.br")}
        media_type = mimetypes.guess_type(path.name)[0]
        bodies = {encoding: form.read_bytes() for encoding, form in forms.items() if form.exists()}
        yield path.name, File(media_type or "application/octet-stream", bodies)


def find_libraries(notebook: nbformat.NotebookNode) -> set[str]:
    """The widget libraries that an executed notebook uses."""
    models = notebook.metadata.get("widgets", {}).get(STATES, {}).get("state", {}).values()
    used = {model["model_module"] for model in models} | {
        model["state"].get("_view_module") for model in models
    }
    return used - {None, ""}


def find_modules(notebook: nbformat.NotebookNode) -> set[str]:
    """The modules that an executed notebook's own widgets bring, as their text; ``(bytes)``: one that is none."""
    models = notebook.metadata.get("widgets", {}).get(STATES, {}).get("state", {}).values()
    as_bytes = any("_esm" in buffer["path"] for model in models for buffer in model.get("buffers", ()))
    as_text = {model["state"]["_esm"] for model in models if "_esm" in model["state"]}
    return as_text | ({"(bytes)"} if as_bytes else set())


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
    "it cannot be prepared for all pupils: after its cells it has threads, processes or shared memory left, or "
    "the fork server is away"
)


def explain_stock(notebook: nbformat.NotebookNode) -> Reason | None:
    """Why an executed notebook needs Voilà's own front end; None when the light one can show it."""
    if notebook.metadata.get("sandyq", {}).get("front_end") == "stock":
        return BY_METADATA
    if unknown := find_libraries(notebook) - LIBRARIES.keys():
        return Reason("it uses {what}", ", ".join(sorted(unknown)))
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "application/javascript" in data or SCRIPTED.search("".join(data.get("text/html", ""))):
                return Reason("cell {what} brings a script", str(index + 1))
    return None
