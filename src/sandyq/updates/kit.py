"""``./sandyq kit``: one folder with everything that a machine without a network needs, signed.

It is a repository as any other release, so ``./sandyq update`` takes from it, too; beside its ``metadata`` and
``targets`` stand only the script that installs and a page to read.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sandyq.durable import write_durably
from sandyq.updates.client import PATH, Client, find_fingerprint, is_whole, trust
from sandyq.updates.content import ABOUT, pack_commit
from sandyq.updates.debian import CODENAMES, fetch_archives
from sandyq.updates.fetching import Folder
from sandyq.updates.releasing import Commit, Publisher, make_content, publish, read_commit
from sandyq.updates.repository import Repository
from sandyq.updates.wheels import MACHINE, PYTHONS, fetch_wheels

INSTALL: Final = "install"
PAGE: Final = "README.txt"
HERE: Final = Path(__file__).parent
BROWSER: Final = (
    "package.json",
    "package-lock.json",
    "hub_config/sandyq_hub/rooms/front",
    "widgets/sandyq_widgets/static",
    "voila_apps/sandyq_apps/kit/static",
    "voila_apps/sandyq_apps/static",
)
"""What browser assets are made of: all that ``STAMP`` counts is among it."""
ROOMS: Final = "hub_config/sandyq_hub/rooms"
STAMP: Final = f"{ROOMS}/stamp.sh"
LARGEST: Final = 2**32 - 1
"""Bytes of a file on FAT32."""
ABOUT_SIZE: Final = 450e6
"""Bytes of wheels and browser assets, for who wants to know before they are fetched."""
NOT_SHIPPED: Final = ("tests", "benchmarks")
NOT_AT_RUN_TIME: Final = ("@esbuild", "esbuild")
"""Of node_modules: what builds the front end, which comes built."""


@dataclass(frozen=True)
class Plan:
    """What goes in."""

    debian: Sequence[str] = tuple(CODENAMES)
    """Releases whose packages come along: ``12``, ``13``."""
    pythons: Sequence[str] = tuple(PYTHONS)


@dataclass(frozen=True)
class _Build:
    project: Path
    commit: Commit
    plan: Plan
    tell: Callable[[str], None]


def build_kit(
    project: Path, folder: Path, publisher: Publisher, plan: Plan, tell: Callable[[str], None]
) -> Commit:
    """Build or complete a kit; what is there and whole stays, so an interrupted one goes on."""
    commit = read_commit(project)
    targets = Repository(folder).targets
    targets.mkdir(parents=True, exist_ok=True)
    _check_space(folder, tell)
    bundles = {"content": make_content(project, folder, commit)}
    with tempfile.TemporaryDirectory(prefix="sandyq-kit-") as scratch:
        bundles["software"] = _make_software(_Build(project, commit, plan, tell), targets, Path(scratch))
        debian = fetch_archives(list(plan.debian), targets / "debian", folder / ".debian", tell)
    shutil.copyfile(HERE / "install.sh", targets / INSTALL)
    files = [INSTALL, *(f"debian/{name}" for name in debian)]
    bundles["kit"] = {"version": commit.label, "date": commit.date.isoformat(), "files": files}
    check_names([name for bundle in bundles.values() for name in _names(bundle)], targets)
    tell("signing")
    publish(folder, bundles, publisher)
    shutil.rmtree(folder / ".debian", ignore_errors=True)
    write_durably(folder / INSTALL, (targets / INSTALL).read_bytes())
    page = (HERE / "kit.txt").read_text("utf-8")
    told = find_fingerprint(Folder(folder))
    write_durably(
        folder / PAGE, page.format(version=bundles["software"]["version"], fingerprint=told).encode()
    )
    return commit


def check_kit(folder: Path, told: str) -> tuple[str, list[str]]:
    """Return whose a kit is, and which of its files are damaged or missing; ValueError when it is not signed right.

    ``told``: the fingerprint on paper; empty: only what belongs together is checked, not whose it is.
    """
    source = Folder(folder)
    found = find_fingerprint(source)
    with tempfile.TemporaryDirectory() as scratch:
        folder_here = Path(scratch) / "updates"
        trust(folder_here, source, told or found)
        offered = Client(folder_here, source, accept_expired=True, python="*").look()
    files = {file.path: file for bundle in offered.values() for file in bundle.files}
    damaged = [
        f"targets/{name}"
        for name, file in sorted(files.items())
        if not is_whole(folder / "targets" / name, file)
    ]
    if INSTALL in files and not is_whole(folder / INSTALL, files[INSTALL]):
        damaged.append(INSTALL)
    return found, damaged


def check_names(names: Sequence[str], targets: Path) -> None:
    """ValueError for a file that a stick with FAT32 cannot hold, or would take for another."""
    seen: dict[str, str] = {}
    for name in names:
        if not PATH.fullmatch(name):
            raise ValueError(f"{name} is no name for a stick: letters, digits and . _ + ~ - only.")
        if (targets / name).stat().st_size > LARGEST:
            raise ValueError(f"{name} is larger than 4 GB; FAT32 cannot hold it.")
        if seen.setdefault(name.lower(), name) != name:
            raise ValueError(f"{name} and {seen[name.lower()]} are one file to FAT32.")


def pack_tree(top: Path, names: Sequence[str], archive: Path) -> None:
    """Write folders as .tar.gz; the same files give the same bytes."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        parts = Path(member.name).parts
        if parts[0] == "node_modules" and len(parts) > 1 and parts[1] in NOT_AT_RUN_TIME:
            return None
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = 0
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    draft = archive.with_name(archive.name + ".draft")
    with (
        draft.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in names:
            tar.add(top / name, name, filter=plain)  # tarfile sorts what is in a folder
    draft.replace(archive)


def _make_software(build: _Build, targets: Path, scratch: Path) -> dict[str, Any]:
    commit = build.commit
    version = f"{commit.software}-{commit.name[:7]}"
    program = targets / f"sandyq-{version}.tar.gz"
    browser = targets / f"browser-{name_browser(build.project, commit)}.tar.gz"
    about = json.dumps({"version": version, "date": commit.date.isoformat()})
    if not program.exists():
        parts = [".", *(f":!{name}" for name in NOT_SHIPPED)]
        pack_commit(build.project, commit.name, program, parts, f"--add-virtual-file={ABOUT}:{about}")
    if not browser.exists():
        build.tell("browser assets are built")
        _build_browser(build.project, commit, browser, scratch)
    lock = read_member(program, "requirements.lock").decode()
    folder = targets / "wheels"
    wheels = {tag: fetch_wheels(lock, folder, tag, build.tell) for tag in build.plan.pythons}
    return {
        "version": version,
        "date": commit.date.isoformat(),
        "machine": MACHINE,
        "files": [program.name, browser.name, INSTALL],
        "wheels": {tag: [f"wheels/{name}" for name in names] for tag, names in wheels.items()},
    }


def name_browser(project: Path, commit: Commit) -> str:
    """Return a name for what browsers get: another one only when something of it changed: then it is fetched."""
    command = ["git", "-C", str(project), "ls-tree", "-r", commit.name, "--", *BROWSER]
    return sha256(subprocess.run(command, capture_output=True, check=True).stdout).hexdigest()[:12]


def read_member(archive: Path, name: str) -> bytes:
    """Return a file of a .tar.gz."""
    with tarfile.open(archive) as tar:
        content = tar.extractfile(name)
        if content is None:
            raise ValueError(f"{archive} has no file {name}.")
        return content.read()


def _build_browser(project: Path, commit: Commit, archive: Path, scratch: Path) -> None:
    """Fetch what browsers get from npm and bundle our own front end, from the commit alone."""
    tree = scratch / "tree"
    tree.mkdir()
    packed = subprocess.run(
        ["git", "-C", str(project), "archive", commit.name], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(tree)], input=packed, check=True)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"}
    for command in (
        ["npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
        ["npm", "run", "-s", "build"],
    ):
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ValueError(f"{' '.join(command[:2])} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    told = subprocess.run(["sh", tree / STAMP], capture_output=True, text=True, check=True).stdout
    (tree / ROOMS / "built" / "stamp").write_text(told)
    pack_tree(tree, ["node_modules", f"{ROOMS}/built"], archive)


def _check_space(folder: Path, tell: Callable[[str], None]) -> None:
    there = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    wanted, free = max(0.0, ABOUT_SIZE + 250e6 - there), shutil.disk_usage(folder).free
    tell(
        f"about {(ABOUT_SIZE + 250e6) / 1e6:.0f} MB in all, {there / 1e6:.0f} are there, {free / 1e6:.0f} are free"
    )
    if free < wanted:
        raise ValueError(
            f"{folder} has {free / 1e6:.0f} MB free; {wanted / 1e6:.0f} MB are needed. Use a larger stick."
        )


def _names(bundle: dict[str, Any]) -> list[str]:
    return [*bundle["files"], *(name for wheels in bundle.get("wheels", {}).values() for name in wheels)]
