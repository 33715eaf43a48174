"""Registers of clubs against the door's log: what is checked how, within ten hours, and who is wronged by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandyq_widgets.cases import Choice, Value


@dataclass(frozen=True)
class Club:
    """Visits in the register that the door does not know."""

    impossible: int = 0
    """The child had another lesson, or its bus had gone."""
    other: int = 0
    """Nothing speaks for them or against them."""
    own_door: int = 0
    moved: int = 0
    forgotten: int = 0

    @property
    def honest(self) -> bool:
        return not self.impossible + self.other


CLUBS: Final = {
    "robo": Club(forgotten=2),
    "volley": Club(own_door=66),
    "dombra": Club(impossible=30, other=9),
    "english": Club(moved=7),
    "chess": Club(),
    "eco": Club(impossible=6, other=15),
}
HOURS: Final = {
    "none": 0,
    "hours": 1,
    "talk": 1,
    "sample": 2,
    "visit": 3,
    "hourstalk": 2,
    "hoursvisit": 4,
}
THIRDS: Final = {"talk": 1, "hourstalk": 1, "sample": 1, "visit": 2, "hoursvisit": 2}
"""Of the visits that nothing speaks for, how many thirds come to light."""
COMPARED: Final = ("hours", "hourstalk", "hoursvisit")
TALKED: Final = ("talk", "hourstalk")
VISITED: Final = ("visit", "hoursvisit")
VISIT_HOURS: Final = 3
WITNESSES: Final = {"alone": 0, "pair": 1, "three": 2}
SAMPLE: Final = 5


def follow(choice: Choice) -> dict[str, Value]:
    """Return visits, hours and people; see the lesson's ``follows:``."""
    ways = {name: str(choice[name]) for name in CLUBS}
    found = {name: _count_found(club, ways[name]) for name, club in CLUBS.items()}
    visited = [name for name in CLUBS if ways[name] in VISITED]
    all_found = sum(found.values())
    gaps = sum(_count_gap(club) for club in CLUBS.values())
    taken_for_false = sum(club.moved for name, club in CLUBS.items() if ways[name] in ("hours", "hoursvisit"))
    return {
        "hours": sum(HOURS[way] for way in ways.values()),
        "found": all_found,
        "left": gaps - all_found - sum(_count_explained(club, ways[name]) for name, club in CLUBS.items()),
        "offended": sum(club.honest and ways[name] in (*VISITED, "sample") for name, club in CLUBS.items()),
        "children": SAMPLE * list(ways.values()).count("sample"),
        "disputed": sum(CLUBS[name].other * 2 // 3 for name in visited) if choice["who"] == "alone" else 0,
        "witness": WITNESSES[choice["who"]] * VISIT_HOURS * len(visited),
        "erased": 0 if choice["fix"] == "rows" else all_found,
        "heard": 0 if choice["say"] == "person" else sum(number > 0 for number in found.values()),
        "mispaid": {"confirmed": taken_for_false, "all": gaps - all_found, "none": all_found}[choice["pay"]],
    }


def _count_gap(club: Club) -> int:
    return club.impossible + club.other + club.own_door + club.moved + club.forgotten


def _count_found(club: Club, way: str) -> int:
    """False visits that are confirmed, by papers, by eyes or by the leader."""
    by_papers = club.impossible if way in COMPARED else club.impossible // 3 if way == "talk" else 0
    return by_papers + club.other * THIRDS.get(way, 0) // 3


def _count_explained(club: Club, way: str) -> int:
    explained = club.own_door if way in (*TALKED, *VISITED) else 0
    return explained + (club.moved + club.forgotten if way in TALKED else 0)
