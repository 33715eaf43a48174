"""Keeps a server's six parts running: fork server, proxy, hub, portal, rooms, grader. What dies is started again."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from sandyq.incidents import note_incident
from sandyq.prefork.processes import become_subreaper, reap_all_but
from sandyq.settings import PEOPLE_CHANGED, Settings
from sandyq_hub.isolation import number_of
from sandyq_hub.parts import Part, PartFailed, list_ports, plan_parts
from sandyq_hub.ports import hold_port

POLL = 0.2
STOP_TIMEOUT = 20.0
LARGEST_LOG = 16 * 2**20
"""Bytes; at a part's next start the log begins anew, and one earlier is kept."""
HOUR, MINUTE = 3600.0, 60.0
RESTART_PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the n-th restart in a row; a part that ran for a minute starts from the first again."""
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
BEFORE_PEOPLE = -10
"""How nice the parts' sessions are: each weighs as much as nine of people's (sched_autogroup(7))."""


@dataclass
class Supervisor:
    settings: Settings
    say: Callable[[str], None]
    on_hub_ready: Callable[[], None]
    """Called each time the hub has come up: the place to reconcile groups."""
    on_proxy_ready: Callable[[], None]
    """Called each time the proxy has come up again, without routes: the place to have the hub add them."""
    on_hour: Callable[[], None] = lambda: None
    """Called each hour: the place for what nobody waits for."""
    on_minute: Callable[[], None] = lambda: None
    """Called each minute: the place for a short look at what may have changed."""
    parts: list[Part] = field(default_factory=list)
    """Those that are kept running; all six where none are named before the start."""
    has_logs: bool = True
    """Each part writes to a file of its own in ``log``; else to where the supervisor does."""
    _holders: list[socket.socket] = field(default_factory=list)
    """What keeps the parts' ports from others, also while a part is away."""
    _people_changed: int = 0
    _greeted: dict[str, int] = field(default_factory=dict)
    """Part → pid of the process that was greeted."""

    def start(self, stopping: Callable[[], bool], timeout: float = 120.0) -> None:
        """Start all parts and wait until each answers or we are told to stop; PartFailed when one does not."""
        become_subreaper()  # what a killed fork server leaves behind is found when we stop
        self.parts = self.parts or plan_parts(self.settings)
        self._holders = hold_ports(self.settings, {part.name for part in self.parts if part.uid})
        for part in self.parts:
            self._launch(part)
        deadline = time.monotonic() + timeout
        for part in self.parts:
            while not stopping() and not part.answers():
                if time.monotonic() > deadline or self._gave_up(part):
                    raise PartFailed(f"The part '{part.name}' did not start. Its log: {self.log_of(part)}")
                time.sleep(POLL)
        self._greeted["proxy"] = self._pid("proxy")  # the hub adds its routes as it starts
        self._greet("hub", self.on_hub_ready)

    def watch(self, stopping: Callable[[], bool]) -> None:
        """Start again whatever dies, until told to stop."""
        hour = minute = time.monotonic()
        while not stopping():
            if time.monotonic() - minute >= MINUTE:
                minute = time.monotonic()
                self.on_minute()
            if time.monotonic() - hour >= HOUR:
                hour = time.monotonic()
                self.on_hour()
            for part in self.parts:
                self._revive(part)
            reap_all_but([part.process.pid for part in self.parts if part.process])
            self._greet("hub", self.on_hub_ready)
            self._greet("proxy", self.on_proxy_ready)
            self._heed_people()
            time.sleep(POLL)

    def _heed_people(self) -> None:
        """The portal changed who is at the school: the hub follows."""
        with suppress(FileNotFoundError):
            changed = (self.settings.folder("portal") / PEOPLE_CHANGED).stat().st_mtime_ns
            if changed != self._people_changed:
                self._people_changed = changed
                self.on_hub_ready()

    def stop(self) -> None:
        """End all parts and everything that they started."""
        parts = {part.process.pid for part in self.parts if part.process}
        family = [child for child in psutil.Process().children(recursive=True) if child.pid not in parts]
        for part in reversed(self.parts):  # grader, rooms, portal, hub, proxy, forks (ends people's servers)
            if part.process and part.process.poll() is None:
                part.process.terminate()
                try:
                    part.process.wait(STOP_TIMEOUT)
                except subprocess.TimeoutExpired:
                    part.process.kill()
                    part.process.wait()
        for child in family:
            if child.is_running():
                child.kill()

    def log_of(self, part: Part) -> Path:
        return self.settings.folder("log") / f"{part.name}.log"

    def _launch(self, part: Part) -> None:
        with self._open_log(part) as output:
            part.process = subprocess.Popen(
                part.command,
                env=part.environment,
                cwd=self.settings.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours; we end the parts in order
                preexec_fn=_prepare_for(part),  # noqa: PLW1509 # we have no threads
                user=part.uid or None,
                group=part.uid or None,
                extra_groups=part.groups if part.uid else None,
            )
        with suppress(OSError):  # only root may say so, and only where Linux shares out by sessions
            Path(f"/proc/{part.process.pid}/autogroup").write_text(str(BEFORE_PEOPLE))
        part.started = time.monotonic()

    def _open_log(self, part: Part) -> IO[bytes]:
        """Open where a part writes; a log that has grown large is put aside first."""
        if not self.has_logs:
            return os.fdopen(os.dup(1), "wb")
        log = self.log_of(part)
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        return log.open("ab")

    def _gave_up(self, part: Part) -> bool:
        return part.process is not None and part.process.poll() is not None

    def _revive(self, part: Part) -> None:
        if part.process is None or part.process.poll() is None:
            return
        age = time.monotonic() - part.started
        part.restarts = 0 if age > 60 else part.restarts
        if age < RESTART_PAUSES[min(part.restarts, len(RESTART_PAUSES) - 1)]:
            return
        self.say(f"{part.name} ended ({part.process.returncode}); starting it again")
        with suppress(OSError):  # a full disk keeps nobody from working
            note_incident(self.settings, part.name)
        part.restarts += 1
        self._launch(part)

    def _pid(self, name: str) -> int:
        part = next((part for part in self.parts if part.name == name), None)
        running = part and part.process and part.process.poll() is None
        return part.process.pid if part and part.process and running else 0

    def _greet(self, name: str, job: Callable[[], None]) -> None:
        """Do ``job`` once for each process of a part, as soon as it answers."""
        pid = self._pid(name)
        if not pid or pid == self._greeted.get(name):
            return
        if next(part for part in self.parts if part.name == name).answers():
            self._greeted[name] = pid
            job()


def hold_ports(settings: Settings, parts: Collection[str]) -> list[socket.socket]:
    """Keep the ports of these parts for their uids, as long as the sockets live; PartFailed when one is taken."""
    return [
        _hold(part, address, port, number_of(settings, part))
        for part, address, port in list_ports(settings)
        if part in parts
    ]


def _hold(part: str, address: str, port: int, uid: int) -> socket.socket:
    try:
        return hold_port(port, uid, address)
    except OSError as error:
        message = f"Port {port} of '{part}' is taken: {error.strerror}. Wait a minute or give another: --port"
        raise PartFailed(message) from None


def _prepare_for(part: Part) -> Callable[[], None]:
    """When the supervisor itself is killed, Linux tells its parts to end; one with a uid can never get more rights."""

    def prepare() -> None:
        if sys.platform == "linux":
            libc = ctypes.CDLL(None)
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if part.uid:
                libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)

    return prepare
