"""How much of the disk each uid holds: looked at again and again; what writes on beyond its share is ended.

It needs nothing of the file system, and it sees what quotas of folders do not: what somebody leaves where everybody may
write, in memory that looks like a disk, and in files that have no name any more.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sandyq.prefork.loop import Loop
from sandyq.prefork.places import SHARED, list_left_behind
from sandyq.prefork.processes import read_state
from sandyq.prefork.records import Child
from sandyq.prefork.trees import remove_tree
from sandyq.prefork.wire import Message

log = logging.getLogger("fork server")
LOOK = 1.0
"""Seconds between two looks at what is free: that costs nothing."""
PAUSE = 30.0
"""Seconds between two sweeps at the most, while anybody works."""
STEP = 64 * 2**20
"""Bytes by which the disk filled since the last sweep, after which the next one does not wait."""
NEARLY = 0.8
"""Of a share: from here on it is told."""
ROUNDS = 50
"""Looks for processes to end: a fork bomb makes new ones meanwhile."""
OF_EACH_FILE = 1024
"""Bytes that a file counts for besides what is in it: a million empty ones fill a disk, too."""
MOST_DESCRIPTORS = 2**20
MOST_TOLD = 50
"""Of the fullest, in one message."""


@dataclass
class Share:
    """What one uid has of the disk."""

    home: str
    allowed: int
    """Bytes."""
    used: int = 0
    before: int | None = None
    """Bytes at the sweep before, if what runs now ran then: whatever has come since, it wrote."""
    children: frozenset[int] = frozenset()
    """Numbers of what ran at the last look."""

    def describe(self) -> Message:
        return {"home": self.home, "used": self.used, "allowed": self.allowed}


class Quotas:
    """Of all uids that have a child with ``Limits.disk``, and of those that had one."""

    def __init__(self, loop: Loop, list_children: Callable[[], list[Child]]) -> None:
        self.loop = loop
        self.shares: dict[int, Share] = {}
        self._list_children = list_children
        self._free: dict[str, int] = {}
        self._began = 0.0
        self._is_sweeping = False

    def start(self) -> None:
        self.loop.after(LOOK, self.start)
        if (living := self._note_shares()) and not self._is_sweeping:
            free = {place: _read_free(place) for place in (*_places(living.values()), *map(str, SHARED))}
            filled = any(self._free.get(place, left) - left > STEP for place, left in free.items())
            is_over = any(share.used > share.allowed for share in living.values())
            if filled or is_over or time.monotonic() - self._began > PAUSE:
                self._free, self._began = free, time.monotonic()
                self._sweep(living)
                self._is_sweeping = True

    def describe(self, uid: int | None) -> list[Message]:
        """What one uid holds; None: all that are nearly full, the fullest first."""
        if uid is not None:
            return [self.shares[uid].describe()] if uid in self.shares else []
        full = [share for share in self.shares.values() if share.used > NEARLY * share.allowed]
        full.sort(key=lambda share: share.used / share.allowed, reverse=True)
        return [share.describe() for share in full[:MOST_TOLD]]

    def _note_shares(self) -> dict[int, Share]:
        """Those who work now."""
        living: dict[int, Share] = {}
        running: dict[int, set[int]] = {}
        for child in self._list_children():
            if child.launch and child.launch.limits.disk and (uid := child.place.uid):
                is_new = child.place.scratch  # then its home holds nothing
                share = self.shares.setdefault(uid, Share("", 0, before=0 if is_new else None))
                share.home = child.launch.home or share.home
                share.allowed = child.launch.limits.disk
                living[uid] = share
                running.setdefault(uid, set()).add(child.number)
        for uid, numbers in running.items():
            if living[uid].children and living[uid].children.isdisjoint(numbers):
                living[uid].before = None
            living[uid].children = frozenset(numbers)
        for uid in [uid for uid, share in self.shares.items() if uid not in living]:
            if not os.path.isdir(self.shares[uid].home):  # noqa: PTH112 # it went with its visit
                del self.shares[uid]
        return living

    def _sweep(self, living: dict[int, Share]) -> None:
        """Look at all files in a fork: that may take seconds, and nobody waits for it."""
        homes = _places(living.values())
        told, tells = os.pipe()
        with os.fdopen(tells, "wb") as answer:
            if _fork() == 0:
                try:
                    _close_all_but(tells)
                    answer.write(json.dumps(list(measure(homes, set(living)).items())).encode())
                    answer.flush()
                except Exception:
                    log.exception("What people hold of the disk cannot be summed up:")
                finally:
                    os._exit(0)
        os.set_blocking(told, False)
        self.loop.watch(told, partial(self._hear, told, bytearray()))

    def _hear(self, told: int, heard: bytearray) -> None:
        if part := os.read(told, 65536):
            heard += part
            return
        self.loop.forget(told)
        os.close(told)
        self._is_sweeping = False
        if not heard:
            log.warning("Nobody knows what people hold of the disk: the sweep failed.")
        for uid, used in json.loads(heard or b"[]"):
            self._judge(uid, used)

    def _judge(self, uid: int, used: int) -> None:
        """End what runs under a uid that is over its share and goes on writing; what only stands there does no harm."""
        share = self.shares.get(uid)
        if share is None:
            return
        has_grown = share.before is not None and share.before < used
        share.used = share.before = used
        if used <= share.allowed or not has_grown:
            return
        log.warning(
            "%s holds %s of %s bytes and grows: what runs there is ended.", share.home, used, share.allowed
        )
        kept = {c.pid for c in self._list_children() if c.place.uid == uid and c.offers and c.pid}
        if _fork() == 0:
            try:
                _close_all_but(2)
                end_all_but(uid, kept)
            finally:
                os._exit(0)


def _fork() -> int:
    """Return 0 in a new process, else its number; -1 when the machine has no room for one just now."""
    try:
        return os.fork()
    except OSError as problem:
        log.warning("The disk is not looked at: %s", problem)
        return -1


def _close_all_but(kept: int) -> None:
    """Else those on whom the server hangs up would hear of it when the look is over."""
    os.closerange(3, kept)
    os.closerange(max(kept, 2) + 1, MOST_DESCRIPTORS)


def _places(shares: Iterable[Share]) -> list[str]:
    return [share.home for share in shares if share.home]


def _read_free(place: str) -> int:
    try:
        about = os.statvfs(place)
    except OSError:
        return 0
    return about.f_bavail * about.f_frsize


def measure(homes: list[str], uids: set[int]) -> dict[int, int]:
    """Return the bytes that each uid holds on the disk in these folders and where everybody may write."""
    held = dict.fromkeys(uids, 0)
    seen: set[bytes] = set()
    tops = [*homes, *(path for uid in uids for path in list_left_behind(uid))]
    with os.fdopen(
        os.memfd_create("tops"), "w+b"
    ) as names:  # they may be too many for a command, the disk full
        names.write(b"\0".join(map(os.fsencode, tops)))
        names.seek(0)
        command = ["find", "-files0-from", "-", "-xdev", "-printf", r"%U %D:%i %b\n"]
        with subprocess.Popen(
            command, stdin=names, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as finding:
            for line in finding.stdout or ():
                owner, place, blocks = line.split()
                if int(owner) in held and place not in seen:  # a file may have several names
                    seen.add(place)
                    held[int(owner)] += 512 * int(blocks) + OF_EACH_FILE
    for uid, place, size in _list_nameless(uids):
        if place not in seen:
            seen.add(place)
            held[uid] += size
    return held


def _list_nameless(uids: set[int]) -> Iterator[tuple[int, bytes, int]]:
    """Owner, place and size of files that are open and have no name."""
    for pid in list_processes(uids):
        with suppress(OSError):  # it has just ended
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with suppress(OSError):
                    about = os.stat(entry.path)  # noqa: PTH116 # through the link, also where no name leads
                    if stat.S_ISREG(about.st_mode) and not about.st_nlink and about.st_uid in uids:
                        yield about.st_uid, b"%d:%d" % (about.st_dev, about.st_ino), 512 * about.st_blocks


def list_processes(uids: set[int]) -> list[int]:
    """Those that run under these uids, but for the ones that have ended and were not collected."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208 # names, and many of them
        with suppress(OSError, IndexError):
            if os.stat(f"/proc/{pid}").st_uid in uids or _read_uid(pid) in uids:  # noqa: PTH116
                found += [int(pid)] if read_state(int(pid)) not in "ZX" else []
    return found


def _read_uid(pid: str) -> int:
    """An undumpable process's folder is root's; its status tells, behind its name: any bytes but ``\\n``."""
    lines = Path(f"/proc/{pid}/status").read_bytes().split(b"\n")
    return int(next(line for line in lines if line.startswith(b"Uid:")).split()[1])


def end_all_but(uid: int, kept: set[int]) -> None:
    """Kill what runs under a uid, but for some processes; then remove what it left where everybody may write."""
    for _ in range(ROUNDS):
        victims = [pid for pid in list_processes({uid}) if pid not in kept]
        if not victims:
            break
        for pid in victims:
            _kill(pid, uid)
    if (cleaner := os.fork()) == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)  # what it could not reach is not harmed
            for path in list_left_behind(uid):
                remove_tree(path)
        finally:
            os._exit(0)
    os.waitpid(cleaner, 0)


def _kill(pid: int, uid: int) -> None:
    """By a handle that was taken before its owner was read: never somebody who got the number meanwhile."""
    with suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if _read_uid(str(pid)) == uid:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
