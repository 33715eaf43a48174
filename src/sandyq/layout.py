"""Where an installed server has its things, as the machine sees them and, for images and tests, below a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from sandyq.settings import PROJECT, Settings

OPT: Final = Path("/opt/sandyq")
HOME: Final = Path("/var/lib/sandyq")
CURRENT: Final = OPT / "current"
RUNTIME: Final = HOME / "run"
"""Sockets and visitors' homes: on the disk, where a bomb fills no memory; emptied at each start of the machine."""
USB: Final = Path("/media/sandyq")
COMPLETE: Final = ".complete"
"""In a version's folder: all of it is there."""


@dataclass(frozen=True)
class Layout:
    """``root``: the folder that is or becomes a machine's ``/``."""

    root: Path = Path("/")

    def of(self, path: Path | str) -> Path:
        """Return where we find what the machine calls ``path``."""
        return self.root / str(path).lstrip("/")

    @cached_property
    def versions(self) -> Path:
        return self.of(OPT / "versions")

    @cached_property
    def current(self) -> Path:
        return self.of(CURRENT)

    @cached_property
    def home(self) -> Path:
        return self.of(HOME)

    @cached_property
    def configuration(self) -> Path:
        return self.of("/etc/sandyq/school.toml")

    @cached_property
    def units(self) -> Path:
        return self.of("/etc/systemd/system")

    @property
    def is_live(self) -> bool:
        """It is this machine, and systemd runs it."""
        return self.root == Path("/") and Path("/run/systemd/system").is_dir()

    def find_current(self) -> str:
        """Return the version that is installed; empty: none."""
        return self.current.readlink().name if self.current.is_symlink() else ""

    def list_versions(self) -> list[str]:
        """Return the versions that are there as a whole."""
        return sorted(path.parent.name for path in self.versions.glob(f"*/{COMPLETE}"))

    def python_of(self, version: str) -> Path:
        return self.versions / version / ".venv" / "bin" / "python"

    def read_settings(self) -> Settings:
        """Return the settings with paths as we see them; ValueError where nothing is installed."""
        told = Settings.load(self.home)
        return replace(
            told,
            home=self.home,
            content=self.of(told.content),
            fork_socket=str(self.of(told.fork_socket)),
        )


def find_own_version() -> str:
    """Return the version whose program runs; empty: it is no installed one but a checkout."""
    return PROJECT.name if PROJECT.parent.name == "versions" and PROJECT.parents[1].name == "sandyq" else ""


def find_own_layout() -> Layout | None:
    """Return the layout in which this program stands; None for a checkout's."""
    return Layout(PROJECT.parents[3]) if find_own_version() else None


def write_commands(text: str) -> str:
    """Write the commands in a text as they are typed here: an installed server's program needs no folder."""
    return text.replace("./sandyq ", "sandyq ") if find_own_layout() else text
