"""A small program with the real launcher, and a kit of it: no registry and no archive is asked."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

from updates_world import World

from sandyq.settings import PROJECT
from sandyq.updates.client import find_fingerprint, open_source
from sandyq.updates.kit import ROOMS, STAMP, Plan, build_kit, name_browser
from sandyq.updates.releasing import read_commit
from sandyq.updates.wheels import PYTHONS

WHEEL = "tiny-1.0-py3-none-any.whl"
BACKEND = """
import zipfile
def build_editable(folder, settings=None, metadata=None):
    name = "sandyq-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("sandyq.pth", __file__.rpartition("/")[0] + "/src\\n")
        about = "sandyq-0.1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: sandyq\\nVersion: 0.1.0\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "sandyq"
version = "0.1.0"
"""
CLI = """
import os, sys, tiny
root = __file__.rpartition("/src/")[0]
print("small program", tiny.NUMBER, *sys.argv[1:])
if sys.argv[1] in ("install", "upgrade") and "--help" not in sys.argv:
    if sys.argv[1] == "upgrade" and os.path.exists(root + "/broken"):
        sys.exit("does not work here")
    os.symlink("versions/" + os.path.basename(root), "/opt/sandyq/.current")
    os.replace("/opt/sandyq/.current", "/opt/sandyq/current")
"""
"""What an installed server's ``install`` and ``upgrade`` promise: one link says which version is at work."""


def make_kit(folder: Path) -> World:
    """Build a kit at ``folder/stick`` of a program in ``folder/checkout``."""
    world = World(folder)
    made, wheels = folder / WHEEL, world.stick / "targets" / "wheels"
    with zipfile.ZipFile(made, "w") as wheel:
        about = "tiny-1.0.dist-info"
        wheel.writestr(zipfile.ZipInfo("tiny.py"), "NUMBER = 42\n")
        text = "Wheel-Version: 1.0\nGenerator: b\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(
            zipfile.ZipInfo(f"{about}/METADATA"), "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
        )
        wheel.writestr(zipfile.ZipInfo(f"{about}/WHEEL"), text)
        wheel.writestr(zipfile.ZipInfo(f"{about}/RECORD"), "")
    hash_ = sha256(made.read_bytes()).hexdigest()
    for name, content in {
        "requirements.lock": f"tiny==1.0 \\\n    --hash=sha256:{hash_}\n",
        "package-lock.json": "{}\n",
        "backend.py": BACKEND,
        "src/sandyq/__init__.py": "",
        "src/sandyq/cli.py": CLI,
        "hub_config/sandyq_hub/rooms/front/app.js": "",
        "widgets/sandyq_widgets/static/kit.js": "",
        "voila_apps/sandyq_apps/kit/static/kit.js": "// of all apps\n",
        "voila_apps/sandyq_apps/static/app.js": "// of one\n",
        STAMP: (PROJECT / STAMP).read_text(),
    }.items():
        world.write(name, content)
    shutil.copy(PROJECT / "sandyq", world.checkout / "sandyq")
    world.make()
    world.write("pyproject.toml", PYPROJECT)
    world.commit(1)
    wheels.mkdir()
    made.rename(wheels / WHEEL)
    make_browser(world, name_browser(world.checkout, read_commit(world.checkout)))
    build(world)
    return world


def make_browser(world: World, name: str) -> None:
    """What npm would bring, with the stamp by which the launcher knows that it is up to date."""
    stamp = subprocess.run(["sh", world.checkout / STAMP], capture_output=True, check=True).stdout
    tree = world.folder / "browser"
    built = tree / ROOMS / "built"
    built.mkdir(parents=True, exist_ok=True)
    (built / "stamp").write_bytes(stamp)
    (tree / "node_modules").mkdir(exist_ok=True)
    path = world.stick / "targets" / f"browser-{name}.tar.gz"
    with gzip.GzipFile(path, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(tree, ".")


def build(world: World) -> list[str]:
    said: list[str] = []
    build_kit(
        world.checkout, world.stick, world.publisher, Plan(debian=(), pythons=tuple(PYTHONS)), said.append
    )
    return said


def fingerprint_of(world: World) -> str:
    return find_fingerprint(open_source(str(world.stick)))
