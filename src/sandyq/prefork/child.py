"""How a fork becomes somebody's process: their uid, their limits, their environment, and nothing of the server's."""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import os
import resource
import signal
import site
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sandyq.prefork.namespace import leave_ipc, leave_network
from sandyq.prefork.randomness import Generators
from sandyq.prefork.wishes import Launch, Limits

PR_SET_NO_NEW_PRIVS = 38
FIRST_TO_GO = 500
"""When the machine has no memory left Linux ends somebody: a child sooner than the server (-1000 to 1000)."""
READY = "SANDYQ_FORK_READY"
"""Environment variable with the number of a pipe into which the child says when it can be spoken to."""
LISTENER = "SANDYQ_FORK_LISTENER"
"""Environment variable with the number of a socket that listens already: for the child to serve."""
DEBUGGER = "PREFORK_DEBUGGER"
"""Environment variable: with ``off`` a kernel has no debugger."""
LOG = ".output.log"
"""Where, in its home, a child's output goes when no descriptor for it came along; the one before stands beside it."""
VARIABLES = {"ready": READY, "listener": LISTENER}


def become(launch: Launch, files: dict[str, int], generators: Generators) -> None:
    """Turn this fork into the process that ``launch`` describes. The order matters: what needs rights comes first.

    OSError when a step is refused.
    """
    os.setsid()
    _reset_signals()
    step_behind()
    if "cgroup" in files:
        os.write(files.pop("cgroup"), b"0")
    variables = _arrange_descriptors(files)
    if launch.offline:
        leave_network()
    limit(launch.limits, of_own_uid=bool(launch.uid))
    if launch.uid:
        leave_ipc()
        _drop_privileges(launch.uid)
    os.umask(0o077)
    if launch.home and "log" not in files:
        _open_log(Path(launch.home))
    _replace_environment(launch.env | variables)
    os.chdir(launch.cwd)
    sys.argv = ["", *launch.argv]
    generators.reseed()
    gc.enable()


def _reset_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) not in (signal.SIG_DFL, signal.SIG_IGN, None):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _arrange_descriptors(files: dict[str, int]) -> dict[str, str]:
    """Standard input is empty, output goes to ``log``; the environment variables returned say where the others are.

    What else the template had open becomes ``/dev/null`` under its number: an object of the template that is closed
    later must not close something of ours that got the number meanwhile. For the same reason ours get new numbers.
    """
    listed = [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
    inherited = [number for number in listed if number > 2 and is_open(number)]  # but for the listing's own
    nothing = os.open(os.devnull, os.O_RDWR)
    ours = {name: fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 3) for name, file in files.items()}
    for target, source in enumerate((nothing, *2 * (ours.pop("log", nothing),))):
        os.dup2(source, target)
    for number in inherited:
        os.dup2(nothing, number, inheritable=False)
    return {VARIABLES[name]: str(number) for name, number in ours.items()}


def _open_log(home: Path) -> None:
    """Output goes to a new file of the child's own: whoever holds a log can also empty it, and write others' lines."""
    try:
        with suppress(FileNotFoundError):
            (home / LOG).replace(home / f"{LOG}.old")
        file = os.open(home / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:  # its home is full, or something of its own is in the way
        return
    for target in (1, 2):
        os.dup2(file, target)
    os.close(file)


def is_open(descriptor: int) -> bool:
    try:
        fcntl.fcntl(descriptor, fcntl.F_GETFD)
    except OSError:
        return False
    return True


def tell_ready() -> None:
    """Say so to the client that waits for it; end here when none does, for nobody knows of this child."""
    if number := os.environ.pop(READY, ""):
        try:
            os.write(int(number), b"1")
        except BrokenPipeError:
            os._exit(1)
        os.close(int(number))


def take_listener() -> socket.socket | None:
    """The socket to serve, when one came along; from here on nobody else inherits it."""
    if not (number := os.environ.pop(LISTENER, "")):
        return None
    listener = socket.socket(fileno=int(number))
    listener.set_inheritable(False)
    listener.setblocking(False)
    return listener


def step_behind() -> None:
    """Be ended before the server is when memory runs out. Whoever lost the right to say so has done it before."""
    with suppress(PermissionError):
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))


def limit(limits: Limits, *, of_own_uid: bool) -> None:
    """Keep this process, and what it starts, within limits.

    RLIMIT_NPROC counts all threads of a uid, also those of its browser where that is the uid of whoever started
    the server: then it is not set, for nothing could begin.
    RLIMIT_DATA counts private memory alone. RLIMIT_AS counts shared memory besides (``mmap.mmap(-1, …)`` makes
    such), but also what is only reserved, as by threads: so it allows as much again.
    """
    os.nice(limits.nice)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = {
        resource.RLIMIT_DATA: limits.memory and limits.memory + _read_size("data"),
        resource.RLIMIT_AS: limits.memory and 2 * limits.memory + _read_size("all"),
        resource.RLIMIT_NPROC: of_own_uid and limits.processes,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_FSIZE: limits.file_size,
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        if value and (hard == resource.RLIM_INFINITY or value < hard):
            resource.setrlimit(kind, (value, value))


def _read_size(kind: str) -> int:
    """Bytes that this process has mapped: ``all``, or the private writable ``data`` that RLIMIT_DATA counts."""
    pages = Path("/proc/self/statm").read_text().split()
    return int(pages[{"all": 0, "data": 5}[kind]]) * resource.getpagesize()


def _drop_privileges(uid: int) -> None:
    """Become ``uid`` for good: groups first (they need root), no way back through a set-uid program.

    Changing the uid without exec also makes the process undumpable: others of the same uid cannot trace it.
    """
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "The kernel refused PR_SET_NO_NEW_PRIVS")
    if os.getresuid() != (uid, uid, uid) or os.getgroups():
        raise PermissionError(f"The process should be uid {uid} and is {os.getresuid()}.")


def _replace_environment(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = site.USER_BASE = site.USER_SITE = None  # they remember the server's
    site.getusersitepackages()
    time.tzset()


def finish(work: Callable[[], object]) -> int:
    """Run ``work`` and what was registered for the end of the process; return the exit code.

    Ending Python itself would touch, and so copy, all the memory that is shared with the template.
    """
    code = 0
    try:
        work()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    threading._shutdown()  # type: ignore[attr-defined] # as multiprocessing's forks do
    atexit._run_exitfuncs()
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream:
            stream.flush()
    return code
