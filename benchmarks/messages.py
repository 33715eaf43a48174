"""Messages to a kernel over its WebSocket, as a front end sends them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import websockets

Content = dict[str, Any]


def make_message(kind: str, content: Content) -> Content:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "session": "s",
        "username": "",
        "date": "",
        "version": "5.3",
    }
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }


async def ask(socket: websockets.ClientConnection, kind: str, content: Content) -> Content:
    message = make_message(kind, content)
    await socket.send(json.dumps(message))
    while True:
        text = await socket.recv()
        reply = json.loads(text) if isinstance(text, str) else {}
        if (
            reply.get("channel") == "shell"
            and reply["parent_header"].get("msg_id") == message["header"]["msg_id"]
        ):
            return reply["content"]  # type: ignore[no-any-return] # a message's content is an object


def connect(client: httpx.AsyncClient, address: str, path: str) -> websockets.connect:
    """Open a kernel's WebSocket with the cookies that a browser would send to ``path``."""
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar if path.startswith(c.path))
    url = f"{address}?session_id={uuid.uuid4()}"
    return websockets.connect(url, additional_headers={"Cookie": cookie}, max_size=None)
