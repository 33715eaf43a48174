"""A recipe that shows the floor: a fork of a prepared kernel process that does nothing, or only what ZMQ costs."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from sandyq.prefork.child import finish, tell_ready
from sandyq.prefork.kernel import prepare
from sandyq.prefork.wishes import Launch

__all__ = ["prepare", "run"]


def run(launch: Launch) -> int:
    if not launch.argv:
        tell_ready()
        signal.pause()
    return finish(lambda: answer(Path(launch.argv[1])))


def answer(connection: Path) -> None:
    """A kernel without IPython: it answers ``kernel_info_request`` on its shell socket and knows nothing else."""
    import zmq
    from jupyter_client.session import Session

    info = json.loads(connection.read_text())
    session = Session(key=info["key"].encode())
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.bind(f"ipc://{info['ip']}-1")
        tell_ready()
        while True:
            idents, message = session.recv(socket, mode=0)
            session.send(socket, "kernel_info_reply", {"status": "ok"}, parent=message, ident=idents)
