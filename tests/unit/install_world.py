"""Programs of several versions and a folder to install them into, with packages that need no fetching."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sandyq.layout import Layout
from sandyq.settings import PROJECT
from sandyq_hub.install.program import list_files, name_version

PACKAGES = ("src", "hub_config", "portal", "curriculum", "widgets", "assignments", "voila_apps")
BASE = int(os.environ.get("SANDYQ_UID_BASE", "1900000000"))


@dataclass
class World:
    """A folder that becomes a machine's ``/``, and programs that may be installed there."""

    root: Path
    sources: Path

    @property
    def layout(self) -> Layout:
        return Layout(self.root)

    def make_program(self, name: str, **changed: str) -> Path:
        """Copy the checkout's program; ``changed``: texts added to files, by path with __ for / and without .py."""
        source = self.sources / name
        for path in list_files(PROJECT):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / path, source / path)
        for path, text in changed.items():
            file = source / f"{path.replace('__', '/')}.py"
            whole = (file.read_text("utf-8") if file.exists() else "") + text
            file.unlink(missing_ok=True)
            file.write_text(whole, "utf-8")
        make_packages(source, source)
        make_packages(self.layout.versions / name_version(source), source)
        return source

    def run(self, source: Path, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program's command line on this folder."""
        command = [source / ".venv" / "bin" / "python", "-m", "sandyq.cli", *arguments, "--root", self.root]
        return subprocess.run(
            list(map(str, command)), capture_output=True, text=True, check=False, input=answer, cwd="/"
        )

    def look(self) -> dict[str, tuple[int, int, str]]:
        """Return of everything in the folder its mode, the moment it was changed, and what it is."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            about = path.lstat()
            if path.is_symlink():
                content = str(path.readlink())
            else:
                content = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            if "__pycache__" not in path.parts and ".venv" not in path.parts:
                found[str(path.relative_to(self.root))] = (about.st_mode, about.st_mtime_ns, content)
        return found


def make_packages(folder: Path, source: Path) -> None:
    """Make the environment that ``sandyq`` would have fetched: these tests' own packages, the folder's own modules."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    venv = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    packages = next(venv.glob("lib/python3*/site-packages"))
    ours = [str(folder / name) for name in PACKAGES]
    (packages / "sandyq.pth").write_text("\n".join([*ours, sysconfig.get_path("purelib")]))
    names = ("requirements.lock", "package-lock.json", "pyproject.toml")
    content = b"".join((source / name).read_bytes() for name in names)
    stamp = subprocess.run(["cksum"], input=content, capture_output=True, check=True).stdout
    (venv / "stamp").write_bytes(stamp)
    (folder / "node_modules").symlink_to(PROJECT / "node_modules")
