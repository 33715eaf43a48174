"""``./sandyq test --published``: ipykernel's and nbclient's own test suites, with stock kernels and with forked ones.

The suites are in the source packages of the very versions in ``requirements.lock``, checked by its hashes; they are
fetched into a temporary folder. What passes with stock kernels must pass with forked ones, but for ``EXCEPTIONS``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from recorder import OUTCOMES  # noqa: E402 # these need the paths above
from sources import NoPackages, download, pip, unpack  # noqa: E402
from tests.prefork.forks_world import KERNEL, Forks, running_forks  # noqa: E402

from sandyq.prefork.client import SOCKET  # noqa: E402

SUITES = {"ipykernel": ["tests"], "nbclient": ["tests"]}
QUICK = {
    "ipykernel": ["tests/test_message_spec.py"],
    "nbclient": [
        "tests/test_client.py::test_run_all_notebooks",
        "-k",
        "Widgets or Comms or History or display or Skip",
    ],
}
NEEDS = """
flaky==3.8.1 pytest-asyncio==1.5.0 pytest-cov==7.1.0 pytest-timeout==2.4.0
testpath==0.6.0 xmltodict==1.0.4
"""
"""What the suites import besides our own environment."""
EXCEPTIONS: dict[str, str] = {}
"""Test → why it cannot be meant for a forked kernel."""
PATIENCE = 1500
"""Seconds for one suite; stock needs about 150."""


@dataclass
class Run:
    """How one suite ended with one kind of kernel."""

    tests: dict[str, str]
    kernels: Counter[str]
    """``forked`` and ``stock``, as their provisioners tell."""
    launched: int
    """Processes that the fork server itself says it forked meanwhile."""
    seconds: float

    def failed(self) -> list[str]:
        return [test for test, outcome in self.tests.items() if outcome == "failed"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a selection, with forked kernels only")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="published-") as name:
        folder = Path(name)
        try:
            fetch(folder)
        except NoPackages as problem:
            print(f"skipped: no package index: {problem}", flush=True)
            return 0 if quick else 1
        with running_forks({"kernel": KERNEL}) as forks:
            print(ROW.format(*COLUMNS), flush=True)
            world = World(folder, forks)
            problems = world.check_quickly() if quick else world.compare()
    print("".join(f"FAILED: {problem}\n" for problem in problems), end="")
    return 1 if problems else 0


def fetch(folder: Path) -> None:
    """Fetch and unpack the suites and what they need; NoPackages when pip cannot."""
    download(folder, list(SUITES), "--no-build-isolation")
    pip("install", "--target", str(folder / "site"), *NEEDS.split())
    for package in SUITES:
        (archive,) = folder.glob(f"{package}-*.tar.gz")
        unpack(archive, folder / package, is_test)


def is_test(name: str) -> bool:
    """Only the tests and their settings: what they test is the installed package."""
    return name == "pyproject.toml" or name.startswith("tests/")


@dataclass
class World:
    """The unpacked suites and a fork server."""

    folder: Path
    forks: Forks

    def run(self, package: str, tests: list[str], forked: bool) -> Run:
        """Run tests of one suite; what pytest prints stands in a file, which kernels that live on cannot block."""
        outcomes = self.folder / "outcomes.json"
        outcomes.unlink(missing_ok=True)
        before, began = self.forks.status()["launched"], time.monotonic()
        options = (
            "-p recorder -p no:cacheprovider -o log_cli=false -o asyncio_default_fixture_loop_scope=function"
        )
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--color=no",
            "--timeout=120",
            *options.split(),
            *tests,
        ]
        with (self.folder / "log").open("w") as log:
            subprocess.run(
                command,
                cwd=self.folder / package,
                env=self.environment(forked) | {OUTCOMES: str(outcomes)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=PATIENCE,
                check=False,
            )
        if not outcomes.exists():
            raise ValueError(f"{package}'s suite did not run:\n{(self.folder / 'log').read_text()[-3000:]}")
        run = json.loads(outcomes.read_text())
        launched = self.forks.status()["launched"] - before
        return Run(run["tests"], Counter(run["kernels"]), launched, time.monotonic() - began)

    def environment(self, forked: bool) -> dict[str, str]:
        """Nothing of the caller's Jupyter; the one difference is which provisioner a kernel gets."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        paths = {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": f"{self.folder / 'site'}:{Path(__file__).parent}",
        }
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "IPYTHON", "PYTEST"))
        }
        ours = {"JUPYTER_DEFAULT_PROVISIONER_NAME": "sandyq-fork", SOCKET: self.forks.address}
        return kept | paths | (ours if forked else {})

    def compare(self) -> list[str]:
        """Run everything twice and print it; return what forked kernels fail and stock ones pass."""
        worse = []
        for package, tests in SUITES.items():
            stock, forked = self.run(package, tests, forked=False), self.run(package, tests, forked=True)
            print_row(package, "stock", stock)
            print_row(package, "forked", forked)
            for test in set(stock.failed()) & set(forked.failed()):
                print(f"  {test}: fails with both", flush=True)
            worse += [f"{test} did not run" for test in stock.tests if test not in forked.tests]
            worse += check_forked(forked)
            worse += self.repeat(
                package, [test for test in forked.failed() if stock.tests.get(test) == "passed"]
            )
        return worse

    def check_quickly(self) -> list[str]:
        """Run the selection with forked kernels and print it; return what fails."""
        failed = []
        for package, tests in QUICK.items():
            forked = self.run(package, tests, forked=True)
            print_row(package, "forked", forked)
            failed += check_forked(forked) + self.repeat(package, forked.failed())
        return failed

    def repeat(self, package: str, tests: list[str]) -> list[str]:
        """Run tests that failed once more, since some depend on the machine's load; return those that fail again."""
        again = self.run(package, tests, forked=True).failed() if tests else []
        if set(again) - set(EXCEPTIONS):
            print((self.folder / "log").read_text())
        for test in tests:
            verdict = EXCEPTIONS.get(test) or ("failed twice" if test in again else "passed when repeated")
            print(f"  {test}: {verdict}", flush=True)
        return [test for test in again if test not in EXCEPTIONS]


COLUMNS = ("suite", "kernels", "passed", "failed", "skipped", "forked", "stock", "seconds")
ROW = "{:10} {:8}" + 6 * " {:>8}"


def print_row(package: str, kind: str, run: Run) -> None:
    ends = Counter(run.tests.values())
    counts = [ends["passed"], ends["failed"], ends["skipped"], run.kernels["forked"], run.kernels["stock"]]
    print(ROW.format(package, kind, *counts, round(run.seconds)), flush=True)


def check_forked(run: Run) -> list[str]:
    """Return what makes a run worthless: kernels that were none of the fork server's."""
    forked, stock = run.kernels["forked"], run.kernels["stock"]
    if forked and not stock and run.launched >= forked:
        return []
    return [f"{forked + stock} kernels should be forks; {stock} are not; the server forked {run.launched}"]


if __name__ == "__main__":
    sys.exit(main())
