"""What a process did to its files, as strace saw it, and what a disk may hold when the power goes in the middle.

The model is harsher than ext4: of what was not brought to the disk by fsync any part may be there, in pieces of a page
each, and of the names in a folder any first part of what was done since that folder's last fsync.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

PAGE: Final = 4096
CALLS: Final = (
    "openat,open,creat,close,read,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate,fsync,fdatasync,"
    "rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,sendfile,copy_file_range"
)
_LINE: Final = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_BEGUN: Final = re.compile(r"^(\d+) +(.*?) *<unfinished \.\.\.>$")
_RESUMED: Final = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
MOST: Final = 64 * 2**20


class NotUnderstood(Exception):
    """A call that the model does not know: whatever would follow from it is worth nothing."""


@dataclass(frozen=True)
class Op:
    """``kind``: create, write, size, sync, rename, link, unlink, mkdir or say; offsets and sizes in bytes."""

    kind: str
    path: str = ""
    offset: int = 0
    data: bytes = b""
    other: str = ""


def record(command: Sequence[str], folder: Path, log: Path) -> list[Op]:
    """Run a command; return what it and its children did below ``folder`` and said on standard output, in order."""
    reader = _Reader(folder.resolve())
    tracing = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-xx",
        "-s",
        str(MOST),
        "-e",
        f"trace={CALLS}",
        "-o",
        str(log),
    ]
    done = subprocess.run([*tracing, *command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotUnderstood(f"the recorded process failed:\n{done.stderr[-3000:]}")
    with log.open() as lines:
        found = [_LINE.match(line) for line in _join(lines)]
    calls = [_Call(each[2], each[3], int(each[4])) for each in found if each]
    return [op for call in calls if call.result >= 0 for op in reader.read(call)]


def _join(lines: Iterator[str]) -> Iterator[str]:
    """Put together calls in which another thread's call stands; each counts when it ends."""
    begun: dict[str, str] = {}
    for line in lines:
        if found := _BEGUN.match(line):
            begun[found[1]] = found[2]
        elif found := _RESUMED.match(line):
            yield f"{found[1]} {begun.pop(found[1])}{found[2]}"
        else:
            yield line


@dataclass
class _Open:
    path: str
    place: int = 0
    appends: bool = False


@dataclass(frozen=True)
class _Call:
    name: str
    words: str
    result: int

    @property
    def texts(self) -> list[bytes]:
        """Its strings; NotUnderstood when strace cut one."""
        found = _TEXT.findall(self.words)
        if any(cut for _text, cut in found):
            raise NotUnderstood(f"a text of {self.name} was cut")
        return [bytes.fromhex(text.replace("\\x", "")) for text, _cut in found]

    @property
    def paths(self) -> list[str]:
        return [os.fsdecode(text) for text in self.texts]

    @property
    def numbers(self) -> list[int]:
        """What stands between its strings and flags."""
        return [
            int(word) for word in re.sub(r'"[^"]*"', "", self.words).split(",") if word.strip().isdecimal()
        ]


class _Reader:
    """Follows descriptors and sizes; threads share them. A child that writes below the folder is not expected."""

    def __init__(self, folder: Path) -> None:
        self.inside = f"{folder}/"
        self.opened: dict[int, _Open] = {}
        self.sizes = {str(path): path.stat().st_size for path in folder.rglob("*") if path.is_file()}

    def read(self, call: _Call) -> Iterator[Op]:
        if call.name in ("open", "openat", "creat"):
            yield from self._open(call)
        elif call.name in ("rename", "renameat", "renameat2", "link", "linkat"):
            yield from self._move(call)
        elif call.name in ("unlink", "unlinkat", "mkdir", "mkdirat"):
            yield from self._change_folder(call)
        elif call.name == "close":
            self.opened.pop(call.numbers[0], None)
        elif call.name not in ("rmdir", "truncate"):
            yield from self._use(call)

    def _open(self, call: _Call) -> Iterator[Op]:
        (path,) = call.paths
        self.opened[call.result] = _Open(path if path.startswith("/") else "", 0, "O_APPEND" in call.words)
        if not path.startswith(self.inside):
            return
        if "O_CREAT" in call.words and path not in self.sizes:
            self.sizes[path] = 0
            yield Op("create", path)
        elif "O_TRUNC" in call.words:
            self.sizes[path] = 0
            yield Op("size", path)

    def _move(self, call: _Call) -> Iterator[Op]:
        old, new = call.paths
        if not new.startswith(self.inside):
            return
        if old not in self.sizes:
            raise NotUnderstood(f"{call.name} of {old}, which is no file below the folder")
        is_link = call.name.startswith("link")
        self.sizes[new] = self.sizes[old] if is_link else self.sizes.pop(old)
        for each in self.opened.values():
            if each.path == old and not is_link:
                each.path = new
        yield Op("link" if is_link else "rename", old, other=new)

    def _change_folder(self, call: _Call) -> Iterator[Op]:
        (path,) = call.paths
        if path.startswith(self.inside):
            self.sizes.pop(path, None)
            yield Op(call.name.removesuffix("at"), path)
        elif not path.startswith("/") and "AT_FDCWD" not in call.words and call.name.endswith("at"):
            raise NotUnderstood(f"{call.name} beside a descriptor")

    def _use(self, call: _Call) -> Iterator[Op]:
        """Read, write or bring to the disk what is open."""
        descriptor, *numbers = call.numbers
        file = self.opened.get(descriptor)
        if file is None and descriptor == 1 and call.name == "write":
            yield Op("say", data=call.texts[0][: call.result])
        if file is None or not f"{file.path}/".startswith(self.inside):
            return
        if call.name == "read":
            file.place += call.result
        elif call.name == "lseek":
            file.place = call.result
        elif call.name in ("write", "pwrite64"):
            at = (
                numbers[1]
                if call.name == "pwrite64"
                else self.sizes[file.path]
                if file.appends
                else file.place
            )
            if call.name == "write":
                file.place = at + call.result
            self.sizes[file.path] = max(self.sizes[file.path], at + call.result)
            yield Op("write", file.path, at, call.texts[0][: call.result])
        elif call.name == "ftruncate":
            self.sizes[file.path] = numbers[0]
            yield Op("size", file.path, numbers[0])
        elif call.name in ("fsync", "fdatasync"):
            yield Op("sync", file.path)
        else:
            raise NotUnderstood(f"{call.name} on {file.path}")


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[str, int, bytes]] = field(default_factory=list)


