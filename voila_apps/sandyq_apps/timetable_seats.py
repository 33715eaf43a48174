"""The last step: which of the rooms that are as good as each other a meeting gets, and which row keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, Final

from sandyq_apps.timetable_week import Meeting, School

OTHER: Final = 3
"""Points for another room than now at the same time; a second room of the same club costs 1."""
Held = tuple[int, int, tuple[int, ...]]
"""Club, slot, the rooms of which it gets one."""


def seat(school: School, held: Sequence[Held]) -> list[Meeting]:
    """Return the week with its rooms: those that it has now, else as few rooms a club as possible. There is always one:
    rooms alike can be dealt out to times that overlap as long as no moment needs more than there are."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    at = {(club, slot, room): model.new_bool_var("") for club, slot, rooms in held for room in rooms}
    for club, slot, rooms in held:
        model.add_exactly_one(at[club, slot, room] for room in rooms)
    for one, two in combinations(sorted(at), 2):
        if one[2] == two[2] and school.slot_of[one[1]].meets(school.slot_of[two[1]]) and one[:2] != two[:2]:
            model.add_at_most_one(at[one], at[two])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 1
    model.minimize(sum(points * variable for points, variable in _costs(school, model, at)))
    if solver.status_name(solver.solve(model)) not in ("OPTIMAL", "FEASIBLE"):
        raise RuntimeError(f"No rooms for the week of {len(held)} meetings.")
    return match_rows([key for key, variable in at.items() if solver.value(variable)], school.week)


def _costs(school: School, model: Any, at: dict[tuple[int, int, int], Any]) -> Iterable[tuple[int, Any]]:
    now = {(m.club, m.slot): m.room for m in school.week}
    used: dict[tuple[int, int], Any] = {}
    for (club, slot, room), variable in at.items():
        if now.get((club, slot), room) != room:
            yield OTHER, variable
        if school.club_of[club].meetings > 1:
            if (club, room) not in used:
                used[club, room] = model.new_bool_var("")
            model.add_implication(variable, used[club, room])
    yield from ((1, variable) for variable in used.values())


def match_rows(held: Iterable[tuple[int, int, int]], week: Sequence[Meeting]) -> list[Meeting]:
    """Return meetings for (club, slot, room), each in the row of the same club that changes least."""
    new = sorted(held)
    free = list(week)
    kept: dict[tuple[int, int, int], Meeting] = {}
    for alike in (lambda m, k: m.at == k[1:], lambda m, k: m.slot == k[1], lambda _m, _k: True):
        for key in new:
            if key in kept:
                continue
            row = next((m for m in free if m.club == key[0] and alike(m, key)), None)
            if row:
                free.remove(row)
                kept[key] = Meeting(*key, locked=row.locked and row.at == key[1:], id=row.id)
    return [kept.get(key, Meeting(*key)) for key in new]
