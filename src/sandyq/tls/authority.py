"""The school's own authority (X.509): what PCs are asked to trust, and what it signs.

What is trusted for ten years has no key: the root's is thrown away as soon as it has signed one certificate below it,
whose key stays on the server. Both are good for the school's own names and private addresses only, and for nothing
but web servers (RFC 5280 name constraints, critical; extended key usage). Programs that do not look at the limits of
what they trust still look at those of the certificate below; so the stolen key of a school opens no bank.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandyq.tls.names import LOOPBACK_NAME, NETWORKS, Address

ORGANISATION: Final = "Sandyq school server"
AUTHORITY_LIFE: Final = timedelta(days=3650)
CERTIFICATE_LIFE: Final = timedelta(days=397)
"""Longer ones are refused by some browsers."""
BACKDATED: Final = timedelta(days=7)
"""So much may a PC's clock be behind."""
NEVER_BEFORE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock that shows less is one whose battery is empty."""

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Authority:
    """What signs a school's certificates."""

    root: x509.Certificate
    """What PCs trust."""
    issuing: x509.Certificate
    key: Key
    """Of ``issuing``."""

    @property
    def names(self) -> list[str]:
        """The names it is good for."""
        limits = self.issuing.extensions.get_extension_for_class(x509.NameConstraints).value
        return [each.value for each in limits.permitted_subtrees or [] if isinstance(each, x509.DNSName)]

    def to_pem(self) -> bytes:
        """All of it, the key too."""
        return write_key(self.key) + write_certificates([self.issuing, self.root])

    @classmethod
    def from_pem(cls, pem: bytes) -> Authority:
        issuing, root = x509.load_pem_x509_certificates(pem)
        key = serialization.load_pem_private_key(pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != issuing.public_key():
            raise ValueError("the key is not the one of the certificate")
        return cls(root, issuing, key)


def make_authority(name: str, now: datetime) -> Authority:
    """Make one for a server's name; ValueError when the machine's clock cannot be right."""
    if now < NEVER_BEFORE:
        raise ValueError(
            f"This machine's clock shows {now:%Y-%m-%d}. Set it, then try again: "
            "timedatectl set-ntp no; timedatectl set-time '2026-12-31 12:00'; timedatectl set-ntp yes"
        )
    top, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    mark = secrets.token_hex(2).upper()  # PCs keep authorities by their names: a new one needs a new name
    names = [_name(f"Sandyq {name} {mark}"), _name(f"Sandyq {name} {mark} issuing")]
    since = (now - BACKDATED).replace(microsecond=0)
    until = since + AUTHORITY_LIFE
    root = _build_authority(names[0], names[0], top, name, (since, until), below=1).sign(top, hashes.SHA256())
    issuing = _build_authority(names[1], names[0], key, name, (since, until), below=0).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(top.public_key()), critical=False
    )
    return Authority(root, issuing.sign(top, hashes.SHA256()), key)


def issue(
    authority: Authority, names: Sequence[str], addresses: Iterable[Address], now: datetime
) -> tuple[Key, x509.Certificate]:
    """Return a new key and its certificate for a server with these names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    since = (now - BACKDATED).replace(microsecond=0)
    until = min(since + CERTIFICATE_LIFE, authority.issuing.not_valid_after_utc)
    holders = [*map(x509.DNSName, names), *map(x509.IPAddress, addresses)]
    certificate = (
        _begin(_name(names[0]), authority.issuing.subject, key, (since, until))
        .add_extension(x509.SubjectAlternativeName(holders), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .sign(authority.key, hashes.SHA256())
    )
    return key, certificate


def write_key(key: Key) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def write_certificates(certificates: Iterable[x509.Certificate]) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def is_ours(certificate: x509.Certificate) -> bool:
    """Whether a school's own authority signed it."""
    by = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [each.value for each in by] == [ORGANISATION]


def names_of(certificate: x509.Certificate) -> tuple[list[str], list[Address]]:
    """Return the names and addresses that a certificate is for."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    addresses = held.get_values_for_type(x509.IPAddress)
    singles = [each for each in addresses if not hasattr(each, "prefixlen")]
    return held.get_values_for_type(x509.DNSName), singles


def fingerprint(certificate: x509.Certificate, kind: str = "sha256") -> str:
    """Return the fingerprint as browsers show it; ``sha1`` is what Windows calls a thumbprint."""
    digest = certificate.fingerprint(hashes.SHA1() if kind == "sha1" else hashes.SHA256())  # noqa: S303
    return digest.hex(":").upper()


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _begin(
    subject: x509.Name, issuer: x509.Name, key: Key, life: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(life[0])
        .not_valid_after(life[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _build_authority(  # noqa: PLR0913 # what an authority is made of
    subject: x509.Name, issuer: x509.Name, key: Key, name: str, life: tuple[datetime, datetime], *, below: int
) -> x509.CertificateBuilder:
    good_for: list[x509.GeneralName] = [
        *map(x509.DNSName, dict.fromkeys((name, LOOPBACK_NAME))),
        *map(x509.IPAddress, NETWORKS),
    ]
    limits = x509.NameConstraints(permitted_subtrees=good_for, excluded_subtrees=None)
    return (
        _begin(subject, issuer, key, life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(limits, critical=True)
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
