"""Wheels of all locked packages, for the Pythons of Debian 12 and 13: what pip installs without a network."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

PYTHONS: Final = {"cp311": "3.11.2", "cp313": "3.13.5"}
"""Tag → version: those of Debian 12 and 13."""
GLIBC: Final = range(5, 37)
"""Minor versions of the C library that Debian 12 has, or whose programs it runs."""
MACHINE: Final = "x86_64"
PIN: Final = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[\w.+!-]+)(?: ; (?P<marker>[^\\\n]+))?", re.MULTILINE
)


@dataclass(frozen=True)
class Pin:
    """One locked package."""

    name: str
    version: str
    marker: str
    lines: str
    """As they stand in the lock, with their hashes."""

    def is_for(self, python: str) -> bool:
        """True when Debian's machines with this Python need it."""
        environment = {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": MACHINE,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": python,
            "python_version": ".".join(python.split(".")[:2]),
            "sys_platform": "linux",
        }
        return not self.marker or Marker(self.marker).evaluate(environment)

    @property
    def requirement(self) -> str:
        """The lock's lines without the condition: pip would judge it by the Python that runs."""
        return re.sub(r" ; [^\\\n]+", " ", self.lines, count=1)


def read_lock(text: str) -> list[Pin]:
    """Return what a lock pins."""
    starts = list(PIN.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return [
        Pin(start["name"], start["version"], (start["marker"] or "").strip(), text[start.start() : end])
        for start, end in zip(starts, ends, strict=True)
    ]


def fetch_wheels(lock: str, folder: Path, tag: str, tell: Callable[[str], None]) -> list[str]:
    """Bring the wheels of one Python into ``folder`` and return their names; what is there already stays.

    ValueError names packages of which no wheel exists.
    """
    pins = [pin for pin in read_lock(lock) if pin.is_for(PYTHONS[tag])]
    there = find_wheels(pins, folder, tag)
    missing = [pin for pin in pins if pin.name not in there]
    folder.mkdir(parents=True, exist_ok=True)
    if missing:
        tell(f"{len(missing)} of {len(pins)} wheels for {tag} are fetched")
        if not _download(missing, folder, tag):
            lacking = [pin.name for pin in missing if not _download([pin], folder, tag)]
            if lacking:
                raise ValueError(f"No wheel for {tag} on {MACHINE}, or no network: {', '.join(lacking)}.")
    there = find_wheels(pins, folder, tag)
    if lacking := [pin.name for pin in pins if pin.name not in there]:
        raise ValueError(f"No wheel for {tag} on {MACHINE}: {', '.join(lacking)}.")
    return sorted(there.values())


def find_wheels(pins: list[Pin], folder: Path, tag: str) -> dict[str, str]:
    """Return the whole ones that are in ``folder``: package → file."""
    wanted, supported = {pin.name: pin for pin in pins}, list_tags(tag)
    found = {}
    for path in sorted(folder.glob("*.whl")):
        name, version, _, tags = parse_wheel_filename(path.name)
        pin = wanted.get(str(name))
        if pin and str(version) == pin.version and tags & supported and f"sha256:{_hash(path)}" in pin.lines:
            found[pin.name] = path.name
    return found


def list_tags(tag: str) -> frozenset[Tag]:
    """Return what wheels may be called that run on a Debian's Python: ``cp312-abi3`` is none for 3.11."""
    python = (int(tag[2]), int(tag[3:]))
    platforms = _list_platforms()
    return frozenset(
        (*cpython_tags(python, [tag], platforms), *compatible_tags(python, tag, [*platforms, "any"]))
    )


def _list_platforms() -> list[str]:
    platforms = [f"manylinux_2_{minor}_{MACHINE}" for minor in GLIBC]
    return platforms + [
        f"{old}_{MACHINE}" for old in ("manylinux1", "manylinux2010", "manylinux2014", "linux")
    ]


def _download(pins: list[Pin], folder: Path, tag: str) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lock:
        lock.write("".join(pin.requirement for pin in pins))
        lock.flush()
        command = [
            *(sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary=:all:", "--require-hashes", "-r", lock.name, "-d", str(folder)),
            *("--implementation", "cp", "--python-version", ".".join(PYTHONS[tag].split(".")[:2])),
            *(part for abi in (tag, "abi3", "none") for part in ("--abi", abi)),
            *(part for platform in _list_platforms() for part in ("--platform", platform)),
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
