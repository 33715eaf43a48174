"""Source packages of the very versions in ``requirements.lock``, checked by its hashes; never committed."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PATIENCE = 300.0
"""Seconds that pip has: behind a line that is there and brings nothing it waits without end."""


class NoPackages(Exception):
    """No package index can be reached."""


def download(folder: Path, packages: list[str], *options: str) -> None:
    """Fetch source packages into a folder; NoPackages when pip cannot."""
    lock = folder / "sources.lock"
    lock.write_text("".join(read_pin(package) for package in packages))
    pip(
        "download",
        "--dest",
        str(folder),
        "--no-binary",
        ":all:",
        "--require-hashes",
        "-r",
        str(lock),
        *options,
    )


def read_pin(package: str) -> str:
    """Return the lock's lines of a package: its version and hashes."""
    found = re.search(
        rf"^{package}==(?:.*\\\n)+.*\n", (PROJECT / "requirements.lock").read_text(), re.MULTILINE
    )
    if not found:
        raise ValueError(f"requirements.lock pins no {package}.")
    return found[0]


def pip(command: str, *arguments: str) -> None:
    pip = [sys.executable, "-m", "pip", command, "--no-deps", "--disable-pip-version-check", "-q"]
    words = [*pip, "--retries", "1", *arguments]
    try:
        ended = subprocess.run(words, check=False, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise NoPackages(f"pip {command} took longer than {PATIENCE:.0f} s") from None
    if "DO NOT MATCH THE HASHES" in ended.stderr:
        raise ValueError(ended.stderr)
    if ended.returncode:
        raise NoPackages((ended.stderr.strip() or "pip failed").splitlines()[-1])


def unpack(archive: Path, folder: Path, wanted: Callable[[str], bool]) -> None:
    """Unpack the files whose names, without the archive's own folder, are ``wanted``."""
    with tarfile.open(archive) as content:
        for member in content:
            name = member.name.partition("/")[2]
            if wanted(name) and (file := content.extractfile(member)):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(file.read())
