"""Management cases: one module a case, named as its lesson; its ``follow`` computes what follows from a decision.

``follow`` is pure and exact (whole numbers, decimals, fractions): a second program, written from the lesson's text
alone, must come to the same (``tests/unit/recomputed``).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Choice = Mapping[str, Any]
"""By field a number (:class:`Decimal`) or the key of an option."""
Value = int | Decimal
Follow = Callable[[Choice], dict[str, Value]]


def list_cases() -> list[str]:
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def find_case(name: str) -> Follow | None:
    """Return what computes a case; None when there is none of this name."""
    if name not in list_cases():
        return None
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    follow: Follow = module.follow
    return follow
