"""Which of 66 pupils to look at when formative marks are high and the term paper is low, and with which checks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from sandyq_widgets.cases import Choice, Value

LOOSE, MISMARKED, PERSONAL = 1, 2, 3
"""What stood behind a gap, as the full check of last year found."""


class Pupil(NamedTuple):
    grade: int
    number: int
    formative: int
    section: int
    term: int
    missed: int
    term_again: int
    cause: int

    @property
    def gap(self) -> int:
        return self.formative - self.term


PUPILS: Final = tuple(
    Pupil(*numbers)
    for numbers in (
        (5, 1, 69, 57, 47, 3, 47, 0),
        (5, 2, 59, 57, 48, 0, 48, 0),
        (5, 3, 58, 48, 48, 0, 48, 0),
        (5, 4, 81, 71, 60, 1, 60, 0),
        (5, 5, 88, 83, 80, 2, 80, 0),
        (5, 6, 69, 53, 41, 11, 41, 3),
        (5, 7, 59, 49, 49, 2, 49, 0),
        (5, 8, 57, 59, 52, 2, 52, 0),
        (5, 9, 80, 71, 72, 0, 72, 0),
        (5, 10, 69, 70, 65, 0, 65, 0),
        (5, 11, 75, 60, 52, 9, 52, 3),
        (6, 1, 83, 65, 52, 1, 52, 1),
        (6, 2, 69, 61, 59, 1, 59, 0),
        (6, 3, 98, 87, 85, 0, 85, 0),
        (6, 4, 78, 60, 45, 2, 45, 1),
        (6, 5, 75, 56, 38, 3, 38, 1),
        (6, 6, 98, 88, 86, 0, 86, 0),
        (6, 7, 81, 70, 55, 1, 55, 1),
        (6, 8, 76, 55, 34, 2, 34, 1),
        (6, 9, 94, 94, 89, 2, 89, 0),
        (6, 10, 97, 84, 85, 2, 85, 0),
        (6, 11, 83, 69, 61, 2, 61, 1),
        (7, 1, 70, 66, 66, 1, 66, 0),
        (7, 2, 82, 80, 73, 1, 73, 0),
        (7, 3, 86, 79, 75, 3, 75, 0),
        (7, 4, 70, 59, 44, 8, 44, 3),
        (7, 5, 70, 55, 36, 14, 36, 3),
        (7, 6, 69, 56, 58, 2, 58, 0),
        (7, 7, 73, 70, 62, 4, 62, 0),
        (7, 8, 72, 68, 69, 1, 69, 0),
        (7, 9, 78, 65, 58, 2, 58, 0),
        (7, 10, 68, 65, 66, 4, 66, 0),
        (7, 11, 76, 59, 49, 2, 49, 3),
        (8, 1, 84, 76, 63, 2, 63, 0),
        (8, 2, 58, 47, 49, 4, 49, 0),
        (8, 3, 73, 52, 37, 1, 37, 1),
        (8, 4, 52, 46, 43, 2, 43, 0),
        (8, 5, 66, 53, 39, 2, 39, 1),
        (8, 6, 70, 53, 30, 3, 30, 1),
        (8, 7, 73, 68, 60, 1, 60, 0),
        (8, 8, 80, 66, 56, 3, 56, 1),
        (8, 9, 77, 62, 48, 3, 48, 1),
        (8, 10, 64, 61, 60, 1, 60, 0),
        (8, 11, 94, 96, 83, 1, 83, 0),
        (9, 1, 51, 38, 25, 3, 37, 2),
        (9, 2, 80, 76, 70, 2, 70, 0),
        (9, 3, 77, 74, 70, 0, 70, 0),
        (9, 4, 60, 62, 58, 2, 58, 0),
        (9, 5, 56, 55, 47, 1, 47, 0),
        (9, 6, 81, 76, 61, 1, 77, 2),
        (9, 7, 81, 62, 56, 2, 70, 2),
        (9, 8, 98, 84, 72, 0, 88, 2),
        (9, 9, 61, 54, 55, 0, 55, 0),
        (9, 10, 53, 48, 49, 3, 49, 0),
        (9, 11, 68, 69, 64, 3, 64, 0),
        (10, 1, 77, 73, 62, 0, 62, 0),
        (10, 2, 60, 50, 49, 0, 49, 0),
        (10, 3, 81, 71, 71, 0, 71, 0),
        (10, 4, 91, 86, 80, 0, 80, 0),
        (10, 5, 76, 64, 65, 3, 65, 0),
        (10, 6, 86, 74, 74, 2, 74, 0),
        (10, 7, 63, 59, 50, 0, 50, 0),
        (10, 8, 70, 67, 53, 1, 53, 0),
        (10, 9, 87, 74, 71, 3, 71, 0),
        (10, 10, 76, 63, 51, 1, 51, 0),
        (10, 11, 78, 65, 55, 2, 55, 0),
    )
)
BELOW: Final = {"any": 101, "b85": 85, "b65": 65, "b40": 40}
MANY_DAYS: Final = 8
WORKS_IN_TWO_HOURS: Final = 4
HOURS: Final = {"no": 0, "two": 2, "four": 4}
MEETING: Final = 1
"""Hours with the teacher of a class that is looked into."""
SECOND: Final = {"none": Decimal(0), "self": Decimal("0.25"), "colleague": Decimal("0.5")}
TALK: Final = Decimal("0.25")
FAMILY: Final = Decimal("0.25")


def follow(choice: Choice) -> dict[str, Value]:
    """Return pupils, teachers and hours; see the lesson's ``follows:``."""
    flagged = [each for each in PUPILS if each.gap >= choice["gap"] and each.term < BELOW[choice["below"]]]
    for_checks = [each for each in flagged if choice["absent"] == "same" or each.missed < MANY_DAYS]
    by_grade = {
        grade: [each for each in for_checks if each.grade == grade] for grade in {p.grade for p in PUPILS}
    }
    looked_into = {grade: some for grade, some in by_grade.items() if len(some) >= choice["few"]}
    remarked = _find_mismarked(for_checks, choice["second"])
    talked_to = [
        each
        for each in flagged
        if choice["talk"] == "all" or (choice["talk"] == "absent" and each.missed >= MANY_DAYS)
    ]
    depth = HOURS[choice["tasks"]]
    found = (
        sum(_count_loose(some, depth) for some in looked_into.values())
        + len(remarked)
        + sum(each.cause == PERSONAL for each in talked_to)
    )
    return {
        "flagged": len(flagged),
        "found": found,
        "noise": sum(not each.cause for each in flagged),
        "teachers": sum(
            not any(each.cause in {LOOSE, MISMARKED} for each in PUPILS if each.grade == grade)
            for grade in looked_into
        ),
        "fixed": sum(_mark(each, each.term) != _mark(each, each.term_again) for each in remarked),
        "alarmed": len(flagged) - found if choice["parents"] == "all" else 0,
        "told": 0 if choice["parents"] == "none" else found,
        "hours": len(looked_into) * (MEETING + depth)
        + len(for_checks) * SECOND[choice["second"]]
        + len(talked_to) * TALK
        + (found * FAMILY if choice["parents"] == "found" else 0),
    }


def _count_loose(pupils: Sequence[Pupil], hours: int) -> int:
    """In two hours one gets through four pupils' tasks, the widest gaps first; in four through all."""
    widest = sorted(pupils, key=lambda each: (-each.gap, each.number))
    seen = {0: 0, 2: WORKS_IN_TWO_HOURS, 4: len(widest)}[hours]
    return sum(each.cause == LOOSE for each in widest[:seen])


def _find_mismarked(pupils: Sequence[Pupil], second: str) -> list[Pupil]:
    """A colleague sees every mistake; who marked first sees the first half of them, in the order of the list."""
    wrong = [each for each in pupils if each.cause == MISMARKED]
    return {"none": [], "self": wrong[: len(wrong) // 2], "colleague": wrong}[second]


def _mark(pupil: Pupil, term: int) -> int:
    share = Decimal(pupil.formative + pupil.section + 2 * term) / 4
    return 2 + sum(share >= bound for bound in (40, 65, 85))
