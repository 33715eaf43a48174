"""A robot on the steppe: a program of steps, turns and repeats brings it home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self

from sandyq_widgets.draft import Block, Draft
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.base import Judgement, Note, ResponseError, Spec

HEADINGS: Final = {"^": (-1, 0), ">": (0, 1), "v": (1, 0), "<": (0, -1)}
"""Robot's sign on the map → (rows, columns) of a step."""
_ROUND: Final = "^>v<"
_TURNS: Final = {"L": -1, "R": 1}
MOST_STEPS: Final = 400
MOST_COMMANDS: Final = 60


@dataclass(frozen=True)
class Loop:
    times: int
    body: tuple[Step, ...]


Step = str | Loop
"""``F`` a step ahead, ``L`` and ``R`` a quarter turn, or a loop."""


@dataclass(frozen=True, kw_only=True)
class RobotSpec(Spec):
    """A map of rows: ``.`` grass, ``#`` stone, ``*`` sheep to pass by, ``G`` the fold, ``^ > v <`` the robot."""

    grid: tuple[str, ...]
    way: str
    """A program that brings the robot home within the limit."""
    limit: int = 0
    """So many commands are enough; a longer program earns half. 0: as many as one likes."""
    loops: bool = False
    kind: ClassVar[str] = "robot"
    settings: ClassVar[tuple[str, ...]] = ("id", "points", "tries", "limit", "loops")
    labels: ClassVar[tuple[str, ...]] = ("map", "way", "hint", "reason")

    @classmethod
    def read(cls, draft: Draft) -> Self:
        text = draft.read_text()
        block = next(iter(draft.labelled("map")), None)
        if block is None:
            raise draft.error(draft.end, N_("the map is missing. Write map: and below it rows like > . # G"))
        grid = tuple("".join(row.split()) for row in block.lines if row.strip())
        _check_grid(draft, block, grid)
        _check_way(draft)
        loops = draft.whole("loops", 0) > 0
        own: dict[str, Any] = {
            "grid": grid,
            "way": draft.label("way"),
            "limit": draft.whole("limit", 0),
            "loops": loops,
        }
        spec = cls(text=text, **own, **cls.common(draft))
        if not parse_program(spec.way) or spec.judge(spec.way).share != 1:
            line = next((way.line for way in draft.labelled("way")), draft.end)
            message = N_(
                "write way: and a program that meets all sheep and ends in the fold within the limit, like F F L 3(F)"
            )
            raise draft.error(line, message)
        if "(" in spec.way and not loops:
            line = draft.labelled("way")[0].line
            raise draft.error(
                line,
                N_(
                    "the way has a loop, but pupils get none. Add loops=1 to the first line, or write it without."
                ),
            )
        return spec

    @property
    def keys(self) -> tuple[object, ...]:
        return (self.grid, self.limit, self.loops)

    def face(self) -> dict[str, Any]:
        return {"grid": list(self.grid), "limit": self.limit, "loops": self.loops}

    def judge(self, response: str) -> Judgement:
        program = parse_program(response)
        if not program:
            raise ResponseError(N_("Give the robot at least one command first."))
        length = count_commands(program)
        if length > MOST_COMMANDS:
            raise ResponseError(N_("This program is too long. Make it shorter."))
        trip = travel(self.grid, program)
        said = write_program(program)
        if trip.hit:
            return Judgement(
                said,
                Fraction(0),
                notes=(Note(N_("The robot ran into something at step {step}."), {"step": trip.steps}),),
            )
        if trip.sheep:
            return Judgement(
                said, Fraction(0), notes=(Note(N_("Sheep not met yet: {count}."), {"count": trip.sheep}),)
            )
        if not trip.home:
            return Judgement(said, Fraction(0), notes=(Note(N_("The robot has stopped before the fold.")),))
        if self.limit and length > self.limit:
            note = Note(
                N_("It works! Commands: {length}. It can be done with {limit}."),
                {"length": length, "limit": self.limit},
            )
            return Judgement(said, Fraction(1, 2), notes=(note,))
        return Judgement(said, Fraction(1))

    def solve(self) -> str:
        return self.way


