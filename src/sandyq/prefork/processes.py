"""Processes as the kernel sees them: when one was born, whether it still is that one, what memory is its own."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

PR_SET_NAME = 15


def read_birth(pid: int) -> int:
    """Return when a process began, in clock ticks since the machine's start; OSError when there is none."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[19])


def is_alive(pid: int, started: int) -> bool:
    """True when a process with that number was born at that time and has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return read_birth(pid) == started and state not in "ZX"
    except OSError:
        return False


def send_signal(pid: int, started: int, number: int) -> None:
    """Signal a process of ours, held before it is looked at: a number given to somebody else is never signalled."""
    try:
        held = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if is_alive(pid, started):
            signal.pidfd_send_signal(held, number)
    finally:
        os.close(held)


def read_private_memory(pid: int | str = "self") -> int:
    """Return the bytes of a process's memory that it shares with nobody."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def rename(name: str) -> None:
    """Show this process as ``name`` in ``ps`` and ``top``, which have room for 15 bytes."""
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
