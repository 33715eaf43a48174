"""A user namespace: a process that may be some uids and, in it, root; outside of it, nobody in particular.

An executed notebook is somebody's code, and the process that executed it must later give its forks uids of their own.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

SEGMENTS = Path("/proc/sys/kernel/shmmni")
"""How many segments of shared memory there may be, in the namespace of whoever looks."""
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def enter_namespace(author: int, visitors: Sequence[int]) -> None:
    """Become ``author`` (uid and gid) with the right to become one of ``visitors`` ([first, count]), no more.

    Works for root with one thread. OSError when the machine does not allow it.
    """
    first, count = visitors
    mapped = f"0 {author} 1\n{first} {first} {count}\n"
    entered, written = os.pipe(), os.pipe()
    pid, helper = os.getpid(), os.fork()
    if helper == 0:
        _write_maps(pid, mapped, entered, written)
    os.close(entered[0])
    os.close(written[1])
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(
                ctypes.get_errno(), "This machine allows no user namespace (sysctl user.max_user_namespaces)"
            )
        os.write(entered[1], b"x")
        if os.read(written[0], 1) != b"x":
            raise OSError("The uids of a user namespace cannot be set")
    finally:
        os.close(entered[1])
        os.close(written[0])
        os.waitpid(helper, 0)
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)  # outside: the author


def leave_ipc() -> None:
    """Have no System V shared memory, semaphores or message queues: no limit counts them, and they outlive their maker.

    Nothing happens where that was done before, and to a process without the rights for it.
    """
    if SEGMENTS.read_text() != "0\n" and ctypes.CDLL(None).unshare(CLONE_NEWIPC) == 0:
        SEGMENTS.write_text("0")
        SEGMENTS.with_name("msgmni").write_text("0")
        SEGMENTS.with_name("sem").write_text("0 0 0 0")


def leave_network() -> None:
    """Stand in a network of one's own in which nothing is, not even loopback; OSError when Linux does not allow it.

    Without rights that takes a user namespace, in which this process stays who it was. Works with one thread.
    """
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) == 0:
        return
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        raise OSError(
            ctypes.get_errno(), "This machine allows no network namespace (sysctl user.max_net_namespaces)"
        )
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path(f"/proc/self/{name}").write_text(text)


@lru_cache
def find_network_obstacle() -> str:
    """Say why a process like this one could not leave the network; empty: nothing keeps it. Tried once, in a fork."""
    told, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            leave_network()
        except OSError as problem:
            os.write(said, str(problem).encode())
        finally:
            os._exit(0)
    os.close(said)
    with os.fdopen(told) as answer:
        obstacle = answer.read()
    os.waitpid(pid, 0)
    return obstacle


def _write_maps(pid: int, mapped: str, entered: tuple[int, int], written: tuple[int, int]) -> None:
    """In a helper that still has all rights: wait until ``pid`` is in its namespace, then say who is who there."""
    os.close(entered[1])
    try:
        if os.read(entered[0], 1) == b"x":
            Path(f"/proc/{pid}/uid_map").write_text(mapped)
            Path(f"/proc/{pid}/gid_map").write_text(mapped)
            os.write(written[1], b"x")
    finally:
        os._exit(0)
