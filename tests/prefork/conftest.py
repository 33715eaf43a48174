"""One fork server for the tests of a file that only use it."""

import pytest
from tests.prefork.forks_world import KERNEL, PLAIN, running_forks

from sandyq.prefork.client import SOCKET


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
