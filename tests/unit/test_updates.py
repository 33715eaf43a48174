"""Lessons that are signed, carried and shown: whole or not at all, and back again."""

import json
import os
import shutil
import signal
import sys
import tarfile
from dataclasses import replace

import pytest
from updates_world import TODAY, World

from sandyq.updates import content
from sandyq.updates.client import UpdateRefused
from sandyq.updates.content import ContentBroken, open_content, pack_content, stage, unpack
from sandyq.updates.record import read_record
from sandyq_hub.updating import take_back


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return World(tmp_path_factory.mktemp("made")).make()


@pytest.fixture
def world(made, tmp_path):
    return made.copy(tmp_path)


def release_second(world, title="Екінші"):
    world.write_lesson("steppe", title)
    world.commit(2)
    return world.release()


def test_new_lessons_come_from_a_stick_and_go_back_again(world):
    assert world.title("passphrase"), "the program's own lessons, before the first update"
    world.update()
    assert world.title() == "Бірінші"
    release_second(world)
    said = world.update()
    assert world.title() == "Екінші"
    assert any("signed" in line for line in said)
    take_back(world.settings, said.append)
    assert world.title() == "Бірінші"
    with pytest.raises(ValueError, match="nothing to go back to"):
        take_back(world.settings, said.append)
    world.update()
    assert world.title() == "Екінші"


def test_the_record_says_what_is_live_and_what_failed(world):
    label = release_second(world).label
    world.update()
    assert content.describe_content(world.settings.home)["version"] == label
    assert read_record(world.settings.home)["from"] == str(world.stick)
    assert "failed" not in read_record(world.settings.home)
    next(world.stick.glob("targets/content-*")).write_bytes(b"x")
    world.write_lesson("steppe", "Үшінші")
    world.commit(3)
    world.release()
    next(world.stick.glob("targets/content-*")).write_bytes(b"x")
    with pytest.raises(OSError, match="not what was signed"):
        world.update()
    assert "not what was signed" in read_record(world.settings.home)["failed"]["why"]
    assert world.title() == "Екінші"


def test_the_same_stick_twice_changes_nothing(world):
    world.update()
    live = (world.settings.home / "content" / "live").readlink()
    before = (world.settings.notebooks / "kk" / "steppe.ipynb").stat().st_mtime_ns
    assert any("not newer" in line for line in world.update())
    assert (world.settings.home / "content" / "live").readlink() == live
    assert (world.settings.notebooks / "kk" / "steppe.ipynb").stat().st_mtime_ns == before


def test_looking_takes_nothing_over(world):
    assert any(": new," in line for line in world.update(only_look=True))
    assert world.title() is None


def test_the_same_commit_gives_the_same_bytes(world, tmp_path):
    for name in ("one", "two"):
        pack_content(world.checkout, "HEAD", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_is_not_committed_is_not_released(world):
    world.write_lesson("steppe", "Жартылай")
    world.release()
    world.update()
    assert world.title() == "Бірінші"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("curriculum/notebooks/kk/steppe.ipynb", "{", "cannot be read"),
        ("curriculum/notebooks/kk/steppe.ipynb", '{"metadata": {}}', "cannot be read"),
        ("curriculum/notebooks/kk/other.ipynb", "", "cannot be read"),
        ("curriculum/catalogue.toml", '[[lesson]]\nslug = "yurt"\n', "names yurt"),
        ("curriculum/catalogue.toml", "[[", "catalogue.toml"),
        ("pyproject.toml", '[project]\nversion = "9.0"\n', "need Sandyq 9.0"),
    ],
)
def test_broken_content_of_the_publishers_own_is_refused_and_the_old_stays(world, name, text, words):
    world.update()
    world.write(name, text)
    world.commit(2)
    world.release()
    with pytest.raises(ContentBroken, match=words):
        world.update()
    assert world.title() == "Бірінші"
    assert list((world.settings.home / "content").glob(".*")) == []


def test_a_lesson_that_is_no_longer_released_is_gone_and_old_releases_are_swept(world):
    world.write_lesson("yurt", "Киіз үй")
    world.commit(2)
    world.release()
    world.update()
    assert world.title("yurt")
    (world.checkout / "curriculum/notebooks/kk/yurt.ipynb").unlink()
    for day in (3, 4, 5):
        world.write_lesson("steppe", str(day))
        world.commit(day)
        world.release()
        world.update()
    assert world.title("yurt") is None
    assert len(list((world.settings.home / "content" / "versions").iterdir())) == 2, "live and the one before"
    assert not (world.settings.home / "updates-fetched").exists(), "what was fetched gives its disk back"


