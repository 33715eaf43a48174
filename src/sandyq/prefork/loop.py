"""One thread, many sockets: what the fork server's root waits on."""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections.abc import Callable, Sequence

from sandyq.prefork import wire

log = logging.getLogger("fork server")
PATIENCE = 0.5
"""Seconds after which a turn ends even when nothing happened."""


class Loop:
    """Calls what was registered for a descriptor when it can be read, and jobs when their time has come."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._jobs: list[tuple[float, Callable[[], object]]] = []

    def watch(
        self, thing: socket.socket | int, read: Callable[[], None], outbox: wire.Outbox | None = None
    ) -> None:
        """Call ``read`` whenever there is something to read; ``outbox``: whose messages wait for this socket."""
        self._selector.register(thing, selectors.EVENT_READ, (read, outbox))

    def forget(self, thing: socket.socket | int) -> None:
        self._selector.unregister(thing)

    def watches(self, descriptor: int) -> bool:
        return descriptor in self._selector.get_map()

    def post(self, outbox: wire.Outbox, message: wire.Message, files: Sequence[int] = ()) -> None:
        """Send now, and what the socket does not take when it takes more; ValueError for too large a message."""
        outbox.post(message, files)
        if outbox and self.watches(outbox.socket.fileno()):
            key = self._selector.get_key(outbox.socket)
            self._selector.modify(outbox.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, key.data)

    def after(self, seconds: float, job: Callable[[], object]) -> None:
        self._jobs.append((time.monotonic() + seconds, job))

    def turn(self) -> None:
        """Do what there is to do, waiting for it a moment."""
        due = min((at - time.monotonic() for at, _ in self._jobs), default=PATIENCE)
        for key, events in self._selector.select(max(0.0, min(due, PATIENCE))):
            read, outbox = key.data
            if events & selectors.EVENT_WRITE:
                self._flush(key, outbox)
            if events & selectors.EVENT_READ and self._still_watches(key):
                self._call(read)
        now = time.monotonic()
        ready = [job for at, job in self._jobs if at <= now]
        self._jobs = [(at, job) for at, job in self._jobs if at > now]
        for job in ready:
            self._call(job)

    def _call(self, job: Callable[[], object]) -> None:
        """Whatever goes wrong with one of many is no reason to end for all of them."""
        try:
            job()
        except Exception:
            log.exception("The fork server goes on after this:")

    def _still_watches(self, key: selectors.SelectorKey) -> bool:
        """False when it was forgotten earlier in this turn, even if its number is already somebody else's."""
        now = self._selector.get_map().get(key.fd)
        return now is not None and now.data is key.data

    def _flush(self, key: selectors.SelectorKey, outbox: wire.Outbox) -> None:
        outbox.flush()
        if not outbox:
            self._selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
