"""The certificate that the server shows: made at the first start, renewed by itself, or a district's.

Three files in ``home/tls``, each whole or not there: ``authority.pem`` (root's alone, with the key that signs),
``server.pem`` (the proxy's: its key, its certificate and the chain, so that the two always fit) and ``public.pem``
(the same without keys and, last, what PCs have to trust). The proxy takes a new ``server.pem`` by itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from sandyq.durable import make_folder, open_durably
from sandyq.settings import Settings
from sandyq.tls.authority import (
    Authority,
    is_ours,
    issue,
    make_authority,
    names_of,
    write_certificates,
    write_key,
)
from sandyq.tls.names import LOOPBACK, LOOPBACK_NAME, Address, check_name, find_addresses

RENEWED_BEFORE: Final = timedelta(days=90)
"""Its end: a server that was off all summer comes back with a certificate that is still good."""
THEIRS_ENDS: Final = timedelta(days=45)
"""Before its end the operator is told to ask the district for the next one."""
AUTHORITY_ENDS: Final = timedelta(days=365)

CLOCK = (
    "The server's clock is before its own certificate. Set the clock. If it is right now, it was ahead when the "
    "certificate was made, and browsers refuse that one; then run: ./sandyq tls renew"
)
THEIRS = "The district's certificate ends soon. Ask for the next one, then: ./sandyq tls use CERTIFICATE KEY"
AUTHORITY = (
    "What the PCs trust ends within a year. Before that make a new one, in the holidays: ./sandyq tls new-ca"
)
OVER = "The certificate has ended: browsers warn everybody. Run: ./sandyq tls renew"
NAME = "The certificate is not for this server's name. Run: ./sandyq tls renew"


@dataclass(frozen=True)
class Shown:
    """What browsers are shown, as everybody may read it."""

    chain: list[x509.Certificate]
    """The server's own first."""
    root: x509.Certificate | None
    """What PCs have to trust; None where they do without us."""

    @property
    def is_ours(self) -> bool:
        return is_ours(self.chain[0])

    @property
    def ends(self) -> datetime:
        return min(each.not_valid_after_utc for each in self.chain)

    @property
    def names(self) -> list[str]:
        return names_of(self.chain[0])[0]

    @property
    def addresses(self) -> list[Address]:
        """Those in the school's network."""
        return [each for each in names_of(self.chain[0])[1] if not each.is_loopback]

    def find_problems(self, name: str, now: datetime | None = None) -> list[str]:
        """Say in English what the operator has to do something about."""
        now = now or datetime.now(UTC)
        ends_soon = not self.is_ours and self.ends - now < THEIRS_ENDS
        authority_ends = (
            self.is_ours and self.root is not None and self.root.not_valid_after_utc - now < AUTHORITY_ENDS
        )
        found = {
            CLOCK: now < max(each.not_valid_before_utc for each in self.chain),
            OVER: self.ends < now,
            THEIRS: ends_soon and self.ends >= now,
            AUTHORITY: authority_ends,
            NAME: not covers(self.names, name),
        }
        return [problem for problem, there in found.items() if there]


def read_shown(settings: Settings) -> Shown | None:
    """Return what is shown to browsers; None before there is anything."""
    try:
        chain = x509.load_pem_x509_certificates((settings.folder("tls") / "public.pem").read_bytes())
    except FileNotFoundError:
        return None
    *before, last = chain
    return Shown(before, last) if before and last.issuer == last.subject else Shown(chain, None)


def covers(names: Sequence[str], name: str) -> bool:
    """Whether a certificate for ``names`` is one for ``name``; a star stands for one label."""
    return name in names or f"*.{name.partition('.')[2]}" in names


