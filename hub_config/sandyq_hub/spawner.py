"""A person's own Jupyter server: Notebook 7 for pupils, Lab for teachers, in a private home."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from jupyterhub.spawner import LocalProcessSpawner

from sandyq.settings import Settings

PUPILS_PAGE, TEACHERS_PAGE = "/tree", "/lab"

ARGUMENTS = [
    "--ServerApp.terminals_enabled=False",
    "--ServerApp.allow_root=True",  # a container's demo runs as root; an installed school never does
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--KernelManager.transport=ipc",
    "--ServerApp.jpserver_extensions={'nbgrader.apps.formgradeapp': False}",
]


class PersonSpawner(LocalProcessSpawner):
    """Starts ``jupyterhub-singleuser`` as a child of the hub; no system account is needed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = Settings.from_environment()
        self.created = 0.0
        self.args = ARGUMENTS
        self.start_timeout = 120
        self.http_timeout = 120

    @property
    def home(self) -> Path:
        return self.settings.homes / self.user.name

    @property
    def is_pupil(self) -> bool:
        return {group.name for group in self.user.groups} & {"teacher", "administrator", "leader"} == set()

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        runtime = self.home / ".local" / "runtime"
        return env | {
            "USER": self.user.name,
            "HOME": str(self.home),
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "OPENBLAS_NUM_THREADS": "1",
        }

    def make_preexec_fn(self, name: str) -> Callable[[], None]:  # noqa: ARG002 # the hub passes it
        home = self.home

        def enter_home() -> None:
            os.umask(0o077)
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chdir(home)

        return enter_home

    async def start(self) -> tuple[str, int]:
        self.default_url = PUPILS_PAGE if self.is_pupil else TEACHERS_PAGE
        address = await super().start()
        self.created = psutil.Process(self.pid).create_time()
        return address

    # A process number alone may have been given to somebody else after a power cut: its birth time tells.

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | ({"created": self.created} if self.pid else {})

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.created = state.get("created", 0.0)

    async def _signal(self, sig: int) -> bool:
        try:
            ours = psutil.Process(self.pid).create_time() == self.created
        except psutil.NoSuchProcess:
            return False
        return ours and await super()._signal(sig)
