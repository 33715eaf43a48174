"""A pupil's assignment in their own Jupyter server: begin, check, hand in, start over. A Jupyter server extension.

``sandyq/assignment/<release>`` is followed from the portal (``/hub/user-redirect/…``). The bar above a notebook of an
assignment (``jupyter/labextensions/@sandyq/assignment``) asks the other addresses.
"""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from html import escape
from http import HTTPStatus
from itertools import takewhile
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

import nbformat
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ApiPath
from tornado.web import HTTPError, authenticated

from sandyq.i18n import translator_for
from sandyq.work import (
    OLD,
    RELEASE,
    Assignment,
    BadFiles,
    PortalAway,
    PortalRefused,
    WorkPortal,
    put,
    send_draft,
    tell,
)
from sandyq_hub.notebooks import Bringer
from sandyq_hub.work.check import Result, describe, forget_outputs, judge, run_notebook
from sandyq_hub.work.own import NewAssignment, Own, describe_own
from sandyq_hub.work.repair import find_original, put_aside, repair_file
from sandyq_hub.work.running import SMALL
from sandyq_hub.work.words import (
    describe_bad_files,
    describe_due,
    describe_receipt,
    describe_refusal,
    describe_repaired,
    describe_state,
    make_labels,
    write_receipt,
)

PAGE = Template((Path(__file__).parent / "page.html").read_text("utf-8"))


class WorkHandler(Bringer):
    """What the addresses share."""

    @property
    def gettext(self) -> Callable[[str], str]:
        return translator_for(self.language, os.environ.get("SANDYQ_AUDIENCE"))

    def show(self, status: int, heading: str, text: str, *, again: bool = False, receipt: str = "") -> None:
        """Finish with a plain page that says what to do."""
        _ = self.gettext
        links = [f'<a href="/services/portal/">{escape(_("To my page"))}</a>']
        if again:
            links.insert(0, f'<a href="{escape(self.request.uri or "")}">{escape(_("Try again"))}</a>')
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            PAGE.substitute(
                language=self.language,
                heading=escape(heading),
                text=escape(text),
                receipt=f"<pre>{escape(receipt)}</pre>" if receipt else "",
                links=" ".join(links),
            )
        )


class Start(WorkHandler):
    """``sandyq/assignment/<release>``: bring what is not here yet, open the first notebook."""

    @authenticated
    async def get(self, release: str) -> None:
        self.check_it_is_ours()
        number = int(release)
        try:
            assignment = await asyncio.to_thread(_bring, self.home, number)
        except (PortalAway, PortalRefused, BadFiles) as problem:
            known = await asyncio.to_thread(Assignment.find, self.home, number)
            if known is None or isinstance(problem, _NotNow):
                self.show_problem(problem)
                return
            assignment = known
        if not assignment.notebooks:
            self.show_problem(BadFiles("zip"))
            return
        path = assignment.path / assignment.notebooks[0]
        self.redirect(f"{self.base_url}notebooks/{quote(path.relative_to(self.home).as_posix())}")

    def show_problem(self, problem: PortalAway | PortalRefused | BadFiles) -> None:
        _ = self.gettext
        if isinstance(problem, PortalAway):
            text = _(
                "The school server is busy or is being started again. Nothing is lost. Wait a minute "
                "and try again."
            )
            self.show(503, _("The assignment cannot be brought just now"), text, again=True)
        elif isinstance(problem, BadFiles):
            text = _("The assignment's files cannot be read. Tell your teacher.")
            self.show(502, _("The assignment cannot be opened"), text)
        elif isinstance(problem, _NotNow) and problem.state == "soon":
            text = _("It opens later, at the time that your teacher has set. Come back then.")
            self.show(403, _("This assignment is not open yet"), text)
        elif problem.status == 403:
            text = _("Its time is over. If you still need it, ask your teacher for more time.")
            self.show(403, _("This assignment is closed"), text)
        else:
            text = _(
                "Perhaps the address was mistyped, or it is for another class. Your assignments are "
                "on your page."
            )
            self.show(404, _("There is no such assignment for you"), text)


class _NotNow(PortalRefused):
    """The files are locked outside of the assignment's time."""

    state = ""


def _bring(home: Path, release: int) -> Assignment:
    portal = WorkPortal.find()
    work = portal.find_work(release)
    try:
        files = portal.fetch(release)
    except PortalRefused as problem:
        if problem.status != 403:
            raise
        refused = _NotNow(str(problem), problem.status)
        refused.state = str(work.get("state"))
        raise refused from None
    assignment = Assignment.bring(home, work, files)
    tell(release, "opened")
    return assignment


