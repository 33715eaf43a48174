"""Backups with the real restic: consistent while somebody writes, equal when restored, refused when damaged."""

import json
import os
import shutil
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest

from sandyq.backup import (
    BackupFailed,
    Done,
    count_rows,
    describe_backup,
    find_databases,
    make_backup,
    read_key,
    read_status,
    restore_backup,
    write_key,
)
from sandyq.durable import write_durably
from sandyq.layout import Layout
from sandyq.prefork.trees import remove_tree
from sandyq.settings import Settings
from sandyq_hub.install.nightly import back_up

pytestmark = pytest.mark.skipif(
    not shutil.which("restic"), reason="restic is not installed: apt install restic"
)


@pytest.fixture
def settings(tmp_path):
    """A server's folder with a database in use, homes with awkward names, and what no backup needs."""
    home = tmp_path / "home"
    for folder in ("school", "people/aruzhan", "people/[тимур]*", "log", "hub"):
        (home / folder).mkdir(parents=True)
    with sqlite3.connect(home / "school" / "school.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE mark (number INTEGER PRIMARY KEY, file TEXT)")
    database.close()
    (home / "people" / "aruzhan" / "жұмыс.ipynb").write_text("{}")
    (home / "people" / "[тимур]*" / "сурет.png").write_bytes(os.urandom(5000))
    (home / "people" / "aruzhan" / "own.sqlite").write_bytes(b"SQLite format 3\0 and then nonsense")
    (home / "log" / "hub.log").write_text("long")
    settings = Settings(home)
    settings.save()
    return settings


