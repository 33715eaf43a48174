"""Installation into a folder: what it makes, that it makes it once, that it takes back what does not work."""

import fcntl
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from install_world import BASE, World, make_packages

from rehearsal import open_folder
from sandyq.backup import copy_databases
from sandyq.configuration import Backup, Configuration, Logs
from sandyq.settings import Settings
from sandyq_hub.install.installing import list_reloads, settle_machine
from sandyq_hub.install.program import name_version
from sandyq_hub.install.units import render_units
from sandyq_hub.install.upgrading import COPY, Upgrade, go_back, read_note
from sandyq_hub.isolation import NAMES
from sandyq_hub.unit import tell_systemd

SYSTEMD = "/usr/bin/systemd-analyze"
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root installs"),
    pytest.mark.skipif(not Path(SYSTEMD).exists(), reason="systemd is not here: apt install systemd"),
    pytest.mark.skipif(not shutil.which("restic"), reason="restic is not installed: apt install restic"),
]


@pytest.fixture(scope="module")
def world():
    """A folder with one version installed."""
    with open_folder() as folder:
        yield install_first(World(folder / "root", folder / "sources"))


def install_first(made):
    made.root.mkdir()
    source = made.make_program("first")
    before = made.look()
    dry = made.run(source, "install", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert made.look() == before, "a dry run changed something"
    first = made.run(source, "install")
    assert first.returncode == 0, first.stderr
    told = [line.removeprefix("sandyq: would be made: ") for line in dry.stdout.splitlines()[:-1]]
    assert told == [line.removeprefix("sandyq: ") for line in first.stdout.splitlines()[:-1]]
    return made


def sources(world, name):
    return world.sources / name


def test_all_stands_where_it_should(world):
    layout = world.layout
    assert layout.current.resolve() == (layout.versions / layout.find_current()).resolve()
    assert layout.find_current() == name_version(sources(world, "first"))
    settings = Settings.load(layout.home)
    assert (settings.home, settings.port) == (Path("/var/lib/sandyq"), 443)
    assert (settings.tls_name, settings.plain_port, settings.disk_quota) == ("sandyq.local", 80, 500)
    assert settings.content == settings.home / "content" / "live"
    assert settings.listen != "127.0.0.1"
    assert settings.uid_base == BASE
    assert (layout.units / "multi-user.target.wants" / "sandyq.target").resolve().exists()
    program = layout.versions / layout.find_current()
    assert not (program / "tests").exists()
    assert (program / "sandyq").stat().st_mode & 0o777 == 0o755
    strangers = [path for path in program.rglob("*") if path.stat().st_uid or path.stat().st_gid]
    assert not strangers


def test_each_part_has_an_account_with_the_number_that_stands_on_the_disk(world):
    groups = dict(line.split(":")[::2] for line in world.layout.of("/etc/group").read_text().splitlines())
    assert groups == {f"sandyq-{name}": str(BASE + index) for index, name in enumerate(NAMES)}
    users = [line.split(":") for line in world.layout.of("/etc/passwd").read_text().splitlines()]
    assert {name for name, *_ in users} == {f"sandyq-{n}" for n in NAMES} - {
        "sandyq-school",
        "sandyq-lessons",
    }
    assert all(user[-1].endswith("nologin") for user in users)


def test_a_second_time_nothing_is_changed_and_that_is_said(world):
    before = world.look()
    again = world.run(sources(world, "first"), "install")
    assert again.returncode == 0, again.stderr
    assert "Nothing to change" in again.stdout
    assert world.look() == before


def test_what_somebody_damaged_is_put_right_and_nothing_else(world):
    unit = world.layout.units / "sandyq-hub.service"
    before = world.look()
    unit.write_text("[Service]\nUser=root\n")
    stray = world.layout.units / "sandyq-old.service"
    stray.write_text("")
    again = world.run(sources(world, "first"), "install")
    told = [line for line in again.stdout.splitlines() if "/" in line]
    assert len(told) == 2, again.stdout
    assert str(unit) in told[0] or str(unit) in told[1]
    assert not stray.exists()
    contents = {path: (about[0], about[2]) for path, about in world.look().items()}
    assert contents == {path: (about[0], about[2]) for path, about in before.items()}


def test_the_operators_file_is_kept_and_heeded(world):
    path = world.layout.configuration
    before = path.read_text("utf-8")
    try:
        wanted = {"port = 443 ": "port = 8080 ", "plain_port = 80 ": "plain_port = 0 ", '"19:30"': '"02:15"'}
        path.write_text(re.sub("|".join(wanted), lambda found: wanted[found[0]], before))
        assert world.run(sources(world, "first"), "install").returncode == 0
        assert "port = 8080" in path.read_text("utf-8")
        assert Settings.load(world.layout.home).port == 8080
        assert "OnCalendar=*-*-* 02:15:00" in (world.layout.units / "sandyq-backup.timer").read_text()
        assert "CAP_NET_BIND_SERVICE" not in (world.layout.units / "sandyq-proxy.service").read_text()
        path.write_text("[server]\nprot = 80\n")
        tree = world.look()
        refused = world.run(sources(world, "first"), "install")
        assert refused.returncode == 1
        assert f"{path}, line 2" in refused.stderr
        assert "Did you mean port?" in refused.stderr
        assert world.look() == tree
    finally:
        path.write_text(before, "utf-8")
        world.run(sources(world, "first"), "install")


def test_new_bounds_of_the_logs_hold_at_once(world):
    """The journal reads them when it starts; to restart our own parts, as the book says, is not enough."""
    layout = world.layout
    told = []
    settle_machine(layout, Configuration(), told.append, dry_run=True)
    assert told == []
    settle_machine(layout, Configuration(logs=Logs(days=7)), told.append, dry_run=True)
    assert [Path(line.split()[-1]).name for line in told] == ["journald@sandyq.conf"]
    restarted = ("systemctl", "try-restart", "systemd-journald@sandyq.service")
    assert list(list_reloads(told=0, units=0, logs=1)) == [restarted]
    assert restarted not in list_reloads(told=1, units=1, logs=0)


def test_the_nightly_backup_waits_for_disks_that_come_late_at_a_start():
    folder = Path("/mnt/usb-disk/мектеп.1")
    unit = dict(render_units(Configuration(backup=Backup(folder=folder))))["sandyq-backup.service"]
    command = ["systemd-escape", "--path", "--suffix=mount", "/mnt", "/mnt/usb-disk", str(folder)]
    wanted = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    (after,) = re.findall("^After=(.*)$", unit, re.MULTILINE)
    assert set(after.split()) == set(wanted)


LOCKED = [
    "backup",
    "certificate",
    "grader",
    "hourly",
    "hub",
    "portal",
    "ports",
    "prepare",
    "proxy",
    "ready@",
    "rooms",
]


@pytest.mark.parametrize("name", LOCKED)
def test_every_unit_but_the_fork_servers_is_locked(world, name):
    unit = world.layout.units / f"sandyq-{name}.service"
    command = [SYSTEMD, "security", "--offline=true", "--threshold=30", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-400:]}{done.stderr}"


