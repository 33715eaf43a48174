"""How a proof is asked for and how it ends: what is wrong is printed, the figures too, and kept where
``docs/reliability.md`` has them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SHOWN = 20


def read_options() -> argparse.Namespace:
    """What the command line says: ``quick``, ``save`` and ``seed``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


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
