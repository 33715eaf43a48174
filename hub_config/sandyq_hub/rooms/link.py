"""The link between a visitor's kernel and their page: each message once and in order, however often the net is cut.

Both sides number what they send and keep it until the other has confirmed it. A page that lost its connection opens
another, says how far it came, and both send the rest. The kernel's side is never cut: both ends are on this server.

To the page, ``n`` its number, ``have`` the last message of the page's that went to the kernel::

    {"n": 7, "type": "comm_msg", "parent": "<id of what caused it>", "content": {…}, "metadata": {…}, "have": 3}
    {"have": 3}
    {"have": 3, "ready": false}    the greeting, and true once the kernel hears what the page says

From the page, ``have`` the last of ours that it has seen::

    {"n": 4, "type": "comm_msg", "content": {…}, "metadata": {…}, "have": 7}
    {"have": 7}

Whatever a page says is answered with how far we are, so a page that asks and hears nothing has lost its connection.

A message with binary buffers is a binary frame: the object's length in four bytes (big-endian), the object with
``sizes`` (bytes of each buffer), the buffers.
"""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any, Final, Protocol

from tornado.log import app_log

from sandyq.prefork.client import ServerAway

ALLOWED: Final = frozenset({"comm_open", "comm_msg", "comm_close"})
"""What a page may send: widgets' messages and nothing that runs code."""
PASSED_ON: Final = frozenset(
    {
        "comm_open",
        "comm_msg",
        "comm_close",
        "display_data",
        "update_display_data",
        "execute_result",
        "stream",
        "clear_output",
    }
)
"""What a page is sent as it is."""
HINTED: Final = frozenset({"idle", "error"})
"""What a page hears nothing of but that it was: the kernel has done with a message, something failed."""
LONE: Final = re.compile("[\ud800-\udfff]")
"""Half of a letter beyond 16 bits, as an emoji is: no text that could be sent on, and no fault of the page's."""
MOST_KEPT: Final = 16 * 2**20
"""Bytes kept for a page that is away, or for a kernel that is not there yet. What is more waits in a forked kernel,
within its memory limit; a stock one's visit ends, for ZeroMQ would leave out the rest."""
MOST_ON_ITS_WAY: Final = 2 * MOST_KEPT
"""The same for a page that is connected: a single large picture is on its way for a while."""
MOST_WAITING: Final = 8192
"""Messages that wait for a page: on its way through Tornado each takes 2 KB, however small it is."""
MOST_READ_AHEAD: Final = 16
"""Messages that ZeroMQ reads of a kernel before they are asked for; by itself a thousand, however large."""
UNSAVED: Final = frozenset({"saving", "retrying"})
"""What a question says while its answer is on its way to the portal."""
QUIET: Final = 1.0
"""Seconds after which a page that was left has nothing more to say, and a kernel nothing more to do."""
LONGEST_LEAVE: Final = 10 * 60.0
"""Seconds for which a kernel outlives its page while the portal does not take an answer."""
LONGEST_WORK: Final = 30.0
"""Seconds after which what a kernel is at is interrupted when its page was left: it may be a loop without end, and an
answer may wait behind it."""
PATIENCE: Final = 30.0
"""Seconds in which a kernel takes a new subscriber."""
LONGEST_CELL: Final = 60.0
"""Seconds after which a cell of somebody's own app is interrupted, and the next one runs."""

Frame = str | bytes


class BadMessage(ValueError):
    """A page sent what no page of ours sends."""


class RoomLeft(Exception):
    """A place was given back while its kernel was starting or busy with the page."""


class Page(Protocol):
    """The page's end: an open WebSocket."""

    def send(self, frame: Frame) -> None: ...
    def close(self) -> None: ...


