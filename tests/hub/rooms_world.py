"""A real hub, proxy and rooms on free ports, with a few people and two small lessons, for tests of rooms."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
from websockets.sync.client import connect

from sandyq.prefork.client import ServerAway, ask_status
from sandyq.settings import PROJECT, Settings, read_secret
from sandyq_hub import forks
from sandyq_hub.parts import find_node
from sandyq_hub.runtime import make_runtime_folder

PEOPLE = {
    "aidos": ["pupil"],
    "dana": ["pupil"],
    "erlan": ["pupil"],
    "saule": ["teacher"],
    "marat": ["leader"],
    "admin": ["administrator"],
}
SECRET_CODE = "SOURCE_NOBODY_SEES = 1"

HUB_CONFIG = """
import sys
from jupyterhub.auth import Authenticator

PEOPLE = {people!r}

class Anybody(Authenticator):
    async def authenticate(self, handler, data):
        name = data["username"]
        return {{"name": name, "groups": PEOPLE[name]}} if name in PEOPLE else None

c.JupyterHub.authenticator_class = Anybody
c.Authenticator.manage_groups = True
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.db_url = "sqlite:///{home}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{home}/hub-cookies"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [{node!r}, {proxy!r}]
c.ConfigurableHTTPProxy.pid_file = "{home}/proxy.pid"
c.JupyterHub.services = [
    {{"name": "rooms", "url": "http://127.0.0.1:{rooms_port}", "api_token": {token!r}, "oauth_no_confirm": True}}
]
c.JupyterHub.load_roles = [{{"name": "user", "scopes": ["self", "access:services!service=rooms"]}}]
"""


def free_ports(count: int) -> list[int]:
    holders = [socket.socket() for _ in range(count)]
    for holder in holders:
        holder.bind(("127.0.0.1", 0))
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def wait_until(true: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Poll until ``true()`` gives something; fail by name when it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := true():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"Waited {seconds} s in vain: {what}")


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def write_notebook(path: Path, *cells: tuple[str, str, list[str]], **about: Any) -> None:
    notebook = nbformat.v4.new_notebook(metadata={"sandyq": about})
    make = {"md": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    notebook.cells = [make[kind](text, metadata={"tags": tags}) for kind, text, tags in cells]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


ENVIRONMENT = "import json, os\nprint('ENVIRON' + json.dumps(dict(os.environ)) + 'NORIVNE')"
WIDGET = f"""
{SECRET_CODE}
import ipywidgets
label = ipywidgets.HTML("<b>not yet</b>")
button = ipywidgets.Button(description="Press")
def pressed(_button):
    label.value = "<b>it was pressed</b>"
button.on_click(pressed)
ipywidgets.VBox([button, label])
"""

SHARED = """
import json, os, pathlib, random, secrets, tempfile, uuid
import ipywidgets, numpy
dice, stream, legacy = random.Random(7), numpy.random.default_rng(7), numpy.random.RandomState(7)
marks = []
text, echo = ipywidgets.Text("nothing yet"), ipywidgets.Label("")
text.observe(lambda change: setattr(echo, "value", f"heard {change.new}"), "value")
ipywidgets.VBox([text, echo])
"""
OWN = """
kernel = get_ipython().kernel
places = {"home": pathlib.Path.home(), "scratch": pathlib.Path(tempfile.gettempdir()), "folder": pathlib.Path()}
found = {name: (place / "mark").exists() for name, place in places.items()} | {"variable": bool(marks)}
for place in places.values():
    (place / "mark").touch()
