"""Four computers, five classes, seven lessons a week: who sits where and when, and for how many minutes."""

from __future__ import annotations

from typing import Final, NamedTuple

from sandyq_widgets.cases import Choice, Value


class SchoolClass(NamedTuple):
    pupils: int
    limit: int
    """Minutes at a screen without a pause."""
    turn: str
    """The field with the length of its turns."""
    by_bus: int
    without: int
    """Pupils without a computer at home."""


CLASSES: Final = {
    "g3": SchoolClass(12, 20, "young", 4, 8),
    "g5": SchoolClass(14, 25, "young", 5, 7),
    "g7": SchoolClass(10, 25, "old", 3, 7),
    "g8": SchoolClass(16, 25, "old", 6, 6),
    "g10": SchoolClass(8, 30, "old", 2, 2),
}
CAN_COME: Final = {
    "mon2": {"g3", "g7"},
    "mon5": {"g5", "g8"},
    "tue3": {"g3", "g10"},
    "wed4": {"g5", "g7", "g8"},
    "thu3": {"g7", "g10"},
    "wed7": {"g8", "g10", "club"},
    "fri7": {"g8", "club"},
}
AFTER_LESSONS: Final = ("wed7", "fri7")
COMPUTERS: Final = 4
MINUTES: Final = 40
CHANGE: Final = 3


def follow(choice: Choice) -> dict[str, Value]:
    """Return lessons, minutes and pupils a week; see the lesson's ``follows:``."""
    seats = COMPUTERS * int(choice["pair"])
    used = {slot: choice[slot] for slot, who in CAN_COME.items() if choice[slot] in who}
    lessons = {name: list(used.values()).count(name) for name in (*CLASSES, "club")}
    active = {name: _count_active(each, lessons[name], choice) for name, each in CLASSES.items()}
    return {
        "clash": sum(choice[slot] not in {*who, "none"} for slot, who in CAN_COME.items()),
        "over": max(max(0, int(choice[each.turn]) - each.limit) for each in CLASSES.values()),
        "turn": min(int(choice["young"]), int(choice["old"])),
        "least": min(active.values()),
        "spread": max(active.values()) - min(active.values()),
        "wait": max([0, *(each.pupils - seats for name, each in CLASSES.items() if lessons[name])]),
        "bus": sum(
            CLASSES[who].by_bus for slot, who in used.items() if slot in AFTER_LESSONS and who in CLASSES
        ),
        "club": seats * lessons["club"],
        "without": sum(each.without * active[name] for name, each in CLASSES.items()),
    }


def _count_active(each: SchoolClass, lessons: int, choice: Choice) -> int:
    """Minutes a week with the keyboard in one's own hands; what is left over for some counts for nobody."""
    pair, turn = int(choice["pair"]), int(choice[each.turn])
    turns_in_lesson = (MINUTES + CHANGE) // (turn + CHANGE)
    turns = min(lessons, lessons * turns_in_lesson * COMPUTERS * pair // each.pupils)
    return turns * (turn // pair)
