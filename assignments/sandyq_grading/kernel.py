"""One notebook's kernel: cells in, outputs out. What it says is counted and cut while it arrives."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import ast
import logging
import time
import tokenize
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import zmq
from IPython.core.displayhook import DisplayHook
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.manager import KernelManager
from nbformat.v4 import output_from_msg

from sandyq_grading.notebooks import JSON, Cell, make_error

CELL_SECONDS, NOTEBOOK_SECONDS = 30.0, 120.0
GRACE = 5.0
"""Seconds that a kernel has to obey an interrupt, and to say that it is idle after its reply."""
CELL_BYTES, NOTEBOOK_BYTES = 2**20, 4 * 2**20
"""Outputs that are kept."""
FLOOD = 64 * 2**20
"""Bytes of outputs of one cell, or of one message, after which its kernel is ended."""
LONGEST_TEXT = 2000
"""Characters that stay of a text that is kept beyond the limit."""
LOOK = 500
"""Milliseconds of silence after which we look whether the kernel lives and the job is still wanted."""
DEEPEST = 60
"""Levels of lists and dictionaries within an output."""
CUT = "\n… (cut: too much output)\n"


log = logging.getLogger("grader")


class KernelGone(Exception):
    """The kernel ended, or was ended, before it answered; the message says why."""


@dataclass
class Outputs:
    """A cell's outputs; what tells a failure (errors, results, that there was a stderr) is kept beyond the limit."""

    left: int
    """Bytes that may still be kept."""
    kept: list[Any] = field(default_factory=list)
    received: int = 0
    _clear: bool = False

    def take(self, message: JSON, size: int) -> None:
        self.received += size
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            self._clear = bool(content.get("wait"))
            if not self._clear:
                self.kept.clear()
        elif kind in ("stream", "display_data", "execute_result", "error"):
            if self._clear:
                self.kept.clear()
                self._clear = False
            self._keep(output_from_msg(message), size)

    def _keep(self, output: Any, size: int) -> None:
        if output.output_type == "stream":
            self._keep_stream(output)
        elif size <= self.left and not is_deeper(output, DEEPEST):
            self.left -= size
            self.kept.append(output)
        elif output.output_type != "display_data" and len(self.kept) < 1000:
            self.kept.append(_shorten(output))

    def _keep_stream(self, output: Any) -> None:
        text = str(output.text)
        cut = text if len(text) <= self.left else text[: max(self.left, 0)] + CUT
        same = next((o for o in self.kept if (o.output_type, o.get("name")) == ("stream", output.name)), None)
        if self.left < 0 and same:
            return
        self.left -= len(text)
        if self.kept and self.kept[-1] is same:
            same.text += cut
        else:
            output.text = cut
            self.kept.append(output)


def is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and dictionaries stand in one another more than so many times: more than readers can bear."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(is_deeper(each, levels - 1) for each in inner)


def _shorten(output: Any) -> Any:
    if output.output_type == "error":
        return make_error(str(output.ename)[:100], str(output.evalue)[:LONGEST_TEXT])
    output.data = {"text/plain": str(output.data.get("text/plain", ""))[:LONGEST_TEXT]}
    return output


@dataclass
class Reply:
    """What came of a request."""

    content: JSON
    outputs: Outputs
    number: str
    """The request's id."""

    @property
    def failed(self) -> bool:
        return bool(self.content.get("status") != "ok")

    def read(self, name: str) -> str:
        """Return the text that an expression gave; empty: none."""
        told = self.content.get("user_expressions")
        try:
            return str(ast.literal_eval(told[name]["data"]["text/plain"])) if isinstance(told, dict) else ""
        except (KeyError, TypeError, ValueError, SyntaxError, RecursionError, MemoryError):
            return ""


def ends_quietly(code: str) -> bool:
    """Whether a semicolon at its end keeps a cell's result from being shown, as IPython has it."""
    if ";" not in code:
        return False
    try:
        return DisplayHook.semicolon_at_end_of_expression(TransformerManager().transform_cell(code))
    except (SyntaxError, tokenize.TokenError, RecursionError):
        return False


