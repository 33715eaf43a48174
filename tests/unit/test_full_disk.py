"""A disk without room: what is sent is refused in plain words, what was acknowledged stays, and later it goes on."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from contextlib import suppress
from uuid import uuid4

import pytest
from portal_school import PREFIX, School
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.proofs.cut_driver import _pack, prepare

from rehearsal import open_folder
from sandyq.school.database import Database, now
from sandyq.school.tables import Submission
from sandyq.school.throttle import record_failure
from sandyq.settings import Settings
from sandyq_hub.preparing import RESERVE
from sandyq_portal.handing_in import read_kept

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a small disk needs root to be mounted")
MB = 2**20


@pytest.fixture
def small_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine mounts nothing")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def fill(folder):
    """Take all that is left, to the last byte."""
    with (folder / "ballast").open("wb", buffering=0) as file:
        for size in (MB, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


def test_a_hand_in_on_a_full_disk_is_refused_and_earlier_ones_stay(small_disk):
    prepare(small_disk)
    school = School(small_disk, is_new=False)
    about = json.loads((small_disk / "about.json").read_text())
    pupil = TestClient(
        school.app,
        headers={"Authorization": f"token {about['pupils'][0]}", "Accept-Language": "kk"},
        raise_server_exceptions=False,
    )
    address = f"{PREFIX}/api/work/{about['release']}/submissions"
    first = pupil.post(address, content=_pack(1))
    assert first.status_code == 201
    token = school.kernel(about["pupils"][0]).headers  # a secret is made for the first one
    fill(small_disk)
    refused = [pupil.post(address, content=_pack(number)) for number in range(2, 5)]
    assert {reply.status_code for reply in refused} == {507}
    assert "дискісі толды" in refused[0].json()["detail"]
    answer = {"uuid": str(uuid4()), "question": "mine", "response": "сөз " * 2000, "score": None}
    lesson = TestClient(school.app, headers=token, raise_server_exceptions=False)
    status = 201
    while status == 201:  # the database has a little room of its own
        status = lesson.post(f"{PREFIX}/api/answers", json=answer | {"uuid": str(uuid4())}).status_code
    assert status == 507
    assert pupil.get(address).json() == [first.json()], "what was acknowledged is told as before"
    (small_disk / "ballast").unlink()
    second = pupil.post(address, content=_pack(2))
    assert second.status_code == 201
    with school.database.reading() as session:
        rows = session.scalars(select(Submission).order_by(Submission.id)).all()
        assert [row.id for row in rows] == [first.json()["number"], second.json()["number"]]
        assert all(read_kept(school.settings, row) for row in rows)
    school.database.close()


def test_only_a_full_disk_is_called_one():
    from sandyq_portal.errors import is_disk_full

    assert is_disk_full(OSError(errno.ENOSPC, "x")) and is_disk_full(OSError(errno.EDQUOT, "x"))
    assert not is_disk_full(OSError(errno.EIO, "x")) and not is_disk_full(ValueError())


@pytest.fixture
def home():
    """A server's folder on a disk of its own, that other uids may pass through."""
    with open_folder() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=600m,mode=711", "none", str(folder)]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("this machine mounts nothing")
        try:
            (folder / "home").mkdir()
            yield folder / "home"
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def start(home):
    """What the installed server's first unit runs."""
    program = [sys.executable, "-m", "sandyq_hub.unit", "prepare"]
    environment = os.environ | {"SANDYQ_HOME": str(home)}
    subprocess.run(program, env=environment, check=True, capture_output=True, text=True)


def test_a_server_with_a_full_disk_starts_after_a_power_cut_and_somebody_can_make_room(home):
    settings = Settings(home)
    settings.save()
    start(home)
    assert (home / "reserve").stat().st_blocks * 512 >= RESERVE
    fill(home)
    start(home)
    assert not (home / "reserve").exists()
    with Database(settings.database_url).session() as session:
        record_failure(session, "aigul", "10.0.0.7", now())
    start(home)
    assert not (home / "reserve").exists(), "it is room that the parts need"
    (home / "ballast").unlink()
    start(home)
    assert (home / "reserve").exists()
