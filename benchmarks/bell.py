"""``./sandyq bench bell``: the bell rings, and a class signs in, opens its notebooks and runs pandas, all at once.

One client for both hubs: the sign-in form, the spawn page, the person's server behind its OAuth, a kernel, one cell.
The stock hub starts a process for each server and each kernel; ours forks them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import psutil

from figures import Figure, main, make_figure
from messages import execute, open_notebook, sign_in
from rehearsal import answers, free_port, running_demo, wait_for
from sandyq.prefork.processes import read_private_memory
from sandyq.settings import PROJECT
from sandyq_hub.parts import find_node

CELL = """
import pandas, ipywidgets
pandas.DataFrame({"class": ["5A", "5B"], "value": [1, 2]}).groupby("class").value.mean()
"""
MB = 2**20
HEALTH_PAUSE = 0.05
"""Seconds between questions to the hub how it is."""
STOCK_CONFIG = """
from jupyterhub.auth import DummyAuthenticator
c.JupyterHub.authenticator_class = DummyAuthenticator
c.DummyAuthenticator.password = "bell"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.concurrent_spawn_limit = 100
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [{node!r}, {proxy!r}]
"""


@dataclass
class School:
    """A hub and who signs in to it."""

    url: str
    pupils: list[tuple[str, str]]
    """Login and password."""
    processes: Callable[[], list[psutil.Process]]
    """People's servers and kernels at the moment."""


async def work(client: httpx.AsyncClient, login: str) -> None:
    async with await open_notebook(client, login) as socket:
        await execute(socket, CELL)


async def ask_health(url: str, stop: Connection) -> list[float]:
    """Ask the hub how it is, again and again, whatever it still has to answer; return the seconds of each answer."""
    seconds: list[float] = []

    async def ask(client: httpx.AsyncClient) -> None:
        began = time.perf_counter()
        (await client.get(f"{url}/hub/health")).raise_for_status()
        seconds.append(time.perf_counter() - began)

    # a busy hub owes more answers than httpx's hundred; the proxy hangs up after 5 s, httpx's own number
    limits = httpx.Limits(max_connections=None, keepalive_expiry=1)
    async with httpx.AsyncClient(timeout=300, limits=limits) as client:
        await ask(client)  # its helpers are loaded
        seconds.clear()
        asked = set()
        stop.send("ready")
        while not stop.poll():
            asked.add(asyncio.create_task(ask(client)))
            await asyncio.sleep(HEALTH_PAUSE)
        await asyncio.gather(*asked)
    return seconds


def watch_health(url: str, pipe: Connection) -> None:
    pipe.send(asyncio.run(ask_health(url, pipe)))


@contextmanager
def watched_health(url: str) -> Iterator[list[float]]:
    """Fill a list with the seconds that the hub took to say how it is; by a process that nothing else keeps busy."""
    seconds: list[float] = []
    here, there = Pipe()
    watcher = get_context("spawn").Process(target=watch_health, args=(url, there))
    watcher.start()
    there.close()
    here.recv()
    yield seconds
    here.send("stop")
    seconds += here.recv()
    watcher.join()


async def ring(school: School, count: int, *, signed_in: bool) -> tuple[list[float], int, float]:
    """Everybody begins at once; return the seconds of those who got there, how many did not, p95 of hub health.

    ``signed_in``: they have done so before, and press at the same moment; else it is the first thing that they do.
    """
    clients = [
        httpx.AsyncClient(base_url=school.url, follow_redirects=True, timeout=300) for _ in range(count)
    ]
    pupils = list(zip(clients, school.pupils, strict=False))

    async def begin(client: httpx.AsyncClient, login: str, secret: str) -> float:
        began = time.perf_counter()
        if not signed_in:
            await sign_in(client, login, secret)
        await work(client, login)
        return time.perf_counter() - began

    if signed_in:
        await asyncio.gather(*(sign_in(client, *pupil) for client, pupil in pupils))
    with watched_health(school.url) as health:
        outcomes = await asyncio.gather(
            *(begin(client, *pupil) for client, pupil in pupils), return_exceptions=True
        )
    for client in clients:
        await client.aclose()
    for problem in outcomes:
        if isinstance(problem, BaseException):
            print(f"bell: {problem!r}", file=sys.stderr)
    good = [seconds for seconds in outcomes if isinstance(seconds, float)]
    return good, count - len(good), statistics.quantiles(health, n=20)[-1]


