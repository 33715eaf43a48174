"""ipykernel's application and kernel without the steps that would touch, and so copy, all of the shared memory."""

# mypy: disable-error-code="no-untyped-call,union-attr"
from __future__ import annotations

import inspect
import os
import re
import sys
from pathlib import Path
from typing import Any, ClassVar

import ipykernel.ipkernel
import ipykernel.kernelapp
import zmq
from ipykernel.compiler import XCachingCompiler
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.history import HistoryManager
from traitlets import List, Type, Unicode
from traitlets.config.loader import DeferredConfigString
from zmq.eventloop.zmqstream import ZMQStream

from sandyq.prefork.child import DEBUGGER
from sandyq.prefork.debugger import NoDebugger, PrivateDebugger

SETTING = re.compile(r"--([A-Z]\w*)\.(\w+)=(.*)", re.DOTALL)
"""A program argument like ``--HistoryManager.enabled=False``."""


class _System:
    """The ``sys`` that ipykernel sees in a forked kernel: its walk through all modules finds none."""

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


class ForkedKernel(IPythonKernel):
    """A kernel whose list of module files was made before the fork; the debugger skips their frames.

    A kernelspec names it, so that one that starts the stock way has this debugger, too.
    """

    files: ClassVar[list[str]] = []

    def __init__(self, **kwargs: Any) -> None:
        kind = NoDebugger if os.environ.get(DEBUGGER) == "off" else PrivateDebugger
        super().__init__(debugger_class=kind, **kwargs)
        if self.files:
            self._kernel_modules = self.debugger.kernel_modules = self.files


class Compiler(XCachingCompiler):
    """The kernel's compiler; whoever shows an error need not look for a cell's module, which has none.

    ``inspect`` would ask all modules, several times an error, and with that copy the memory they share.
    """

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        name: str = super().cache(transformed_code, number, raw_code)
        inspect.modulesbyfile[name] = ""  # what it has found; no module has this name
        return name


def remember_modules() -> None:
    """Before the fork: note what ipykernel and ``inspect`` would ask every module after it."""
    inspect.getmodule(remember_modules.__code__)  # the first that is asked for a file looks at all
    modules = list(sys.modules.values())
    ForkedKernel.files = [file for module in modules if (file := getattr(module, "__file__", None))]
    ForkedKernel.files.append(str(Path(__file__).with_name("__main__.py")))  # it stands under no name
    ipykernel.ipkernel.sys = _System()  # type: ignore[attr-defined,assignment] # it imports sys for itself


class PrivateIOPubThread(IOPubThread):
    """The thread of the outputs, which listens for what the kernel's own forks print.

    Stock listens on a port of 127.0.0.1 even when the kernel's sockets are files: anybody on the machine could fill its
    memory. Here it listens beside the outputs' own socket, where nobody else gets in.
    """

    def _setup_pipe_in(self) -> None:
        endpoint = self.socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
        if not endpoint.startswith("ipc:"):
            super()._setup_pipe_in()
            return
        self._pipe_uuid, self._pipe_address = os.urandom(16), f"{endpoint}-f"
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self._pipe_address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[Any, Any]:
        if not hasattr(self, "_pipe_address"):
            return super()._setup_pipe_out()  # type: ignore[no-any-return]
        context = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(self._pipe_address)
        return context, pipe

    def _really_send(self, *message: Any, **options: Any) -> None:
        """Look for new subscribers after each message: one who came while it was sent woke nobody.

        ZeroMQ tells once that something has come in, to whatever uses the socket next. The stream that waits for
        subscribers would not hear of this one, who would wait in vain to be welcomed.
        """
        super()._really_send(*message, **options)
        while not self.closed and os.getpid() == self._master_pid and self.socket.EVENTS & zmq.POLLIN:
            self._handle_subscription(self.socket.recv_multipart(zmq.NOBLOCK))


ipykernel.kernelapp.IOPubThread = PrivateIOPubThread  # type: ignore[attr-defined] # the application makes one by this name


