"""``./sandyq release``: new lessons of this checkout, signed, into a folder to carry or to serve."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandyq.updates.content import pack_content
from sandyq.updates.keys import make_keys
from sandyq.updates.repository import Repository, fingerprint


@dataclass(frozen=True)
class Commit:
    """What is released: a commit, never what merely lies in a folder."""

    name: str
    date: datetime
    software: str
    """The version in its ``pyproject.toml``."""

    @property
    def label(self) -> str:
        """How people call its content: the day and the beginning of its name."""
        return f"{self.date:%Y-%m-%d}.{self.name[:7]}"


@dataclass(frozen=True)
class Publisher:
    """Who signs: a folder of keys, and what opens them."""

    keys: Path
    passphrase: str


def read_commit(project: Path) -> Commit:
    """Return the checkout's commit; ValueError where there is none."""
    name, date = _git(project, "log", "-1", "--format=%H %cI").split()
    software = tomllib.loads(_git(project, "show", f"{name}:pyproject.toml"))["project"]["version"]
    return Commit(name, datetime.fromisoformat(date).astimezone(UTC), software)


def list_changed(project: Path) -> list[str]:
    """Return files that differ from the commit: they are not released."""
    return [line[3:] for line in _git(project, "status", "--porcelain").splitlines()]


def release_content(project: Path, folder: Path, publisher: Publisher, now: datetime | None = None) -> Commit:
    """Add this commit's lessons to the releases in ``folder``; the software there stays as it is."""
    commit = read_commit(project)
    publish(folder, {"content": make_content(project, folder, commit)}, publisher, now)
    return commit


def make_content(project: Path, folder: Path, commit: Commit) -> dict[str, Any]:
    """Pack a commit's lessons; return what the index says of them."""
    name = f"content-{commit.label}.tar.gz"
    archive = Repository(folder).targets / name
    if not archive.exists():
        pack_content(project, commit.name, archive)
    return {
        "version": commit.label,
        "date": commit.date.isoformat(),
        "needs": commit.software,
        "files": [name],
    }


def publish(
    folder: Path,
    bundles: Mapping[str, Mapping[str, Any]],
    publisher: Publisher,
    now: datetime | None = None,
) -> None:
    """Sign bundles beside those that the folder has already; files of no bundle are removed."""
    repository, now = Repository(folder), now or datetime.now(UTC)
    if not (repository.metadata / "1.root.json").exists():
        repository.begin(publisher.keys, publisher.passphrase, now)
    index = {**repository.read_index(), **bundles}
    names = [name for part in index.values() for name in part["files"]]
    names += [name for part in index.values() for tag in part.get("wheels", {}).values() for name in tag]
    repository.publish(index, names, publisher.keys, publisher.passphrase, now)
    wanted = set(repository.read_targets())
    for path in sorted(repository.targets.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(repository.targets).as_posix() not in wanted:
            path.unlink()


def make_publisher(folder: Path, passphrase: str, tell: Callable[[str], None]) -> None:
    """Make a new publisher's keys and say where each belongs."""
    for path in make_keys(folder, passphrase):
        tell(f"made {path}")
    tell(
        "Keep each root key on a stick of its own, in different places: two of them are needed to replace a lost or "
        "stolen key. The others stay together on the machine that releases. Nobody can make them again."
    )


def replace_keys(folder: Path, publisher: Publisher, successor: Path, now: datetime | None = None) -> int:
    """Make the keys in ``successor`` those that count, by the word of two old root keys; sign the release with them.

    Both folders open by the same passphrase. Return the number of the new root.
    """
    now = now or datetime.now(UTC)
    version = Repository(folder).renew_root(publisher.keys, successor, publisher.passphrase, now)
    publish(folder, {}, Publisher(successor, publisher.passphrase), now)
    return version


def say_fingerprint(folder: Path) -> str:
    """Return what goes to schools on paper."""
    return fingerprint(Repository(folder).first_root())


def _git(project: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(project), *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"{project} is no checkout of Sandyq: {done.stderr.decode().strip()}")
    return done.stdout.decode().strip("\n")
