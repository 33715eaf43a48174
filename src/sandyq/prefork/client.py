"""What a service holds in its hands: a connection to the fork server, and through it one child or one template."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from sandyq.prefork import wire
from sandyq.prefork.processes import is_alive, send_signal
from sandyq.prefork.wishes import Adopt, Grow, Launch, Signal, Status, Wish, write_wish

log = logging.getLogger("fork server")
SOCKET = "SANDYQ_FORK_SOCKET"
"""Environment variable with the server's socket, for services and for children that may connect to it."""
PATIENCE = 60.0
"""Seconds that a cell of a notebook may take, and twice as many the start of a child."""
RESTART_TIME = 30
"""Seconds within which a server that died is back, where somebody starts it again."""
ANSWER = 5.0
"""Seconds in which a server that works says how it is."""
T = TypeVar("T")


class ServerAway(Exception):
    """The fork server cannot be reached: use the stock way."""


class Refused(Exception):
    """The fork server answered with an error; the message says which and what to do."""


class LaunchFailed(Refused):
    """A template could not be prepared, or a child did not come up; ``report`` says why (JSON of the recipe)."""

    def __init__(self, report: Any) -> None:
        super().__init__(str(report))
        self.report = report


def find_server(environment: Mapping[str, str] = os.environ) -> str:
    """Return the address of this process's fork server; empty: none."""
    return environment.get(SOCKET, "")


def sockets_folder(address: str) -> Path:
    """Where children of the server at ``address`` listen for their clients, a folder each."""
    return Path(address).parent / "sockets"


def connect(address: str) -> socket.socket:
    """Open a connection; ServerAway when there is no server at ``address``, or one that has taken nobody in for long.

    Never waits: whoever has a loop would stop it, for as long as the server is stopped.
    """
    try:
        with ExitStack() as stack:
            connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            connection.setblocking(False)
            connection.connect(address)
            stack.pop_all()
    except OSError as problem:
        raise ServerAway(f"No fork server at {address or 'any address'}: {problem}") from None
    return connection


async def ride_out(attempt: Callable[[], Awaitable[T]], seconds: int = RESTART_TIME) -> T:
    """Do what needs the server; while that is away, try again each second, for so many of them at most."""
    ends = time.monotonic() + seconds
    while True:
        try:
            return await attempt()
        except ServerAway as problem:
            if time.monotonic() >= ends:
                raise
            log.warning("The fork server is away; it is waited for. %s", problem)
            await asyncio.sleep(1)


