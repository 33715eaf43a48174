"""Be a kernel before the fork: what is imported, cached, specialised or computed then, all children share."""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import logging
import os
import re
import secrets
import signal
import stat
import sys
import tempfile
from asyncio.mixins import _LoopBoundMixin
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from jupyter_client.asynchronous.client import AsyncKernelClient
from tornado.ioloop import IOLoop
from zmq.utils.garbage import gc as large_messages

from sandyq.prefork.hearing import Client
from sandyq.prefork.processes import reap_all_but
from sandyq.prefork.trees import remove_tree

Request = tuple[str, dict[str, Any]]
Result = TypeVar("Result")


INSTALLED = tuple(Path(each) for each in (sys.prefix, sys.base_prefix, "/usr/share"))
"""What libraries keep open there to read from, as Matplotlib its fonts, they open anew after a fork."""
TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")
LIBRARIES = {"asyncio", "ipykernel", "jupyter_client", "nbclient", "tornado", "zmq"}
"""Whose tasks come and go with the kernel."""


class ThreadsLeft(RuntimeError):
    """What ran in the rehearsal left threads, or the like, behind: such a process cannot be forked safely."""


def rehearse(app_class: Any, play: Callable[[AsyncKernelClient], Awaitable[Result]]) -> Result:
    """Start a kernel in this process, let ``play`` talk with it, close it; return what ``play`` returned.

    The kernel's shell, its variables and its comms stay. ThreadsLeft when not only the main thread is left.
    """
    environment, handlers = dict(os.environ), list(logging.getLogger("tornado").handlers)
    remove_left_behind()
    with tempfile.TemporaryDirectory(prefix=f"fork-{os.getpid()}-") as folder:
        os.environ |= {"HOME": folder, "IPYTHONDIR": folder, "JUPYTER_RUNTIME_DIR": folder}
        try:
            result = _perform(app_class, Path(folder), play)
        finally:
            os.environ.clear()
            os.environ.update(environment)
            logging.getLogger("tornado").handlers[:] = handlers
    check_threads()
    return result


def remove_left_behind() -> None:
    """Remove the folders of our uid's rehearsals that were killed: nobody else knows of them."""
    for folder in Path(tempfile.gettempdir()).glob("fork-*-*"):
        pid = folder.name.split("-")[1]
        try:
            if folder.lstat().st_uid == os.geteuid() and pid.isdecimal():
                os.kill(int(pid), 0)
        except ProcessLookupError:
            remove_tree(folder)
        except OSError:  # another's now, or gone
            continue


def list_open() -> set[tuple[str, str]]:
    """Numbers and names of what this process has open and might still use: files, sockets, pipes and the like."""
    return {
        (entry.name, path) for entry in Path("/proc/self/fd").iterdir() if (path := _read_open_file(entry))
    }


def _read_open_file(entry: Path) -> str:
    """Return the name of what is open; empty: a fork has it, too, it was read to its end, or is a library's own."""
    with suppress(OSError):  # the listing's own
        path, status = str(entry.readlink()), entry.stat()
        if path == os.devnull or int(entry.name) <= 2:
            return ""
        if stat.S_ISREG(status.st_mode):
            lines = Path(f"/proc/self/fdinfo/{entry.name}").read_text().splitlines()
            place, flags = int(lines[0].split()[1]), int(lines[1].split()[1], 8)
            is_done = place >= status.st_size or any(map(Path(path).is_relative_to, INSTALLED))
            return "" if flags & os.O_ACCMODE == os.O_RDONLY and is_done else path
        return path
    return ""


def check_tasks(known: set[asyncio.Task[Any]]) -> None:
    """Raise ThreadsLeft when timers, or tasks that are neither ``known`` nor the libraries', wait in the running loop.

    It ends here.
    """
    loop: Any = asyncio.get_running_loop()
    left: list[Any] = [each for each in loop._scheduled if not each.cancelled() and each.when() > loop.time()]
    left += [task for task in asyncio.all_tasks() - known if _module_of(task).split(".")[0] not in LIBRARIES]
    if left:
        raise ThreadsLeft(
            f"These tasks or timers are left, where none is expected: {', '.join(map(repr, left))}."
        )


