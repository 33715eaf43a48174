"""A person's own Jupyter server: Notebook 7 for pupils, Lab for teachers, in a private home; forked if possible."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from tornado.web import Finish

from sandyq.durable import make_folder
from sandyq.prefork.child import LISTENER, READY
from sandyq.prefork.client import (
    RESTART_TIME,
    Child,
    Refused,
    ServerAway,
    ride_out,
    sockets_folder,
    wait_readable,
)
from sandyq.prefork.processes import is_alive, read_birth
from sandyq.prefork.wishes import Launch
from sandyq.school.people import find_person
from sandyq.school.tables import ADULTS
from sandyq.settings import Settings
from sandyq_hub import forks
from sandyq_hub.isolation import number_of_person
from sandyq_hub.line import Gate, Line
from sandyq_hub.ports import hold_port

PUPILS_PAGE, TEACHERS_PAGE = "/tree", "/lab"
LEFT_OUT = """
jupyter_lsp jupyter_server_terminals jupyterlab_jupytext voila.server_extension
nbgrader.apps.formgradeapp nbgrader.server_extensions.formgrader nbgrader.server_extensions.course_list
"""
OURS = ["sandyq_hub.notebooks", "sandyq_hub.packs", "sandyq_hub.work"]
EXTENSIONS = dict.fromkeys(LEFT_OUT.split(), False) | dict.fromkeys(OURS, True)
IDLE = 45 * 60
"""Seconds without work, about a lesson, after which a kernel ends, and a server without kernels.

A page of Notebook or Lab that somebody can see asks its server something every few seconds, which counts as work.
"""
NEWS = 0.5
"""Seconds between two looks at one's place in the line."""
START_TIME = 300
"""Seconds that a start may take once it is one's turn."""
LINE = Line(places=4)
"""More forks at once than cores would only make each of them slower."""
GATE = Gate()
"""What the hub writes down for a start takes its loop some hundredths of a second, and 60 press at once."""
JUPYTER = Path(__file__).parent / "jupyter"
"""Jupyter's settings of ours: the kernelspec that asks the fork server, no news; for pupils no teachers' tools."""

COMMAND = [sys.executable, "-P", "-m", "sandyq_hub.person"]
"""The stock way; ``-P``: no module of the person's home stands in for one of ours."""
ARGUMENTS = [
    "--ServerApp.terminals_enabled=False",
    "--ServerApp.allow_root=True",  # the rehearsal is root's; nobody's server is
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--KernelManager.transport=ipc",
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",
    "--MappingKernelManager.cull_connected=True",  # a page left open at a PC keeps no kernel alive
    f"--ServerApp.shutdown_no_activity_timeout={IDLE}",
    f"--ServerApp.jpserver_extensions={EXTENSIONS}",
    "--ServerApp.contents_manager_class=sandyq_hub.saving.DurableFiles",
    "--ServerApp.kernel_manager_class=sandyq_hub.kernels.PersonKernels",
]


