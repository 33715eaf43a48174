"""Bringing files from a folder or over a bad line: what has arrived stays, and what comes next goes on from there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import httpx
from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.api.metadata import TargetFile
from tuf.ngclient import FetcherInterface

from sandyq.durable import sync_folder

PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
SILENCE: Final = 30.0
"""Seconds without a byte after which a connection is taken for dead."""
PIECE: Final = 1 << 16
PART: Final = ".part"


class Source(Protocol):
    """Where updates come from."""

    pauses: Sequence[float]
    """Seconds before each try after one that brought nothing; then it is given up for today."""

    def open(self, name: str, start: int) -> Iterator[bytes]:
        """Yield a file's bytes from ``start`` on; DownloadHTTPError where there is none, OSError when it broke."""
        ...


class Folder:
    """A stick, or any folder."""

    pauses: Sequence[float] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, name: str, start: int) -> Iterator[bytes]:
        try:
            with (self.folder / name).open("rb") as file:
                file.seek(start)
                while piece := file.read(PIECE):
                    yield piece
        except FileNotFoundError:
            raise DownloadHTTPError(f"{self.folder / name} is missing", 404) from None


class Line:
    """An address: HTTP or HTTPS, each file by ranges."""

    pauses: Sequence[float] = PAUSES

    def __init__(self, address: str, silence: float = SILENCE) -> None:
        self.address = address.rstrip("/")
        self.client = httpx.Client(timeout=silence, follow_redirects=True)

    def open(self, name: str, start: int) -> Iterator[bytes]:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        try:
            with self.client.stream("GET", f"{self.address}/{quote(name)}", headers=headers) as answer:
                yield from self._read(answer, name, start)
        except httpx.InvalidURL as error:
            raise ValueError(f"{self.address} is no address: {error}. Give one such as https://…") from None
        except httpx.HTTPError as error:
            raise OSError(f"{self.address}: {error or type(error).__name__}") from error

    def _read(self, answer: httpx.Response, name: str, start: int) -> Iterator[bytes]:
        if answer.status_code >= 500:
            raise OSError(f"{self.address} answers {answer.status_code}")
        if answer.status_code >= 400:
            raise DownloadHTTPError(f"{self.address}/{name}: {answer.status_code}", answer.status_code)
        begun = answer.headers.get("content-range", "").startswith(f"bytes {start}-")
        skip = start if answer.status_code == 200 else 0
        if answer.status_code == 206 and not begun:
            raise OSError(f"{self.address} sent another part of {name} than was asked for")
        for piece in answer.iter_raw():  # as it comes: what waits for more is lost when the line breaks
            yield piece[skip:]  # who does not know ranges sends all of it again
            skip = max(0, skip - len(piece))


class MetadataFetcher(FetcherInterface):
    """What python-tuf fetches its small files by."""

    def __init__(self, source: Source, wait: Callable[[float], None]) -> None:
        self.source, self.wait = source, wait

    def _fetch(self, url: str) -> Iterator[bytes]:
        have, failed = 0, 0
        while True:
            try:
                for piece in self.source.open(url, have):
                    have, failed = have + len(piece), 0
                    yield piece  # to somebody who counts, and stops what has no end
                return
            except OSError as error:
                if failed == len(self.source.pauses):
                    raise DownloadError(str(error)) from error
                self.wait(self.source.pauses[failed])
                failed += 1


class LineBroke(OSError):
    """Nothing more comes for now; what has arrived is kept."""


def fetch_target(
    source: Source,
    target: TargetFile,
    path: Path,
    *,
    say: Callable[[int], None] = lambda _: None,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Bring a file whole and checked to ``path``; go on where an earlier try stopped.

    ``say`` is told how many bytes have come. LineBroke when the line brings nothing any more, or nothing that is as
    it was signed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    arrived = _Arrived(path.with_name(path.name + PART), target)
    failed = 0
    while arrived.check() < target.length:
        have = arrived.good
        try:
            arrived.append(source, say)
            lack = f"{target.path} is not what was signed, as it comes from there."
        except OSError as error:
            lack = (
                f"The line broke at {have / 1e6:.1f} of {target.length / 1e6:.1f} MB of {target.path} ({error}). "
                "What has come is kept: run the same command again."
            )
        failed = 0 if arrived.check() > have else failed + 1
        if failed > len(source.pauses):
            raise LineBroke(lack)
        if failed:
            wait(source.pauses[failed - 1])
    arrived.finish(path)


class _Arrived:
    """A file that is not whole yet. What is not as it was signed is cut off again, chunk by chunk."""

    def __init__(self, part: Path, target: TargetFile) -> None:
        self.part, self.target = part, target
        more = target.unrecognized_fields.get("custom") or {}
        self.chunk = int(more.get("chunk", 0)) or max(1, target.length)
        self.hashes = list(more.get("chunks", ())) or [target.hashes["sha256"]]
        self.checked = 0
        """How many chunks from the beginning are good: these are not read again."""
        self.good = 0

    def append(self, source: Source, say: Callable[[int], None]) -> None:
        have = self.good
        with self.part.open("ab") as file:
            for piece in source.open(f"targets/{self.target.path}", have):
                file.write(
                    piece[: self.target.length - have]
                )  # what is longer than was signed is not even kept
                have = min(self.target.length, have + len(piece))
                say(have)
                if have == self.target.length:
                    return

    def check(self) -> int:
        """Return how many bytes may stay; of a chunk that has not come whole nobody can tell yet, so they do."""
        self.part.touch()
        with self.part.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            self.good = file.seek(self.checked * self.chunk)
            while self.checked < len(self.hashes):
                content = file.read(self.chunk)
                if self.good + len(content) != min(self.good + self.chunk, self.target.length):
                    self.good += len(content)
                    break
                if sha256(content).hexdigest() != self.hashes[self.checked]:
                    break
                self.checked += 1
                self.good += len(content)
            if self.good < size:
                file.truncate(self.good)
        return self.good

    def finish(self, path: Path) -> None:
        with self.part.open("rb") as file:
            self.target.verify_length_and_hashes(file)
            os.fsync(file.fileno())
        self.part.replace(path)
        sync_folder(path.parent)
