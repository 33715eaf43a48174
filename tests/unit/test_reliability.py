"""``docs/reliability.md`` is true: each test that it names is there, each proof has a row, figures are as found."""

from __future__ import annotations

import json
import re

from sandyq.cli import PROOFS
from sandyq.settings import PROJECT

PAGE = (PROJECT / "docs" / "reliability.md").read_text("utf-8")
FOUND = PROJECT / "docs" / "reliability"
THREATS = PAGE.partition("## Threats")[2].partition("\n## ")[0]


def rows(text):
    return [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")][1:]


def test_every_test_that_is_named_is_there():
    for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE):
        source = (PROJECT / file).read_text("utf-8")
        assert re.search(rf"^(async )?def {name}\(", source, re.M), f"{file} has no {name}"


def test_every_threat_has_a_test():
    assert len(rows(THREATS)) >= 15
    assert [threat for threat, shown in rows(THREATS) if "::test_" not in shown] == []


def test_every_proof_has_a_row_and_what_was_found_stands_in_it():
    for name in PROOFS:
        (row,) = [line for line in PAGE.splitlines() if f"`./sandyq prove {name}`" in line]
        file = FOUND / f"{name}.json"
        assert file.exists() != ("not yet measured" in row), name
        if file.exists():
            assert json.loads(file.read_text())["problems"] == 0 or "**" in row, (
                f"{name}: what is missed is said"
            )
