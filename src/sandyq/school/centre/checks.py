"""What a row of the centre must be like beyond the kinds of its values; a table's checks are listed in CHECKS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.orm import Session

CHECKS: Final[dict[str, tuple[Callable[[Session, Any], None], ...]]] = {}
