"""What a person's own Jupyter server can do besides: bring a lesson's notebook, or a new lesson for its author.

A Jupyter server extension. Its addresses are followed from the portal's pages (``/hub/user-redirect/sandyq/…``): the
file is made where there is none yet, and the browser goes on to it.
"""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from copy import deepcopy
from pathlib import Path
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, authenticated

from sandyq.durable import make_folder, write_durably
from sandyq.i18n import LANGUAGES, choose_language
from sandyq.settings import find_lesson_folder
from sandyq.visits import PAIR_COOKIE, PAIR_NOTE
from sandyq_hub.rooms.places import NAME
from sandyq_widgets.notebook import PER_VISITOR, SETUP, plain_metadata
from sandyq_widgets.portal import PersonPortal, PortalError

NEW_LESSON: Final = Path(__file__).parent / "new_lesson"
NEW_APP: Final = Path(__file__).parent / "new_app"
NAMES: Final = {"kk": "menin-sabagym", "ru": "moj-urok", "en": "my-lesson"}
"""Of a new lesson's file."""
APP_NAMES: Final = {"kk": "menin-qosymsham", "ru": "moe-prilozhenie", "en": "my-app"}
ITEMS: Final = re.compile(r"\d{1,9}(,\d{1,9}){0,29}")
FOLDER: Final = "lessons"
"""In a person's home."""
APPS_FOLDER: Final = "apps"
LANGUAGE_COOKIE: Final = "sandyq-lang"


def read_beginning(folder: Path, language: str) -> dict[str, Any]:
    """Return the notebook that one begins with: the buttons, a title, and what is there to be changed."""
    notebook: dict[str, Any] = json.loads((folder / f"{language}.ipynb").read_text("utf-8"))
    return notebook


def mark_notebook(notebook: dict[str, Any]) -> dict[str, Any]:
    """Give the cell with the buttons an id of its own: by it a notebook is known under another name."""
    panel, *others = notebook["cells"]
    return notebook | {"cells": [panel | {"id": token_hex(4)}, *others]}


def make_adaptation(lesson: dict[str, Any]) -> dict[str, Any]:
    """Return a curriculum lesson as a teacher's own: everything in it may be changed."""
    made = deepcopy(lesson)
    own = [cell for cell in made["cells"] if not {SETUP, PER_VISITOR} & set(cell["metadata"].get("tags", ()))]
    for cell in own:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    panel = read_beginning(NEW_LESSON, "en")["cells"][0]
    return made | {"cells": [panel, *own], "metadata": plain_metadata(lesson)}


def make_lesson_of(items: list[dict[str, str]], language: str) -> dict[str, Any]:
    """Return a new lesson that asks items of the library: the buttons, a title to change, each item with its credit."""
    made = deepcopy(read_beginning(NEW_LESSON, language))
    cells = made["cells"][:2]
    for number, item in enumerate(items, start=1):
        cells += [
            {"cell_type": "code", "id": f"item-{number}", "metadata": {}, "source": item["source"],
             "execution_count": None, "outputs": []},
            {"cell_type": "raw", "id": f"credit-{number}", "metadata": {}, "source": item["credit"]},
        ]  # fmt: skip
    return made | {"cells": cells}


