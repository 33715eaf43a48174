"""``python -m sandyq_portal``: serve the portal on the loopback address; the proxy stands in front."""

from __future__ import annotations

import gc
import socket

import uvicorn

from sandyq.settings import Settings
from sandyq_portal.app import create_app

IDLE_CONNECTION = 3600
"""Seconds, as in the servers of hub and rooms: the proxy keeps its connections and sends the next request into one
of them; if that is just being closed here, the visitor gets a 503 for a server that is well."""


def main() -> None:
    settings = Settings.from_environment()
    config = uvicorn.Config(
        create_app(settings),
        host="127.0.0.1",
        port=settings.portal_port,
        log_level="warning",
        server_header=False,
        proxy_headers=True,
        timeout_keep_alive=IDLE_CONNECTION,
    )
    gc.collect()
    gc.freeze()  # the collector else goes through all that is imported here, several times an opened app: half its time
    uvicorn.Server(config).run([open_listener(settings)])


def open_listener(settings: Settings) -> socket.socket:
    """Listen on the portal's port; where it is held for our uid, beside what holds it."""
    return socket.create_server(
        ("127.0.0.1", settings.portal_port), backlog=2048, reuse_port=bool(settings.uid_base)
    )


if __name__ == "__main__":
    main()