class Handle:
    """One connection, usable from any event loop or none; closing it ends what is tied to it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = connect(address)

    def close(self) -> None:
        self.socket.close()

    def send(self, wish: Wish, files: Sequence[int] = ()) -> None:
        try:
            wire.send(self.socket, write_wish(wish), files)
        except OSError as problem:
            raise ServerAway(f"The fork server hung up: {problem}") from None

    def send_with(self, wish: Wish, attachment: str | None) -> None:
        """Send a wish and, in a file, a text that may be too long for a message."""
        files = [] if attachment is None else [wire.write_attachment(attachment)]
        try:
            self.send(wish, files)
        finally:
            wire.close_files(files)

    def receive_now(self) -> tuple[wire.Message, list[int]] | None:
        """Return a message that has arrived, or None; ServerAway when the server hung up."""
        try:
            message, files = wire.receive(self.socket)
        except BlockingIOError:
            return None
        except OSError as problem:
            raise ServerAway(f"The fork server hung up: {problem}") from None
        if message is None:
            raise ServerAway("The fork server hung up.")
        return message, files

    async def receive(self) -> tuple[wire.Message, list[int]]:
        """Wait for a message; Refused when it is an error."""
        while (arrived := self.receive_now()) is None:
            await wait_readable(self.socket)
        if "error" in arrived[0]:
            raise Refused(arrived[0]["error"])
        return arrived


async def wait_readable(sock: socket.socket | int) -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    loop.add_reader(sock, _resolve, future)
    try:
        await future
    finally:
        loop.remove_reader(sock)


class Child:
    """A process forked for us: whether it lives, how it ended, signals to it. Survives a restart of the server."""

    def __init__(self, address: str, pid: int, started: int, tied: bool, handle: Handle | None) -> None:
        self.address, self.pid, self.started, self.tied = address, pid, started, tied
        self._handle = handle
        self._ended = False
        self._code: int | None = None
        self._on_their_way = 0
        """Signals that the server has not said to have arrived."""
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    @classmethod
    async def launch(
        cls,
        address: str,
        launch: Launch,
        log: int | None = None,
        listener: int | None = None,
        patience: float = 2 * PATIENCE,  # the stock way, on a busy machine, is slow
    ) -> Child:
        """Fork a child and wait until it can be spoken to or has ended; ServerAway or Refused when none can be had.

        A child that cannot be spoken to within ``patience`` seconds, or whose caller gives up, is killed: nobody
        else knows of it yet.
        """
        handle = Handle(address)
        waiting, ready = os.pipe()
        given = {"ready": ready, "log": log, "listener": listener}
        files = {name: file for name, file in given.items() if file is not None}
        try:
            handle.send(replace(launch, files=list(files)), list(files.values()))
            os.close(ready)
            ready = -1
            async with asyncio.timeout(patience):
                message, _ = await handle.receive()
                await wait_readable(waiting)
                child = cls(address, message["pid"], message["started"], launch.tied, handle)
                if not os.read(waiting, 1):  # it ended, or will have in a moment, without a word
                    await child.wait()
        except BaseException as problem:
            with suppress(ServerAway):
                handle.send(Signal(signal.SIGKILL, group=True))
            handle.close()
            if isinstance(problem, TimeoutError):
                await check_answers(address)
                raise LaunchFailed({"error": f"It could not be spoken to within {patience:.0f} s."}) from None
            raise
        finally:
            os.close(waiting)
            if ready >= 0:
                os.close(ready)
        return child

    @classmethod
    def recall(cls, address: str, pid: int, started: int, tied: bool = False) -> Child:
        """Take up a child by what an earlier owner wrote down of it."""
        return cls(address, pid, started, tied, None)

    def poll(self) -> int | None:
        """Return None while the child runs, then its exit code: negative for a signal, 0 when nobody knows."""
        if not self._ended:
            try:
                self._listen()
            except ServerAway:
                self._let_go()
                self._ended = not is_alive(self.pid, self.started)
        return (self._code or 0) if self._ended else None

    def _listen(self) -> None:
        handle = self._hold()
        while not self._ended and (arrived := handle.receive_now()):
            message, _ = arrived
            if "signalled" in message:
                self._on_their_way = max(0, self._on_their_way - 1)
                self._wake()
            if "exit" in message or "gone" in message:
                self._ended, self._code = True, message.get("exit")
                self._retire(handle)

    def _hold(self) -> Handle:
        """Our connection; after the server was away, a new one by which it takes the child up again."""
        if self._handle is None:
            self._handle = Handle(self.address)
            self._handle.send(Adopt(self.pid, self.started, self.tied))
        return self._handle

    async def wait(self) -> int:
        """Wait until the child has ended; return its exit code."""
        while (code := self.poll()) is None:
            if self._handle is None:  # the server is away: look again in a moment
                await asyncio.sleep(0.2)
            else:
                await self._hear_news(self._handle)
        return code

    async def _hear_news(self, handle: Handle) -> None:
        """Wait until there is news, or until somebody else, who also asks after this child, has heard it."""
        loop = asyncio.get_running_loop()
        mine = (loop, loop.create_future())
        self._waiting.append(mine)
        loop.add_reader(handle.socket, self._wake)  # the same for all who wait: a loop keeps one a socket
        try:
            await mine[1]
        finally:
            self._waiting.remove(mine)
            if loop not in (other for other, _ in self._waiting):
                loop.remove_reader(handle.socket)
            if (self._ended or handle is not self._handle) and not self._waiting:
                handle.close()

    def _retire(self, handle: Handle) -> None:
        """Close a connection; when somebody still waits on it, wake them, and the last one closes it."""
        self._wake()
        if not self._waiting:
            handle.close()

    def _wake(self) -> None:
        for loop, future in self._waiting:
            loop.call_soon_threadsafe(_resolve, future)

    def wait_blocking(self, seconds: float) -> int | None:
        """Wait without an event loop, for ``seconds`` at most."""
        if self.poll() is None and self._handle is not None:
            select.select([self._handle.socket], [], [], seconds)
        return self.poll()

    def signal(self, number: int, group: bool = False) -> None:
        """Send a signal; nothing happens when the child has ended.

        While the server is away the child alone is signalled, if it is of our uid; else PermissionError.
        """
        if self.poll() is not None:
            return
        try:
            self._hold().send(Signal(number, group))
            self._on_their_way += 1
        except ServerAway:
            self._let_go()
            send_signal(self.pid, self.started, number)

    async def signalled(self) -> None:
        """Wait until signals have arrived, as with ``os.kill``: one that is late would meet what is asked of it next.

        Not for ever: a server that is away, or stopped, says nothing.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER):
                while self.poll() is None and self._on_their_way and self._handle:
                    await self._hear_news(self._handle)

    def untie(self) -> None:
        """Have a tied child live on whoever hangs up from now on; a server that is away hears of it when it is back."""
        if not self.tied:
            return
        self.tied = False
        try:
            self._hold().send(Adopt(self.pid, self.started))
        except ServerAway:
            self._let_go()

    def detach(self) -> None:
        """Let go of the child; it lives on unless it is tied."""
        self._let_go()

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        self._on_their_way = 0
        if handle:
            self._retire(handle)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _read_report(file: int) -> dict[str, Any]:
    try:
        report = wire.read_attachment(file)
    except ValueError as problem:  # a nursery that executes a notebook may send anything
        raise Refused(str(problem)) from None
    if not isinstance(report, dict):
        raise Refused("A recipe's report must be a JSON object.")
    return report


