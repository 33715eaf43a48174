"""``update``, ``release`` and ``kit`` of the command line. What each does is imported when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandyq.updates.releasing import Publisher


def add_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    add_home: Callable[[argparse.ArgumentParser], None],
    update: Callable[[argparse.Namespace], int],
) -> None:
    """Add the commands; ``update`` is what runs on a server, above this package."""
    taking = commands.add_parser(
        "update",
        help="take over signed new lessons and software from a stick or an address",
        description="Nothing gets in that is not signed or is older than what was here.",
    )
    way = taking.add_mutually_exclusive_group(required=True)
    way.add_argument("--from", dest="place", metavar="PLACE", help="the stick's folder, or https://…")
    way.add_argument("--back", action="store_true", help="show the lessons from before the last update again")
    taking.add_argument(
        "--software", action="store_true", help="upgrade the software, too: the server stops for some minutes"
    )
    taking.add_argument("--look", action="store_true", help="only say what is there")
    taking.add_argument(
        "--trust", default="", metavar="FINGERPRINT", help="once: whom to trust, as on the publisher's paper"
    )
    taking.add_argument(
        "--accept-expired",
        action="store_true",
        help="take a stick that is older than its date says it may be",
    )
    add_home(taking)
    taking.set_defaults(run=update)

    releasing = commands.add_parser(
        "release", help="for the publisher: sign this checkout's lessons into a folder to carry or to serve"
    )
    releasing.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="releases so far, or a new one"
    )
    releasing.add_argument(
        "--new-keys", action="store_true", help="make a publisher's keys in the folder of --keys, once"
    )
    releasing.add_argument(
        "--successor",
        type=Path,
        metavar="DIR",
        help="have the keys in this folder count from now on: after a loss or a theft, or every few years",
    )
    _add_publisher(releasing)
    releasing.set_defaults(run=_release)

    kit = commands.add_parser(
        "kit",
        help="build a folder with everything to install and upgrade without a network, for a USB stick",
        description="What is there already stays; run again after a break, it goes on.",
    )
    kit.add_argument("folder", type=Path, metavar="FOLDER", help="where; a stick with FAT32 will do")
    kit.add_argument("--check", action="store_true", help="only say which files are damaged")
    kit.add_argument(
        "--fingerprint", default="", metavar="TEXT", help="with --check: whose it must be, as on paper"
    )
    kit.add_argument(
        "--debian",
        nargs="*",
        choices=("12", "13"),
        default=["12", "13"],
        help="releases whose packages come along (default: both)",
    )
    _add_publisher(kit)
    kit.set_defaults(run=_kit)


def _add_publisher(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keys", type=Path, metavar="DIR", help="folder with the publisher's keys")
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="what opens the keys (default: it is asked for)"
    )


def _release(arguments: argparse.Namespace) -> int:
    from sandyq.settings import PROJECT
    from sandyq.updates import releasing

    publisher = _read_publisher(arguments, new=arguments.new_keys)
    if arguments.new_keys:
        os.umask(0o077)
        releasing.make_publisher(publisher.keys, publisher.passphrase, _say)
        return 0
    if arguments.folder is None:
        raise ValueError("Say where the releases are: ./sandyq release FOLDER --keys DIR")
    if arguments.successor:
        version = releasing.replace_keys(arguments.folder.resolve(), publisher, arguments.successor)
        _say(
            f"The keys in {arguments.successor} count from now on (root {version}); the fingerprint on paper stays."
        )
        return 0
    _warn_of_changes(PROJECT)
    commit = releasing.release_content(PROJECT, arguments.folder.resolve(), publisher)
    _say(f"Lessons {commit.label} are signed in {arguments.folder}.")
    _say(f"For the paper of schools that do not know you yet: {releasing.say_fingerprint(arguments.folder)}")
    return 0


def _kit(arguments: argparse.Namespace) -> int:
    from sandyq.settings import PROJECT
    from sandyq.updates.kit import Plan, build_kit, check_kit

    folder = arguments.folder.resolve()
    if arguments.check:
        found, damaged = check_kit(folder, arguments.fingerprint)
        for name in damaged:
            _say(f"damaged or missing, copy again: {name}")
        _say(f"{len(damaged)} files are to be copied again." if damaged else "The kit is whole.")
        _say(f"It comes from {found}" + ("." if arguments.fingerprint else ": compare it with the paper."))
        return 1 if damaged else 0
    publisher = _read_publisher(arguments)
    _warn_of_changes(PROJECT)
    commit = build_kit(PROJECT, folder, publisher, Plan(arguments.debian), _say)
    _say(f"The kit of {commit.label} is whole. For the paper that goes to the school by another way:")
    _say(f"  fingerprint of the publisher: {check_kit(folder, '')[0]}")
    _say(f"  sha256sum install: {sha256((folder / 'install').read_bytes()).hexdigest()}")
    return 0


def _read_publisher(arguments: argparse.Namespace, *, new: bool = False) -> Publisher:
    from getpass import getpass

    from sandyq.updates.releasing import Publisher

    if arguments.keys is None:
        raise ValueError(
            "Say where the keys are: --keys DIR. None yet? ./sandyq release --new-keys --keys DIR"
        )
    if arguments.passphrase_file:
        return Publisher(arguments.keys, arguments.passphrase_file.read_text("utf-8").strip("\n"))
    passphrase = getpass("Passphrase of the keys: ")
    if new and getpass("Once more: ") != passphrase:
        raise ValueError("The two are not the same. Nothing was made.")
    return Publisher(arguments.keys, passphrase)


def _warn_of_changes(project: Path) -> None:
    from sandyq.updates.releasing import list_changed

    if changed := list_changed(project):
        print(
            f"sandyq: {len(changed)} files differ from the commit and are not released: {', '.join(changed[:5])} …",
            file=sys.stderr,
        )


def _say(text: str) -> None:
    print(f"sandyq: {text}", flush=True)
