"""``./sandyq upgrade``: this program in place of the one at work, with a way back at every moment.

What was noted in ``upgrade.json`` before the first change is taken back when something fails, and when the machine
starts and finds the note: then the power was cut. Nobody uses the server until the new version has shown that it works.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sandyq.backup import BackupFailed, check_place, copy_databases, put_databases_back
from sandyq.configuration import Configuration, read_configuration
from sandyq.durable import make_folder, sync_folder, write_durably
from sandyq.layout import Layout
from sandyq.settings import PROJECT
from sandyq.updates import content
from sandyq_hub.install.changes import settle
from sandyq_hub.install.installing import (
    Tell,
    is_running,
    link_to,
    list_preparations,
    list_switch,
    run_program,
    settle_machine,
)
from sandyq_hub.install.nightly import back_up_to_folder, find_objection
from sandyq_hub.install.program import find_version, open_program
from sandyq_hub.parts import NAMES, does_answer, find_health
from sandyq_hub.runtime import find_free_ports

NOTE: Final = "upgrade.json"
COPY: Final = Path("backup") / "upgrade"
"""The databases as they were before; the last upgrade's stay, for ``upgrade --back``."""
ABOUT: Final = "about.json"
PATIENCE: Final = 600.0
"""Seconds until a started server must answer, on the slowest machine."""
LEAST_SPACE: Final = 3 * 2**30
NO_BACKUP: Final = "Nothing was changed, for no backup could be made:"


class UpgradeFailed(ValueError):
    """The new version does not work here; what was before is again. The message says why."""


@dataclass(frozen=True)
class Upgrade:
    old: str
    new: str
    at: str
    was_running: bool
    lessons: str = ""
    """The release of lessons that was live; empty: the program's own."""


def upgrade(layout: Layout, tell: Tell, *, dry_run: bool = False) -> None:
    """Bring this program; UpgradeFailed when it does not work: then all is as before."""
    configuration = read_configuration(layout.configuration)
    old, new = layout.find_current(), find_version(PROJECT)
    if not old:
        raise ValueError("No server is installed here. Install one: ./sandyq install")
    if read_note(layout):
        tell(f"An upgrade was interrupted; it {'would be' if dry_run else 'is'} taken back first.")
        if not dry_run:
            go_back(layout, tell)
    if new == old:
        tell(f"Version {new} is at work already.")
        return
    if (free := shutil.disk_usage(layout.home).free) < LEAST_SPACE:
        raise ValueError(
            f"Only {free / 1e9:.1f} GB are free on the disk with {layout.home}; an upgrade needs 3."
        )
    _look_at_backups(layout, configuration, dry_run=dry_run)
    settle(list_preparations(layout, new), tell, dry_run=dry_run)
    if dry_run:
        tell(f"would be done: a backup, a trial of {new} with the school's data, the switch from {old}")
        return
    running = layout.is_live and is_running()
    _exchange(
        layout, configuration, tell, Upgrade(old, new, _now(), running, content.name_release(layout.home))
    )


def _exchange(layout: Layout, configuration: Configuration, tell: Tell, note: Upgrade) -> None:
    _heed_signals()
    tell("The server is stopped; people are told to wait.")
    try:
        _stop(layout)
        _keep_all(layout, configuration, tell)
        _copy_databases(layout, note)
    except BaseException as error:
        _start(note)
        if not isinstance(error, OSError | BackupFailed):
            raise
        raise UpgradeFailed(f"{NO_BACKUP} {error}") from None
    _write_note(layout, note)
    try:
        tell(f"Version {note.new} is tried with the school's data.")
        open_program(layout, note.new)
        try_version(layout, note.new)
        settle_machine(layout, configuration, tell)
        settle(list_switch(layout, note.new), tell)
        _start(note)
        _check_health(layout, note)
    except BaseException as error:
        _stop(layout)
        _keep_aside(layout, note)
        go_back(layout, tell)
        if not isinstance(error, OSError | ValueError):
            raise
        raise UpgradeFailed(
            f"Version {note.new} does not work here, {note.old} is at work again. {error}"
        ) from None
    _remove_note(layout)
    for version in set(layout.list_versions()) - {note.old, note.new}:
        shutil.rmtree(layout.versions / version)
    tell(f"Version {note.new} is at work. Back to {note.old}: sandyq upgrade --back")


def _look_at_backups(layout: Layout, configuration: Configuration, *, dry_run: bool = False) -> None:
    """UpgradeFailed when no backup could be made: found while people work, for nobody should wait for a no."""
    folder = configuration.backup.folder
    try:
        if objection := find_objection(layout, folder):
            raise BackupFailed(objection)
        if not dry_run:
            check_place(layout.read_settings(), layout.of(folder))
    except BackupFailed as error:
        raise UpgradeFailed(f"{NO_BACKUP} {error}") from None


