"""What every bench prints and writes: a table of figures, stock and ours side by side, with targets."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Figure:
    """One line of the table; ``ratio`` is stock ÷ ours.

    ``target`` bounds ours from above, or the ratio from below when ``of_ratio`` is set.
    """

    name: str
    n: int
    unit: str
    stock: float | None
    ours: float
    ratio: float | None = None
    target: float | None = None
    of_ratio: bool = False
    meets: bool | None = None


def make_figure(
    name: str,
    unit: str,
    ours: float,
    *,
    n: int = 1,
    stock: float | None = None,
    target: float | None = None,
    at_least: float | None = None,
) -> Figure:
    """A figure with its verdict; ``target``: ours at most, ``at_least``: stock ÷ ours at least."""
    ratio = round(stock / ours, 2) if stock and ours else None
    if at_least is not None:
        return Figure(name, n, unit, stock, ours, ratio, at_least, True, (ratio or 0) >= at_least)
    return Figure(
        name, n, unit, stock, ours, ratio, target, False, None if target is None else ours <= target
    )


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "python": sys.version.split()[0],
    }


def make_report(bench: str, figures: list[Figure]) -> str:
    """All of it as JSON."""
    report = {"bench": bench, "machine": machine(), "figures": [asdict(figure) for figure in figures]}
    return json.dumps(report, indent=1, ensure_ascii=False)


def make_rows(figures: list[Figure]) -> list[tuple[str, ...]]:
    rows = [("figure", "n", "unit", "stock", "ours", "stock ÷ ours", "target", "meets")]
    for f in figures:
        target = "" if f.target is None else f"ratio ≥ {f.target:g}" if f.of_ratio else f"≤ {f.target:g}"
        cells = (f.name, f.n, f.unit, f.stock, f.ours, f.ratio, target, f.meets)
        rows.append(tuple("" if value is None else str(value) for value in cells))
    return rows


def print_table(figures: list[Figure]) -> None:
    rows = make_rows(figures)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def save(folder: Path, bench: str, figures: list[Figure]) -> None:
    """Write the table as Markdown and as JSON; where a figure was measured for several N, a picture of it against N."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{bench}.json").write_text(make_report(bench, figures) + "\n")
    head, *rows = make_rows(figures)
    lines = [head, tuple("---" for _ in head), *rows]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    on = ", ".join(f"{name} {value}" for name, value in machine().items())
    (folder / f"{bench}.md").write_text(f"`./sandyq bench {bench}`, {on}\n\n{table}\n")
    series = {f.name: [other for other in figures if other.name == f.name] for f in figures}
    compared = {name: each for name, each in series.items() if len(each) > 2 and any(f.stock for f in each)}
    if compared:
        draw(folder / f"{bench}.svg", compared)


def draw(file: Path, series: dict[str, list[Figure]]) -> None:
    """One small diagram a figure: stock and ours against N."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.fonttype"] = "none"  # letters stay letters
    import matplotlib.pyplot as plt

    picture, axes = plt.subplots(
        1, len(series), figsize=(4 * len(series), 3), squeeze=False, layout="constrained"
    )
    for axis, (name, figures) in zip(axes[0], series.items(), strict=True):
        for label, style, values in (
            ("stock", "o--", [f.stock for f in figures]),
            ("Sandyq", "o-", [f.ours for f in figures]),
        ):
            axis.plot(
                [f.n for f in figures],
                [v if v is not None else float("nan") for v in values],
                style,
                label=label,
            )
        axis.set(title=name, xlabel="N at once", ylabel=figures[0].unit, ylim=(0, None), xlim=(0, None))
        axis.legend()
    picture.savefig(file, metadata={"Date": None})


def main(bench: str, describe: str | None, run: Callable[[bool], list[Figure]]) -> int:
    """The command line of a bench: run, print, write, judge."""
    parser = argparse.ArgumentParser(prog=f"sandyq bench {bench}", description=describe)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--strict", action="store_true")
    arguments = parser.parse_args()
    figures = run(arguments.quick)
    print_table(figures)
    if arguments.json:
        arguments.json.write_text(make_report(bench, figures))
    if arguments.save:
        save(arguments.save, bench, figures)
    missed = [f"{figure.name} ({figure.n})" for figure in figures if figure.meets is False]
    if arguments.strict and missed:
        print(f"missed: {'; '.join(missed)}")
        return 1
    return 0
