"""Things to work with that are no questions: nothing of what is done with them is kept or sent."""

from __future__ import annotations

import csv
import shlex
from io import StringIO
from pathlib import Path
from typing import Any, Final, Self

import anywidget
import traitlets

from sandyq_widgets import labels
from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.errors import N_, NO_TABLE
from sandyq_widgets.numbers import parse_number

MOST_ROWS: Final = 1000
KINDS: Final = ("bars", "line", "dots")
UNKNOWN: Final = N_("“{word}” is not known here. This line may hold: {known}")


class Meter(anywidget.AnyWidget):
    """How strong is a password? Measured in the browser; the widget has no trait that could carry it here."""

    _esm, _css = read_module("meter"), read_style("meter")
    labels = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(labels=labels.make_labels("meter"))

    def __repr__(self) -> str:
        return "Meter()"


class Explorer(anywidget.AnyWidget):
    """A table to sort, filter and draw."""

    _esm, _css = read_module("explore"), read_style("explore")
    labels = traitlets.Dict().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    """``{columns, rows, numeric, x, y, kind}``; a column is numeric when all its cells are numbers or empty."""

    def __init__(
        self, columns: list[str], rows: list[list[str]], *, x: str = "", y: str = "", kind: str = "bars"
    ) -> None:
        cells = [[_read_cell(cell) for cell in row] for row in rows]
        numeric = [all(isinstance(row[n], float) or not row[n] for row in cells) for n in range(len(columns))]
        numbers = [name for name, is_number in zip(columns, numeric, strict=True) if is_number]
        if not numbers:
            raise ValueError(labels.current_gettext()(N_("This table has no column of numbers to draw.")))
        self._check(x, columns)
        self._check(y, numbers)
        self._check(kind, list(KINDS))
        data = {"columns": columns, "rows": cells, "numeric": numeric, "kind": kind}
        own = {"x": x or columns[0], "y": y or next((n for n in numbers if n != columns[0]), numbers[0])}
        super().__init__(labels=labels.make_labels("explore"), data=data | own)

    @classmethod
    def read(cls, line: str) -> Self:
        """Read ``bills.csv x=month y=kWh kind=bars``; raises ValueError saying what is wrong and how to mend it."""
        gettext = labels.current_gettext()
        known = "x=…, y=…, kind=…"
        try:
            name, *settings = shlex.split(line) or [""]
        except ValueError as error:  # a quotation mark that is not closed
            raise ValueError(gettext(UNKNOWN).format(word=line, known=known)) from error
        path = Path(name)
        if not path.is_file():
            message = N_("There is no file “{name}” beside the lesson. Put it there or mend the name.")
            raise ValueError(gettext(message).format(name=name))
        try:
            columns, *rows = read_rows(path)
        except (ValueError, csv.Error) as error:
            raise ValueError(gettext(NO_TABLE).format(name=name)) from error
        uneven = next((n for n, row in enumerate(rows, 2) if len(row) != len(columns)), None)
        if uneven or len(rows) > MOST_ROWS:
            message = N_(
                "“{name}”: line {line} has another number of cells than the first, or there are over {most} rows."
            )
            raise ValueError(gettext(message).format(name=name, line=uneven or len(rows) + 1, most=MOST_ROWS))
        given: dict[str, Any] = dict(setting.partition("=")[::2] for setting in settings)
        unknown = set(given) - {"x", "y", "kind"}
        if unknown:
            raise ValueError(gettext(UNKNOWN).format(word=sorted(unknown)[0], known=known))
        return cls(columns, rows, **given)

    def __repr__(self) -> str:
        return f"Explorer({len(self.data['rows'])} rows)"

    @staticmethod
    def _check(value: str, known: list[str]) -> None:
        if value and value not in known:
            raise ValueError(labels.current_gettext()(UNKNOWN).format(word=value, known=", ".join(known)))


def read_rows(path: Path) -> list[list[str]]:
    """Return the rows of a CSV table, whichever sign divides its cells: Excel writes semicolons here.

    Raises ValueError or csv.Error for what is no table.
    """
    text = path.read_text("utf-8-sig")
    readings = [list(csv.reader(StringIO(text), delimiter=sign)) for sign in (";", "\t", ",")]
    return max(readings, key=_rate_reading)


def _rate_reading(rows: list[list[str]]) -> tuple[bool, int]:
    """Say whether all rows are equally wide, and how wide the first is."""
    widths = [len(row) for row in rows] or [0]
    return widths[0] > 1 and len(set(widths)) == 1, widths[0]


def _read_cell(cell: str) -> str | float:
    value = parse_number(cell)
    return cell if value is None else float(value)
