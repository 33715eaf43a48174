"""A unit's program under its locks, where no systemd runs: its user, rights, filters of system calls, folders to write.

What systemd makes of a unit's lines is done here anew, with the groups of calls that systemd itself names.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shlex
import socket
import stat
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from sandyq.layout import HOME, OPT
from sandyq.settings import PROJECT

SYSTEMD = "/usr/bin/systemd-analyze"
LIBRARY = "libseccomp.so.2"
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NOT_EQUAL, LESS, EQUAL, GREATER, MASKED = 1, 2, 4, 6, 7
NO_CALL = -1
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
RIGHTS = {
    **{"CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_DAC_READ_SEARCH": 2, "CAP_FOWNER": 3, "CAP_FSETID": 4},
    **{"CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_NET_BIND_SERVICE": 10},
}
"""Those that units keep (linux/capability.h)."""
NEW_NAMESPACES = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
REAL_TIME = (1, 2, 6)
MODES = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "mkdir": 1, "mkdirat": 2}
"""Call → which of its arguments is a file's mode."""
WRITE, EXECUTE, ATTACH_EXECUTABLE = 2, 4, 0o100000
NEW_MOUNTS, NEW_NETWORK = 0x20000, 0x40000000
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
MOUNT_SETATTR, HERE, DOWNWARDS, READ_ONLY = 442, -100, 0x8000, 1
TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108
MACHINES_OWN = (Path("/dev"), Path("/proc"))


class Comparison(ctypes.Structure):
    """What a rule wants of one argument of a call (seccomp.h)."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


class Attributes(ctypes.Structure):
    """Of mounts (linux/mount.h)."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "namespace"))


@cache
def _seccomp() -> ctypes.CDLL:
    library = ctypes.CDLL(LIBRARY)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
    library.seccomp_rule_add_array.argtypes += [ctypes.POINTER(Comparison)]
    return library


class Filter:
    """One program of seccomp's."""

    def __init__(self, otherwise: int) -> None:
        self.context = _seccomp().seccomp_init(ctypes.c_uint32(otherwise))

    def add(self, action: int, call: str, *comparisons: tuple[int, ...]) -> None:
        number = _seccomp().seccomp_syscall_resolve_name(call.encode())
        if number == NO_CALL:
            return  # of other machines, or newer than the library
        wanted = (Comparison * len(comparisons))(*(Comparison(*each) for each in comparisons))
        done = _seccomp().seccomp_rule_add_array(self.context, action, number, len(comparisons), wanted)
        if done and number >= 0:
            raise OSError(-done, f"{call}: {os.strerror(-done)}")

    def refuse(self, call: str, *comparisons: tuple[int, ...], why: int = errno.EPERM) -> None:
        self.add(REFUSE | why, call, *comparisons)

    def load(self) -> None:
        if done := _seccomp().seccomp_load(self.context):
            raise OSError(-done, os.strerror(-done))


