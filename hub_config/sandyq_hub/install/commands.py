"""``install``, ``upgrade``, ``uninstall`` and ``version`` on the command line; the work is imported when it is done."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from sandyq_hub.install.layout import Layout, find_own_layout


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    installing = commands.add_parser(
        "install",
        help="install the server on this machine: Debian 12 or 13, as root",
        description="Run again, it puts right what is not as it should be, and says so when nothing is.",
    )
    _add_root(installing)
    installing.add_argument("--dry-run", action="store_true", help="only say what would be changed")
    installing.set_defaults(run=_install)
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
    count = install(layout, _say, dry_run=arguments.dry_run)
    if arguments.dry_run:
        _say(f"{count} changes would be made; none was." if count else "Nothing would be changed.")
    elif not count:
        _say("Nothing to change: all is as it should be.")
    if not arguments.dry_run:
        _tell_next(layout)
    return 0


def _tell_next(layout: Layout) -> None:
    from sandyq_hub.install.next_steps import describe_next

    for line in describe_next(layout):
        _say(line)


def _tell_version(_arguments: argparse.Namespace) -> int:
    from sandyq.settings import PROJECT
    from sandyq_hub.install.program import find_version

    print(find_version(PROJECT))
    return 0


def _say(words: Any) -> None:
    print(f"sandyq: {words}", flush=True)
