"""A number, right within a tolerance."""

from __future__ import annotations

import traitlets

from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.parsing import NumberSpec
from sandyq_widgets.question import Question


class Number(Question[NumberSpec]):
    """A line for a number; the decimal comma and spaces in thousands are accepted."""

    _esm = read_module("number")
    _css = read_style("number")
    unit = traitlets.Unicode().tag(sync=True)

    def __init__(self, spec: NumberSpec) -> None:
        super().__init__(spec, unit=spec.unit)
