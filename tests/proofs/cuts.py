"""``./sandyq prove cuts``: the power goes at a thousand moments of a school's work; what was acknowledged is there.

A real portal and Jupyter's file manager work while strace records each write and fsync. Then a disk that loses and
tears what was not brought to it is looked at, as it would be at each of those moments, with the server's own code.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from hashlib import sha256
from pathlib import Path
from random import Random

import nbformat
from sqlalchemy import select, text
from tests.proofs.cut_driver import prepare
from tests.proofs.results import finish
from tests.proofs.tape import Disk, Op, record

from sandyq.school.centre.tables import Room
from sandyq.school.database import Database
from sandyq.school.kept import Change
from sandyq.school.tables import LearningEvent, Submission
from sandyq.settings import Settings
from sandyq_portal.handing_in import read_kept

ROUNDS = 40
KINDS = ("answer", "hand-in", "change", "notebook")
Said = dict[str, dict[str, str]]
"""By kind: what was acknowledged, by its key."""


def prove(cuts: int, rounds: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Return how many of each kind were looked for after all cuts, and a sentence for each that was lost."""
    home = folder / "home"
    home.mkdir()
    prepare(home)
    disk = Disk(home)
    driver = Path(__file__).with_name("cut_driver.py")
    tape = record([sys.executable, str(driver), str(home), str(rounds)], home, folder / "tape")
    random = Random(seed)
    moments = sorted(random.choices(range(1, len(tape) + 1), k=cuts))
    said: Said = {kind: {} for kind in KINDS}
    looked, lost = Counter[str](), []
    done = 0
    for number, moment in enumerate(moments):
        for op in tape[done:moment]:
            disk.do(op)
            hear(op, said)
        done = moment
        with tempfile.TemporaryDirectory(dir=folder) as left:
            disk.cut(random, Path(left))
            for kind, problem in look(Path(left), said):
                looked[kind] += 1
                if problem:
                    lost.append(f"cut {number} after operation {moment}: {problem}")
    return looked, lost


def hear(op: Op, said: Said) -> None:
    for line in op.data.decode().splitlines() if op.kind == "say" else ():
        kind, key, value = line.split(" ", 2)
        said[kind][key] = value


def look(home: Path, said: Said) -> list[tuple[str, str]]:
    """Return (kind, what is wrong or nothing) of everything acknowledged."""
    settings = Settings(home)
    database = Database(settings.database_url)
    found: list[tuple[str, str]] = []
    try:
        with database.reading() as session:
            state = session.execute(text("PRAGMA integrity_check")).scalar()
            found.append(("database", "" if state == "ok" else f"the database is damaged: {state}"))
            answers = set(session.scalars(select(LearningEvent.uuid)))
            found += [("answer", "" if key in answers else f"answer {key}") for key in said["answer"]]
            changes = set(session.scalars(select(Change.uuid)))
            rooms = set(session.scalars(select(Room.name)))
            for key, name in said["change"].items():
                found.append(("change", "" if key in changes and name in rooms else f"change {key} ({name})"))
            rows = {str(each.id): each for each in session.scalars(select(Submission))}
            for key, number in said["hand-in"].items():
                found.append(("hand-in", _look_at_hand_in(settings, rows.get(key), key, number)))
            unsaid = [each for key, each in rows.items() if key not in said["hand-in"]]
            found += [("hand-in", _look_at_hand_in(settings, each, str(each.id), "")) for each in unsaid]
    except Exception as problem:  # whatever it is, the server would not open
        found.append(("database", f"the database cannot be read: {problem!r}"))
    finally:
        database.close()
    found.append(("notebook", _look_at_notebook(home / "people" / "work.ipynb", said["notebook"])))
    return found


def _look_at_hand_in(settings: Settings, row: Submission | None, key: str, number: str) -> str:
    """A row, acknowledged or not, has its files, and they are what was handed in."""
    if row is None:
        return f"hand-in {key} is not in the database"
    try:
        files = read_kept(settings, row)
        notebook = nbformat.reads(files["prices.ipynb"].decode(), as_version=4)
    except Exception as problem:  # unreadable in whatever way
        return f"hand-in {key} cannot be read: {problem!r}"
    if number and notebook.cells[0].source != f"y = {number}\n" * 500:
        return f"hand-in {key} holds something else"
    return ""


def _look_at_notebook(path: Path, said: dict[str, str]) -> str:
    """The last that was acknowledged, or the whole next one."""
    try:
        content = path.read_bytes()
        notebook = nbformat.reads(content.decode(), as_version=4)
    except Exception as problem:  # unreadable in whatever way
        return f"the notebook cannot be read: {problem!r}"
    last = max(map(int, said), default=-1)
    if last < 0 or sha256(content).hexdigest() == said[str(last)]:
        return ""
    is_next = notebook.cells and notebook.cells[0].source == f"x = {last + 1}\n" * 300
    return "" if is_next else f"the notebook is older than number {last}, which was acknowledged"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cuts, rounds = (60, 6) if options.quick else (1000, ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        looked, lost = prove(cuts, rounds, options.seed, Path(folder))
    return finish("cuts", {"cuts": cuts, "looked at": dict(looked)}, lost, options.save)


if __name__ == "__main__":
    sys.exit(main())
