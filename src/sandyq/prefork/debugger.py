"""The debugger of a forked kernel: all of it in the kernel's own process, so that nobody else can speak with it.

Stock starts debugpy's adapter beside the kernel; the three listen for each other on ports of 127.0.0.1, and their
tokens stand in the adapter's command line: whoever is on the machine could run code in the kernel. pydevd, which does
the work, speaks the same protocol (DAP) by itself, and a pair of sockets has no address.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any

import debugpy
import ipykernel.compiler
import ipykernel.debugger
import pydevd  # type: ignore[import-not-found] # debugpy brings it
import zmq
from debugpy.server import api
from ipykernel.debugger import Debugger, DebugpyClient
from jupyter_client.jsonutil import json_default
from tornado.ioloop import IOLoop

Message = dict[str, Any]
JOIN = "__import__('IPython').get_ipython().kernel.debugger.join()"
"""For the shell: its own thread is to be traced."""
ALL_THREADS = {"pause", "continue"}
"""Requests that debugpy's adapter makes to all threads, whichever one they name."""


class NoDebugger(Debugger):
    """Says no: for a sandbox in which nobody debugs."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        self.kernel_modules: list[str] = []

    async def process_request(self, message: Message) -> Message:
        reply = {"type": "response", "success": False, "message": "There is no debugger here."}
        return reply | {"command": message.get("command"), "request_seq": message.get("seq")}


class PairedClient(DebugpyClient):
    """Speaks with pydevd over one end of a pair of sockets.

    That stays open between sessions: pydevd ends the kernel when its line is closed.
    """

    def __init__(self, log: Any, line: socket.socket, event_callback: Any) -> None:
        super().__init__(log, line, event_callback)
        self.line = line
        IOLoop.current().add_handler(self.line, self._receive, IOLoop.READ)

    def get_host_port(self) -> tuple[str, str]:
        """There is neither; an ``attach`` request names them."""
        return "", "0"

    def connect_tcp_socket(self) -> None:
        """The line is open."""

    def disconnect_tcp_socket(self) -> None:
        self.init_event.clear()
        self.wait_for_attach = True

    def _receive(self, line: socket.socket, _events: int) -> None:
        if data := line.recv(2**16):
            self.receive_dap_frame(data.decode("ascii"))
        else:
            IOLoop.current().remove_handler(line)

    def _send_request(self, msg: Message) -> None:
        if msg["command"] in ALL_THREADS:
            msg.setdefault("arguments", {})["threadId"] = "*"
        content = json.dumps(msg, default=json_default).encode()
        self.line.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))

    async def _handle_init_sequence(self) -> Message:
        """As ipykernel's, but pydevd answers ``attach`` before ``configurationDone``; the adapter, after it."""
        reply: Message = await self._wait_for_response()
        await self.init_event.wait()
        done = {"type": "request", "seq": int(self.init_event_seq) + 1, "command": "configurationDone"}
        self._send_request(done)
        await self._wait_for_response()
        return reply


class PrivateDebugger(Debugger):
    """ipykernel's debugger without debugpy's adapter, and without a folder whose name others can guess."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        folder = Path(tempfile.gettempdir()) / f"ipykernel_{os.getpid()}_{secrets.token_hex(8)}"
        self.folder = folder
        for module in (ipykernel.compiler, ipykernel.debugger):  # these must not hold a rehearsal's kernel
            module.get_tmp_directory = lambda: str(folder)  # type: ignore[attr-defined] # it has one

    def start(self) -> bool:
        if not self.debugpy_initialized:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            ours, self.theirs = socket.socketpair()
            self.debugpy_client = PairedClient(self.log, ours, self._handle_event)
            self.debugpy_initialized = self._ask_shell(JOIN)
        return self.debugpy_initialized and bool(super().start())

    def stop(self) -> None:
        """Do nothing when it has not begun; stock fails."""
        if self.debugpy_initialized:
            super().stop()

    def _ask_shell(self, code: str) -> bool:
        content, ident = {"code": code, "silent": True}, self.shell_socket.getsockopt(zmq.ROUTING_ID)
        self.session.send(self.shell_socket, "execute_request", content, None, ident)
        _, reply = self.session.recv(self.shell_socket, mode=0)
        return bool(reply["content"]["status"] == "ok")

    def join(self) -> None:
        """Have pydevd trace this thread, and others to come; as ``debugpy.listen`` does, which is done with then."""
        pydevd.start_client = lambda *_address: self.theirs
        pydevd.settrace(
            host="this process",  # anything but empty
            suspend=False,
            wait_for_ready_to_run=False,
            notify_stdin=False,
            dont_trace_start_patterns=(str(Path(debugpy.__file__).parent),),
            dont_trace_end_patterns=("debugpy_launcher.py",),
        )
        api.listen.called = True
        os.register_at_fork(after_in_child=leave)


def leave() -> None:
    """A fork of the kernel goes on alone: at a breakpoint it would wait for a debugger that is not in it."""
    pydevd.get_global_debugger().disable_tracing()
    threading.settrace(None)
