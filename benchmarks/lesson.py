"""``./sandyq bench lesson``: visitors open the same lesson at once; until each one's widgets answer.

The client does what the page's script does. Voilà's opens the kernel's WebSocket, asks the kernel who it is, which
widgets there are, and for all their states. Ours has the states in the page: it opens the link and asks one widget,
whose answer shows that the kernel is there and that the visitor's own cells have run. Stock Voilà executes the notebook
for everybody; rooms fork it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
import websockets

from figures import Figure, main, make_figure
from messages import ask, connect, find_kernel, make_message
from rehearsal import Demo, answers, free_port, open_folder, post_sign_in, running_demo, wait_for
from sandyq.prefork.processes import read_private_memory
from sandyq.settings import PROJECT

LESSON, MANY = "electricity-bill", "many-widgets"
MANY_WIDGETS = """
import ipywidgets as w
import pandas
from IPython.display import display
display(pandas.DataFrame({"class": ["5A", "5B", "5A"], "value": [1, 2, 3]}).groupby("class").mean())
for number in range(32):
    display(w.VBox([w.HTML(f"<b>{number}</b>"), w.IntSlider(number), w.Dropdown(options="abc"), w.Button()]))
"""
"""A table and 448 models: each widget has a layout, and all but the boxes a style."""
MB = 2**20
NO_TLS = httpx.create_ssl_context(verify=False)
"""Nothing here is https: without it each client reads the list of the world's authorities, 16 ms, as it is made."""
PATIENCE = 90.0
"""Seconds after which a visitor gives up: some of many stock kernels that start at once die of a race for ports."""


@dataclass
class Place:
    """Where visitors open the lesson."""

    page: str
    """Address of the page."""
    enter: Callable[[httpx.AsyncClient, httpx.Response], Awaitable[None]]
    """What the page's script does until its widgets answer."""
    kernels: Callable[[], list[psutil.Process]]
    """The visitors' kernels at the moment."""


async def visit(place: Place, client: httpx.AsyncClient) -> float:
    """Open the lesson; return the seconds until a widget's kernel has answered."""
    began = time.perf_counter()
    page = await client.get(place.page, timeout=300)
    page.raise_for_status()
    await place.enter(client, page)
    return time.perf_counter() - began


async def make_template(place: Place, jar: list[Any]) -> None:
    """The first visit, not measured, makes the template for all later ones; it leaves as a page does that is closed."""
    async with httpx.AsyncClient(timeout=300) as client:
        for cookie in jar:
            client.cookies.jar.set_cookie(cookie)
        page = (await client.get(place.page)).raise_for_status()
        token = next(
            cookie.value for cookie in client.cookies.jar if cookie.name == "_xsrf" and "rooms" in cookie.path
        )
        address = f"{find_rooms(place.page)}/voila/api/shutdown/{find_kernel(page.text)}"
        (await client.post(address, headers={"X-XSRFToken": token})).raise_for_status()


def find_rooms(page: str) -> str:
    """The address below which a page and all that its script asks for stand."""
    return re.split(r"/(?:lesson|app)/|/$", page)[0]


def find_socket(page: httpx.Response, end: str) -> str:
    """The address of the WebSocket to the page's kernel."""
    rooms = find_rooms(str(page.url.copy_with(scheme="ws")))
    return f"{rooms}/api/kernels/{find_kernel(page.text)}/{end}"


async def enter_voila(client: httpx.AsyncClient, page: httpx.Response) -> None:
    async with connect(client, find_socket(page, "channels"), page.url.path) as socket:
        await ask(socket, "kernel_info_request", {})
        comms = (await ask(socket, "comm_info_request", {"target_name": "jupyter.widget"}))["comms"]
        assert len(comms) > 10, comms
        data = {"method": "request_states"}
        message = make_message(
            "comm_open", {"comm_id": uuid.uuid4().hex, "target_name": "jupyter.widget.control", "data": {}}
        )
        message["metadata"] = {"version": "1.0.0"}
        await socket.send(json.dumps(message))
        await socket.send(
            json.dumps(make_message("comm_msg", {"comm_id": message["content"]["comm_id"], "data": data}))
        )
        while not is_states(await socket.recv()):
            pass


async def enter_ours(
    client: httpx.AsyncClient,
    page: httpx.Response,
    leave: Callable[[websockets.ClientConnection], None] | None = None,
) -> None:
    """``leave``: how one goes, instead of closing the page."""
    saved = re.search(r'id="sq-states-\w+">(.*?)</script>', page.text, re.DOTALL)
    assert saved, page.text[-3000:]
    states = json.loads(saved[1])["state"]
    assert states, page.text[-3000:]
    content = {"comm_id": next(iter(states)), "data": {"method": "request_state"}}
    async with connect(client, find_socket(page, "link"), page.url.path) as socket:
        await socket.send(json.dumps({"n": 1, "type": "comm_msg", "content": content}))
        while f'"parent": "{find_kernel(page.text)}-1"' not in await socket.recv():
            pass
        if leave:
            leave(socket)


def is_states(reply: str | bytes) -> bool:
    """All widgets' states at once, as the front end gets them; with buffers they come as bytes."""
    return b"update_states" in reply if isinstance(reply, bytes) else "update_states" in reply


