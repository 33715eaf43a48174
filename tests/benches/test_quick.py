"""Each bench in its smallest form: that it works and finds no errors, not how fast anything is."""

import json
import subprocess
import sys

import pytest

from sandyq.cli import BENCHES


@pytest.mark.parametrize("bench", BENCHES)
def test_a_bench_runs_and_writes_its_figures(bench, tmp_path):
    file = tmp_path / "figures.json"
    command = [
        sys.executable,
        "-m",
        "sandyq.cli",
        "bench",
        bench,
        "--quick",
        "--json",
        str(file),
        "--save",
        str(tmp_path),
    ]
    with (tmp_path / "log").open("w+") as log:
        code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        assert code == 0, (tmp_path / "log").read_text()
    report = json.loads(file.read_text())
    assert report["bench"] == bench
    assert report["figures"]
    bounds = (
        "errors",
        "outside requests",
        "kernels at most",
        "out of order",
        "in the school database",
        "on one side only",
    )
    counted = [figure for figure in report["figures"] if figure["name"].endswith(bounds)]
    assert [figure for figure in counted if figure["meets"] is False] == []
    assert (tmp_path / f"{bench}.md").exists()
    assert json.loads((tmp_path / f"{bench}.json").read_text()) == report
