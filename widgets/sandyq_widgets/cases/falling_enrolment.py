"""A village school near the threshold: three Septembers from now, with what the principal does about them."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Final

from sandyq_widgets.cases import Choice, Value

GRADES: Final = (6, 7, 8, 9, 8, 10, 9, 8, 11, 5, 6)
"""Pupils of grades 1 to 11 now."""
FIRST_GRADERS: Final = (5, 6, 4)
"""Children of the village who come to grade 1 in each of the three years."""
STAY: Final = {"none": Fraction(1, 2), "exam": Fraction(2, 3), "joint": Fraction(3, 4)}
"""The share of grade 9 that goes on to grade 10."""
MOVE_AWAY: Final = {"none": 3, "half": 2, "full": 1}
RIDERS: Final = {"none": 0, "older": 8, "asked": 11, "all": 14}
YOUNG_RIDERS: Final = {"none": (0, 0), "older": (0, 0), "asked": (2, 1), "all": (3, 3)}
"""Of them in grades 1 and 2 together, and in grades 3 and 4 together."""
NEIGHBOURS: Final = (9, 8, 7)
BOARDERS: Final = 6
MINUTES: Final = {"none": 0, "older": 25, "asked": 25, "all": 40}
MINUTES_TO_CENTRE: Final = 50
COMBINED: Final = {"none": (), "junior": (0,), "both": (0, 1)}
THRESHOLD: Final = {"full": 81, "bus": 41, "board": 41}
SENIOR_POSTS: Final = 4

BUS_COST: Final = {"none": 0, "older": 3_600, "asked": 3_900, "all": 4_200}
"""Thousands of tenge a year, as all that follows."""
PRESCHOOL_COST: Final = {"none": 0, "half": 2_600, "full": 5_200}
TENTH_COST: Final = {"none": 0, "exam": 900, "joint": 1_800}
FORM_COST: Final = {"full": 0, "bus": 3_000, "board": 600}
BOARDING_COST: Final = 3_000
BOARDING_REPAIR: Final = 2_500
PLACE_COST: Final = 400
POST_COST: Final = 2_400


def follow(choice: Choice) -> dict[str, Value]:
    """Return pupils, minutes and thousands of tenge; see the lesson's ``follows:``."""
    form, places = choice["form"], int(choice["boarding"])
    moving = MOVE_AWAY[choice["preschool"]] + (form != "full")
    guests = RIDERS[choice["bus"]] + min(places, BOARDERS)
    grades, totals, teenagers_gone, combined = list(GRADES), [], 0, [0]
    for year, newcomers in enumerate(FIRST_GRADERS, start=1):
        going_on = ceil(grades[8] * STAY[choice["tenth"]])
        teenagers_gone += grades[8] - (0 if form == "board" else going_on)
        grades = [newcomers, *grades[:8], going_on if form == "full" else 0, grades[9]]
        totals.append(sum(grades) - moving * year + guests)
        combined += [
            sum(grades[2 * pair : 2 * pair + 2]) + YOUNG_RIDERS[choice["bus"]][pair]
            for pair in COMBINED[choice["combine"]]
        ]
    pairs = len(COMBINED[choice["combine"]])
    boarding = BOARDING_COST + BOARDING_REPAIR + PLACE_COST * places if places else 0
    return {
        "first": totals[0],
        "second": totals[1],
        "third": totals[2],
        "reserve": min(totals) - THRESHOLD[form],
        "neighbour": min(NEIGHBOURS) - sum(YOUNG_RIDERS[choice["bus"]]),
        "ride": MINUTES[choice["bus"]] + (MINUTES_TO_CENTRE if form == "bus" else 0),
        "gone": teenagers_gone + moving * len(FIRST_GRADERS),
        "lost": pairs + (0 if form == "full" else SENIOR_POSTS),
        "big": max(combined),
        "cost": BUS_COST[choice["bus"]]
        + PRESCHOOL_COST[choice["preschool"]]
        + TENTH_COST[choice["tenth"]]
        + FORM_COST[form]
        + boarding
        - POST_COST * pairs,
    }
