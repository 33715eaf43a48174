"""The sums of a centre's budget. All money is whole tiyn, all quantities are thousandths; nothing is ever a float.

A line costs ``unit × quantity``; what is counted for each child, that times the children. What serves the whole centre
is shared among the clubs by their children, to the last tiyn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

EXPENSES: Final = ("pay", "things", "things_child", "other")
INCOMES: Final = ("grant", "income_child")
EACH_CHILD: Final = frozenset({"things_child", "income_child"})
"""Kinds whose quantity is meant for each child."""
THOUSAND: Final = 1000
MOST_CHILDREN: Final = 1000
"""The largest group that is tried."""
MOST_DIGITS: Final = 13
"""Of an amount's whole tenge: more is a slip of the hand."""


@dataclass(frozen=True)
class Line:
    id: int
    club: int | None
    """None: the whole centre's."""
    kind: str
    name: str
    unit: int
    """Tiyn for one."""
    quantity: int
    """Thousandths."""

    def total(self, children: int) -> int:
        """Return the line's amount in tiyn, rounded half up once, with ``children`` in what it is for."""
        times = children if self.kind in EACH_CHILD else 1
        return divide(self.unit * self.quantity * times, THOUSAND)


@dataclass(frozen=True)
class ClubSums:
    """What a club costs and brings in a year, in tiyn."""

    club: int
    children: int
    own: int
    """Its own expenses."""
    shared: int
    """Its part of what serves the whole centre."""
    income: int

    @property
    def cost(self) -> int:
        return self.own + self.shared

    @property
    def cost_a_child(self) -> int | None:
        """Rounded half up; None while nobody is in it."""
        return divide(self.cost, self.children) if self.children else None

    @property
    def balance(self) -> int:
        return self.income - self.cost


def divide(amount: int, by: int) -> int:
    """Return a quotient rounded half up (away from zero for what is owed)."""
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) * 2 + by) // (2 * by))


def share(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights; the parts add up to it, and none is more than a tiyn from its exact part.

    With no weight at all it is split evenly; the largest remainders get the tiyn that are left, of equals the first.
    """
    if not weights:
        return []
    weights = weights if any(weights) else [1] * len(weights)
    whole = sum(weights)
    parts = [amount * weight // whole for weight in weights]
    rest = amount - sum(parts)
    order = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for place in order[:rest]:
        parts[place] += 1
    return parts


def count_clubs(lines: Iterable[Line], children: Mapping[int, int]) -> list[ClubSums]:
    """Return the sums of each club; ``children``: by club, in the order in which they come back."""
    lines = list(lines)
    everybody = sum(children.values())
    common = sum(line.total(everybody) for line in lines if line.club is None and line.kind in EXPENSES)
    shares = share(common, list(children.values()))
    return [
        ClubSums(
            club,
            count,
            _sum(lines, club, count, EXPENSES),
            part,
            _sum(lines, club, count, INCOMES),
        )
        for (club, count), part in zip(children.items(), shares, strict=True)
    ]


def _sum(lines: Iterable[Line], club: int, children: int, kinds: Sequence[str]) -> int:
    return sum(line.total(children) for line in lines if line.club == club and line.kind in kinds)


def break_even(lines: Iterable[Line], club: int, most: int = MOST_CHILDREN) -> tuple[int, int] | None:
    """Return the smallest group whose income covers the club's own expenses, and the largest up to which it does.

    The largest is ``most`` where no group is too large; None when no group up to ``most`` is covered. It is too large
    where each child costs more than it brings in.
    """
    own = [line for line in lines if line.club == club]

    def is_covered(children: int) -> bool:
        return _sum(own, club, children, INCOMES) >= _sum(own, club, children, EXPENSES)

    least = next((n for n in range(1, most + 1) if is_covered(n)), None)
    if least is None:
        return None
    if is_covered(most):
        return least, most
    return least, next((n for n in range(least, most) if not is_covered(n + 1)), most)


@dataclass(frozen=True)
class WhatIf:
    """Percents of what is planned; 100 leaves it as it is."""

    price: int = 100
    """Of an hour's pay."""
    hours: int = 100
    things: int = 100
    children: int | None = None
    """How many are in the club; None: as many as there are."""


def change_lines(lines: Iterable[Line], what_if: WhatIf) -> list[Line]:
    """Return the lines as they would be."""
    return [_change(line, what_if) for line in lines]


def _change(line: Line, what_if: WhatIf) -> Line:
    unit, quantity = line.unit, line.quantity
    if line.kind == "pay":
        unit, quantity = divide(unit * what_if.price, 100), divide(quantity * what_if.hours, 100)
    elif line.kind in ("things", "things_child"):
        unit = divide(unit * what_if.things, 100)
    return Line(line.id, line.club, line.kind, line.name, unit, quantity)


def price_of_hour(monthly: int, full_load: int) -> int:
    """Return what an hour costs in tiyn when a full rate of ``full_load`` hours a week is paid ``monthly`` tiyn.

    A year of twelve payments has 52 weeks: monthly × 12 ÷ (52 × full load), rounded half up.
    """
    return divide(monthly * 12, 52 * full_load)


def read_tenge(text: str) -> int | None:
    """Return tiyn of an amount as people write it (``12 345,50``); None for what is no amount."""
    clean = "".join(text.split()).replace("₸", "").replace(",", ".")
    whole, point, rest = clean.partition(".")
    if (
        not whole.isascii()
        or not whole.isdigit()
        or (point and not (rest.isascii() and rest.isdigit()))
        or len(rest) > 2
        or len(whole) > MOST_DIGITS
    ):
        return None
    return int(whole) * 100 + int((rest + "00")[:2])


def read_thousandths(number: float | str) -> int:
    """Return a quantity in thousandths from what a form gives (``2.5``), without the errors of floats."""
    from decimal import ROUND_HALF_UP, Decimal

    return int((Decimal(str(number)) * THOUSAND).quantize(Decimal(1), ROUND_HALF_UP))
