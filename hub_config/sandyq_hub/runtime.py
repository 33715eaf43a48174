"""What a running server has for a short time: a folder for sockets and scratch homes, ports."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from sandyq.prefork.trees import remove_tree

PREFIX = "sandyq-"


def make_runtime_folder(record: Path) -> Path:
    """Return a new private folder, noted in ``record``; remove the one that a killed run left.

    It stands in the system's temporary folder: Unix socket paths may be 107 bytes long at most.
    """
    if record.exists():
        _remove_ours(Path(record.read_text().strip()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))  # 0700
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(str(folder))
    return folder


def find_free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that nobody has."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _remove_ours(folder: Path) -> None:
    named_by_us = folder.name.startswith(PREFIX) and not folder.is_symlink()
    if named_by_us and folder.is_dir() and folder.stat().st_uid == os.getuid():
        remove_tree(folder)
