"""``backup``, ``restore`` and ``update`` on the command line, and which server a command means."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sandyq.layout import find_own_layout
from sandyq.operating import back_up, restore
from sandyq.updates.parser import add_commands as add_updates

if TYPE_CHECKING:
    from sandyq.settings import Settings

PRIVATE = 0o077
"""Databases, secrets, logs and login cards are for the server's own user."""
DEMO_HOME = Path("demo")


def default_home() -> Path:
    """Return the server's folder: an installed program's own, else the demo's."""
    layout = find_own_layout()
    return layout.home if layout else DEMO_HOME


def add_keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser(
        "backup",
        help="keep all data of a server, encrypted, and try it by restoring it",
        description="May run while people work. Keeps 7 days, 5 weeks and 12 months.",
    )
    backup.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="folder for the backups, also on a USB disk "
        "(default: beside the data, DIR-backups; an installed server's: those of school.toml)",
    )
    backup.add_argument(
        "--key", action="store_true", help="only print the key: write it down, a new machine needs it"
    )
    add_home(backup)
    backup.set_defaults(run=_back_up)
    restore = commands.add_parser("restore", help="bring the newest backup back into an empty folder")
    restore.add_argument("place", type=Path, metavar="DIR", help="folder that holds the backups")
    restore.add_argument(
        "--key-file", type=Path, metavar="FILE", help="file with the key (default: it is asked for)"
    )
    add_home(restore)
    restore.set_defaults(run=_restore)
    add_updates(commands, add_home, _update)


def add_home(parser: argparse.ArgumentParser, default: Path | None = None) -> None:
    parser.add_argument(
        "--home",
        type=Path,
        default=default or default_home(),
        metavar="DIR",
        help="folder with all data of the server (default: ./demo, or the installed server's)",
    )


def _back_up(arguments: argparse.Namespace) -> int:
    os.umask(PRIVATE)
    from sandyq.backup import BackupFailed, describe_backup, make_backup, read_key, write_key

    home = arguments.home.resolve()
    settings = existing_home(home)
    if arguments.key:
        print(write_key(read_key(settings)))
        return 0
    layout = find_own_layout()
    if layout and layout.home == home and not arguments.to:
        return back_up(layout)
    try:
        done = make_backup(settings, arguments.to or home.with_name(f"{home.name}-backups"))
    except BackupFailed as error:
        raise ValueError(f"No backup was made: {error}") from None
    print(describe_backup(done))
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    os.umask(PRIVATE)
    from getpass import getpass

    from sandyq.backup import BackupFailed, restore_backup

    key = arguments.key_file.read_text() if arguments.key_file else getpass("Key of the backups: ")
    home, key = arguments.home.resolve(), "".join(key.split())
    layout = find_own_layout()
    try:
        if layout and layout.home == home:
            at = restore(layout, arguments.place, key)
        else:
            at = restore_backup(arguments.place, home, key)["at"]
    except BackupFailed as error:
        raise ValueError(f"Nothing was restored: {error}") from None
    print(f"Restored to {home} as it was at {at}.")
    print("Whoever was erased after that is back: erase them again (School → People and their data).")
    return 0


def _update(arguments: argparse.Namespace) -> int:
    os.umask(PRIVATE)
    from sandyq_hub.updating import Wish, take_back, update

    def say(text: str) -> None:
        print(f"sandyq: {text}", flush=True)

    settings = existing_home(arguments.home.resolve())
    if arguments.back:
        return take_back(settings, say)
    return update(
        settings,
        Wish(arguments.place, arguments.trust, arguments.accept_expired, arguments.look, arguments.software),
        say,
    )


def existing_home(home: Path) -> Settings:
    from sandyq.settings import Settings

    layout = find_own_layout()
    return layout.read_settings() if layout and layout.home == home else Settings.load(home)
