"""What a browser may say to its kernel: widgets' comm messages and nothing that runs code."""

# mypy: disable-error-code="no-untyped-call"
# Jupyter publishes types for a part of its functions only.
from __future__ import annotations

import json
import struct
from typing import Any, Final

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
)
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.web import HTTPError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from sandyq_hub.rooms.guard import Guard

ALLOWED: Final = ("comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request")
V1: Final = "v1.kernel.websocket.jupyter.org"
UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError, struct.error)


def claims_too_many_parts(message: bytes, subprotocol: str | None) -> bool:
    """True when a binary message announces more parts than it can hold.

    Jupyter's readers believe the number and would fill the memory.
    """
    if subprotocol == V1:
        return int.from_bytes(message[:8], "little") * 8 + 8 > len(message)
    return int.from_bytes(message[:4], "big") * 4 + 4 > len(message)


def read_address(message: str | bytes, subprotocol: str | None) -> tuple[str | None, str | None]:
    """Return (channel, message type) of a message in any of the three encodings of kernel WebSockets."""
    if isinstance(message, bytes) and claims_too_many_parts(message, subprotocol):
        raise ValueError("The message announces more parts than it has.")
    if subprotocol == V1:
        channel, parts = deserialize_msg_from_ws_v1(message)
        return channel, json.loads(parts[0])["msg_type"]
    content = deserialize_binary_message(message) if isinstance(message, bytes) else json.loads(message)
    return content["channel"], content["header"]["msg_type"]


def is_allowed(message: str | bytes, subprotocol: str | None) -> bool:
    """True for the allowed types on the shell channel; false for all else and for what cannot be read."""
    try:
        channel, kind = read_address(message, subprotocol)
    except UNREADABLE:
        return False
    return channel == "shell" and kind in ALLOWED


class RoomConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's link from WebSocket to kernel, dropping what is not allowed."""

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        if is_allowed(incoming_msg, self.subprotocol):
            super().handle_incoming_message(incoming_msg)
        else:
            self.log.warning("Dropped a message that may not be sent to kernel %s.", self.kernel_id)


class RoomSocket(Guard, VoilaKernelWebsocketHandler):
    """The WebSocket of a page with Voilà's front end, for its owner; Voilà's class hides the code that runs."""

    is_page = False

    async def get(self, kernel_id: str) -> None:
        if kernel_id in self.kernels.links:
            raise HTTPError(404)
        await super().get(kernel_id)  # type: ignore[misc] # it always has something to wait for
