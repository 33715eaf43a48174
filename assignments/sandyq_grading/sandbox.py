"""Where a notebook's kernel comes from: forked, under a visitor's uid, offline, with a home that goes with it."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from sandyq.prefork.client import Refused, ServerAway, find_server
from sandyq.prefork.provisioner import TEMPLATE, ForkProvisioner
from sandyq.prefork.trees import remove_tree
from sandyq.prefork.wishes import Launch, Limits
from sandyq_grading.kernel import Kernel, KernelGone

log = logging.getLogger("grader")
LIMITS = Limits(memory=512 * 2**20, processes=64, files=256, file_size=16 * 2**20, nice=10, disk=128 * 2**20)
COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
SETTINGS = ["--HistoryManager.enabled=False", "--HistoryManager.hist_file=:memory:"]
MOVE_IN = (
    "(lambda shutil, os: (shutil.copytree({box!r}, {work!r}), os.chdir({work!r}), 'ready'))"
    "(__import__('shutil'), __import__('os'))[2]"
)
"""Has the kernel itself copy its files: nobody else may write into its home."""


class Specs(KernelSpecManager):
    """One kernel, whatever a notebook asks for and whatever stands on the disk."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 # there is only one
        provisioner = {"provisioner_name": "sandyq-fork", "config": {}}
        return KernelSpec(
            argv=COMMAND + SETTINGS,
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": provisioner},
        )


@dataclass(frozen=True)
class Sandbox:
    """How kernels are started; ``folder`` is ours, short-lived files stand in it."""

    folder: Path
    homes: str = ""
    """Folder of the fork server's in which kernels get their homes; empty: nobody is isolated from anybody."""
    limits: Limits = LIMITS

    @contextmanager
    def pack(self, source: Path, submitted: Path) -> Iterator[Path]:
        """Yield a folder with the files that stand beside a notebook: the source's, then the pupil's own.

        Kernels' uids may read it, but only who knows its name finds it.
        """
        box = self.folder / secrets.token_hex(16)
        try:
            box.mkdir(mode=0o755)
            for top in (source, submitted):
                copy_files(top, box)
            yield box
        finally:
            remove_tree(box)

    @contextmanager
    def open(self, box: Path, tick: Callable[[], None]) -> Iterator[Kernel]:
        """Yield a kernel that stands among the files of ``box`` and ends afterwards; KernelGone when there is none."""
        name = f"g-{secrets.token_hex(6)}"
        # A Unix socket's path has 107 bytes at most, so ours are in the system's temporary folder.
        with tempfile.TemporaryDirectory(prefix=f"sandyq-{name}-", ignore_cleanup_errors=True) as own:
            home = Path(self.homes) / name if self.homes else Path(own) / "home"
            if not self.homes:
                home.mkdir()
            manager = KernelManager(kernel_spec_manager=Specs(), transport="ipc")
            manager.connection_file, manager.ip = str(Path(own) / "connection.json"), str(Path(own) / "k")
            context: zmq.Context[Any] = zmq.Context.instance()
            try:
                self._start(manager, home, name)
                kernel = Kernel(manager, context, tick)
                try:
                    kernel.evaluate(MOVE_IN.format(box=str(box), work=str(home / "work")))
                    yield kernel
                finally:
                    kernel.close()
            finally:
                end(manager)

    def _start(self, manager: KernelManager, home: Path, name: str) -> None:
        wish = Launch(TEMPLATE, [], {}, "", limits=self.limits, offline=True)
        if self.homes:
            wish = replace(wish, home=str(home), scratch=True, sockets=name)
        try:
            manager.start_kernel(cwd=str(home), env=make_environment(home), fork=wish)
        except (ServerAway, Refused, OSError, RuntimeError) as problem:
            raise KernelGone(f"No kernel could be started: {problem}") from None

    def warn(self) -> None:
        """Say in the log what is missing for a sandbox."""
        if not find_server():
            log.warning("There is no fork server: kernels start the stock way, slowly and with the network.")
        if not self.homes:
            log.warning("Nobody is isolated here: pupils' code runs as the grader itself. Not for a class.")


def end(manager: KernelManager) -> None:
    """Kill a kernel. A forked one is tied to us: hanging up is enough, and nobody waits while its home is removed."""
    provisioner = manager.provisioner
    if isinstance(provisioner, ForkProvisioner) and provisioner.child:
        provisioner.child.detach()
        provisioner.child = None
    elif manager.has_kernel:
        manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def make_environment(home: Path) -> dict[str, str]:
    """A kernel's whole environment: nothing of ours, and nobody's token."""
    folders = dict.fromkeys(
        ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"), str(home / ".jupyter")
    )
    return folders | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "TMPDIR": str(home),
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_NO_CONFIG": "1",
        "LANG": "C.UTF-8",
        "TZ": "Asia/Almaty",
        "PYTHONNOUSERSITE": "1",
        "PYTHONIOENCODING": "utf-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PREFORK_DEBUGGER": "off",
        "NBGRADER_EXECUTION": "autograde",
    }


def copy_files(top: Path, box: Path) -> None:
    """Copy all regular files but notebooks into ``box``; what stands there already stays."""
    for path in sorted(top.rglob("*")):
        target = box / path.relative_to(top)
        if path.is_symlink() or not path.is_file() or path.suffix == ".ipynb" or target.exists():
            continue
        with suppress(
            FileExistsError, NotADirectoryError
        ):  # a pupil's file is called as a folder of the source
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o644)