@cache
def _read_groups() -> dict[str, list[str]]:
    """Return systemd's groups of calls; a group may hold others."""
    listed = subprocess.run(
        [SYSTEMD, "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True
    )
    groups: dict[str, list[str]] = {}
    name = ""
    for line in listed.stdout.splitlines():
        if line.startswith("@"):
            name = line.strip()
            groups[name] = []
        elif (word := line.strip()) and name and line[0] == " " and not word.startswith("#"):
            groups[name].append(word)
        elif line and line[0] != " ":
            name = ""
    return groups


def _expand(word: str) -> set[str]:
    if not word.startswith("@"):
        return {word}
    return set().union(*map(_expand, _read_groups()[word]))


class Unit:
    """A unit's lines, and how its program is started by them."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, list[str]] = defaultdict(list)
        for line in text.partition("[Service]")[2].splitlines():
            name, equals, value = line.partition("=")
            if equals:
                self.lines[name].append(value)

    def has(self, name: str) -> bool:
        return self.lines[name] in (["yes"], ["strict"])

    def words(self, name: str) -> list[str]:
        return " ".join(self.lines[name]).split()

    @property
    def command(self) -> list[str]:
        return shlex.split(self.lines["ExecStart"][0])

    def list_calls(self) -> set[str]:
        """Return the calls that are let through, in the order of the unit's lines."""
        calls = _expand("@default")
        for line in self.lines["SystemCallFilter"]:
            named = set().union(*map(_expand, line.removeprefix("~").split()))
            calls = calls - named if line.startswith("~") else calls | named
        return calls

    def lock(self, numbers: Mapping[str, int], home: Path) -> Callable[[], None]:
        """Return what a new process does before it becomes the program.

        ``numbers``: those of users and groups; ``home``: the server's folder, to the unit an installed one.
        """
        filters = list(self._make_filters())
        libc = ctypes.CDLL(None, use_errno=True)
        dropped = set(range(64)) - {RIGHTS[word] for word in self.words("CapabilityBoundingSet")}
        named = [Path(word.lstrip("-")) for word in self.words("ReadWritePaths")]
        places = {HOME: home, OPT: PROJECT}
        writable = [
            place / path.relative_to(installed)
            for installed, place in places.items()
            for path in named
            if path.is_relative_to(installed)
        ]
        groups = [numbers[name] for name in self.words("SupplementaryGroups")]
        user = numbers[self.lines["User"][0]] if self.lines["User"] else 0

        def enter() -> None:
            if self.has("ProtectSystem"):
                _close_disk(libc, home, writable)
            if self.has("PrivateNetwork"):
                _check(libc.unshare(NEW_NETWORK))
            if self.lines["CapabilityBoundingSet"]:
                for number in dropped:
                    libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
            os.setgroups(groups)
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            if self.has("NoNewPrivileges"):
                libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            for each in filters:
                each.load()

        return enter

    def _make_filters(self) -> Iterator[Filter]:
        """Give what is to be loaded; that of all calls last, for it refuses to load another."""
        yield self._restrict()
        if self.lines["RestrictAddressFamilies"]:
            yield self._restrict_families()
        if self.lines["SystemCallFilter"]:
            all_calls = Filter(REFUSE | getattr(errno, self.lines["SystemCallErrorNumber"][0]))
            for call in sorted(self.list_calls()):
                all_calls.add(ALLOW, call)
            yield all_calls

    def _restrict(self) -> Filter:
        made = Filter(ALLOW)
        if self.has("MemoryDenyWriteExecute"):
            made.refuse("mmap", (2, MASKED, WRITE | EXECUTE, WRITE | EXECUTE))
            made.refuse("mprotect", (2, MASKED, EXECUTE, EXECUTE))
            made.refuse("pkey_mprotect", (2, MASKED, EXECUTE, EXECUTE))
            made.refuse("shmat", (2, MASKED, ATTACH_EXECUTABLE, ATTACH_EXECUTABLE))
        if self.has("RestrictNamespaces"):
            made.refuse("unshare")
            made.refuse("setns")
            made.refuse("clone3", why=errno.ENOSYS)
            for kind in NEW_NAMESPACES:
                made.refuse("clone", (0, MASKED, kind, kind))
        if self.has("RestrictRealtime"):
            for policy in REAL_TIME:
                made.refuse("sched_setscheduler", (1, EQUAL, policy))
        if self.has("RestrictSUIDSGID"):
            for call, argument in MODES.items():
                for bit in (stat.S_ISUID, stat.S_ISGID):
                    made.refuse(call, (argument, MASKED, bit, bit))
        return made

    def _restrict_families(self) -> Filter:
        known = sorted(getattr(socket, name) for name in self.words("RestrictAddressFamilies"))
        made, why = Filter(ALLOW), errno.EAFNOSUPPORT
        made.refuse("socket", (0, LESS, known[0]), why=why)
        made.refuse("socket", (0, GREATER, known[-1]), why=why)
        for family in set(range(known[0], known[-1])) - set(known):
            made.refuse("socket", (0, EQUAL, family), why=why)
        return made


def _close_disk(libc: ctypes.CDLL, home: Path, writable: list[Path]) -> None:
    """Let nothing be written but ``writable`` and folders for temporary files, though ``home`` may be in one."""
    _check(libc.unshare(NEW_MOUNTS))
    _check(libc.mount(None, b"/", None, RECURSIVE | PRIVATE, None))
    writable = [*TEMPORARY, *writable]
    for path in (*TEMPORARY, home, *writable[len(TEMPORARY) :]):
        _check(libc.mount(bytes(path), bytes(path), None, BIND | RECURSIVE, None))
    _set_mounts(libc, Path("/"), Attributes(set=READ_ONLY), DOWNWARDS)
    for path in writable:
        _set_mounts(libc, path, Attributes(clear=READ_ONLY), 0)
    for path in MACHINES_OWN:
        _set_mounts(libc, path, Attributes(clear=READ_ONLY), DOWNWARDS)


def _set_mounts(libc: ctypes.CDLL, path: Path, attributes: Attributes, how: int) -> None:
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    _check(libc.syscall(MOUNT_SETATTR, HERE, bytes(path), how, ctypes.byref(attributes), size))


def _check(done: int) -> None:
    if done:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
