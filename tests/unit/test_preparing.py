"""Before the parts start: what a machine in a cupboard needs when nobody is there."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import pytest

from rehearsal import open_folder
from sandyq.school.database import Database, now
from sandyq.school.throttle import record_failure
from sandyq.settings import Settings
from sandyq_hub.preparing import RESERVE

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a small disk needs root to be mounted")
MB = 2**20


@pytest.fixture
def home():
    """A server's folder on a disk of its own."""
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


def fill(folder):
    """Take all that is left, to the last byte."""
    with (folder / "ballast").open("wb", buffering=0) as file:
        for size in (MB, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


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