class BarHandler(WorkHandler, APIHandler):
    """What the bar asks; replies are JSON."""

    def find(self, path: str, release: int | None = None) -> tuple[Assignment, Path]:
        """Return the assignment to which a notebook belongs, and its file; HTTPError 404 when it belongs to none."""
        parts = Path(path.strip("/")).parts
        file = self.home.joinpath(*parts)
        assignment = None if ".." in parts else Assignment.open(file.parent)
        if (
            assignment is None
            or file.name not in assignment.notebooks
            or release not in {None, assignment.release}
        ):
            raise HTTPError(404)
        return assignment, file

    def find_posted(self, release: str) -> tuple[Assignment, Path]:
        content = self.get_json_body() or {}
        return self.find(str(content.get("path", "")), int(release))

    def find_elsewhere(self, path: str) -> dict[str, Any] | None:
        """Say of a copy of an assignment's notebook where the one is that is handed in; None for other notebooks."""
        parts = Path(path.strip("/")).parts
        file = self.home.joinpath(*parts)
        folder = file.parent.parent if file.parent.name == OLD else file.parent
        assignment = None if ".." in parts else Assignment.open(folder)
        original = find_original(assignment, file) if assignment else None
        if original is None:
            return None
        _ = self.gettext
        told = _(
            "This is a copy: what is written here is not handed in. Copy your answers into your assignment, “{name}”."
        )
        return {
            "elsewhere": told.format(name=original.stem),
            "open": _("Open the assignment"),
            "address": f"{self.base_url}notebooks/{quote(original.relative_to(self.home).as_posix())}",
            "language": self.language,
            "bar": _("Assignment"),
        }

    def describe(self, assignment: Assignment, name: str) -> dict[str, Any]:
        """Return the bar's state, and forget what was told once: which cells came back."""
        _, repaired = self.gettext, []
        if assignment.notes.get("repaired", {}).get(name):
            with assignment.changing() as changed:
                repaired = changed.get("repaired", {}).pop(name, [])
        notes, receipts = assignment.notes, assignment.receipts
        return {
            "release": assignment.release,
            "language": self.language,
            "title": str(notes.get("title", "")),
            "due": describe_due(notes.get("due"), self.language, _),
            "state": notes.get("state"),
            "stateWords": describe_state(assignment, _),
            "receipt": describe_receipt(receipts[-1], self.language, _) if receipts else "",
            "helpAddress": "/services/portal/help?page=",
            "receiptAddress": f"{self.base_url}sandyq/assignment/{assignment.release}/receipt",
            "repaired": describe_repaired(repaired, _),
            "labels": make_labels(_),
        }


class Bar(BarHandler):
    """``sandyq/assignment?path=…``: what the bar over this notebook shows, or over a copy; 204 for other notebooks."""

    @authenticated
    async def get(self) -> None:
        try:
            assignment, file = self.find(self.get_query_argument("path"))
        except HTTPError:
            elsewhere = await asyncio.to_thread(self.find_elsewhere, self.get_query_argument("path"))
            if elsewhere is None:
                self.describe_own()
            else:
                self.finish(json.dumps(elsewhere))
            return
        await asyncio.to_thread(_refresh, assignment)
        self.finish(json.dumps(self.describe(assignment, file.name)))

    def describe_own(self) -> None:
        """A teacher's notebook may be on its way to an assignment; all others have no bar."""
        parts = Path(self.get_query_argument("path").strip("/")).parts
        own = None if ".." in parts else describe_own(self.home.joinpath(*parts), self.language)
        if own is None:
            self.set_status(204)
        self.finish(json.dumps(own) if own else None)


def _refresh(assignment: Assignment) -> None:
    """Take over title, due date, state and receipts, if the portal answers: one may have been lost on its way."""
    with suppress(PortalAway, PortalRefused):
        portal = WorkPortal.find()
        work = portal.find_work(assignment.release)
        news: dict[str, Any] = {name: work[name] for name in ("title", "due", "state") if name in work}
        hand_ins = portal.list_hand_ins(assignment.release)
        if len(hand_ins) > len(assignment.receipts):
            news["receipts"] = sorted(hand_ins, key=lambda each: each["number"])
        if any(assignment.notes.get(name) != value for name, value in news.items()):
            with assignment.changing() as notes:
                notes.update(news)


