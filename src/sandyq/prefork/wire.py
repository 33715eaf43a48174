"""Messages of the fork server: a JSON object and some descriptors in a packet of a Unix ``SOCK_SEQPACKET`` socket."""

from __future__ import annotations

import array
import fcntl
import json
import os
import socket
import struct
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

LARGEST = 180 * 1024
"""Bytes of one message at most; what is larger travels as a file (``write_attachment``)."""
LARGEST_ATTACHMENT = 256 * 2**20
MOST_FILES = 8
MOST_WAITING = 1000
"""Messages that wait for a peer which does not read them."""
Message = dict[str, Any]


class Peer(NamedTuple):
    """Who is at the other end of a Unix socket, as the kernel says."""

    pid: int
    uid: int
    gid: int


def read_peer(sock: socket.socket) -> Peer:
    size = struct.calcsize("3i")
    return Peer(*struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)))


def make_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock: socket.socket, message: Message, files: Sequence[int] = ()) -> None:
    """Send one message; ValueError when it is too large, OSError as the socket gives it."""
    check_size(message)
    socket.send_fds(sock, [json.dumps(message).encode()], list(files))


def check_size(message: Message) -> None:
    """Raise ValueError when a message is too large for one packet."""
    if (size := len(json.dumps(message).encode())) > LARGEST:
        raise ValueError(f"The message has {size} bytes; {LARGEST} are allowed. Send less environment.")


def receive(sock: socket.socket) -> tuple[Message | None, list[int]]:
    """Receive one message with its descriptors (closed on exec); None when the other end has hung up.

    Raises ValueError for what is not a JSON object, whatever the sender made of it; its descriptors are closed.
    """
    room = socket.CMSG_SPACE(MOST_FILES * array.array("i").itemsize)
    try:
        data, ancillary, _, _ = sock.recvmsg(LARGEST + 1, room, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return None, []
    files = array.array("i")
    for level, kind, payload in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            files.frombytes(payload[: len(payload) - len(payload) % files.itemsize])
    if not data:
        return None, list(files)
    try:
        message = json.loads(data)
        if not isinstance(message, dict):
            raise ValueError("A message must be a JSON object.")
    except (ValueError, RecursionError) as problem:
        close_files(files)
        raise ValueError(f"This is no message: {problem}") from None
    return message, list(files)


def close_files(files: Iterable[int]) -> None:
    for file in files:
        os.close(file)


def write_attachment(content: object) -> int:
    """Return a descriptor of a nameless file with ``content`` as JSON, to be sent along with a message."""
    with os.fdopen(os.memfd_create("attachment"), "wb") as file:
        file.write(json.dumps(content).encode())
        file.flush()
        return os.dup(file.fileno())


def read_attachment(descriptor: int) -> Any:
    """Read what ``write_attachment`` wrote and close the descriptor; ValueError for anything else.

    Only a file in memory is read: nothing else is sure to answer.
    """
    with os.fdopen(descriptor, "rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_GET_SEALS)
            file.seek(0)  # the writer's place in the file came along
            return json.loads(file.read(LARGEST_ATTACHMENT))
        except (OSError, RecursionError) as problem:
            raise ValueError(f"This is no attachment: {problem}") from None


class Outbox:
    """Messages waiting until a non-blocking socket takes them; their descriptors are kept open until then."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.socket = sock
        self._waiting: deque[tuple[Message, list[int]]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def post(self, message: Message, files: Sequence[int] = ()) -> None:
        """Send now or later; ValueError when too large or too many. The caller may close its own descriptors."""
        check_size(message)
        if len(self._waiting) >= MOST_WAITING:
            raise ValueError("The other end does not read what it is told.")
        self._waiting.append((message, [os.dup(file) for file in files]))
        self.flush()

    def flush(self) -> None:
        """Send what the socket takes. A peer that hung up is noticed by whoever reads from the socket."""
        while self._waiting:
            message, files = self._waiting[0]
            try:
                send(self.socket, message, files)
            except BlockingIOError:
                return
            except OSError:
                pass
            self._waiting.popleft()
            close_files(files)

    def close(self) -> None:
        for _, files in self._waiting:
            close_files(files)
        self._waiting.clear()
        self.socket.close()