def keep_valid(
    settings: Settings, reader: int = 0, *, anew: bool = False, now: datetime | None = None
) -> str:
    """Make or renew the certificate where that is due; return why it was, empty when it was not.

    ``reader``: the proxy's uid. ``anew``: whatever it was, also a district's. A district's is left as it is, and so is
    everything while the clock is before what was made already; ``anew`` knows that the clock was ahead when the
    certificate was made. ValueError says what keeps us from making one.
    """
    now = now or datetime.now(UTC)
    name = check_name(settings.tls_name)
    folder = settings.folder("tls")
    make_folder(folder)
    folder.chmod(0o711)
    shown = _read_whole(settings, reader)
    if shown and not shown.is_ours and not anew:
        return ""
    authority = _open_authority(settings, name, now)
    made = [authority.root, *([] if shown is None or anew else shown.chain[:1])]
    if shown and now < max(each.not_valid_before_utc for each in made):
        return ""
    addresses = find_addresses()
    why = "asked for" if anew else _find_reason(shown, authority, name, addresses, now)
    if why:
        names = list(dict.fromkeys((name, LOOPBACK_NAME)))
        key, certificate = issue(authority, names, [*addresses, *LOOPBACK], now)
        chain = [certificate, authority.issuing]
        show(settings, reader, write_key(key) + write_certificates(chain), [*chain, authority.root])
    return why


def make_anew(settings: Settings, reader: int = 0, now: datetime | None = None) -> None:
    """Make a new authority and a certificate of it: every PC has to trust anew."""
    now = now or datetime.now(UTC)
    name = check_name(settings.tls_name)
    make_folder(settings.folder("tls"))
    _write(_authority_file(settings), make_authority(name, now).to_pem(), 0o600)
    keep_valid(settings, reader, anew=True, now=now)


def show(settings: Settings, reader: int, server: bytes, public: Sequence[x509.Certificate]) -> None:
    """Put a certificate with its key in place; the proxy takes it within seconds."""
    _write(settings.folder("tls") / "server.pem", server, 0o600, reader)
    _write(settings.folder("tls") / "public.pem", write_certificates(public), 0o644)


def _find_reason(
    shown: Shown | None, authority: Authority, name: str, addresses: list[Address], now: datetime
) -> str:
    if shown is None:
        return "there was none"
    new = [str(each) for each in addresses if each not in shown.addresses]
    reasons = {
        "another authority signs": authority.issuing not in shown.chain,
        f"it was not for {name}": not covers(shown.names, name),
        f"the address is new: {', '.join(new)}": bool(new),
        f"it ends on {shown.ends:%Y-%m-%d}": shown.ends - now < RENEWED_BEFORE
        and shown.ends < authority.issuing.not_valid_after_utc,
    }
    return next((reason for reason, there in reasons.items() if there), "")


def _open_authority(settings: Settings, name: str, now: datetime) -> Authority:
    path = _authority_file(settings)
    if not path.exists():
        _write(path, make_authority(name, now).to_pem(), 0o600)
    try:
        authority = Authority.from_pem(path.read_bytes())
    except ValueError as error:
        raise ValueError(
            f"{path} cannot be used ({error}). Restore it from a backup, or make a new one: ./sandyq tls new-ca --apply"
        ) from None
    if name not in authority.names:
        raise ValueError(
            f"The school's authority is for {authority.names[0]}, not for {name}. Give the server its old name, "
            "or have every PC trust a new authority: ./sandyq tls new-ca --apply"
        )
    if authority.root.not_valid_after_utc <= now:
        raise ValueError(
            f"The school's authority ended on {authority.root.not_valid_after_utc:%Y-%m-%d}. "
            "Every PC has to trust a new one: ./sandyq tls new-ca --apply"
        )
    return authority


def _read_whole(settings: Settings, reader: int) -> Shown | None:
    """Return what ``server.pem`` holds, and bring ``public.pem`` in step: a power cut may have come between the two."""
    path = settings.folder("tls") / "server.pem"
    if not path.exists():
        return None
    if os.geteuid() == 0 and path.stat().st_uid != reader:
        os.chown(path, reader, reader)  # it may be from a backup, or from a time of other numbers
    chain = x509.load_pem_x509_certificates(path.read_bytes())
    shown = read_shown(settings)
    if shown is None or shown.chain != chain:
        roots = [Authority.from_pem(_authority_file(settings).read_bytes()).root] if is_ours(chain[0]) else []
        _write(settings.folder("tls") / "public.pem", write_certificates([*chain, *roots]), 0o644)
        shown = Shown(chain, roots[0] if roots else None)
    return shown


def _authority_file(settings: Settings) -> Path:
    return settings.folder("tls") / "authority.pem"


def _write(path: Path, content: bytes, mode: int, owner: int = 0) -> None:
    with open_durably(path, text=False) as file:
        os.fchmod(file.fileno(), mode)  # before there is anything to read
        if os.geteuid() == 0:
            os.fchown(file.fileno(), owner, owner)
        file.write(content)
