"""How people's servers keep files: a power cut in the middle of a save leaves the old notebook or the new one.

Jupyter's own way writes into the file in place, beside a copy; cut off, the notebook is empty or half, and the copy is
looked for only when it can not be read.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError
from traitlets import default

from sandyq.durable import open_durably
from sandyq.i18n import translator_of_person
from sandyq.prefork.client import Refused, ServerAway, ask_status, find_server
from sandyq.work import NOTES, Assignment, send_draft, tell
from sandyq_hub.work.repair import repair_file
from sandyq_hub.work.running import Watch

GRACE = 10 * 2**20
"""Bytes beyond one's share: programs that write are stopped at the share, what was typed is saved a little longer."""
PAUSE = 60.0
"""Seconds between two looks that a teacher gets at unfinished work."""


async def _check_room() -> None:
    """HTTPError 507 when this person's folder is more than full. One may always delete."""
    try:
        status = await asyncio.wait_for(ask_status(find_server()), 1.0)
    except (ServerAway, Refused, TimeoutError):  # nobody measures just now
        return
    for share in status.get("disk", []):
        if share["used"] > share["allowed"] + GRACE:
            _ = translator_of_person()
            sizes = {name: share[name] // 2**20 for name in ("used", "allowed")}
            told = _(
                "Not saved: your folder is full, {used} of {allowed} MB. Delete what you no longer need, "
                "wait half a minute and save again."
            )
            raise HTTPError(507, told.format(**sizes).replace("%", "%%"))


class _Durable:
    """What contents and checkpoints share."""

    @contextmanager
    def atomic_writing(self, os_path: str, **form: Any) -> Iterator[IO[Any]]:
        with self.perm_to_403(os_path), open_durably(os_path, **form) as file:  # type: ignore[attr-defined]
            yield file

    async def _copy(self, src: str, dest: str) -> None:
        await asyncio.to_thread(_copy_durably, src, dest)


def _copy_durably(source: str, target: str) -> None:
    with open(source, "rb") as read, open_durably(target, text=False) as written:  # noqa: PTH123
        shutil.copyfileobj(read, written)
    shutil.copystat(source, target)


def _has_its_name(path: Path) -> bool:
    """Return whether it is a notebook of an assignment, an assignment's folder or the one of all assignments."""
    within = Assignment.open(path.parent)
    return bool(within and path.name in within.notebooks) or (
        path.is_dir() and (Assignment.open(path) is not None or any(path.glob(f"*/{NOTES}")))
    )


class DurableCheckpoints(_Durable, AsyncFileCheckpoints):
    """Copies to go back to."""


class DurableFiles(_Durable, AsyncLargeFileManager):  # type: ignore[misc] # Jupyter's own bases disagree
    """A person's files. A notebook of an assignment that was damaged is whole again when it is opened."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._shown: dict[Path, float] = {}
        self._unseen: set[Path] = set()
        """Assignments' folders in which something was saved that is still to be shown."""
        self._sending: set[asyncio.Future[None]] = set()
        self._watch = Watch(tell)

    @default("checkpoints_class")
    def _checkpoints_class(self) -> type:
        return DurableCheckpoints

    async def save(self, model: Any, path: str = "") -> Any:
        await _check_room()
        saved = await super().save(model, path)
        if path.endswith(".ipynb"):
            file = Path(self._get_os_path(path.strip("/")))
            await asyncio.to_thread(self._watch.look, file)
            self._show_teacher(file.parent)
        return saved

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Rename, but what an assignment is found by: under another name it would be begun anew, and not handed in."""
        if _has_its_name(Path(self._get_os_path(old_path.strip("/")))):
            _ = translator_of_person()
            told = _(
                "Not renamed: your assignment is handed in by this name. The school server knows "
                "whose work it is."
            )
            raise HTTPError(403, told.replace("%", "%%"))
        await super().rename_file(old_path, new_path)

    def _show_teacher(self, folder: Path) -> None:
        """Send an assignment's unfinished work, once a minute at most, the last save too; saving waits for nobody."""
        if not (folder / NOTES).exists():
            return
        is_awaited = folder in self._unseen
        self._unseen.add(folder)
        wait = self._shown.get(folder, -PAUSE) + PAUSE - time.monotonic()
        if wait <= 0:
            self._send_now(folder)
        elif not is_awaited:
            asyncio.get_running_loop().call_later(wait, self._send_now, folder)

    def _send_now(self, folder: Path) -> None:
        if folder in self._unseen:
            self._unseen.remove(folder)
            self._shown[folder] = time.monotonic()
            sending = asyncio.ensure_future(asyncio.to_thread(self._send, folder))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    def _send(self, folder: Path) -> None:
        send_draft(folder)
        self._watch.tell(folder)

    async def get(self, path: str, content: bool = True, *arguments: Any, **more: Any) -> Any:
        if content and path.endswith(".ipynb"):
            await asyncio.to_thread(repair_file, Path(self._get_os_path(path.strip("/"))))
        return await super().get(path, content, *arguments, **more)
