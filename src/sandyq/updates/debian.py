"""Debian's packages for a machine without a network: a part of Debian's own archive, with Debian's own signatures.

apt on the school's machine checks them as if they came from a mirror, by the keys that Debian itself installed; so
even the first program that the kit needs there comes checked.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import httpx

CODENAMES: Final = {"12": "bookworm", "13": "trixie"}
MIRROR: Final = "http://deb.debian.org"
INDEX: Final = "main/binary-amd64/Packages.xz"
KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGES: Final = (
    "python3",
    "python3-cryptography",
    "python3-venv",
    "avahi-daemon",
    "ca-certificates",
    "fonts-noto-core",
    "restic",
    "systemd",
)
"""What the kit's check, the launcher and an installed server need; with all that these need, from a bare Debian on."""
LINE: Final = re.compile(
    r"^'(?P<address>\S+)' (?P<file>\S+) (?P<size>\d+) (?:SHA256:(?P<sha256>\w+))?", re.MULTILINE
)


@dataclass(frozen=True)
class Package:
    """One ``.deb``, by its place in the archive."""

    path: str
    size: int
    sha256: str
    file: str
    """As apt calls it once it is fetched."""


class Archive:
    """A Debian release seen by an apt with folders of its own: nothing of this machine's."""

    def __init__(self, release: str, scratch: Path, packages: tuple[str, ...] = PACKAGES) -> None:
        self.codename, self.scratch, self.packages = CODENAMES[release], scratch, packages
        for name in ("lists/partial", "cache/archives/partial", "etc"):
            (scratch / name).mkdir(parents=True, exist_ok=True)
        (scratch / "status").touch()
        (scratch / "etc" / "sources.list").write_text("".join(f"{line}\n" for line in self._sources()))

    @property
    def suites(self) -> list[tuple[str, str]]:
        """Archive and suite: the release, its repairs, its security."""
        name = self.codename
        return [("debian", name), ("debian", f"{name}-updates"), ("debian-security", f"{name}-security")]

    def look(self) -> list[Package]:
        """Ask the archive what the packages need; ValueError when it cannot be reached or does not check."""
        self._apt("update", "-q")
        told = self._apt("install", "-y", "-qq", "--no-install-recommends", "--print-uris", *self.packages)
        found = [
            Package(
                unquote(each["address"]).removeprefix(f"{MIRROR}/"),
                int(each["size"]),
                each["sha256"] or "",
                each["file"],
            )
            for each in LINE.finditer(told)
        ]
        if not found:
            raise ValueError(f"The archive of {self.codename} named no packages: {told[:200]}")
        return sorted(found, key=lambda package: package.path)

    def fetch(self, packages: list[Package], folder: Path) -> list[str]:
        """Make a part of the archive in ``folder``; return the files' names, relative to it."""
        lacking = [package for package in packages if not _is_whole(folder / package.path, package)]
        if lacking:
            self._apt("install", "-y", "-qq", "--no-install-recommends", "--download-only", *self.packages)
        for package in lacking:
            source, target = self.scratch / "cache" / "archives" / package.file, folder / package.path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            if not _is_whole(target, package):
                raise ValueError(
                    f"{package.path} is not as the archive's index says. Run the same command again."
                )
        return [package.path for package in packages] + self._copy_indexes(folder)

    def _copy_indexes(self, folder: Path) -> list[str]:
        """Debian's signed lists, under the names that a mirror has them by."""
        names = []
        for archive, suite in self.suites:
            signed = self.scratch / "lists" / f"deb.debian.org_{archive}_dists_{suite}_InRelease"
            top = folder / archive / "dists" / suite
            (top / INDEX).parent.mkdir(parents=True, exist_ok=True)
            self._fetch_index(signed.read_text(), f"{MIRROR}/{archive}/dists/{suite}", top / INDEX)
            shutil.copyfile(signed, top / "InRelease")
            names += [f"{archive}/dists/{suite}/{name}" for name in ("InRelease", INDEX)]
        return names

    def _fetch_index(self, signed: str, address: str, target: Path) -> None:
        """Bring the list of packages just as ``signed``, which apt has checked by Debian's key, names it."""
        named = re.search(rf"^ (\w{{64}}) +\d+ {re.escape(INDEX)}$", signed, re.MULTILINE)
        if named is None:
            raise ValueError(f"{address} names no {INDEX}. Is it Debian's archive?")
        if target.exists() and sha256(target.read_bytes()).hexdigest() == named[1]:
            return
        by_hash = f"{address}/{INDEX.rpartition('/')[0]}/by-hash/SHA256/{named[1]}"
        answer = httpx.get(by_hash, follow_redirects=True, timeout=60).raise_for_status()
        if sha256(answer.content).hexdigest() != named[1]:
            raise ValueError(f"{by_hash} is damaged. Run the same command again.")
        target.write_bytes(answer.content)

    def _sources(self) -> list[str]:
        return [
            f"deb [signed-by={KEYRING}] {MIRROR}/{archive} {suite} main" for archive, suite in self.suites
        ]

    def _apt(self, *arguments: str) -> str:
        folder = self.scratch
        settings = {
            "Dir::Etc::SourceList": folder / "etc" / "sources.list",
            "Dir::Etc::SourceParts": "-",
            "Dir::Etc::Parts": "-",
            "Dir::Etc::Preferences": "-",
            "Dir::Etc::PreferencesParts": "-",
            "Dir::State": folder,
            "Dir::State::Lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "APT::Architecture": "amd64",
            "APT::Architectures": "amd64",
            "APT::Sandbox::User": "root",
            "APT::Install-Recommends": "false",
            "Acquire::Languages": "none",
            "Acquire::ForceHash": "SHA256",
            "Acquire::PDiffs": "false",
            "Debug::NoLocking": "true",
        }
        options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        done = subprocess.run(["apt-get", *options, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip().splitlines()
            raise ValueError(
                f"apt could not use Debian's archive of {self.codename}: {words[-1] if words else ''}"
            )
        return done.stdout


def fetch_archives(
    releases: list[str], folder: Path, scratch: Path, tell: Callable[[str], None]
) -> list[str]:
    """Bring the packages for each release (``12``, ``13``) to ``folder/<codename>``; return names below ``folder``."""
    names = []
    for release in releases:
        archive = Archive(release, scratch / release)
        packages = archive.look()
        size = sum(package.size for package in packages)
        tell(f"{len(packages)} packages of Debian {release}, {size / 1e6:.0f} MB")
        found = archive.fetch(packages, folder / archive.codename)
        names += [f"{archive.codename}/{name}" for name in found]
    return names


def _is_whole(path: Path, package: Package) -> bool:
    if not path.is_file() or path.stat().st_size != package.size:
        return False
    return not package.sha256 or sha256(path.read_bytes()).hexdigest() == package.sha256
