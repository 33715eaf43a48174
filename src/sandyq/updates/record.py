"""What became of updates: written by who makes them, read by the health page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sandyq.durable import write_durably

FILE: Final = "updates.json"


def read_record(home: Path) -> dict[str, Any]:
    """Return what was last taken over (``content``, ``software``) and what last failed; {} before the first update."""
    try:
        return dict(json.loads((home / FILE).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def write_record(home: Path, news: Mapping[str, Any]) -> None:
    """Put news over what is known; None takes a line away."""
    known = {**read_record(home), **news}
    content = json.dumps({name: value for name, value in known.items() if value is not None}, indent=1)
    write_durably(home / FILE, content.encode(), mode=0o644)
