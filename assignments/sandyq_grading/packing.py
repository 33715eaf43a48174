"""A job's zip: unpacked as if a pupil had made it, for a part of it was."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

MOST_FILES, LONGEST_NAME = 500, 200
MOST_BYTES = 100 * 2**20
"""Of all files together, unpacked."""
MOST_SUBMITTED_FILES, MOST_SUBMITTED_BYTES = 100, 5 * 2**20
SUBMITTED = "submitted"
CHUNK = 2**16


class BadPack(ValueError):
    """A zip that is not unpacked; the message says why."""


def unpack(archive: IO[bytes], folder: Path) -> None:
    """Write the files of a zip into an empty folder; BadPack for links, strange names, too many files or too much.

    What has been written when it is raised stays: the caller removes the folder.
    """
    try:
        with zipfile.ZipFile(archive) as pack:
            members = [member for member in pack.infolist() if not member.is_dir()]
            _check_count(members)
            left = {True: MOST_SUBMITTED_BYTES, False: MOST_BYTES}
            for member in members:
                path = _check_name(member)
                theirs = path.parts[0] == SUBMITTED
                left[theirs] -= _write(pack, member, folder / path, left[theirs])
    except BadPack:
        raise
    except Exception as problem:  # zlib.error, struct.error and their like have no common ancestor
        raise BadPack(f"The zip cannot be read: {problem!s:.200}") from None


def _check_count(members: list[zipfile.ZipInfo]) -> None:
    theirs = sum(member.filename.startswith(f"{SUBMITTED}/") for member in members)
    if theirs > MOST_SUBMITTED_FILES or len(members) > MOST_FILES:
        raise BadPack(f"{theirs} files were handed in; {MOST_SUBMITTED_FILES} are the most.")


def _check_name(member: zipfile.ZipInfo) -> Path:
    """Return where a file belongs, relative; BadPack when that is nowhere, or it is no regular file."""
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    path = PurePosixPath(name)
    strange = "\\" in name or "\0" in name or len(name) > LONGEST_NAME or not name.isprintable()
    if strange or path.is_absolute() or ".." in path.parts or not path.parts:
        raise BadPack(f"{name!r:.120} is no name for a file.")
    if kind not in (0, stat.S_IFREG):
        raise BadPack(f"{name!r:.120} is a link or something else that is no file.")
    return Path(path)


def _write(pack: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Write one file; return its size, whatever the zip says of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with pack.open(member) as content, target.open("xb") as file:  # "x": a name that comes twice is refused
        while chunk := content.read(CHUNK):
            size += len(chunk)
            if size > most:
                raise BadPack(f"The files are larger than {MOST_SUBMITTED_BYTES // 2**20} MB together.")
            file.write(chunk)
    return size