def open_listener() -> socket.socket:
    """Listen on a port that Linux chooses and nobody has: no option lets others bind it, too.

    Afterwards SO_REUSEPORT lets sockets of the hub's own uid, and no other, hold the port besides.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return listener


class PersonSpawner(LocalProcessSpawner):
    """Asks the fork server for a child; when that is away, starts the same server the stock way.

    The hub opens the socket on which the server is to listen, so what it routes to is nobody else's; and it holds the
    port until its route is gone, however the server ends.
    """

    pid: Any
    port: Any
    proc: Any

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = Settings.from_environment()
        self.language = self.settings.language
        self.child: Child | None = None
        self.holder: socket.socket | None = None
        self.watch: asyncio.Task[None] | None = None
        self.passed: dict[str, str] = {}
        """Variables that name the descriptors which a child of the hub's inherits."""
        self.meeting = token_hex(4)
        """Name of the folder in which this server's kernels listen: short, for socket paths have 107 bytes at most."""
        self.args = ARGUMENTS
        self.cmd = COMMAND
        self.start_timeout = 24 * 60 * 60  # the hub's own counts the time in the line, too
        self.http_timeout = 120

    @property
    def ahead(self) -> int:
        """How many people's servers are opened before this one."""
        return LINE.ahead_of(self)

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Tell the waiting page its place, whenever that changes; the hub itself says when the server is there."""
        told = None
        while True:
            if (ahead := self.ahead) != told:
                told = ahead
                yield {"progress": 50, "message": "", "ahead": ahead}
            await asyncio.sleep(NEWS)

    async def get_options_form(self) -> str:
        """There is none; but the hub asks for it when somebody has pressed, before it begins with their start."""
        handler = self.handler
        await GATE.pass_through()
        if self.active:  # they pressed twice
            handler.redirect(handler._get_pending_url(self.user, self.name))
            raise Finish
        return ""

    @property
    def home(self) -> Path:
        return self.settings.homes / self.user.name

    @property
    def is_pupil(self) -> bool:
        return not {group.name for group in self.user.groups} & ADULTS

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        pupils = [JUPYTER / "pupils"] if self.is_pupil else []
        own = {} if self.is_pupil else {"SANDYQ_LANGUAGE": self.language}  # pupils read in their lesson's
        return (
            env
            | self.passed
            | own
            | {
                "USER": self.user.name,
                "HOME": str(self.home),
                "JUPYTER_PATH": str(JUPYTER),
                "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, [JUPYTER, *pupils])),
                "JUPYTER_RUNTIME_DIR": str(sockets_folder(self.settings.fork_socket) / self.meeting),
                "SANDYQ_CONTENT": str(self.settings.content),
                "SANDYQ_API_URL": f"{self.settings.portal_url}/api",
                "SANDYQ_PERSON_LANGUAGE": self.language,
                "SANDYQ_AUDIENCE": "pupils" if self.is_pupil else "teachers",
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            }
        )

    def make_preexec_fn(self, name: str) -> Callable[[], None]:  # noqa: ARG002 # the hub passes it
        home = self.home

        def enter_home() -> None:
            os.umask(0o077)
            make_folder(home, 0o700)
            os.chdir(home)

        return enter_home

    async def start(self) -> tuple[str, int]:
        self.meeting = token_hex(4)
        self.default_url = PUPILS_PAGE if self.is_pupil else TEACHERS_PAGE
        uid, self.language = await asyncio.to_thread(self._find_person)
        async with LINE.turn(self), asyncio.timeout(START_TIME):
            with open_listener() as listener:
                self.port = listener.getsockname()[1]
                self._hold_port()
                self.child = await self._launch(listener.fileno(), uid)
        self.pid = self.child.pid
        if (code := await self.poll()) is not None:
            raise RuntimeError(f"{self.user.name}'s server ended with {code} before it listened.")
        return "127.0.0.1", self.port

    def _hold_port(self) -> None:
        self._let_port_go()
        self.holder = hold_port(self.port)

    def _let_port_go(self) -> None:
        if self.holder:
            self.holder.close()
            self.holder = None

    def run_post_stop_hook(self) -> Any:
        """However the server ended, the proxy has no route to it now."""
        self._let_port_go()
        return super().run_post_stop_hook()

    async def _launch(self, listener: int, uid: int) -> Child:
        """Start the server and wait until it serves the socket or has ended."""
        try:
            return await self._fork(forks.PERSON, self.get_args(), listener, uid)
        except (ServerAway, Refused) as problem:
            if uid and isinstance(problem, ServerAway):  # it was waited for, and the stock way is its as well
                raise
            self.log.warning("%s's server starts the stock way, slowly: %s", self.user.name, problem)
        if uid:
            return await self._fork(forks.PLAIN, [*self.cmd, *self.get_args()], listener, uid)
        return await self._start_here(listener)

    async def _start_here(self, listener: int) -> Child:
        """Where nobody is isolated: as a child of the hub's."""
        waiting, ready = os.pipe()
        with open(waiting, "rb") as told, open(ready, "wb") as tells:  # noqa: ASYNC230, PTH123 # pipes
            self.popen_kwargs = {"pass_fds": (listener, ready)}
            self.passed = {LISTENER: str(listener), READY: str(ready)}
            await super().start()
            tells.close()
            await wait_readable(waiting)
            if not told.read(1):
                await asyncio.to_thread(self.proc.wait)
        return Child.recall("", self.pid, read_birth(self.pid))

    def _find_person(self) -> tuple[int, str]:
        """Return the person's uid and language."""
        with self.authenticator.database.reading() as session:
            person = find_person(session, self.user.name)
        if person is None:
            raise ValueError(f"The school does not know {self.user.name!r} any more.")
        return number_of_person(self.settings, person.id), person.language

    async def _fork(self, template: str, argv: list[str], listener: int, uid: int) -> Child:
        """Have a child forked; where people are isolated, wait for a fork server that is being started again."""
        wish = self._describe(template, argv, uid)
        launch = partial(Child.launch, self.settings.fork_socket, wish, listener=listener)
        return await ride_out(launch, RESTART_TIME if uid else 0)

    def _describe(self, template: str, argv: list[str], uid: int) -> Launch:
        return Launch(
            template,
            argv,
            self.get_env(),
            str(self.home),
            uid=uid,
            home=str(self.home),
            sockets=self.meeting,
            grants={forks.KERNEL: forks.KERNELS_OF_ONE_PERSON},
            limits=forks.limit_person(self.settings),
            tied=True,  # of a server that is not written down yet a hub that comes back knows nothing
        )

    # A process number alone may have been given to somebody else after a power cut: its birth time tells.

    def get_state(self) -> dict[str, Any]:
        if self.child is None:
            return super().get_state()
        return super().get_state() | {"started": self.child.started, "port": self.port}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        if "started" in state:
            if not is_alive(self.pid, state["started"]):  # it ended while nobody looked, as after a power cut
                return
            self.child = Child.recall(self.settings.fork_socket, self.pid, state["started"])
        if "port" in state:
            self.port = state["port"]
            with suppress(OSError):  # another's by now: then the server has ended, and ``poll`` says so
                self._hold_port()

    def clear_state(self) -> None:
        super().clear_state()
        self.child = None

    async def poll(self) -> int | None:
        if self.proc is not None or self.child is None:
            return await super().poll() if self.proc else 0
        code = self.child.poll()
        if code is not None:
            self.clear_state()
        return code

    def start_polling(self) -> None:
        """Look now and then, as the hub does, and at once when the fork server says that the server has ended."""
        super().start_polling()
        if self.child is not None and self.proc is None:
            self.watch = asyncio.create_task(self._notify_of_end(self.child))

    async def _notify_of_end(self, child: Child) -> None:
        child.untie()  # by now the hub has written down what it needs to find this server again
        await child.wait()
        self.watch = None  # what is told next stops the polling, and so would stop this
        await self.poll_and_notify()

    def stop_polling(self) -> None:
        """Also before ``stop``: an end that was asked for is no news."""
        super().stop_polling()
        if self.watch is not None:
            self.watch.cancel()
            self.watch = None

    async def _signal(self, sig: int) -> bool:
        if self.child is None or self.child.poll() is not None:
            return False
        for _ in range(RESTART_TIME if sig else 0):
            try:
                self.child.signal(sig)
                break
            except PermissionError:  # another uid's, and the fork server that may is being started again
                await asyncio.sleep(1)
        return True
