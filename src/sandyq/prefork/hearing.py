"""A kernel's client that misses no reply."""

from __future__ import annotations

import time
from math import inf
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets import Type

LOOK = 0.2
"""Seconds between looks for a message."""


class Channel(AsyncZMQSocketChannel):
    """Looks now and then whether something has come: what comes while we send something wakes nobody.

    Jupyter's session sends past the asyncio socket, and with that takes the one signal which ZeroMQ gives.
    """

    async def get_msg(  # type: ignore[override]
        self,
        timeout: float | None = None,  # noqa: ASYNC109 # as in the base class
    ) -> dict[str, Any]:
        ends = time.monotonic() + timeout if timeout is not None else inf
        while True:
            try:
                message: dict[str, Any] = await super().get_msg(max(0, min(LOOK, ends - time.monotonic())))
                return message
            except Empty:
                if time.monotonic() >= ends:
                    raise


class Client(AsyncKernelClient):
    shell_channel_class = Type(Channel)
    iopub_channel_class = Type(Channel)
