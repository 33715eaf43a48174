"""Processes as the kernel sees them: when one was born, whether it still is that one, what memory is its own."""

from __future__ import annotations

import ctypes
import os
import select
import signal
from pathlib import Path

PR_SET_NAME = 15


def _read_stat(pid: int) -> list[bytes]:
    """What stands in ``/proc/<pid>/stat`` behind the name, which may be anything: the state first."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()


def read_birth(pid: int) -> int:
    """Return when a process began, in clock ticks since the machine's start; OSError when there is none."""
    return int(_read_stat(pid)[19])


def read_parent(pid: int) -> int:
    """Return the number of a process's parent; OSError when there is no such process."""
    return int(_read_stat(pid)[1])


def read_held(watch: int) -> int:
    """Return the number of the process that a pidfd holds, -1 once it was waited for; ValueError for another file."""
    lines = Path(f"/proc/self/fdinfo/{watch}").read_text().splitlines()
    found = [int(line.split()[1]) for line in lines if line.startswith("Pid:")]
    if len(found) != 1:
        raise ValueError("This descriptor holds no process.")
    return found[0]


def has_ended(watch: int) -> bool:
    """True when the process that a pidfd holds has ended, whether it was waited for or not."""
    poll = select.poll()
    poll.register(watch, select.POLLIN)
    return bool(poll.poll(0))


def is_alive(pid: int, started: int) -> bool:
    """True when a process with that number was born at that time and has not ended."""
    try:
        stat = _read_stat(pid)
        return int(stat[19]) == started and stat[0] not in (b"Z", b"X")
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
