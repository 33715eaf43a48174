"""Kernels of rooms: each has one owner, each person has at most two, all together at most a cap."""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Bool, Integer, Unicode

from sandyq.prefork.hearing import Client
from sandyq.prefork.trees import remove_tree
from sandyq.prefork.wishes import Launch
from sandyq_hub.forks import LESSON_LIMITS
from sandyq_hub.rooms.link import Link, RoomLeft

SETTLING = timedelta(seconds=90)
"""A kernel younger or more lately active than this is not closed to make room."""
_tasks: set[asyncio.Task[None]] = set()
"""What goes on while nobody waits for it; the loop itself holds tasks only weakly."""


def go_on(work: Coroutine[Any, Any, None]) -> None:
    """Do something that nobody waits for."""
    task = asyncio.create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


class RoomsFull(Exception):
    """No place is left, and nobody has gone away."""


class RoomKernels(AsyncMappingKernelManager):
    """Jupyter's kernel manager, knowing whose each kernel is."""

    cap = Integer(60, config=True, help="Kernels in all.")
    cap_per_person = Integer(2, config=True, help="Kernels of one person; a further one closes their oldest.")
    homes = Unicode(help="Folder in which each kernel gets a home of its own.")
    isolated = Bool(help="The fork server makes the homes, each for a uid of its own.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.owners: dict[str, str] = {}
        """Kernel id → login, oldest first; a reserved place counts."""
        self.links: dict[str, Link] = {}
        """Kernel id → the link to its page, for pages of our own front end."""

    def belongs_to(self, kernel_id: str, login: str) -> bool:
        return self.owners.get(kernel_id) == login

    async def reserve(self, login: str) -> str:
        """Take a place for a person and return its kernel id; raise RoomsFull when there is none."""
        theirs = [kernel_id for kernel_id, owner in self.owners.items() if owner == login]
        for kernel_id in theirs[: max(0, len(theirs) - self.cap_per_person + 1)]:
            await self.close_room(kernel_id)
        if len(self.owners) >= self.cap and not await self._close_abandoned():
            raise RoomsFull
        if len(self) >= 2 * self.cap:  # with those that were left and wait for their answers to be kept
            raise RoomsFull
        kernel_id = str(uuid4())
        self.owners[kernel_id] = login
        return kernel_id

    async def start_room(
        self, kernel_id: str, folder: Path, environment: dict[str, str], template: str
    ) -> Any:
        """Start the kernel of a reserved place in ``folder``, forked from ``template``; return its manager."""
        await self.start_kernel(
            kernel_id=kernel_id,
            kernel_name="python3",
            cwd=str(folder),
            env=dict(environment),
            fork=self._describe(kernel_id, template),
        )
        if kernel_id not in self.owners:
            await self.shutdown_kernel(kernel_id, now=True)
            raise RoomLeft
        manager = self.get_kernel(kernel_id)
        manager.client_factory = Client
        return manager

    def _describe(self, kernel_id: str, template: str) -> Launch:
        launch = Launch(template, [], {}, "", limits=LESSON_LIMITS)
        if not self.isolated:
            return launch
        return replace(launch, home=str(Path(self.homes) / kernel_id), scratch=True, sockets=kernel_id)

    def make_home(self, kernel_id: str) -> Path:
        home = Path(self.homes) / kernel_id
        if not self.isolated:
            home.mkdir(mode=0o700)
        return home

    async def close_room(self, kernel_id: str) -> None:
        """Give a place back and end its kernel, if one was started."""
        if kernel_id not in self.owners:  # somebody else is at it
            return
        self._forget(kernel_id)
        if kernel_id in self:
            await self.shutdown_kernel(kernel_id, now=True)

    async def leave_room(self, kernel_id: str) -> None:
        """The page was left: its place is free when its kernel has heard all; that ends when its answers are kept."""
        link = self.links.get(kernel_id)
        if link:
            await link.settle()
        if link is None or kernel_id not in self or not link.is_open:
            await self.close_room(kernel_id)
        elif self.owners.pop(kernel_id, None):
            await link.drain()
            self._forget(kernel_id)
            if kernel_id in self:
                await self.shutdown_kernel(kernel_id, now=True)

    def _end_room(self, kernel_id: str) -> None:
        """A visit cannot go on. (Jupyter itself hears of kernels that die, within three seconds, and removes them.)"""
        go_on(self.close_room(kernel_id))

    def make_link(
        self, kernel_id: str, modules: frozenset[str] | None = None, *, reads_only: bool = False
    ) -> Link:
        link = Link(kernel_id, partial(self._end_room, kernel_id), modules, reads_only=reads_only)
        self.links[kernel_id] = link
        return link

    def is_joined(self, kernel_id: str) -> bool:
        """A page is connected. Jupyter's own count knows nothing of one that came before its kernel, as ours may."""
        link = self.links.get(kernel_id)
        return link.is_joined if link else bool(self._kernel_connections.get(kernel_id))

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """A kernel whose page is open stays."""
        if not self.is_joined(kernel_id):
            await super().cull_kernel_if_idle(kernel_id)

    def start_watching_activity(self, kernel_id: str) -> None:
        """A link notes activity itself; only kernels without one need somebody to listen."""
        if kernel_id not in self.links:
            super().start_watching_activity(kernel_id)

    def remove_kernel(self, kernel_id: str) -> Any:
        self._forget(kernel_id)
        return super().remove_kernel(kernel_id)

    def _forget(self, kernel_id: str) -> None:
        """Free the place, hang up on the page (it then says so to its reader), remove the home."""
        self.owners.pop(kernel_id, None)
        if link := self.links.pop(kernel_id, None):
            link.close()
        for connection in list(ZMQChannelsWebsocketConnection._open_sockets):
            if connection.kernel_id == kernel_id:
                connection.websocket_handler.close()
        if not self.isolated:  # else the fork server's to remove
            remove_tree(Path(self.homes) / kernel_id)

    async def _close_abandoned(self) -> bool:
        """Close the kernel that nobody has been connected to for the longest time; False when there is none."""
        before = datetime.now(UTC) - SETTLING
        idle = [
            (kernel.last_activity, kernel_id)
            for kernel_id, kernel in self._kernels.items()
            if not self.is_joined(kernel_id)
            and kernel_id in self.owners
            and getattr(kernel, "last_activity", None)
            and kernel.last_activity < before
        ]
        if not idle:
            return False
        await self.close_room(min(idle)[1])
        return True
