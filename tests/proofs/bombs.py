"""``./sandyq prove bombs``: a pupil's kernel does its worst while others work; what they wait for is measured.

One server, one run, in turns: quiet, a bomb, quiet, the next bomb. The others are pupils who run a cell with pandas in
kernels of their own, somebody who opens a page of the portal, and somebody who asks the hub how it is.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from tests.proofs.results import finish, read_options

from bell import CELL
from messages import ask, execute, open_notebook, sign_in
from rehearsal import Demo, running_demo
from sandyq.prefork.cgroups import LEAF

MOST = 2.0
"""Times what the others wait in quiet, at p95."""
PAUSE = 0.1
"""Seconds in which somebody who works thinks."""
BOMBS = {
    "forks": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "memory": "block = []\nwhile True:\n    try:\n        block.append(bytearray(b'x') * 2**24)\n"
    "    except MemoryError:\n        pass",
    "disk": "n = 0\nwhile True:\n    open(f'bomb-{n}', 'wb').write(os.urandom(2**20))\n    n += 1",
    "output": "while True:\n    print('x' * 10**6)",
    "sockets": "import socket\nkept = []\nwhile True:\n    try:\n        line = socket.socket(); kept.append(line)\n"
    "        line.connect(('127.0.0.1', PORT)); line.send(b'GET /hub/login HTTP/1.1\\r\\nHost: x\\r\\n')\n"
    "    except OSError:\n        kept = kept[-100:]",
    "threads": "import threading\ndef spin():\n    while True: pass\nwhile True:\n    try:\n"
    "        threading.Thread(target=spin).start()\n    except RuntimeError:\n        pass",
}
Waits = dict[str, list[float]]


async def repeat(waits: list[float], job: Callable[[], Awaitable[object]]) -> None:
    """Do a thing again and again and note how long each took."""
    while True:
        began = time.perf_counter()
        await job()
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE)


class Others:
    """Those who only want to work."""

    def __init__(self, demo: Demo, pupils: list[tuple[str, str]]) -> None:
        self.demo = demo
        self.pupils = pupils
        self.clients: list[httpx.AsyncClient] = []
        self.jobs: dict[str, list[Callable[[], Awaitable[object]]]] = {
            "a cell": [],
            "a page": [],
            "the hub": [],
        }

    async def sit_down(self) -> None:
        for login, secret in self.pupils:
            client = httpx.AsyncClient(base_url=self.demo.url, follow_redirects=True, timeout=120)
            await sign_in(client, login, secret)
            socket = await (await open_notebook(client, login))
            await execute(socket, CELL)
            self.clients.append(client)
            self.jobs["a cell"].append(lambda socket=socket: execute(socket, CELL))
        client = self.clients[0]
        self.jobs["a page"].append(lambda: client.get("/services/portal/lessons"))
        self.jobs["the hub"].append(lambda: client.get("/hub/health"))

    async def work(self, seconds: float) -> Waits:
        """Work for some time; return what was waited for, by kind."""
        waits: Waits = {kind: [] for kind in self.jobs}
        working = [
            asyncio.create_task(repeat(waits[kind], job)) for kind, jobs in self.jobs.items() for job in jobs
        ]
        await asyncio.sleep(seconds)
        for task in working:
            task.cancel()
        done = await asyncio.gather(*working, return_exceptions=True)
        broken = [each for each in done if not isinstance(each, asyncio.CancelledError)]
        assert not broken, broken
        return waits


async def explode(
    demo: Demo, pupil: tuple[str, str], code: str, meanwhile: Callable[[], Awaitable[Waits]]
) -> Waits:
    """Have a bomb run in a pupil's kernel while the others work; end the kernel afterwards."""
    async with httpx.AsyncClient(base_url=demo.url, follow_redirects=True, timeout=120) as client:
        await sign_in(client, *pupil)
        async with await open_notebook(client, pupil[0]) as socket:
            own = f"import os, shutil, threading\nPORT = {demo.port}\n"
            request = {"code": own + code, "silent": False, "store_history": False, "user_expressions": {}}
            running = asyncio.create_task(ask(socket, "execute_request", request | {"allow_stdin": False}))
            waits = await meanwhile()
            running.cancel()
        path = f"/user/{pupil[0]}/"
        token = {c.name: c.value for c in client.cookies.jar if c.path == path}["_xsrf"]
        kernels = (await client.get(f"{path}api/kernels")).json()
        for kernel in kernels:
            await client.delete(f"{path}api/kernels/{kernel['id']}", headers={"X-XSRFToken": token})
    return waits


def p95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else float("inf")


async def compare(
    demo: Demo, seconds: float, neighbours: int, names: list[str]
) -> dict[str, dict[str, list[float]]]:
    """Return by bomb and kind of work p95 in quiet and meanwhile, in milliseconds, and how many times as much."""
    pupils = [(a["login"], a["password"]) for a in demo.accounts() if a["role"] == "pupil"]
    others = Others(demo, pupils[:neighbours])
    await others.sit_down()
    found: dict[str, dict[str, list[float]]] = {}
    for number, name in enumerate(names):
        quiet = await others.work(seconds)
        bomber = pupils[neighbours + number]
        loud = await explode(demo, bomber, BOMBS[name], lambda: others.work(seconds))
        after = await others.work(seconds)
        found[name] = {}
        for kind in quiet:
            before, meanwhile = p95(quiet[kind] + after[kind]), p95(loud[kind])
            found[name][kind] = [round(1000 * before), round(1000 * meanwhile), round(meanwhile / before, 1)]
    return found


def main() -> int:
    options = read_options()
    os.environ.setdefault("SANDYQ_DISK_QUOTA", "200")
    names = ["forks", "disk"] if options.quick else list(BOMBS)
    with running_demo() as demo:
        group = Path(f"/proc/{demo.part('forks').pid}/cgroup").read_text().rstrip()
        limits = "control groups" if group.endswith(f"/{LEAF}") else "rlimits and sessions"
        found = asyncio.run(compare(demo, 2.0 if options.quick else 20.0, 1 if options.quick else 3, names))
    problems = [
        f"{name}: {kind} takes {times} times as long ({before} → {meanwhile} ms)"
        for name, kinds in found.items()
        for kind, (before, meanwhile, times) in kinds.items()
        if times > MOST and not options.quick  # two seconds on a busy machine say nothing
    ]
    figures = {"limits": limits, "p95 quiet, meanwhile (ms), times": found}
    return finish("bombs", figures, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