def private_memory(process: psutil.Process) -> int:
    """Bytes that only this process has; 0 when it has just ended, as helpers of a stock server do."""
    try:
        return read_private_memory(process.pid)
    except OSError:
        return 0


def measure(school: School, count: int, *, signed_in: bool = False) -> tuple[float, float, int, float]:
    """Return seconds until the last one is at work, private MB a pupil, errors, and p95 of the hub's health."""
    seconds, errors, health = asyncio.run(ring(school, count, signed_in=signed_in))
    memory = sum(map(private_memory, school.processes())) / MB / count
    return round(max(seconds, default=0), 2), round(memory, 1), errors, round(health, 3)


@contextmanager
def stock_hub() -> Iterator[School]:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        config = folder / "jupyterhub_config.py"
        proxy = str(PROJECT / "node_modules/configurable-http-proxy/bin/configurable-http-proxy")
        config.write_text(
            STOCK_CONFIG.format(
                folder=folder,
                port=port,
                hub_port=free_port(),
                api_port=free_port(),
                node=find_node(),
                proxy=proxy,
            )
        )
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = os.environ | {"CONFIGPROXY_AUTH_TOKEN": "bell", "PATH": path}
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
            hub = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"

        def processes() -> list[psutil.Process]:
            family = psutil.Process(hub.pid).children(recursive=True)
            return [one for one in family if "node" not in one.name()]

        try:
            wait_for(lambda: answers(f"{url}/hub/health"), "the stock hub")
            yield School(url, [(f"pupil{n}", "bell") for n in range(60)], processes)
        finally:
            hub.send_signal(signal.SIGINT)
            hub.wait(60)


@contextmanager
def our_hub() -> Iterator[School]:
    with running_demo() as demo:
        pupils = [(a["login"], a["password"]) for a in demo.accounts() if a["role"] == "pupil"]

        def processes() -> list[psutil.Process]:
            return demo.forked("person") + demo.forked("kernel")

        yield School(demo.url, pupils, processes)


def compare(n: int) -> list[Figure]:
    """A fresh hub of each kind, one after the other."""
    with stock_hub() as school:
        stock = measure(school, n)
    with our_hub() as school:
        seconds, memory, errors, health = measure(school, n)
    at_least = 7 if n == 15 else None
    return [
        make_figure(
            "all at work", "s", seconds, n=n, stock=stock[0] if not stock[2] else None, at_least=at_least
        ),
        make_figure("private memory a pupil", "MB", memory, n=n, stock=stock[1], target=60),
        make_figure("p95 of the hub's health", "s", health, n=n, stock=stock[3], target=0.5),
        make_figure("errors", "1", errors, n=n, stock=stock[2], target=0),
    ]


def press_at_once(n: int) -> list[Figure]:
    """Those who are signed in press in the same moment; a stock hub has no room for as many here."""
    with our_hub() as school:
        seconds, _, errors, health = measure(school, n, signed_in=True)
    return [
        make_figure("all press at once: all at work", "s", seconds, n=n),
        make_figure("all press at once: p95 of the hub's health", "s", health, n=n, target=0.5),
        make_figure("all press at once: errors", "1", errors, n=n, target=0),
    ]


def run(quick: bool) -> list[Figure]:
    figures = [figure for n in ((2,) if quick else (1, 15, 30)) for figure in compare(n)]
    return figures + press_at_once(3 if quick else 60)


if __name__ == "__main__":
    sys.exit(main("bell", __doc__, run))
