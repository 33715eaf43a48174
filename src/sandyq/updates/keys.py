"""The publisher's keys: Ed25519, each an encrypted file of its own, to be kept in different places."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner

ROLES: Final = {"root": (3, 2), "targets": (1, 1), "snapshot": (1, 1), "timestamp": (1, 1)}
"""Role → how many keys there are, and how many of them must sign. Root says who the others are, so one lost or stolen
key of its three changes nothing."""
LEAST_PASSPHRASE: Final = 12
"""Letters."""


def name_keys(role: str) -> list[str]:
    """Return the files of a role's keys: ``root-1.pem`` … or ``targets.pem``."""
    count, _ = ROLES[role]
    return [f"{role}-{number + 1}.pem" for number in range(count)] if count > 1 else [f"{role}.pem"]


def make_keys(folder: Path, passphrase: str) -> list[Path]:
    """Make all keys of a new publisher; ValueError when the passphrase is short or a key is there already."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise ValueError(
            f"The passphrase has fewer than {LEAST_PASSPHRASE} letters. Take four or five words."
        )
    paths = [folder / name for role in ROLES for name in name_keys(role)]
    if there := [path for path in paths if path.exists()]:
        raise ValueError(f"{there[0]} exists. Old keys are never overwritten: give another folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in paths:
        content = CryptoSigner.generate_ed25519()._private_key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())
        )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return paths


def load_keys(folder: Path, role: str, passphrase: str) -> list[CryptoSigner]:
    """Return a role's keys that are in the folder; ValueError when they are too few or the passphrase is wrong."""
    found = [folder / name for name in name_keys(role) if (folder / name).exists()]
    if len(found) < ROLES[role][1]:
        missing = next(name for name in name_keys(role) if not (folder / name).exists())
        raise ValueError(
            f"{folder / missing} is missing: {ROLES[role][1]} of {ROLES[role][0]} keys must sign for {role}. "
            "Bring it from where it is kept, or make new ones: ./sandyq release --new-keys"
        )
    return [_load(path, passphrase) for path in found]


def _load(path: Path, passphrase: str) -> CryptoSigner:
    try:
        return CryptoSigner(load_pem_private_key(path.read_bytes(), passphrase.encode()))
    except (ValueError, TypeError):
        raise ValueError(f"{path} does not open: the passphrase is wrong, or it is no key of ours.") from None