class Died(Refused):
    """A template ended while it was prepared; ``report`` is the step at which it was, such as a cell."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__(f"It ended at {report}.")
        self.report = report


class GrownTemplate:
    """A template of our own, as long as we hold it."""

    def __init__(self, handle: Handle, name: str, report: Any, memory: int) -> None:
        self._handle, self.name, self.report, self.memory = handle, name, report, memory

    @classmethod
    async def grow(
        cls, address: str, grow: Grow, attachment: str | None = None, patience: float = PATIENCE
    ) -> GrownTemplate:
        """Prepare a template; LaunchFailed with the recipe's report when it cannot be prepared.

        ``attachment`` is the option that ``grow.attached`` names: whoever prepares it need not be allowed to read it
        anywhere. A step, such as a cell, that takes more than ``patience`` seconds ends it, whatever it does. One that
        has not begun after so long, as on a server that has only just started: ServerAway.
        """
        handle = Handle(address)
        step: dict[str, Any] = {}
        try:
            handle.send_with(grow, attachment)
            message: wire.Message = {"progress": True}
            while "progress" in message:
                message, files = await asyncio.wait_for(handle.receive(), patience)
                report = _read_report(files[0])
                step = report if "progress" in message else step
            if "failed" in message:
                raise LaunchFailed(report)
        except LaunchFailed:
            handle.close()
            raise
        except Refused:
            handle.close()
            if step:
                raise Died(step) from None
            raise
        except TimeoutError:
            handle.close()
            await check_answers(address)  # else the notebook would be blamed for what the server did not tell
            problem = f"It did not end within {patience:.0f} s."
            raise LaunchFailed({**step, "error": problem}) if step else ServerAway(problem) from None
        except BaseException:
            handle.close()
            raise
        return cls(handle, grow.name, report, message["memory"])

    def launch(self, launch: Launch) -> Launch:
        """The same launch, from this template."""
        return replace(launch, template=self.name)

    @property
    def lives(self) -> bool:
        try:
            arrived = self._handle.receive_now()
        except ServerAway:
            return False
        return arrived is None

    def close(self) -> None:
        """Let the template go; children forked from it live on."""
        self._handle.close()


async def check_answers(address: str) -> None:
    """Raise ServerAway for a server that is there and does not answer, as one that was stopped."""
    try:
        await asyncio.wait_for(ask_status(address), ANSWER)
    except TimeoutError:
        raise ServerAway(f"The fork server at {address} does not answer.") from None


async def ask_status(address: str) -> wire.Message:
    """Return what the server says of itself; ServerAway when it is."""
    handle = Handle(address)
    try:
        handle.send(Status())
        message, _ = await handle.receive()
    finally:
        handle.close()
    return message
