"""What a rota of the computer room may be: the app's forms ask for no more, the school keeps no more."""

from __future__ import annotations

from typing import Final

DAYS: Final = 5
LESSONS_A_DAY: Final = 7
SHORTEST_TURN: Final = 8
"""Minutes at the computers: in less nobody gets anywhere (a choice of ours)."""
LIMITS: Final = {"computers": (1, 60), "minutes": (20, 90), "edges": (0, 60), "a_day": (1, LESSONS_A_DAY)}
"""The least and the most of each number; ``minutes`` of a lesson, ``edges`` of them without computers."""
