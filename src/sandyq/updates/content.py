"""The lessons that a server shows: each release in a folder of its own, and one link that says which is live.

``content/live`` is what all parts read through. Putting new lessons there is one rename, so at every moment, also after
a power cut, the whole old or the whole new content is live, and no part needs to start again.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.version import Version

from sandyq.durable import make_folder, sync_folder, write_durably
from sandyq.settings import PROJECT

FOLDER: Final = "content"
LIVE: Final = "live"
VERSIONS: Final = "versions"
APPS: Final = "voila_apps"
"""Part of the software: content links to those of the program that runs."""
ABOUT: Final = "release.json"
"""In a released tree, and in each release of content: version and date. A checkout has none."""
PARTS: Final = (
    "curriculum/catalogue.toml",
    "curriculum/lessons",
    "curriculum/notebooks",
    "curriculum/reviews",
    "assignments/courses",
    "assignments/notebooks",
    "assignments/reviews",
)
NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]*")
MOST: Final = 4 * 2**30
"""Bytes of unpacked content."""


class ContentBroken(ValueError):
    """A release's content is not what a server can show; the message names the file."""


# The publisher


def pack_content(project: Path, commit: str, archive: Path) -> None:
    """Write the lessons and assignments of a commit; the same commit gives the same bytes."""
    pack_commit(project, commit, archive, [part for part in PARTS if (project / part).exists()])


def pack_commit(project: Path, commit: str, archive: Path, parts: list[str], *more: str) -> None:
    """Write files of a commit as .tar.gz; the same commit gives the same bytes. ``more``: options of git archive."""
    command = ["git", "-C", str(project), "archive", "--format=tar", *more, commit, "--", *parts]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"git could not pack {commit}: {done.stderr.decode().strip()}")
    archive.parent.mkdir(parents=True, exist_ok=True)
    draft = archive.with_name(archive.name + ".draft")
    with draft.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(done.stdout)
    draft.replace(archive)


# The school


def find_live(home: Path) -> Path:
    """Return the link that a server's lessons are read through, where the operator wants no others."""
    return home / FOLDER / LIVE


def open_content(home: Path) -> None:
    """Make the folder that this server's lessons are read through good, after whatever happened before."""
    top = home / FOLDER
    make_folder(top, 0o755)
    top.chmod(0o755)
    for draft in top.glob(".*"):
        draft.unlink() if draft.is_symlink() else shutil.rmtree(draft, ignore_errors=True)
    live = _read_live(home)
    if live is None or _is_behind(home, live):
        _point(home, PROJECT)
    for version in _versions(home):
        _link_apps(version)


def find_taken(home: Path) -> Path | None:
    """Return the release that was taken over by itself and stays live with the program that runs; None: its own."""
    live = _read_live(home)
    return None if live is None or _is_behind(home, live) else live


