"""Jupyter's way in: a kernel provisioner that asks the fork server, and does it the stock way when that is away."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from sandyq.prefork.client import (
    RESTART_TIME,
    Child,
    LaunchFailed,
    Refused,
    ServerAway,
    find_server,
    ride_out,
    sockets_folder,
)
from sandyq.prefork.wishes import Launch

TEMPLATE, PLAIN = "kernel", "plain"
"""Names of the server's templates: what a kernel is forked from, and the stock way under a uid of its own."""


class ForkProvisioner(LocalProvisioner):
    """Starts ipykernel as a fork of a prepared one.

    Named ``sandyq-fork`` in a kernelspec's ``metadata.kernel_provisioner.provisioner_name``; ``argv`` stays ipykernel's
    own, for the stock way. A caller who may choose passes ``fork=Launch(…)`` to ``start_kernel``: its ``template``,
    ``uid``, ``home``, ``sockets``, ``limits`` and ``offline`` are used, the rest is filled in here. A kernel with a
    scratch home never runs as ourselves: the stock way, for it, is a program that the fork server starts, and one that
    is away is waited for. What is to be forked from a template of the caller's own has no stock way.
    """

    child: Child | None = None
    template: str = ""
    """What the kernel was forked from; empty: it was started as our own child."""

    @property
    def has_process(self) -> bool:
        return self.child is not None or super().has_process

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        wish: Launch | None = kwargs.pop("fork", None)
        if wish and wish.sockets and self.parent:
            self.parent.ip = str(sockets_folder(find_server()) / wish.sockets / "k")
        return await super().pre_launch(**kwargs) | {"fork": wish}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        wish: Launch = kwargs.pop("fork", None) or Launch(TEMPLATE, [], {}, "")
        patience = RESTART_TIME if wish.scratch else 0
        try:
            await ride_out(lambda: self._fork(wish, _skip_program(cmd), kwargs), patience)
        except (ServerAway, Refused, ValueError) as problem:
            if wish.template != TEMPLATE or (wish.scratch and isinstance(problem, ServerAway)):
                raise
            self.log.warning("The kernel starts the stock way, slowly: %s", problem)
            if not wish.scratch:
                return await super().launch_kernel(cmd, **kwargs)
            await ride_out(lambda: self._fork(replace(wish, template=PLAIN), cmd, kwargs), patience)
        return self.connection_info

    async def _fork(self, wish: Launch, argv: list[str], kwargs: dict[str, Any]) -> None:
        """Launch this very kernel; raise what ``Child.launch`` does."""
        apart = bool(
            wish.uid or wish.scratch
        )  # the child cannot read our connection file, and our log is not for it
        launch = replace(
            wish,
            argv=argv,
            env={name: str(value) for name, value in kwargs["env"].items()},
            cwd=str(kwargs.get("cwd") or Path.cwd()),
            tied=True,
            payload=json.dumps(self.connection_info, default=bytes.decode) if apart else "",
        )
        with nullcontext() if apart else _open_log(kwargs) as log:
            child = await Child.launch(find_server(), launch, log)
        if (code := child.poll()) is not None:
            raise LaunchFailed({"error": f"It ended with {code} before it could be spoken to."})
        self.child = child
        self.pid = self.pgid = child.pid
        self.cwd, self.template = launch.cwd, launch.template

    async def poll(self) -> int | None:
        return self.child.poll() if self.child else await super().poll()

    async def wait(self) -> int | None:
        if self.child is None:
            return await super().wait()
        code = await self.child.wait()
        self.child = None
        return code

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group, as the stock provisioner does; 0 asks only whether it lives."""
        if self.child is None:
            await super().send_signal(signum)
        elif signum != 0:
            child = self.child
            await self._signal(child, signum)
            await child.signalled()

    async def kill(self, restart: bool = False) -> None:
        if self.child is None:
            await super().kill(restart)
        else:
            await self._signal(self.child, signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        if self.child is None:
            await super().terminate(restart)
        else:
            await self._signal(self.child, signal.SIGTERM)

    async def _signal(self, child: Child, number: int) -> None:
        """Signal its process group; one of another uid's when the fork server, which alone may, is back."""

        async def attempt() -> None:
            try:
                child.signal(number, group=True)
            except PermissionError:
                raise ServerAway(f"Process {child.pid} cannot be signalled.") from None

        await ride_out(attempt)

    async def get_provisioner_info(self) -> dict[str, Any]:
        info: dict[str, Any] = await super().get_provisioner_info()
        return info | {"started": self.child.started if self.child else None}

    async def load_provisioner_info(self, provisioner_info: dict[str, Any]) -> None:
        await super().load_provisioner_info(provisioner_info)
        if provisioner_info.get("started") is not None:
            pid, started = provisioner_info["pid"], provisioner_info["started"]
            self.child = Child.recall(find_server(), pid, started, tied=True)


def _skip_program(cmd: list[str]) -> list[str]:
    """Return ipykernel's arguments; ValueError when ``cmd`` is something else."""
    if "-f" not in cmd or not {"ipykernel_launcher", "ipykernel"} & set(cmd):
        raise ValueError(f"{cmd[:3]} is not ipykernel, and only that can be forked.")
    return cmd[cmd.index("-f") :]


@contextmanager
def _open_log(kwargs: dict[str, Any]) -> Iterator[int | None]:
    """Where the kernel's output goes: to what the caller names as ``stdout``, else to our own standard error."""
    given = kwargs.get("stdout")
    if hasattr(given, "fileno"):
        yield given.fileno()  # type: ignore[union-attr] # hasattr said so
    elif isinstance(given, int) and given >= 0:
        yield given
    elif given is not None:
        descriptor = os.open(os.devnull, os.O_WRONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    else:
        yield sys.__stderr__.fileno() if sys.__stderr__ else None
