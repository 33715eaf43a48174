"""From the text of a question cell to its parts. Pure: no notebook, no widget, no language."""

from __future__ import annotations

from sandyq_widgets.draft import read_draft
from sandyq_widgets.kinds import KINDS
from sandyq_widgets.kinds.base import Spec


def parse_question(kind: str, header: str, body: str) -> Spec:
    """Read one question: ``header`` is what follows ``%%kind``, ``body`` the lines below it.

    Raises :class:`QuestionError` naming the question, the line and the fix.
    """
    spec = KINDS[kind]
    return spec.read(read_draft(kind, header, body, spec.settings, spec.labels))
