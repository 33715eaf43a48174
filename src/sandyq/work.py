"""A pupil's assignment: its folder at home, and the portal's API for it (docs/assignments.md, "The pupil's API").

The person's own server and nbgrader's exchange both work with it, so what one brings or hands in the other knows.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from sandyq.durable import make_folder, write_durably

FOLDER: Final = "assignments"
"""In a person's home."""
NOTES: Final = ".sandyq.json"
"""In an assignment's folder: which release it is, what was handed in."""
RELEASE: Final = ".sandyq-release"
"""In an assignment's folder: the files as they were brought, to repair from."""
OLD: Final = "old"
"""In an assignment's folder: earlier work that was put aside."""
FEEDBACK: Final = "feedback"
"""In an assignment's folder: what nbgrader's commands bring back."""
COMPILED: Final = "__pycache__"
"""What Python itself puts beside a module that is imported: nobody's work."""
MOST_FILES: Final = 100
MOST_BYTES: Final = 5 * 2**20
LONGEST_NAME: Final = 100
MOST_NAME_BYTES: Final = 200
UNUSUAL: Final = frozenset('\\:*?"<>|')
"""Signs that a file's name on a USB stick cannot have; the portal takes none of them."""
TIMEOUT: Final = 10.0
"""Seconds one call may take."""

Work = dict[str, Any]
"""A line of ``GET /work``: ``{release, course, name, title, due, state}``."""


class PortalAway(Exception):
    """The portal gave no answer; the same call may succeed later."""


class PortalRefused(Exception):
    """The portal said no; ``status`` is its HTTP code, ``detail`` its reason in the person's language, or empty."""

    def __init__(self, message: str, status: int, detail: str = "") -> None:
        super().__init__(message)
        self.status, self.detail = status, detail


class BadFiles(ValueError):
    """Files that may not travel: ``reason``: ``zip``, ``name``, ``files``, ``bytes``, ``empty``; ``name``: which."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(f"{reason}: {name}")
        self.reason, self.name = reason, name


@dataclass(frozen=True)
class WorkPortal:
    """The portal for a person's own server, which the hub vouches for. Calls raise PortalAway, PortalRefused."""

    address: str
    token: str

    @classmethod
    def find(cls) -> Self:
        """Return it where this process belongs to a server of the school's; else raise PortalAway."""
        address, token = os.environ.get("SANDYQ_API_URL"), os.environ.get("JUPYTERHUB_API_TOKEN")
        if not address or not token:
            raise PortalAway(
                "This is no server of the school's: SANDYQ_API_URL or JUPYTERHUB_API_TOKEN is not set."
            )
        return cls(address.rstrip("/"), token)

    def list_work(self) -> list[Work]:
        return list(json.loads(self._call("GET", "work"))["work"])

    def find_work(self, release: int) -> Work:
        """Return a release's line; PortalRefused with 404 when this person has no such release."""
        for work in self.list_work():
            if work["release"] == release:
                return work
        raise PortalRefused(f"There is no release {release} for this person.", 404)

    def fetch(self, release: int) -> dict[str, bytes]:
        """Return what a pupil gets, by name; BadFiles when it may not be unpacked."""
        return unpack(self._call("GET", f"work/{release}/files"))

    def tell(self, release: int, verb: str, detail: str = "") -> None:
        """Note that the person ``opened``, ``ran`` or is ``stuck`` with ``detail``."""
        content = json.dumps({"verb": verb, "detail": detail[:500]}).encode()
        self._call("POST", f"work/{release}/events", content)

    def send_draft(self, release: int, packed: bytes) -> None:
        """Let the teacher look at unfinished work."""
        self._call("PUT", f"work/{release}/draft", packed, "application/zip")

    def hand_in(self, release: int, packed: bytes) -> dict[str, Any]:
        """Hand in a zip; return the receipt ``{number, code, at}``, which is given once all is on the disk."""
        return dict(json.loads(self._call("POST", f"work/{release}/submissions", packed, "application/zip")))

    def list_hand_ins(self, release: int) -> list[dict[str, Any]]:
        return list(json.loads(self._call("GET", f"work/{release}/submissions")))

    def fetch_feedback(self, release: int) -> dict[str, Any] | None:
        """Return ``{released, score, points, notebooks: [{name, html}]}``, or None before the teacher gave it back."""
        try:
            return dict(json.loads(self._call("GET", f"work/{release}/feedback")))
        except PortalRefused as problem:
            if problem.status == 404:
                return None
            raise

    def send_own(self, wish: dict[str, str], packed: bytes) -> int:
        """Send a teacher's own notebook to be tried; return its number.

        ``wish``: ``title``, ``kind``, ``minutes``, ``language``.
        """
        path = f"own?{urlencode(wish)}"
        return int(json.loads(self._call("POST", path, packed, "application/zip"))["own"])

    def look_at_own(self, number: int) -> dict[str, Any]:
        """Return ``{state, faults, address}`` of what was sent."""
        return dict(json.loads(self._call("GET", f"own/{number}")))

    def _call(
        self, method: str, path: str, content: bytes | None = None, kind: str = "application/json"
    ) -> bytes:
        request = Request(  # noqa: S310 # the address is the server's own setting
            f"{self.address}/{path}",
            data=content,
            headers={"Authorization": f"token {self.token}", "Content-Type": kind},
            method=method,
        )
        try:  # past any proxy of the school: the portal stands on this machine
            with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT) as reply:
                return bytes(reply.read())
        except HTTPError as error:
            with error:
                message = f"{method} {path}: {error.code} {error.reason}"
                detail = _read_detail(error)
            if error.code == 507 or (
                error.code < 500 and error.code not in {408, 429}
            ):  # 507: the disk is full
                raise PortalRefused(message, error.code, detail) from None
            raise PortalAway(message) from None
        except (OSError, HTTPException) as error:
            raise PortalAway(f"{method} {path}: {error}") from error


