"""Every kind of question as a widget class: ``Choice.read("id=first", "Which one?\\n- [x] …")``."""

from __future__ import annotations

from typing import Final

from sandyq_widgets import answers
from sandyq_widgets.decision import Decide
from sandyq_widgets.portal import KeptAnswer
from sandyq_widgets.question import Question


class Choice(Question, kind="choice"):
    """One right answer among several."""


class Choices(Question, kind="choices"):
    """All right answers among several."""


class Order(Question, kind="order"):
    """Steps to put into their order."""


class Match(Question, kind="match"):
    """Cards to put beside their partners."""


class Gaps(Question, kind="gaps"):
    """Words missing in a text."""


class Number(Question, kind="number"):
    """A number with its unit."""


class Short(Question, kind="short"):
    """A word or two."""


class Open(Question, kind="open"):
    """Free text, read by a person."""


class Poll(Question, kind="poll"):
    """What one thinks, and what the class thinks."""

    def restore(self, kept: KeptAnswer) -> None:
        super().restore(kept)
        self.saved()

    def saved(self) -> None:
        answers.ask_spread(
            self.spec.id, len(self.face["options"]), lambda spread: setattr(self, "spread", spread)
        )


class Sort(Question, kind="sort"):
    """Cards to put into boxes."""


class Inbox(Question, kind="inbox"):
    """Messages to put into folders."""


class Highlight(Question, kind="highlight"):
    """Evidence to mark in a passage."""


class Typing(Question, kind="typing"):
    """A text to type, with a picture of the keyboard."""


class Robot(Question, kind="robot"):
    """A program for the robot on the steppe."""


class Board(Question, kind="board"):
    """A timetable with holes."""


_CLASSES: Final[tuple[type[Question], ...]] = (
    Choice, Choices, Order, Match, Gaps, Number, Short, Open, Poll, Sort, Inbox, Highlight, Typing, Robot, Board,
    Decide,
)  # fmt: skip
WIDGETS: Final[dict[str, type[Question]]] = {each.kind: each for each in _CLASSES}
"""By the magic's name."""
