"""A certificate that somebody else signed for the school's server, as a district may: looked at before it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from sandyq.tls.authority import names_of, write_certificates
from sandyq.tls.serving import covers

SYSTEM_ROOTS: Final = Path("/etc/ssl/certs/ca-certificates.crt")
"""What Debian's package ca-certificates trusts, and PCs by and large too."""
LEAST_RSA: Final = 2048
LEFT: Final = timedelta(days=1)
BROKEN: Final = {
    SignatureAlgorithmOID.RSA_WITH_SHA1,
    SignatureAlgorithmOID.RSA_WITH_MD5,
    SignatureAlgorithmOID.ECDSA_WITH_SHA1,
}


def read_theirs(
    certificate: Path, key: Path, name: str, now: datetime, roots: Path = SYSTEM_ROOTS
) -> tuple[bytes, list[x509.Certificate]]:
    """Return what the proxy is to show (key, certificate, chain) and the same in public.

    The public form ends with the root where PCs do not know it by themselves. ValueError says what does not fit:
    the chain, the names, the dates, the key.
    """
    chain = _read_chain(certificate)
    leaf = chain[0]
    _check_dates(certificate, chain, now)
    _check_name(certificate, leaf, name)
    _check_kind(certificate, chain)
    written = _check_key(key, leaf, certificate)
    top = _check_links(certificate, chain, roots)
    shown = [each for each in chain if each.issuer != each.subject] or chain
    return written + write_certificates(shown), [*shown, *top]


def _read_chain(path: Path) -> list[x509.Certificate]:
    content = path.read_bytes()
    try:
        chain = x509.load_pem_x509_certificates(content)
    except ValueError:
        try:
            chain = [x509.load_der_x509_certificate(content)]
        except ValueError:
            raise ValueError(
                f"{path} holds no certificate. Give the file that begins with -----BEGIN CERTIFICATE-----"
            ) from None
    authorities = [_is_authority(each) for each in chain]
    if authorities[0]:
        raise ValueError(
            f"{path} begins with '{_say(chain[0])}', which signs others' certificates. Put the server's own first."
        )
    return chain


def _check_dates(path: Path, chain: list[x509.Certificate], now: datetime) -> None:
    for each in chain:
        if each.not_valid_before_utc > now:
            raise ValueError(
                f"{path}: '{_say(each)}' is good from {each.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on, and this "
                f"machine's clock shows {now:%Y-%m-%d %H:%M}. Wait, or set the clock: "
                "timedatectl set-ntp no; timedatectl set-time '2026-12-31 12:00'; timedatectl set-ntp yes"
            )
        if each.not_valid_after_utc - now < LEFT:
            raise ValueError(
                f"{path}: '{_say(each)}' ended on {each.not_valid_after_utc:%Y-%m-%d}. Ask for a new one."
            )


def _check_name(path: Path, leaf: x509.Certificate, name: str) -> None:
    names, addresses = names_of(leaf)
    if not covers(names, name):
        held = ", ".join([*names, *map(str, addresses)]) or "no name at all"
        raise ValueError(
            f"{path} is for {held}, and this server is called {name}. Ask for one with this name among its "
            "alternative names (SAN), or give the server the certificate's name."
        )


def _check_kind(path: Path, chain: list[x509.Certificate]) -> None:
    leaf = chain[0]
    try:
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        uses = None
    if uses is not None and ExtendedKeyUsageOID.SERVER_AUTH not in uses:
        raise ValueError(f"{path}: '{_say(leaf)}' is not for web servers (serverAuth). Ask for one that is.")
    for each in chain:
        public = each.public_key()
        if isinstance(public, rsa.RSAPublicKey) and public.key_size < LEAST_RSA:
            raise ValueError(
                f"{path}: the key of '{_say(each)}' has {public.key_size} bits, and browsers want {LEAST_RSA}. "
                "Ask for a new one."
            )
        if each.signature_algorithm_oid in BROKEN and each.issuer != each.subject:
            raise ValueError(
                f"{path}: '{_say(each)}' is signed with SHA-1 or MD5, which browsers refuse. Ask for a new one."
            )


def _check_key(path: Path, leaf: x509.Certificate, certificate: Path) -> bytes:
    content = path.read_bytes()
    try:
        load = (
            serialization.load_pem_private_key
            if b"-----BEGIN" in content
            else serialization.load_der_private_key
        )
        key = load(content, None)
    except TypeError:
        raise ValueError(
            f"{path} is locked by a passphrase, and the server starts without anybody. Open it: "
            f"openssl pkey -in {path} -out {path.with_suffix('.open.key')}"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            f"{path} holds no private key. Give the file that belongs to {certificate}."
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} is of a kind that browsers do not know. Ask for RSA or ECDSA (P-256).")
    if key.public_key() != leaf.public_key():
        raise ValueError(
            f"{path} does not fit {certificate}: it is the key of another certificate. Give the one that it was asked "
            "for with."
        )
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _check_links(path: Path, chain: list[x509.Certificate], roots: Path) -> list[x509.Certificate]:
    """Look whether each certificate is signed by the next; return the root where PCs have to be told of it."""
    for lower, upper in pairwise(chain):
        if not _is_signed_by(lower, upper):
            raise ValueError(
                f"{path}: '{_say(lower)}' is not signed by '{_say(upper)}', which comes next. Put the server's own "
                "first and after each the one that signed it."
            )
    last = chain[-1]
    known = x509.load_pem_x509_certificates(roots.read_bytes()) if roots.exists() else []
    if last in known or any(_is_signed_by(last, root) for root in known if root.subject == last.issuer):
        return []
    if last.issuer == last.subject and (len(chain) > 1 or _is_signed_by(last, last)):
        return [last]
    raise ValueError(
        f"{path}: '{last.issuer.rfc4514_string()}', who signed '{_say(last)}', is missing from the chain and unknown "
        "to this machine. Put that certificate after the others in the file."
    )


def _is_signed_by(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    try:
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return lower == upper or _is_authority(upper)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _say(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"number {certificate.serial_number:x}"
