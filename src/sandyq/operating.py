"""``install``, ``upgrade``, ``uninstall`` and ``version`` on the command line; the work is imported when it is done."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from sandyq.layout import Layout, find_own_layout


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    installing = commands.add_parser(
        "install",
        help="install the server on this machine: Debian 12 or 13, as root",
        description="Run again, it puts right what is not as it should be, and says so when nothing is.",
    )
    _add_root(installing)
    _add_dry_run(installing)
    installing.add_argument("--no-start", action="store_true", help="start nothing")
    installing.set_defaults(run=_install)
    upgrading = commands.add_parser(
        "upgrade",
        help="put this version in place of the one that is installed, after a backup and a trial",
        description="What does not work is taken back, program and databases; also when the power was cut.",
    )
    _add_root(upgrading)
    _add_dry_run(upgrading)
    upgrading.add_argument("--back", action="store_true", help="return to the version before")
    upgrading.add_argument(
        "--give-up-newer",
        action="store_true",
        help="with --back: also where the databases' form has changed; what people did since stays in a backup only",
    )
    upgrading.set_defaults(run=_upgrade)
    removing = commands.add_parser("uninstall", help="remove the program; the school's data stay")
    _add_root(removing)
    removing.add_argument(
        "--with-data", action="store_true", help="delete the data, too; the school's name must be typed"
    )
    removing.set_defaults(run=_uninstall)
    version = commands.add_parser("version", help="print which version this is")
    version.set_defaults(run=_tell_version)


def _add_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("/"),
        metavar="DIR",
        help="a folder that is or becomes a machine's /, for images and tests",
    )


def _add_dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would be changed")


def _open(arguments: argparse.Namespace) -> Layout:
    if os.geteuid() != 0 and not getattr(arguments, "dry_run", False):
        raise ValueError("Only root can change the machine. Become root (su -) and run it again.")
    os.umask(0o022)
    own = find_own_layout()
    given = arguments.root.resolve()
    return own if own and given == Path("/") else Layout(given)


def _install(arguments: argparse.Namespace) -> int:
    from sandyq_hub.install.installing import install

    layout = _open(arguments)
    count = install(layout, _tell, dry_run=arguments.dry_run, start=not arguments.no_start)
    if arguments.dry_run:
        _tell(f"{count} changes would be made; none was." if count else "Nothing would be changed.")
    elif not count:
        _tell("Nothing to change: all is as it should be.")
    if not (arguments.dry_run or arguments.no_start):
        _tell_next(layout)
    return 0


def _upgrade(arguments: argparse.Namespace) -> int:
    from sandyq_hub.install.upgrading import take_back, upgrade

    if arguments.give_up_newer and not arguments.back:
        raise ValueError("--give-up-newer goes with --back.")
    layout = _open(arguments)
    if arguments.back:
        take_back(layout, _tell, give_up=arguments.give_up_newer)
    else:
        upgrade(layout, _tell, dry_run=arguments.dry_run)
    return 0


def _uninstall(arguments: argparse.Namespace) -> int:
    from sandyq_hub.install.removing import uninstall

    uninstall(_open(arguments), _tell, input, with_data=arguments.with_data)
    return 0


def back_up(layout: Layout) -> int:
    """Make the installed server's backups, as each night; return 1 when one failed."""
    from sandyq.backup import BackupFailed, describe_backup
    from sandyq_hub.install.nightly import back_up

    failed = False
    for done in back_up(layout):
        if isinstance(done, BackupFailed):
            failed = True
            _tell(f"No backup was made: {done}")
        else:
            _tell(describe_backup(done))
    return int(failed)


def restore(layout: Layout, place: Path, key: str) -> str:
    """Bring a backup to an installed server that has no school yet; return of when it is."""
    from sandyq_hub.install.restoring import restore

    return restore(layout, place, key, _tell)


def _tell_next(layout: Layout) -> None:
    from sandyq_hub.install.next_steps import describe_next

    for line in describe_next(layout):
        _tell(line)


def _tell_version(_arguments: argparse.Namespace) -> int:
    from sandyq.settings import PROJECT
    from sandyq_hub.install.program import find_version

    print(find_version(PROJECT))
    return 0


def _tell(words: Any) -> None:
    print(f"sandyq: {words}", flush=True)
