"""The proofs of reliability in their small forms; and that they see what they are for."""

import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from tests.proofs.tape import Disk, record

from sandyq.cli import PROOFS

needs_strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="strace is not installed: apt install strace"
)
CARELESS = """
import os, sys
path = sys.argv[1] + "/new/file"
os.mkdir(os.path.dirname(path))
with open(path, "w") as file:
    file.write("x" * 20_000)
    {sync}
os.write(1, b"done")
"""
KEPT = """
import sys
from pathlib import Path
from sandyq.durable import make_folder, write_durably
path = Path(sys.argv[1]) / "new" / "file"
make_folder(path.parent)
write_durably(path, b"x" * 20_000)
print("done")
"""


def find_losses(tmp_path: Path, source: str) -> int:
    """How many of fifty cuts, after the process said that it was done, leave less than the whole file."""
    home = tmp_path / "home"
    home.mkdir()
    disk = Disk(home)
    for op in record([sys.executable, "-c", source, str(home)], home, tmp_path / "tape"):
        disk.do(op)
    lost = 0
    for number in range(50):
        left = tmp_path / f"left-{number}"
        disk.cut(Random(number), left)
        file = left / "new" / "file"
        lost += not file.exists() or file.read_bytes() != b"x" * 20_000
    return lost


@needs_strace
@pytest.mark.parametrize("sync", ["pass", "file.flush(); os.fsync(file.fileno())"])
def test_a_careless_process_loses_by_a_cut(tmp_path, sync):
    """Also when the file was brought to the disk, but not its name."""
    assert find_losses(tmp_path, CARELESS.format(sync=sync)) > 0


@needs_strace
def test_what_is_written_durably_is_never_lost(tmp_path):
    assert find_losses(tmp_path, KEPT) == 0


ELSEWHERE = {
    "logins": "the bench 'bell' does the same in its small form",
    "bombs": "two seconds of a busy machine say nothing; tests/attacks let each bomb go off",
    "limits": "tests/attacks/test_cgroups.py runs where there are control groups",
    "sandbox": "tests/attacks run all of them",
    "exchange": "tests/unit/assignments runs all of them",
}
"""Proofs without a small form here, and what is there instead."""


@needs_strace
@pytest.mark.parametrize("name", [name for name in PROOFS if name not in ELSEWHERE])
def test_the_small_form_of_a_proof(name):
    command = [sys.executable, "-m", "sandyq.cli", "prove", name, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
