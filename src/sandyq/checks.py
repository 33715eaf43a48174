"""``./sandyq test``: style, types, import directions, then every test suite. One failing check fails the whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandyq.settings import PROJECT

PROGRAMS = (
    "/usr/bin/chromium",
    "/usr/bin/firefox-esr",
    "/usr/bin/restic",
    "/usr/bin/strace",
    "/usr/lib/systemd/systemd",
    "/usr/bin/openssl",
    "/usr/bin/certutil",
    "/usr/sbin/avahi-daemon",
    "/usr/bin/avahi-resolve",
)
"""Debian's packages for the tests, by what they install: two browsers, what makes backups, what records writes,
what judges units, what looks at TLS, what tells a browser whom to trust, what tells and finds a name in a network."""
PACKAGES = {"certutil": "libnss3-tools", "avahi-resolve": "avahi-utils"}
"""Those that are called otherwise than their program."""
FIRST_NUMBER, OTHER_NUMBERS = 1_900_000_000, 4_000_000
"""Uids of the servers that tests start (``sandyq_hub.isolation``), and by how much those beside are others."""
PUBLISHED = "tests/published/run.py"
EXAMPLES = "tests/browser/test_examples.py"
APART = [
    ["tests/browser/test_stock_pages.py"],
    ["tests/browser/test_every_widget.py", EXAMPLES],
    ["tests/browser/test_two_browsers.py"],
    ["tests/browser/test_inputs.py"],
    ["tests/browser/test_scripts.py"],
    ["tests/browser/test_tls.py"],
]
"""Browser suites that want a server nobody has worked at before, or one of their own."""


def run(pytest_arguments: Sequence[str]) -> int:
    """Run everything, or only pytest with the arguments given; return the exit code."""
    _ensure_programs()
    if pytest_arguments:
        return _step("pytest", "pytest", *pytest_arguments)
    alone = [
        ("ruff", "ruff", "check", "."),
        ("format", "ruff", "format", "--check", "."),
        ("mypy", "mypy"),
        ("imports", "lint-imports"),
    ]
    # A browser's driver keeps an event loop in its process, so these stand apart from the others.
    browser = [
        ("browser", "pytest", "tests/browser", *(f"--ignore={file}" for files in APART for file in files)),
        *(("browser", "pytest", *files) for files in APART),
    ]
    beside = [
        ("units", "pytest", "tests/unit", "tests/notebooks"),
        ("published", "python", PUBLISHED, "--quick"),
        ("notebooks", "pytest", "--nbval", "curriculum/notebooks", "voila_apps", "-p", "no:cacheprovider"),
    ]
    # Each starts isolated servers, and who starts last has this folder's lessons: none of them beside another.
    servers = [
        ("attacks", "pytest", "tests/attacks"),
        ("hub", "pytest", "tests/prefork", "tests/hub"),
        ("benches", "pytest", "tests/benches"),
    ]
    began = time.monotonic()
    with tempfile.NamedTemporaryFile("r") as failures:
        os.environ["SANDYQ_FAILURES"] = failures.name  # tests/conftest.py writes there
        codes = [_step(*check) for check in alone]
        with (
            ThreadPoolExecutor() as pool
        ):  # a browser's suites wait a lot: what computes takes the other processor
            computed = pool.submit(lambda: [_step(*check, beside=True) for check in beside])
            codes += [_step(*check) for check in browser] + computed.result()
        codes += [_step(*check) for check in servers]
        print(failures.read(), end="")  # once more, where the output ends
    failed = [
        name for (name, *_), code in zip([*alone, *browser, *beside, *servers], codes, strict=True) if code
    ]
    told = f"failed: {', '.join(failed)}" if failed else "all checks passed"
    print(f"sandyq: {told} in {time.monotonic() - began:.0f} s", flush=True)
    return 1 if failed else 0


def compare_published() -> int:
    """Run published suites with both kinds of kernels, published examples with both front ends."""
    _ensure_programs()
    os.environ["SANDYQ_PUBLISHED"] = "1"
    codes = [_step("published", "python", PUBLISHED), _step("examples", "pytest", EXAMPLES)]
    return max(codes)


def complete_lessons() -> int:
    """Complete every lesson with the keyboard alone, walk through all pages, compare lessons: in every language."""
    _ensure_programs()
    os.environ["SANDYQ_EVERY_LANGUAGE"] = "1"
    suites = (["test_lessons.py", "test_tour.py"], ["test_stock_pages.py"])
    return max(_step("lessons", "pytest", *(f"tests/browser/{name}" for name in names)) for names in suites)


def _step(name: str, *command: str, beside: bool = False) -> int:
    """Run one; ``beside`` another it steps back, under numbers of its own, and what it says comes when it ends."""
    print(f"sandyq: {name} …", flush=True)
    started = time.monotonic()
    binaries = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{binaries}:{os.environ.get('PATH', '')}"}
    arguments: list[str | Path] = [binaries / command[0], *command[1:]]
    if beside:
        environment["SANDYQ_UID_BASE"] = str(
            int(environment.get("SANDYQ_UID_BASE", FIRST_NUMBER)) + OTHER_NUMBERS
        )
        arguments = ["nice", *arguments]
    with tempfile.TemporaryFile("w+") as said:
        into = said if beside else None
        code = subprocess.run(
            arguments, cwd=PROJECT, env=environment, check=False, stdout=into, stderr=into
        ).returncode
        said.seek(0)
        print(said.read(), end="")
    print(
        f"sandyq: {name}: {'passed' if code == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return code


def _ensure_programs() -> None:
    """As root on Debian, install what is missing; elsewhere the tests that need it say that they were skipped."""
    names = [Path(program).name for program in PROGRAMS if not Path(program).exists()]
    missing = [PACKAGES.get(name, name) for name in names]
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"sandyq: installing {' and '.join(missing)} for the tests …", flush=True)
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-q", *missing, "fonts-noto-core"],
    ):
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
