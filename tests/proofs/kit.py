"""``./sandyq prove kit``: a bare Debian without any network becomes a school server, by what stands on a stick.

Long form: the whole kit of this commit is built (``build/kit``; a second run goes on from there), a bare Debian is
made by debootstrap, and in a namespace that has nothing but loopback the stick's script installs, a server
starts, and pages open. Then files of the stick are damaged, and each must be named. Small form: the same way with
a small program.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit_world import build, fingerprint_of, make_kit
from tests.proofs.results import finish
from updates_world import PASSPHRASE

from sandyq.settings import PROJECT
from sandyq.updates.client import find_fingerprint, open_source
from sandyq.updates.debian import CODENAMES, MIRROR
from sandyq.updates.keys import make_keys
from sandyq.updates.kit import Plan, build_kit, check_kit
from sandyq.updates.releasing import Publisher
from sandyq.updates.repository import Repository

ALONE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
CLEAN = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
DAMAGED = 5
INSTALL = """
set -e
mount -t proc proc "$0/proc"
mount --bind "$1" "$0/mnt"
test "$(ls /sys/class/net 2>/dev/null | grep -v -x lo | wc -l)" = 0 || mount -t sysfs sysfs /sys
! ip -o addr show up 2>/dev/null | grep -q .
exec chroot "$0" sh /mnt/install --fingerprint "$2"
"""
OPEN = """
set -e
mount -t proc proc "$0/proc"
mount -t tmpfs tmpfs "$0/dev/shm" 2>/dev/null || true
ip link set lo up
chroot "$0" sh -c '
    program=$(echo /opt/sandyq/versions/*)
    "$program/sandyq" demo --home /srv/demo >/srv/demo.log 2>&1 &
    server=$!
    for second in $(seq 600); do
        grep -q "Sandyq is open" /srv/demo.log && break
        kill -0 $server || break
        sleep 1
    done
    "$program/.venv/bin/python" - <<PAGES
import urllib.request
for page in ("/hub/login", "/services/portal/health", "/services/rooms/health"):
    with urllib.request.urlopen("http://127.0.0.1:8000" + page, timeout=60) as answer:
        print("opened", page, answer.status)
PAGES
    kill $server
    wait $server || true
'
"""


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script as root of a namespace without a network, its own mounts and processes.

    Started by an ordinary user it is root there alone, which is enough for the small form.
    """
    become = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [*ALONE, *become, *CLEAN, "sh", "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def prove_small(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Install a small program in a namespace where not even loopback is up, with an empty /opt; then bring others."""
    world, opt = make_kit(folder), folder / "opt"
    opt.mkdir()
    told, targets, install = fingerprint_of(world), world.stick / "targets", world.stick / "install"
    enter = 'mount --bind "$0" /opt && ! ip -o addr show up 2>/dev/null | grep -q . && exec "$@"'
    problems = []

    def expect(words: str, *command: object, code: int = 0) -> str:
        done = run(enter, opt, *command)
        said = done.stdout + done.stderr
        if done.returncode != code or words not in said:
            problems.append(f"{words!r} and {code} were expected, {done.returncode} came: {said}")
        return said

    def bring(words: str, code: int = 0) -> None:
        """As ``./sandyq update`` does with what it has fetched and checked."""
        version = Repository(world.stick).read_index()["software"]["version"]
        settings = [f"SANDYQ_VERSION={version}", f"SANDYQ_ROOT={world.stick / 'metadata' / '1.root.json'}"]
        expect(words, "env", *settings, "sh", targets / "install", "--checked", code=code)

    def at_work() -> str:
        return (opt / "sandyq" / "current").readlink().name

    options = ["--no-debian", "--fingerprint", told]
    expect("unpacking", "sh", install, *options)
    expect("small program 42 hello\n", "/opt/sandyq/current/sandyq", "hello")
    first = at_work()
    root = opt / "sandyq" / "versions" / first / "root.json"
    if root.read_bytes() != (world.stick / "metadata" / "1.root.json").read_bytes():
        problems.append("another publisher is trusted")
    if "unpacking" in expect("the kit is whole", "sh", install, *options):
        problems.append("what is whole was unpacked again")
    world.commit(2)
    build(world)
    half = opt / "sandyq" / "versions" / Repository(world.stick).read_index()["software"]["version"]
    half.mkdir()  # the power was cut while it was unpacked
    (half / "rest").touch()
    bring("upgrade")
    second = at_work()
    world.write("broken", "")
    world.commit(3)
    build(world)
    bring("does not work here", code=1)
    if not first != second == at_work() or (half / "rest").exists():
        problems.append(f"after {first} and {second} came {at_work()}")
    problems += prove_damage(world.stick, 1)
    return {"versions": len(list(opt.glob("sandyq/versions/*/.complete")))}, problems


def prove_damage(stick: Path, count: int) -> list[str]:
    """Spoil some files, one byte each; the check must name these and no others."""
    targets = Repository(stick).targets
    files = sorted(
        path
        for path in targets.rglob("*")
        if path.is_file() and path.stat().st_size and path.name != "bundles.json"
    )
    chosen = random.sample(files, count)
    for path in chosen:
        _flip(path)
    named = set(check_kit(stick, "")[1]) - {"install"}
    for path in chosen:
        _flip(path)
    wanted = {f"targets/{path.relative_to(targets)}" for path in chosen}
    return [] if named == wanted else [f"damaged were {sorted(wanted)}, named were {sorted(named)}"]


def _flip(path: Path) -> None:
    with path.open("r+b") as file:
        place = path.stat().st_size // 2
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def prove_whole(folder: Path, tell: Callable[[str], None]) -> tuple[dict[str, Any], list[str]]:
    """Build the whole kit and install it on each bare Debian."""
    keys, stick = folder / "keys", folder / "stick"
    if not keys.exists():
        make_keys(keys, PASSPHRASE)
    build_kit(PROJECT, stick, Publisher(keys, PASSPHRASE), Plan(), tell)
    told = find_fingerprint(open_source(str(stick)))
    size = sum(path.stat().st_size for path in stick.rglob("*") if path.is_file())
    figures: dict[str, Any] = {"megabytes": round(size / 1e6), "damaged": DAMAGED}
    problems = prove_damage(stick, DAMAGED)
    for release, codename in CODENAMES.items():
        tell(f"a bare Debian {release}")
        with tempfile.TemporaryDirectory(prefix="sandyq-machine-", ignore_cleanup_errors=True) as top:
            machine = Path(top) / "machine"
            make_machine(codename, machine, folder / "debs")
            began = time.monotonic()
            tell("installs from the stick, without a network")
            done = run(INSTALL, machine, stick, told)
            figures[f"debian {release}: seconds to install"] = round(time.monotonic() - began)
            if done.returncode:
                problems.append(f"Debian {release}: {(done.stdout + done.stderr)[-2000:]}")
                continue
            if not (machine / "opt" / "sandyq" / "current").is_symlink():
                problems.append(f"Debian {release}: no server is installed")
            tell("opens pages")
            opened = run(OPEN, machine)
            figures[f"debian {release}: pages opened"] = opened.stdout.count("opened")
            if opened.stdout.count(" 200") != 3:
                log = (machine / "srv" / "demo.log").read_text()[-1500:]
                problems.append(f"Debian {release}: {opened.stdout}{opened.stderr[-1000:]}{log}")
    return figures, problems


def make_machine(codename: str, machine: Path, debs: Path) -> None:
    """The smallest Debian that debootstrap makes."""
    debs.mkdir(parents=True, exist_ok=True)
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--cache-dir={debs.resolve()}",
        codename,
        str(machine),
        f"{MIRROR}/debian",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"debootstrap made no Debian: {done.stdout[-500:]}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    if options.quick:
        with tempfile.TemporaryDirectory(prefix="sandyq-kit-") as folder:
            figures, problems = prove_small(Path(folder))
    else:
        if os.geteuid() != 0 or not shutil.which("debootstrap"):
            raise SystemExit(
                "The long form is for root, with debootstrap (apt install debootstrap). Or: --quick"
            )
        figures, problems = prove_whole(PROJECT / "build" / "kit", lambda text: print(text, flush=True))
    return finish("kit", figures, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