@dataclass(frozen=True)
class Trip:
    steps: int
    hit: bool
    sheep: int
    """Not met."""
    home: bool


def travel(grid: tuple[str, ...], program: tuple[Step, ...]) -> Trip:
    """Walk a program on a map. A step off the map or onto a stone ends the trip."""
    row, column, sign = next(
        (r, c, cell) for r, line in enumerate(grid) for c, cell in enumerate(line) if cell in HEADINGS
    )
    sheep = {(r, c) for r, line in enumerate(grid) for c, cell in enumerate(line) if cell == "*"}
    steps = 0
    for command in unroll(program):
        steps += 1
        if steps > MOST_STEPS:
            break
        if command in _TURNS:
            sign = _ROUND[(_ROUND.index(sign) + _TURNS[command]) % 4]
            continue
        row, column = row + HEADINGS[sign][0], column + HEADINGS[sign][1]
        if not (0 <= row < len(grid) and 0 <= column < len(grid[0])) or grid[row][column] == "#":
            return Trip(steps, hit=True, sheep=len(sheep), home=False)
        sheep.discard((row, column))
    return Trip(steps, hit=False, sheep=len(sheep), home=grid[row][column] == "G")


def unroll(program: tuple[Step, ...]) -> Iterator[str]:
    for step in program:
        if isinstance(step, Loop):
            for _ in range(step.times):
                yield from unroll(step.body)
        else:
            yield step


def count_commands(program: tuple[Step, ...]) -> int:
    """A loop counts as one command and what stands in it."""
    return sum(1 + count_commands(step.body) if isinstance(step, Loop) else 1 for step in program)


def parse_program(text: str) -> tuple[Step, ...]:
    """Read ``F F L 3(F R)``; whatever is no command is left out, an open loop ends with the text."""
    stack: list[tuple[int, list[Step]]] = [(1, [])]
    times = 0
    for sign in text[:1000]:
        if sign.isascii() and sign.isdigit():
            times = int(sign)
        elif sign == "(" and len(stack) < 5:
            stack.append((times, []))
            times = 0
        elif sign == ")" and len(stack) > 1:
            _close(stack)
        elif sign in "FLR":
            stack[-1][1].append(sign)
    while len(stack) > 1:
        _close(stack)
    return tuple(stack[0][1])


def _close(stack: list[tuple[int, list[Step]]]) -> None:
    times, body = stack.pop()
    stack[-1][1].append(Loop(times, tuple(body)))


def write_program(program: tuple[Step, ...]) -> str:
    return " ".join(
        f"{step.times}({write_program(step.body)})" if isinstance(step, Loop) else step for step in program
    )


def _check_way(draft: Draft) -> None:
    """Nothing of a program may be left out in silence."""
    for block in draft.labelled("way"):
        written = "".join(block.text.split())
        if written != write_program(parse_program(written)).replace(" ", ""):
            message = N_("“{found}” is no program. Use F, L, R and loops like 3(F R).")
            raise draft.error(block.line, message, found=block.text)


def _check_grid(draft: Draft, block: Block, grid: tuple[str, ...]) -> None:
    line, cells = block.line, "".join(grid)
    lines = [number for number, row in enumerate(block.lines, start=line) if row.strip()]
    for number, row in zip(lines, grid, strict=True):
        if wrong := sorted(set(row) - set(".#*G^>v<")):
            message = N_("the map holds “{signs}”. Use . # * G and one of ^ > v <")
            raise draft.error(number, message, signs=" ".join(wrong))
    if not grid or len({len(row) for row in grid}) != 1 or not 2 <= len(grid[0]) <= 10 or len(grid) > 10:
        uneven = (n for n, row in zip(lines, grid, strict=True) if len(row) != len(grid[0]))
        raise draft.error(
            next(uneven, line),
            N_("all rows of the map need the same number of signs, 2 to 10; at most 10 rows."),
        )
    if sum(cells.count(sign) for sign in HEADINGS) != 1 or cells.count("G") != 1:
        raise draft.error(line, N_("the map needs one robot (^ > v <) and one fold (G)."))
