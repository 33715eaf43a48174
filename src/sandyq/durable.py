"""Files that are on the disk before anybody is told."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write all or nothing: beside it, to the disk, into its place, and the place to the disk."""
    draft = path.with_name(f".{path.name}.{token_hex(4)}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
