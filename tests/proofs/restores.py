"""``./sandyq prove restores``: a school at work is kept twenty times and brought back to a blank folder each time.

A real server serves while a leader's changes and new files come in. What is restored must hold every change that was
acknowledged before the backup began, each file of people's folders byte by byte, and each table as when it was copied.
At last a server is started from what was restored, and somebody signs in with the old password.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Event
from uuid import uuid4

import httpx
from sqlalchemy import select
from tests.proofs.results import finish

from rehearsal import Demo, open_folder, running_demo, signed_in
from sandyq.backup import make_backup, read_key, restore_backup
from sandyq.school.database import Database
from sandyq.school.kept import Change
from sandyq.settings import Settings
from sandyq.visits import Visit, sign_visit


class Leader:
    """Adds a room to the school's list after the other, through the portal, until told to stop."""

    def __init__(self, demo: Demo, settings: Settings) -> None:
        token = sign_visit(settings, Visit(demo.account("leader")["login"], "app", "clubs"))
        self.client = httpx.Client(
            base_url=demo.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        self.said: list[str] = []
        self.stop = Event()

    def change(self) -> None:
        uuid = str(uuid4())
        room = {"sheet": "room", "id": -1, "values": {"name": f"{uuid[:8]}-бөлме", "seats": 10, "kind": ""}}
        body = {"uuid": uuid, "what": "…", "edits": [room]}
        self.client.post("/services/portal/api/centre/changes", json=body).raise_for_status()
        self.said.append(uuid)

    def work(self) -> None:
        while not self.stop.is_set():
            self.change()


def hash_tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def keep_and_restore(demo: Demo, number: int, place: Path, home: Path) -> list[str]:
    """Return what is wrong with what was restored into ``home``."""
    settings = Settings.load(demo.home)
    people = settings.homes / f"pupil-{number}"
    people.mkdir(parents=True)
    (people / "жұмыс.ipynb").write_text(str(uuid4()) * 1000)
    leader = Leader(demo, settings)
    leader.change()
    before = set(leader.said)
    with ThreadPoolExecutor() as pool:
        working = pool.submit(leader.work)
        try:
            make_backup(settings, place)
        finally:
            leader.stop.set()
        working.result()
    restore_backup(place, home, read_key(settings))
    problems = [] if len(leader.said) > len(before) else ["nothing was changed while the backup was made"]
    problems += [] if hash_tree(home / "people") == hash_tree(settings.homes) else ["people's files differ"]
    database = Database(Settings(home).database_url)
    with database.reading() as session:
        kept = set(session.scalars(select(Change.uuid)))
    database.close()
    problems += [f"change {uuid} is lost" for uuid in before - kept]
    after = [uuid in kept for uuid in leader.said]
    problems += (
        [] if after == sorted(after, reverse=True) else ["a later change is there, an earlier one is not"]
    )
    return [f"round {number}: {problem}" for problem in problems]


def prove(rounds: int) -> list[str]:
    problems: list[str] = []
    with running_demo() as demo, open_folder() as folder:
        for number in range(rounds):
            problems += keep_and_restore(demo, number, folder / "usb", folder / f"new-{number}")
        account = demo.account("teacher")
        again = Demo(folder / f"new-{rounds - 1}")
        again.start()
        try:
            with signed_in(again, account) as client:
                client.get("/services/portal/classes").raise_for_status()
        finally:
            again.stop()
    return problems


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    rounds = 2 if options.quick else 20
    problems = prove(rounds)
    bad = {problem.split(":")[0] for problem in problems}
    return finish("restores", {"rounds": rounds, "equal": rounds - len(bad)}, problems, options.save)


if __name__ == "__main__":
    sys.exit(main())