def leave_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Make asyncio's locks, queues and the like ready for another loop than this one, which has ended.

    ThreadsLeft when a variable of the cells, an object of a class of theirs or a future that waits holds it.
    """
    kept = [name for name, value in vars(sys.modules["__main__"]).items() if value is loop]
    for holder in gc.get_referrers(loop):
        kind = type(holder)
        if issubclass(kind, _LoopBoundMixin):
            holder._loop = None
        elif kind.__module__ == "__main__" or (issubclass(kind, asyncio.Future) and not holder.done()):
            kept.append(kind.__name__)
    if kept:
        raise ThreadsLeft(f"The event loop ends before the fork, and these need it: {', '.join(kept)}.")


def _module_of(task: asyncio.Task[Any]) -> str:
    frame = getattr(task.get_coro(), "cr_frame", None)
    return str(frame.f_globals.get("__name__", "")) if frame else "asyncio"


def check_alone(known: set[tuple[str, str]]) -> None:
    """Raise ThreadsLeft when what was executed shares memory, goes on in a process of its own, or holds something open.

    Forks would write into one memory, wait for a process that is not theirs, or find nothing in a file or socket:
    theirs is closed. ``known``: what was open before.
    """
    gc.collect()  # what nobody holds any more is closed
    if held := sorted({_name(path) for _, path in list_open() - known}):
        raise ThreadsLeft(f"These are open, and a fork's would be closed: {', '.join(held)}.")
    maps = Path("/proc/self/maps").read_text().splitlines()
    if shared := [line.split(maxsplit=5)[-1] for line in maps if line.split()[1] == "rw-s"]:
        raise ThreadsLeft(f"This memory is shared, where each fork needs its own: {', '.join(shared)}.")
    reap_all_but(())
    if timers := [name for name in TIMERS if signal.getitimer(getattr(signal, name))[0]]:
        raise ThreadsLeft(f"These timers are left, and a fork has none: {', '.join(timers)}.")
    children = [task.read_text().strip() for task in Path("/proc/self/task").glob("*/children")]
    if any(children):
        raise ThreadsLeft(f"These processes are left, where none is expected: {', '.join(children)}.")


def _name(path: str) -> str:
    """Return what somebody understands who does not know Linux: ``socket`` for ``socket:[2376536]``."""
    kind = re.sub(r":\[\d+\]$|^anon_inode:", "", path)
    return "event loop" if kind == "[eventpoll]" else kind


def check_threads() -> None:
    """Raise ThreadsLeft, naming them, when this process has more than its main thread."""
    threads = [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
    if len(threads) > 1:
        raise ThreadsLeft(f"These threads are left, where one is expected: {', '.join(threads)}.")


def _perform(app_class: Any, folder: Path, play: Callable[[AsyncKernelClient], Awaitable[Result]]) -> Result:
    channels = ("shell", "iopub", "stdin", "hb", "control")
    ports = {f"{name}_port": number for number, name in enumerate(channels, start=1)}
    connection = ports | {"transport": "ipc", "ip": str(folder / "k"), "key": secrets.token_hex(16)}
    file = folder / "connection.json"
    file.write_text(json.dumps(connection))
    app = app_class.instance()
    app.initialize(["-f", str(file)])
    app.kernel.start()
    try:
        result: Result = IOLoop.current().run_sync(lambda: _converse(file, play))
        return result
    finally:
        _close(app)


async def _converse(file: Path, play: Callable[[AsyncKernelClient], Awaitable[Result]]) -> Result:
    client = Client(connection_file=str(file))
    client.load_connection_file()
    client.start_channels(hb=False)  # its heart would beat in a thread
    try:
        return await play(client)
    finally:
        client.stop_channels()
        client.context.term()


def _close(app: Any) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.close()  # ends the thread that listens to what extension modules print
    app.close()
    atexit.unregister(app.close)
    large_messages.stop()  # the thread that waits until they are sent
    for singleton in (type(app), type(app.kernel)):
        singleton.clear_instance()
    IOLoop.current().close()
    asyncio.set_event_loop(None)


def ask(requests: Sequence[Request]) -> Callable[[AsyncKernelClient], Awaitable[None]]:
    """A play that puts requests to the kernel one after another; RuntimeError when one fails."""

    async def play(client: AsyncKernelClient) -> None:
        for kind, content in requests:
            message = client.session.msg(kind, content)
            client.shell_channel.send(message)
            reply: dict[str, Any] = {"parent_header": {}}
            while reply["parent_header"].get("msg_id") != message["msg_id"]:
                reply = await client.shell_channel.get_msg(timeout=60)
            if reply["content"].get("status") == "error":
                raise RuntimeError("\n".join(reply["content"]["traceback"]))

    return play


def execute(code: str) -> Request:
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
    return "execute_request", content | {"allow_stdin": False, "stop_on_error": True}