class Kernel:
    """Speaks to a kernel that was just started, over sockets of its own."""

    def __init__(self, manager: KernelManager, context: zmq.Context[Any], tick: Callable[[], None]) -> None:
        self._manager, self._tick, self._session = manager, tick, manager.session
        self._deadline = time.monotonic() + NOTEBOOK_SECONDS
        self._looked = time.monotonic()
        self._room = NOTEBOOK_BYTES
        self.answered: list[str] = []
        """Ids of requests to which there was more than one reply, or a late one: only a forger does that."""
        self._shell, self._iopub = context.socket(zmq.DEALER), context.socket(zmq.SUB)
        self._iopub.rcvhwm = 0
        self._iopub.subscribe(b"")
        self._poller = zmq.Poller()
        for sock, port in ((self._iopub, manager.iopub_port), (self._shell, manager.shell_port)):
            sock.linger, sock.maxmsgsize = 0, FLOOD
            sock.reconnect_ivl = 20
            sock.connect(f"ipc://{manager.ip}-{port}")
            self._poller.register(sock, zmq.POLLIN)
        self._meet()

    def close(self) -> None:
        self._shell.close()
        self._iopub.close()

    def _meet(self) -> None:
        """Wait until our subscription has arrived: a kernel says nothing again for those who come late."""
        if not self._poll(self._iopub, CELL_SECONDS):
            raise KernelGone("The kernel said nothing for half a minute after its start.")
        self._iopub.recv_multipart()  # "welcome"

    def _poll(self, sock: Any, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if sock in dict(self._poller.poll(LOOK)):
                return True
            self._look()
        return False

    def _look(self) -> None:
        """Raise when nobody wants the result any more, or the kernel has ended."""
        self._looked = time.monotonic()
        self._tick()
        if not self._manager.is_alive():
            raise KernelGone("The kernel ended.")

    def run_cell(
        self, cell: Cell, expressions: dict[str, str] | None = None, remembered: bool = True
    ) -> Reply:
        """Execute a cell as nbclient does with ``allow_errors``; its outputs are left in it. KernelGone when it must.

        Of its outputs, those that arrived before the kernel went stay. ``expressions``, ``remembered``: see ``ask``.
        """
        outputs = Outputs(min(CELL_BYTES, self._room))
        before = outputs.left
        cell.outputs = outputs.kept
        try:
            reply = self.ask(cell.source, expressions, outputs, remembered)
        finally:
            self._room -= before - max(outputs.left, 0)
            if outputs.kept and ends_quietly(cell.source):
                outputs.kept[:] = [each for each in outputs.kept if each.output_type != "execute_result"]
        if reply.failed and not any(
            output.output_type == "error" and output.ename == reply.content.get("ename")
            for output in outputs.kept
        ):
            ename, evalue = reply.content.get("ename"), reply.content.get("evalue")
            outputs.kept.append(make_error(str(ename)[:100], str(evalue)[:LONGEST_TEXT]))
        return reply

    def ask(
        self,
        code: str,
        expressions: dict[str, str] | None = None,
        outputs: Outputs | None = None,
        remembered: bool = True,
    ) -> Reply:
        """Have code executed, and expressions evaluated if it does not fail; wait for the reply and an idle kernel.

        What is not ``remembered`` stands in no list of inputs (``In``, ``_i``), where later code could read it.

        A cell that takes too long is interrupted and answers ``CellTimeoutError``, as with nbclient; one that does not
        obey ends its kernel.
        """
        outputs = outputs or Outputs(0)
        content = {"code": code, "silent": False, "store_history": remembered, "allow_stdin": False}
        content |= {"user_expressions": expressions or {}, "stop_on_error": False}
        request = self._session.msg("execute_request", content)
        self._shell.send_multipart(self._session.serialize(request))
        return self._await(request["header"]["msg_id"], outputs)

    def evaluate(self, expression: str) -> str:
        """Return the text that an expression gives, without a trace in the history; KernelGone with its error."""
        reply = self.ask("", {"v": expression})
        if not (value := reply.read("v")):
            raise KernelGone(f"The kernel did not evaluate: {reply.content.get('user_expressions')!s:.200}")
        return value

    def _await(self, number: str, outputs: Outputs) -> Reply:
        deadline = min(time.monotonic() + CELL_SECONDS, self._deadline)
        late, reply, idle = False, None, False
        while reply is None or not idle:
            left = deadline - time.monotonic()
            if left <= 0 and reply is not None:  # it does not say that it is idle: it has told all it will
                break
            if left <= 0 and (late or time.monotonic() >= self._deadline):
                raise KernelGone(
                    f"The notebook took too long ({NOTEBOOK_SECONDS:.0f} s), or could not be interrupted."
                )
            if left <= 0:
                late, deadline = True, time.monotonic() + GRACE
                self._manager.interrupt_kernel()
                continue
            arrived = dict(self._poller.poll(min(LOOK, max(1, int(left * 1000)))))
            if not arrived or time.monotonic() - self._looked > LOOK / 1000:
                self._look()
            if self._iopub in arrived:
                idle |= self._hear(number, outputs)
            elif self._shell in arrived and (answer := self._read_reply(number, reply is not None)):
                reply, deadline = answer, min(deadline, time.monotonic() + GRACE)
        if late:
            content = {
                "status": "error",
                "ename": "CellTimeoutError",
                "evalue": "No reply from kernel before timeout",
            }
            return Reply(content, outputs, number)
        return Reply(reply, outputs, number)

    def _hear(self, number: str, outputs: Outputs) -> bool:
        """Take what was published; True when it is the word that the request is done."""
        message, size = self._read(self._iopub)
        if outputs.received + size > FLOOD:
            raise KernelGone(f"A cell printed more than {FLOOD // 2**20} MB.")
        if not message or message["parent_header"].get("msg_id") != number:
            outputs.received += size
            return False
        if message["msg_type"] == "status":
            return bool(message["content"].get("execution_state") == "idle")
        try:
            outputs.take(message, size)
        except Exception:  # whatever a cell made its kernel say: nothing, too deep, of a wrong kind
            log.debug("A kernel published what is no output.")
        return False

    def _read_reply(self, number: str, replied: bool) -> JSON | None:
        message, _ = self._read(self._shell)
        if not message or message["msg_type"] != "execute_reply":
            return None
        parent = message["parent_header"].get("msg_id")
        if parent != number or replied:
            self.answered.append(str(parent))
            return None
        return dict(message["content"])

    def _read(self, sock: Any) -> tuple[JSON, int]:
        parts = sock.recv_multipart()
        try:
            message = self._session.deserialize(self._session.feed_identities(parts)[1])
            if isinstance(message["parent_header"], dict) and isinstance(message["content"], dict):
                return message, sum(map(len, parts))
        except Exception:  # not one of ours, or no message at all
            log.debug("A kernel sent what is no message.")
        return {}, sum(map(len, parts))