def stage(home: Path, archive: Path, version: str, date: datetime) -> Path:
    """Unpack content beside what is live and look it over; return its folder. ContentBroken when it is not whole.

    The folder is closed to all until it goes live: whoever calls closes before that what holds keys.
    """
    if not NAME.fullmatch(version):
        raise ContentBroken(f"The version {version!r} is no name.")
    folder = home / FOLDER / VERSIONS / version
    if folder.exists():
        if _target(home) == folder:
            return folder
        shutil.rmtree(folder)
    draft = home / FOLDER / f".{version}"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        unpack(archive, draft)
        check(draft)
        about = json.dumps({"version": version, "date": date.isoformat()})
        write_durably(draft / ABOUT, about.encode(), mode=0o644)
        _link_apps(draft)
        _sync_tree(draft)
        make_folder(folder.parent, 0o755)
        folder.parent.chmod(0o755)  # whatever the caller's umask
        draft.replace(folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return folder


def go_live(home: Path, folder: Path) -> Path | None:
    """Show a staged release from now on; return what was shown before, None when it was the program's own."""
    before = _target(home)
    folder.chmod(0o755)
    _point(home, folder)
    return before if before != folder and before and before.parent == folder.parent else None


def go_back(home: Path, before: Path | None) -> None:
    """Show again what was shown before."""
    _point(home, before or PROJECT)


def name_release(home: Path) -> str:
    """Return which release is live; empty: the program's own lessons."""
    target = _target(home)
    return target.name if target and target.parent == home / FOLDER / VERSIONS else ""


def show_release(home: Path, name: str) -> None:
    """Show again what ``name_release`` told: an upgrade that is taken back may have shown its own lessons."""
    folder = home / FOLDER / VERSIONS / name
    if name and folder.is_dir():
        _point(home, folder)


def sweep(home: Path, keep: Path | None) -> None:
    """Delete releases that are neither live nor the one before: visitors' kernels may still stand in that one."""
    for version in _versions(home):
        if version not in (_target(home), keep):
            shutil.rmtree(version, ignore_errors=True)


def check(folder: Path) -> None:
    """Look content over as portal and rooms will read it; ContentBroken names the first file that is wrong."""
    notebooks = sorted((folder / "curriculum" / "notebooks").glob("*/*.ipynb"))
    if not notebooks:
        raise ContentBroken("There are no lessons in it.")
    try:
        path = folder / "curriculum" / "catalogue.toml"
        ordered = {lesson["slug"] for lesson in tomllib.loads(path.read_text("utf-8")).get("lesson", [])}
        for path in notebooks:
            about = json.loads(path.read_text("utf-8"))["metadata"]["sandyq"]
            if (about["slug"], about["language"]) != (path.stem, path.parent.name) or not about["title"]:
                raise ContentBroken(f"{path.relative_to(folder)} says that it is another lesson.")
            ordered.discard(path.stem)
        for path in (folder / "assignments" / "notebooks").glob("*/*/*/assignment.json"):
            json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ContentBroken(f"{path.relative_to(folder)} cannot be read: {error!r}") from None
    if ordered:
        raise ContentBroken(f"The catalogue names {min(ordered)}, which is not there.")


def check_needs(needs: str, software: str) -> None:
    """ContentBroken when lessons want a newer program than runs here."""
    if needs and Version(software) < Version(needs):
        raise ContentBroken(
            f"These lessons need Sandyq {needs}; here is {software}. Take over the new software first."
        )


def unpack(archive: Path, folder: Path) -> None:
    """Unpack ordinary files and folders, nothing else, with times of now: portal and rooms see by them what changed."""
    folder.mkdir(mode=0o700, parents=True)
    left = MOST
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
                raise ContentBroken(f"{member.name} is neither a file nor a folder beneath.")
            target = folder / name
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
                target.chmod(0o755)
                continue
            if (left := left - member.size) < 0:
                raise ContentBroken(f"It is larger than {MOST >> 30} GB.")
            target.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            assert content is not None  # noqa: S101 # isfile() was asked
            with target.open("xb") as file:
                os.fchmod(file.fileno(), 0o755 if member.mode & 0o100 else 0o644)
                shutil.copyfileobj(content, file)


def describe_content(home: Path) -> dict[str, str]:
    """Return version and date of the lessons that are live."""
    return _read_about(home / FOLDER / LIVE) or describe_running()


def describe_running() -> dict[str, str]:
    """Return version and date of the program that runs; of a checkout, the version alone."""
    if about := _read_about(PROJECT):
        return about
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    return {"version": version, "date": ""}


def _read_about(folder: Path) -> dict[str, str]:
    try:
        return dict(json.loads((folder / ABOUT).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _is_behind(home: Path, live: Path) -> bool:
    """True when the program that runs brought newer lessons than those last taken over by themselves."""
    if live.parent != home / FOLDER / VERSIONS:
        return True  # the program's own: its folder may have another name now
    taken, own = _read_about(live).get("date", ""), describe_running()["date"]
    return bool(taken and own and _parse(taken) < _parse(own))


def _parse(date: str) -> datetime:
    return datetime.fromisoformat(date).astimezone(UTC)


def _target(home: Path) -> Path | None:
    link = home / FOLDER / LIVE
    return link.parent / link.readlink() if link.is_symlink() else None


def _read_live(home: Path) -> Path | None:
    target = _target(home)
    return target if target and target.is_dir() else None


def _versions(home: Path) -> list[Path]:
    folder = home / FOLDER / VERSIONS
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _point(home: Path, folder: Path) -> None:
    """Have the link lead elsewhere, by one rename that is on the disk when this returns."""
    top = home / FOLDER
    draft = top / f".{LIVE}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(folder.relative_to(top) if folder.is_relative_to(top) else folder)
    draft.replace(top / LIVE)
    sync_folder(top)


def _link_apps(folder: Path) -> None:
    link = folder / APPS
    if link.is_symlink() and link.readlink() == PROJECT / APPS:
        return
    draft = folder / f".{APPS}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(PROJECT / APPS)
    draft.replace(link)


def _sync_tree(top: Path) -> None:
    for folder, _, files in os.walk(top):
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        sync_folder(Path(folder))
