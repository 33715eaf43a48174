"""Everybody a uid of their own: whose number is which, whose file is whose, and whether this machine can do it.

The numbers need no accounts: Linux asks nobody whether it knows a uid. A group has the same number as its uid.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandyq.durable import make_folder
from sandyq.settings import PROJECT, Settings, read_secret

NAMES = ("proxy", "hub", "portal", "rooms", "authors", "school", "grader", "lessons")
"""The parts; ``authors``: as whom notebooks are executed for all; ``school``: group of those who open its database;
``lessons``: group of those who read lessons with their keys.

New names come last: files on a server's disk belong to these numbers.
"""
PARTS = (*NAMES[:4], "grader")
PEOPLE, VISITORS, COUNT = 1_000, 1_001_000, 1_000_000
"""Where, after the base, people's numbers and visitors' begin, and how many of each there are."""
READERS = {
    "proxy": ["hub", "proxy"],
    "cookies": ["hub"],
    "service-portal": ["hub", "portal"],
    "service-rooms": ["hub", "rooms"],
    "service-reconciler": ["hub"],
    "rooms-cookies": ["rooms"],
    "visits": ["rooms", "portal"],
    "forms": ["portal"],
    "setup": ["portal"],
    "certificates": ["portal"],
    "calendars": ["portal"],
    "grading": ["portal", "grader"],
    "metrics": ["portal", "rooms"],
    "service-monitoring": ["hub"],
}
"""Secret → who reads its file, besides root: one or two."""
PROBE = """
import os, sys
import jupyterhub, sandyq_hub
def refuse(problem):
    sys.exit(f"{problem.filename} is closed to other users")
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top, onerror=refuse):
        folders[:] = set(folders) - {"__pycache__"}  # Python can do without
        for name in files:
            if not os.access(path := os.path.join(folder, name), os.R_OK):
                sys.exit(f"{path} is closed to other users")
"""
READ_BY_ALL = (
    "assignments/sandyq_grading",
    "curriculum/sandyq_curriculum",
    "hub_config",
    "portal",
    "src",
    "voila_apps",
    "widgets",
)


def number_of(settings: Settings, name: str) -> int:
    """Return the uid (and gid) of a part; 0 where nobody is isolated."""
    return settings.uid_base and settings.uid_base + NAMES.index(name)


def number_of_person(settings: Settings, person_id: int) -> int:
    """Return the uid of a person by the school database's id; 0 where nobody is isolated."""
    if not 0 <= person_id < COUNT:
        raise ValueError(f"Person {person_id} has no uid: there are {COUNT} only.")
    return settings.uid_base and settings.uid_base + PEOPLE + person_id


def first_number() -> int:
    """From where on the numbers are nobody's: above those that systemd gives containers, below 2³¹, or as is told.

    Two servers on one machine need numbers apart. Raises ValueError for anything but such a number.
    """
    told = os.environ.get("SANDYQ_UID_BASE", "1900000000")
    if not (told.isdecimal() and 1000 <= int(told) < 2**31 - VISITORS - COUNT):
        raise ValueError(
            f"SANDYQ_UID_BASE is '{told}'. Give the first of {VISITORS + COUNT} unused user numbers."
        )
    return int(told)


def find_obstacle(home: Path, content: Path) -> str:
    """Say what keeps us from giving everybody a uid of their own; empty: nothing does."""
    if os.geteuid() != 0:
        return "only root can give people numbers of their own"
    temporary = Path(tempfile.gettempdir())
    for path in (Path(sys.executable).resolve(), Path(sys.prefix), PROJECT, content, temporary, home.parent):
        if closed := find_closed(path):
            return f"{closed} is closed to other users. Open it (chmod o+x {closed}) or move to /opt"
    read_by_all = {root / name for root in (PROJECT, content) for name in READ_BY_ALL}
    command = [sys.executable, "-I", "-c", PROBE, *(str(path) for path in read_by_all if path.exists())]
    who = first_number() + NAMES.index("authors")
    try:
        probe = subprocess.run(
            command, check=False, user=who, group=who, extra_groups=[], cwd="/", env={}, capture_output=True
        )
    except OSError as problem:
        return f"this machine does not let us: {problem}"
    told = probe.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return f"{told}. Open it (chmod -R o+rX {PROJECT} {content})" if probe.returncode else ""


def find_closed(path: Path) -> Path | None:
    """The folder, on the way to ``path`` or itself, through which other users may not pass."""
    ways = (folder for folder in (path, *path.parents) if folder.is_dir())
    return next((folder for folder in ways if not folder.stat().st_mode & stat.S_IXOTH), None)


def find_unread(content: Path) -> Path | None:
    """A lesson or an assignment, or a folder of them, that we ourselves may not read: root has closed it."""
    for top in (content / "curriculum" / "notebooks", content / "assignments" / "notebooks"):
        for path in (top, *top.rglob("*")):
            if os.path.exists(path) and not os.access(path, os.R_OK):  # noqa: PTH110 # raises for no closed folder
                return path
    return None


