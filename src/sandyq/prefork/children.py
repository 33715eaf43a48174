"""The root's side of children: from the wish to the word how each ended."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from sandyq.prefork import wire
from sandyq.prefork.client import SOCKET
from sandyq.prefork.journal import Journal
from sandyq.prefork.loop import Loop
from sandyq.prefork.namespace import find_network_obstacle
from sandyq.prefork.places import Place, Places, end_all_of, open_group
from sandyq.prefork.processes import (
    has_ended,
    hold,
    is_alive,
    read_birth,
    read_held,
    read_parent,
    reap_all_but,
)
from sandyq.prefork.records import Child, Client, Grant, Template
from sandyq.prefork.wishes import Adopt, BadWish, Launch, write_wish

log = logging.getLogger("fork server")
PATIENCE = 5.0
"""Seconds that a nursery has to kill a child, or to say how one ended, before the root does without it."""


class Children:
    """All children of one fork server."""

    def __init__(self, loop: Loop, places: Places, address: str) -> None:
        self.loop = loop
        self.places = places
        self.address = address
        self.journal = Journal(Path(address).with_name("journal"))
        self.living: dict[int, Child] = {}
        self.launched = 0
        self._numbers = count(1)
        self._sweepers: set[int] = set()

    def list_living(self, nurseries: bool) -> list[Child]:
        return [child for child in self.living.values() if child.nursery == nurseries]

    def count_unborn(self) -> int:
        """Children that were asked for and will each need a descriptor."""
        return sum(child.watch < 0 for child in self.living.values())

    # The beginning

    def launch(self, client: Client, wish: Launch, files: list[int], template: Template) -> None:
        """Make the child's folders and pass the wish on; BadWish when it may not be."""
        if len(files) != len(wish.files) or not set(wish.files) <= {"log", "ready", "listener"}:
            raise BadWish(f"Launch.files names {wish.files}, and {len(files)} descriptors came along.")
        if wish.offline and (obstacle := find_network_obstacle()):
            raise BadWish(f"Launch.offline is set, and it cannot be had: {obstacle}.")
        if client.grant:
            wish = self._restrict(wish, client.grant)
        peer = wire.read_peer(client.outbox.socket)
        wish, place = self.places.prepare(wish, peer.gid, template.process.place.share)
        child = Child(next(self._numbers), wish, place, client, template, client.grant)
        client.child, client.tied = child, wish.tied
        self.living[child.number] = child
        own: dict[str, int] = {}
        try:
            child.owner = peer.pid, read_birth(peer.pid)
            self._note(child)
            if group := open_group(place):
                own["cgroup"] = group[0]
            if wish.grants:
                wish = replace(wish, env=wish.env | {SOCKET: self.address})
            message = write_wish(wish) | {"id": child.number, "files": [*wish.files, *own]}
            self.loop.post(template.outbox, message, [*files, *own.values()])
        except (ValueError, OSError):
            self._drop(child)
            raise
        finally:
            wire.close_files(own.values())

    def _drop(self, child: Child) -> None:
        """Forget a child that was not forked, without a word: the client is told why by others."""
        if child.client:
            child.client.child = None
            child.client = None
        self._end(child, {})

    def hold(self, pid: int) -> Child:
        """Note a nursery that this process forked."""
        watch = os.pidfd_open(pid)
        child = self.expect(None, Place())
        self._attach(child, pid, watch)
        return child

    def expect(self, parent: Template | None, place: Place) -> Child:
        """Note a nursery that its parent is to fork."""
        child = Child(next(self._numbers), None, place, None, parent)
        self.living[child.number] = child
        self._note(child)
        return child

    def _note(self, child: Child) -> None:
        with suppress(OSError):  # a full disk keeps nobody from working
            self.journal.note(child)

    def _restrict(self, wish: Launch, grant: Grant) -> Launch:
        """What a child may launch: its own uid, within its own limits, not more than it was granted."""
        if wish.home or wish.scratch or wish.sockets or wish.grants:
            raise BadWish("A child launched by a child has no home, sockets or grants of its own.")
        theirs = [c for c in self.living.values() if c.grant is grant and c.launch]
        allowed = grant.allowed.get(wish.template, 0)
        if sum(c.launch.template == wish.template for c in theirs if c.launch) >= allowed:
            raise BadWish(f"No more than {allowed} of {wish.template!r} at once. Close one first.")
        return replace(wish, uid=grant.uid, limits=grant.limits)

    def find_grant(self, peer: wire.Peer) -> Grant | None:
        """What the process at the other end of a connection may launch, if it is a child that may.

        One that we have not been told of yet is known by its uid, where people are isolated.
        """
        uid = peer.uid if self.places.uids else 0
        for child in self.living.values():
            known = child.pid == peer.pid or (uid and child.watch < 0)
            if child.offers and child.offers.uid == uid and known:
                return child.offers
        return None

    def greet(self, template: Template, number: int, watch: int) -> None:
        """A nursery has forked a child and brings what tells of its end; ValueError when that is a lie."""
        child = self._know(template, number)
        if child.watch >= 0:
            raise ValueError(f"It says twice that it has forked number {number}.")
        self._attach(child, self._identify(template, child, watch), os.dup(watch))
        if not child.nursery:
            self.launched += 1
        if child.client:
            self.loop.post(child.client.outbox, {"pid": child.pid, "started": child.started})

    def give_up(self, template: Template, number: int, why: str) -> None:
        """A nursery could not fork a child; ValueError when that is a lie."""
        child = self._know(template, number)
        if child.watch >= 0:
            raise ValueError(f"It says that number {number} was never forked, which was.")
        self._end(child, {"error": f"The child could not be forked: {why[:200]}"})

    def _know(self, template: Template, number: int) -> Child:
        child = self.living.get(number)
        if child is None or child.template is not template:
            raise ValueError(f"It speaks of number {number}, which is not its child.")
        return child

    def _identify(self, template: Template, child: Child, watch: int) -> int:
        """Ask Linux whose process this is, not the nursery, which may be another's by now; 0 for one that is gone.

        Its parent is the nursery, or we when the nursery has ended meanwhile; and it has the nursery's uid or already
        its own. First it is looked at, then we see that it was still held: a number cannot be exchanged in between.
        """
        pid, parent, owner = read_held(watch), 0, -1
        with suppress(OSError):
            parent, owner = read_parent(pid), Path(f"/proc/{pid}").stat().st_uid
        if read_held(watch) < 0:
            return 0
        parents = {template.process.pid} | ({os.getpid()} if has_ended(template.process.watch) else set())
        uids = {template.uid, child.launch.uid or template.uid} if child.launch else {owner}
        if parent not in parents or owner not in uids or pid in self._known():
            raise ValueError(f"It calls process {pid} its child, which is not.")
        return pid

    def _attach(self, child: Child, pid: int, watch: int) -> None:
        with suppress(OSError):  # gone already: its end will be told
            child.pid, child.started = pid, read_birth(pid)
            self.journal.note_birth(child)
        child.watch = watch
        self.loop.watch(watch, lambda: self._notice(child))

    def take_up(self) -> None:
        """Hold what an earlier root left behind: its nurseries end, its children are ours now.

        Of those that it had not forked the folders go at once: whoever asked for them asks again.
        """
        for child in self.journal.read():
            if not child.pid:
                self.places.clear(child.place)
                self.journal.strike(child)
                continue
            child.number, child.watch = next(self._numbers), hold(child.pid, child.started)
            self.living[child.number] = child
            self.places.occupy(child.place)
            if child.watch < 0:
                self._end(child, {})
                continue
            self.loop.watch(child.watch, partial(self._notice, child))
            if child.nursery:
                self._kill(child)
            elif child.launch and child.launch.tied:
                self._mind(child)
        offers = {(c.pid, c.started): c.offers for c in self.living.values()}
        for child in self.living.values():
            child.grant = offers.get(child.owner)

    def _mind(self, child: Child) -> None:
        """End a tied child when its owner is gone without having asked after it: no connection tells us that."""
        if child.client or child.number not in self.living:
            return
        if is_alive(*child.owner):
            self.loop.after(PATIENCE, partial(self._mind, child))
        else:
            self.signal(child, signal.SIGKILL, group=True)

    def adopt(self, client: Client, wish: Adopt) -> None:
        """Give a client the child that it had before it, or this server, was started anew; tie it, or no more."""
        child = next((c for c in self.living.values() if c.is_meant(wish)), None)
        if child is None or child.nursery or (client.grant and child.grant is not client.grant):
            self.loop.post(client.outbox, {"gone": True})
            return
        if child.client:
            child.client.child = None
        child.client, client.child, client.tied = client, child, wish.tied
        if child.launch and child.launch.tied != wish.tied:
            child.launch = replace(child.launch, tied=wish.tied)
            self.journal.note(child)
        self.loop.post(client.outbox, {"pid": child.pid, "started": child.started})

    # Signals

    def signal(self, child: Child, number: int, group: bool) -> None:
        """Signal a child by way of its parent, which alone knows that the number is still its own."""
        if child.number not in self.living:
            return
        if child.template:
            message = {"id": child.number, "signal": number, "group": group}
            self.loop.post(child.template.outbox, message)
            if number == signal.SIGKILL:
                self.loop.after(PATIENCE, lambda: self._kill(child))
            return
        self._signal_here(child, number, group)
        self._tell_signalled(child)

    def _signal_here(self, child: Child, number: int, group: bool) -> None:
        if group and _is_our_child(child.watch):
            with suppress(OSError):  # not yet a group of its own
                os.killpg(child.pid, number)
                return
        with suppress(OSError):  # it has just ended
            signal.pidfd_send_signal(child.watch, number)

    def confirm(self, template: Template, number: int) -> None:
        """A nursery has signalled a child; ValueError when that is a lie."""
        if number in self.living:  # else it has ended, which was told
            self._tell_signalled(self._know(template, number))

    def _tell_signalled(self, child: Child) -> None:
        if child.client:
            self.loop.post(child.client.outbox, {"signalled": True})

    def _kill(self, child: Child) -> None:
        """End a child whose nursery did not."""
        if child.number in self.living and child.watch >= 0:
            with suppress(OSError):
                signal.pidfd_send_signal(child.watch, signal.SIGKILL)

    # The end

    def _notice(self, child: Child) -> None:
        """The child has ended. Its parent tells how, if that still lives and does; else we ask ourselves."""
        self.loop.forget(child.watch)
        if child.template is None:
            self._finish(child, _collect(child.watch))
        else:
            self.loop.after(PATIENCE, lambda: self._finish(child, None))

    def bury(self, template: Template, number: int, code: int) -> None:
        """A nursery says how a child ended; ValueError when that is a lie."""
        if number not in self.living:  # it took its time, and was not waited for
            return
        child = self._know(template, number)
        if child.watch < 0 or not has_ended(child.watch):
            raise ValueError(f"It says that number {number} has ended, which lives.")
        self._finish(child, code)

    def expel(self, template: Template) -> None:
        """A template cannot be trusted: it ends, and so does everything that came of it."""
        self.signal(template.process, signal.SIGKILL, group=True)
        for child in [template.process, *(c for c in self.living.values() if c.template is template)]:
            self._kill(child)

    def orphan(self, template: Template) -> None:
        """A template is gone: its children live on and are ours; those it had not forked yet never will be."""
        for child in [c for c in self.living.values() if c.template is template]:
            child.template = None
            if child.watch < 0:
                self._refuse(child)
            elif not self.loop.watches(child.watch):  # its end was seen, and nobody else will say how it was
                self._finish(child, _collect(child.watch))

    def _refuse(self, child: Child) -> None:
        self._end(child, {"error": "The template ended before it could fork. Try again."})

    def _finish(self, child: Child, code: int | None) -> None:
        """``code``: negative for a signal, None when unknown."""
        self._end(child, {"exit": code})

    def _end(self, child: Child, word: wire.Message) -> None:
        """Clean up after a child, then tell its client; once."""
        if not self.living.pop(child.number, None):
            return
        if child.watch >= 0:
            if self.loop.watches(child.watch):
                self.loop.forget(child.watch)
            os.close(child.watch)
        uid = child.place.uid
        if uid and child.watch >= 0 and all(other.place.uid != uid for other in self.living.values()):
            end_all_of(uid)  # what a person left running
        self._sweep_after(child, word)

    def _sweep_after(self, child: Child, word: wire.Message) -> None:
        try:
            sweeper = self.places.start_sweeping(child.place)
            watch = -1 if sweeper is None else os.pidfd_open(sweeper)
        except (
            OSError
        ) as problem:  # no process or descriptor is left: its uid is nobody else's until it is clean
            log.warning("Nobody can sweep after process %s yet: %s", child.pid, problem)
            self.loop.after(PATIENCE, partial(self._sweep_after, child, word))
            return
        if sweeper is None:
            self._tell_end(child, word)
        else:
            self._await_sweeper(sweeper, watch, child, word)

    def _await_sweeper(self, sweeper: int, watch: int, child: Child, word: wire.Message) -> None:
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
        self.journal.strike(child)
        if child.client:
            child.client.child = None
            self.loop.post(child.client.outbox, word)

    def reap_strangers(self) -> None:
        """Wait for what children and templates that ended have left to us; those we know have handlers."""
        reap_all_but(self._known())

    def _known(self) -> set[int]:
        return {child.pid for child in self.living.values()} | self._sweepers


def _collect(watch: int) -> int | None:
    """Wait for a child of ours that has ended and return its exit code; None for another's."""
    try:
        info = os.waitid(os.P_PIDFD, watch, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return None
    if info is None:
        return None
    return info.si_status if info.si_code == os.CLD_EXITED else -info.si_status


def _is_our_child(watch: int) -> bool:
    """True when we are its parent: then its number stays its own until we wait for it."""
    try:
        os.waitid(os.P_PIDFD, watch, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
