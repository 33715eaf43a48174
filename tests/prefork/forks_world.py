"""A fork server of its own for these tests: real processes, real sockets, real kernels."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rehearsal import wait_for
from sandyq.prefork.client import ServerAway, ask_status
from sandyq_hub.forks import PRELOAD, WARM_UP

KERNEL = {"recipe": "sandyq.prefork.kernel", "preload": ",".join(PRELOAD.split()), "warm_up": WARM_UP}
PLAIN = {"recipe": "sandyq.prefork.plain"}


@dataclass
class Forks:
    """A running fork server."""

    folder: Path
    plan: dict
    files: int = 0
    """Descriptors that it may have at the most; 0: as many as we."""
    process: subprocess.Popen | None = None

    @property
    def address(self) -> str:
        return str(self.folder / "server")

    def start(self) -> None:
        command = [sys.executable, "-m", "sandyq.prefork", json.dumps(self.plan)]
        if self.files:
            command = ["sh", "-c", f'ulimit -n {self.files}; exec "$@"', "sh", *command]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}
            )
        wait_for(lambda: self.process.poll() is not None or self.is_ready(), "the templates")
        assert self.process.poll() is None, (self.folder / "log").read_text()

    def is_ready(self) -> bool:
        try:
            templates = self.status()["templates"]
        except ServerAway:
            return False
        return set(self.plan["templates"]) <= {name for name, one in templates.items() if one["ready"]}

    def status(self) -> dict:
        return asyncio.run(ask_status(self.address))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def running_forks(templates, files=0, **plan):
    """Start a fork server in a short folder (socket paths have 107 bytes at most) and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="fk-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        homes = folder / "homes"
        homes.mkdir(mode=0o711)
        plan = {
            "socket": str(folder / "server"),
            "callers": [os.getuid()],
            "templates": templates,
            "recipes": ["sandyq.prefork.notebook"],
            "homes": [str(homes)],
        } | plan
        forks = Forks(folder, plan, files)
        try:
            forks.start()
            yield forks
        finally:
            forks.stop()
