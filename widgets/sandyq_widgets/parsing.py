"""From the text of a question cell to its parts. Pure: no notebook, no widget, no language."""

from __future__ import annotations

import re
from typing import Final

from sandyq_widgets.draft import read_draft
from sandyq_widgets.kinds import KINDS
from sandyq_widgets.kinds.base import Spec

_MAGIC: Final = re.compile(rf"%%({'|'.join(KINDS)})\b\s*(.*)")


def find_question(source: str) -> str:
    """Return the kind of the question that a cell asks, well written or not; empty when it asks none."""
    found = _MAGIC.match(source.lstrip())
    return found[1] if found else ""


def read_question(source: str) -> Spec | None:
    """Return the question that a cell asks; None when it asks none. Raises as ``parse_question``."""
    first, _, body = source.lstrip().partition("\n")
    found = _MAGIC.fullmatch(first.strip())
    return parse_question(found[1], found[2], body) if found else None


def parse_question(kind: str, header: str, body: str) -> Spec:
    """Read one question: ``header`` is what follows ``%%kind``, ``body`` the lines below it.

    Raises :class:`QuestionError` naming the question, the line and the fix.
    """
    spec = KINDS[kind]
    return spec.read(read_draft(kind, header, body, spec.settings, spec.labels))
