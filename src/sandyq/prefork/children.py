"""The root's side of children: from the wish to the word how each ended."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

from sandyq.prefork import wire
from sandyq.prefork.loop import Loop
from sandyq.prefork.places import Place, Places
from sandyq.prefork.processes import read_birth
from sandyq.prefork.records import Child, Client, Grant, Template
from sandyq.prefork.wishes import Adopt, BadWish, Launch, write_wish


class Children:
    """All children of one fork server."""

    def __init__(self, loop: Loop, places: Places, welcome: Callable[[socket.socket, Grant], None]) -> None:
        self.loop = loop
        self.places = places
        self._welcome = welcome
        self.living: dict[int, Child] = {}
        self.launched = 0
        self._numbers = count(1)
        self._sweepers: set[int] = set()

    # The beginning

    def launch(self, client: Client, wish: Launch, files: list[int], template: Template) -> None:
        """Make the child's folders and pass the wish on; BadWish when it may not be."""
        if len(files) != len(wish.files) or not set(wish.files) <= {"log", "ready", "listener"}:
            raise BadWish(f"Launch.files names {wish.files}, and {len(files)} descriptors came along.")
        if client.grant:
            wish = _restrict(wish, client.grant)
        wish, place = self.places.prepare(wish, wire.read_peer(client.outbox.socket).gid)
        child = Child(next(self._numbers), wish, place, client, template, client.grant)
        client.child, client.tied = child, wish.tied
        self.living[child.number] = child
        if client.grant:
            client.grant.alive[wish.template] = client.grant.alive.get(wish.template, 0) + 1
        own = self._open_own_files(wish, place)
        try:
            message = write_wish(wish) | {"id": child.number, "files": [*wish.files, *own]}
            self.loop.post(template.outbox, message, [*files, *own.values()])
        finally:
            wire.close_files(own.values())

    def _open_own_files(self, wish: Launch, place: Place) -> dict[str, int]:
        """What a child is given by us, by name: its way into its control group, its own line to us."""
        files = {}
        if place.cgroup:  # opened with our rights, for the child's will not do
            files["cgroup"] = os.open(f"{place.cgroup}/cgroup.procs", os.O_WRONLY)
        if wish.grants:
            files["grant"] = self._offer(Grant(wish.uid, wish.limits, wish.grants))
        return files

    def _offer(self, grant: Grant) -> int:
        """Listen on a child's own line, whose other end is returned: each packet brings a new connection."""
        ours, theirs = wire.make_pair()

        def hear() -> None:
            try:
                message, files = wire.receive(ours)
            except (ValueError, OSError):
                message, files = None, []
            if message is None:
                self.loop.forget(ours)
                ours.close()
            for file in files:
                self._welcome(socket.socket(fileno=file), grant)

        self.loop.watch(ours, hear)
        return theirs.detach()

    def greet(self, message: wire.Message, watch: int) -> None:
        """A nursery has forked a child; ``watch`` is the descriptor that tells of its end."""
        child = self.living.get(message["forked"])
        if child is None:  # a template, which speaks for itself
            os.close(watch)
            return
        self.launched += 1
        child.pid, child.started, child.watch = message["pid"], message["started"], watch
        self.loop.watch(watch, lambda: self._notice(child))
        if child.client:
            self.loop.post(child.client.outbox, {"pid": child.pid, "started": child.started})

    def adopt(self, client: Client, wish: Adopt) -> None:
        """Give a client the child that it had before it, or this server, was started anew."""
        same = (c for c in self.living.values() if (c.pid, c.started) == (wish.pid, wish.started))
        child = next(same, None) or self._find(wish)
        if child is None:
            self.loop.post(client.outbox, {"gone": True})
            return
        if child.client:
            child.client.child = None
        child.client, client.child, client.tied = client, child, wish.tied
        self.loop.post(client.outbox, {"pid": child.pid, "started": child.started})

    def _find(self, wish: Adopt) -> Child | None:
        """Take hold of a process of ours that an earlier server started; None when it is gone."""
        try:
            watch = os.pidfd_open(wish.pid)  # first hold it, then look: what is held cannot be exchanged
        except (OSError, OverflowError):
            return None
        try:
            owner = Path(f"/proc/{wish.pid}").stat().st_uid
            ours = read_birth(wish.pid) == wish.started and self.places.may_be(owner, wish.pid)
        except (OSError, ValueError):
            ours = False
        if not ours:
            os.close(watch)
            return None
        place, number = Place(), next(self._numbers)
        child = Child(number, None, place, None, None, None, wish.pid, wish.started, watch)
        self.living[number] = child
        self.loop.watch(watch, lambda: self._notice(child))
        return child

    # Signals

    def signal(self, child: Child, number: int, group: bool) -> None:
        """Signal a child by way of its parent, which alone knows that the number is still its own."""
        if child.template:
            message = {"id": child.number, "signal": number, "group": group}
            self.loop.post(child.template.outbox, message)
            return
        try:
            if group and _is_our_child(child.watch):
                os.killpg(child.pid, number)
            else:
                signal.pidfd_send_signal(child.watch, number)
        except OSError:  # it has just ended
            pass

    # The end

    def _notice(self, child: Child) -> None:
        """The child has ended. Its parent tells how, if that still lives; else we ask ourselves."""
        self.loop.forget(child.watch)
        if child.template is None:
            try:
                _, status = os.waitpid(child.pid, os.WNOHANG)
                self._finish(child, os.waitstatus_to_exitcode(status))
            except ChildProcessError:
                self._finish(child, None)

    def bury(self, number: int, code: int) -> None:
        """A nursery says how a child ended."""
        if child := self.living.get(number):
            self._finish(child, code)

    def orphan(self, template: Template) -> None:
        """A template is gone: its children live on and are ours; those it had not forked yet never will be."""
        for child in [c for c in self.living.values() if c.template is template]:
            child.template = None
            if not child.pid:
                self._refuse(child)
            elif not self.loop.watches(child.watch):  # its end was seen, and nobody will say how it was
                self._finish(child, None)

    def _refuse(self, child: Child) -> None:
        self._end(child, {"error": "The template ended before it could fork. Try again."})

    def _finish(self, child: Child, code: int | None) -> None:
        """``code``: negative for a signal, None when unknown."""
        self._end(child, {"exit": code})

    def _end(self, child: Child, word: wire.Message) -> None:
        """Clean up after a child, then tell its client."""
        self.living.pop(child.number, None)
        if child.watch >= 0:
            if self.loop.watches(child.watch):
                self.loop.forget(child.watch)
            os.close(child.watch)
        if child.grant and child.launch:
            child.grant.alive[child.launch.template] -= 1
        sweeper = self.places.start_sweeping(child.place)
        if sweeper is None:
            self._tell_end(child, word)
        else:
            self._await_sweeper(sweeper, child, word)

    def _await_sweeper(self, sweeper: int, child: Child, word: wire.Message) -> None:
        watch = os.pidfd_open(sweeper)
        self._sweepers.add(sweeper)

        def swept() -> None:
            self.loop.forget(watch)
            os.close(watch)
            os.waitpid(sweeper, 0)
            self._sweepers.discard(sweeper)
            self._tell_end(child, word)

        self.loop.watch(watch, swept)

    def _tell_end(self, child: Child, word: wire.Message) -> None:
        self.places.remove(child.place)
        if child.client:
            child.client.child = None
            self.loop.post(child.client.outbox, word)

    def reap_strangers(self) -> None:
        """Wait for what children and templates that ended have left to us; those we know have handlers."""
        known = {child.pid for child in self.living.values()} | self._sweepers
        while (pid := _peek_ended()) and pid not in known:
            os.waitpid(pid, 0)


def _restrict(wish: Launch, grant: Grant) -> Launch:
    """What a child may launch: its own uid, within its own limits, not more than it was granted."""
    if wish.home or wish.scratch or wish.sockets or wish.grants:
        raise BadWish("A child launched by a child has no home, sockets or grants of its own.")
    allowed = grant.allowed.get(wish.template, 0)
    if grant.alive.get(wish.template, 0) >= allowed:
        raise BadWish(f"No more than {allowed} of {wish.template!r} at once. Close one first.")
    return replace(wish, uid=grant.uid, limits=grant.limits)


def _peek_ended() -> int:
    """Return the pid of a child of ours that has ended and was not waited for, or 0."""
    try:
        info = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return 0
    return info.si_pid if info else 0


def _is_our_child(watch: int) -> bool:
    """True when we are its parent: then its number stays its own until we wait for it."""
    try:
        os.waitid(os.P_PIDFD, watch, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
