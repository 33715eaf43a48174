"""The recipe of a person's own server: jupyterhub.singleuser with Notebook and Lab, started once before the fork.

``python -m sandyq_hub.person`` is the same server, started the stock way. Both serve the socket that came along.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import asyncio
import importlib
import os
import socket
import sys
import tempfile
from typing import Any

from traitlets.config import SingletonConfigurable

from sandyq.prefork.child import finish, take_listener, tell_ready
from sandyq.prefork.nursery import Tell
from sandyq.prefork.wishes import Launch
from sandyq_hub.runtime import find_free_ports
from sandyq_hub.spawner import ARGUMENTS

LATER = """
ipykernel.kernelspec jupyter_server.services.contents.largefilemanager
jupyter_server.services.kernels.connection.channels jupyterlab.handlers.announcements nbconvert.exporters
"""
"""What a server imports only when it is used."""


def prepare(options: dict[str, str], tell: Tell) -> object:  # noqa: ARG001 # recipes have one form
    """Start a server for nobody and close it again: all its modules, patterns and templates are then in memory."""
    from jupyterhub.singleuser.extension import JupyterHubSingleUser

    from sandyq_hub import packs

    packs.warm_up()
    JupyterHubSingleUser.check_hub_version = _trust_hub
    for module in LATER.split():
        importlib.import_module(module)
    environment = dict(os.environ)
    (port,) = find_free_ports(
        1
    )  # 0 would mean 80 to the hub's code, and there an installed server's proxy listens
    with tempfile.TemporaryDirectory(prefix="fork-") as folder:
        os.environ |= {  # without JUPYTERHUB_DISABLE_USER_CONFIG, which would fix this home's paths for all children
            "HOME": folder,
            "JUPYTERHUB_API_TOKEN": "nobody",
            "JUPYTERHUB_CLIENT_ID": "nobody",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": "/user/nobody/oauth_callback",
            "JUPYTERHUB_SERVICE_PREFIX": "/user/nobody/",
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}/user/nobody/",
            "JUPYTERHUB_USER": "nobody",
            "JUPYTER_RUNTIME_DIR": folder,
        }
        server = JupyterHubSingleUser.initialize_server([*ARGUMENTS, f"--ServerApp.root_dir={folder}"])
        server.io_loop.run_sync(server._cleanup)
        server.io_loop.close(all_fds=True)
    os.environ.clear()
    os.environ.update(environment)
    forget_singletons(SingletonConfigurable)
    asyncio.set_event_loop(None)
    return {}


async def _trust_hub(_self: Any) -> None:
    """A server forked beside its hub is of the hub's version."""


def forget_singletons(kind: Any) -> None:
    kind._instance = None
    for child in kind.__subclasses__():
        forget_singletons(child)


def run(launch: Launch) -> int:
    """Be a person's server until it is stopped."""
    return finish(lambda: serve(launch.argv))


def serve(argv: list[str]) -> None:
    from jupyterhub.singleuser.extension import JupyterHubSingleUser
    from jupyterlab.commands import get_user_settings_dir, get_workspaces_dir

    own = [  # Lab decides on these once, when it is imported
        f"--LabApp.user_settings_dir={get_user_settings_dir()}",
        f"--LabApp.workspaces_dir={get_workspaces_dir()}",
    ]
    if listener := take_listener():
        adopt(listener)
    server = JupyterHubSingleUser.initialize_server([*argv, *own])
    server.io_loop.add_callback(tell_ready)
    server.start()


def adopt(listener: socket.socket) -> None:
    """Have the server serve this socket: its port is ours already, and nobody is asked for one."""
    import jupyter_server.serverapp

    def bind(server: Any) -> bool:
        server.http_server.add_socket(listener)
        return True

    server_class: Any = jupyter_server.serverapp.ServerApp
    server_class._find_http_port = lambda _server: None
    server_class._bind_http_server_tcp = bind


if __name__ == "__main__":
    serve(sys.argv[1:])
