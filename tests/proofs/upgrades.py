"""``./sandyq prove upgrades``: an upgrade with a school's data works, returns, and may be cut short at any moment.

Two versions are installed into a folder; the trial starts all parts of the new one. Then upgrades are killed with
everything they started, at moments taken by chance, and the machine "starts": afterwards one of the two versions is at
work as a whole, no row is lost, and nothing reminds of the upgrade.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
from install_world import World
from tests.proofs.results import finish

from rehearsal import open_folder
from sandyq.school.database import Database
from sandyq_hub.install.program import name_version
from sandyq_hub.install.upgrading import read_note

SCHOOLS = 50


def fill(world: World) -> None:
    database = Database(world.layout.read_settings().database_url)
    database.migrate()
    database.close()
    with sqlite3.connect(school_of(world)) as opened:
        opened.executemany(
            "INSERT INTO school (name, language) VALUES (?, 'kk')", [(f"{n}-мектеп",) for n in range(SCHOOLS)]
        )
    opened.close()


def school_of(world: World) -> Path:
    return world.layout.home / "school" / "school.sqlite"


def look(world: World, versions: tuple[str, str]) -> list[str]:
    """Return what is wrong after a start."""
    database = sqlite3.connect(school_of(world))
    try:
        rows = database.execute("SELECT count(*) FROM school").fetchone()[0]
        whole = database.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        database.close()
    problems = [] if (rows, whole) == (SCHOOLS, "ok") else [f"{rows} rows, database {whole}"]
    current = world.layout.find_current()
    problems += [] if current in versions else [f"version {current!r}"]
    return problems + (["the note is still there"] if read_note(world.layout) else [])


def start_machine(world: World) -> list[str]:
    """Do what the machine does first when it starts."""
    program = str(world.layout.python_of(world.layout.find_current()))
    environment = {"PATH": os.defpath, "SANDYQ_HOME": str(world.layout.home)}
    done = subprocess.run(
        [program, "-m", "sandyq_hub.unit", "prepare"],
        env=environment, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [] if done.returncode == 0 else [f"the start failed: {done.stderr[-500:]}"]


def begin_upgrade(world: World, source: Path) -> subprocess.Popen[bytes]:
    command = [
        str(source / ".venv" / "bin" / "python"),
        "-m",
        "sandyq.cli",
        "upgrade",
        "--root",
        str(world.root),
    ]
    return subprocess.Popen(
        command, cwd="/", start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def cut(process: subprocess.Popen[bytes]) -> None:
    """Kill it and all that it started, at once."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for each in family:
        each.suspend()
    for each in family:
        each.send_signal(signal.SIGKILL)
    process.wait()


def prove(cuts: int) -> list[str]:
    problems: list[str] = []
    with open_folder() as folder:
        world = World(folder / "root", folder / "sources")
        world.root.mkdir()
        first = world.make_program("first")
        second = world.make_program("second", src__sandyq__icons="\nNEWER = True\n")
        versions = (name_version(first), name_version(second))
        if (done := world.run(first, "install")).returncode:
            return [f"install: {done.stderr}"]
        fill(world)
        began = time.monotonic()
        if (done := world.run(second, "upgrade")).returncode:
            return [f"upgrade: {done.stderr}"]
        taken = time.monotonic() - began
        problems += look(world, (versions[1],) * 2)
        if (done := world.run(second, "upgrade", "--back")).returncode:
            return [*problems, f"back: {done.stderr}"]
        problems += look(world, (versions[0],) * 2)
        print(f"an upgrade takes {taken:.0f} s here", flush=True)
        for number in range(cuts):
            upgrade = begin_upgrade(world, second)
            time.sleep(random.uniform(0.02, 1) * taken)
            if upgrade.poll() is None:
                cut(upgrade)
            wrong = [*start_machine(world), *look(world, versions)]
            problems += [f"cut {number}: {each}" for each in wrong]
            print(f"cut {number + 1} of {cuts}: {'; '.join(wrong) or 'held'}", flush=True)
            if world.layout.find_current() == versions[1]:
                world.run(second, "upgrade", "--back")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--cuts", type=int, default=40)
    options = parser.parse_args()
    cuts = 1 if options.quick else options.cuts
    problems = prove(cuts)
    return finish("upgrades", {"cuts": cuts}, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
