"""The publisher's side: a folder of files, and signed metadata that says which of them are the newest release.

Expiry is chosen for schools that see a stick twice a year: what an attacker could gain is to keep a school at an old
release for that long, not to bring one back (versions only rise) nor to change a byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from sandyq.durable import make_folder, sync_folder, write_durably
from sandyq.updates.keys import ROLES, load_keys

LIFE: Final = {
    "root": timedelta(days=3650),
    "targets": timedelta(days=730),
    "snapshot": timedelta(days=400),
    "timestamp": timedelta(days=400),
}
"""How long what a role signed is good for: a school year and the summer after it; root, longer than a machine lives."""
CHUNK: Final = 1 << 20
"""Bytes of which each has a hash of its own: a bad line spoils one of them, not the whole file."""
INDEX: Final = "bundles.json"
"""The target that says which others make up the newest content and software."""
SERIALIZER: Final = JSONSerializer(compact=False)


@dataclass
class Repository:
    """``folder/metadata`` and ``folder/targets``."""

    folder: Path

    @property
    def metadata(self) -> Path:
        return self.folder / "metadata"

    @property
    def targets(self) -> Path:
        return self.folder / "targets"

    def begin(self, keys: Path, passphrase: str, now: datetime) -> None:
        """Write the first root: whose keys sign for what. It is what schools trust, by its fingerprint on paper."""
        root = Root(expires=_expire("root", now), consistent_snapshot=True)
        for role, (_, threshold) in ROLES.items():
            for signer in load_keys(keys, role, passphrase):
                root.add_key(signer.public_key, role)
            root.roles[role].threshold = threshold
        make_folder(self.metadata)
        self._sign(Metadata(root), load_keys(keys, "root", passphrase), "1.root.json")

    def renew_root(self, old: Path, new: Path, passphrase: str, now: datetime) -> int:
        """Make the keys in ``new`` those that count, by the word of the old root's; return the root's new version."""
        before = self._read_root()
        version = before.signed.version + 1
        root = Root(version=version, expires=_expire("root", now), consistent_snapshot=True)
        for role, (_, threshold) in ROLES.items():
            for signer in load_keys(new, role, passphrase):
                root.add_key(signer.public_key, role)
            root.roles[role].threshold = threshold
        signers = [*load_keys(old, "root", passphrase), *load_keys(new, "root", passphrase)]
        self._sign(Metadata(root), signers, f"{version}.root.json")
        return version

    def publish(
        self,
        index: Mapping[str, Any],
        names: Sequence[str],
        keys: Path,
        passphrase: str,
        now: datetime,
    ) -> None:
        """Sign a release: exactly the files named, all of them under ``targets``, and what ``index`` tells of them.

        A line that fetches meanwhile sees the old release until the last file, ``timestamp.json``, is replaced.
        """
        write_durably(self.targets / INDEX, json.dumps(index, indent=1, ensure_ascii=False).encode())
        version = self._newest_version("timestamp") + 1
        targets = Targets(version=version, expires=_expire("targets", now))
        for name in sorted({*names, INDEX}):
            targets.targets[name] = describe(self.targets / name, name)
        self._sign_role(Metadata(targets), keys, passphrase, f"{version}.targets.json")
        snapshot = Snapshot(version=version, expires=_expire("snapshot", now))
        snapshot.meta["targets.json"] = MetaFile(version)
        self._sign_role(Metadata(snapshot), keys, passphrase, f"{version}.snapshot.json")
        timestamp = Timestamp(
            version=version, expires=_expire("timestamp", now), snapshot_meta=MetaFile(version)
        )
        self._sign_role(Metadata(timestamp), keys, passphrase, "timestamp.json")

    def read_index(self) -> dict[str, Any]:
        """Return what the newest release says of its bundles; {} before the first one."""
        path = self.targets / INDEX
        return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}

    def read_targets(self) -> dict[str, TargetFile]:
        """Return the files of the newest release, unchecked: for the publisher's own folder."""
        version = self._newest_version("timestamp")
        path = self.metadata / f"{version}.targets.json"
        return Metadata[Targets].from_file(str(path)).signed.targets if version else {}

    def first_root(self) -> bytes:
        """Return the first root; ValueError when there is none."""
        path = self.metadata / "1.root.json"
        if not path.exists():
            raise ValueError(
                f"{self.folder} holds no updates: {path} is missing. Give a stick's folder, or an address."
            )
        return path.read_bytes()

    def _newest_version(self, role: str) -> int:
        path = self.metadata / f"{role}.json"
        return Metadata.from_file(str(path)).signed.version if path.exists() else 0

    def _read_root(self) -> Metadata[Root]:
        versions = [int(path.name.split(".")[0]) for path in self.metadata.glob("*.root.json")]
        return Metadata[Root].from_file(str(self.metadata / f"{max(versions)}.root.json"))

    def _sign_role(self, metadata: Metadata[Any], keys: Path, passphrase: str, name: str) -> None:
        role = metadata.signed.type
        signers = load_keys(keys, role, passphrase)
        known = set(self._read_root().signed.roles[role].keyids)
        if not known & {signer.public_key.keyid for signer in signers}:
            raise ValueError(
                f"The {role} key in {keys} is not the one that schools know by the root in {self.metadata}. "
                "Give the folder with this publisher's keys: --keys DIR"
            )
        self._sign(metadata, signers, name)

    def _sign(self, metadata: Metadata[Any], signers: Sequence[CryptoSigner], name: str) -> None:
        for signer in signers:
            metadata.sign(signer, append=True)
        write_durably(self.metadata / name, metadata.to_bytes(SERIALIZER))
        sync_folder(self.metadata)


def describe(path: Path, name: str) -> TargetFile:
    """Return a file's length, its hash, and, when it is long, those of its chunks."""
    whole, chunks, length = sha256(), [], 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            whole.update(chunk)
            chunks.append(sha256(chunk).hexdigest())
            length += len(chunk)
    more = {"custom": {"chunk": CHUNK, "chunks": chunks}} if len(chunks) > 1 else None
    return TargetFile(length, {"sha256": whole.hexdigest()}, name, more)


def fingerprint(root: bytes) -> str:
    """Return what stands on paper for a first root: half of its SHA-256, in groups of four."""
    half = sha256(root).hexdigest()[:32]
    return " ".join(half[place : place + 4] for place in range(0, len(half), 4))


def _expire(role: str, now: datetime) -> datetime:
    return (now + LIFE[role]).astimezone(UTC).replace(microsecond=0)
