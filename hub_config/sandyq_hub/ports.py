"""Ports of the parts, held for each part's uid from the start: nobody else answers there, not even between two lives.

Linux lets several sockets have one port when all say SO_REUSEPORT and are of one uid. The supervisor binds one that
never listens, as the part's uid; the part, however often it is started anew, binds its own beside it.
"""

from __future__ import annotations

import os
import socket
from typing import Any


def hold_port(port: int, uid: int | None = None, address: str = "127.0.0.1") -> socket.socket:
    """Keep a port without listening, for us or for a ``uid``; OSError when somebody has it.

    For another's uid it needs root with one thread.
    """
    own = os.geteuid()
    if uid in (None, own):  # a part may not even call it: its unit's filter refuses
        holder = socket.socket()
    else:
        os.seteuid(uid)
        try:
            holder = socket.socket()
        finally:
            os.seteuid(own)
    # Not SO_REUSEADDR: with it on both sides anybody may bind beside what does not listen.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((address, port))
    return holder


def share_tornado_ports() -> None:
    """Have Tornado's servers bind beside what is held for them: the hub has no setting for it."""
    from tornado.tcpserver import TCPServer

    original = TCPServer.listen

    def listen(self: TCPServer, *given: Any, **options: Any) -> None:
        original(self, *given, **options | {"reuse_port": True})

    TCPServer.listen = listen  # type: ignore[method-assign]
