"""Find a week without conflicts, or the smallest set of rules that cannot all hold. Deterministic; blocking.

Run it in a thread. One worker is enough: the sums of the model are tight, and it is the same from run to run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

from sandyq_apps.timetable_model import Model
from sandyq_apps.timetable_seats import seat
from sandyq_apps.timetable_week import Group, Meeting, School

SEED: Final = 7
SECONDS: Final = 8.0
"""For a week; then the best so far is told, with its distance from what cannot be undercut."""
EFFORT: Final = 1.0
"""The same in the solver's own deterministic time, so that a week is the same on a quick and on a slow machine."""
CORE_SECONDS: Final = 2.0
"""For a first set of conflicting rules, and for each try to make it smaller."""
SMALLEST_SECONDS: Final = 4.0
"""To look for a set with fewer rules still."""


@dataclass
class Watch:
    """How a computation goes on, and the way to end it early; shared with another thread."""

    cancelled: Event = field(default_factory=Event)
    weeks: int = 0
    points: int | None = None
    least: int = 0
    stage: str = "week"
    """``week``, then ``conflict`` when there is none."""
    stop: Callable[[], None] | None = None

    def cancel(self) -> None:
        self.cancelled.set()
        if self.stop:
            self.stop()


@dataclass(frozen=True)
class Outcome:
    """A week, or the rules that cannot all hold, or neither (cancelled, or the time was short)."""

    week: tuple[Meeting, ...] | None = None
    points: int = 0
    least: int = 0
    """No week has fewer points than this: equal to ``points`` when the week is proven to be the best."""
    conflict: tuple[Group, ...] = ()
    is_minimal: bool = False
    """It is proven that without any one of the conflicting rules there is a week."""
    is_smallest: bool = False
    """It is proven that no fewer rules conflict."""
    seconds: float = 0

    @property
    def is_best(self) -> bool:
        return self.week is not None and self.points == self.least


def solve(
    school: School, *, stay: bool = True, watch: Watch | None = None, seconds: float = SECONDS
) -> Outcome:
    """Return the best week that is found in time; ``stay``: change as little as possible."""
    watch, begun = watch or Watch(), time.monotonic()
    rules = school.needs()
    model = Model(school, rules, stay=stay)
    model.minimise()
    status, solver = _run(model, watch, seconds)
    taken = time.monotonic() - begun
    if status in ("OPTIMAL", "FEASIBLE"):
        week = tuple(seat(school, model.read(solver.value)))
        points, least = round(solver.objective_value), round(solver.best_objective_bound)
        return Outcome(week, points, min(points, least), seconds=taken)
    if status != "INFEASIBLE" or watch.cancelled.is_set():
        return Outcome(seconds=taken)
    watch.stage = "conflict"
    conflict, is_minimal = explain(school, rules, watch)
    smaller, is_smallest = find_smallest(school, rules, conflict, watch)
    return Outcome(
        conflict=tuple(smaller),
        is_minimal=is_minimal or is_smallest,
        is_smallest=is_smallest,
        seconds=time.monotonic() - begun,
    )


def _run(model: Model, watch: Watch, seconds: float) -> tuple[str, Any]:
    from ortools.sat.python import cp_model

    class Look(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            watch.weeks += 1
            watch.points, watch.least = round(self.objective_value), round(self.best_objective_bound)
            if watch.cancelled.is_set():
                self.stop_search()

    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers, parameters.random_seed = 1, SEED
    parameters.max_presolve_iterations = 1  # simplifying longer takes longer than solving
    parameters.cp_model_probing_level = parameters.symmetry_level = 0
    parameters.max_time_in_seconds = seconds
    parameters.max_deterministic_time = EFFORT
    watch.stop = solver.stop_search
    if watch.cancelled.is_set():
        return "UNKNOWN", solver
    status = solver.solve(model.model, Look() if model.model.has_objective() else None)
    watch.stop = None
    return solver.status_name(status), solver


def explain(school: School, rules: Iterable[Group], watch: Watch | None = None) -> tuple[list[Group], bool]:
    """Return rules that cannot all hold, without any that is not needed for that, and whether this is proven.

    The solver names some by its assumptions; then parts of them are left out, and stay out if the others still
    conflict, down to single rules: what is left without one of them can hold, so each is needed.
    """
    watch = watch or Watch()
    every = sorted(rules, key=repr)
    core = sorted(_name_some(school, every, watch), key=_order)
    proven = True
    chunks = [core]
    while chunks:
        chunk = chunks.pop()
        status = _try(school, [each for each in core if each not in chunk], watch)
        if status == "INFEASIBLE":
            core = [each for each in core if each not in chunk]
        elif len(chunk) > 1:
            middle = len(chunk) // 2
            chunks += [chunk[middle:], chunk[:middle]]
        elif status == "UNKNOWN":
            proven = False
    return core, proven


def find_smallest(
    school: School, rules: Iterable[Group], core: list[Group], watch: Watch | None = None
) -> tuple[list[Group], bool]:
    """Return a conflict with the fewest rules of all, and whether this is proven; ``core`` is one that is known.

    Each week that holds as many rules as can be leaves some out, and every conflict has one of these. The fewest rules
    that have one of each such set are held, and the week that leaves the fewest others out gives a further set, until
    there is no week (implicit hitting sets: Ignatiev and others, Smallest MUS Extraction, CP 2015).
    """
    watch, until = watch or Watch(), time.monotonic() + SMALLEST_SECONDS
    every, left_out = sorted(rules, key=_order), list[list[Group]]()
    while time.monotonic() < until and not watch.cancelled.is_set():
        held = _hit(every, left_out)
        if len(held) >= len(core):
            return core, True
        model = Model(school, every, is_switched=True)
        model.loosen(held)
        status, solver = _run(model, watch, CORE_SECONDS)
        if status == "INFEASIBLE":
            return held, True
        if status not in ("OPTIMAL", "FEASIBLE"):
            break
        left_out.append([rule for rule, switch in model.switches.items() if not solver.value(switch)])
    return core, False


def _hit(rules: Sequence[Group], sets: Iterable[Iterable[Group]]) -> list[Group]:
    """Return the fewest rules that have one of each set; of several choices what people have asked for."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = {rule: model.new_bool_var("") for rule in rules}
    for each in sets:
        model.add_bool_or(taken[rule] for rule in each)
    model.minimize(
        sum((len(rules) + 1 + (not _order(rule)[0])) * variable for rule, variable in taken.items())
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, SEED
    solver.solve(model)
    return [rule for rule in rules if solver.value(taken[rule])]


def _order(rule: Group) -> tuple[bool, bool, str]:
    """What people have asked for is named rather than what always holds."""
    return rule[0] in ("wish", "lock"), rule[0] in ("meets", "place"), repr(rule)


def _name_some(school: School, rules: Sequence[Group], watch: Watch) -> list[Group]:
    model = Model(school, rules, is_switched=True)
    status, solver = _run(model, watch, CORE_SECONDS)
    if status != "INFEASIBLE":
        return list(rules)
    named = set(solver.sufficient_assumptions_for_infeasibility())
    return [rule for rule, switch in model.switches.items() if switch.index in named] or list(rules)


def _try(school: School, rules: Sequence[Group], watch: Watch) -> str:
    status, _solver = _run(Model(school, rules), watch, CORE_SECONDS)
    return "FEASIBLE" if status == "OPTIMAL" else status