def test_no_unit_is_left_out_of_the_test_above(world):
    services = {path.stem.removeprefix("sandyq-") for path in world.layout.units.glob("*.service")}
    assert services == {*LOCKED, "forks"}


def test_systemd_finds_nothing_wrong_with_the_units(world):
    """In a view of the machine in which the program stands where the units look for it."""
    units = [str(p) for p in world.layout.units.iterdir() if p.is_file() and "@" not in p.name]
    ready = str(world.layout.units / "sandyq-ready@hub.service")
    script = 'mount -t tmpfs none /opt && mkdir /opt/sandyq && mount --bind "$0" /opt/sandyq && exec "$@"'
    command = ["sh", "-c", script, str(world.layout.of("/opt/sandyq")), SYSTEMD, "verify", *units, ready]
    command.append("multi-user.target")  # how a start goes in which each waits for whom it names
    environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{world.layout.units}:"}
    done = subprocess.run(
        ["unshare", "-m", *command], capture_output=True, text=True, check=False, env=environment
    )
    if "unshare" in done.stderr or "permission denied" in done.stderr:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_is_told_when_a_part_is_ready(tmp_path, monkeypatch):
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        tell_systemd()
        assert listener.recv(100) == b"READY=1"


def test_a_number_that_is_somebody_elses_is_named(tmp_path):
    world = World(tmp_path / "root", tmp_path / "sources")
    source = world.make_program("first")
    group = world.layout.of("/etc/group")
    group.parent.mkdir(parents=True)
    group.write_text(f"wheel:x:{BASE + 1}:\n")
    refused = world.run(source, "install")
    assert refused.returncode == 1
    assert "the group wheel" in refused.stderr
    assert str(BASE + 1) in refused.stderr
    assert not world.layout.current.exists()


