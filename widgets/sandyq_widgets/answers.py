"""The way of answers to the portal and back. Nothing is read, opened or started before first use.

A kernel may be forked from a template, so this module holds no connection, thread or event-loop object.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sandyq_widgets.portal import Answer, KeptAnswer, PersonPortal, Portal, PortalError, Press, Record

T = TypeVar("T")
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between tries to reach the portal; each pause is twice the one before."""

Follow = Callable[[str], None]
"""Told ``saving``, ``saved``, ``retrying``, ``refused`` or ``preview``."""
Hear = Callable[[dict[str, Any]], None]
"""Told what the portal replied, just after ``saved``."""


class Restorable(Protocol):
    """What the register needs of a question."""

    def restore(self, kept: KeptAnswer) -> None: ...
    def refresh_labels(self) -> None: ...
    def review(self) -> None: ...

    tries: int
    resume: bool


_questions: dict[str, Restorable] = {}
_keeper: Keeper | None = None


def register(question: Restorable) -> None:
    """Remember a question of this notebook, so that :func:`restore` finds it."""
    _questions[question.spec.id] = question  # type: ignore[attr-defined] # a trait-less attribute of Question


class Keeper:
    """Posts answers until the portal has them, those of one question in order, each exactly once."""

    def __init__(
        self, portal: Portal, first_pause: float = FIRST_PAUSE, longest_pause: float = LONGEST_PAUSE
    ) -> None:
        self.portal = portal
        self.first_pause, self.longest_pause = first_pause, longest_pause
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def keep(self, answer: Answer | Press, follow: Follow, hear: Hear) -> asyncio.Task[None]:
        """Start to keep an answer; the task ends when it is kept or refused for good."""
        follow("saving")
        before = self._tasks.get(answer.question)
        task = asyncio.get_running_loop().create_task(self._keep(answer, follow, hear, before))
        self._tasks[answer.question] = task
        return task

    async def _keep(
        self, answer: Answer | Press, follow: Follow, hear: Hear, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await before
        pause = self.first_pause
        while True:
            try:
                reply = await asyncio.to_thread(self.portal.post, answer)
            except PortalError as error:
                if error.final:
                    follow("refused")
                    return
                follow("retrying")
            else:
                follow("saved")
                hear(reply)
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, self.longest_pause)

    async def fetch(self, pause: float) -> Record:
        """Return what is kept of the visitor, however long the portal is away; nothing when it refuses."""
        while True:
            await asyncio.sleep(pause)
            try:
                return await asyncio.to_thread(self.portal.fetch)
            except PortalError as error:
                if error.final:
                    return Record({}, is_review=False)
            pause = min(2 * pause, self.longest_pause)


def _find_keeper() -> Keeper | None:
    """Return this process's keeper; None where there is no portal (a preview, a build)."""
    global _keeper  # noqa: PLW0603 # one visitor, one kernel, one keeper
    address, token = os.environ.get("SANDYQ_API_URL"), os.environ.get("SANDYQ_VISIT_TOKEN")
    if _keeper is None and address and token:
        _keeper = Keeper(Portal(address, token))
    return _keeper


def join(lesson: str) -> Keeper:
    """In somebody's own notebook: begin to work on a lesson, once.

    Raises :class:`PortalError` when the portal is away, or does not know the lesson or the person.
    """
    global _keeper  # noqa: PLW0603 # a poll asks for the spread in the lesson that was joined last
    if lesson not in _joined:
        portal = PersonPortal.find()
        if portal is None:
            raise PortalError("This kernel belongs to no server of the school's.", final=True)
        _keeper = _joined[lesson] = Keeper(portal.open_visit(lesson))
    return _joined[lesson]


_joined: dict[str, Keeper] = {}
"""By lesson."""


def keep(answer: Answer, follow: Follow, hear: Hear) -> None:
    """Keep one answer of the visitor; returns at once and tells ``follow`` how it goes."""
    keeper = _find_keeper()
    if keeper is None:
        follow("preview")
        return
    keeper.keep(answer, follow, hear)


def ask_spread(question: str, options: int, tell: Callable[[list[int]], None]) -> None:
    """Tell how the visitor's class has answered a poll, once the portal says so; nothing when it is away."""
    _ask(lambda portal: portal.fetch_spread(question, options), tell)


def ask_decisions(question: str, tell: Callable[[dict[str, dict[str, int]]], None]) -> None:
    """Tell what others have decided, by field; nothing while the portal is away or too few have."""
    _ask(lambda portal: portal.fetch_decisions(question), tell)


def _ask(fetch: Callable[[Portal], T], tell: Callable[[T], None]) -> None:
    keeper = _find_keeper()
    if keeper is None:
        return

    async def ask() -> None:
        try:
            tell(await asyncio.to_thread(fetch, keeper.portal))
        except PortalError:
            return  # it is asked again with the next answer and the next visit

    _background.add(task := asyncio.get_running_loop().create_task(ask()))
    task.add_done_callback(_background.discard)


_background: set[asyncio.Task[None]] = set()
"""The loop itself holds tasks only weakly."""


def restore() -> None:
    """Bring the visitor's language and kept answers to the questions of this notebook.

    If the portal is away, the answers come as soon as it is back.
    """
    for question in _questions.values():
        question.refresh_labels()
    keeper = _find_keeper()
    if keeper is None or not _questions:
        return
    try:
        _set(keeper.portal.fetch())
    except PortalError as error:
        if not error.final:
            _restore_later(keeper)


def _restore_later(keeper: Keeper) -> None:
    _background.add(task := asyncio.get_running_loop().create_task(_restore_when_back(keeper)))
    task.add_done_callback(_background.discard)


async def _restore_when_back(keeper: Keeper) -> None:
    _set(await keeper.fetch(keeper.first_pause))


def _set(record: Record) -> None:
    for name, answer in record.answers.items():
        if name in _questions:
            _questions[name].restore(answer)
    if record.is_review:
        for question in _questions.values():
            question.review()
        return
    ahead = [question for question in _questions.values() if not question.tries]
    if ahead and len(ahead) < len(_questions):
        ahead[0].resume = True