_streams: dict[str, list[Any]] = {"stdout": [], "stderr": []}
"""Those of all kernels that this process was, the last one's last."""


class EarlierStream(OutStream):
    """A stream of a rehearsal's that a cell kept, as handlers of logging do: the kernel's own answers for it."""

    def __getattribute__(self, name: str) -> Any:
        return getattr(_streams[object.__getattribute__(self, "name")][-1], name)


class ForkedKernelApp(IPKernelApp):
    """Starts a kernel around the shell that was made before the fork."""

    kernel_class = Type(ForkedKernel).tag(config=True)
    default_extensions = List(Unicode(), ["IPython.extensions.storemagic"]).tag(config=True)
    """By its whole name it is known as loaded before the fork; by its short one each kernel would look for it again."""
    keeps_history = False
    """Only after the fork, unless the user's settings say no: it is saved in a thread."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take ``-f FILE`` and plain settings as they are; traitlets' parser would make an option for every trait."""
        settings = [SETTING.fullmatch(argument) for argument in (argv or [])[2:]]
        if not argv or argv[0] != "-f" or not all(settings):
            super().parse_command_line(argv)
            return
        self.connection_file = argv[1]
        for kind, trait, value in (setting.groups() for setting in settings if setting):
            self.cli_config[kind][trait] = DeferredConfigString(value)
        self.update_config(self.cli_config)

    def init_iopub(self, context: Any) -> None:
        """Welcome each subscriber, also where another hears the same; drop nothing, if so wished.

        ZeroMQ leaves out what comes after a thousand unread messages, and a loop makes as many at once. With
        ``--Outputs.drops_nothing=True`` they wait for a slow reader in this kernel's memory. That is a section which
        nobody has: stock's application passes over it in silence, and an object for it would be each fork's own.
        """
        drops_nothing = self.config.get("Outputs", {}).get("drops_nothing") == "True"
        context.xpub_verbose = 1
        if drops_nothing:
            context.sndhwm = 0
        super().init_iopub(context)
        del context.xpub_verbose  # for this socket alone
        if drops_nothing:
            del context.sndhwm

    def init_io(self) -> None:
        """Whoever keeps a stream of a rehearsal's writes to ours."""
        super().init_io()
        for name, streams in _streams.items():
            for earlier in streams:
                earlier.__class__ = EarlierStream
            streams.append(getattr(sys, name))

    def init_shell(self) -> None:
        """Give the shell what it would have got from its kernel, had it not been made before the fork."""
        super().init_shell()
        shell: Any = self.shell
        shell.init_environment()
        history = shell.history_manager
        shell.kernel = shell.parent = self.kernel
        shell.profile_dir, shell.ipython_dir = self.profile_dir, self.ipython_dir
        shell.home_dir, shell.starting_dir = str(Path.home()), str(Path.cwd())
        history.dir_hist[:] = [Path.cwd()]
        history.enabled = self.keeps_history
        shell.configurables = [each for each in shell.configurables if not isinstance(each, IPKernelApp)]
        for each in shell.configurables:
            if any(kind.__name__ in self.config for kind in type(each).__mro__):
                each.update_config(self.config)
        shell.configurables.append(self)
        history.db_input_cache, history.db_output_cache = [], []  # the rehearsal's
        if history.enabled:
            if "hist_file" not in self.config.HistoryManager:
                history.hist_file = history._get_hist_file_name()
            HistoryManager.__init__(history, shell, config=history.config)  # what the session has noted stays

    def init_code(self) -> None:
        """IPython's own steps, but for its set of all modules' names: the shell has one from before the fork."""
        self._run_startup_files()
        self._run_exec_lines()
        self._run_exec_files()
        if self.hide_initial_ns:
            self.shell.user_ns_hidden.update(self.shell.user_ns)
        self._run_cmd_line_code()
        self._run_module()
        sys.stdout.flush()
        sys.stderr.flush()


ForkedKernelApp.__name__ = IPKernelApp.__name__  # logs, those who filter them, and %config know this name
