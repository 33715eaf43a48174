"""``./sandyq tls``: what the server shows to browsers, what PCs have to trust, and how both are changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sandyq.layout import find_own_layout, write_commands
from sandyq.settings import Settings
from sandyq.tls.authority import fingerprint
from sandyq.tls.mdns import announce, find_rival
from sandyq.tls.names import find_addresses
from sandyq.tls.serving import Shown, keep_valid, make_anew, read_shown, show
from sandyq.tls.theirs import read_theirs
from sandyq_hub.isolation import number_of

WINDOWS: Final = """@echo off
rem Right mouse button, "Run as administrator": this PC then trusts the school's server.
certutil -addstore -f Root "%~dp0sandyq-ca.crt"
pause
"""
LINUX: Final = """#!/bin/sh
# As root on Debian or Ubuntu: all users of this PC then trust the school's server, in Chromium and Firefox too.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${DESTDIR:-}
certificate=/usr/local/share/ca-certificates/sandyq-ca.crt
install -D -m 644 "$here/sandyq-ca.pem" "$root$certificate"
[ -n "$root" ] || update-ca-certificates
put() { # a browser's policy, where there is none of somebody else's
    if [ -e "$1" ] && ! grep -q sandyq-ca "$1"; then
        echo "$1 is there already. Add by hand: $2" >&2
    else
        mkdir -p "$(dirname "$1")"
        printf '%s\\n' "$2" > "$1"
    fi
}
put "$root/etc/firefox/policies/policies.json" '{"policies": {"Certificates": {"Install": ["'"$certificate"'"]}}}'
der=$(grep -v -- ----- "$here/sandyq-ca.pem" | tr -d '\\n')
put "$root/etc/chromium/policies/managed/sandyq-ca.json" '{"CACertificates": ["'"$der"'"]}'
echo "Done. Close the browsers and open them again."
"""


def show_standing(settings: Settings, out: TextIO) -> int:
    """Print what is shown to browsers, what PCs have to trust and what is wrong; 1 when something is."""
    shown = _read(settings)
    addresses = find_addresses()
    print(f"Address:      {settings.address}/", file=out)
    for each in shown.addresses:
        print(f"              https://{each}{f':{settings.port}' if settings.port != 443 else ''}/", file=out)
    print(
        f"Certificate:  {'our own' if shown.is_ours else 'a district’s'}, good until {shown.ends:%Y-%m-%d}",
        file=out,
    )
    if shown.root is None:
        print("PCs trust it by themselves.", file=out)
    else:
        _print_root(settings, shown.root, addresses[0] if addresses else settings.tls_name, out)
    problems = shown.find_problems(settings.tls_name)
    if rival := find_rival(settings.tls_name, addresses):
        problems.append(
            f"Another device, {rival}, answers to {settings.tls_name}. Give this server another name, or open it "
            "by its address."
        )
    for problem in problems:
        print(f"Look here:    {write_commands(problem)}", file=out)
    return 1 if problems else 0


def _print_root(settings: Settings, root: x509.Certificate, host: object, out: TextIO) -> None:
    print(f"PCs trust:    {_common_name(root)}, good until {root.not_valid_after_utc:%Y-%m-%d}", file=out)
    lines = [fingerprint(root)[place : place + 48].rstrip(":") for place in (0, 48)]
    print("Fingerprint:  " + "\n              ".join(lines) + "   (SHA-256)", file=out)
    print(f"Thumbprint:   {fingerprint(root, 'sha1')}   (SHA-1, in Windows)", file=out)
    if settings.plain_port:
        print(f"How to trust: {settings.trust_address(str(host))}", file=out)
    print(f"For the wall: {settings.address}/trust/poster   (print it on a PC that trusts already)", file=out)


def renew(settings: Settings, out: TextIO, *, only_due: bool = False) -> int:
    """Make a new certificate of the same authority: nobody has to trust anew."""
    if only_due:
        _check_is_on(settings)
        if why := keep_valid(settings, number_of(settings, "proxy")):
            print(f"The certificate was renewed: {why}", file=out)
        return 0
    if not _read(settings).is_ours:
        raise ValueError(
            "A district's certificate is in use, which only the district renews. When it comes: ./sandyq tls use "
            "CERTIFICATE KEY. For one of our own again: ./sandyq tls use --ours"
        )
    if not keep_valid(settings, number_of(settings, "proxy"), anew=True):
        raise ValueError(
            "The server's clock is before the school's authority. Set the date. If it is right, it was wrong before; "
            "then every PC has to trust a new one: ./sandyq tls new-ca --apply"
        )
    print(f"Renewed: good until {_read(settings).ends:%Y-%m-%d}. Browsers get it within seconds.", file=out)
    return 0


def make_authority_anew(settings: Settings, out: TextIO, *, apply: bool) -> int:
    """Make a new authority; without ``apply`` only say what that means."""
    shown = _read(settings)
    if not apply:
        print(
            "A new authority: every PC and phone has to trust it anew, until then browsers warn. It is needed when the "
            "server gets another name, when somebody may have copied the server's disk, and every ten years. "
            + write_commands("Do it in the holidays: ./sandyq tls new-ca --apply"),
            file=out,
        )
        return 0
    make_anew(settings, number_of(settings, "proxy"))
    if shown.root:
        print(f"PCs may forget: {_common_name(shown.root)}", file=out)
    return show_standing(settings, out)


def use(settings: Settings, files: Sequence[Path], out: TextIO) -> int:
    """Show a certificate that somebody else signed, from two files with it and its key; without, our own again."""
    _check_is_on(settings)
    reader = number_of(settings, "proxy")
    if not files:
        keep_valid(settings, reader, anew=True)
    else:
        show(settings, reader, *read_theirs(files[0], files[1], settings.tls_name, datetime.now(UTC)))
    return show_standing(settings, out)


def export(settings: Settings, folder: Path, out: TextIO) -> int:
    """Write what a USB stick needs to have PCs trust the server."""
    root = _read(settings).root
    if root is None:
        raise ValueError("PCs trust this server's certificate by themselves: there is nothing to put in.")
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "sandyq-ca.crt": root.public_bytes(Encoding.DER),
        "sandyq-ca.pem": root.public_bytes(Encoding.PEM),
        "trust-windows.cmd": WINDOWS.replace("\n", "\r\n").encode(),
        "trust-linux.sh": LINUX.encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    print(f"Written to {folder}: {', '.join(files)}", file=out)
    print(f"Compare on each PC: certutil -hashfile sandyq-ca.crt SHA256 says {_plain(root)}", file=out)
    return 0


def tell_name(settings: Settings, out: TextIO) -> int:
    """Have Avahi tell the name to the network."""
    _check_is_on(settings)
    if changed := announce(settings.tls_name, settings.port):
        print(f"Written: {', '.join(map(str, changed))}. Now: systemctl restart avahi-daemon", file=out)
    else:
        print(f"Avahi tells {settings.tls_name} already.", file=out)
    return 0


def _plain(root: x509.Certificate) -> str:
    return fingerprint(root).replace(":", "").lower()


def _check_is_on(settings: Settings) -> None:
    if not settings.tls_name:
        name = "Give it a name: tls_name in /etc/sandyq/school.toml, then sandyq install"
        remedy = name if find_own_layout() else "Start it with a name: ./sandyq demo --tls"
        raise ValueError(f"The server in {settings.home} speaks plain HTTP. {remedy}")


def _read(settings: Settings) -> Shown:
    _check_is_on(settings)
    shown = read_shown(settings)
    if shown is None:
        raise ValueError(f"The server in {settings.home} has no certificate yet. Start it once.")
    return shown


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()
