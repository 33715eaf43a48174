"""Lessons and apps executed once: their template kernels and their rendered pages, kept while they are used."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from tornado.log import app_log

from sandyq.prefork.client import Died, GrownTemplate, LaunchFailed, find_server, ride_out
from sandyq.prefork.wishes import Grow
from sandyq_hub.forks import KERNEL, NOTEBOOK, TEMPLATE_LIMITS

MEMORY_CAP = 800 * 2**20
"""Bytes that all templates together may have for themselves; the least recently used go first."""
IDLE = 45 * 60.0
"""Seconds without a visitor, about a lesson, after which a template goes."""
REMEMBERED = 60.0
"""Seconds for which a notebook that failed is not tried again: what it lacked may be there then."""
ENDED = "The whole program ended at this cell."
STILLBORN = (
    "For each reader the program ends as it starts. "
    "A cell may have replaced what Python needs, such as os.urandom."
)
MOST_STILLBORN = 2
"""Kernels in a row that end before they can be spoken to: for one, Linux or a full disk may be to blame."""
_numbers = count(1)


@dataclass(frozen=True)
class Key:
    """What makes two visits share a template."""

    path: Path
    language: str
    for_teachers: bool
    author: int = 0
    """The uid as which the notebook is executed; 0: that of all authors."""


class RoomBroken(Exception):
    """A notebook fails when it is executed; ``report`` has ``cell``, ``source`` and ``error``."""

    def __init__(self, path: Path, report: dict[str, Any]) -> None:
        super().__init__(f"{path}: cell {report.get('cell')}: {report.get('error')}")
        self.report = report


@dataclass
class Template:
    """An executed notebook: its process and its pages."""

    grown: GrownTemplate
    notebook: nbformat.NotebookNode
    """With the outputs of all cells but the per-visitor ones."""
    version: tuple[int, int]
    used: float
    """When somebody last asked for it, or it was made for them."""
    pages: dict[str, list[str]] = field(default_factory=dict)
    """What was rendered, by the front end that it is for, cut where the kernel's id belongs."""
    visitors: int = 0
    """Whose kernels are on their way."""
    is_dropped: bool = False
    stillborn: int = 0
    """Kernels, since the last that lived, that ended before they could be spoken to."""

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep the process, also when it is dropped meanwhile, until a visitor's kernel was forked from it."""
        self.visitors += 1
        try:
            yield
        finally:
            self.visitors -= 1
            if self.is_dropped:
                self.drop()

    def drop(self) -> None:
        self.is_dropped = True
        if not self.visitors:
            self.grown.close()


@dataclass
class _Failure:
    version: tuple[int, int]
    error: Exception | None
    """None: this notebook can never be a template."""
    at: float

    def tell(self) -> None:
        if self.error:
            raise self.error


