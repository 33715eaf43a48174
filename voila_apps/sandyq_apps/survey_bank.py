"""The bank of questions (``survey_bank.toml``), with the places of chests turned into the school's chests."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sandyq.surveys import Question

BANK = Path(__file__).with_name("survey_bank.toml")


@cache
def read_bank() -> tuple[dict[str, Any], ...]:
    """Return the bank's entries as they stand in the file: questions whose chests are places from 1 to 5."""
    return tuple(tomllib.loads(BANK.read_text(encoding="utf-8"))["question"])


def bank_questions(chests: Mapping[int, int], *, ready: bool = False) -> list[Question]:
    """Return the bank's questions, only the ready set with ``ready``; ``chests``: ids by place."""
    return [_place(entry, chests) for entry in read_bank() if not ready or entry.get("ready")]


def _place(entry: Mapping[str, Any], chests: Mapping[int, int]) -> Question:
    options = [{**option, "chest": chests.get(option.get("chest", 0))} for option in entry.get("options", ())]
    kept = {key: value for key, value in entry.items() if key != "ready"}
    return Question.read({**kept, "options": options, "chest": chests.get(entry.get("chest", 0))})
