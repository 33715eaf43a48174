"""What the page says that explains how a device comes to trust this server: which certificate, and where."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from markupsafe import Markup

from sandyq.settings import Settings
from sandyq.tls.authority import fingerprint
from sandyq.tls.serving import Shown, read_shown
from sandyq_portal.cards import draw_code

BYTES_A_LINE = 8
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Trust:
    """What a device is to trust, and where it finds the server."""

    name: str
    """Under which devices list it."""
    lines: list[str]
    """Its SHA-256, as people compare it: eight bytes a line."""
    plain: str
    """The same without colons in small letters, as ``certutil`` and ``sha256sum`` show it."""
    thumbprint: str
    """SHA-1: Windows shows nothing else in its windows."""
    address: str
    """Of the server, by its name."""
    numbers: list[str]
    """The same by its numbers in the network, for where names do not work."""
    page: str
    """Where a device that does not trust yet learns how."""
    page_by_name: str

    @property
    def code(self) -> Markup:
        """The page's address as a QR code."""
        return draw_code(self.page)


def find_trust(settings: Settings) -> Trust | None:
    """Return what devices have to trust; None where there is nothing: plain HTTP, or a certificate they know."""
    shown = read_shown(settings) if settings.tls_name else None
    if shown is None or shown.root is None:
        return None
    return _describe(settings, shown, shown.root)


def _describe(settings: Settings, shown: Shown, root: x509.Certificate) -> Trust:
    port = f":{settings.port}" if settings.port != 443 else ""
    mark = fingerprint(root)
    step = 3 * BYTES_A_LINE
    numbers = [] if settings.listen == LOOPBACK else [str(each) for each in shown.addresses]
    hosts = [*numbers, settings.tls_name]
    common = root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Trust(
        name=str(common[0].value) if common else root.subject.rfc4514_string(),
        lines=[mark[place : place + step].rstrip(":") for place in range(0, len(mark), step)],
        plain=mark.replace(":", "").lower(),
        thumbprint=fingerprint(root, "sha1"),
        address=settings.address,
        numbers=[f"https://{each}{port}" for each in numbers],
        page=settings.trust_address(hosts[0]),
        page_by_name=settings.trust_address(settings.tls_name),
    )