class Disk:
    """A disk on which operations are done one after the other, and that can be asked what a cut would leave."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder.resolve())
        everything = list(Path(self.folder).rglob("*"))
        self.names: dict[str, _File] = {
            str(path): _File(bytearray(path.read_bytes()))
            for path in everything
            if path.is_file() and not path.is_symlink()
        }
        self.folders = {str(path) for path in everything if path.is_dir()} | {self.folder}
        self.durable = _Names(dict(self.names), set(self.folders))
        self.waiting: dict[str, list[tuple[Op, _File]]] = {}
        """By folder: what was done to the names in it, with the file that each was about."""

    def do(self, op: Op) -> None:
        if op.kind == "sync":
            self._sync(op.path)
        elif op.kind in ("write", "size"):
            self.names[op.path].waiting.append((op.kind, op.offset, op.data))
        elif op.kind != "say":
            file = self.names.get(op.path) or _File()
            now = _Names(self.names, self.folders)
            now.do(op, file)
            self.waiting.setdefault(str(Path(op.other or op.path).parent), []).append((op, file))

    def _sync(self, path: str) -> None:
        if path in self.folders:
            for op, file in self.waiting.pop(path, []):
                self.durable.do(op, file)
            return
        file = self.names[path]
        for each in file.waiting:
            _put(file.durable, *each)
        file.waiting.clear()

    def cut(self, random: Random, target: Path) -> None:
        """Write into an empty folder what a cut at this moment may leave of the disk."""
        left = _Names(dict(self.durable.files), set(self.durable.folders))
        share = random.choice((0.0, 0.5, 0.9, 1.0))
        for waiting in self.waiting.values():
            for op, file in waiting[: random.randint(0, len(waiting))]:
                left.do(op, file)
        for path, file in left.files.items():
            if left.reaches(path, self.folder):
                place = target / Path(path).relative_to(self.folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(_tear(file, random, share))


@dataclass
class _Names:
    files: dict[str, _File]
    folders: set[str]

    def do(self, op: Op, file: _File) -> None:
        if op.kind == "mkdir":
            self.folders.add(op.path)
        elif op.kind == "create":
            self.files[op.path] = file
        elif op.kind == "unlink":
            self.files.pop(op.path, None)
        else:
            if op.kind == "rename":
                self.files.pop(op.path, None)
            self.files[op.other] = file

    def reaches(self, path: str, top: str) -> bool:
        """Whether all folders on the way are there; without its name a folder is lost with what is in it."""
        return all(str(each) in self.folders for each in Path(path).parents if str(each).startswith(top))


def _put(content: bytearray, kind: str, offset: int, data: bytes) -> None:
    if kind == "size":
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def _tear(file: _File, random: Random, share: float) -> bytes:
    content = bytearray(file.durable)
    for kind, offset, data in file.waiting:
        if kind == "size":
            if random.random() < share:
                _put(content, kind, offset, data)
            continue
        for begin in range(0, len(data), PAGE):
            if random.random() < share:
                _put(content, kind, offset + begin, data[begin : begin + PAGE])
    return bytes(content)
