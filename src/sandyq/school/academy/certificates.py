"""Certificates that anybody can check without a network: words that people read, and a signature over them (Ed25519).

The QR on a certificate holds its words, line by line, then ``~``, the key's name and the signature. Whoever knows the
public key – the district's servers, or a paper on the wall – can check it.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

HEADS: Final = {"Sandyq": "course", "Sandyq: year of support": "support"}
"""A certificate's first line, by which its kind is known."""
PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----")
LINES: Final = 6
"""Of words: head, number, name, course, hours (or months) and day, issuer."""


class NoCertificate(ValueError):
    """The text is none, or not as it was signed, or signed by a key that is not known; the message says which."""


class UnknownKey(NoCertificate):
    """Whether it holds can be told where the key is known."""


@dataclass(frozen=True)
class Certificate:
    number: str
    name: str
    course: str
    hours: int
    on: date
    issuer: str
    months: int = 0
    """Accepted in the year of support after the course; 0: the certificate is the course's."""

    def write(self) -> str:
        """Return the words; what people wrote is kept in one line each."""
        course, support = HEADS
        head, size = (support, f"{self.months} months") if self.months else (course, f"{self.hours} h")
        lines = (
            head,
            self.number,
            self.name,
            self.course,
            f"{size}, {self.on.isoformat()}",
            self.issuer,
        )
        return "\n".join(" ".join(line.split()) for line in lines)


def name_key(key: Ed25519PublicKey) -> str:
    """Return what a key is called: the first eight hexadecimal digits of its hash."""
    return sha256(key.public_bytes_raw()).hexdigest()[:8]


def write_key(key: Ed25519PublicKey) -> str:
    """Return a key as others keep it: PEM, the same for every program."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_keys(text: str) -> list[Ed25519PublicKey]:
    """Return the keys of a file of PEM blocks, of one server or of several; ValueError when there is none."""
    found = [load_pem_public_key(block.encode()) for block in PEM.findall(text)]
    keys = [key for key in found if isinstance(key, Ed25519PublicKey)]
    if not keys:
        raise ValueError(
            "There is no public key (Ed25519) in this file. Take it from /services/portal/certificate."
        )
    return keys


def sign(certificate: Certificate, key: Ed25519PrivateKey) -> str:
    """Return what the QR holds."""
    words = certificate.write()
    signature = urlsafe_b64encode(key.sign(words.encode())).decode().rstrip("=")
    return f"{words}\n~{name_key(key.public_key())} {signature}"


def find_signer(text: str) -> str:
    """Return the name of the key that a QR says it was signed with; empty where it says none."""
    return _split(text)[1]


def _split(text: str) -> tuple[str, str, str]:
    """Return the words of a QR, the key's name and the signature."""
    words, _, rest = text.strip().replace("\r\n", "\n").rpartition("\n~")
    name, _, signature = rest.partition(" ")
    return words, name, signature


def check(text: str, keys: Iterable[Ed25519PublicKey]) -> Certificate:
    """Return the certificate that a QR holds; :class:`NoCertificate` when it is not as it was signed."""
    words, name, signature = _split(text)
    lines = words.split("\n")
    if len(lines) != LINES or lines[0] not in HEADS:
        raise NoCertificate("This is no certificate of Sandyq. Read the whole code.")
    known = {name_key(key): key for key in keys}
    if name not in known:
        raise UnknownKey("The key that signed this certificate is not known here.")
    try:
        known[name].verify(_decode(signature), words.encode())
    except (InvalidSignature, ValueError):
        raise NoCertificate("This certificate is not as it was signed.") from None
    size, _, on = lines[4].partition(", ")
    number, is_support = int(size.partition(" ")[0]), HEADS[lines[0]] == "support"
    hours, months = (0, number) if is_support else (number, 0)
    return Certificate(lines[1], lines[2], lines[3], hours, date.fromisoformat(on), lines[5], months)


def _decode(signature: str) -> bytes:
    """Read base64 in its one form: what decodes to the same bytes otherwise is not what was signed."""
    raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    if urlsafe_b64encode(raw).decode().rstrip("=") != signature:
        raise ValueError("not the form in which it was written")
    return raw