class Bringer(JupyterHandler):
    """Makes a notebook in the person's home and goes there."""

    @property
    def home(self) -> Path:
        return Path(self.settings["server_root_dir"]).expanduser()

    @property
    def language(self) -> str:
        return choose_language(self.get_cookie(LANGUAGE_COOKIE), os.environ.get("SANDYQ_PERSON_LANGUAGE"))

    def check_it_is_ours(self) -> None:
        """No other site makes files here: browsers say from where an address was followed."""
        if self.request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise HTTPError(403)

    async def fetch_items(self, numbers: str) -> list[dict[str, str]]:
        """Ask the portal for items of the library: whether they may go into a lesson is its to say."""
        portal = PersonPortal.find()
        if not ITEMS.fullmatch(numbers):
            raise HTTPError(404)
        if portal is None:
            raise HTTPError(503)
        try:
            return await asyncio.to_thread(portal.fetch_items, numbers)
        except PortalError as error:
            raise HTTPError(404 if error.final else 503) from error

    async def fetch_notebook(self, language: str, slug: str, *, whole: bool) -> dict[str, Any]:
        """Ask the portal: a lesson's file has its keys and is closed to people's own servers."""
        portal = PersonPortal.find()
        if language not in LANGUAGES or not NAME.fullmatch(slug):
            raise HTTPError(404)
        if portal is None:
            raise HTTPError(503)
        try:
            return await asyncio.to_thread(portal.fetch_notebook, language, slug, whole=whole)
        except PortalError as error:
            raise HTTPError(404 if error.final else 503) from error

    def note_pair(self) -> None:
        """Let the kernel know who sits beside this person: the cookie that says so is the browser's."""
        note, pair = self.home / PAIR_NOTE, self.get_cookie(PAIR_COOKIE)
        if pair and pair.isascii():
            write_durably(note, pair.encode(), 0o600)
        else:
            note.unlink(missing_ok=True)

    def bring_data(self, slug: str, folder: Path) -> None:
        """Put the lesson's files beside the notebook, but for those that the person has there already."""
        make_folder(folder)
        for path in find_lesson_folder(slug).glob("*"):
            is_data = path.is_file() and not path.match("lesson.*.md") and path.name != "translations.toml"
            if is_data and not (folder / path.name).exists():
                shutil.copyfile(path, folder / path.name)

    def choose_name(self, folder: Path, name: str) -> Path:
        """Return the first free ``<name>-<number>.ipynb``, and make its folder."""
        make_folder(folder)
        numbered = (folder / f"{name}-{number}.ipynb" for number in range(1, 10_000))
        return next(path for path in numbered if not path.exists())

    def write_notebook(self, path: Path, notebook: dict[str, Any]) -> None:
        write_durably(path, json.dumps(notebook, ensure_ascii=False, indent=1).encode())

    def go_to(self, path: Path) -> None:
        page = "notebooks" if is_pupils() else "lab/tree"
        self.redirect(f"{self.base_url}{page}/{quote(str(path.relative_to(self.home)))}")


class PupilsLesson(Bringer):
    """``sandyq/lesson/<language>/<slug>``: the lesson's notebook, as this person left it."""

    @authenticated
    async def get(self, language: str, slug: str) -> None:
        self.check_it_is_ours()
        notebook = await self.fetch_notebook(language, slug, whole=False)
        self.note_pair()
        folder = self.home / FOLDER / slug
        self.bring_data(slug, folder)
        path = folder / f"{slug}.{language}.ipynb"
        if not path.exists():
            self.write_notebook(path, notebook)
        self.go_to(path)


def is_pupils() -> bool:
    """Is this a pupil's server? Asked each time: this module is there before the fork that gives the person."""
    return os.environ.get("SANDYQ_AUDIENCE") == "pupils"


class NewLesson(Bringer):
    """``sandyq/new-lesson``; with ``?copy=<slug>&language=<language>`` a lesson of the curriculum to adapt, with
    ``?items=<numbers>&language=<language>`` one that asks items of the library."""

    @authenticated
    async def get(self) -> None:
        self.check_it_is_ours()
        if is_pupils():  # a lesson to adapt has its key
            raise HTTPError(403)
        slug = self.get_query_argument("copy", "")
        language = choose_language(self.get_query_argument("language", None), self.language)
        if slug:
            lesson = await self.fetch_notebook(language, slug, whole=True)
            notebook, name = make_adaptation(lesson), f"{slug}-{language}"
            self.bring_data(slug, self.home / FOLDER)
        elif items := self.get_query_argument("items", ""):
            notebook, name = make_lesson_of(await self.fetch_items(items), language), NAMES[language]
        else:
            notebook, name = read_beginning(NEW_LESSON, language), NAMES[language]
        path = self.choose_name(self.home / FOLDER, name)
        self.write_notebook(path, mark_notebook(notebook))
        self.go_to(path)


class NewApp(Bringer):
    """``sandyq/new-app``: an app that works, to change."""

    @authenticated
    async def get(self) -> None:
        self.check_it_is_ours()
        if is_pupils():
            raise HTTPError(403)
        path = self.choose_name(self.home / APPS_FOLDER, APP_NAMES[self.language])
        self.write_notebook(path, read_beginning(NEW_APP, self.language))
        self.go_to(path)


def _load_jupyter_server_extension(server: Any) -> None:
    base = server.web_app.settings["base_url"]
    routes = [
        (r"sandyq/lesson/(\w+)/([\w-]+)", PupilsLesson),
        (r"sandyq/new-lesson", NewLesson),
        (r"sandyq/new-app", NewApp),
    ]
    server.web_app.add_handlers(".*$", [(base + route, handler) for route, handler in routes])