marks.append("been here")
drawn = {
    "random": random.random(), "random of the template": dice.random(), "random, new": random.Random().random(),
    "numpy": numpy.random.random(), "numpy of the template": stream.random(), "numpy, old": legacy.random(),
    "numpy, new": numpy.random.default_rng().random(), "numpy, old, new": numpy.random.RandomState().random(),
    "uuid4": str(uuid.uuid4()), "secrets": secrets.token_hex(), "urandom": os.urandom(16).hex(),
    "home": str(pathlib.Path.home()), "pid": os.getpid(), "token": os.environ["SANDYQ_VISIT_TOKEN"],
    "session": kernel.session.session, "key": kernel.session.key.decode(),
}
report = {"found": found, "drawn": drawn, "comm": text.comm.comm_id, "name": os.environ["SANDYQ_VISITOR_NAME"]}
print("ENVIRON" + json.dumps(report) + "NORIVNE")
"""
"""A visitor's cell that looks for others' marks, leaves its own and draws from everything that is random."""


def write_rooms(folder: Path) -> None:
    for language, title in (("kk", "Электр шоты"), ("ru", "Счёт за свет"), ("en", "The electricity bill")):
        write_notebook(
            folder / "notebooks" / language / "bill.ipynb",
            ("md", f"# {title}\n\nA text with $x^2$ in it.\n\n| a | b |\n|---|---|\n| 1 | 2 |", []),
            ("code", WIDGET, []),
            ("md", "## For the teacher\n\nANSWERS: 42", ["teachers"]),
            ("code", "print('TEACHERS-OUTPUT')", ["teachers"]),
            ("code", ENVIRONMENT, ["per-visitor"]),
            title=title,
            slug="bill",
            language=language,
        )
    write_notebook(
        folder / "notebooks" / "en" / "broken.ipynb",
        ("code", "raise RuntimeError('INNER ' + 'DETAILS')", []),
        ("md", "AFTERWARDS", []),
    )
    write_notebook(
        folder / "notebooks" / "en" / "stumbles.ipynb",
        ("code", "raise RuntimeError('STUMBLE ' + 'DETAILS')", ["per-visitor"]),
        ("md", "AFTERWARDS", []),
    )
    write_notebook(
        folder / "notebooks" / "en" / "marks.ipynb", ("code", SHARED, []), ("code", OWN, ["per-visitor"])
    )
    write_notebook(
        folder / "notebooks" / "en" / "stock.ipynb",
        ("code", WIDGET, []),
        ("code", ENVIRONMENT, ["per-visitor"]),
        front_end="stock",
    )
    for track in ("teachers", "leaders", "adults"):
        about = {"title": f"For {track}", "slug": f"for-{track}", "language": "en", "track": track}
        write_notebook(folder / "notebooks" / "en" / f"for-{track}.ipynb", ("md", "GROWN-UPS", []), **about)
    write_notebook(folder / "apps" / "register.ipynb", ("md", "# Register", []), ("code", ENVIRONMENT, []))
    write_notebook(folder / "outside.ipynb", ("md", "OUTSIDE", []))
    (folder / "notebooks" / "en" / "linked.ipynb").symlink_to(folder / "outside.ipynb")


@dataclass
class World:
    """The running server; ``url`` is what a browser is given."""

    folder: Path
    settings: Settings
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    rooms: subprocess.Popen[bytes] | None = None
    forks: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def room(self) -> str:
        return f"{self.url}/services/rooms"

    @property
    def log(self) -> str:
        return (self.folder / "rooms.log").read_text()

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.folder)
        self.processes.append(process)
        return process

    def start_rooms(self, *options: str) -> subprocess.Popen[bytes]:
        folders = [f"--Rooms.{kind}_dir={self.folder / kind}" for kind in ("notebooks", "apps")]
        command = [sys.executable, "-m", "sandyq_hub.rooms", *folders, *options]
        self.rooms = self.start("rooms", command, self.environment)
        health = f"http://127.0.0.1:{self.settings.rooms_port}/services/rooms/health"
        wait_until(lambda: self.check(self.rooms) and answers(health), "rooms to answer")
        return self.rooms

    def check(self, process: subprocess.Popen[bytes] | None) -> bool:
        assert process is not None
        assert process.poll() is None, f"it ended: {self.log[-3000:]}"
        return True

    def sign_in(self, login: str) -> httpx.Client:
        """A browser in which somebody has signed in."""
        client = httpx.Client(follow_redirects=True, timeout=60)
        page = client.get(f"{self.url}/hub/login")
        token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert token, page.text
        form = {"username": login, "password": "-", "_xsrf": token[1]}
        reply = client.post(f"{self.url}/hub/login?next=%2Fhub%2Fhome", data=form)
        assert reply.status_code == 200, reply.text
        return client

    def kernels(self) -> list[psutil.Process]:
        """What the fork server forked for rooms; its own templates are called ``fork:…``."""
        assert self.forks is not None
        family = psutil.Process(self.forks.pid).children(recursive=True)
        return [process for process in family if not process.name().startswith("fork:")]


def make_settings(folder: Path) -> Settings:
    port, api, hub, portal, rooms = free_ports(5)
    runtime = make_runtime_folder(folder / "forks.folder")
    return Settings(folder / "home", "kk", port, api, hub, portal, rooms, str(runtime / "server"))


def rooms_environment(settings: Settings) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        **settings.to_environment(),
        "JUPYTERHUB_API_TOKEN": read_secret(settings, "service-rooms"),
        "JUPYTERHUB_API_URL": settings.hub_api_url,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": "service-rooms",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:services!service=rooms"]',
        "JUPYTERHUB_OAUTH_CALLBACK_URL": "/services/rooms/oauth_callback",
        "JUPYTERHUB_SERVICE_NAME": "rooms",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/rooms/",
    }


def start_hub(world: World) -> None:
    settings = world.settings
    config = world.folder / "jupyterhub_config.py"
    config.write_text(
        HUB_CONFIG.format(
            people=PEOPLE,
            port=settings.port,
            api_port=settings.proxy_api_port,
            hub_port=settings.hub_port,
            rooms_port=settings.rooms_port,
            home=settings.home,
            node=find_node(),
            proxy=str(PROJECT / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"),
            token=read_secret(settings, "service-rooms"),
        )
    )
    environment = {**os.environ, "CONFIGPROXY_AUTH_TOKEN": "only-for-this-test"}
    world.start("hub", [sys.executable, "-m", "jupyterhub", "-f", str(config)], environment)


def start_forks(world: World) -> None:
    """Start the fork server and wait for its templates: what is tested is not the stock way."""
    address = world.settings.fork_socket
    world.forks = world.start("forks", forks.build_command(world.settings), forks.build_environment())

    def are_ready() -> bool:
        try:
            status = asyncio.run(ask_status(address))
        except ServerAway:
            return False
        return all(template["ready"] for template in status["templates"].values())

    wait_until(are_ready, "the fork server's templates")


class PortalsAnswers(BaseHTTPRequestHandler):
    """What rooms ask the portal: no class was given anything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"assigned": false}')

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering_portal(settings: Settings) -> Iterator[None]:
    """The portal's side of what rooms ask it, in this process, so that a test may go without; stop it by leaving."""
    with ThreadingHTTPServer(("127.0.0.1", settings.portal_port), PortalsAnswers) as portal:
        threading.Thread(target=portal.serve_forever).start()
        try:
            yield
        finally:
            portal.shutdown()