def _heed_signals() -> None:
    """A closed terminal, too, ends in the way back."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))


def _keep_all(layout: Layout, configuration: Configuration, tell: Tell) -> None:
    done = back_up_to_folder(layout, configuration)
    tell(f"Kept in {done.place}: {done.files} files, {done.rows} rows.")


def _copy_databases(layout: Layout, note: Upgrade) -> None:
    copy = layout.home / COPY
    copy_databases(layout.home, copy, note.at)
    write_durably(copy / ABOUT, json.dumps(asdict(note)).encode())
    os.sync()


def try_version(layout: Layout, version: str) -> None:
    """Start all of a version on ports of its own with the school's data; UpgradeFailed when it does not work."""
    api, hub, portal, rooms, door = find_free_ports(5)
    settings = replace(
        layout.read_settings(),
        tls_name="",
        plain_port=0,
        **{"port": door, "proxy_api_port": api, "hub_port": hub, "portal_port": portal, "rooms_port": rooms},  # type: ignore[arg-type]
        listen="127.0.0.1",
        content=content.find_taken(layout.home) or layout.versions / version,
    )
    log = layout.home / "log" / "trial.log"
    make_folder(log.parent, 0o700)
    environment = settings.to_environment() | {"PATH": os.defpath, "SANDYQ_UID_BASE": str(settings.uid_base)}
    with log.open("wb") as output:
        command = [str(layout.python_of(version)), "-m", "sandyq_hub.install.trial"]
        done = subprocess.run(
            command, check=False, env=environment, cwd=layout.home, stdout=output, stderr=subprocess.STDOUT
        )
    if done.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise UpgradeFailed(f"{lines[-1] if lines else f'It ended with {done.returncode}.'} Its log: {log}")


def _check_health(layout: Layout, note: Upgrade) -> None:
    """All parts answer, as systemd started them."""
    if not note.was_running:
        return
    settings, deadline = layout.read_settings(), time.monotonic() + PATIENCE
    for name in NAMES:
        while not does_answer(find_health(settings, name)):
            if time.monotonic() > deadline:
                raise UpgradeFailed(
                    f"The part '{name}' does not answer: journalctl --namespace=sandyq -u sandyq-{name}"
                )
            time.sleep(0.5)


def _keep_aside(layout: Layout, note: Upgrade) -> None:
    """The new version's databases, before they are replaced: for whoever wants to know what was in them."""
    with suppress(BackupFailed, OSError):  # a damaged one, or a full disk: the way back comes first
        copy_databases(layout.home, layout.home / "backup" / f"failed-{note.new}", _now())


# The way back


def go_back(layout: Layout, tell: Tell, *, start: bool = True) -> str:
    """Make all as it was before the noted upgrade; may be interrupted and done again. Return the version at work."""
    note = read_note(layout)
    if note is None:
        return layout.find_current()
    put_databases_back(layout.home / COPY, layout.home)
    _switch_back(layout, note, tell)
    _remove_note(layout)
    if start:
        _start(note)
    return note.old


def _switch_back(layout: Layout, note: Upgrade, tell: Tell) -> None:
    settle([link_to(layout, note.old)], tell)
    content.show_release(layout.home, note.lessons)
    command = [str(layout.python_of(note.old)), "-m", "sandyq.cli", "install", "--no-start"]
    run_program(*command, *([] if layout.root == Path("/") else ["--root", str(layout.root)]))


def take_back(layout: Layout, tell: Tell, *, give_up: bool = False) -> None:
    """Leave a version that works for the one before; ``give_up``: also what people did since.

    ValueError when the databases have another form now, and nobody said that.
    """
    copy = layout.home / COPY
    try:
        note = Upgrade(**json.loads((copy / ABOUT).read_text()))
    except FileNotFoundError:
        raise ValueError("There was no upgrade, so there is no way back.") from None
    if layout.find_current() != note.new or note.old not in layout.list_versions():
        raise ValueError(f"Version {note.new} is not at work, or {note.old} is not there any more.")
    changed = _read_forms(layout.home, copy) != _read_forms(copy, copy)
    if changed and not give_up:
        raise ValueError(
            f"Version {note.new} gave the databases another form. Going back brings them as they were at {note.at}: "
            "what people did since would be gone, but for the backup that is made now. "
            "To do it: sandyq upgrade --back --give-up-newer"
        )
    configuration = read_configuration(layout.configuration)
    _look_at_backups(layout, configuration)
    note = replace(note, was_running=layout.is_live and is_running())
    _heed_signals()
    with _while_stopped(layout, note):
        try:
            _keep_all(layout, configuration, tell)
        except (OSError, BackupFailed) as error:
            raise UpgradeFailed(f"{NO_BACKUP} {error}") from None
        if changed:
            _write_note(layout, note)
            go_back(layout, tell, start=False)
        else:
            _switch_back(layout, note, tell)
    tell(f"Version {note.old} is at work again.")


def _read_forms(home: Path, copy: Path) -> dict[str, str]:
    """Return the form (Alembic's revision) of each database that was copied."""
    forms = {}
    for name in json.loads((copy / "manifest.json").read_text())["databases"]:
        if (home / name).exists():
            with closing(sqlite3.connect(home / name)) as database:
                try:
                    rows = database.execute("SELECT version_num FROM alembic_version").fetchall()
                except sqlite3.OperationalError:  # none of ours
                    continue
            forms[name] = str(sorted(rows))
    return forms


def read_note(layout: Layout) -> Upgrade | None:
    """Return the upgrade that is under way, or was when the power was cut."""
    try:
        return Upgrade(**json.loads((layout.home / NOTE).read_text()))
    except FileNotFoundError:
        return None


def _write_note(layout: Layout, note: Upgrade) -> None:
    write_durably(layout.home / NOTE, json.dumps(asdict(note)).encode())


def _remove_note(layout: Layout) -> None:
    (layout.home / NOTE).unlink(missing_ok=True)
    sync_folder(layout.home)


def _stop(layout: Layout) -> None:
    if layout.is_live:
        run_program("systemctl", "stop", "sandyq.target", "sandyq-*.service")


@contextmanager
def _while_stopped(layout: Layout, note: Upgrade) -> Iterator[None]:
    """What was at work is started again, whatever happens; with a note left, that start goes the way back."""
    try:
        _stop(layout)
        yield
    finally:
        _start(note)


def _start(note: Upgrade) -> None:
    if note.was_running:
        run_program("systemctl", "start", "sandyq.target")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
