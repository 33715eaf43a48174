"""Topics of peers, criteria of reviewers and why, by key, with their words in three languages (``words.toml``)."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("words.toml")


def topics() -> dict[str, dict[str, str]]:
    return _read()["topics"]


def criteria() -> dict[str, dict[str, str]]:
    return _read()["criteria"]


def reasons() -> dict[str, dict[str, str]]:
    """Return why each criterion stands there."""
    return _read()["reasons"]


@lru_cache
def _read() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(FILE.read_text("utf-8"))
