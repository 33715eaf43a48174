"""Two machines in one network, each with a real Avahi: both want one name, and a router gives out another address."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from rehearsal import wait_for
from sandyq.settings import PROJECT
from sandyq.tls.mdns import announce

NAME = "sandyq.local"
PROGRAMS = ("avahi-daemon", "avahi-resolve", "dbus-daemon", "ip")
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={folder}/bus</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
SETTINGS = """[server]
#host-name=foo
use-ipv4=yes
use-ipv6=yes
enable-dbus=yes
disallow-other-stacks=no
"""
FIND = """
import sys
from sandyq.tls.mdns import find_rival, resolve
from sandyq.tls.names import find_addresses
print(resolve(sys.argv[1]), find_rival(sys.argv[1], find_addresses()), *find_addresses(), sep=",")
"""
RENEW = """
import sys
from pathlib import Path
from sandyq.settings import Settings
from sandyq.tls.serving import keep_valid, read_shown
settings = Settings(home=Path(sys.argv[1]), tls_name="sandyq.local")
why = keep_valid(settings)
print(why, *read_shown(settings).addresses, sep=",")
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="networks of one's own need root"),
    pytest.mark.skipif(
        not all(map(shutil.which, PROGRAMS)),
        reason="apt install avahi-daemon avahi-utils dbus-daemon iproute2",
    ),
]


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


class Machine:
    """A network namespace with an Avahi of its own."""

    def __init__(self, number, folder):
        self.space, self.link, self.folder = (
            f"sandyq{os.getpid()}-{number}",
            f"sq{os.getpid()}{number}",
            folder,
        )
        self.address = f"192.168.77.{number}"
        self.processes = []

    def python(self, code, *arguments):
        command = ["ip", "netns", "exec", self.space, sys.executable, "-c", code, *arguments]
        environment = os.environ | {
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/bus",
            "PYTHONPATH": str(PROJECT / "src"),
        }
        told = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        return told.stdout.strip().split(",")

    def start_avahi(self):
        self.folder.mkdir()
        (self.folder / "bus.conf").write_text(BUS.format(folder=self.folder))
        (self.folder / "avahi-daemon.conf").write_text(SETTINGS)
        announce(NAME, 443, self.folder)
        script = (
            "mount -t tmpfs none /run && mkdir /run/avahi-daemon && "
            f"dbus-daemon --nofork --nopidfile --config-file={self.folder}/bus.conf & "
            f"while [ ! -S {self.folder}/bus ]; do sleep 0.1; done; "
            f"exec avahi-daemon -f {self.folder}/avahi-daemon.conf --no-drop-root --no-rlimits --no-chroot"
        )
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/bus"}
        with (self.folder / "log").open("w") as log:
            command = ["ip", "netns", "exec", self.space, "sh", "-c", script]
            self.processes.append(
                subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
            )
        wait_for(lambda: "Server startup complete" in self.log, "Avahi", 30)

    @property
    def log(self):
        return (self.folder / "log").read_text()

    def stop(self):
        for process in self.processes:
            subprocess.run(["kill", "--", f"-{process.pid}"], check=False)
            process.wait(10)


@contextmanager
def open_network(folder):
    machines = [Machine(number, folder / str(number)) for number in (1, 2)]
    made = []
    try:
        for machine in machines:
            if subprocess.run(
                ["ip", "netns", "add", machine.space], capture_output=True, check=False
            ).returncode:
                pytest.skip("this machine lets nobody make networks")
            made.append(machine)
        one, two = machines
        run(
            "ip",
            "link",
            "add",
            one.link,
            "netns",
            one.space,
            "type",
            "veth",
            "peer",
            two.link,
            "netns",
            two.space,
        )
        for machine in machines:
            for command in (
                ["addr", "add", f"{machine.address}/24", "dev", machine.link],
                ["link", "set", machine.link, "up", "multicast", "on"],
                ["link", "set", "lo", "up"],
            ):
                run("ip", "-n", machine.space, *command)
        yield machines
    finally:
        for machine in made:
            machine.stop()
            subprocess.run(["ip", "netns", "del", machine.space], check=False)


@pytest.fixture
def network():
    """In a short path: a bus's socket may have 107 bytes."""
    folder = Path(f"/tmp/sq{os.getpid()}")  # noqa: S108
    folder.mkdir(mode=0o755)
    try:
        with open_network(folder) as machines:
            yield machines
    finally:
        shutil.rmtree(folder)


def test_the_name_is_found_and_a_second_machine_with_it_is_told(network):
    one, two = network
    one.start_avahi()
    assert one.python(FIND, NAME) == [one.address, "", one.address], "alone it is its own"
    two.start_avahi()
    assert "sandyq-2.local" in two.log, "Avahi gives way"
    assert two.python(FIND, NAME) == [one.address, one.address, two.address], "and we say who has it"
    assert one.python(FIND, NAME) == [one.address, "", one.address]
    assert one.python(FIND, "nobody.local")[:2] == ["", ""]


def test_an_address_that_the_router_gives_anew_is_in_the_certificate(network, tmp_path):
    one, _ = network
    assert one.python(RENEW, str(tmp_path)) == ["there was none", one.address]
    assert one.python(RENEW, str(tmp_path)) == ["", one.address]
    run("ip", "-n", one.space, "addr", "del", f"{one.address}/24", "dev", one.link)
    run("ip", "-n", one.space, "addr", "add", "10.20.30.40/24", "dev", one.link)
    assert one.python(RENEW, str(tmp_path)) == ["the address is new: 10.20.30.40", "10.20.30.40"]
