"""Files that survive a power cut: written beside, brought to the disk, put in place at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE
from typing import IO, Any


def write_durably(path: Path, content: bytes, mode: int | None = None, group: int = -1) -> None:
    """Put a file in place: whoever reads ``path``, also after a power cut, finds all of the old or all of the new.

    ``mode``: its permissions, where they are not the old one's; ``group``: whose it is, where not the writer's.
    """
    with open_durably(path, text=False) as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        if group >= 0:  # the portal's unit may not even ask for the owner that a file has already
            os.fchown(file.fileno(), -1, group)
        file.write(content)


@contextmanager
def open_durably(
    path: str | Path, *, text: bool = True, encoding: str = "utf-8", newline: str = "\n"
) -> Iterator[IO[Any]]:
    """Open a file to write all of it anew; it takes the old one's place when the block ends, not when it fails.

    Links are followed, permissions stay. PermissionError where the file may not be written. What is no ordinary file,
    and what stands in a folder where nothing may be made, is written where it is.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(f"{target} may not be written. Save under another name.")
    in_place = target.exists() and not (target.is_file() and os.access(target.parent, os.W_OK))
    draft = target if in_place else target.parent / f".draft-{token_hex(6)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if in_place else os.O_EXCL)
    descriptor = os.open(draft, flags, 0o666)
    try:
        if not in_place and target.exists():
            os.fchmod(descriptor, S_IMODE(target.stat().st_mode))
        form: dict[str, Any] = (
            {"mode": "w", "encoding": encoding, "newline": newline} if text else {"mode": "wb"}
        )
        with os.fdopen(descriptor, **form) as file:
            yield file
            file.flush()
            with suppress(OSError) if in_place else nullcontext():  # a pipe has no disk
                os.fsync(file.fileno())
        if not in_place:
            draft.replace(target)
            sync_folder(target.parent)
    except BaseException:
        if not in_place:
            draft.unlink(missing_ok=True)
        raise


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder, and those above it that are missing; then their names are on the disk, too.

    Without its name in the folder above, a folder is lost in a power cut with everything in it. One that is there
    already is left alone: whoever made it saw to that, and its user may not be allowed to read the folder above.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk: only then is a renamed file there under its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
