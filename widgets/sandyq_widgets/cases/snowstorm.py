"""A snowstorm at six in the morning: who learns where, who is called when, how the lost lessons are made up."""

from __future__ import annotations

from typing import Final

from sandyq_widgets.cases import Choice, Value

LESSONS: Final = {"y": 4, "m": 6, "s": 6}
"""Lessons a day: grades 1–4, 5–8, 9–11."""
CLASSES: Final = {"y": 4, "m": 4, "s": 3}
CHILDREN: Final = {
    "here": {"y": 40, "m": 36, "s": 24},
    "upper": {"y": 14, "m": 13, "s": 7},
    "lower": {"y": 8, "m": 9, "s": 5},
}
OFFLINE: Final = {
    "here": {"y": 12, "m": 7, "s": 3},
    "upper": {"y": 7, "m": 5, "s": 3},
    "lower": {"y": 3, "m": 2, "s": 1},
}
"""Children without internet at home."""
VILLAGES: Final = ("upper", "lower")
BUS_LEAVES: Final = {"upper": 6 * 60 + 50, "lower": 7 * 60}
DECIDED: Final = {"t610": 6 * 60 + 10, "t640": 6 * 60 + 40, "t720": 7 * 60 + 20}
SOURCES: Final = {"t610": 1, "t640": 2, "t720": 3}
CALLING: Final = {"classes": 12, "villages": 6}
"""Minutes until the villages' families are reached; all are reached before those who live here leave at 7:50."""
NEAR_WALK: Final = {"y": 9, "m": 36, "s": 24}
"""Of those who live here, who cannot go home after lessons: 1–4 those beyond 1 km, the others all."""
ALONE, ALONE_FAR = 11, 4
"""In grades 1–4: nobody is at home; of them beyond 1 km."""
WALK_IN, AT_HOME = 8, 5
"""Teachers who reach the school; teachers at home with internet."""
EXTRA_PAY, BUS_PAY, DUTY_PAY = 6_000, 8_000, 4_000


def follow(choice: Choice) -> dict[str, Value]:
    """Return children, lessons, teachers and tenge; see the lesson's ``follows:``."""
    how = {
        (place, band): choice[band if place == "here" else place] for place in CHILDREN for band in LESSONS
    }
    unaware = {village: _count_unaware(choice, village) for village in VILLAGES}
    bus = {village: sum(CHILDREN[village].values()) for village in VILLAGES}
    unaware_here = sum(
        OFFLINE["here"][band] for band in LESSONS if choice[band] != "open" and choice["calls"] == "chat"
    )
    duty = choice["duty"] == "yes"
    open_here = [band for band in LESSONS if choice[band] == "open"]
    stranded = sum(NEAR_WALK[band] for band in open_here)
    stranded += sum(bus[village] for village in VILLAGES if choice[village] == "open")
    if duty and "y" not in open_here:
        stranded += ALONE_FAR
    debts = [(place, *_owe(how, place, band)) for place, band in how]
    return {
        "road": sum(unaware.values()) + sum(bus[each] for each in VILLAGES if choice[each] == "open"),
        "unaware": unaware_here + sum(unaware.values()),
        "sources": SOURCES[choice["when"]],
        "stranded": stranded,
        "short": _count_missing_teachers(how, duty),
        "alone": 0 if duty or "y" in open_here else ALONE,
        "idle": sum(
            {"later": CHILDREN, "remote": OFFLINE}[mode][place][band]
            for (place, band), mode in how.items()
            if mode in ("later", "remote")
        ),
        "owed": sum(children * lessons for _, children, lessons in debts),
        "unmade": sum(
            children * max(0, lessons - _made_up(choice, place)) for place, children, lessons in debts
        ),
        "cost": EXTRA_PAY * choice["extra"] + BUS_PAY * choice["late_bus"] + DUTY_PAY * duty,
    }


def _count_unaware(choice: Choice, village: str) -> int:
    """Children of a village that stays at home who get on the bus, for nobody told them in time."""
    if choice[village] == "open":
        return 0
    if DECIDED[choice["when"]] > BUS_LEAVES[village]:
        return sum(CHILDREN[village].values())
    calling = CALLING.get(choice["calls"])
    late = calling is None or DECIDED[choice["when"]] + calling > BUS_LEAVES[village]
    return sum(OFFLINE[village].values()) if late else 0


def _count_missing_teachers(how: dict[tuple[str, str], str], duty: bool) -> int:
    def classes(mode: str) -> int:
        return sum(CLASSES[band] for band in CLASSES if mode in [how[place, band] for place in CHILDREN])

    spare = WALK_IN - classes("open") - duty
    return max(0, -spare) + max(0, classes("remote") - AT_HOME - max(0, spare))


def _owe(how: dict[tuple[str, str], str], place: str, band: str) -> tuple[int, int]:
    """How many children of a group are to get how many lessons later."""
    lessons = LESSONS[band]
    return {
        "open": (0, 0),
        "remote": (OFFLINE[place][band], lessons),
        "packet": (CHILDREN[place][band], lessons // 2),
        "later": (CHILDREN[place][band], lessons),
    }[how[place, band]]


def _made_up(choice: Choice, place: str) -> int:
    """How many lessons each child gets back until the quarter ends."""
    return int(choice["extra"] if place == "here" else min(choice["extra"], choice["late_bus"]))
