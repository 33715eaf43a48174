"""A pytest plugin: writes down how each test of a published suite ended and how the kernels it started came to be."""

import json
import os
from collections import Counter
from pathlib import Path

from jupyter_client.manager import KernelManager

OUTCOMES = "SANDYQ_OUTCOMES"
"""Environment variable with the file to write."""

tests: dict[str, str] = {}
kernels: Counter[str] = Counter()
launch_as_ever = KernelManager._async_launch_kernel


async def launch(manager, *arguments, **options):
    """Count by what the provisioner holds afterwards: a child of the fork server, or a program of its own."""
    await launch_as_ever(manager, *arguments, **options)
    kernels["forked" if getattr(manager.provisioner, "child", None) else "stock"] += 1


def pytest_configure(config):
    KernelManager._async_launch_kernel = launch


def pytest_runtest_logreport(report):
    """What fails in any phase has failed; when a test is repeated (``@flaky``), its last call counts."""
    if report.when == "call" or report.outcome != "passed":
        tests[report.nodeid] = report.outcome


def pytest_sessionfinish(session):
    Path(os.environ[OUTCOMES]).write_text(json.dumps({"tests": tests, "kernels": kernels}))
