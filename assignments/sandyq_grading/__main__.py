"""``python -m sandyq_grading``: the server's grader until SIGTERM; settings come from ``SANDYQ_*``."""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from sandyq.prefork.client import SOCKET
from sandyq.prefork.trees import remove_tree
from sandyq.settings import Settings, read_secret
from sandyq_grading.sandbox import Sandbox
from sandyq_grading.work import Worker, count_workers

log = logging.getLogger("grader")
PAUSE = 1.0
"""Seconds before a worker that ended has a successor."""
PR_SET_PDEATHSIG = 1
ALIVE = "alive"
"""The file, in the grader's folder, that is locked while it lives: it has no face on the web."""


def main() -> None:
    """Keep the workers alive; each is a process, so none can take another along."""
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    os.umask(0o022)  # kernels' uids read what is packed for them
    settings = Settings.from_environment()
    folder = settings.folder("grader")
    folder.chmod(0o711)
    alive = (folder / ALIVE).open("w")
    (folder / ALIVE).chmod(0o600)
    fcntl.flock(alive, fcntl.LOCK_EX)
    work = folder / "work"
    remove_tree(work)  # what a killed one left
    work.mkdir(mode=0o711)
    if settings.fork_socket:
        os.environ[SOCKET] = settings.fork_socket
    sandbox = Sandbox(work, str(Path(settings.fork_socket).parent / "visitors") if settings.uid_base else "")
    sandbox.warn()
    workers: dict[int, int] = {}
    """Process → the worker's number."""

    def stop(*_: object) -> NoReturn:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)  # their kernels end with them
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    numbers = range(count_workers())
    while True:
        for number in set(numbers) - set(workers.values()):
            workers[start_worker(number, settings, sandbox, alive.fileno())] = number
        pid, status = os.wait()
        number = workers.pop(pid)
        log.error(
            "Worker %s ended (%s); another one takes its place.", number, os.waitstatus_to_exitcode(status)
        )
        time.sleep(PAUSE)


def start_worker(number: int, settings: Settings, sandbox: Sandbox, alive: int) -> int:
    """Fork a worker; return its pid."""
    parent = os.getpid()
    if pid := os.fork():
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == parent:
            os.close(alive)  # the lock is the keeper's life, not ours
            address, secret = f"{settings.portal_url}/api/grading", read_secret(settings, "grading")
            Worker(address, secret, f"{os.uname().nodename}-{number}", sandbox).work()
    except BaseException:
        log.exception("Worker %s", number)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