def leave_closed_folder() -> None:
    """Give up a ``TMPDIR`` of root's own, as libpam-tmpdir makes one for each user: nobody else could come in."""
    if "TMPDIR" in os.environ and find_closed(Path(tempfile.gettempdir())):
        del os.environ["TMPDIR"]
        tempfile.tempdir = None


def hand_over(settings: Settings) -> None:
    """Make the server's folders and secrets, and give each to those who work with it, and to nobody else.

    ``home`` itself is passed through by all; what stands in it is root's where it is not named here.
    """
    settings.home.chmod(0o711 if settings.uid_base else 0o700)
    for part in PARTS:
        folder = settings.folder(part)
        make_folder(folder, 0o700)
        _give(folder, number_of(settings, part))
    _share_school(settings)
    _share_secrets(settings)
    make_folder(settings.published)
    _give(settings.published, number_of(settings, "portal"))
    settings.published.chmod(0o711)
    for folder in (settings.assignments, settings.submissions, settings.photos):
        make_folder(folder, 0o700)
        _give(folder, number_of(settings, "portal"))
    close_content(settings)


def close_content(settings: Settings) -> None:
    """Close lessons and assignments of ``settings.content`` to all who may not know their keys."""
    _close_solutions(settings)
    _close_lessons(settings)


def _close_solutions(settings: Settings) -> None:
    """Assignments' sources and packets hold solutions and hidden tests: the portal alone reads them, besides root.

    So does the history of a checkout, of which nobody at work needs anything.
    """
    if not settings.uid_base:
        return
    for history in (PROJECT / ".git", settings.content / ".git"):
        if history.exists():
            history.chmod(history.stat().st_mode & ~0o077)
    for top in (settings.packets, *map(settings.packets.with_name, ("courses", "reviews"))):
        for path in [top, *top.rglob("*")] if top.is_dir() else []:
            os.chown(path, -1, number_of(settings, "portal"), follow_symlinks=False)
            if not path.is_symlink():
                path.chmod(0o750 if path.is_dir() else 0o640)


def _close_lessons(settings: Settings) -> None:
    """Lessons hold their keys: portal and rooms alone read them, besides root. The data beside them is for all.

    What is written later into the same folders gets their group.
    """
    if not settings.uid_base:
        return
    group = number_of(settings, "lessons")
    for curriculum in {PROJECT / "curriculum", settings.notebooks.parent}:
        for top, closed in (("lessons", "lesson.*.md"), ("notebooks", "*"), ("reviews", "*")):
            _close(curriculum / top, closed, group, 0o2755)
    _close(settings.published, "*.ipynb", group, 0o2751)


def _close(top: Path, closed: str, group: int, folders: int) -> None:
    """Let a group alone read files of such names, and all others all else; ``folders``: the mode of folders."""
    for path in [top, *top.rglob("*")] if top.is_dir() else []:
        if path.is_symlink():
            continue
        os.chown(path, -1, group)
        if path.is_dir():
            path.chmod(folders)
        else:
            path.chmod(0o640 if path.match(closed) else 0o644)


def _share_school(settings: Settings) -> None:
    folder, group = settings.folder("school"), number_of(settings, "school")
    make_folder(folder, 0o700)
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.iterdir()):
        if path.is_file() or path.is_dir():
            _share(path, group)


def _share(path: Path, group: int) -> None:
    """Nothing that a link leads to: hub and portal may make one to what is root's."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            return
        raise
    try:
        os.fchown(file, 0, group)
        private, shared = (0o700, 0o2770) if stat.S_ISDIR(os.fstat(file).st_mode) else (0o600, 0o660)
        os.fchmod(file, shared if group else private)  # SQLite's helper files get the rights of the database
    finally:
        os.close(file)


def _share_secrets(settings: Settings) -> None:
    for name, readers in READERS.items():
        read_secret(settings, name)
        if os.geteuid() == 0:
            numbers = [number_of(settings, reader) for reader in readers]
            path = settings.folder("secrets") / name
            os.chown(path, numbers[0], numbers[-1])
            path.chmod(0o440 if numbers[0] != numbers[-1] else 0o400)
    settings.folder("secrets").chmod(0o711 if settings.uid_base else 0o700)


def give_homes(settings: Settings, people: dict[str, int]) -> None:
    """Give each home to its person (login → id): it may be from a time when nobody, or everybody, was isolated."""
    for login, person_id in people.items():
        home, number = settings.homes / login, number_of_person(settings, person_id)
        if os.geteuid() == 0 and home.is_dir() and home.stat().st_uid != number:
            _give(home, number)


def _give(top: Path, number: int) -> None:
    """Change the owner of a folder and all in it, but for links and for files that also stand elsewhere."""
    if os.geteuid() != 0:
        return
    for path, directory in _walk(top):
        entry = os.stat(path, dir_fd=directory, follow_symlinks=False)
        if stat.S_ISDIR(entry.st_mode) or entry.st_nlink == 1:
            os.chown(path, number, number, dir_fd=directory, follow_symlinks=False)
    os.chown(top, number, number)  # last, so that an interrupted one is done again


def _walk(top: Path) -> Iterator[tuple[str, int]]:
    for _, folders, files, directory in os.fwalk(top):
        for name in (*folders, *files):
            yield name, directory
