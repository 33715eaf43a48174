"""Control groups (v2): where the host has handed a part of the tree to us, each child gets a group with its limits.

They hold for all processes of the child together and for all kinds of memory, which rlimits do not.
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
        entry = _read_entry()
        own = top / entry.removeprefix("/")
        folder = own.parent if own.name == LEAF else own
        if _passes_on(folder):
            return folder if os.access(folder, os.W_OK) else None
        if not _is_handed_over(folder, entry):
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


def _is_handed_over(folder: Path, entry: str) -> bool:
    """Nobody else arranges this folder: it is marked as ours, or the top of a container's own tree."""
    if not set((folder / "cgroup.controllers").read_text().split()) >= NEEDED:
        return False
    container = entry == "/" and (folder / "cgroup.type").exists()  # the machine's own top has no type
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
            (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(NEEDED)))
        except OSError:  # somebody was started in between
            if attempt == ATTEMPTS:
                raise
        else:
            return


def make(parent: Path, name: str, memory: int, processes: int) -> Path:
    """Make a group; 0: no limit. What was swapped out counts for itself, up to as much again."""
    group = parent / name
    group.mkdir()
    for file, value in (("memory.max", memory), ("memory.swap.max", memory), ("pids.max", processes)):
        if value and (group / file).exists():  # without swap there is no file for it
            (group / file).write_text(str(value))
    return group


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