class Check(BarHandler):
    """``POST sandyq/assignment/<release>/check``: run the saved notebook in a fresh kernel."""

    @authenticated
    async def post(self, release: str) -> None:
        assignment, file = self.find_posted(release)
        repaired = await asyncio.to_thread(repair_file, file)
        notebook = nbformat.reads(await asyncio.to_thread(file.read_text, "utf-8"), as_version=4)
        forget_outputs(notebook)
        folder = file.parent.relative_to(self.home).as_posix()
        try:
            kernel = await self.kernel_manager.start_kernel(kernel_name="python3", path=ApiPath(folder))
        except HTTPError as refused:
            if refused.status_code != HTTPStatus.CONFLICT:
                raise
            problem = " ".join(str(refused.log_message).split())  # as many notebooks run as may
            self.finish(
                json.dumps(
                    self.describe(assignment, file.name) | {"problem": problem, "reload": bool(repaired)}
                )
            )
            return
        try:
            await run_notebook(notebook, self.kernel_manager.get_kernel(kernel))
        finally:
            with suppress(KeyError, HTTPError):  # it died, and the server has noticed
                await self.kernel_manager.shutdown_kernel(kernel, now=True)
        results = judge(notebook, self.gettext)
        await asyncio.to_thread(send_draft, file.parent)
        await asyncio.to_thread(_note_run, file, results)
        assignment = Assignment.open(file.parent) or assignment
        told = self.describe(assignment, file.name)
        self.finish(json.dumps(told | describe(results, self.gettext) | {"reload": bool(repaired)}))


def _note_run(file: Path, results: list[Result]) -> None:
    """Tell the teacher's live view that somebody ran the checks, or is stuck: the same error as the last time.

    What fails because it is not written yet, and all below that, is no error: who works from task to task has it each
    time.
    """
    assignment = Assignment.open(file.parent)
    if assignment is None:
        return
    begun = takewhile(lambda result: result.error.partition(":")[0] not in SMALL, results)
    error = next((f"{result.name or result.title}: {result.error}" for result in begun if result.error), "")
    last = assignment.notes.get("stuck", {}).get(file.name, "")
    again = bool(error) and last == error
    if last != error:
        with assignment.changing() as notes:
            notes.setdefault("stuck", {})[file.name] = error
    tell(assignment.release, "stuck" if again else "ran", error)


class HandIn(BarHandler):
    """``POST sandyq/assignment/<release>/hand-in``: send the folder; the reply has the receipt or says what to do."""

    @authenticated
    async def post(self, release: str) -> None:
        _ = self.gettext
        assignment, file = self.find_posted(release)
        repaired = []
        for name in assignment.notebooks:
            repaired += await asyncio.to_thread(repair_file, assignment.path / name)
        assignment = Assignment.open(assignment.path) or assignment
        problem, news = "", _("The code shows that the school server has your work.")
        try:
            await asyncio.to_thread(assignment.hand_in, WorkPortal.find())
            await asyncio.to_thread(_refresh, assignment)  # there may be more time by now
        except PortalAway:
            problem = _(
                "The school server does not answer, so your work is not handed in yet. It is saved "
                "here and nothing is lost: press “Hand in” again in a minute."
            )
        except PortalRefused as refused:
            problem = describe_refusal(refused.status, _)
        except BadFiles as bad:
            problem = describe_bad_files(bad, _)
        told = self.describe(assignment, file.name)
        self.finish(json.dumps(told | {"problem": problem, "news": news, "reload": bool(repaired)}))


class StartOver(BarHandler):
    """``POST sandyq/assignment/<release>/start-over``: put this notebook aside and take the release's anew."""

    @authenticated
    async def post(self, release: str) -> None:
        assignment, file = self.find_posted(release)
        await asyncio.to_thread(_start_over, assignment, file, self.home)
        assignment = Assignment.open(file.parent) or assignment
        told = self.describe(assignment, file.name)
        self.finish(
            json.dumps(
                told
                | {
                    "reload": True,
                    "news": self.gettext("You begin again. Your earlier work is in the folder “old”."),
                }
            )
        )


def _start_over(assignment: Assignment, file: Path, home: Path) -> None:
    with suppress(PortalAway, PortalRefused, BadFiles):  # then from what was brought
        _bring(home, assignment.release)
    fresh = (file.parent / RELEASE / file.name).read_bytes()
    put_aside(file)
    put(file, fresh)


class Receipt(WorkHandler):
    """``sandyq/assignment/<release>/receipt``: a page to print."""

    @authenticated
    def get(self, release: str) -> None:
        assignment = Assignment.find(self.home, int(release))
        if assignment is None or not assignment.receipts:
            raise HTTPError(404)
        _ = self.gettext
        text = write_receipt(assignment, self.current_user.username, self.language, _)
        self.show(200, _("Receipt"), _("The code shows that the school server has your work."), receipt=text)


def _load_jupyter_server_extension(server: Any) -> None:
    base = server.web_app.settings["base_url"] + "sandyq/"
    routes = [
        ("assignment", Bar),
        (r"assignment/(\d{1,9})", Start),
        (r"assignment/(\d{1,9})/check", Check),
        (r"assignment/(\d{1,9})/hand-in", HandIn),
        (r"assignment/(\d{1,9})/start-over", StartOver),
        (r"assignment/(\d{1,9})/receipt", Receipt),
        ("own", Own),
        ("new-assignment", NewAssignment),
    ]
    server.web_app.add_handlers(".*$", [(base + route, handler) for route, handler in routes])
