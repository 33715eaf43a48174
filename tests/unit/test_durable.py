"""Saves that survive: what is on the disk when a save is cut off, ours and stock side by side."""

import json
import os
import random
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

from rehearsal import open_folder
from sandyq.durable import open_durably, write_durably

OLD, NEW = json.dumps({"cells": ["old"] * 100}), json.dumps({"cells": ["new"] * 1000})
START = """
import json, os, signal, sys
path, new = sys.argv[1:]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
"""
IN_THE_MIDDLE = """
with open_durably(path) as file:
    file.write(new[:500])
    file.flush()
    die()
"""
BEFORE_THE_RENAME = """
sys.addaudithook(lambda event, _: die() if event == "os.rename" else None)
with open_durably(path) as file:
    file.write(new)
"""
OURS = "from sandyq.durable import open_durably\n"
STOCK = "from jupyter_server.services.contents.fileio import atomic_writing as open_durably\n"


def run_cut(path, program):
    done = subprocess.run([sys.executable, "-c", START + program, str(path), NEW], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("cut", [IN_THE_MIDDLE, BEFORE_THE_RENAME])
def test_a_save_that_is_cut_off_leaves_the_old_notebook(tmp_path, cut):
    path = tmp_path / "prices.ipynb"
    path.write_text(OLD)
    run_cut(path, OURS + cut)
    assert path.read_text() == OLD


def test_the_stock_way_leaves_half_a_notebook(tmp_path):
    path = tmp_path / "prices.ipynb"
    path.write_text(OLD)
    run_cut(path, STOCK + IN_THE_MIDDLE)
    with pytest.raises(json.JSONDecodeError):
        json.loads(path.read_text())


def test_killed_at_any_moment_the_file_is_whole(tmp_path):
    path = tmp_path / "prices.ipynb"
    path.write_text(OLD)
    program = OURS + textwrap.dedent("""
        for number in range(10**9):
            with open_durably(path) as file:
                json.dump({"cells": [number] * 5000}, file)
            print(number, flush=True)
    """)
    for _ in range(10):
        saving = subprocess.Popen(
            [sys.executable, "-c", START + program, str(path), NEW], stdout=subprocess.PIPE, text=True
        )
        acknowledged = -1
        for _line in range(random.randrange(1, 30)):  # noqa: S311
            acknowledged = int(saving.stdout.readline())
        saving.kill()
        saving.stdout.close()
        saving.wait()
        assert json.loads(path.read_text())["cells"][0] >= acknowledged


def test_permissions_stay_and_links_are_followed(tmp_path):
    path, link = tmp_path / "kept.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to("kept.txt")
    write_durably(link, b"new")
    assert link.is_symlink() and path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept.txt", "link.txt"]


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(ValueError, match="no"), open_durably(path) as file:
        file.write("half")
        raise ValueError("no")
    assert path.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["kept.txt"]


def test_a_new_file_gets_what_the_umask_leaves(tmp_path):
    before = os.umask(0o077)
    try:
        write_durably(tmp_path / "new.txt", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_may_not_be_written_is_refused(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    path.chmod(0o440)
    with pytest.raises(PermissionError, match="another name"):
        write_durably(path, b"new")


BESIDE_OTHERS = """
import os, sys
from pathlib import Path
from sandyq.durable import make_folder
if os.geteuid() == 0:
    os.setuid(65534)
folder = Path(sys.argv[1])
try:
    os.listdir(folder.parent)
except PermissionError:
    make_folder(folder)
    make_folder(folder / "new")
"""


def test_a_folder_whose_parent_may_not_be_read_can_be_used():
    with open_folder() as place:
        own = place / "closed/own"
        own.mkdir(parents=True)
        own.chmod(0o777)
        own.parent.chmod(0o311)
        subprocess.run([sys.executable, "-c", BESIDE_OTHERS, own], check=True)
        own.parent.chmod(0o755)
        assert (own / "new").is_dir()


def test_a_part_whose_unit_forbids_new_owners_writes_its_own_files(tmp_path, monkeypatch):
    """systemd's filter of the portal answers EPERM to each call of that family, also to one that changes nothing."""

    def forbid(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", forbid)
    write_durably(tmp_path / "kept", b"x", 0o600)
    assert (tmp_path / "kept").read_bytes() == b"x"
