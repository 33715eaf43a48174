"""The frame that all apps share: title, language, saved mark, undo, others' changes, what to do when something fails.

An app is a subclass with its sheets, a ``view`` that returns the parts of the page, and a method for each act. What a
method returns says what happens: a ``Change`` or a ``Sending`` is kept (and shown as saved only then), a ``File`` is
handed to the browser, None shows the page anew. ``FieldProblem`` is a sentence at a field.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import UUID

import anywidget
import traitlets

from sandyq.i18n import LANGUAGE_NAMES, choose_language
from sandyq_apps.kit.desk import Change, Desk, News, Row
from sandyq_apps.kit.parts import Part, find_cell, notice
from sandyq_apps.kit.portal import Failed, NotConnected, Portal, Refused, Unreachable
from sandyq_apps.kit.speech import FRAME, PROBLEMS, Speech

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries to keep a change; the last one repeats."""
FAILURES: Final = 6
"""So often a change is handed to a portal that fails over it; then those behind it have their turn."""
HEARING: Final = 3.0
"""Seconds between looks for others' changes."""


@dataclass(frozen=True)
class File:
    name: str
    content: bytes


@dataclass(frozen=True)
class Sending:
    """What is kept elsewhere than in the journal: ``write`` returns when (ISO) or raises Unreachable or Refused."""

    write: Callable[[], str]
    give_up: Callable[[], None] = lambda: None
    """Called when it is set aside: what the portal failed over, however often it was asked."""


class Problem(Exception):
    """A sentence for the person at the page: what is wrong and what to do."""


class Overtaken(Problem):
    """Somebody else has changed a cell of a table while it was typed in."""