def _read_detail(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read(10_000))["detail"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files in a zip, by name; BadFiles for whatever has a bad name, is no ordinary file or is too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES * 10 or sum(entry.file_size for entry in entries) > MOST_BYTES * 20:
                raise BadFiles("bytes")
            for entry in entries:
                kind = stat.S_IFMT(entry.external_attr >> 16)
                if not is_good_name(entry.filename) or kind not in {0, stat.S_IFREG}:
                    raise BadFiles("name", entry.filename)
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
        raise BadFiles("zip", str(problem)) from None


def is_good_name(name: str) -> bool:
    """Is it a file's name in or below a folder, with nothing hidden, nothing that leads out and nothing unusual?"""
    parts = PurePosixPath(name).parts
    plain = all(part.isprintable() and not part.startswith(".") and not UNUSUAL & set(part) for part in parts)
    is_short = len(name) <= LONGEST_NAME and len(name.encode("utf-8", "replace")) <= MOST_NAME_BYTES
    return bool(parts) and plain and is_short and not name.startswith("/") and "//" not in name


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give name and path of each ordinary file to hand in: nothing hidden or compiled, no links, no earlier work."""
    for top, folders, names in os.walk(folder):
        here = Path(top)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name != COMPILED
            and not (here == folder and name in {OLD, FEEDBACK})
        )
        for name in sorted(names):
            path = here / name
            if not name.startswith(".") and stat.S_ISREG(path.lstat().st_mode):
                yield path.relative_to(folder).as_posix(), path


def pack(folder: Path) -> bytes:
    """Return the zip to hand in; BadFiles when the folder holds more, or stranger names, than the portal takes."""
    files = list(walk(folder))
    if not files:
        raise BadFiles("empty")
    if len(files) > MOST_FILES:
        raise BadFiles("files", files[-1][0])
    for name, _path in files:
        if not is_good_name(name):
            raise BadFiles("name", name)
    if sum(path.stat().st_size for _name, path in files) > MOST_BYTES:
        raise BadFiles("bytes", max(files, key=lambda file: file[1].stat().st_size)[0])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files:
            archive.write(path, name)
    return packed.getvalue()


@dataclass
class Assignment:
    """An assignment's folder in a person's home."""

    path: Path
    notes: dict[str, Any]
    """``{release, course, name, title, due, state, notebooks, receipts, repaired, stuck}``"""

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """Return the assignment in this folder; None where it is no assignment's."""
        try:
            notes = json.loads((path / NOTES).read_text("utf-8"))
            return cls(path, notes) if isinstance(notes["release"], int) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @classmethod
    def find(cls, home: Path, release: int) -> Self | None:
        """Return this person's folder of a release, if it was brought."""
        for notes in sorted((home / FOLDER).glob(f"*/{NOTES}")):
            found = cls.open(notes.parent)
            if found and found.release == release:
                return found
        return None

    @classmethod
    def bring(cls, home: Path, work: Work, files: dict[str, bytes]) -> Self:
        """Write what is not there yet, beside what is, and note whose release it is. OSError when the disk is full."""
        found = cls.find(home, work["release"])
        assignment = found or cls(_choose_folder(home, work), {"receipts": []})
        for name, content in files.items():
            put(assignment.path / RELEASE / name, content)
            if not os.path.lexists(assignment.path / name):
                put(assignment.path / name, content)
        with assignment.changing() as notes:
            notes.update(work, notebooks=sorted(name for name in files if _is_notebook(name)))
        return assignment

    @property
    def release(self) -> int:
        return int(self.notes["release"])

    @property
    def notebooks(self) -> list[str]:
        """Names of the notebooks that belong to it."""
        return [str(name) for name in self.notes.get("notebooks", [])]

    @property
    def receipts(self) -> list[dict[str, Any]]:
        return list(self.notes.get("receipts", []))

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """Change the notes as they are on the disk now: another tab or nbgrader's commands may have changed them."""
        make_folder(self.path)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if latest := type(self).open(self.path):
                self.notes = latest.notes
            yield self.notes
            write_durably(self.path / NOTES, json.dumps(self.notes, ensure_ascii=False, indent=1).encode())
        finally:
            os.close(folder)

    def hand_in(self, portal: WorkPortal) -> dict[str, Any]:
        """Hand in what the folder holds; return and note the receipt. Raises what ``pack`` and the portal do."""
        receipt = portal.hand_in(self.release, pack(self.path))
        with self.changing() as notes:
            notes["receipts"] = [*notes.get("receipts", []), receipt]
            notes["state"] = "handed_in"
        return receipt


def send_draft(folder: Path) -> None:
    """Let the teacher look at the unfinished work in an assignment's folder, if the portal answers."""
    if assignment := Assignment.open(folder):
        with suppress(PortalAway, PortalRefused, BadFiles, OSError):
            WorkPortal.find().send_draft(assignment.release, pack(folder))


def tell(release: int, verb: str, detail: str = "") -> None:
    """Have the teacher's live view know; when the portal is away it will not."""
    with suppress(PortalAway, PortalRefused):
        WorkPortal.find().tell(release, verb, detail)


def put(path: Path, content: bytes) -> None:
    """Write a file durably, making its folders."""
    make_folder(path.parent)
    write_durably(path, content)


def _choose_folder(home: Path, work: Work) -> Path:
    """``assignments/<course>-<name>``; with the release's number when an earlier release has that folder."""
    name = f"{work['course']}-{work['name']}"
    if not is_good_name(name) or "/" in name:
        raise BadFiles("name", name)
    folder = home / FOLDER / name
    return home / FOLDER / f"{name}-{work['release']}" if Assignment.open(folder) else folder


def _is_notebook(name: str) -> bool:
    return name.endswith(".ipynb") and "/" not in name