class Link:
    """One visit. Made before its kernel, so that a page may come first; ``open`` when there is one.

    ``end`` is called when the visit cannot go on.
    """

    def __init__(
        self,
        kernel_id: str,
        end: Callable[[], None],
        modules: frozenset[str] | None = None,
        *,
        reads_only: bool = False,
    ) -> None:
        """``modules``: what alone the kernel may have the browser run; None: whatever it likes.

        ``reads_only``: nothing has to be kept when the page is left, and no cell may go on for ever.
        """
        self.kernel_id = kernel_id
        self._end = end
        self._modules = modules
        self._reads_only = reads_only
        self._is_closed = False
        self._manager: Any = None
        self._shell: Any = None
        self._iopub: Any = None
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._page: Page | None = None
        self._sent = 0
        self._heard = 0
        self._waiting: deque[tuple[int, Frame]] = deque()
        """Sent to the page, not yet confirmed."""
        self._kept = 0
        """Bytes of what is waiting."""
        self._began = time.monotonic()
        """When the kernel last told what it does: what it is at, it has been at since."""
        self._state_before: str | None = None
        """What the kernel did when we stopped listening, for too much is waiting; None: we listen."""
        self._early: list[tuple[dict[str, Any], list[bytes]]] | None = []
        """From the page, while its kernel is not ready."""
        self._early_size = 0
        self._settled = asyncio.Event()
        """The kernel has heard what came early, or the visit has ended."""
        self._replies: dict[str, asyncio.Future[None]] = {}
        self._unsaved: set[str] = set()
        """Questions whose answers are on their way to the portal."""

    # The kernel's side

    async def open(self, manager: Any, cells: dict[str, str] | None = None) -> None:
        """Connect to a kernel that listens; run the visitor's own ``cells`` (id → source); then listen to the page.

        Raises RoomLeft when the visit ends meanwhile, as with a kernel that dies.
        """
        self._manager = manager
        self._iopub, self._shell = manager.connect_iopub(), manager.connect_shell()
        if self._find_child():
            self._iopub.socket.rcvhwm = MOST_READ_AHEAD
        self._iopub.on_recv(self._hear_kernel)
        self._shell.on_recv(self._hear_reply)
        await asyncio.wait_for(asyncio.shield(self._welcome), PATIENCE)
        for cell, source in (cells or {}).items():
            await self._run(cell, source)
        early, self._early = self._early or [], None
        for message, buffers in early:
            self._tell_kernel(message, buffers)
        self._settled.set()
        self._greet()

    async def _run(self, cell: str, source: str) -> None:
        content = {"code": source, "silent": False, "store_history": False, "allow_stdin": False}
        self._replies[cell] = reply = asyncio.get_running_loop().create_future()
        self._send("execute_request", content, cell)
        await (self._wait_or_interrupt(cell, reply) if self._reads_only else reply)

    async def _wait_or_interrupt(self, cell: str, reply: asyncio.Future[None]) -> None:
        """Raises TimeoutError when an interrupt does not help either: the visit cannot go on."""
        try:
            await asyncio.wait_for(asyncio.shield(reply), LONGEST_CELL)
        except TimeoutError:
            app_log.error("Kernel %s: %s took too long and is interrupted.", self.kernel_id, cell)
            await self._manager.interrupt_kernel()
            await asyncio.wait_for(reply, PATIENCE)

    def ask_states(self) -> None:
        """Have the kernel tell the page the states of all widgets: for a page made before this link was open."""
        comm = f"{self.kernel_id}-states"
        self._send("comm_open", {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}, comm)
        self._send("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}}, comm)

    def _send(
        self,
        kind: str,
        content: dict[str, Any],
        message_id: str,
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes] | None = None,
    ) -> None:
        session = self._manager.session
        header = session.msg_header(kind) | {"msg_id": message_id}
        metadata = metadata or ({"version": "2.1.0"} if kind == "comm_open" else {})
        session.send(
            self._shell, session.msg(kind, content, header=header, metadata=metadata), buffers=buffers
        )

    def _hear_reply(self, frames: list[bytes]) -> None:
        _, (_, _, parent, *_) = self._manager.session.feed_identities(frames)
        if reply := self._replies.pop(json.loads(parent).get("msg_id"), None):
            reply.set_result(None)

    def _hear_kernel(self, frames: list[bytes]) -> None:
        session = self._manager.session
        _, (signature, *parts) = session.feed_identities(frames)
        header, parent, metadata, content, *buffers = parts
        if session.sign(parts[:4]) != signature:
            app_log.warning("A message of kernel %s is not signed by it.", self.kernel_id)
            return
        kind, cause = json.loads(header)["msg_type"], json.loads(parent).get("msg_id")
        if kind == "iopub_welcome":
            if not self._welcome.done():
                self._welcome.set_result(None)
            return
        self._manager.last_activity = datetime.now(UTC)
        if kind == "status":
            self._began = time.monotonic()
            kind = self._manager.execution_state = json.loads(content)["execution_state"]
        if kind == "error":
            app_log.error("Kernel %s: %s", self.kernel_id, json.loads(content).get("evalue"))
        if self._modules is not None:
            told = json.loads(content)
            if not self._may_run(told):
                app_log.error(
                    "Kernel %s has sent a browser code that is not ours; it is left out.", self.kernel_id
                )
                return
            content = json.dumps(told).encode()  # what was looked at, however the kernel had written it
        if kind == "comm_msg" and b'"saving"' in content:
            self._note_saving(json.loads(content))
        if kind in PASSED_ON:
            self._tell_page(kind, cause, content, metadata, buffers)
        elif kind in HINTED:
            self._tell_page(kind, cause, b"{}", b"{}", [])

    def _may_run(self, content: dict[str, Any]) -> bool:
        """Are the modules in a message among those allowed, all as text?"""
        data = content.get("data") or {}
        widgets = [data, *(data.get("states") or {}).values()]
        if any("_esm" in path for widget in widgets for path in widget.get("buffer_paths") or ()):
            return False
        states = [widget.get("state") or {} for widget in widgets]
        return all(state["_esm"] in (self._modules or ()) for state in states if "_esm" in state)

    def _note_saving(self, content: dict[str, Any]) -> None:
        saving = content["data"].get("state", {}).get("saving")
        (self._unsaved.add if saving in UNSAVED else self._unsaved.discard)(content["comm_id"])

    async def settle(self) -> None:
        """Wait until a kernel that is on its way has heard what a page said before, if it said something."""
        if self._early and not self._reads_only:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), LONGEST_LEAVE)

    async def drain(self) -> None:
        """Wait until what a page said before it was left is done with, and its answers are kept."""
        ends = time.monotonic() + (0 if self._reads_only else LONGEST_LEAVE)
        quiet = 0.0
        while quiet < QUIET and time.monotonic() < ends and not self._is_closed and not self._has_died():
            await asyncio.sleep(QUIET / 4)
            is_busy = self._manager.execution_state == "busy"
            if is_busy and time.monotonic() - self._began > LONGEST_WORK:
                self._began = time.monotonic()
                # It may have ended meanwhile, or nobody can signal it just now.
                with suppress(RuntimeError, ServerAway):
                    await self._manager.interrupt_kernel()
            is_at_work = self._page or self._unsaved or is_busy
            quiet = 0.0 if is_at_work else quiet + QUIET / 4

    # The page's side

    @property
    def is_open(self) -> bool:
        """The kernel is there and is listened to."""
        return self._early is None

    @property
    def is_joined(self) -> bool:
        """A page is connected."""
        return self._page is not None

    def join(self, page: Page, seen: int) -> None:
        """Take over from an earlier connection: ``page`` has seen the first ``seen`` messages.

        Raises BadMessage when the messages after these are not kept any more: this page could not go on.
        """
        if self._is_closed:
            page.close()
            return
        if seen < self._sent - len(self._waiting):
            raise BadMessage(f"Another page has confirmed what came after message {seen}.")
        self._confirm(seen)
        if self._page:
            self._page.close()
        self._page = page
        self._greet()
        for _, frame in self._waiting:
            page.send(frame)

    def _greet(self) -> None:
        """Tell the page, if one is connected, how far we are and whether its kernel is there."""
        if self._page:
            self._page.send(json.dumps({"have": self._heard, "ready": self.is_open}))

    def leave(self, page: Page) -> None:
        """The connection ended; another may have taken over before."""
        if self._page is page:
            self._page = None

    def hear_page(self, frame: Frame) -> None:
        """Take a frame of the page; raise BadMessage when it cannot be one."""
        if self._is_closed:
            return
        if self._has_died():  # what nobody can hear is not confirmed: the page brings it to its next kernel
            self._give_up()
            return
        message, buffers = unpack(frame)
        seen, number = message.get("have"), message.get("n")
        if seen is not None:
            self._confirm(seen)
        if number is not None and number > self._heard + 1:
            raise BadMessage(f"Message {number} came after message {self._heard}.")
        if number == self._heard + 1:
            if self._early is None:
                self._tell_kernel(message, buffers)
            elif self._early_size > MOST_KEPT:
                raise BadMessage("The kernel is not there yet, and too much waits for it.")
            else:
                self._early.append((message, buffers))
                self._early_size += len(frame)
            self._heard = number
        if self._page:  # what came twice is confirmed twice
            self._page.send(json.dumps({"have": self._heard}))

    def _tell_kernel(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        identifier = f"{self.kernel_id}-{message['n']}"
        self._manager.last_activity = datetime.now(UTC)
        self._send(message["type"], message["content"], identifier, message.get("metadata"), buffers)

    def _tell_page(
        self, kind: str, cause: str | None, content: bytes, metadata: bytes, buffers: list[bytes]
    ) -> None:
        self._sent += 1
        start = json.dumps({"n": self._sent, "have": self._heard, "type": kind, "parent": cause})
        text = b'%s,"content":%s,"metadata":%s' % (start[:-1].encode(), content, metadata)  # JSON as it came
        frame = pack(text, buffers)
        self._waiting.append((self._sent, frame))
        self._kept += len(frame)
        if self._page:
            self._page.send(frame)
        is_full = self._kept > (MOST_KEPT if self._page is None else MOST_ON_ITS_WAY)
        if self._find_child():
            if is_full or len(self._waiting) > MOST_WAITING:
                self._hold_back()
        elif is_full:
            app_log.error("The page of kernel %s does not keep up; the visit ends.", self.kernel_id)
            self._give_up()

    def _hold_back(self) -> None:
        """Listen no more until the page has confirmed: the kernel keeps what it says."""
        if self._state_before is None:
            self._state_before = self._manager.execution_state
            self._manager.execution_state = "idle"  # else it would never be closed if its page is gone
            self._iopub.stop_on_recv()

    def _listen_again(self) -> None:
        self._manager.execution_state, self._state_before = self._state_before, None
        self._iopub.on_recv(self._hear_kernel)

    def _confirm(self, seen: int) -> None:
        if not isinstance(seen, int) or seen > self._sent:
            raise BadMessage(f"Message {seen} was never sent.")
        while self._waiting and self._waiting[0][0] <= seen:
            self._kept -= len(self._waiting.popleft()[1])
        is_low = self._kept <= MOST_KEPT // 2 and len(self._waiting) <= MOST_WAITING // 2
        if is_low and self._state_before is not None:
            self._listen_again()

    def _find_child(self) -> Any:
        """The kernel's process, if it is a fork: that one drops nothing."""
        return getattr(getattr(self._manager, "provisioner", None), "child", None)

    def _has_died(self) -> bool:
        """The kernel has ended by itself; Jupyter looks every few seconds only."""
        child = self._find_child()
        return child is not None and child.poll() is not None

    def _give_up(self) -> None:
        self._end()
        self.close()

    def close(self) -> None:
        """Hang up on both sides."""
        self._is_closed = True
        self._settled.set()
        for stream in (self._shell, self._iopub):
            if stream is not None and not stream.closed():
                stream.close()
        for reply in (self._welcome, *self._replies.values()):
            if not reply.done():
                reply.set_exception(RoomLeft())
                reply.exception()  # somebody may wait for it or not
        page, self._page = self._page, None
        self._waiting.clear()
        if page:
            page.close()


def pack(text: bytes, buffers: list[bytes]) -> Frame:
    """Return the frame of a message: ``text`` is its JSON object without the closing brace."""
    if not buffers:
        return (text + b"}").decode()
    head = text + b',"sizes":%s}' % json.dumps([len(buffer) for buffer in buffers]).encode()
    return b"".join([len(head).to_bytes(4, "big"), head, *buffers])


def unpack(frame: Frame) -> tuple[dict[str, Any], list[bytes]]:
    """Return a page's message and its buffers; raise BadMessage when it is none."""
    try:
        head, rest = split(frame)
        text = head if isinstance(head, str) else head.decode()
        message = json.loads(text)
        if "\\u" in text:  # a browser writes halves so, and little else
            whole = LONE.sub("\N{REPLACEMENT CHARACTER}", json.dumps(message, ensure_ascii=False))
            message = json.loads(whole)
        marks = list(accumulate(message.get("sizes", []), initial=0))
        if marks[-1] != len(rest) or marks != sorted(marks):
            raise BadMessage(f"Buffers of {message['sizes']} bytes were announced, {len(rest)} bytes came.")
        if message.get("n") is not None and (
            message["type"] not in ALLOWED or not isinstance(message["n"], int)
        ):
            raise BadMessage(f"A page may not send {message['type']}.")
        if not isinstance(message.get("content", {}), dict) or not isinstance(
            message.get("metadata", {}), dict
        ):
            raise BadMessage("Content and metadata are objects.")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        raise BadMessage(str(problem)) from problem
    return message, [rest[start:end] for start, end in pairwise(marks)]


def split(frame: Frame) -> tuple[Frame, bytes]:
    """Return a frame's JSON and its buffers' bytes."""
    if isinstance(frame, str):
        return frame, b""
    end = 4 + int.from_bytes(frame[:4], "big")
    return frame[4:end], frame[end:]
