"""One fork server for the tests of a file that only use it."""

import os

import pytest
from jupyter_client.manager import KernelManager
from tests.prefork.forks_world import KERNEL, PLAIN, running_forks

from sandyq.prefork.client import SOCKET
from sandyq.prefork.wishes import Launch


@pytest.fixture(scope="module")
def forks():
    with running_forks({"kernel": KERNEL, "plain": PLAIN}) as running:
        yield running


@pytest.fixture
def as_client(forks, monkeypatch, tmp_path):
    """This process is a service that may ask the server; its kernels keep their history in a folder of the test's."""
    monkeypatch.setenv(SOCKET, forks.address)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return forks


@pytest.fixture
def visit(as_client, tmp_path):
    """Fork a visitor's kernel from a template."""
    from tests.prefork.test_kernel import Specs

    opened = []

    def start(template, **environment):
        manager = KernelManager(kernel_spec_manager=Specs(), transport="ipc")
        manager.connection_file = str(as_client.folder / f"v-{tmp_path.name}-{len(opened)}.json")
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | environment
        manager.start_kernel(cwd=str(tmp_path), env=environment, fork=Launch(template.name, [], {}, ""))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        opened.append((manager, client))
        return client

    yield start
    for manager, client in opened:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