class Templates:
    """Makes templates when they are first asked for, remakes them when their file changes."""

    def __init__(
        self,
        environment: Callable[[Key], dict[str, str]],
        memory_cap: int = MEMORY_CAP,
        clock: Callable[[], float] = time.monotonic,
        patience: int = 0,
    ) -> None:
        """``patience``: seconds for which a fork server that is away is waited for."""
        self.memory_cap = memory_cap
        self.patience = patience
        self._environment = environment
        self._clock = clock
        self._kept: dict[Key, Template] = {}
        self._failed: dict[Key, _Failure] = {}
        self._making: dict[tuple[Key, tuple[int, int]], asyncio.Task[Template | None]] = {}

    async def get(self, key: Key) -> Template | None:
        """Return a template; None when this notebook has to be executed for each visitor anew.

        Whoever is to fork a kernel from it holds it at once: others who come may have it dropped.

        Raises RoomBroken when the notebook fails; Refused, or ServerAway, when a template cannot be had just now.
        """
        template = self._kept.get(key)
        version = read_version(key.path)
        if template is None or template.version != version or not template.grown.lives:
            template = await self._join(key, version)
        while template and template.is_dropped:  # for one that came between its making and us
            template = await self._join(key, version)
        if template:
            template.used = self._clock()
            self._trim(key)
        return template

    async def _join(self, key: Key, version: tuple[int, int]) -> Template | None:
        """All who ask while a template is made wait for the same one, and hear the same when there is none."""
        making = self._making.get((key, version))
        if making is None:
            making = self._making[key, version] = asyncio.create_task(self._make(key, version))
            making.add_done_callback(lambda _: self._making.pop((key, version)))
        return await asyncio.shield(making)

    async def _make(self, key: Key, version: tuple[int, int]) -> Template | None:
        failure = self._failed.get(key)
        if failure and failure.version == version and self._clock() - failure.at < REMEMBERED:
            failure.tell()
            return None
        text = key.path.read_text("utf-8")
        try:
            grown = await self._grow(key, text)
        except LaunchFailed as problem:
            self._remember_failure(key, version, problem).tell()
            return None
        notebook = nbformat.reads(grown.report["notebook"], as_version=4)
        template = Template(grown, notebook, version, used=self._clock())
        self._drop(key)
        self._kept[key] = template
        return template

    async def _grow(self, key: Key, text: str) -> GrownTemplate:
        """One that died is begun once more, for Linux may have ended it; when that dies, too, its cell is to blame."""

        async def grow() -> GrownTemplate:
            return await GrownTemplate.grow(find_server(), self._describe(key), text)

        try:
            return await ride_out(grow, self.patience)
        except Died as problem:
            app_log.warning("%s is begun once more: %s", key.path, problem)
        try:
            return await ride_out(grow, self.patience)
        except Died as problem:
            raise LaunchFailed(problem.report | {"error": ENDED}) from None

    @contextmanager
    def forking(self, key: Key, template: Template) -> Iterator[None]:
        """While a visitor's kernel is forked: when the second in a row does not come up, its notebook is to blame.

        RoomBroken then, for whoever asks next, too; else what there was.
        """
        try:
            yield
        except LaunchFailed:
            template.stillborn += 1
            if template.stillborn < MOST_STILLBORN:
                raise
            if self._kept.get(key) is template:
                self._drop(key)
            report = {"cell": "–", "source": "", "error": STILLBORN}
            self._remember_failure(key, template.version, LaunchFailed(report)).tell()
        template.stillborn = 0

    def _describe(self, key: Key) -> Grow:
        options = {
            "folder": str(key.path.parent),
            "without": "" if key.for_teachers else "teachers",
            "environment": json.dumps(self._environment(key)),
        }
        name = f"{key.path.stem}-{os.getpid()}-{next(_numbers)}"
        return Grow(name, KERNEL, NOTEBOOK, options, key.author, TEMPLATE_LIMITS, attached="notebook")

    def _remember_failure(self, key: Key, version: tuple[int, int], problem: LaunchFailed) -> _Failure:
        report = problem.report if isinstance(problem.report, dict) else {}
        error: Exception | None = RoomBroken(key.path, report) if "cell" in report else problem
        if "threads" in report:
            app_log.warning(
                "%s cannot be a template: %s. It is executed for each visitor anew.", key.path, report
            )
            error = None
        else:
            app_log.error("%s: %s", key.path.name, error)
        self._failed[key] = failure = _Failure(version, error, self._clock())
        return failure

    def _drop(self, key: Key) -> None:
        if template := self._kept.pop(key, None):
            template.drop()

    def _trim(self, newest: Key) -> None:
        """Let go what was not used for long, then what was used least lately, until the rest fits."""
        self.drop_idle()
        by_use = sorted(self._kept, key=lambda key: self._kept[key].used)
        for key in by_use:
            if self.memory <= self.memory_cap or key == newest:
                return
            self._drop(key)

    def __len__(self) -> int:
        return len(self._kept)

    def drop_idle(self) -> None:
        for key in [k for k, template in self._kept.items() if self._clock() - template.used > IDLE]:
            self._drop(key)

    @property
    def memory(self) -> int:
        """Bytes that the templates have for themselves."""
        return sum(template.grown.memory for template in self._kept.values())

    def close(self) -> None:
        for key in list(self._kept):
            self._drop(key)


def read_version(path: Path) -> tuple[int, int]:
    """What changes whenever a file is written: its time in nanoseconds and its size."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
