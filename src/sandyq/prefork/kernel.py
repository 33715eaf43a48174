"""The recipe of a Python kernel: imports and its shell before the fork; sockets and threads after it."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir

from sandyq.prefork.child import finish, tell_ready
from sandyq.prefork.figures import forget_folders, read_settings
from sandyq.prefork.nursery import Tell
from sandyq.prefork.wishes import Launch


def prepare(options: dict[str, str], tell: Tell) -> object:  # noqa: ARG001 # recipes have one form
    """Import, make the shell, rehearse. ``preload``: modules, by commas; ``warm_up``: code to run once."""
    # Both are read when their readers are imported. Nobody needs to watch a parent: the fork server does.
    os.environ |= {"JPY_PARENT_PID": "1", "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # its warning would stand in every log
    from sandyq.prefork.kernelapp import ForkedKernelApp, remember_modules
    from sandyq.prefork.rehearsal import ask, execute, rehearse

    shell = make_shell()
    own = {name: value for name, value in vars(shell.user_module).items() if name.startswith("__")}
    for module in ("psutil", "sqlite3", *filter(None, options.get("preload", "").split(","))):
        importlib.import_module(module)  # the first two ipykernel imports late: for its end, for its history
    hint = {"code": "pandas.Data", "cursor_pos": 11, "detail_level": 0}
    requests = [
        ("kernel_info_request", {}),
        ("comm_info_request", {}),
        execute(options.get("warm_up", "")),
        ("complete_request", hint),
        ("inspect_request", hint),
    ]
    rehearse(ForkedKernelApp, ask(requests))
    shell.reset(new_session=True)
    shell.user_ns.update(own)  # a module's own names, without which multiprocessing starts no program
    forget_folders()
    remember_modules()
    return {}


def make_shell() -> Any:
    """Make IPython's shell without a kernel: no sockets, no threads, no history file."""
    from ipykernel.zmqshell import ZMQInteractiveShell
    from traitlets.config import Config

    from sandyq.prefork.kernelapp import Compiler

    config = Config()
    config.HistoryManager.enabled = False
    shell = ZMQInteractiveShell.instance(config=config, compiler_class=Compiler)
    config.clear()  # what the shell is made of holds it too, and a child may have a history
    return shell


def run(launch: Launch) -> int:
    """Be a person's kernel, with their settings, until it is shut down."""
    read_settings()
    return work(launch)


def work(launch: Launch) -> int:
    """Be a kernel until it is shut down."""
    return finish(lambda: serve(write_connection(launch)))


def write_connection(launch: Launch) -> list[str]:
    """Return the arguments; the connection, when it came along, is written where this uid alone can read it.

    The client's own file may lie in a folder that is closed to us.
    """
    if not launch.payload:
        return launch.argv
    argv, place = list(launch.argv), launch.argv.index("-f") + 1
    file = Path(jupyter_runtime_dir()) / Path(argv[place]).name
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(launch.payload)
    argv[place] = str(file)
    return argv


def serve(argv: list[str]) -> None:
    """Open a kernel's sockets around the shell that exists already, say so, and work."""
    import comm

    from sandyq.prefork.kernelapp import ForkedKernelApp

    app: Any = ForkedKernelApp.instance()
    app.keeps_history = True
    os.umask(0o007)  # a sockets' folder has its client's group, and nobody else gets into it
    app.initialize(argv)
    os.umask(0o077)
    comms: Any = comm.get_comm_manager().comms
    for each in comms.values():
        each.kernel = app.kernel  # remembered as "none" when it was made without a kernel
    tell_ready()
    app.start()
    # Told to shut down there, it is still saying so through the thread of the outputs, which closing ends first: a
    # flush in between waits for ten seconds. A program of its own seldom is as quick.
    app.control_thread.stop()
    app.control_thread.join()