class FieldProblem(Problem):
    """A problem with what stands in one field of the form."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


Act = Callable[["App", dict[str, Any]], Any]


def act(method: Act) -> Act:
    """Mark a method that the page may call, with the values of the button or the form."""
    method.is_act = True  # type: ignore[attr-defined]
    return method


class App(anywidget.AnyWidget):
    """Making one reads and opens nothing, so that a template kernel may hold it; ``load`` begins a visit.

    Until then it shows its title and that it is coming, which a page brings along before its kernel is there.
    """

    title: ClassVar[str]
    """English; also the key of its translations."""
    help: ClassVar[str] = ""
    """What the app is for and how one begins, in English; shown behind the question mark."""
    sheets: ClassVar[tuple[str, ...]]
    """What it reads, see ``sandyq.school.centre.sheets`` and ``roster``."""
    start: ClassVar[dict[str, Any]] = {}
    """The place where a visit begins; ``self.place`` holds where it is now, also after a refresh."""

    _esm = STATIC / "kit.js"
    _css = STATIC / "kit.css"
    frame = traitlets.Dict().tag(sync=True)
    body: Any = traitlets.List().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.speech = Speech(choose_language(os.environ.get("SANDYQ_LANGUAGE")))
        self.place: dict[str, Any] = dict(self.start)
        self.desk: Desk
        self.files: dict[str, bytes] = {}
        """Of the act that runs: what was chosen in its file fields."""
        self._news: News | None = None
        self._pauses = iter(PAUSES)
        self._later: asyncio.TimerHandle | None = None
        """When the portal is asked once more for a visit that could not begin."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        """Changes are kept one after another, in the order in which they were made."""
        self.on_msg(self._receive)
        self.frame, self.body = self._describe_frame(), [notice(self.speech(FRAME["working"]), "quiet")]

    # what apps say and do

    def _(self, text: str, **values: Any) -> str:
        """Return a text in the visitor's language, filled in."""
        return self.speech(text, **values)

    def view(self) -> list[Part]:
        """Return the parts of the page for ``self.place``."""
        raise NotImplementedError

    def row(self, sheet: str, row_id: Any, version: int | None = None) -> Row:
        """Return a row that an act speaks of; Problem when somebody has removed it meanwhile.

        ``version``: the one that the form showed (put it into its ``values``), so that nobody overwrites what they have
        not seen.
        """
        found = self.desk.find(sheet, row_id)
        if found is None:
            raise Problem(self.speech(PROBLEMS["gone"]))
        return found if version is None else Row(found | {"version": version})

    def opened(self) -> None:
        """Called when the desk is loaded, when it may read more of the portal, and again after each change."""

    # beginning

    def load(self) -> None:
        """Begin the visit that the environment names, or say why it cannot begin and ask again by itself."""
        if self._later:
            self._later.cancel()
        self.speech = Speech(choose_language(os.environ.get("SANDYQ_LANGUAGE")))
        try:
            self.desk = Desk(Portal.from_environment(), self.sheets)
            self._speak(self.speech.language)
            self.desk.load()
            self.opened()
        except (NotConnected, Unreachable, Refused) as problem:
            self._say_cannot_begin(self.explain(problem), again=not isinstance(problem, NotConnected))
            if isinstance(problem, Unreachable):
                pause = next(self._pauses, PAUSES[-1])
                self._later = asyncio.get_running_loop().call_later(pause, self.load)
            return
        except Exception:  # better than a page that is for ever coming
            log.exception("%s cannot begin", type(self).__name__)
            self._say_cannot_begin(self.speech(PROBLEMS["broken"]))
            return
        self.show()
        self._start(self._hear_for_ever())

    def _say_cannot_begin(self, why: str, *, again: bool = True) -> None:
        self.frame = self._describe_frame() | {"again": again}
        self.body = [notice(why, "danger")]

    def explain(self, problem: Exception) -> str:
        """Say what went wrong with the portal and what to do."""
        match problem:
            case NotConnected():
                return self.speech(PROBLEMS["not_connected"])
            case Refused(status=401):
                return self.speech(PROBLEMS["expired"])
            case Unreachable():
                return self.speech(PROBLEMS["unreachable"])
        return str(problem)

    def show(self) -> None:
        """Draw the page anew."""
        try:
            body = self.view()
        except Exception:  # a page that says so is better than one that does not answer
            log.exception("%s cannot show %s", type(self).__name__, self.place)
            self.place = dict(self.start)
            body = [notice(self.speech(PROBLEMS["broken"]), "danger")]
        self.frame = self._describe_frame()
        self.body = [*self._tell_others(), *body]

    def _tell_others(self) -> list[Part]:
        if self._news is None:
            return []
        who, what = self._news.by, self.speech.retell(self._news.entry)
        told = self.speech(PROBLEMS["others"], who=who, what=what, time=self.speech.clock(self._news.at))
        return [notice(told, "news")]

    def _describe_frame(self) -> dict[str, Any]:
        desk = getattr(self, "desk", None)
        return {
            "title": self.speech(self.title),
            "help": self.speech(self.help) if self.help else "",
            "language": self.speech.language,
            "languages": list(LANGUAGE_NAMES.items()),
            "words": {key: self.speech(text) for key, text in FRAME.items()},
            "who": desk.me.get("login", "") if desk else "",
            "school": desk.school.get("name", "") if desk else "",
            "undo": self.speech.retell(desk.undo) if desk and desk.undo else "",
            "place": dict(self.place),  # a copy: a change of the same dictionary would not be noticed
            "again": False,
        }

    # what the page asks

    def _receive(self, _widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        match content:
            case {"kind": "act", "id": str(uuid), "name": str(name), "values": dict(values)}:
                files = {str(key): bytes(buffers[index]) for key, index in content.get("files", {}).items()}
                work = self._act(UUID(uuid), name, values, files)
                self._start(self._unless_kept(UUID(uuid), work) if content.get("again") else work)
            case {"kind": "place", "place": dict(place)}:
                self.place = {**self.start, **place}
                if place.get("language") in LANGUAGE_NAMES:
                    self._speak(place["language"])
                self._show_if_open()
            case {"kind": "language", "language": str(language)} if language in LANGUAGE_NAMES:
                self._speak(language)
                self.place["language"] = language
                self._show_if_open()
            case {"kind": "undo", "id": str(uuid)}:
                work = self._keep(UUID(uuid), self.desk.take_back)
                self._start(self._unless_kept(UUID(uuid), work) if content.get("again") else work)
            case {"kind": "again"}:
                self.load()

    def _speak(self, language: str) -> None:
        """Speak a language, and have the portal say no in it."""
        self.speech = Speech(language)
        if desk := getattr(self, "desk", None):
            desk.portal.language = language

    def _show_if_open(self) -> None:
        if getattr(self, "desk", None) and self.desk.me:
            self.show()

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _unless_kept(self, uuid: UUID, work: Coroutine[Any, Any, None]) -> None:
        """Do what a page asks for once more, unless it was kept before a kernel or a connection died."""
        with contextlib.suppress(Unreachable, Refused):
            if at := await asyncio.to_thread(self.desk.find_receipt, uuid):
                work.close()
                self._answer(uuid, "saved", text=self.speech.clock(at))
                return
        await work

    async def _act(self, uuid: UUID, name: str, values: dict[str, Any], files: dict[str, bytes]) -> None:
        method = getattr(type(self), name, None)
        if not getattr(method, "is_act", False):
            self._answer(uuid, "problem", text=f"'{name}' is no act of this app.")
            return
        self.files = files
        try:
            self._check_seen(name, values)
            outcome = method(self, values)  # type: ignore[misc]
            if isinstance(outcome, Awaitable):
                outcome = await outcome
        except FieldProblem as problem:
            self._answer(uuid, "problem", field=problem.field, text=str(problem))
            return
        except Problem as problem:
            self._answer(uuid, "problem", text=str(problem), overtaken=isinstance(problem, Overtaken))
            return
        except (Unreachable, Refused) as problem:
            self._answer(uuid, "problem", text=self.explain(problem))
            return
        except Exception:
            log.exception("%s: %s failed", type(self).__name__, name)
            self._answer(uuid, "problem", text=self.speech(PROBLEMS["broken"]))
            return
        await self._finish(uuid, outcome)

    async def _finish(self, uuid: UUID, outcome: Any) -> None:
        match outcome:
            case Change():
                change = replace(outcome, uuid=uuid)
                await self._keep(uuid, lambda _uuid: self.desk.send(change), change.place, change.what)
            case Sending():
                await self._keep(uuid, lambda _uuid: outcome.write(), give_up=outcome.give_up)
            case File():
                self.send({"kind": "file", "id": str(uuid), "name": outcome.name}, [outcome.content])
                self.show()
            case _:
                self.show()
                self._answer(uuid, "done")

    async def _keep(
        self,
        uuid: UUID,
        write: Callable[[UUID], str],
        place: dict[str, Any] | None = None,
        what: str = "",
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        """Try until the portal has it, refuses it or fails over it again and again; only then the page says so."""
        try:
            async with self._turn:
                at = await self._insist(uuid, write)
        except Failed:
            give_up()
            self.show()
            told = self.speech(PROBLEMS["set_aside"], what=what or self.speech(self.title))
            self._answer(uuid, "problem", text=told, aside=True)
            return
        except Refused as refusal:
            self.opened()
            self.show()
            field = refusal.body.get("field", "")
            self._answer(uuid, "problem", field=field, text=self.explain(refusal))
            return
        self._news = None
        self.place |= place or {}
        self.opened()
        self.show()
        self._answer(uuid, "saved", text=self.speech.clock(at))

    async def _insist(self, uuid: UUID, write: Callable[[UUID], str]) -> str:
        pauses = iter(PAUSES)
        failures = 0
        while True:
            try:
                return await asyncio.to_thread(write, uuid)
            except Unreachable as problem:
                failures += isinstance(problem, Failed)
                if failures == FAILURES:
                    raise
                self._answer(uuid, "late")
                await asyncio.sleep(next(pauses, PAUSES[-1]))

    def _answer(self, uuid: UUID, kind: str, *, field: str = "", text: str = "", **marks: bool) -> None:
        self.send({"kind": kind, "id": str(uuid), "field": field, "text": text, **marks})

    def _check_seen(self, name: str, values: dict[str, Any]) -> None:
        """Overtaken when a cell of a table is not any more as it was when somebody began to type in it."""
        if "was" not in values:
            return
        cell = find_cell(self.body, name, values["key"], values["field"])
        if cell is None or cell["value"] in (values["was"], values["value"]):
            return
        shown, typed = (cell["names"].get(each, each) for each in (cell["value"], values["value"]))
        raise Overtaken(self.speech(PROBLEMS["overtaken"], now=shown or "–", typed=typed or "–"))

    async def _hear_for_ever(self) -> None:
        while True:
            await asyncio.sleep(HEARING)
            with contextlib.suppress(Unreachable, Refused):
                await self.hear()

    async def hear(self) -> None:
        """Look for what others have changed; an app that keeps things elsewhere looks there, too."""
        before = self.desk.at, self.desk.undo
        news = await asyncio.to_thread(self.desk.hear)
        if news:
            self._news = news[-1]
        if news or before != (self.desk.at, self.desk.undo):
            self.opened()
            self.show()
