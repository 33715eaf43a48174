"""The page of the server's health: what is short is said with what to do, in the operator's language."""

from __future__ import annotations

import json
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from portal_school import PREFIX, School

import sandyq.layout
from sandyq.backup import BackupFailed, make_backup
from sandyq.incidents import MOST, list_incidents, note_incident
from sandyq.settings import Settings
from sandyq.updates.record import Stick, find_sticks, write_record
from sandyq_portal.server_health import OLDEST_BACKUP, Kept, examine


@pytest.fixture
def school(tmp_path):
    return School(tmp_path / "home")


@pytest.fixture
def settings(school):
    return school.app.state.settings


def read_page(school):
    return school.sign_in(school.login("operator")).get(f"{PREFIX}/school/health").raise_for_status().text


def test_what_broke_is_told_with_its_log(school, settings):
    assert "Ничего." in read_page(school)
    note_incident(settings, "rooms")
    note_incident(settings, "grader")
    page = read_page(school)
    assert page.index("log/grader.log") < page.index("log/rooms.log"), "the newest first"
    assert "Ничего." not in page


def test_without_a_fork_server_the_page_says_what_it_means(school):
    """Where people are isolated nobody else may start anything, so that lessons do not open at all."""
    assert "медленно или не открываются совсем" in read_page(school)


def test_old_incidents_are_forgotten_and_a_damaged_note_is_none(settings):
    for _ in range(MOST + 5):
        note_incident(settings, "hub")
    assert len(list_incidents(settings, timedelta(days=1))) == MOST
    assert list_incidents(settings, timedelta(0)) == []
    (settings.home / "incidents.json").write_text("[[")
    assert list_incidents(settings, timedelta(days=1)) == []


@pytest.mark.skipif(not shutil.which("restic"), reason="restic is not installed: apt install restic")
def test_the_page_tells_of_backups_that_were_made_that_failed_and_that_are_missing(
    school, settings, tmp_path
):
    assert "./sandyq backup" in read_page(school)
    make_backup(settings, tmp_path / "usb")
    page = read_page(school)
    assert "./sandyq backup" not in page
    assert "Резервная копия: usb" in page
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupFailed):
        make_backup(settings, tmp_path / "file")
    page = read_page(school)
    assert "is the disk plugged in" in page.lower()
    assert "Диска для резервных копий нет." in page, "what to do, in the operator's language"


def test_a_clock_that_has_stopped_is_told(school, settings):
    """Of an empty battery: pupils would be without their class, and nobody would know why."""
    page, told = read_page(school), "Они показывают время раньше"
    assert str(datetime.now(UTC).year) in page and told not in page
    at = datetime.now(UTC) + timedelta(days=1)
    (settings.home / "backup.json").write_text(json.dumps({"/usb": {"at": at.isoformat()}}))
    assert told in read_page(school)
    (settings.home / "backup.json").unlink()
    write_record(settings.home, {"at": at.isoformat()})
    assert told in read_page(school)


@pytest.mark.skipif(not shutil.which("restic"), reason="restic is not installed: apt install restic")
def test_the_page_names_whose_folder_is_not_wholly_in_a_backup(school, settings, tmp_path):
    home = settings.homes / "<b>arman"
    home.mkdir(parents=True)
    with (home / "bomb").open("wb") as file:
        file.truncate(2**29)
    make_backup(settings, tmp_path / "usb")
    page = read_page(school)
    assert "Нет в копии usb" in page and "people/&lt;b&gt;arman" in page


def test_the_page_tells_of_updates_and_of_a_plugged_in_stick(school, settings, tmp_path):
    write_record(
        settings.home, {"at": "2026-11-26T10:00:00+00:00", "failed": {"at": "", "why": "not <b>signed</b>"}}
    )
    page = read_page(school)
    assert "Последнее обновление" in page and "not &lt;b&gt;signed" in page
    index = tmp_path / "usb" / "kit" / "targets" / "bundles.json"
    index.parent.mkdir(parents=True)
    index.write_text('{"content": {"version": "2026-11-26.abc"}, "software": {"version": "<script>"}}')
    assert find_sticks([tmp_path / "usb", tmp_path / "nothing"]) == [
        Stick(str(tmp_path / "usb" / "kit"), ("2026-11-26.abc",))
    ]
    for text in ("", "[]", "{", '{"content": 1}', "[" * 100_000):
        index.write_text(text)
        assert find_sticks([tmp_path / "usb"]) == []


def test_a_sticks_place_is_one_word_of_the_command():
    stick = Stick("/media/Мой диск; reboot", ())
    assert shlex.split(f"update --from {stick.typed}") == ["update", "--from", stick.place]


def test_an_installed_servers_commands_are_written_as_they_are_typed_there(
    school, settings, tmp_path, monkeypatch
):
    """There is no ./sandyq where its operator stands; a checkout's has no other."""
    assert "./sandyq backup" in read_page(school)
    monkeypatch.setattr(sandyq.layout, "PROJECT", tmp_path / "opt" / "sandyq" / "versions" / "0.1.0")
    page = read_page(school)
    assert "sandyq backup" in page and "./sandyq" not in page


def test_the_way_from_the_school_to_its_servers_health(school):
    link = f'href="{PREFIX}/school/health"'
    for role, has_link in (("operator", True), ("administrator", False)):
        page = school.sign_in(school.login(role)).get(f"{PREFIX}/school").raise_for_status().text
        assert (link in page) is has_link, role


def test_an_old_backup_is_none(settings):
    health = examine(settings)
    at = health.now - OLDEST_BACKUP
    assert not health.is_kept
    assert not replace(health, backups=[Kept("usb", at, ""), Kept("disk", None, "full")]).is_kept
    assert replace(health, backups=[Kept("usb", at + timedelta(hours=1), "")]).is_kept
    assert not replace(health, backups=[Kept("usb", at + timedelta(days=3650), "")]).is_kept


def test_what_is_short_is_called_short(settings):
    health = examine(settings)
    assert health.memory > health.free_memory > 0
    assert replace(health, free_memory=0.05 * health.memory).is_memory_short
    assert not replace(health, free_memory=0.5 * health.memory).is_memory_short
    assert replace(health, load=2.5).is_busy
    assert replace(health, free_gigabytes=1.0).is_disk_short


def test_parts_that_end_at_one_moment_are_all_noted(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: note_incident(Settings(tmp_path), f"part-{number}"), range(40)))
    assert len(list_incidents(Settings(tmp_path), timedelta(hours=1))) == 40
