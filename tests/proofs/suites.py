"""Proofs that are suites of attacks: those that ``./sandyq test`` runs, counted by name."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from sandyq.settings import PROJECT


def run_attacks(nodes: Sequence[str], chosen: str = "") -> tuple[int, list[str]]:
    """Run tests; return how many were shown and a line for each that failed. What was skipped was not shown."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *nodes]
        command += ["-k", chosen] if chosen else []
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        run = subprocess.run(
            command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True
        )
        if not report.exists():
            return 0, [f"the suite did not run: {run.stdout[-500:]}{run.stderr[-500:]}"]
        cases = ElementTree.parse(report).getroot().iter("testcase")  # noqa: S314 # our own
        return count(cases)


def count(cases: object) -> tuple[int, list[str]]:
    shown, failed = 0, []
    for case in cases:  # type: ignore[attr-defined]
        name = f"{case.get('classname')}::{case.get('name')}"
        problem = case.find("failure")
        problem = case.find("error") if problem is None else problem
        if problem is not None:
            failed.append(f"{name}: {problem.get('message', '')[:300]}")
        if case.find("skipped") is None:
            shown += 1
        else:
            print(f"not shown: {name}: {case.find('skipped').get('message')}")
    return shown, failed
