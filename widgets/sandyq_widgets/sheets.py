"""A question whose key is elsewhere: what may be known of it, and what was said about an answer, as JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sandyq_widgets.assessment import Outcome
from sandyq_widgets.kinds.base import Note, Spec


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The open part of a ``Spec``."""

    id: str
    kind: str
    text: str
    points: int
    tries: int
    shown: dict[str, Any]

    def face(self) -> dict[str, Any]:
        return self.shown


def write_sheet(spec: Spec) -> dict[str, Any]:
    sheet = Sheet(
        id=spec.id,
        kind=spec.kind,
        text=spec.text,
        points=spec.points,
        tries=spec.tries,
        shown=spec.face(),
    )
    return asdict(sheet)


def write_outcome(outcome: Outcome) -> dict[str, Any]:
    return asdict(outcome)


def read_outcome(told: dict[str, Any]) -> Outcome:
    """The opposite of ``write_outcome``."""
    return Outcome(
        **{
            **told,
            "feedback": tuple(told["feedback"]),
            "marks": tuple(told["marks"]),
            "notes": tuple(Note(**note) for note in told["notes"]),
        }
    )