@contextmanager
def running_world(folder: Path, *options: str) -> Iterator[World]:
    """Start everything in ``folder``; end it all, and only that, afterwards."""
    settings = make_settings(folder)
    settings.home.mkdir(mode=0o700)
    write_rooms(folder)
    world = World(folder, settings, rooms_environment(settings))
    try:
        start_hub(world)
        start_forks(world)
        world.start_rooms(*options)  # at the same time: the hub waits for its services
        wait_until(lambda: answers(f"{world.url}/hub/login"), "the hub's login page")
        yield world
    finally:
        proxy = find_proxy(world)
        stop(world.processes)
        if proxy and proxy.is_running():  # the hub was killed and could not end it
            proxy.terminate()
            proxy.wait(20)
        for record in (settings.folder("rooms") / "runtime", folder / "forks.folder"):
            make_runtime_folder(record).rmdir()  # a killed run's folder goes with the making of a new one


def find_proxy(world: World) -> psutil.Process | None:
    """The proxy, a child of the hub's."""
    record = world.settings.home / "proxy.pid"
    try:
        proxy = psutil.Process(int(record.read_text()))
        return proxy if "configurable-http-proxy" in " ".join(proxy.cmdline()) else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(processes):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Page:
    """What the script of a page of ours does, without drawing: opens the link, numbers and confirms messages."""

    def __init__(
        self, world: World, client: httpx.Client, kernel: str, seen: int = 0, **headers: str
    ) -> None:
        address = f"{world.room}/api/kernels/{kernel}/link?seen={seen}".replace("http", "ws", 1)
        cookie = client.build_request("GET", f"{world.room}/api/").headers.get("cookie", "")
        headers = {"Cookie": cookie, **headers}
        self.socket = connect(address, additional_headers=headers, max_size=None, legacy=True)
        self.seen = seen
        self.sent = 0
        self.have = 0
        """How many of ours the server has confirmed."""
        self.heard: list[dict[str, Any]] = []

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, kind: str, content: dict[str, Any], number: int | None = None) -> int:
        self.sent = number or self.sent + 1
        self.socket.send(json.dumps({"n": self.sent, "type": kind, "content": content, "have": self.seen}))
        return self.sent

    def receive(self, seconds: float = 20) -> dict[str, Any]:
        """The next message; those already seen are not given again."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(timeout=seconds))
            self.have = max(self.have, message["have"])
            if message.get("n", 0) > self.seen:
                self.seen = message["n"]
                self.heard.append(message)
                return message

    def wait_for(self, text: str) -> dict[str, Any]:
        """The first message, heard already or to come, in which a text stands."""
        for message in self.heard:
            if text in json.dumps(message, ensure_ascii=False):
                return message
        while text not in json.dumps(message := self.receive(), ensure_ascii=False):
            pass
        return message
