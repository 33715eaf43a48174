"""The folders of a child: its home, the one it listens in, its control group; made before it, cleaned after it."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import re
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from random import randrange
from typing import NoReturn

from sandyq.prefork import cgroups
from sandyq.prefork.trees import remove_tree
from sandyq.prefork.wishes import BadWish, Launch, Limits

log = logging.getLogger("fork server")
SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 # whatever was left there
KEYCTL_CLEAR, KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING = 7, -4, -5
SHARE = 250
"""Uids for the visitors of one template: more than a room has at once."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,80}")


@dataclass
class Place:
    """What must be cleaned when a child has ended; empty: nothing."""

    uid: int = 0
    share: int = 0
    """The first of the uids that a template's visitors get; 0: it has none of its own."""
    scratch: str = ""
    sockets: str = ""
    cgroup: str = ""


class Places:
    """Checks and makes what a launch asks for."""

    def __init__(self, uids: list[int], visitors: list[int], homes: list[str], sockets: Path) -> None:
        self.uids, self.visitors = make_range(uids), make_range(visitors)
        self._size = min(SHARE, len(self.visitors))
        self._visits, self._grown = randrange(SHARE), randrange(len(self.visitors) + 1)  # noqa: S311
        self._busy: set[int] = set()
        self._shares: set[int] = set()
        self.homes = [Path(home) for home in homes]
        self.sockets = sockets
        self.cgroup = cgroups.find_delegated()
        self._count = 0

    def occupy(self, place: Place) -> None:
        """Note whose place it is that an earlier server made."""
        self._busy.add(place.uid)
        self._shares.add(place.share)

    def prepare_template(self, limits: Limits) -> Place:
        """Make the place of a template that executes somebody's code; BadWish when there is none."""
        place = self.take_share()
        try:
            place.cgroup = self._make_cgroup(limits)
        except OSError:
            self.remove(place)
            raise
        return place

    def take_share(self) -> Place:
        """Uids for the visitors of a template that executes somebody's code, until it ends.

        That code may become any of them, so no visitor of another is among them, nor one whom nobody's code prepared:
        those have the first share.
        """
        if not self.visitors:
            return Place()
        others = len(self.visitors) // self._size - 1
        for _ in range(others):
            self._grown += 1
            share = self.visitors[self._size * (1 + self._grown % others)]
            if share not in self._shares and self._busy.isdisjoint(range(share, share + self._size)):
                self._shares.add(share)
                return Place(share=share)
        raise BadWish("All uids of visitors are shared out. Close a template first.")

    def range_of(self, place: Place) -> list[int]:
        """[first, count] of the uids that a template's visitors get."""
        return [place.share, self._size] if place.share else []

    def prepare(self, wish: Launch, client_gid: int, share: int = 0) -> tuple[Launch, Place]:
        """Make the folders that a launch names; return it with its uid. BadWish when it may not have them.

        ``share``: that of the template.
        """
        if wish.scratch and self.visitors and not wish.uid:
            wish = replace(wish, uid=self._choose_visitor(share or self.visitors[0]))
        elif self.uids and wish.uid not in self.uids:
            raise BadWish(f"Launch.uid has value {wish.uid}. Expected one of {self.uids}.")
        if not self.uids and wish.uid:
            raise BadWish(f"Launch.uid has value {wish.uid}, but this server isolates nobody. Expected 0.")
        place = Place(uid=wish.uid)
        try:
            self._furnish(place, wish, client_gid)
        except (BadWish, OSError):
            self.remove(place)
            raise
        return wish, place

    def _furnish(self, place: Place, wish: Launch, client_gid: int) -> None:
        if wish.home:
            self._make_home(Path(wish.home), wish)
            place.scratch = wish.home if wish.scratch else ""
        if wish.sockets:
            place.sockets = str(self._make_sockets(wish, client_gid))
        place.cgroup = self._make_cgroup(wish.limits, wish.uid)

    def _choose_visitor(self, share: int) -> int:
        """The next uid that nobody has now: what an earlier visitor forgot somewhere is not soon another's."""
        for _ in range(self._size):
            self._visits += 1
            if (uid := share + self._visits % self._size) not in self._busy:
                self._busy.add(uid)
                return uid
        raise BadWish(f"All {self._size} uids of this template's visitors are in use. Close one first.")

    def _make_home(self, home: Path, wish: Launch) -> None:
        if home.parent not in self.homes or not NAME.fullmatch(home.name):
            raise BadWish(f"Launch.home has value {home}. Expected a folder directly under {self.homes}.")
        try:
            home.mkdir(mode=0o700)
        except FileExistsError:
            if wish.scratch or home.is_symlink():
                raise BadWish(f"{home} exists already; a new home was asked for.") from None
            return
        if wish.uid:
            os.chown(home, wish.uid, wish.uid)

    def _make_sockets(self, wish: Launch, client_gid: int) -> Path:
        """A folder of the child's in which new files get the client's group: just these two may meet there."""
        if not NAME.fullmatch(wish.sockets):
            raise BadWish(f"Launch.sockets has value {wish.sockets!r}. Expected a plain name.")
        folder = self.sockets / wish.sockets
        folder.mkdir(mode=0o700, exist_ok=False)
        if wish.uid:
            os.chown(folder, wish.uid, client_gid)
            folder.chmod(0o2710)
        return folder

    def _make_cgroup(self, limits: Limits, uid: int = 0) -> str:
        """Its path; empty where the host has handed none to us."""
        if not self.cgroup:
            return ""
        self._count += 1
        name = f"child-{os.getpid()}-{self._count}"
        return str(cgroups.make(self.cgroup, name, limits.memory, limits.processes, uid))

    def start_sweeping(self, place: Place) -> int | None:
        """Start removing a child's folders, with a scratch home also whatever still runs under its uid or in its group.

        Returns the sweeper's pid: nobody waits while it works, however much there is to remove.
        """
        if not (place.scratch or place.sockets or place.cgroup):
            return None
        pid = os.fork()
        if pid == 0:
            try:
                _sweep(place)
            finally:
                os._exit(0)
        return pid

    def clear(self, place: Place) -> None:
        """Sweep, and wait for it."""
        if sweeper := self.start_sweeping(place):
            os.waitpid(sweeper, 0)
        self.remove(place)

    def remove(self, place: Place) -> None:
        """Remove what the sweeper left or never had; the uid, or the share of uids, is free again."""
        self._busy.discard(place.uid)
        self._shares.discard(place.share)
        for folder in filter(os.path.lexists, (place.scratch, place.sockets)):
            remove_tree(folder)
        if place.cgroup:
            _end_group(place, 0)


