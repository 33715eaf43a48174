"""Kinds of questions: what an author writes, what a pupil may see of it, and what an answer is worth."""

from __future__ import annotations

from typing import Final

from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.kinds.board import BoardSpec
from sandyq_widgets.kinds.choice import ChoiceSpec, PollSpec
from sandyq_widgets.kinds.choices import ChoicesSpec
from sandyq_widgets.kinds.decide import DecideSpec
from sandyq_widgets.kinds.gaps import GapsSpec
from sandyq_widgets.kinds.highlight import HighlightSpec
from sandyq_widgets.kinds.match import MatchSpec
from sandyq_widgets.kinds.number import NumberSpec
from sandyq_widgets.kinds.open import OpenSpec
from sandyq_widgets.kinds.order import OrderSpec
from sandyq_widgets.kinds.robot import RobotSpec
from sandyq_widgets.kinds.short import ShortSpec
from sandyq_widgets.kinds.sort import InboxSpec, SortSpec
from sandyq_widgets.kinds.typing import TypingSpec

_SPECS: Final[tuple[type[Spec], ...]] = (
    ChoiceSpec,
    ChoicesSpec,
    OrderSpec,
    MatchSpec,
    GapsSpec,
    NumberSpec,
    ShortSpec,
    OpenSpec,
    PollSpec,
    SortSpec,
    HighlightSpec,
    InboxSpec,
    TypingSpec,
    RobotSpec,
    BoardSpec,
    DecideSpec,
)
KINDS: Final[dict[str, type[Spec]]] = {spec.kind: spec for spec in _SPECS}
"""By the magic's name."""
