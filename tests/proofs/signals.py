"""``./sandyq prove signals``: the fork server is killed, its child ends, and the child's number goes to a stranger.

Then somebody who still believes in the number wants to signal it, in each of the ways there are: by the next server,
while no server is there, or as that server stops and ends all it knows of. The stranger must not hear of it. All of it
happens in a namespace of processes of its own, in which the next number can be chosen.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.prefork.forks_world import PLAIN, Forks, running_forks
from tests.proofs.results import finish, read_options

from rehearsal import wait_for
from sandyq.prefork.client import Child
from sandyq.prefork.processes import is_alive, read_birth
from sandyq.prefork.wishes import Launch

LAST = Path("/proc/sys/kernel/ns_last_pid")
SLEEP = ["/usr/bin/sleep", "600"]


def launch(forks: Forks) -> Child:
    wish = Launch("plain", SLEEP, {"PATH": "/usr/bin:/bin"}, "/")
    return asyncio.run(Child.launch(forks.address, wish))


def take_number(pid: int) -> subprocess.Popen[bytes]:
    """Start a stranger with this very number."""
    for _ in range(200):
        LAST.write_text(str(pid - 1))
        stranger = subprocess.Popen(SLEEP)
        if stranger.pid == pid:
            return stranger
        stranger.kill()
        stranger.wait()
    raise AssertionError(f"Number {pid} could not be had again.")


def is_gone(pid: int) -> bool:
    """Wait for it, too, if it has come to us: we are the first process here."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return not Path(f"/proc/{pid}").exists()


def by_the_next_server(forks: Forks, child: Child) -> None:
    forks.start()
    ask = Child.recall(forks.address, child.pid, child.started)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        ask.signal(number, group=True)
    assert asyncio.run(ask.wait()) == 0, "it has ended, and that is told"


def while_no_server_is_there(forks: Forks, child: Child) -> None:
    ask = Child.recall(forks.address, child.pid, child.started)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        ask.signal(number)
    forks.start()


def as_the_next_server_stops(forks: Forks, child: Child) -> None:
    forks.start()
    forks.stop()
    assert not is_alive(child.pid, child.started)
    forks.start()


WAYS: list[Callable[[Forks, Child], None]] = [
    by_the_next_server,
    while_no_server_is_there,
    as_the_next_server_stops,
]


def prove(rounds: int) -> list[str]:
    problems: list[str] = []
    with running_forks({"plain": PLAIN}) as forks:
        for number in range(rounds):
            child = launch(forks)
            forks.process.kill()
            forks.process.wait()
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
            wait_for(lambda child=child: is_gone(child.pid), "the child's end")
            stranger = take_number(child.pid)
            birth = read_birth(stranger.pid)
            way = WAYS[number % len(WAYS)]
            try:
                way(forks, child)
                if stranger.poll() is not None or not is_alive(stranger.pid, birth):
                    problems.append(f"round {number}: signalled {way.__name__}: {stranger.returncode}")
            finally:
                stranger.kill()
                stranger.wait()
    return problems


def main() -> int:
    options = read_options()
    rounds = 3 if options.quick else 100
    if os.environ.get("SANDYQ_INSIDE") != "1":
        if os.geteuid() != 0:
            print("signals: only root may choose a process's number; not shown")
            return 0
        inside = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, *sys.argv]
        return subprocess.run(inside, env=os.environ | {"SANDYQ_INSIDE": "1"}, check=False).returncode
    return finish("signals", {"rounds": rounds}, prove(rounds), options.save)


if __name__ == "__main__":
    sys.exit(main())
