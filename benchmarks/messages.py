"""Messages to a kernel over its WebSocket, as a front end sends them."""

from __future__ import annotations

import ast
import asyncio
import html
import json
import re
import uuid
from typing import Any

import httpx
import websockets

Content = dict[str, Any]


def find_kernel(page: str) -> str:
    """The id of the kernel that a page of rooms, ours or Voilà's, is connected to."""
    found = re.search(r'(?:"kernelId": |data-kernel=)"([0-9a-f-]{36})"', page)
    assert found, page[-3000:]
    return found[1]


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


async def ask(
    socket: websockets.ClientConnection, kind: str, content: Content, channel: str = "shell"
) -> Content:
    message = make_message(kind, content) | {"channel": channel}
    await socket.send(json.dumps(message))
    while True:
        text = await socket.recv()
        reply = json.loads(text) if isinstance(text, str) else {}
        if (
            reply.get("channel") == channel
            and reply["parent_header"].get("msg_id") == message["header"]["msg_id"]
        ):
            return reply["content"]  # type: ignore[no-any-return] # a message's content is an object


async def execute(socket: websockets.ClientConnection, code: str, expression: str = "None") -> Any:
    """Run code; return an expression's value afterwards. AssertionError when the code fails."""
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "stop_on_error": True,
        "allow_stdin": False,
    }
    reply = await ask(socket, "execute_request", content | {"user_expressions": {"value": expression}})
    assert reply["status"] == "ok", reply
    return ast.literal_eval(reply["user_expressions"]["value"]["data"]["text/plain"])


async def sign_in(client: httpx.AsyncClient, login: str, secret: str) -> None:
    """Fill in the hub's form as a browser does."""
    form = await client.get("/hub/login")
    token = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
    assert token, form.text[:500]
    fields = {"_xsrf": token[1], "username": login, "password": secret}
    while (reply := await client.post("/hub/login?next=%2Fhub%2Fhome", data=fields)).status_code == 429:
        await asyncio.sleep(1)  # others have tried too often from here
    reply.raise_for_status()


async def open_notebook(client: httpx.AsyncClient, login: str) -> websockets.connect:
    """Start the server of somebody who has signed in and a kernel in it; return the way to the kernel."""
    path = f"/user/{login}/"
    page = await client.get("/hub/spawn")
    if found := re.search(r"/hub/api/users/[^\"' ]+/progress[^\"' ]*", page.text):
        await _follow(client, html.unescape(found[0]))
    (await client.get(f"{path}tree")).raise_for_status()
    cookies = {cookie.name: cookie.value for cookie in client.cookies.jar if cookie.path == path}
    made = await client.post(f"{path}api/kernels", json={}, headers={"X-XSRFToken": cookies["_xsrf"]})
    made.raise_for_status()
    url = str(client.base_url.copy_with(scheme="ws")).rstrip("/")
    return connect(client, f"{url}{path}api/kernels/{made.json()['id']}/channels", path)


async def _follow(client: httpx.AsyncClient, progress: str) -> None:
    """Listen, as the waiting page does, until the hub says that the server is ready."""
    async with client.stream("GET", progress) as events:
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                event = json.loads(line.removeprefix("data:"))
                assert not event.get("failed"), event
                if event.get("ready"):
                    return
    raise AssertionError(f"{progress} ended before the server was ready")


def connect(client: httpx.AsyncClient, address: str, path: str) -> websockets.connect:
    """Open a kernel's WebSocket with the cookies that a browser would send to ``path``."""
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar if path.startswith(c.path))
    url = f"{address}?session_id={uuid.uuid4()}"
    return websockets.connect(url, additional_headers={"Cookie": cookie}, max_size=None)
