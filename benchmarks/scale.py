"""``./sandyq bench scale``: what one more costs as N grows from 1 to 60: kernels, visitors of a lesson, pupils at work.

A straight line is laid through all N but the largest; what is measured there is compared with where the line leads.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import bell
import kernel
import lesson
from figures import Figure, main, make_figure
from rehearsal import running_demo

TOLERANCE = 1.1
"""Measured ÷ line; a tenth is what two runs on one machine differ by."""
Sample = tuple[float, float, int | None]
"""Seconds until the last one is there, MB of all together, errors; None where the first one ends the bench."""


def lay_line(counts: list[int], values: list[float]) -> float:
    """Return the last value ÷ where the line through all others leads."""
    slope, start = np.polyfit(counts[:-1], values[:-1], 1)
    return round(float(values[-1] / (slope * counts[-1] + start)), 2)


def compare(
    name: str, counts: list[int], stock: Callable[[int], Sample], ours: Callable[[int], Sample]
) -> list[Figure]:
    """All N of one kind of work, stock first."""
    pairs = [(stock(n), ours(n)) for n in counts]
    figures = []
    for n, ((old_seconds, old_memory, old_errors), (seconds, memory, errors)) in zip(
        counts, pairs, strict=True
    ):
        figures += [
            make_figure(f"{name}: all there", "s", round(seconds, 2), n=n, stock=round(old_seconds, 2)),
            make_figure(f"{name}: all together", "MB", round(memory), n=n, stock=round(old_memory)),
        ]
        if errors is not None:
            figures.append(make_figure(f"{name}: errors", "1", errors, n=n, stock=old_errors, target=0))
    for what, column in (("time", 0), ("memory", 1)):
        against = lay_line(counts, [sample[column] for _, sample in pairs])
        figures.append(
            make_figure(f"{name}: {what} ÷ straight line", "1", against, n=counts[-1], target=TOLERANCE)
        )
    return figures


def compare_kernels(counts: list[int]) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bs-") as name:
        folder = Path(name)
        server = kernel.start_server(folder)
        starters = kernel.start_stock, kernel.forker(str(folder / "server"), "kernel")

        def sample(starter: kernel.Starter, n: int) -> Sample:
            _, seconds, memory = kernel.medians(starter, folder, n, 3)
            return seconds, memory * n, None

        try:
            stock, ours = (lambda n, starter=each: sample(starter, n) for each in starters)
            return compare("kernels", counts, stock, ours)
        finally:
            server.terminate()
            server.wait()


def compare_visitors(counts: list[int]) -> list[Figure]:
    name = lesson.LESSON
    with lesson.content() as folder:

        def ours(n: int) -> Sample:
            """A fresh server for each N: nobody's kernel of an earlier round is closed meanwhile."""
            with running_demo(SANDYQ_CONTENT=str(folder)) as demo, lesson.ours(demo, name) as place:
                jars = lesson.sign_in(demo, n)
                asyncio.run(lesson.make_template(place, jars[0]))
                seconds, memory, errors = asyncio.run(lesson.visit_all(place, jars))
            return max(seconds), memory * n, errors

        def stock(n: int) -> Sample:
            with lesson.stock(folder, name) as old:
                seconds, memory, errors = asyncio.run(lesson.visit_all(old, [[]] * n))
            return max(seconds), memory * n, errors

        return compare("visitors of a lesson", counts, stock, ours)


def compare_pupils(counts: list[int]) -> list[Figure]:
    health: list[float] = []
    """The hub's own answers while our classes begin, p95 of each."""

    def stock(n: int) -> Sample:
        with bell.stock_hub() as school:
            seconds, memory, errors, _ = bell.measure(school, n)
        return seconds, memory * n, errors

    def ours(n: int) -> Sample:
        with bell.our_hub() as school:
            seconds, memory, errors, answers = bell.measure(school, n)
        health.append(answers)
        return seconds, memory * n, errors

    name = "pupils at work"
    return [
        *compare(name, counts, stock, ours),
        make_figure(f"{name}: p95 of the hub's health", "s", health[-1], n=counts[-1], target=0.5),
    ]


def run(quick: bool) -> list[Figure]:
    counts = [1, 2, 4] if quick else [1, 15, 30, 60]
    pupils = [] if quick else compare_pupils(counts)  # bell's own quick form does the same
    return [*compare_kernels(counts), *compare_visitors(counts), *pupils]


if __name__ == "__main__":
    sys.exit(main("scale", __doc__, run))
