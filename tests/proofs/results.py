"""How a proof ends: what is wrong is printed, the figures too, and kept where ``docs/reliability.md`` has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SHOWN = 20


def finish(name: str, figures: Mapping[str, Any], problems: Sequence[str], folder: Path | None) -> int:
    """Return the exit code: 1 when there is a problem."""
    for problem in problems[:SHOWN]:
        print(f"WRONG: {problem}")
    result = {**figures, "problems": len(problems)}
    print(f"{name}: {json.dumps(result)}")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    return 1 if problems else 0
