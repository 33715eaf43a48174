"""An installed server's units at work under their own locks, without systemd: what a filter refuses shows here."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.vm import day, sample_school
from unit_locks import SYSTEMD, Unit

from rehearsal import free_port, open_folder, wait_for
from sandyq.configuration import Configuration
from sandyq.settings import PROJECT, Settings
from sandyq_hub.install.units import PYTHON, render_units
from sandyq_hub.isolation import NAMES, first_number
from sandyq_hub.parts import NAMES as PARTS
from sandyq_hub.parts import does_answer, find_health
from sandyq_hub.runtime import find_free_ports

CHANGE = "import os; os.seteuid(os.geteuid())"
THREADS = "import zmq; zmq.Context().socket(zmq.PUSH).connect('tcp://127.0.0.1:9')"
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root gives parts numbers of their own"),
    pytest.mark.skipif(not Path(SYSTEMD).exists(), reason="systemd is not here: apt install systemd"),
    pytest.mark.skipif(not shutil.which("restic"), reason="restic is not installed: apt install restic"),
]


@dataclass
class Machine:
    """A server's folder, and the units that work on it."""

    settings: Settings
    units: dict[str, str]
    people: dict[str, Any]
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str, argument: str = "", code: str = "") -> subprocess.Popen:
        """Start a unit's program as systemd would; or, in its place, ``code``."""
        home, instance = self.settings.home, f"{name}{argument}"
        unit = Unit(self.units[f"sandyq-{name}.service"])
        numbers = {f"sandyq-{each}": first_number() + index for index, each in enumerate(NAMES)}
        command = [sys.executable if word == str(PYTHON) else word for word in unit.command]
        command = [word.replace("%i", argument) for word in command]
        command += ["--home", str(home)] if "sandyq.cli" in command else []
        command = [sys.executable, "-c", code] if code else command
        with self.log_of(instance).open("wb") as log:
            self.running[instance] = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=PROJECT,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "SANDYQ_HOME": str(home)},
                umask=int(unit.lines["UMask"][0], 8) if unit.lines["UMask"] else 0o022,
                preexec_fn=unit.lock(numbers, home),  # noqa: PLW1509 # we have no threads
            )
        return self.running[instance]

    def run(self, name: str, argument: str = "") -> None:
        """Run a unit that ends by itself."""
        code = self.start(name, argument).wait(300)
        assert code == 0, f"{name}{argument} ended with {code}:\n{self.log_of(name + argument).read_text()}"

    def log_of(self, name: str) -> Path:
        return self.settings.home.parent / f"{name}.log"

    def bring_up(self) -> None:
        """In the order that the units name."""
        self.run("prepare")
        self.start("ports")
        self.wait("ports", lambda: "are held" in self.log_of("ports").read_text())
        for part in PARTS:
            self.start(part)
        for part in PARTS:
            self.wait(part, lambda part=part: does_answer(find_health(self.settings, part)))
        self.run("ready@", "hub")
        self.run("ready@", "proxy")

    def wait(self, name, condition):
        wait_for(lambda: condition() or self.running[name].poll() is not None, f"{name} to answer")
        assert self.running[name].poll() is None, self.log_of(name).read_text()

    def stop(self) -> None:
        for process in reversed(self.running.values()):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()

    def open_browser(self, **options):
        url = f"https://127.0.0.1:{self.settings.port}"
        return httpx.Client(base_url=url, verify=False, timeout=120, **options)  # noqa: S501 # its own authority


@pytest.fixture(scope="module")
def machine():
    with open_folder() as folder:
        home, runtime = folder / "home", folder / "run"
        home.mkdir()
        runtime.mkdir(mode=0o711)
        settings = Settings(
            *(home, "kk", free_port(), *find_free_ports(4), str(runtime / "server")),
            uid_base=first_number(),
            tls_name="sandyq.local",
        )
        settings.save()
        made = Machine(settings, dict(render_units(Configuration())), sample_school.make(settings))
        try:
            made.bring_up()
            yield made
        finally:
            made.stop()


def test_a_day_at_school_under_the_units_locks(machine):
    """A lesson, an assignment that is graded, a picture that is kept, a certificate."""
    day.spend(machine.open_browser, machine.people)


@pytest.mark.parametrize(("code", "may"), [(CHANGE, ["ports"]), (THREADS, ["rooms", "grader", "ports"])])
def test_a_lock_refuses_what_its_unit_does_not_name(machine, code, may):
    """Else all the rest here would say nothing: twice an installed server lacked one of these calls."""
    told = {}
    for name in ("hub", "portal", "rooms", "grader", "ports"):
        process = machine.start(name, " tried", code)
        told[name] = process.wait(60) == 0
    assert [name for name, done in told.items() if done] == sorted(may, key=list(told).index)


def test_what_is_due_at_its_time_is_done_under_its_locks(machine):
    for name in ("hourly", "certificate", "backup"):
        machine.run(name)
    assert "all equal" in machine.log_of("backup").read_text()