def test_a_cut_at_any_moment_leaves_the_whole_old_or_the_whole_new(world, tmp_path):
    """Each step after which the power may go: then the server starts, and shows one of the two."""
    world.update()
    release_second(world)
    home = world.settings.home
    (bundle,) = world.client().look().values()
    (archive,) = world.client().fetch(bundle)
    stage(home, archive, bundle.version, bundle.date)
    draft = home / "content" / ".live"
    draft.symlink_to("nowhere")  # a cut between making the link and its rename
    half = home / "content" / ".half"
    half.mkdir()
    (half / "file").write_text("")
    open_content(home)
    assert world.title() == "Бірінші"
    assert list((home / "content").glob(".*")) == []
    content.go_live(home, home / "content" / "versions" / bundle.version)  # and here, before the record
    open_content(home)
    assert world.title() == "Екінші"
    assert content.describe_content(home)["version"] == bundle.version
    assert any("not newer" in line for line in world.update())


def test_a_live_folder_that_vanished_gives_way_to_the_programs_own(world):
    world.update()
    shutil.rmtree(world.settings.home / "content" / "versions")
    open_content(world.settings.home)
    assert world.title("passphrase")


def test_a_program_with_newer_lessons_shows_its_own(world, monkeypatch):
    world.update()
    open_content(world.settings.home)
    assert world.title() == "Бірінші"
    newer = {"version": "2", "date": TODAY.replace(year=TODAY.year + 1).isoformat()}
    monkeypatch.setattr(content, "describe_running", lambda: newer)
    open_content(world.settings.home)
    assert world.title("passphrase")


def test_an_upgrade_that_is_taken_back_brings_the_lessons_from_before(world, monkeypatch):
    world.update()
    home = world.settings.home
    release = content.name_release(home)
    assert content.find_taken(home) == home / "content" / "versions" / release
    newer = {"version": "2", "date": TODAY.replace(year=TODAY.year + 1).isoformat()}
    with monkeypatch.context() as upgraded:
        upgraded.setattr(content, "describe_running", lambda: newer)
        assert content.find_taken(home) is None
        open_content(home)
    assert content.name_release(home) == ""
    content.show_release(home, release)
    open_content(home)
    assert world.title() == "Бірінші"
    content.show_release(home, "")
    content.show_release(home, "gone")
    assert world.title() == "Бірінші"


def test_content_of_the_operators_own_is_not_touched(world, tmp_path):
    with pytest.raises(UpdateRefused, match="SANDYQ_CONTENT"):
        world.__dict__["settings"] = replace(world.settings, content=tmp_path)
        world.update()


def test_only_files_and_folders_are_unpacked(tmp_path):
    def pack(name, kind=tarfile.REGTYPE, target=""):
        path = tmp_path / "evil.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            tar.addfile(member)
        return path

    for number, made in enumerate(
        [
            ("../up", tarfile.REGTYPE),
            ("/etc/up", tarfile.REGTYPE),
            ("link", tarfile.SYMTYPE, "/etc/shadow"),
            ("hard", tarfile.LNKTYPE, "/etc/shadow"),
            ("device", tarfile.CHRTYPE),
            ("pipe", tarfile.FIFOTYPE),
        ]
    ):
        with pytest.raises(ContentBroken):
            unpack(pack(*made), tmp_path / f"out-{number}")
        assert [
            path for path in tmp_path.rglob("*") if path.name in ("up", "link", "hard", "device", "pipe")
        ] == []


def test_two_at_once_do_not_meet(world):
    import fcntl

    folder = world.settings.home / "updates"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="going on"):
            world.update()


def test_the_index_names_everything(world):
    index = json.loads((world.stick / "targets" / "bundles.json").read_text())
    assert set(index["content"]) == {"version", "date", "needs", "files"}


CHANGES = {"os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.truncate", "open"}


def die_at(moment, home, job):
    """Do a job in a process that is killed just before it changes something below ``home`` for so many times.

    Return False when it ended before.
    """
    sys.stdout.flush()
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    left = moment

    def watch(event, arguments):
        nonlocal left
        if event in CHANGES and str(home) in str(arguments[0]) + str(arguments[1:2]):
            changes = event != "open" or (
                isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            )
            left -= bool(changes)
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    try:
        job()
    finally:
        os._exit(0)


def test_killed_at_each_of_its_changes_an_update_leaves_the_whole_old_or_the_whole_new(world, tmp_path):
    world.update()
    release_second(world)
    home, kept = world.settings.home, tmp_path / "kept"
    home.rename(kept)
    seen, moment = [], 0
    while True:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(kept, home, symlinks=True)
        if not die_at(moment, home, world.update):
            break
        open_content(home)  # the server starts again
        content.check(home / "content" / "live")
        assert list((home / "content").glob(".*")) == []
        seen.append(world.title())
        if moment % 5 == 0:  # and so it is taken up again
            world.update()
            assert world.title() == "Екінші"
        moment += 1
    assert seen == sorted(seen, key=["Бірінші", "Екінші"].index), "once new, it stays new"
    assert {"Бірінші", "Екінші"} == set(seen)
    assert len(seen) > 30
