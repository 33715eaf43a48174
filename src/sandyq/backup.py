"""Backups that can be trusted: consistent while people work, encrypted, each tried by a real restore (restic).

A place – a folder, also on a USB disk – holds a restic repository. Databases are copied by ``VACUUM INTO`` first, then
files: what a row of the copy speaks of was on the disk before the row, and the server's own files are replaced whole.
What the key opens is everything: it stands in ``secrets`` and, for a new machine, on the operator's paper.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from sandyq.durable import sync_folder, write_durably
from sandyq.layout import write_commands
from sandyq.settings import Settings, read_secret

KEEP: Final = ("--keep-last=3", "--keep-daily=7", "--keep-weekly=5", "--keep-monthly=12")
LEFT_OUT: Final = frozenset(
    {
        *("log", "run", "backup", "backup.json", "incidents.json", "lock", "server.json", "upgrade.json"),
        *("forks.folder", "content", "updates.json", "updates-fetched", "reserve"),
    }
)
"""What is of this machine or this moment only."""
PEOPLES: Final = frozenset({"people", "published", "submissions", "photos", "assignments"})
"""Folders of what people made: copied byte by byte; no database in there is one of the server's."""
MAGIC: Final = b"SQLite format 3\0"
STAGE: Final = Path("backup") / "stage"
MANIFEST: Final = "manifest.json"
STATUS: Final = "backup.json"
TRIED: Final = ".sandyq-tried-"
"""Begins the name of a folder into which a backup is restored to be compared."""
BUSY: Final = 60.0
"""Seconds to wait for a writer."""
DEEPEST: Final = 64
LONGEST: Final = 2048
"""Folders in folders, and bytes of a path, below the server's folder: no path leads further down for sure."""
MOST_HOLES: Final = 64 * 2**20
"""Bytes of one person's files that are holes: they take no room here, and all of it where they are restored."""
UNREAD: Final = 3
"""How restic ends when all was kept but some files, each named on its error channel."""
GONE: Final = ("no such file or directory", "not a directory")
ERROR: Final = "ignoring error for "
DAMAGED: Final = (
    *("ciphertext verification failed", "does not match", "doesn't match", "invalid data returned"),
    *("unexpected EOF", "not found in index", "not found in repository"),
)
"""How restic tells that what a disk gives back is not what was written."""
FULL: Final = "no space left on device"
LEAST_ROOM: Final = 100 * 2**20
"""Bytes; a restic that fails with less left ended for want of room: it writes files of 16 MB, several at once."""
MOST_BRANCHES: Final = 100
"""Of one person's folders that are too deep: more are no accident."""


class BackupFailed(Exception):
    """Nothing, or something that cannot be trusted, was kept or restored; the message says why and what to do."""

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        """``away``, ``damaged``, ``full`` or ``key``, which pages explain in people's languages; empty: another."""


@dataclass(frozen=True)
class Done:
    """One backup that was made, and tried."""

    place: str
    at: str
    """ISO, UTC."""
    files: int
    bytes: int
    databases: int
    rows: int
    seconds: float
    left_out: tuple[str, ...] = ()
    """Folders of those who have something that no backup can hold."""


def make_backup(
    settings: Settings,
    place: Path,
    keep: Sequence[str] = KEEP,
    scratch: Path | None = None,
    objection: str = "",
) -> Done:
    """Keep all of a server in ``place``, restore it there – or in ``scratch`` – and compare; also while people work.

    ``keep``: restic's words for how long; ``objection``: why nothing may be written there now.
    BackupFailed when it could not be made, or what was restored is not what was kept; earlier ones stay as they are.
    """
    began, at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    with _only_one(settings):
        try:
            if objection:
                raise BackupFailed(objection, "away")
            restic = _open_repository(place.resolve(), read_key(settings))
            manifest = _stage(settings, at)
            left_out = list(_find_unkeepable(settings.home))
            _keep(restic, settings.home, keep, left_out)
            beside = scratch or restic.place
            for rest in beside.glob(f"{TRIED}*"):  # readable by whoever has the disk, if the power was cut
                shutil.rmtree(rest)
            with tempfile.TemporaryDirectory(prefix=TRIED, dir=beside) as folder:
                files, size = _restore(restic, Path(folder) / "home")
        except (BackupFailed, OSError) as error:
            failed = error if isinstance(error, BackupFailed) else BackupFailed(str(error))
            with suppress(OSError):  # no room for a note either
                _note(settings, place, {"failed_at": at, "why": str(failed), "cause": failed.cause})
            raise failed from error
        finally:
            shutil.rmtree(settings.home / STAGE, ignore_errors=True)
        rows = sum(sum(each["tables"].values()) for each in manifest["databases"].values())
        taken = round(time.monotonic() - began, 1)
        owners = _name_owners(settings.home, left_out)
        done = Done(str(place), at, files, size, len(manifest["databases"]), rows, taken, owners)
        _note(settings, place, asdict(done))
    return done