def test_each_place_of_the_file_gets_a_backup_and_the_usb_disk_only_when_it_is_there(world):
    fill(world)
    program, usb = world.layout.python_of(world.layout.find_current()), world.layout.of("/media/sandyq")
    usb.mkdir(parents=True)
    command = [str(program), "-m", "sandyq.cli", "backup"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("all equal") == 1
    assert not any(usb.iterdir()), "without a disk it went to the folder that waits for one"
    script = f'mount -t tmpfs none {usb} && "$@" && ls {usb}/sandyq-backups'
    plugged = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", *command],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    if "unshare" in plugged.stderr or "permission denied" in plugged.stderr:
        pytest.skip(f"this machine lets nobody mount: {plugged.stderr.strip()}")
    assert plugged.stdout.count("all equal") == 2, plugged.stdout + plugged.stderr
    assert "snapshots" in plugged.stdout


# Upgrades


def fill(world):
    """Give the server a database, as its first start would."""
    program = world.layout.python_of(world.layout.find_current())
    code = (
        "import sys; from pathlib import Path; from sandyq.layout import Layout\n"
        "from sandyq.school.database import Database\n"
        "settings = Layout(Path(sys.argv[1])).read_settings()\n"
        "database = Database(settings.database_url); database.migrate(); database.close()\n"
    )
    subprocess.run([program, "-c", code, world.root], check=True)
    path = world.layout.home / "school" / "school.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("INSERT OR IGNORE INTO school (id, name, language) VALUES (1, 'Ақсу мектебі', 'kk')")
    database.close()
    return path


def list_rows(path):
    with sqlite3.connect(path) as database:
        found = database.execute("SELECT name FROM school").fetchall()
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    database.close()
    return found, tables


BROKEN = """
def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO half VALUES (1)")
    op.execute("DELETE FROM school")
    op.execute("COMMIT")
    raise RuntimeError("the migration is broken on purpose")
"""


@pytest.fixture(scope="module")
def broken(world):
    """A version whose migration destroys rows, commits that, and fails."""
    head = 'import sqlalchemy as sa\nfrom alembic import op\nrevision = "9999"\ndown_revision = "{}"\n'
    versions = world.sources / "first" / "src" / "sandyq" / "school" / "migrations" / "versions"
    last = max(path.name for path in versions.glob("0*.py")).removesuffix(".py")
    text = (versions / f"{last}.py").read_text()
    revision = next(line.split('"')[1] for line in text.splitlines() if line.startswith("revision"))
    migration = "src__sandyq__school__migrations__versions__9999_broken"
    return world.make_program("broken", **{migration: head.format(revision) + BROKEN})


def test_an_upgrade_that_breaks_the_data_is_taken_back(world, broken):
    path, first = fill(world), world.layout.find_current()
    before = list_rows(path)
    refused = world.run(broken, "upgrade")
    assert refused.returncode == 1
    assert f"{first} is at work again" in refused.stderr
    assert "broken on purpose" in refused.stderr
    assert world.layout.find_current() == first
    assert list_rows(path) == before
    assert read_note(world.layout) is None
    failed = world.layout.home / "backup" / f"failed-{name_version(broken)}"
    assert "half" in list_rows(failed / "school" / "school.sqlite")[1], "it was not tried at all"
    assert world.run(sources(world, "first"), "install").stdout.count("Nothing to change") == 1
    assert any(world.layout.of("/var/backups/sandyq").iterdir()), "no backup was made before"


@pytest.mark.parametrize("obstacle", ["away", "busy"])
def test_an_upgrade_looks_at_the_backups_disk_while_people_work(world, broken, obstacle):
    fstab, home = world.layout.of("/etc/fstab"), world.layout.home
    before = world.layout.configuration.read_text("utf-8")
    wanted = 'folder = "/mnt/disk/kept"' if obstacle == "away" else 'folder = "/var/backups/sandyq"'
    world.layout.configuration.write_text(re.sub("(?m)^folder = .*", wanted, before), "utf-8")
    (home / "backup").mkdir(mode=0o700, exist_ok=True)
    fstab.write_text("LABEL=KEPT /mnt/disk ext4 defaults,nofail 0 2\n")
    try:
        with (home / "backup" / "lock").open("w") as lock:
            if obstacle == "busy":
                fcntl.flock(lock, fcntl.LOCK_EX)
            refused = world.run(broken, "upgrade")
    finally:
        fstab.unlink()
        world.layout.configuration.write_text(before, "utf-8")
    assert refused.returncode == 1
    told = {"away": "the disk for /mnt/disk (/etc/fstab) is not there", "busy": "Wait for its end"}[obstacle]
    assert "Nothing was changed" in refused.stderr
    assert told in refused.stderr
    assert "stopped" not in refused.stdout


@pytest.mark.parametrize("way", ["upgrade", "--back"])
def test_what_an_upgrade_stopped_is_started_again_when_the_stop_is_cut_short(world, tmp_path, way):
    """Somebody presses Ctrl+C, or the line breaks, while the parts are ending."""
    layout, first = world.layout, world.layout.find_current()
    systemctl, said = tmp_path / "systemctl", tmp_path / "said"
    systemctl.write_text(f'#!/bin/sh\necho "$1" >> {said}\n[ "$1" != stop ] || kill -TERM "$PPID"\n')
    systemctl.chmod(0o755)
    note = Upgrade("newer" if way == "upgrade" else first, first, "2026-11-26T20:00:00+00:00", True)
    script = """
import json, sys
from dataclasses import replace
from pathlib import Path
from sandyq.configuration import read_configuration
from sandyq.layout import Layout
from sandyq_hub.install import upgrading

Layout.is_live = True
layout, way, note = Layout(Path(sys.argv[1])), sys.argv[2], upgrading.Upgrade(**json.loads(sys.argv[3]))
if way == "--back":
    upgrading._copy_databases(layout, note)
    upgrading.take_back(layout, print)
else:
    upgrading._exchange(layout, read_configuration(layout.configuration), print, note)
"""
    command = [sys.executable, "-c", script, str(world.root), way, json.dumps(vars(note))]
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    cut = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    shutil.rmtree(layout.home / COPY, ignore_errors=True)
    assert cut.returncode == 128 + signal.SIGTERM, cut.stderr
    assert said.read_text().split()[-2:] == ["stop", "start"]
    assert read_note(layout) is None


def test_install_does_not_replace_another_version(world, broken):
    refused = world.run(broken, "install")
    assert refused.returncode == 1
    assert "./sandyq upgrade" in refused.stderr


def test_an_upgrade_that_was_cut_short_is_taken_back_at_the_next_start(world, broken):
    """The note is there, the databases are in the new form, the link leads to the new version: the worst moment."""
    layout, path, first = world.layout, fill(world), world.layout.find_current()
    before = list_rows(path)
    shutil.rmtree(layout.home / COPY, ignore_errors=True)
    copy_databases(layout.home, layout.home / COPY, "2026-11-26T20:00:00+00:00")
    note = Upgrade(first, name_version(broken), "2026-11-26T20:00:00+00:00", False)
    (layout.home / "upgrade.json").write_text(json.dumps(vars(note)))
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM school")
    database.close()
    layout.current.unlink()
    layout.current.symlink_to(f"versions/{note.new}")
    for _ in range(2):  # and cut short again on the way back, after the databases
        shutil.copy(layout.home / COPY / "school" / "school.sqlite", path.with_name("school.sqlite.draft"))
        told = []
        assert go_back(layout, told.append) == first
        assert layout.find_current() == first
        assert list_rows(path) == before
        (layout.home / "upgrade.json").write_text(json.dumps(vars(note)))
    tree = world.look()
    dry = world.run(sources(world, "broken"), "upgrade", "--dry-run")
    assert (dry.returncode, "would be taken back first" in dry.stdout) == (0, True), dry.stderr
    assert world.look() == tree, "a dry run took it back"
    (layout.home / "upgrade.json").unlink()


def test_a_copy_that_is_damaged_is_not_put_back(world):
    from sandyq.backup import BackupFailed, put_databases_back

    layout, path = world.layout, fill(world)
    copy_databases(layout.home, layout.home / COPY, "now")
    with (layout.home / COPY / "school" / "school.sqlite").open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    before = path.read_bytes()
    with pytest.raises(BackupFailed, match="not as it was made"):
        put_databases_back(layout.home / COPY, layout.home)
    assert path.read_bytes() == before


def test_without_an_upgrade_there_is_no_way_back(world):
    shutil.rmtree(world.layout.home / COPY, ignore_errors=True)
    refused = world.run(sources(world, "first"), "upgrade", "--back")
    assert (refused.returncode, "no way back" in refused.stderr) == (1, True)


# The end


def look_at_data(world):
    kept = ("var/", "etc/sandyq")
    return {
        path: (mode, content) for path, (mode, _, content) in world.look().items() if path.startswith(kept)
    }


def test_uninstalling_keeps_the_data_and_says_where(world):
    layout = world.layout
    fill(world)
    layout.configuration.write_text("[backup]\nfolder = /mnt/disk\n")
    before = look_at_data(world)
    refused = world.run(sources(world, "first"), "uninstall", "--with-data", answer="another school\n")
    assert refused.returncode == 1
    assert "not the school's name" in refused.stderr
    assert layout.current.exists()
    done = world.run(sources(world, "first"), "uninstall")
    assert done.returncode == 0, done.stderr
    assert str(layout.home) in done.stdout
    assert "school.toml, which cannot be read" in done.stdout
    assert look_at_data(world) == before
    left = [path for path in world.look() if "sandyq" in path and not path.startswith(("var/", "etc/sandyq"))]
    assert left == []


KEYS = {}
"""What stands on the operators' paper, by the machine."""


def test_data_go_when_the_schools_name_is_typed(world):
    KEYS[world.root] = (world.layout.home / "secrets" / "backup").read_text()
    done = world.run(sources(world, "first"), "uninstall", "--with-data", answer="Ақсу мектебі\n")
    assert done.returncode == 0, done.stderr
    assert not world.layout.home.exists()
    assert not world.layout.configuration.exists()
    assert any(world.layout.of("/var/backups/sandyq").iterdir())


def test_a_blank_machine_gets_its_school_back_by_one_command(world):
    """The backup was made by the upgrade above; the key is on the operator's paper."""
    source = sources(world, "first")
    make_packages(world.layout.versions / name_version(source), source)
    assert world.run(source, "install").returncode == 0
    program = world.layout.python_of(world.layout.find_current())
    place, key = world.layout.of("/var/backups/sandyq"), world.sources / "key"
    key.write_text(KEYS[world.root])
    command = list(map(str, [program, "-m", "sandyq.cli", "restore", place, "--key-file", key]))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    assert "erase them again" in done.stdout, "a backup knows of no erasure after it"
    assert list_rows(world.layout.home / "school" / "school.sqlite")[0] == [("Ақсу мектебі",)]
    assert Settings.load(world.layout.home).home == Path("/var/lib/sandyq")
    again = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert again.returncode == 1
    assert "nothing is replaced" in again.stderr


def test_only_root_installs(tmp_path):
    command = [sys.executable, "-m", "sandyq.cli", "install", "--root", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, user=65534, cwd="/")
    assert refused.returncode == 1
    assert "root" in refused.stderr
