"""The planner's data file: steps, roles, documents – names in three languages, each with its source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Names = dict[str, str]


@dataclass(frozen=True)
class Template:
    opening: str
    """Key of the step that is the opening day."""
    roles: dict[str, Names]
    documents: dict[str, Names]
    steps: tuple[dict[str, Any], ...]
    """Fields of a ``launch_step`` row besides the plan and the dates."""


@cache
def read_template() -> Template:
    data = tomllib.loads((HERE / "launch_steps.toml").read_text("utf-8"))
    steps = tuple({"after": [], "documents": []} | step for step in data["step"])
    return Template(data["opening"], data["roles"], data["documents"], steps)
