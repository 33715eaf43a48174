"""Configuration of the plain ``voila`` command: Voilà's front end and executor, the look of our stock pages."""

import json
import os
from pathlib import Path

from sandyq.i18n import LANGUAGE_NAMES, translator
from sandyq.settings import Settings
from sandyq.visits import Visit
from sandyq_hub.rooms.app import list_extensions
from sandyq_hub.rooms.environment import build_environment, describe_audience
from sandyq_hub.rooms.handlers import STOCK
from sandyq_hub.rooms.pages import find_failure, make_words
from sandyq_hub.rooms.places import find_app, find_lesson, read_room, read_title

c = get_config()  # noqa: F821 # traitlets gives it to configuration files
here, settings = Path.cwd(), Settings.from_environment()


def give_visit(handler, notebook, cwd):
    """What rooms do before Voilà executes a notebook: whose visit it is, which cells are theirs, the page's title."""
    login, language = handler.get_argument("login"), handler.get_argument("language")
    kind, name = handler.get_argument("kind"), Path(handler.request.path).stem
    room = (
        find_app(here / "apps", name, language)
        if kind == "app"
        else find_lesson(here / "notebooks", language, name)
    )
    home = here / "homes" / f"{language}-{name}"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        build_environment(settings, Visit(login, kind, name), login, home, describe_audience(language, False))
    )
    handler.voila_configuration.config.VoilaConfiguration.resources = {
        "sandyq": {
            "_": translator(language),
            "kind": kind,
            "language": language,
            "title": read_title(notebook, room),
            "languages": [(code, LANGUAGE_NAMES[code]) for code in room.languages if code != language],
            "slug": name,
            "failed": translator(language)(find_failure(500).text),
            "words": make_words(translator(language), kind),
        }
    }
    return read_room(room, for_teachers=False)


def choose_maths(page_config, notebook_path, **_):
    """MathJax for pages that are Voilà's in rooms, too; beside ours, formulas are compared as they were typed."""
    asks = json.loads((here / notebook_path).read_text())["metadata"].get("sandyq", {}).get("front_end")
    maths = None if asks == "stock" else ""  # an address, of which "" is none that works
    return page_config | {"disabledExtensions": [], "fullMathjaxUrl": maths, "mathjaxConfig": maths}


c.VoilaConfiguration.template = STOCK
c.VoilaConfiguration.extension_allowlist = list_extensions()
c.VoilaConfiguration.prelaunch_hook = give_visit
c.VoilaConfiguration.page_config_hook = choose_maths
c.Voila.base_url = "/services/rooms/"
c.Voila.open_browser = False
c.VoilaExecutor.iopub_timeout = 60
"""Seconds; after nbclient's four a slow machine's outputs were left out."""
