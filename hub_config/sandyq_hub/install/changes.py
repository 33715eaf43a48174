"""What is to be so on the machine: each change says what it is, whether it is made already, and makes itself."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandyq.durable import make_folder, sync_folder, write_durably


class Change(Protocol):
    """Something that is so afterwards."""

    def describe(self) -> str: ...
    def is_made(self) -> bool: ...
    def make(self) -> None: ...


@dataclass(frozen=True)
class Folder:
    path: Path
    mode: int = 0o755

    def describe(self) -> str:
        return f"folder {self.path}"

    def is_made(self) -> bool:
        return self.path.is_dir() and stat.S_IMODE(self.path.stat().st_mode) == self.mode

    def make(self) -> None:
        make_folder(self.path)
        self.path.chmod(self.mode)


@dataclass(frozen=True)
class File:
    path: Path
    content: str
    mode: int = 0o644

    def describe(self) -> str:
        return f"{'changed' if self.path.exists() else 'new'} file {self.path}"

    def is_made(self) -> bool:
        return (
            self.path.is_file()
            and stat.S_IMODE(self.path.stat().st_mode) == self.mode
            and self.path.read_bytes() == self.content.encode()
        )

    def make(self) -> None:
        make_folder(self.path.parent)
        write_durably(self.path, self.content.encode(), self.mode)


@dataclass(frozen=True)
class Link:
    """A symbolic link; switched at one moment, so that it always leads somewhere."""

    path: Path
    target: str

    def describe(self) -> str:
        return f"link {self.path} → {self.target}"

    def is_made(self) -> bool:
        return self.path.is_symlink() and str(self.path.readlink()) == self.target

    def make(self) -> None:
        make_folder(self.path.parent)
        draft = self.path.with_name(f".{self.path.name}-{os.getpid()}")
        draft.unlink(missing_ok=True)
        draft.symlink_to(self.target)
        draft.replace(self.path)
        sync_folder(self.path.parent)


@dataclass(frozen=True)
class Gone:
    """A file, a link or a folder that is not there any more."""

    path: Path

    def describe(self) -> str:
        return f"removed {self.path}"

    def is_made(self) -> bool:
        return not self.path.exists() and not self.path.is_symlink()

    def make(self) -> None:
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path)
        else:
            self.path.unlink()
        sync_folder(self.path.parent)


@dataclass(frozen=True)
class Step:
    """Whatever else is to be done."""

    words: str
    done: Callable[[], bool]
    do: Callable[[], object]

    def describe(self) -> str:
        return self.words

    def is_made(self) -> bool:
        return self.done()

    def make(self) -> None:
        self.do()


def settle(changes: Iterable[Change], tell: Callable[[str], None], *, dry_run: bool = False) -> int:
    """Make what is not so yet, tell each, and return how many there were; ``dry_run``: only tell."""
    count = 0
    for change in changes:
        if not change.is_made():
            tell(f"{'would be made: ' if dry_run else ''}{change.describe()}")
            if not dry_run:
                change.make()
            count += 1
    return count
