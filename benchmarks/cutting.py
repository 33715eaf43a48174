"""A network that can be cut, held up and slowed down: a TCP proxy between a browser and a demo."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from rehearsal import Demo, wait_for

T = TypeVar("T")
PIECE = 16 * 1024


@dataclass
class Network:
    """Call its methods from any thread; they return when it is so."""

    target: int
    """The demo's port."""
    port: int = 0
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    connections: set[asyncio.StreamWriter] = field(default_factory=set)
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    """Something is passed on."""
    opens_sockets: asyncio.Event = field(default_factory=asyncio.Event)
    """WebSockets are passed on, too."""
    is_cut: bool = False
    speed: float = float("inf")
    """Bytes a second, for each connection and direction."""
    broken: int = 0
    """Connections that were broken while they were open."""

    def cut(self) -> None:
        """Break all connections; refuse new ones."""
        self._call(partial(self._set, is_cut=True, flows=False))

    def stall(self) -> None:
        """From now on connections, open and new ones, take what they are given and pass nothing on."""
        self._call(partial(self._set, is_cut=False, flows=False))

    def hold_sockets(self) -> None:
        """Keep new WebSockets waiting; all else passes."""
        self._call(self.opens_sockets.clear)

    def slow(self, speed: float) -> None:
        """Pass so many bytes a second."""
        self.speed = speed

    def mend(self, *, keeps: bool = False) -> None:
        """All is well again; ``keeps``: for stalled connections, too, which are broken otherwise."""
        if not keeps:
            self._call(self._break)
        self.speed = float("inf")
        self._call(partial(self._set, is_cut=False, flows=True))
        self._call(self.opens_sockets.set)

    def _call(self, do: Callable[[], T]) -> T:
        async def run() -> T:
            return do()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def _set(self, *, is_cut: bool, flows: bool) -> None:
        self.is_cut = is_cut
        if flows:
            self.flows.set()
        else:
            self.flows.clear()
        if is_cut:
            self._break()

    def _break(self) -> None:
        self.broken += len(self.connections) // 2
        for writer in list(self.connections):
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, other_writer}
        self.connections |= ends
        try:
            await asyncio.gather(self._pass(reader, other_writer), self._pass(other_reader, writer))
        except OSError:
            pass
        finally:
            self.connections -= ends
            for end in ends:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            if b"\r\nUpgrade: websocket\r\n" in piece:
                await self.opens_sockets.wait()
            await asyncio.sleep(len(piece) / self.speed)
            await self.flows.wait()
            writer.write(piece)
            await writer.drain()
        await self.flows.wait()
        writer.close()

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._connect, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.flows.set()
        self.opens_sockets.set()
        self.loop.run_forever()
        self._break()
        server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()


@contextmanager
def between(demo: Demo) -> Iterator[tuple[Demo, Network]]:
    """The demo as it is reached through a network of its own, and that network."""
    network = Network(demo.port)
    thread = threading.Thread(target=network.run, daemon=True)
    thread.start()
    wait_for(lambda: network.port, "the network")
    try:
        yield replace(demo, port=network.port), network
    finally:
        network.loop.call_soon_threadsafe(network.loop.stop)
        thread.join(10)
