"""The program of one version: what belongs to it, how it is called, and how it comes to ``/opt/sandyq/versions``."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from sandyq.durable import make_folder, write_durably
from sandyq.layout import COMPLETE, Layout, find_own_version

BELONGS: Final = (
    ".npmrc",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "assignments",
    "curriculum",
    "docs",
    "hub_config",
    "package-lock.json",
    "package.json",
    "portal",
    "pyproject.toml",
    "requirements.lock",
    "sandyq",
    "src",
    "voila_apps",
    "widgets",
)
"""Of a checkout or a kit; tests, benchmarks and packages do not."""
LEFT_OUT: Final = frozenset({"__pycache__", ".ipynb_checkpoints", ".build-notes.json"})


def list_files(source: Path) -> Iterator[Path]:
    """Give the files of a program, relative to its folder, in an order that is always the same."""
    for name in BELONGS:
        top = source / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not LEFT_OUT & set(path.parts) and path.suffix != ".pyc":
                yield path.relative_to(source)


def name_version(source: Path) -> str:
    """Return a version's name: its number and what its files are, so that two programs that differ have two names."""
    number = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    sum_ = sha256()
    for path in list_files(source):
        content = sha256((source / path).read_bytes()).digest()
        sum_.update(f"{path}\0{_mode_of(source / path):o}\0".encode() + content)
    return f"{number}-{sum_.hexdigest()[:10]}"


def find_version(source: Path) -> str:
    """Return the version of a program, whether it is installed or not."""
    return find_own_version() or name_version(source)


def is_complete(layout: Layout, version: str) -> bool:
    return (layout.versions / version / COMPLETE).exists()


def copy_program(layout: Layout, source: Path, version: str) -> None:
    """Copy a program beside those that are there; closed to all until ``open_program``: it holds solutions."""
    folder = layout.versions / version
    make_folder(folder, 0o700)
    folder.chmod(0o700)
    for path in list_files(source):
        target = folder / path
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        shutil.copyfile(source / path, target)
        target.chmod(_mode_of(source / path))
    for path in folder.glob("**/"):
        if path != folder and ".venv" not in path.parts and "node_modules" not in path.parts:
            path.chmod(0o755)


def _mode_of(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def set_up_packages(layout: Layout, version: str) -> None:
    """Fetch the version's packages into its folder; where the root is another machine's, inside of that."""
    launcher = layout.versions / version / "sandyq"
    command = [str(launcher), "version"]
    if layout.root != Path("/") and not _has_stamp(layout, version):
        command = ["chroot", str(layout.root), f"/{launcher.relative_to(layout.root)}", "version"]
    environment = os.environ | {"SANDYQ_PYTHON": "/usr/bin/python3"}
    done = subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise ValueError(
            f"The packages of version {version} were not set up in {launcher.parent}; see above. "
            "Nothing was switched; put it right and run the same command again."
        )
    os.sync()
    write_durably(launcher.with_name(COMPLETE), b"")


def _has_stamp(layout: Layout, version: str) -> bool:
    return (layout.versions / version / ".venv" / "stamp").exists()


def open_program(layout: Layout, version: str) -> None:
    """Let the parts in."""
    (layout.versions / version).chmod(0o755)
