"""Processes as the kernel sees them: when one was born, whether it still is that one, what memory is its own."""

from __future__ import annotations

import ctypes
import os
import select
import signal
from collections.abc import Collection
from pathlib import Path

PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 15, 36


def _read_stat(pid: int) -> list[bytes]:
    """What stands in ``/proc/<pid>/stat`` behind the name, which may be anything: the state first."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()


def read_birth(pid: int) -> int:
    """Return when a process began, in clock ticks since the machine's start; OSError when there is none."""
    return int(_read_stat(pid)[19])


def read_parent(pid: int) -> int:
    """Return the number of a process's parent; OSError when there is no such process."""
    return int(_read_stat(pid)[1])


def read_state(pid: int) -> str:
    """Return the letter of a process's state, ``Z`` for one that waits to be collected; OSError when there is none."""
    return _read_stat(pid)[0].decode()


def read_held(watch: int) -> int:
    """Return the number of the process that a pidfd holds, -1 once it was waited for; ValueError for another file."""
    lines = Path(f"/proc/self/fdinfo/{watch}").read_text().splitlines()
    found = [int(line.split()[1]) for line in lines if line.startswith("Pid:")]
    if len(found) != 1:
        raise ValueError("This descriptor holds no process.")
    return found[0]


def hold(pid: int, started: int) -> int:
    """Return a pidfd of a process that was born at that time, -1 when it is gone.

    First it is held, then looked at: what is held cannot be exchanged.
    """
    try:
        watch = os.pidfd_open(pid)
    except OSError:
        return -1
    if is_alive(pid, started):
        return watch
    os.close(watch)
    return -1


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
    """Signal a process of ours: a number given to somebody else is never signalled."""
    if (held := hold(pid, started)) >= 0:
        try:
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


def become_subreaper(*, on: bool = True) -> None:
    """From now on, whatever loses its parent among those that come of this process becomes its child, or no longer."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def reap_all_but(known: Collection[int]) -> None:
    """Wait for children that have ended, those that nobody else waits for; a known one in front is waited for first."""
    while (pid := _peek_ended()) and pid not in known:
        os.waitpid(pid, 0)


def _peek_ended() -> int:
    """Return the pid of a child of ours that has ended and was not waited for, or 0."""
    try:
        info = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return 0
    return info.si_pid if info else 0
