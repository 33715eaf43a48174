"""Control groups (v2): where the host has handed a part of the tree to us, each uid gets a group with its limits, and
in it each child.

They hold for all processes of a uid together and for all kinds of memory, which rlimits do not; and the processor is
shared out between uids, however many processes one has.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("fork server")
TOP = Path("/sys/fs/cgroup")
NEEDED = frozenset({"memory", "pids"})
WANTED = NEEDED | {"cpu"}
"""Without the last one all works, but somebody with many processes has more of the processor than others."""
LEAF = "server"
"""Where the server itself stands, and whatever stood beside it: beside groups with limits no process may."""
MARKS = ("trusted.delegate", "user.delegate")
"""systemd's attribute of a folder that it leaves to the service (``Delegate=yes``)."""
ATTEMPTS = 20
PATIENCE = 5.0
"""Seconds until what was killed must be gone."""


def find_delegated(top: Path = TOP) -> Path | None:
    """The folder in which we may make groups with limits; None when the host has handed none to us.

    One that was just handed over is prepared for it: the processes that stand in it step into a group beneath.
    """
    try:
        own = top / _read_entry().removeprefix("/")
        folder = own.parent if own.name == LEAF else own
        if folder != own and _passes_on(folder):
            return folder if os.access(folder, os.W_OK) else None
        if not _is_handed_over(folder, top):
            return None
        _settle(folder)
    except FileNotFoundError:  # a machine without them
        return None
    except OSError as problem:
        log.warning("Children have no control groups: %s", problem)
        return None
    return folder


def _read_entry() -> str:
    """Where this process stands, below the top; FileNotFoundError where there is no group of this kind."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            return line.removeprefix("0::")
    raise FileNotFoundError("this machine has no cgroup v2")


def _passes_on(folder: Path) -> bool:
    """Groups beneath have limits already."""
    return set((folder / "cgroup.subtree_control").read_text().split()) >= NEEDED


def _is_handed_over(folder: Path, top: Path) -> bool:
    """Nobody else arranges this folder: it is marked as ours, or the top of a container's own tree."""
    if not set((folder / "cgroup.controllers").read_text().split()) >= NEEDED:
        return False
    container = folder == top and (folder / "cgroup.type").exists()  # the machine's own top has no type
    return os.access(folder, os.W_OK) and (container or any(_has_mark(folder, mark) for mark in MARKS))


def _has_mark(folder: Path, mark: str) -> bool:
    try:
        return os.getxattr(folder, mark) == b"1"
    except OSError:
        return False


def _settle(folder: Path) -> None:
    """Move all processes one step down, also those that are started meanwhile, then have limits beneath."""
    leaf = folder / LEAF
    leaf.mkdir(exist_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        for pid in (folder / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):  # it has just ended
                (leaf / "cgroup.procs").write_text(pid)
        try:
            _pass_on(folder)
        except OSError:  # somebody was started in between
            if attempt == ATTEMPTS:
                raise
        else:
            return


def _pass_on(folder: Path) -> None:
    """Have limits beneath a folder."""
    there = WANTED & set((folder / "cgroup.controllers").read_text().split())
    (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(there)))


def make(parent: Path, name: str, memory: int, processes: int, uid: int = 0) -> Path:
    """Make a child's group; 0: no limit. What was swapped out counts for itself, up to as much again.

    ``uid``: the child stands in the group of its uid, in which all children together have the same limits as one alone.
    (No ``memory.high``: who is slowed down without end sees nothing happen, who is ended sees why.)
    """
    for attempt in range(1, ATTEMPTS + 1):
        place = parent / f"uid-{uid}" if uid else parent
        try:
            if uid:
                place.mkdir(exist_ok=True)
                if not _passes_on(place):  # new, or nobody came to the end of it
                    _limit(place, memory, processes)
                    _pass_on(place)
            (place / name).mkdir()
            break
        except FileNotFoundError:  # the last child's sweeper has just removed it
            if attempt == ATTEMPTS:
                raise
    _limit(place / name, memory, processes)
    return place / name


def _limit(group: Path, memory: int, processes: int) -> None:
    for file, value in (("memory.max", memory), ("memory.swap.max", memory), ("pids.max", processes)):
        if value and (file != "memory.swap.max" or (group / file).exists()):  # none without swap
            (group / file).write_text(str(value))


def end(group: Path, patience: float = PATIENCE) -> None:
    """Kill whatever still runs in a group and remove it; OSError when something is not gone in time."""
    with suppress(FileNotFoundError):
        (group / "cgroup.kill").write_text("1")
    deadline = time.monotonic() + patience
    while group.exists():
        try:
            group.rmdir()
        except OSError:  # what was killed is not gone yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    if group.parent.name.startswith("uid-"):
        with suppress(OSError):  # others of its uid stand there
            group.parent.rmdir()
