"""What a pupil hands in: looked over before it is kept, and kept before anybody is told."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from sandyq.durable import make_folder, write_durably
from sandyq.school.errors import Invalid
from sandyq.school.tables import Submission
from sandyq.settings import Settings
from sandyq_portal.packets import pack

MOST_FILES: Final = 100
MOST_BYTES: Final = 5 * 2**20
"""Of all files together."""
MOST_LETTERS: Final = 100
MOST_NAME_BYTES: Final = 200
"""A name with folders; Linux takes 255 of one part."""
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f\\:*?\"<>|]+")


def open_submission(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name; Invalid for whatever a pupil's folder of an assignment would not hold."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise Invalid(
                    "There are {count} files. Hand in at most {most}.", count=len(entries), most=MOST_FILES
                )
            files: dict[str, bytes] = {}
            room = MOST_BYTES
            for entry in entries:
                _check_entry(entry, files)
                with archive.open(entry) as file:
                    content = file.read(room + 1)  # whatever size it says it has
                room -= len(content)
                if room < 0:
                    raise Invalid("The files have more than {most} MB together.", most=MOST_BYTES // 2**20)
                files[entry.filename] = content
    except Invalid:
        raise
    except Exception as problem:  # zlib.error, struct.error and their like have no common ancestor
        raise Invalid("What arrived cannot be opened ({problem}). Hand in again.", problem=problem) from None
    if not any(name.endswith(".ipynb") for name in files):
        raise Invalid("There is no notebook in what arrived. Open the assignment and hand in again.")
    return files


def _check_entry(entry: zipfile.ZipInfo, files: dict[str, bytes]) -> None:
    name = entry.filename
    parts = name.split("/")
    is_short = 0 < len(name) <= MOST_LETTERS and len(name.encode("utf-8", "replace")) <= MOST_NAME_BYTES
    fits = is_short and _NAME.fullmatch(name) and not {"", ".", ".."} & set(parts)
    if not fits:
        raise Invalid(
            "The file name '{name}' is not possible here. Give the file another name.", name=name[:120]
        )
    folders = {"/".join(parts[:end]) for end in range(1, len(parts))}
    if folders & files.keys() or any(each.startswith(f"{name}/") for each in files):
        raise Invalid("'{name}' is no plain file. Leave it out.", name=name)
    if name in files:
        raise Invalid("The file '{name}' is there twice.", name=name)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Invalid("'{name}' is no plain file. Leave it out.", name=name)


def digest(files: dict[str, bytes]) -> tuple[str, bytes]:
    """Return the sha-256 of files and their zip as it is kept."""
    packed = pack(files)
    return sha256(packed).hexdigest(), packed


def path_of(settings: Settings, release: int, person: int, checksum: str) -> Path:
    """Where a submission stands: known before it has a number, the same for the same content."""
    return settings.submissions / str(release) / f"{person}-{checksum[:32]}.zip"


def keep(settings: Settings, release: int, person: int, checksum: str, packed: bytes) -> None:
    """Have it on the disk."""
    path = path_of(settings, release, person, checksum)
    make_folder(path.parent, 0o700)
    write_durably(path, packed)


def draft_path(settings: Settings, release: int, person: int) -> Path:
    """Where a pupil's unfinished work stands, as their server last sent it."""
    return settings.submissions / str(release) / f"{person}.draft.zip"


def keep_draft(settings: Settings, release: int, person: int, files: dict[str, bytes]) -> None:
    path = draft_path(settings, release, person)
    make_folder(path.parent, 0o700)
    write_durably(path, pack(files))


def find_files(settings: Settings, person: int, submissions: Iterable[Submission]) -> list[Path]:
    """Return all that stands on the disk of somebody's work: handed in, as the grader left it, unfinished."""
    top = settings.submissions
    executed = (path for each in submissions for path in top.glob(f"{each.release_id}/{each.id}.*.ipynb"))
    return [*top.glob(f"*/{person}-*.zip"), *executed, *find_drafts(settings, person)]


def find_drafts(settings: Settings, person: int) -> list[Path]:
    """Return somebody's unfinished works, also those that were never handed in."""
    return sorted(settings.submissions.glob(f"*/{person}.draft.zip"))


def read_kept(settings: Settings, submission: Submission) -> dict[str, bytes]:
    """Return the files of what was handed in; OSError or Invalid when the disk lost them."""
    path = path_of(settings, submission.release_id, submission.person_id, submission.sha256)
    return open_submission(path.read_bytes())


def executed_path(settings: Settings, submission: Submission, notebook: str) -> Path:
    """Where the notebook stands as the grader left it."""
    return settings.submissions / str(submission.release_id) / f"{submission.id}.{notebook}.ipynb"
