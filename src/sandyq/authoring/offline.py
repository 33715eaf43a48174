"""Lessons are executed without a network: what works only with one would fail in a school that has none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from jupyter_client.manager import AsyncKernelManager

from sandyq.prefork.hearing import Client

NOWHERE: Final = "http://127.0.0.1:9"
"""The discard port: nobody answers there."""
_WAYS: Final = (("unshare", "--net"), ("unshare", "--map-current-user", "--net"))
"""As root, and in a user namespace: a program that stands behind these words finds an empty network."""
_VISIT_ENVIRONMENT: Final = ("SANDYQ_API_URL", "SANDYQ_VISIT_TOKEN", "SANDYQ_LANGUAGE", "SANDYQ_VISITOR_NAME")


@lru_cache
def find_isolation() -> tuple[str, ...]:
    """Return the words that take a program's network away; none where this machine does not allow it."""
    for words in _WAYS:
        if shutil.which(words[0]) and _succeeds([*words, "true"]):
            return words
    return ()


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


class OfflineKernelManager(AsyncKernelManager):
    """Starts a kernel that finds no network; it is spoken to over sockets in the file system."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        return [*find_isolation(), *super().format_kernel_cmd(extra_arguments)]


@contextmanager
def open_kernel_manager() -> Iterator[OfflineKernelManager]:
    """Yield a manager whose kernel has not been started yet."""
    with TemporaryDirectory(prefix="sandyq-") as folder:
        place = str(Path(folder) / "kernel")
        yield OfflineKernelManager(kernel_name="python3", transport="ipc", ip=place, client_factory=Client)


def make_environment() -> dict[str, str]:
    """Return the environment of a kernel that is nobody's visit and whose proxies lead nowhere."""
    own = {name: value for name, value in os.environ.items() if name not in _VISIT_ENVIRONMENT}
    names = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")
    return {**own, **dict.fromkeys((*names, *map(str.upper, names)), NOWHERE), "no_proxy": "", "NO_PROXY": ""}