def check_place(settings: Settings, place: Path) -> None:
    """BackupFailed when none could be made there now: one is being made, the key is another, nothing can be written."""
    with _only_one(settings):
        _open_repository(place.resolve(), read_key(settings))


def describe_backup(done: Done) -> str:
    """Return the sentence that a command ends with."""
    left = (
        f" Left out, for it is nested without end or mostly empty: something in {', '.join(done.left_out)}."
    )
    return (
        f"Kept in {done.place}: {done.files} files, {done.bytes / 1e6:.0f} MB, {done.rows} rows of {done.databases} "
        f"databases; restored and compared: all equal. {done.seconds:.0f} s.{left if done.left_out else ''}"
    )


def restore_backup(place: Path, home: Path, key: str) -> dict[str, Any]:
    """Make ``home`` as the newest backup in ``place`` has it; return its manifest.

    ValueError when something stands in ``home`` already; BackupFailed when the backup cannot be read or is damaged:
    then ``home`` is not made.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise ValueError(f"{home} is not empty. Move it away, or give another folder: --home DIR")
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    try:
        _restore(_open_repository(place.resolve(), key, may_make=False), draft / "home")
        manifest = json.loads((draft / "home" / STAGE / MANIFEST).read_text())
        shutil.rmtree(draft / "home" / STAGE.parent)
        if home.exists():
            home.rmdir()
        (draft / "home").replace(home)
        sync_folder(home.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return dict(manifest)


def read_key(settings: Settings) -> str:
    """Return what opens this server's backups; made, and on the disk, before anything depends on it."""
    return read_secret(settings, "backup")


def write_key(key: str) -> str:
    """Return a key as people write it down: groups of four."""
    return " ".join(key[place : place + 4] for place in range(0, len(key), 4))


