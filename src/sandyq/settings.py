"""Where things are: one frozen object, passed to every part through the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from sandyq.durable import make_folder, sync_folder, write_durably

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: ``curriculum/notebooks``, ``voila_apps`` and ``node_modules`` stand in it."""
PEOPLE_CHANGED = "people-changed"
"""File in the portal's folder, written when people of the school were changed on a page."""


@dataclass(frozen=True)
class Settings:
    """What the parts of one server must agree on.

    Every field travels as ``SANDYQ_<NAME>`` in the environment of hub, portal and rooms.
    """

    home: Path
    """Folder with everything that belongs to this school."""
    language: str = "kk"
    """What strangers see before they sign in: kk, ru or en."""
    port: int = 8000
    """Public port of the proxy."""
    proxy_api_port: int = 8001
    hub_port: int = 8081
    portal_port: int = 8082
    rooms_port: int = 8083
    fork_socket: str = ""
    """Where the fork server listens; empty: there is none, and everything starts the stock way."""
    database: str = ""
    """SQLAlchemy URL of the school database; empty: SQLite under ``home``."""

    uid_base: int = 0
    """The first of the numbers under which parts and people work; 0: nobody is isolated from anybody."""

    disk_quota: int = 500
    """Megabytes that one person's folder may hold; 0: no limit."""

    content: Path = PROJECT
    """Folder in which ``curriculum/notebooks`` and ``voila_apps`` stand; a link, where updates may bring new ones."""

    listen: str = "127.0.0.1"
    """Address on which the proxy takes visitors; ``0.0.0.0``: all of the machine's."""

    tls_name: str = ""
    """The server's name in its certificate, such as sandyq.local: then ``port`` speaks HTTPS; empty: plain HTTP."""

    plain_port: int = 0
    """Port of plain HTTP beside HTTPS: explains whom to trust, and leads to HTTPS; 0: none."""

    hsts_days: int = 0
    """How long browsers shall refuse plain HTTP and every warning: for when all PCs trust the certificate; 0: not."""

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.folder('school') / 'school.sqlite'}"

    def folder(self, name: str) -> Path:
        """A part's own folder, or ``school`` with the database, ``people`` with their homes, ``secrets``, ``log``."""
        return self.home / name

    @property
    def school_group(self) -> int:
        """The group of the parts that read the school's database; -1 before there is one."""
        folder = self.folder("school")
        return folder.stat().st_gid if folder.is_dir() else -1

    @property
    def notebooks(self) -> Path:
        """Built lessons: ``<notebooks>/<language>/<slug>.ipynb``."""
        return self.content / "curriculum" / "notebooks"

    @property
    def packets(self) -> Path:
        """Built assignments: ``<packets>/<course>/<name>/<language>/assignment.json`` and notebooks, solutions too."""
        return self.content / "assignments" / "notebooks"

    @property
    def assignments(self) -> Path:
        """What courses took of them: ``<id>/v<version>/``, each as a packet."""
        return self.folder("assignments")

    @property
    def submissions(self) -> Path:
        """What pupils handed in, and what became of it when it was graded."""
        return self.folder("submissions")

    @property
    def photos(self) -> Path:
        """Pictures of children's works, by the SHA-256 of what is kept."""
        return self.folder("photos")

    @property
    def published(self) -> Path:
        """What teachers published to their classes, in the same form as ``notebooks``."""
        return self.folder("published")

    @property
    def own_apps(self) -> Path:
        """Apps that people made themselves: ``<own_apps>/<name>/<name>.ipynb``, its tables beside it."""
        return self.published / "apps"

    @property
    def apps(self) -> Path:
        """Voilà apps: ``<apps>/<name>.ipynb``."""
        return self.content / "voila_apps"

    @property
    def homes(self) -> Path:
        """People's own folders, one a login."""
        return self.folder("people")

    @property
    def address(self) -> str:
        """Where people open this server."""
        if not self.tls_name:
            return f"http://127.0.0.1:{self.port}"
        return f"https://{self.tls_name}" + (f":{self.port}" if self.port != 443 else "")

    def trust_address(self, host: str) -> str:
        """Where a PC that does not trust yet learns how: plain HTTP, by name or by address."""
        if not self.plain_port:
            return f"{self.address}/trust"
        return f"http://{host}{f':{self.plain_port}' if self.plain_port != 80 else ''}/trust"

    @property
    def portal_url(self) -> str:
        """The portal as the server's own parts reach it."""
        return f"http://127.0.0.1:{self.portal_port}/services/portal"

    @property
    def hub_api_url(self) -> str:
        return f"http://127.0.0.1:{self.hub_port}/hub/api"

    def to_environment(self) -> dict[str, str]:
        return {f"SANDYQ_{field.name.upper()}": str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read ``SANDYQ_*``; raise ValueError naming the variable when one is missing or malformed."""
        if "SANDYQ_HOME" not in environment:
            raise ValueError("SANDYQ_HOME is not set. Set it to the folder that holds this school's data.")
        values: dict[str, str | int | Path] = {}
        for field in fields(cls):
            name = f"SANDYQ_{field.name.upper()}"
            if name in environment:
                values[field.name] = _parse(name, environment[name], field.type)
        return cls(**values)  # type: ignore[arg-type] # the types were just made to fit

    def save(self) -> None:
        """Write these settings to ``home``, so that other commands find this server."""
        write_durably(self.home / "server.json", json.dumps(self.to_environment(), indent=1).encode())

    @classmethod
    def load(cls, home: Path) -> Settings:
        """Read what ``save`` wrote; ValueError when there is no server in that folder."""
        path = home / "server.json"
        if not path.exists():
            raise ValueError(
                f"{home} holds no Sandyq server. Give its folder with --home, or start one: ./sandyq demo"
            )
        return cls.from_environment(json.loads(path.read_text()))


def find_lesson_folder(slug: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where a lesson's own files are: beside the lessons that the server shows, else in the project."""
    shown = Path(environment.get("SANDYQ_CONTENT", PROJECT)) / "curriculum" / "lessons" / slug
    return shown if shown.is_dir() else PROJECT / "curriculum" / "lessons" / slug


def _parse(name: str, text: str, kind: object) -> str | int | Path:
    if kind == "Path":
        return Path(text)
    if kind == "int":
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{name} is {text!r}, not a whole number. Give a port such as 8000.") from None
    return text


def read_secret(settings: Settings, name: str) -> str:
    """Return a secret of this server, kept in ``home/secrets`` and made on first use (hex, 32 bytes)."""
    path = settings.folder("secrets") / name
    if not path.exists():
        make_folder(path.parent, 0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(os.urandom(32).hex())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)  # first writer wins, so two parts starting at once agree
            _sync(path.parent)  # before anybody signs with it
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)  # also when the disk is full: the next try finds nothing in its way
        sync_folder(path.parent)
    return path.read_text()


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
