"""Pictures as SVG: bars, lines, a Gantt chart. Texts are escaped; each picture goes with a table (``parts.chart``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

COLOURS: Final = ("#2f6db5", "#b4532a", "#4b7f35", "#8a4f9e", "#9a6b00")
"""The theme's five, for the chests in their order."""
INK: Final = "#1f2a2e"
MUTED: Final = "#4f5c62"
LINE: Final = "#dcd8cc"
DANGER: Final = "#b3261e"
DASHES: Final = ("", "9 5", "2 5", "14 5 2 5", "5 3")
"""Of the lines in their order, so that they are told apart without colours, too."""
LETTER: Final = 9.6
"""The width of a letter at 15 px in a word of wide ones, such as «Жас өлкетанушы»."""
NAME_HEIGHT: Final = 18
"""Of a line of letters."""


@dataclass(frozen=True)
class Bar:
    label: str
    values: Sequence[float]
    """One for each series; they stand on top of each other."""
    tells: str
    """What is written at its end."""
    colour: str = ""


def bars(
    items: Sequence[Bar],
    colours: Sequence[str] = COLOURS,
    *,
    mark: float | None = None,
    hatched: bool = False,
) -> str:
    """Lying bars, one below the other. ``mark``: a line at a value that matters (a capacity, a break-even).

    ``hatched``: every second series of a bar is, so that they are told apart without colours, too.
    """
    longest = max((len(item.label) for item in items), default=0)
    left = min(max(longest * LETTER, 80), 300) + 10
    width, height = left + 460, 34 * len(items) + (26 if mark is not None else 6)
    most = max([sum(item.values) for item in items] + [mark or 0, 1e-9])
    scale = 360 / most
    shapes: list[str] = []
    for number, item in enumerate(items):
        y, x = 34.0 * number + 4, float(left)
        shapes.append(_text(left - 8, y + 18, _shorten(item.label, left), anchor="end"))
        looks = zip(item.values, [item.colour] if item.colour else colours, strict=False)
        for place, (value, colour) in enumerate(looks):
            shapes.append(_box(x, y, value * scale, 26, colour))
            if hatched and place % 2:
                shapes.append(_hatch(x, y, value * scale, 26))
            x += value * scale
        shapes.append(_text(x + 6, y + 18, item.tells))
    if mark is not None:
        x = left + mark * scale
        shapes.append(
            f'<path d="M{x:.1f} 0V{height - 22}" stroke="{INK}" stroke-width="2" stroke-dasharray="5 4"/>'
        )
        shapes.append(_text(x, height - 6, _tell(mark), anchor="middle"))
    return _svg(width, height, shapes)


def lines(
    points: Sequence[str], series: Mapping[str, Sequence[float | None]], colours: Sequence[str] = COLOURS
) -> str:
    """Lines over the same points; a None leaves a gap. Each line has its name at its end."""
    right = max((len(name) for name in series), default=0) * LETTER + 20
    width, height, left, bottom = 560 + right, 280, 60, 240
    most = max([value for values in series.values() for value in values if value is not None] + [1e-9])
    step = 480 / max(len(points) - 1, 1)
    shapes = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = bottom - 210 * share
        shapes.append(f'<path d="M{left} {y:.1f}H{left + 480}" stroke="{LINE}"/>')
        shapes.append(_text(left - 8, y + 5, _tell(most * share), anchor="end", colour=MUTED))
    shapes.extend(
        _text(left + number * step, 264, point, anchor="middle", colour=MUTED)
        for number, point in enumerate(points)
    )
    taken: list[float] = []
    for (name, values), colour, dash in zip(series.items(), colours, DASHES, strict=False):
        spots = [(left + n * step, bottom - 210 * v / most) for n, v in enumerate(values) if v is not None]
        path = " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(spots))
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        shapes.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="3"{dashes}/>')
        shapes.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>' for x, y in spots)
        if spots:
            taken.append(_find_room(spots[-1][1] + 5, taken, lowest=bottom + 5))
            shapes.append(_text(spots[-1][0] + 10, taken[-1], name, colour=colour))
    return _svg(width, height, shapes)


def _find_room(height: float, taken: Sequence[float], lowest: float) -> float:
    """Return where a name can be read: at its height, or as near to it as the others and what is below leave room."""
    places = [height, *(each + side for each in taken for side in (NAME_HEIGHT, -NAME_HEIGHT))]
    above = [each for each in places if each <= max(lowest, height)]
    free = [each for each in above if all(abs(each - one) >= NAME_HEIGHT for one in taken)]
    return min(free, key=lambda each: (abs(each - height), each))


@dataclass(frozen=True)
class Span:
    label: str
    start: float
    """Days from the chart's beginning."""
    days: float
    colour: str
    done: float = 0
    """The share (0 … 1) that is done: drawn darker."""
    tells: str = ""


def gantt(spans: Sequence[Span], marks: Sequence[tuple[float, str]], today: float | None = None) -> str:
    """Steps over time; ``marks`` are the dates written above, ``today`` a red line."""
    left = min(max((len(span.label) for span in spans), default=0) * LETTER, 330) + 12
    end = max([span.start + span.days for span in spans] + [1])
    scale, height = 520 / end, 30 * len(spans) + 34
    shapes = []
    for day, name in marks:
        x = left + day * scale
        shapes.append(f'<path d="M{x:.1f} 22V{height}" stroke="{LINE}"/>')
        shapes.append(_text(x + 3, 15, name, colour=MUTED))
    for number, span in enumerate(spans):
        y, x, width = 30 * number + 28, left + span.start * scale, max(span.days * scale, 4)
        shapes.append(_text(left - 8, y + 17, _shorten(span.label, left), anchor="end"))
        shapes.append(_box(x, y, width, 22, span.colour, faint=True))
        if span.done:
            shapes.append(_box(x, y, width * span.done, 22, span.colour))
        if span.tells:
            shapes.append(_text(x + width + 5, y + 16, span.tells, colour=MUTED))
    if today is not None and 0 <= today <= end:
        x = left + today * scale
        shapes.append(f'<path d="M{x:.1f} 18V{height}" stroke="{DANGER}" stroke-width="2"/>')
    return _svg(left + 700, height, shapes)


def _svg(width: float, height: float, shapes: Sequence[str]) -> str:
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} aria-hidden="true" font-size="15">{"".join(shapes)}</svg>'


def _box(x: float, y: float, width: float, height: float, colour: str, *, faint: bool = False) -> str:  # noqa: PLR0913
    look = f'fill="{escape(colour)}"' + (' fill-opacity="0.35"' if faint else "")
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height}" rx="3" {look}/>'


def _hatch(x: float, y: float, width: float, height: float) -> str:
    """Return slanted lines over a box; they end at its sides."""
    strokes = []
    for start in range(0, int(width + height), 8):
        low, high = max(start - width, 0), min(start, height)
        strokes.append(f"M{x + start - low:.1f} {y + low:.1f}L{x + start - high:.1f} {y + high:.1f}")
    return f'<path d="{"".join(strokes)}" stroke="{INK}" stroke-opacity="0.55"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def _shorten(words: str, width: float) -> str:
    most = int(width / LETTER)
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _tell(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
