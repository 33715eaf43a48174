"""``./sandyq bench page``: cold start, and what pages weigh and how soon they are usable, in real Chromium.

Lessons and apps are measured twice in the same run: opened by stock Voilà, and in our rooms. Usable means for both that
a widget which people use is drawn and connected to its kernel: Voilà's front end draws it after that, ours says so when
its link is there. Our kernel starts while the page is drawn, so what is done at once may wait for it: when it first
speaks, having run the visitor's own cells, is told besides.

The page's own clock tells when, from the navigation's start: Playwright, waiting for an element, has the page compile
its helpers at that very moment, which takes both sides time on a slow processor.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from figures import Figure, main, make_figure
from rehearsal import Demo, answers, free_port, open_browser, open_folder, visit, wait_for
from sandyq.settings import PROJECT, Settings
from sandyq.visits import Visit
from sandyq_hub.rooms.environment import build_environment, describe_audience

LESSON, APP = "passphrase", "attendance"
QUESTION, REGISTER = ".sandyq-question button", "[role=radiogroup]"
LIVE = "body[data-link=live] "
GREETING = 1
"""Frames that rooms send before the kernel's first word."""
KB = 1024
WATCH = """
const look = () => {
  if (document.querySelector(%s)?.getClientRects().length) console.debug("usable", performance.now());
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@dataclass(frozen=True)
class Load:
    """One opening: compressed bytes over the wire, requests (a WebSocket is one), seconds until usable, and outside.

    ``spoken``: seconds until our kernel's first word.
    """

    bytes: int
    requests: int
    seconds: float
    outside: int
    spoken: float = 0


def load(page: Page, url: str, usable: str, slow_down: int = 1) -> Load:
    """Open a page and wait until an element that a visitor uses is there."""
    session = page.context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH % json.dumps(usable)})
    session.send("Network.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": slow_down})
    sizes: list[int] = []
    asked: list[str] = []
    times: list[float] = []
    words: list[float] = []
    session.on("Network.requestWillBeSent", lambda event: times.append(event["timestamp"]))
    session.on("Network.webSocketFrameReceived", lambda event: words.append(event["timestamp"]))
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    session.on("Network.webSocketCreated", lambda event: asked.append(event["url"].replace("ws", "http", 1)))
    with page.expect_console_message(lambda said: said.text.startswith("usable"), timeout=120_000) as said:
        page.goto(url, wait_until="commit")
    seconds = float(said.value.text.split()[1]) / 1000
    page.wait_for_load_state("networkidle")
    while usable.startswith(LIVE) and len(words) < GREETING + 1:
        page.wait_for_timeout(20)
    spoken = words[GREETING] - times[0] if usable.startswith(LIVE) else 0
    session.detach()
    origin = "/".join(url.split("/")[:3])
    real = [address for address in asked if address.startswith("http")]
    return Load(
        sum(sizes), len(real), seconds, sum(not address.startswith(origin) for address in real), spoken
    )


@contextmanager
def stock_voila(notebook: Path, visit: dict[str, str]) -> Iterator[str]:
    """Stock Voilà serving one notebook, as its documentation starts it; ``visit``: variables that name the visitor."""
    port = free_port()
    command = [sys.executable, "-m", "voila", str(notebook), "--no-browser", f"--port={port}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=os.environ | visit, **quiet)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/voila/static/favicon.ico"), "stock Voilà")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


Opener = Callable[[], Page]


def measure(opener: Opener, url: str, usable: str, repeats: int, slow_down: int) -> tuple[Load, Load]:
    """Median cold and warm loads; cold: a browser profile that never saw the page."""
    cold, warm = [], []
    for _ in range(repeats):
        page = opener()
        cold.append(load(page, url, usable, slow_down))
        warm.append(load(page, url, usable, slow_down))
        page.context.close()
    return median(cold), median(warm)


def median(loads: list[Load]) -> Load:
    return Load(
        int(statistics.median(each.bytes for each in loads)),
        int(statistics.median(each.requests for each in loads)),
        round(statistics.median(each.seconds for each in loads), 2),
        max(each.outside for each in loads),
        round(statistics.median(each.spoken for each in loads), 2),
    )


def signed_in_opener(browser: Browser, demo: Demo, role: str) -> Opener:
    """Pages of fresh profiles that hold nothing but the session's cookies."""
    with visit(browser, demo) as visitor:
        visitor.sign_in(demo.account(role))
        visitor.go(f"/services/rooms/lesson/kk/{LESSON}")  # gives the rooms' cookie too
        state = visitor.page.context.storage_state()
    return lambda: browser.new_context(storage_state=state).new_page()


