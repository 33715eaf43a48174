"""A real demo server and a real browser, for tests, figures and the tour."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import httpx
import psutil
from playwright.sync_api import Browser, Error, Page, Request, WebSocket, sync_playwright

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SCREEN = {"width": 1024, "height": 768}
PATIENCE = float(os.environ.get("SANDYQ_PATIENCE", "120"))
"""Seconds after which waiting for a condition is given up; an emulated machine needs more."""


def wait_for(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> object:
    """Return the condition's first true value; AssertionError naming ``what`` when there is none in time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")


def free_port() -> int:
    """One below those that Linux gives to outgoing connections: nobody takes it while a demo is started anew."""
    while True:
        port = random.randrange(12_000, 32_000)  # noqa: S311
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


LAST_WORDS = ("for a real class.", "closed to all others.")
"""How a demo's greeting ends: accounts, or the code of a new server, stand before it."""


@dataclass
class Demo:
    """``./sandyq demo`` in a folder of its own."""

    home: Path
    language: str = "kk"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """What is set besides our own environment."""
    uid: int | None = None
    """As whom it is started, by root."""
    arguments: list[str] = field(default_factory=list)
    """What is said to it besides."""
    tls_name: str = ""
    """Then it speaks HTTPS, and plain HTTP on the next port."""

    @property
    def url(self) -> str:
        return f"https://{self.tls_name}:{self.port}" if self.tls_name else f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        return (self.home.parent / f"{self.home.name}.log").read_text()

    def start(self) -> Demo:
        """Start and wait until the accounts are printed."""
        log = (self.home.parent / f"{self.home.name}.log").open("w")
        command = [
            sys.executable,
            "-m",
            "sandyq.cli",
            "demo",
            "--home",
            str(self.home),
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(
            [
                *command,
                "--lang",
                self.language,
                *(["--tls", "--name", self.tls_name] if self.tls_name else []),
                *self.arguments,
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=os.environ | self.environment,
            user=self.uid,
            group=self.uid,
            extra_groups=None if self.uid is None else [],
        )
        wait_for(
            lambda: any(words in self.output for words in LAST_WORDS) or self.process.poll() is not None,
            "the demo to open",
        )
        if self.process.poll() is not None:
            raise AssertionError(f"the demo ended with {self.process.returncode}:\n{self.output}")
        return self

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def accounts(self) -> list[dict[str, str]]:
        with (self.home / "demo-accounts.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def account(
        self, role: str, language: str | None = None, class_name: str | None = None
    ) -> dict[str, str]:
        """The first account of a role, language and class."""
        return next(
            a
            for a in self.accounts()
            if a["role"] == role and language in (None, a["language"]) and class_name in (None, a["class"])
        )

    def part(self, name: str) -> psutil.Process:
        """The process of a part: forks, proxy, hub, portal, rooms or grader."""
        marks = {
            "forks": "sandyq.prefork",
            "proxy": "configurable-http-proxy",
            "hub": "jupyterhub",
            "portal": "sandyq_portal",
            "rooms": "sandyq_hub.rooms",
            "grader": "sandyq_grading",
        }
        children = psutil.Process(self.process.pid).children()
        alike = [child for child in children if marks[name] in {Path(word).name for word in _words(child)}]
        # What a killed fork server left is the supervisor's now and is called like it, but older than its successor.
        return max(alike, key=psutil.Process.create_time)

    def forked(self, name: str = "") -> list[psutil.Process]:
        """What lives of the fork server's family and has a name that begins so; templates' begin with ``fork:``."""
        return [each for each in self.part("forks").children(recursive=True) if _is_called(each, name)]

    def keep_away(self, template: str) -> None:
        """Kill a template three times in a row: it then takes some seconds until it is made again."""

        def nursery() -> psutil.Process | None:
            return next(iter(self.forked(f"fork:{template}")), None)

        for _ in range(3):
            victim = wait_for(nursery, f"the template {template}")
            victim.kill()
            wait_for(lambda victim=victim: not is_alive(victim), "its end")

    def kill(self, name: str) -> None:
        """End a part without warning and wait until its successor answers."""
        victim = self.part(name)
        victim.kill()
        wait_for(lambda: not is_alive(victim), f"{name} to die")
        paths = {
            "proxy": "/services/portal/health",
            "hub": "/hub/health",
            "portal": "/services/portal/health",
            "rooms": "/services/rooms/health",
        }

        def is_back() -> bool:
            if name in paths and not self.tls_name:
                return answers(self.url + paths[name])
            with suppress(ValueError, psutil.NoSuchProcess):  # it has no web face
                return self.part(name).pid != victim.pid
            return False

        wait_for(is_back, f"{name} to be back")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that other uids may pass through, so that root's demo in it isolates everybody."""
    with tempfile.TemporaryDirectory(prefix="sandyq-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@contextmanager
def running_demo(**environment: str) -> Iterator[Demo]:
    """A demo in a folder of its own, ended and removed afterwards."""
    with open_folder() as folder:
        demo = Demo(folder / "home", environment=environment).start()
        try:
            yield demo
        finally:
            demo.stop()


def is_alive(process: psutil.Process) -> bool:
    """A process that only waits to be collected by its parent is dead."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _words(process: psutil.Process) -> list[str]:
    """How it was started; nothing of one that has ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        return list(process.cmdline())
    return []


def _is_called(process: psutil.Process, name: str) -> bool:
    """Whether it lives and its name, which Linux cuts at 15 characters, begins so."""
    with suppress(psutil.NoSuchProcess):
        return is_alive(process) and process.name().startswith(name[:15])
    return False


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except (URLError, OSError):
        return False


def post_sign_in(client: httpx.Client, login: str, secret: str) -> httpx.Response:
    """Fill in the sign-in form as a browser without JavaScript does; follow where it leads."""
    form = client.get("/hub/login")
    token = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
    assert token, form.text
    return client.post("/hub/login", data={"_xsrf": token[1], "username": login, "password": secret})


@contextmanager
def signed_in(demo: Demo, account: dict[str, str]) -> Iterator[httpx.Client]:
    """A client that has signed in and been to the portal."""
    with httpx.Client(base_url=demo.url, follow_redirects=True, timeout=60) as client:
        reply = post_sign_in(client, account["login"], account["password"])
        assert reply.status_code == 200, f"{account['login']}: {reply.status_code} {reply.text[:500]}"
        yield client


def open_page(client: httpx.Client, address: str) -> httpx.Response:
    """Open a page as a browser does: one that asks to be tried again is."""

    def attempt() -> httpx.Response | None:
        reply = client.get(address)
        return None if reply.status_code == 503 else reply.raise_for_status()

    return wait_for(attempt, address)  # type: ignore[return-value] # what is not None


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def has_browser() -> bool:
    return shutil.which(CHROMIUM) is not None


def hear_kernel(page: Page) -> Callable[[], bool]:
    """Return what tells whether all kernels of a page answered: what is run before, Notebook and Lab forget."""
    answered: set[str] = set()

    def hear(socket: WebSocket, frame: str | bytes) -> None:
        if b"kernel_info_reply" in (frame.encode() if isinstance(frame, str) else frame):
            answered.add(socket.url.partition("/channels")[0])

    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: hear(socket, frame)))
    return lambda: page.evaluate("1") and len(answered) >= page.locator(".jp-NotebookPanel").count() > 0


@dataclass
class Visitor:
    """Somebody at a PC of their own: one browser profile, all its requests remembered."""

    page: Page
    demo: Demo
    outside: list[str] = field(default_factory=list)
    """Addresses asked that are not this server's."""
    said: list[str] = field(default_factory=list)
    """What its pages wrote to the console, and what their scripts let fall."""

    def tell(self) -> str:
        """What stands on the page, what its scripts said and its server noted, for whoever reads of a failure."""
        try:
            shown = " | ".join(self.page.locator("body").inner_text(timeout=2_000).split("\n"))
        except Error as error:
            shown = f"nothing to be read: {error.message}"
        logs = [self.demo.home / "log" / name for name in ("rooms.log", "forks.log")]
        lines = [line for log in logs if log.exists() for line in log.read_text().splitlines()[-15:]]
        return "\n".join(
            [f"at {self.page.url}", f"shown: {shown[:600]}", *(line[:200] for line in self.said[-5:] + lines)]
        )

    def remember(self, request: Request) -> None:
        address = urlsplit(request.url)
        if (
            address.scheme in ("http", "https", "ws", "wss")
            and address.netloc != urlsplit(self.demo.url).netloc
        ):
            self.outside.append(request.url)

    def go(self, path: str) -> None:
        self.page.goto(self.demo.url + path)

    def sign_in(self, account: dict[str, str]) -> None:
        """Sign in by login and password or, where the account has a PIN, by class, name and PIN."""
        self.go("/")
        if account["password"].isdigit():
            self.page.get_by_role("link", name=account["class"], exact=True).click()
            self.page.locator(f"a[href*='login={account['login']}']").click()
        else:
            self.page.locator("input[name=username]").fill(account["login"])
        self.page.locator("input[name=password]").fill(account["password"])
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/services/portal/**")

    def choose_language(self, language: str) -> None:
        """Press the portal's language switch."""
        self.page.locator(f".languages button[value={language}]").click()
        self.page.locator(f"html[lang={language}]").wait_for(state="attached")


@contextmanager
def visit(browser: Browser, demo: Demo, *, language: str | None = None) -> Iterator[Visitor]:
    context = browser.new_context(viewport=SCREEN)
    visitor = Visitor(context.new_page(), demo)
    try:
        if language:
            context.add_cookies([{"name": "sandyq-lang", "value": language, "url": demo.url}])
        context.set_default_navigation_timeout(1000 * PATIENCE)
        context.on("request", visitor.remember)
        context.on("console", lambda message: visitor.said.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: visitor.said.append(f"thrown: {error.error}"))
        yield visitor
    except Exception as error:
        error.add_note(visitor.tell())
        raise
    finally:
        context.close()
