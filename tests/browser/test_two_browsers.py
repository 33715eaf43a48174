"""Chromium and Firefox: a pupil's lesson and a leader's register, the same steps in both."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from rehearsal import CHROMIUM_ARGUMENTS
from sandyq.settings import PROJECT
from sandyq_hub.parts import find_node

STEPS = Path(__file__).with_name("two_browsers.mjs")
BROWSERS = {
    "chrome": ("/usr/bin/chromium", CHROMIUM_ARGUMENTS),
    "firefox": ("/usr/bin/firefox-esr", []),
}


@pytest.mark.parametrize("kind", BROWSERS)
def test_a_lesson_and_the_register_work_without_a_fault(demo, tmp_path, kind):
    program, flags = BROWSERS[kind]
    if not Path(program).exists():
        pytest.skip(f"no browser at {program}: apt install {Path(program).name}")
    if not (PROJECT / "node_modules" / "puppeteer-core").exists():
        pytest.skip("what drives it is not installed: ./sandyq test installs it")
    pupils = [a for a in demo.accounts() if a["class"] == "3А" and a["role"] == "pupil"]
    about = {
        "kind": kind,
        "program": program,
        "flags": flags,
        "url": demo.url,
        "folder": str(tmp_path),
        "pupil": pupils[-1 - list(BROWSERS).index(kind)],
        "leader": demo.account("leader"),
    }
    steps = subprocess.run(
        [find_node(), STEPS, json.dumps(about)],
        env=os.environ | {"HOME": str(tmp_path)},  # Firefox writes there, too
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert steps.returncode == 0, f"{steps.stdout}{steps.stderr}\nPictures, if any: {tmp_path}"
    assert "both tours done" in steps.stdout