def bench_portal(browser: Browser, demo: Demo, repeats: int) -> Iterator[Figure]:
    for role in ("pupil", "teacher", "leader"):
        opener = signed_in_opener(browser, demo, role)
        cold, warm = measure(opener, f"{demo.url}/services/portal/", "main h1", repeats, 1)
        yield make_figure(f"portal home, {role}: weight, cold", "KB", round(cold.bytes / KB), target=300)
        yield make_figure(f"portal home, {role}: requests, cold", "1", cold.requests)
        yield make_figure(f"portal home, {role}: usable, cold", "s", cold.seconds, target=0.5)
        yield make_figure(f"portal home, {role}: usable, warm", "s", warm.seconds)
        yield make_figure(f"portal home, {role}: outside requests", "1", cold.outside, target=0)


def bench_room(
    browser: Browser, demo: Demo, case: tuple[str, str, Path, str, str], repeats: int, rates: list[int]
) -> Iterator[Figure]:
    name, role, notebook, path, usable = case
    opener = signed_in_opener(browser, demo, role)
    with stock_voila(notebook, make_visit(demo, role, name, notebook.stem)) as stock_url:
        for rate in rates:
            stock_cold, stock_warm = measure(
                lambda: browser.new_context().new_page(), stock_url, usable, repeats, rate
            )
            cold, warm = measure(opener, demo.url + path, LIVE + usable, repeats, rate)
            slow = f", {rate}× slower CPU" if rate > 1 else ""
            if rate == 1:
                weight, stock_weight = round(cold.bytes / KB), round(stock_cold.bytes / KB)
                yield make_figure(f"{name}: weight, cold", "KB", weight, stock=stock_weight, target=400)
                yield make_figure(
                    f"{name}: requests, cold", "1", cold.requests, stock=stock_cold.requests, target=10
                )
                yield make_figure(
                    f"{name}: outside requests", "1", cold.outside, stock=stock_cold.outside, target=0
                )
                yield make_figure(f"{name}: usable, cold, in seconds", "s", cold.seconds, target=1)
                yield make_figure(f"{name}: the kernel's first word, cold", "s", cold.spoken, target=1)
            for state, ours, stock in (("cold", cold, stock_cold), ("warm", warm, stock_warm)):
                yield make_figure(
                    f"{name}: usable, {state}{slow}", "s", ours.seconds, stock=stock.seconds, at_least=4
                )


def make_visit(demo: Demo, role: str, kind: str, name: str) -> dict[str, str]:
    """The variables by which a kernel knows its visitor, as rooms give them."""
    settings = Settings.from_environment(demo.part("rooms").environ())
    visit = Visit(demo.account(role)["login"], kind, name)
    made = build_environment(settings, visit, visit.login, Path.home(), describe_audience("kk", False))
    return {key: value for key, value in made.items() if key.startswith("SANDYQ_")}


def run(quick: bool) -> list[Figure]:
    repeats, rates = (1, [1]) if quick else (3, [1, 4])
    notebooks = (
        PROJECT / "curriculum" / "notebooks" / "kk" / f"{LESSON}.ipynb",
        PROJECT / "voila_apps" / f"{APP}.ipynb",
    )
    cases = [
        ("lesson", "pupil", notebooks[0], f"/services/rooms/lesson/kk/{LESSON}", QUESTION),
        ("app", "leader", notebooks[1], f"/services/rooms/app/{APP}", REGISTER),
    ]
    figures = []
    with open_folder() as folder:
        demo = Demo(folder / "home")
        for what, limit in (("first start, everything installed", 180), ("later start", 10)):
            started = time.monotonic()
            demo.start()
            figures.append(
                make_figure(f"demo: {what}", "s", round(time.monotonic() - started, 1), target=limit)
            )
            if what == "first start, everything installed":
                demo.stop()
        try:
            with open_browser() as browser:
                figures += bench_portal(browser, demo, repeats)
                for case in cases:
                    figures += bench_room(browser, demo, case, repeats, rates)
        finally:
            demo.stop()
    return figures


if __name__ == "__main__":
    sys.exit(main("page", __doc__, run))
