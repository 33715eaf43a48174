"""A child launched offline reaches nobody, not even on this machine, and its kernel is spoken to over files."""

import asyncio
import json
import os
import socket
import subprocess
import sys

import pytest
from tests.prefork.test_kernel import running_kernel

from sandyq.prefork.client import Child
from sandyq.prefork.wishes import BadWish, Launch, read_wish
from sandyq.settings import PROJECT

CONNECT = """
import json, socket
told = []
for family, address in ((socket.AF_INET, ("127.0.0.1", PORT)), (socket.AF_INET, ("192.0.2.1", 80)),
                        (socket.AF_INET6, ("::1", PORT)), (socket.AF_UNIX, ABSTRACT)):
    try:
        with socket.socket(family) as line:
            line.settimeout(5)
            line.connect(address)
        told.append("connected")
    except OSError:
        told.append("refused")
"""


@pytest.fixture
def attempts():
    """Code that tries to reach a port and an abstract socket at which somebody really listens."""
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0sandyq-test-{os.getpid()}")
        abstract.listen()
        yield CONNECT.replace("PORT", str(port.getsockname()[1])).replace(
            "ABSTRACT", repr(abstract.getsockname())
        )


def ask(client, code, expression):
    reply = client.execute(code, user_expressions={"told": expression}, reply=True, timeout=60)
    assert reply["content"]["status"] == "ok", reply["content"]
    return eval(reply["content"]["user_expressions"]["told"]["data"]["text/plain"])  # noqa: S307 # a list's repr


@pytest.mark.parametrize("offline", [False, True])
def test_a_kernel_works_over_files_and_reaches_the_network_only_when_it_may(
    as_client, tmp_path, attempts, offline
):
    wish = Launch("kernel", [], {}, "", offline=offline)
    with running_kernel(as_client.folder, tmp_path, fork=wish) as client:
        told = ask(client, attempts, "told")
    assert (told[0], told[3]) == (("refused",) * 2 if offline else ("connected",) * 2)
    assert told[1:3] == ["refused"] * 2 or not offline
    assert as_client.status()["launched"]


def test_a_program_started_the_stock_way_stays_offline_over_its_exec(forks, tmp_path, attempts):
    with (tmp_path / "out").open("wb") as out:
        code = f"{attempts}\nprint(json.dumps(told))"
        wish = Launch("plain", [sys.executable, "-c", code], {}, "/", offline=True)
        assert asyncio.run(launch_and_wait(forks, wish, out.fileno())) == 0
    assert json.loads((tmp_path / "out").read_text()) == ["refused"] * 4


async def launch_and_wait(forks, wish, log):
    return await (await Child.launch(forks.address, wish, log)).wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="being somebody else needs root")
def test_without_rights_it_takes_a_user_namespace_in_which_one_stays_who_one_was(attempts):
    code = f"""
import os
from sandyq.prefork.namespace import find_network_obstacle, leave_network
assert find_network_obstacle() == ""
leave_network()
{attempts}
print(json.dumps([os.getuid(), os.getgid(), *told]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], user=65534, group=65534, extra_groups=[], cwd="/", check=True,
        env={"PYTHONPATH": str(PROJECT / "src")}, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == [65534, 65534, *["refused"] * 4]


@pytest.mark.skipif(os.geteuid() != 0, reason="taking namespaces away needs root")
def test_where_linux_refuses_the_launch_is_refused_and_only_when_it_was_asked(attempts):
    """In a user namespace of its own that may have no network namespaces."""
    code = """
from sandyq.prefork.namespace import find_network_obstacle, leave_network
from pathlib import Path
Path("/proc/sys/user/max_net_namespaces").write_text("0")
print(find_network_obstacle())
"""
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "--", sys.executable, "-c", code],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": str(PROJECT / "src")},
    )  # fmt: skip
    assert "max_net_namespaces" in done.stdout, done.stderr


def test_offline_is_a_truth_value():
    with pytest.raises(BadWish, match="offline"):
        read_wish({"do": "launch", "template": "t", "argv": [], "env": {}, "cwd": "/", "offline": "yes"})
