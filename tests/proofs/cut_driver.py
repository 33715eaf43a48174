"""A school at work, to be recorded: answers, hand-ins, changes, notebooks; says what was acknowledged.

``cut_driver.py HOME ROUNDS``: HOME was made by ``prepare``. Each line is ``kind key value``, written at once.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import nbformat
from portal_school import PREFIX, School, form_token, write_notebook

from sandyq_hub.saving import DurableFiles

PACKET = "informatics-7/prices/kk"


def prepare(home: Path) -> None:
    """Make the school, and an assignment that is given to a class."""
    school = School(home)
    folder = school.settings.packets / PACKET
    cells = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    for part in ("source", "release"):
        (folder / part).mkdir(parents=True)
        (folder / part / "prices.ipynb").write_text(json.dumps(cells))
    about = {
        "course": "informatics-7", "name": "prices", "language": "kk", "title": "Бағалар", "summary": "Бағалар",
        "subject": "informatics", "kind": "fa", "grades": [7], "minutes": 20, "points": 1.0, "version": "1",
        "files": [], "notebooks": [{"name": "prices", "points": 1.0, "cells": []}],
    }  # fmt: skip
    (folder / "assignment.json").write_text(json.dumps(about))
    teacher = school.sign_in(school.login("teacher"))
    page = teacher.get(f"{PREFIX}/assignments/new?packet={PACKET.replace('/', '%2F')}")
    group = school.class_of(school.login("teacher"))
    data = {"token": form_token(page.text), "packet": PACKET, "class_id": group.id, "subject": "Информатика"}
    given = teacher.post(f"{PREFIX}/assignments", data=data)
    about = {
        "release": int(given.headers["location"].rpartition("/")[2]),
        "leader": school.login("leader"),
        "pupils": [pupil.login for pupil in school.pupils(group)],
    }
    (home / "about.json").write_text(json.dumps(about))
    (home / "people").mkdir()
    write_notebook(home / "people" / "work.ipynb", {})
    school.database.close()


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def work(home: Path, rounds: int) -> None:
    school = School(home, is_new=False)
    about = json.loads((home / "about.json").read_text())
    release, pupils = about["release"], about["pupils"]
    leader = school.kernel(about["leader"], "app", "clubs")
    files = DurableFiles(root_dir=str(home / "people"))
    for number in range(rounds):
        pupil = pupils[number % len(pupils)]
        answer = {"uuid": str(uuid4()), "question": "mine", "response": f"{number} сөз", "score": None}
        reply = school.kernel(pupil).post(f"{PREFIX}/api/answers", json=answer)
        assert reply.status_code == 201, reply.text
        say("answer", answer["uuid"], number)
        packed = _pack(number)
        reply = school.notebook(pupil).post(f"{PREFIX}/api/work/{release}/submissions", content=packed)
        assert reply.status_code == 201, reply.text
        say("hand-in", reply.json()["number"], number)
        uuid = str(uuid4())
        room = {"sheet": "room", "id": -1, "values": {"name": f"{number}-бөлме", "seats": 10, "kind": ""}}
        reply = leader.post(f"{PREFIX}/api/centre/changes", json={"uuid": uuid, "what": "…", "edits": [room]})
        assert reply.status_code in (200, 201), reply.text
        say("change", uuid, f"{number}-бөлме")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"x = {number}\n" * 300)])
        asyncio.run(files.save({"type": "notebook", "content": notebook}, "work.ipynb"))
        say("notebook", number, sha256((home / "people" / "work.ipynb").read_bytes()).hexdigest())


def _pack(number: int) -> bytes:
    made = io.BytesIO()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"y = {number}\n" * 500)])
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("prices.ipynb", nbformat.writes(notebook))
    return made.getvalue()


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)  # as a cut: nothing is closed in order
