"""``./sandyq bench kernel``: from the wish for a kernel to its first replies; stock, ours, and the floor below ours.

One client for all: it writes the connection file, asks for a process, puts two requests over ZMQ and reads the replies.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import zmq
import zmq.asyncio
from jupyter_client.session import Session

from figures import Figure, main, make_figure
from rehearsal import wait_for
from sandyq.prefork.client import Child, ServerAway, ask_status
from sandyq.prefork.processes import read_private_memory
from sandyq.prefork.wishes import Launch
from sandyq_hub.forks import PRELOAD, WARM_UP

CELL = """
import pandas, ipywidgets
pandas.DataFrame({"class": ["5A", "5B"], "value": [1, 2]}).groupby("class").value.mean()
"""
OPTIONS = ["--HistoryManager.enabled=False"]
"""As in our kernelspec: no database of what was typed, and no thread that writes it."""
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "OPENBLAS_NUM_THREADS": "1"}
EXECUTE = {"silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
MB = 2**20


@dataclass
class Started:
    """One kernel at work: seconds to its first reply and to the end of its first pandas cell."""

    pid: int
    first_reply: float
    first_cell: float
    end: Callable[[], None]


Starter = Callable[[Path], Awaitable[tuple[int, Callable[[], None]]]]


def write_connection(folder: Path) -> tuple[Path, str]:
    name, key = secrets.token_hex(4), secrets.token_hex(16)
    ports = {
        f"{channel}_port": n for n, channel in enumerate(("shell", "iopub", "stdin", "hb", "control"), 1)
    }
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"transport": "ipc", "ip": str(folder / name), "key": key} | ports))
    return file, key


async def start(starter: Starter, folder: Path, context: zmq.asyncio.Context, cell: str = CELL) -> Started:
    # Python remembers the names in the folder that it starts in: no others
    own = folder / secrets.token_hex(4)
    own.mkdir()
    began = time.perf_counter()
    file, key = write_connection(own)
    pid, end = await starter(file)
    session = Session(key=key.encode())
    with context.socket(zmq.DEALER) as socket:
        socket.reconnect_ivl = 1  # ms: the default of 100 would be most of what is measured
        socket.connect(f"ipc://{own / file.stem}-1")
        await ask(socket, session, "kernel_info_request", {})
        replied = time.perf_counter()
        if cell:
            await ask(socket, session, "execute_request", {"code": cell} | EXECUTE)
    return Started(pid, replied - began, time.perf_counter() - began, end)


async def ask(socket: zmq.asyncio.Socket, session: Session, kind: str, content: dict[str, object]) -> None:
    await socket.send_multipart(session.serialize(session.msg(kind, content)))
    while True:
        _, parts = session.feed_identities(await socket.recv_multipart())
        reply = session.deserialize(parts)
        if reply["parent_header"].get("msg_type") == kind:
            assert reply["content"]["status"] == "ok", reply["content"]
            return


async def start_stock(file: Path) -> tuple[int, Callable[[], None]]:
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", str(file), *OPTIONS]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = ENVIRONMENT | {"HOME": str(file.parent)}
    process = subprocess.Popen(command, env=environment, cwd=file.parent, **quiet)  # noqa: ASYNC220 # as jupyter_client

    def end() -> None:
        process.kill()
        process.wait()

    return process.pid, end


def forker(address: str, template: str) -> Starter:
    async def start_fork(file: Path) -> tuple[int, Callable[[], None]]:
        environment = ENVIRONMENT | {"HOME": str(file.parent)}
        wish = Launch(template, ["-f", str(file), *OPTIONS], environment, str(file.parent), tied=True)
        child = await Child.launch(address, wish)  # its output goes nowhere, as the stock one's does
        return child.pid, child.detach

    return start_fork


async def measure(starter: Starter, folder: Path, count: int, cell: str = CELL) -> tuple[float, float, float]:
    """Start ``count`` kernels at once; return seconds until all replied, until all did the cell, MB of each."""
    with zmq.asyncio.Context() as context:
        kernels = await asyncio.gather(*(start(starter, folder, context, cell) for _ in range(count)))
    memory = statistics.mean(read_private_memory(kernel.pid) for kernel in kernels) / MB
    for kernel in kernels:
        kernel.end()
    return max(k.first_reply for k in kernels), max(k.first_cell for k in kernels), memory


def medians(starter: Starter, folder: Path, count: int, repeats: int) -> list[float]:
    runs = [asyncio.run(measure(starter, folder, count)) for _ in range(repeats)]
    return [round(statistics.median(column), 4) for column in zip(*runs, strict=True)]


def measure_fork(address: str, folder: Path) -> tuple[float, float]:
    """Return seconds and private MB of a fork that does nothing."""

    async def fork() -> tuple[float, float]:
        began = time.perf_counter()
        child = await Child.launch(address, Launch("floor", [], ENVIRONMENT, str(folder), tied=True))
        seconds = time.perf_counter() - began
        memory = read_private_memory(child.pid) / MB
        child.detach()
        return seconds, memory

    runs = [asyncio.run(fork()) for _ in range(9)]
    return statistics.median(s for s, _ in runs), statistics.median(m for _, m in runs)


def measure_pages(address: str, folder: Path) -> dict[str, float]:
    """MB of one kernel that did its pandas cell, by what the memory is for."""

    async def look() -> dict[str, float]:
        with zmq.asyncio.Context() as context:
            kernel = await start(forker(address, "kernel"), folder, context)
            sums = sum_pages(kernel.pid)
            kernel.end()
        return sums

    return asyncio.run(look())


def sum_pages(pid: int) -> dict[str, float]:
    sums = dict.fromkeys(("Python's objects", "C's heap", "libraries and stacks"), 0.0)
    kind = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if line.startswith("Private_"):
            sums[kind] += int(line.split()[1]) / 1024
        elif line[0] in "0123456789abcdef":
            name = line.split()[5:]
            kind = (
                "C's heap" if name == ["[heap]"] else "libraries and stacks" if name else "Python's objects"
            )
    return sums


def start_server(folder: Path, **more: object) -> subprocess.Popen[bytes]:
    """Start a fork server in ``folder``; ``more``: what its plan holds besides."""
    options = {"preload": ",".join(PRELOAD.split()), "warm_up": WARM_UP}
    templates = {
        "kernel": {"recipe": "sandyq.prefork.kernel"} | options,
        "floor": {"recipe": "floor_fork"} | options,
    }
    plan = {"socket": str(folder / "server"), "callers": [os.getuid()], "templates": templates, "recipes": []}
    plan |= more
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent)}
    server = subprocess.Popen([sys.executable, "-m", "sandyq.prefork", json.dumps(plan)], env=environment)

    def is_ready() -> bool:
        try:
            found = asyncio.run(ask_status(plan["socket"]))["templates"]
        except ServerAway:
            return False
        return all(found.get(name, {}).get("ready") for name in templates)

    wait_for(is_ready, "the templates")
    return server


def compare(ours: Starter, folder: Path, n: int, repeats: int) -> list[Figure]:
    """Stock and ours, one after the other, with ``n`` kernels at once."""
    stock = medians(start_stock, folder, n, repeats)
    reply, cell, memory = medians(ours, folder, n, repeats)
    at_least = 6 if n == 1 else None
    return [
        make_figure("first reply", "s", reply, n=n, stock=stock[0], at_least=at_least),
        make_figure("first pandas cell done", "s", cell, n=n, stock=stock[1], at_least=at_least),
        make_figure("private memory each", "MB", round(memory, 1), n=n, stock=round(stock[2], 1), target=18),
    ]


def measure_floor(address: str, folder: Path, repeats: int) -> list[Figure]:
    """What no kernel forked from such a process can be better than."""
    seconds, megabytes = measure_fork(address, folder)
    runs = [asyncio.run(measure(forker(address, "floor"), folder, 1, "")) for _ in range(repeats)]
    zmq_seconds, _, zmq_memory = (statistics.median(column) for column in zip(*runs, strict=True))
    pages = measure_pages(address, folder)
    return [
        *(make_figure(f"private memory: {kind}", "MB", round(size, 1)) for kind, size in pages.items()),
        make_figure("floor: a bare fork", "s", round(seconds, 4)),
        make_figure("floor: a bare fork, private memory", "MB", round(megabytes, 1)),
        make_figure("floor: a fork with one ZMQ socket, first reply", "s", round(zmq_seconds, 4)),
        make_figure("floor: the same, private memory", "MB", round(zmq_memory, 1)),
    ]


def run(quick: bool) -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory(prefix="bk-") as name:
        folder = Path(name)
        address, server = str(folder / "server"), start_server(folder)
        try:
            for n in (1, 4) if quick else (1, 15, 30):
                repeats = 1 if quick else 9 if n == 1 else 3
                figures += compare(forker(address, "kernel"), folder, n, repeats)
            figures += measure_floor(address, folder, 3 if quick else 9)
        finally:
            server.terminate()
            server.wait()
    return figures


if __name__ == "__main__":
    sys.exit(main("kernel", __doc__, run))