def read_status(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what was last done or failed, by place; {} before the first backup. What is damaged is left out."""
    try:
        told = json.loads((settings.home / STATUS).read_text()).items()
    except (FileNotFoundError, ValueError, AttributeError):  # must keep no backup from being made
        return {}
    return {place: news for place, news in told if isinstance(news, dict)}


def _note(settings: Settings, place: Path, news: Mapping[str, Any]) -> None:
    status = read_status(settings)
    status[str(place)] = {**({} if "at" in news else status.get(str(place), {})), **news}
    write_durably(settings.home / STATUS, json.dumps(status, indent=1).encode(), 0o640, settings.school_group)


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    folder = settings.home / STAGE.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed("Another backup of this server is being made. Wait for its end.") from None
        yield


# Databases


def _stage(settings: Settings, at: str) -> dict[str, Any]:
    """Copy the databases; return, and write beside them, what they hold."""
    if settings.database and not settings.database.startswith("sqlite"):
        raise BackupFailed(
            "The school database is PostgreSQL's. Back it up with pg_dump, and the files by your own means."
        )
    return copy_databases(settings.home, settings.home / STAGE, at)


def copy_databases(home: Path, target: Path, at: str) -> dict[str, Any]:
    """Copy the server's databases to a new folder; return, and write beside them, what they hold."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700, parents=True)
    databases = {}
    for source in find_databases(home):
        path = source.relative_to(home)
        (target / path.parent).mkdir(parents=True, exist_ok=True)
        _copy_database(source, target / path)
        databases[str(path)] = {"sha256": _hash(target / path), "tables": count_rows(target / path)}
    manifest = {"at": at, "databases": databases}
    write_durably(target / MANIFEST, json.dumps(manifest, indent=1).encode())
    return manifest


def put_databases_back(copy: Path, home: Path) -> None:
    """Put what ``copy_databases`` copied in place of what is there; nobody may have them open. May be done again."""
    manifest = json.loads((copy / MANIFEST).read_text())
    for name, about in manifest["databases"].items():
        if _hash(copy / name) != about["sha256"]:
            raise BackupFailed(
                f"The copy {copy / name} is not as it was made. Restore a backup: ./sandyq restore"
            )
        path, draft = home / name, home / f"{name}.draft"
        shutil.copy2(copy / name, draft)
        owner = (copy / name).stat()
        if os.geteuid() == 0:
            os.chown(draft, owner.st_uid, owner.st_gid)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        for end in ("-wal", "-shm", "-journal"):  # of what is replaced; they would be taken for the other's
            path.with_name(path.name + end).unlink(missing_ok=True)
        draft.replace(path)
        sync_folder(path.parent)


def find_databases(home: Path) -> list[Path]:
    """Return the SQLite databases of the server's own parts."""
    found = []
    for folder in sorted(each for each in home.iterdir() if each.name not in LEFT_OUT | PEOPLES):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if path.is_file() and not path.is_symlink() and _begins_with_magic(path):
                found.append(path)
    return found


def _begins_with_magic(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _copy_database(source: Path, target: Path) -> None:
    """Copy as it stands at one moment; owner and permissions come along."""
    try:
        connection = sqlite3.connect(source, timeout=BUSY)
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise BackupFailed(f"The database {source} could not be copied: {error}.") from error
    about = source.stat()
    target.chmod(about.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(target, about.st_uid, about.st_gid)


def count_rows(database: Path) -> dict[str, int]:
    """Return how many rows each table of a database has; BackupFailed when SQLite finds it damaged."""
    connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    try:
        if (answer := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise BackupFailed(f"The database {database.name} is damaged: {answer}.")
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        quoted = {name: name.replace('"', '""') for (name,) in names}
        return {
            name: connection.execute(f'SELECT count(*) FROM "{safe}"').fetchone()[0]  # noqa: S608 # quoted
            for name, safe in quoted.items()
        }
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"The database {database.name} is damaged: {error}.") from error
    finally:
        connection.close()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


# What people made


def _find_unkeepable(home: Path) -> Iterator[Path]:
    """Give what would make everybody's backup fail or fill the disk when it is tried: its owner's alone is left out."""
    people = home / "people"
    for top in sorted(people.iterdir()) if people.is_dir() else []:
        deep, holes = _look_through(top, len(home.parts), len(os.fsencode(home)))
        yield from [top] if holes > MOST_HOLES or len(deep) > MOST_BRANCHES else deep


def _name_owners(home: Path, left_out: Sequence[Path]) -> tuple[str, ...]:
    return tuple(sorted({"/".join(path.relative_to(home).parts[:2]) for path in left_out}))


def _look_through(top: Path, parts: int, length: int) -> tuple[list[Path], int]:
    """Return the folders that are too deep, and the bytes of holes; what vanishes meanwhile is let go."""
    deep, holes, waiting = [], 0, [os.fspath(top)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = entry.path
                too_deep = path.count("/") - parts > DEEPEST or len(os.fsencode(path)) - length > LONGEST
                if too_deep:
                    deep.append(Path(path))
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False):
                    holes += _measure_holes(path, entry.stat(follow_symlinks=False))
        if len(deep) > MOST_BRANCHES:
            break
    return deep, holes


def _measure_holes(path: str, about: os.stat_result) -> int:
    missing = about.st_size - 512 * about.st_blocks
    if missing < 2**20:
        return 0
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:  # a file system that compresses takes fewer blocks, too
        return missing if os.lseek(file, 0, os.SEEK_HOLE) < about.st_size else 0
    finally:
        os.close(file)


# Restic


@dataclass(frozen=True)
class _Restic:
    place: Path
    key: str

    def run(self, *arguments: str, folder: Path | None = None, in_use: bool = False) -> str:
        """Run a command of restic's; BackupFailed with its last words.

        ``in_use``: files that people removed while it read are no failure.
        """
        program = shutil.which("restic")
        if program is None:
            raise BackupFailed("The program restic is not installed. On Debian: apt install restic")
        environment = {
            "RESTIC_REPOSITORY": str(self.place),
            "RESTIC_PASSWORD": self.key,
            "RESTIC_CACHE_DIR": str(self.place / ".cache"),
            "PATH": os.environ.get("PATH", ""),
        }
        command = [program, "--quiet", *arguments]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",  # names may be in any encoding
            check=False,
        )
        if done.returncode != 0 and not (in_use and done.returncode == UNREAD and _are_gone(done.stderr)):
            raise _explain(done.stderr or done.stdout, self.place)
        return done.stdout


def _explain(told: str, place: Path) -> BackupFailed:
    """Return what restic said of its failure, and what to do where the disk is away, damaged or full."""
    words = _find_words(told.strip().splitlines() or ["restic failed"])
    cause, advice = "", ""
    if any(sign in words for sign in DAMAGED):
        cause, advice = (
            "damaged",
            (
                "Backups are damaged there. Is the disk still good? "
                f"To begin anew: mv {place} {place}.damaged, then ./sandyq backup --to {place}"
            ),
        )
    elif not os.path.exists(place / "config"):  # noqa: PTH110 # a dying disk's errors are a no
        cause, advice = "away", "The disk is away. Plug it in, wait until it is mounted, and begin again."
    elif FULL in told or shutil.disk_usage(place).free < LEAST_ROOM:
        cause, advice = "full", "The disk is full. Make room on it, or take a larger one."
    return BackupFailed(f"{place}: {words}{'. ' if advice else ''}{write_commands(advice)}", cause)


def _find_words(lines: Sequence[str]) -> str:
    """Return the line that matters: of a mere number of errors the first, of a program that broke down its first."""
    first = next((line for line in lines if line.startswith(ERROR)), "")
    if first and lines[-1].startswith("Fatal: There were "):
        return first.removeprefix(ERROR)
    return next((line for line in lines if line.startswith(("Fatal: ", "panic: "))), lines[-1])


def _are_gone(told: str) -> bool:
    """Return whether each file that restic could not read was removed while it worked."""
    lines = told.strip().splitlines()
    errors = [line for line in lines if not line.startswith("Warning: at least one source file")]
    return bool(errors) and all(line.startswith("error: ") and line.endswith(GONE) for line in errors)


def _open_repository(place: Path, key: str, *, may_make: bool = True) -> _Restic:
    restic = _Restic(place, key)
    try:
        if not (place / "config").exists():
            if not may_make:
                raise BackupFailed(f"{place} holds no backup. Give the folder in which one was made.")
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            restic.run("init")
    except OSError as error:
        cause = "full" if error.errno == errno.ENOSPC else "away"
        raise BackupFailed(
            f"{place} cannot be written ({error.strerror}). Is the disk plugged in?", cause
        ) from None
    try:
        restic.run("unlock")  # what a power cut left locked; a lock of a running one stays
    except BackupFailed as error:
        if "wrong password" in str(error):
            raise BackupFailed(
                f"{place} was made with another key. Give that key, or use another folder.", "key"
            ) from None
        raise
    return restic


def _keep(restic: _Restic, home: Path, keep: Sequence[str], left_out: Sequence[Path]) -> None:
    names = sorted(each.name for each in home.iterdir() if each.name not in LEFT_OUT)
    databases = [f"{path}{end}" for path in find_databases(home) for end in ("", "-wal", "-shm", "-journal")]
    excluded = [f"--exclude={_escape(path)}" for path in (*databases, str(restic.place))]
    excluded += [f"--exclude={_escape(str(path))}" for path in left_out]
    moment = _find_moment(restic)
    restic.run("backup", *moment, *excluded, *names, str(STAGE), folder=home, in_use=True)
    restic.run("forget", "--group-by=", "--prune", *keep)


def _find_moment(restic: _Restic) -> list[str]:
    """Return restic's words for a time after that of each earlier backup; none where the clock says such a one.

    To restic the newest is what bears the latest time, and a clock may have stopped, or have been set wrong once. A day
    after, for of one day the schedule keeps the last alone: weeks of a stopped clock would leave three backups.
    """
    kept = json.loads(restic.run("snapshots", "--json")) or []
    latest = max((datetime.fromisoformat(each["time"]) for each in kept), default=None)
    if latest is None or latest < datetime.now(UTC):
        return []
    return [f"--time={(latest + timedelta(days=1)).astimezone():%Y-%m-%d %H:%M:%S}"]


def _escape(path: str) -> str:
    """Write a path as the pattern that matches it alone."""
    return "".join(f"\\{sign}" if sign in "*?[\\" else sign for sign in path)


def _restore(restic: _Restic, home: Path) -> tuple[int, int]:
    """Restore the newest into a new folder, put the databases in their places, compare; return files and bytes."""
    restic.run("restore", "latest", f"--target={home}", "--verify")
    stage = home / STAGE
    try:
        manifest = json.loads((stage / MANIFEST).read_text())
    except (OSError, ValueError):
        raise BackupFailed(
            f"The newest backup in {restic.place} has no list of its databases: it is no whole one."
        ) from None
    for name, about in manifest["databases"].items():
        path = home / name
        if _hash(stage / name) != about["sha256"] or count_rows(stage / name) != about["tables"]:
            raise BackupFailed(f"The database {name} is not as it was kept.")
        path.parent.mkdir(parents=True, exist_ok=True)
        (stage / name).replace(path)
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    return len(files), sum(path.stat().st_size for path in files)
