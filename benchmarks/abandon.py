"""``./sandyq bench abandon``: lessons opened and left without a word, again and again: do kernels and memory stay?

Each visit opens the page and its link as a browser does, and then is gone as if the PC was switched off: the server
hears no word of it, not even from below the WebSocket; what it sends is not read and its pings are not answered.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

import httpx
import psutil
import websockets

import lesson
from figures import Figure, main, make_figure
from rehearsal import Demo, running_demo
from sandyq.prefork.processes import read_private_memory
from sandyq_hub.rooms.kernels import RoomKernels

CAP = RoomKernels.cap.default_value
PARTS = ("forks", "proxy", "hub", "portal", "rooms")
MB = 2**20
switched_off: list[int] = []
"""Descriptors of connections whose other end was not told."""


def switch_off(socket: websockets.ClientConnection) -> None:
    """Drop a connection here and leave it open to Linux, which then says nothing to the server."""
    switched_off.append(os.dup(socket.transport.get_extra_info("socket").fileno()))
    socket.transport.abort()


def measure_server(demo: Demo) -> float:
    """MB of the server itself: its parts and the templates, without the visitors' kernels."""
    templates = demo.forked("fork:")
    processes = [*(demo.part(name) for name in PARTS), *templates]
    return sum(read_private_memory(process.pid) for process in processes) / MB


async def open_and_leave(place: lesson.Place, jar: list[object]) -> float:
    """One visit; returns the seconds until one was let in, with the waiting page's pauses when all places are taken."""
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=60) as client:
        for cookie in jar:
            client.cookies.jar.set_cookie(cookie)
        while (page := await client.get(place.page)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
            await asyncio.sleep(float(page.headers["Retry-After"]))
        page.raise_for_status()
        await lesson.enter_ours(client, page, switch_off)
    return time.monotonic() - began


def visit_again_and_again(
    demo: Demo, place: lesson.Place, jars: list[list[object]], count: int
) -> tuple[int, float]:
    """``count`` visits, one after another, in turns; return the most kernels that were seen, and the server's MB."""
    most = 0
    for number in range(count):
        asyncio.run(open_and_leave(place, jars[number % len(jars)]))
        most = max(most, sum(kernel.status() != psutil.STATUS_ZOMBIE for kernel in place.kernels()))
    return most, measure_server(demo)


def run(quick: bool) -> list[Figure]:
    warm, count, people = (10, 40, 4) if quick else (100, 500, CAP // 2)
    with lesson.content() as folder, running_demo(SANDYQ_CONTENT=str(folder)) as demo:
        jars = lesson.sign_in(demo, 2 * people)
        returning, others = jars[:people], jars[people:]
        with lesson.ours(demo, lesson.LESSON) as place:
            _, before = visit_again_and_again(demo, place, returning, warm)
            most, after = visit_again_and_again(demo, place, returning, count)
            waited = asyncio.run(open_and_leave(place, others[0]))
            left = len(place.kernels())
        for descriptor in switched_off:
            os.close(descriptor)
    growth = round(100 * (after - before) / before, 1)
    return [
        make_figure("kernels at most", "1", most, n=count, target=min(CAP, 2 * people)),
        make_figure("kernels after somebody else came", "1", left, n=count, target=CAP),
        make_figure("the server's own memory before", "MB", round(before, 1), n=warm),
        make_figure("the server's own memory after", "MB", round(after, 1), n=count),
        make_figure("growth", "%", growth, n=count, target=None if quick else 5),
        make_figure("somebody else waited for a place", "s", round(waited, 1), n=1),
    ]


if __name__ == "__main__":
    sys.exit(main("abandon", __doc__, run))
