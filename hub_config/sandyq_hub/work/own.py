"""A teacher's own assignment in Lab: begin one, send it to be tried, hear what came of it.

The bar above a notebook that has nbgrader's marks (``own.js`` in ``jupyter/labextensions``) asks these addresses; on
the portal's page what was sent is given out.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, Final

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, authenticated

from sandyq.i18n import LANGUAGE_NAMES, choose_language, translator
from sandyq.work import MOST_BYTES, BadFiles, PortalAway, PortalRefused, WorkPortal
from sandyq_hub.notebooks import Bringer, is_pupils
from sandyq_hub.work.repair import read_name, read_source
from sandyq_hub.work.words import Gettext, describe_bad_files

NEW: Final = Path(__file__).parent / "new_assignment"
NAMES: Final = {"kk": "menin-tapsyrmam", "ru": "moe-zadanie", "en": "my-assignment"}
"""Of a new assignment's file."""
FOLDER: Final = "own-assignments"
"""In a teacher's home."""
TEMPLATES: Final = "autotests.yml"
TRIED: Final = ("ready", "refused")


def describe_own(path: Path, language: str) -> dict[str, Any] | None:
    """Return what the bar shows above a teacher's notebook; None where none of its cells is marked for grading."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        marked = [cell for cell in cells if read_name(cell)]
        title = next((found[1] for cell in cells if (found := _find_heading(cell))), path.stem)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    if is_pupils() or not marked:
        return None
    return {"own": True, "language": language, "title": title[:100], "labels": make_labels(language)}


def _find_heading(cell: dict[str, Any]) -> re.Match[str] | None:
    source = read_source(cell) if cell["cell_type"] == "markdown" else ""
    return re.search(r"^# +(.*\S)", source, re.MULTILINE)


def make_labels(language: str) -> dict[str, Any]:
    _ = translator(language)
    return {
        "bar": _("Your own assignment"),
        "title": _("Title"),
        "kind": _("Kind of work"),
        "kinds": {
            "fa": _("formative"),
            "sor": _("for a section"),
            "soch": _("for a term"),
            "course": _("course work"),
        },
        "minutes": _("Minutes"),
        "language": _("Language"),
        "languages": LANGUAGE_NAMES,
        "send": _("Send as an assignment"),
        "sending": _("The notebook is being sent …"),
        "trying": _(
            "It is being tried: with your solutions all tests must pass, without them none. You can go on."
        ),
        "ready": _("It can be given out."),
        "give": _("Give it to a class"),
        "refused": _("It cannot be given out yet. Mend this and send it again:"),
        "notSaved": _("The notebook could not be saved, so nothing was sent. Try again."),
        "failed": _("The school server does not answer. Your notebook is saved; try again in a minute."),
    }


def pack_own(path: Path) -> bytes:
    """Return the zip of a notebook and the files beside it that it names; BadFiles when that is too much."""
    text = path.read_text("utf-8")
    said = "\n".join(read_source(cell) for cell in json.loads(text)["cells"])
    packed = io.BytesIO()
    size = len(text.encode())
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.name, text)
        for file in sorted(path.parent.iterdir()):
            named = file.name in said or file.name == TEMPLATES
            if file.name.startswith(".") or file.suffix == ".ipynb" or not named or not is_plain(file):
                continue
            size += file.stat().st_size
            if size > MOST_BYTES:
                raise BadFiles("bytes", file.name)
            archive.write(file, file.name)
    return packed.getvalue()


def is_plain(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def send(path: Path, wish: dict[str, str], _: Gettext) -> dict[str, Any]:
    """Send a notebook; return ``{own}``, its number, or ``{problem}``, in words."""
    try:
        return {"own": WorkPortal.find().send_own(wish, pack_own(path))}
    except PortalAway:
        return {
            "problem": _("The school server does not answer. Your notebook is saved; try again in a minute.")
        }
    except PortalRefused as refused:
        return {
            "problem": refused.detail
            or _("This was not taken. Tell the operator the number {status}.").format(status=refused.status)
        }
    except BadFiles as bad:
        return {"problem": describe_bad_files(bad, _)}
    except (OSError, ValueError, LookupError, TypeError):
        return {"problem": _("The notebook cannot be read. Save it (Ctrl+S) and press again.")}


class Own(Bringer, APIHandler):
    """``POST sandyq/own {path, title, kind, minutes, language}``; ``GET sandyq/own?number=…``: what came of it."""

    @authenticated
    async def post(self) -> None:
        content = self.get_json_body() or {}
        parts = Path(str(content.get("path", "")).strip("/")).parts
        path = self.home.joinpath(*parts)
        if is_pupils() or ".." in parts or path.suffix != ".ipynb" or not path.is_file():
            raise HTTPError(404)
        wish = {name: str(content.get(name, "")) for name in ("title", "kind", "minutes", "language")}
        self.finish(json.dumps(await asyncio.to_thread(send, path, wish, translator(self.language))))

    @authenticated
    async def get(self) -> None:
        number = self.get_query_argument("number")
        if is_pupils() or not number.isdigit():
            raise HTTPError(404)
        try:
            found = await asyncio.to_thread(WorkPortal.find().look_at_own, int(number))
        except PortalAway:
            found = {"state": "waiting"}  # the bar asks again
        except PortalRefused:  # sent again, under the same title: the newer one has its place
            found = {"state": "gone"}
        self.finish(json.dumps(found | {"over": found["state"] in (*TRIED, "gone")}))


class NewAssignment(Bringer):
    """``sandyq/new-assignment``: a notebook with a task, its solution and its tests, to be changed."""

    @authenticated
    def get(self) -> None:
        self.check_it_is_ours()
        if is_pupils():
            raise HTTPError(403)
        language = choose_language(self.get_query_argument("language", None), self.language)
        notebook = json.loads((NEW / f"{language}.ipynb").read_text("utf-8"))
        path = self.choose_name(self.home / FOLDER, NAMES[language])
        self.write_notebook(path, notebook)
        self.go_to(path)