def _sweep(place: Place) -> None:
    """First as the child's uid, so that what it could not reach is not harmed; then what root alone may remove."""
    if place.uid and place.scratch:
        if (pid := os.fork()) == 0:
            _sweep_as(place.uid, cleans=True)
        os.waitpid(pid, 0)
    if place.cgroup:
        _end_group(place, cgroups.PATIENCE)
    for folder in filter(None, (place.scratch, place.sockets)):
        remove_tree(folder)


def _end_group(place: Place, patience: float) -> None:
    try:
        cgroups.end(Path(place.cgroup), patience)
    except OSError as problem:
        log.warning("%s stays: %s", place.cgroup, problem)


def open_group(place: Place) -> list[int]:
    """What a process enters its group by, where it has one: opened with our rights, for its own will not do."""
    return [os.open(f"{place.cgroup}/cgroup.procs", os.O_WRONLY)] if place.cgroup else []


def end_all_of(uid: int) -> None:
    """Kill whatever runs under a uid; returns once all of it is signalled: whoever is launched next is not meant."""
    if (pid := os.fork()) == 0:
        _sweep_as(uid, cleans=False)
    os.waitpid(pid, 0)


def _sweep_as(uid: int, cleans: bool) -> NoReturn:
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # everything this uid has, but for this process itself
        if cleans:
            _empty_keyrings()
        for path in list_left_behind(uid) if cleans else []:
            remove_tree(path)
    finally:
        os._exit(0)


def _empty_keyrings() -> None:
    """What Linux keeps in memory for this uid; the next visitor of that number could read it."""
    number = {"x86_64": 250, "aarch64": 219}.get(os.uname().machine)
    for keyring in (KEY_SPEC_USER_KEYRING, KEY_SPEC_USER_SESSION_KEYRING) if number else ():
        ctypes.CDLL(None).syscall(number, KEYCTL_CLEAR, keyring, 0, 0, 0)


def list_left_behind(uid: int) -> list[str]:
    """What stands in the folders in which everybody may write."""
    entries = (entry for folder in SHARED if folder.is_dir() for entry in os.scandir(folder))
    return [entry.path for entry in entries if is_owned(entry, uid)]


def is_owned(entry: os.DirEntry[str], uid: int) -> bool:
    """Whether something in a folder is that uid's; what others removed meanwhile is nobody's."""
    try:
        return entry.stat(follow_symlinks=False).st_uid == uid
    except FileNotFoundError:
        return False


def make_range(numbers: list[int]) -> range:
    return range(numbers[0], numbers[0] + numbers[1]) if numbers else range(0)