def hash_tree(home, *left_out):
    return {
        str(path.relative_to(home)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.relative_to(home).parts[0] not in left_out
    }


def test_what_is_restored_is_what_was_kept(settings, tmp_path):
    place, home = tmp_path / "usb", settings.home
    (home / "people" / "aruzhan" / "link").symlink_to("жұмыс.ipynb")
    (home / "people" / "aruzhan").chmod(0o700)
    done = make_backup(settings, place)
    assert (done.databases, done.rows) == (1, 0)
    manifest = restore_backup(place, tmp_path / "new", read_key(settings))
    again = tmp_path / "new"
    skip = ("log", "backup", "backup.json", "server.json", "school")
    assert hash_tree(again, *skip) == hash_tree(home, *skip)
    assert (again / "people" / "aruzhan" / "link").readlink().name == "жұмыс.ipynb"
    assert (again / "people" / "aruzhan").stat().st_mode & 0o777 == 0o700
    assert not (again / "log").exists()
    assert not (again / "backup").exists()
    assert count_rows(again / "school" / "school.sqlite") == {"mark": 0}
    assert manifest["at"] == read_status(settings)[str(place)]["at"]


def test_a_backup_is_consistent_while_somebody_writes(settings, tmp_path):
    """Each row speaks of a file that was written before it: in what is restored every row finds its file."""
    home, stop, begun = settings.home, Event(), Event()
    (home / "submissions").mkdir()

    def hand_in():
        database = sqlite3.connect(home / "school" / "school.sqlite", timeout=60)
        number = 0
        while not stop.is_set():
            number += 1
            write_durably(home / "submissions" / f"{number}.json", b"x" * number)
            with database:
                database.execute("INSERT INTO mark VALUES (?, ?)", (number, f"{number}.json"))
            begun.set()
        database.close()
        return number

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(hand_in)
        begun.wait(30)
        before = (
            sqlite3.connect(home / "school" / "school.sqlite")
            .execute("SELECT max(number) FROM mark")
            .fetchone()[0]
        )
        try:
            make_backup(settings, tmp_path / "usb")
        finally:
            stop.set()
        assert writing.result() > before, "nothing was written meanwhile"
    restore_backup(tmp_path / "usb", tmp_path / "new", read_key(settings))
    database = sqlite3.connect(tmp_path / "new" / "school" / "school.sqlite")
    rows = database.execute("SELECT number, file FROM mark ORDER BY number").fetchall()
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= before
    for number, file in rows:
        assert (tmp_path / "new" / "submissions" / file).read_bytes() == b"x" * number


@pytest.mark.parametrize(
    ("told", "is_kept"),
    [
        ("error: lstat people/a/x: no such file or directory", True),
        ("error: NodeFromFileInfo: xattr.list people/a/x: no such file or directory", True),
        ("error: read people/a/x: input/output error", False),
        ("error: lstat people/a/x: no such file or directory\nerror: read y: input/output error", False),
    ],
)
def test_what_people_remove_meanwhile_costs_nobody_the_backup(settings, tmp_path, monkeypatch, told, is_kept):
    """When a file vanishes before it is read cannot be timed: the real restic, ending as it does then.

    A disk that is dying must not look like a file that somebody removed.
    """
    wrapper = tmp_path / "bin" / "restic"
    wrapper.parent.mkdir()
    (tmp_path / "told").write_text(f"{told}\nWarning: at least one source file could not be read\n")
    wrapper.write_text(
        f'#!/bin/sh\n{shutil.which("restic")} "$@" || exit\n'
        f'[ "$2" != backup ] || {{ cat {tmp_path}/told >&2; exit 3; }}\n'
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    if not is_kept:
        with pytest.raises(BackupFailed, match="could not be read"):
            make_backup(settings, tmp_path / "usb")
        return
    make_backup(settings, tmp_path / "usb")
    restore_backup(tmp_path / "usb", tmp_path / "new", read_key(settings))
    assert (tmp_path / "new" / "people" / "aruzhan" / "жұмыс.ipynb").read_text() == "{}"


@pytest.mark.parametrize("content", ["", "[[", "null", '{"/mnt/x": 5}'])
def test_a_damaged_note_keeps_no_backup_from_being_made(settings, tmp_path, content):
    (settings.home / "backup.json").write_text(content)
    assert read_status(settings) == {}
    make_backup(settings, tmp_path / "usb")
    assert read_status(settings)[str(tmp_path / "usb")]["at"]


def test_the_newest_is_the_one_made_last_whatever_the_clock_says(settings, tmp_path, monkeypatch):
    """An empty battery sets the clock back, a slip of the hand forward; what counts is the order."""
    work, place = settings.home / "people" / "aruzhan" / "жұмыс.ipynb", tmp_path / "usb"
    ahead = tmp_path / "bin" / "restic"
    ahead.parent.mkdir()
    ahead.write_text(
        "#!/bin/sh\nfor word; do test $word != backup || exec "
        f'{shutil.which("restic")} "$@" --time "2035-01-01 12:00:00"; done\nexec {shutil.which("restic")} "$@"\n'
    )
    ahead.chmod(0o755)
    with monkeypatch.context() as then:
        then.setenv("PATH", f"{ahead.parent}:{os.environ['PATH']}")
        make_backup(settings, place)
    for day, words in enumerate(("second", "third", "fourth", "fifth")):
        work.write_text(words)
        make_backup(settings, place)
        restore_backup(place, tmp_path / f"new-{day}", read_key(settings))
        assert (tmp_path / f"new-{day}" / work.relative_to(settings.home)).read_text() == words
    environment = os.environ | {"RESTIC_REPOSITORY": str(place), "RESTIC_PASSWORD": read_key(settings)}
    listed = subprocess.check_output(["restic", "snapshots", "--json"], env=environment)
    assert len(json.loads(listed)) == 5, "nights of a clock that stands are days to the schedule"


def test_a_damaged_backup_is_said_and_makes_nothing(settings, tmp_path):
    place = tmp_path / "usb"
    make_backup(settings, place)
    pack = max(
        (path for path in (place / "data").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(content)
    way_out = (
        f"damaged there. .* To begin anew: mv {place} {place}.damaged, then ./sandyq backup --to {place}"
    )
    with pytest.raises(BackupFailed, match=way_out):
        restore_backup(place, tmp_path / "new", read_key(settings))
    with pytest.raises(BackupFailed, match=way_out):
        make_backup(settings, place)
    assert not (tmp_path / "new").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".new")] == []


def test_a_damaged_database_is_not_kept_as_if_it_were_whole(settings, tmp_path):
    with sqlite3.connect(settings.home / "school" / "school.sqlite") as database:
        database.executemany("INSERT INTO mark VALUES (?, ?)", [(n, "x" * 500) for n in range(200)])
    database.close()
    path = settings.home / "school" / "school.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:16384] = os.urandom(8192)
    path.write_bytes(content)
    with pytest.raises(BackupFailed, match=r"school\.sqlite"):
        make_backup(settings, tmp_path / "usb")
    assert "school.sqlite" in read_status(settings)[str(tmp_path / "usb")]["why"]


def test_the_last_good_one_stays_on_record_when_the_next_fails(settings, tmp_path):
    place = tmp_path / "usb"
    make_backup(settings, place)
    good = read_status(settings)[str(place)]["at"]
    place.rename(tmp_path / "unplugged")
    place.write_text("no folder")
    with pytest.raises(BackupFailed, match="plugged in"):
        make_backup(settings, place)
    status = read_status(settings)[str(place)]
    assert status["at"] == good
    assert status["failed_at"]
    assert json.loads((settings.home / "backup.json").read_text())


def nest(top, name, depth):
    """As somebody does it who goes into each folder that they make: no path leads to the end."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(top)
        for _ in range(depth):
            Path(name).mkdir()
            os.chdir(name)
    finally:
        os.chdir(before)
        os.close(before)


@pytest.mark.parametrize(("name", "depth"), [("d", 1500), ("nested", 3000), ("x" * 255, 20)])
def test_folders_without_end_cost_nobody_else_the_backup(settings, tmp_path, name, depth):
    people = settings.home / "people"
    nest(people / "[тимур]*", name, depth)
    try:
        done = make_backup(settings, tmp_path / "usb")
        assert done.left_out == ("people/[тимур]*",)
        assert "[тимур]*" in describe_backup(done)
        assert list((tmp_path / "usb").glob(".sandyq-*")) == []
        restore_backup(tmp_path / "usb", tmp_path / "new", read_key(settings))
        kept = hash_tree(tmp_path / "new" / "people")
        assert {path.rpartition("/")[2] for path in kept} == {"жұмыс.ipynb", "own.sqlite", "сурет.png"}
    finally:
        remove_tree(people)


def test_holes_do_not_fill_the_disk_when_a_backup_is_tried(settings, tmp_path):
    """They take no room of their owner's share, and all of it where they are written out."""
    people = settings.home / "people"
    for number in range(3):
        with (people / "[тимур]*" / f"bomb-{number}").open("wb") as file:
            file.truncate(2**29)
    with (people / "aruzhan" / "map.npy").open("wb") as file:  # a few are nobody's harm
        file.truncate(2**22)
    done = make_backup(settings, tmp_path / "usb")
    assert done.left_out == ("people/[тимур]*",)
    assert done.bytes < 2**24
    restore_backup(tmp_path / "usb", tmp_path / "new", read_key(settings))
    assert (tmp_path / "new" / "people" / "aruzhan" / "map.npy").stat().st_size == 2**22
    assert not (tmp_path / "new" / "people" / "[тимур]*").exists()


def test_a_place_that_cannot_be_written_is_said_as_a_failure(settings, tmp_path):
    (settings.home / "backup").mkdir()
    (settings.home / "backup" / "stage").write_text("a file where a folder has to be")
    with pytest.raises(BackupFailed):
        make_backup(settings, tmp_path / "usb")
    assert read_status(settings)[str(tmp_path / "usb")]["why"]


@pytest.mark.parametrize("cause", ["away", "full", "key"])
def test_a_stick_that_is_pulled_out_full_or_anothers_is_said_to_be(settings, tmp_path, monkeypatch, cause):
    """Debian 12's restic breaks down on a full disk, and of a folder that is away its last words are the folder."""
    place = tmp_path / "usb"
    if cause == "key":
        make_backup(settings, place)
    wrapper = tmp_path / "bin" / "restic"
    wrapper.parent.mkdir()
    broken = {
        "away": f"mv {place} {place}.away\n",
        "full": "printf 'panic: nil pointer\\n\\ngoroutine 1\\nerrgroup.go:72 +0xa5\\n' >&2\nexit 2\n",
        "key": "",
    }[cause]
    wrapper.write_text(
        f'#!/bin/sh\nif [ "$2" = backup ]; then\n{broken}:\nfi\nexec {shutil.which("restic")} "$@"\n'
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    if cause == "full":
        monkeypatch.setattr("sandyq.backup.LEAST_ROOM", 2**60)
    if cause == "key":
        write_durably(settings.home / "secrets" / "backup", b"another")
    told = {
        "away": "Fatal: .* away. Plug it in",
        "full": "panic: nil pointer. .* is full",
        "key": "another key",
    }
    with pytest.raises(BackupFailed, match=told[cause]):
        make_backup(settings, place)
    assert read_status(settings)[str(place)]["cause"] == cause


def test_a_disk_that_is_away_is_no_empty_folder_on_the_systems_disk(settings, tmp_path):
    layout = Layout(tmp_path / "root")
    layout.home.parent.mkdir(parents=True)
    shutil.move(settings.home, layout.home)
    for path in (layout.configuration, layout.of("/etc/fstab")):
        path.parent.mkdir(parents=True, exist_ok=True)
    layout.configuration.write_text('[backup]\nfolder = "/mnt/disk/sandyq"\n')
    layout.of("/etc/fstab").write_text(
        "UUID=1 / ext4 defaults 0 1\n/srv /mnt none bind\n#UUID=2 /mnt/disk ext4 x\n"
    )
    place = layout.of("/mnt/disk/sandyq")
    (done,) = back_up(layout)
    assert isinstance(done, Done)
    place.rename(tmp_path / "the disk")
    (failed,) = back_up(layout)
    assert str(failed).startswith(f"{place}: the backups that were kept there until {done.at} are gone.")
    place.mkdir()  # as the empty folder on which the disk is mounted
    (failed,) = back_up(layout)
    assert isinstance(failed, BackupFailed)
    assert not any(place.iterdir())
    about = read_status(layout.read_settings())[str(place)]
    assert (about["at"], about["why"]) == (done.at, str(failed))
    with layout.of("/etc/fstab").open("a") as file:
        file.write("UUID=2 /mnt/disk ext4 nofail 0 2\n")
    (failed,) = back_up(layout)
    assert "the disk for /mnt/disk (/etc/fstab) is not there" in str(failed)


def test_keys(settings, tmp_path):
    place = tmp_path / "usb"
    make_backup(settings, place)
    with pytest.raises(BackupFailed, match="another key"):
        restore_backup(place, tmp_path / "new", "0" * 64)
    spoken = write_key(read_key(settings))
    assert len(spoken.split()) == 16
    restore_backup(place, tmp_path / "new", "".join(spoken.split()))
    assert read_key(settings) == (tmp_path / "new" / "secrets" / "backup").read_text()
    for path in place.rglob("*"):
        assert not path.is_file() or b"aruzhan" not in path.read_bytes(), "a name in plain words"


def test_what_a_power_cut_left_readable_is_gone_after_the_next_one(settings, tmp_path):
    place = tmp_path / "usb"
    (place / ".sandyq-tried-abc" / "home" / "people").mkdir(parents=True)
    make_backup(settings, place)
    assert not list(place.glob(".sandyq-tried-*"))
    assert restore_backup(place, tmp_path / "new", read_key(settings))


def test_nothing_is_overwritten(settings, tmp_path):
    make_backup(settings, tmp_path / "usb")
    with pytest.raises(ValueError, match="not empty"):
        restore_backup(tmp_path / "usb", settings.home, read_key(settings))
    with pytest.raises(BackupFailed, match="holds no backup"):
        restore_backup(tmp_path / "elsewhere", tmp_path / "new", read_key(settings))
    assert not (tmp_path / "elsewhere").exists()


def test_what_pupils_made_is_no_database_of_the_servers(settings):
    assert [path.name for path in find_databases(settings.home)] == ["school.sqlite"]
