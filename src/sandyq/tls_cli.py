"""``./sandyq tls`` on the command line; like ``sandyq.cli`` it imports nothing heavy before it has to."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandyq.keeping import add_home, existing_home
from sandyq.layout import write_commands

TEXTS = {
    "show": "say what is shown, what PCs have to trust, until when, and what is wrong",
    "renew": "make a new certificate now; PCs go on trusting (it is renewed by itself in time)",
    "new-ca": "make a new authority; every PC has to trust it anew",
    "use": "show a certificate that somebody else signed, as a district may",
    "export": "write what makes PCs trust the server, for a USB stick",
    "announce": "have Avahi tell the server's name to the network (mDNS)",
}


def add_tls(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its actions."""
    tls = commands.add_parser("tls", help="the certificate that browsers are shown, and what PCs trust")
    actions = tls.add_subparsers(dest="action", metavar="ACTION", required=True)
    parsers = {name: actions.add_parser(name, help=text) for name, text in TEXTS.items()}
    parsers["new-ca"].add_argument(
        "--apply", action="store_true", help="do it; without this, only say what it means"
    )
    parsers["renew"].add_argument(
        "--due", action="store_true", help="only when it ends or an address is new (for a timer)"
    )
    parsers["use"].add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="the certificate with its chain, and its key (PEM)",
    )
    parsers["use"].add_argument("--ours", action="store_true", help="our own certificate again")
    parsers["export"].add_argument("folder", type=Path, metavar="DIR", help="folder on the stick")
    for parser in parsers.values():
        add_home(parser)
    tls.set_defaults(run=_manage_as_typed_here)


def _manage_as_typed_here(arguments: argparse.Namespace) -> int:
    """Commands that a refusal names are written as they are typed on this machine."""
    try:
        return _manage(arguments)
    except ValueError as error:
        raise ValueError(write_commands(str(error))) from None


def _manage(arguments: argparse.Namespace) -> int:
    from sandyq_hub import tls_commands

    settings, out = existing_home(arguments.home.resolve()), sys.stdout
    if arguments.action == "new-ca":
        return tls_commands.make_authority_anew(settings, out, apply=arguments.apply)
    if arguments.action == "renew":
        return tls_commands.renew(settings, out, only_due=arguments.due)
    if arguments.action == "use":
        if len(arguments.files) != (0 if arguments.ours else 2):
            raise ValueError("Give a certificate and its key, or --ours: ./sandyq tls use CERTIFICATE KEY")
        return tls_commands.use(settings, arguments.files, out)
    if arguments.action == "export":
        return tls_commands.export(settings, arguments.folder, out)
    jobs = {
        "show": tls_commands.show_standing,
        "announce": tls_commands.tell_name,
    }
    return jobs[arguments.action](settings, out)