@contextmanager
def content() -> Iterator[Path]:
    """A folder with the two lessons: one of ours, and one with as many widgets as a page may ever have."""
    with open_folder() as folder:
        lessons = folder / "curriculum" / "notebooks" / "kk"
        lessons.mkdir(parents=True)
        (folder / "voila_apps").mkdir()
        shutil.copy(PROJECT / "curriculum" / "notebooks" / "kk" / f"{LESSON}.ipynb", lessons)
        cells = [nbformat.v4.new_markdown_cell("# 448"), nbformat.v4.new_code_cell(MANY_WIDGETS)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), lessons / f"{MANY}.ipynb")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield folder


@contextmanager
def stock(folder: Path, lesson: str) -> Iterator[Place]:
    """Stock Voilà with one lesson, with bytecode compiled, as its documentation starts it."""
    port = free_port()
    notebook = folder / "curriculum" / "notebooks" / "kk" / f"{lesson}.ipynb"
    command = [sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)
    url = f"127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"http://{url}/voila/static/favicon.ico"), "stock Voilà")
        yield Place(
            f"http://{url}/",
            enter_voila,
            lambda: psutil.Process(process.pid).children(),
        )
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:  # with many kernels at once stock Voilà can hang in a send
            process.kill()
            process.wait()


@contextmanager
def ours(demo: Demo, lesson: str) -> Iterator[Place]:
    url = f"127.0.0.1:{demo.port}/services/rooms"

    def kernels() -> list[psutil.Process]:
        return demo.forked(lesson)

    yield Place(f"http://{url}/lesson/kk/{lesson}", enter_ours, kernels)


def sign_in(demo: Demo, count: int) -> list[dict[str, str]]:
    """Sign ``count`` pupils in and return their cookies for rooms; each opens rooms once, unmeasured."""
    pupils = [account for account in demo.accounts() if account["role"] == "pupil"][:count]
    cookies = []
    for pupil in pupils:
        with httpx.Client(base_url=demo.url, follow_redirects=True, timeout=60) as client:
            post_sign_in(client, pupil["login"], pupil["password"])
            client.get("/services/rooms/lesson/kk/nothing")
            cookies.append(list(client.cookies.jar))
    return cookies


async def visit_all(place: Place, jars: list[list[object]]) -> tuple[list[float], float, int]:
    """Everybody opens the lesson at once; return who got in, in seconds, MB a kernel, and how many did not."""
    clients = []
    for jar in jars:
        client = httpx.AsyncClient(verify=NO_TLS, trust_env=False)
        for cookie in jar:
            client.cookies.jar.set_cookie(cookie)
        clients.append(client)
    visits = (asyncio.wait_for(visit(place, client), PATIENCE) for client in clients)
    outcomes = await asyncio.gather(*visits, return_exceptions=True)
    seconds = [each for each in outcomes if isinstance(each, float)]
    memory = statistics.mean(read_private_memory(kernel.pid) for kernel in place.kernels()) / MB
    for client in clients:
        await client.aclose()
    return seconds, memory, len(clients) - len(seconds)


def measure_work(demo: Demo, place: Place) -> dict[str, float]:
    """Processor seconds so far: each part of the server, the lesson's template, all its kernels, and this client."""
    spent = {name: _processor_time(demo.part(name)) for name in ("proxy", "hub", "portal", "rooms")}
    return spent | {
        "templates": sum(map(_processor_time, demo.forked("fork:"))),
        "kernels": sum(map(_processor_time, place.kernels())),
        "client": sum(os.times()[:2]),
    }


def _processor_time(process: psutil.Process) -> float:
    """Seconds in user and kernel mode; 0 when it has just ended."""
    try:
        return sum(process.cpu_times()[:2])
    except psutil.NoSuchProcess:
        return 0.0


def quantile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


def compare(demo: Demo, folder: Path, lesson: str, n: int) -> list[Figure]:
    """Stock and ours, one after the other, with ``n`` visitors at once."""
    with stock(folder, lesson) as place:
        stock_seconds, stock_memory, stock_errors = asyncio.run(visit_all(place, [[]] * n))
    jars = sign_in(demo, n)
    with ours(demo, lesson) as place:
        before = measure_work(demo, place)
        seconds, memory, errors = asyncio.run(visit_all(place, jars))
        after = measure_work(demo, place)
    last, p95 = (
        (round(quantile(ours_, share), 2), round(quantile(theirs, share), 2))
        for share in (1, 0.95)
        for ours_, theirs in [(seconds, stock_seconds)]
    )
    return [
        make_figure(
            f"{lesson}: all interactive", "s", last[0], n=n, stock=last[1], at_least=15 if n == 15 else None
        ),
        make_figure(f"{lesson}: p95", "s", p95[0], n=n, stock=p95[1], target=2.5 if n == 30 else None),
        make_figure(f"{lesson}: errors", "1", errors, n=n, stock=stock_errors, target=0),
        *(
            make_figure(f"{lesson}: processor, {name}", "ms", round(1000 * (spent - before[name]) / n), n=n)
            for name, spent in after.items()
        ),
        make_figure(
            f"{lesson}: memory a visitor",
            "MB",
            round(memory, 1),
            n=n,
            stock=round(stock_memory, 1),
            target=18,
        ),
    ]


def run(quick: bool) -> list[Figure]:
    figures = []
    with content() as folder, running_demo(SANDYQ_CONTENT=str(folder)) as demo:
        for lesson in (LESSON, MANY):
            with ours(demo, lesson) as place:
                asyncio.run(make_template(place, sign_in(demo, 1)[0]))
            for n in (1, 3) if quick else (1, 15, 30):
                figures += compare(demo, folder, lesson, n)
    return figures


if __name__ == "__main__":
    sys.exit(main("lesson", __doc__, run))
