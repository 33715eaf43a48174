"""Free text, which a person reads."""

from __future__ import annotations

import traitlets

from sandyq_widgets.assessment import Outcome
from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.markdown import render_block
from sandyq_widgets.parsing import OpenSpec
from sandyq_widgets.question import Question


class Open(Question[OpenSpec]):
    """A field for free text; the rubric is shown once an answer was handed in."""

    _esm = read_module("open")
    _css = read_style("open")
    min_words = traitlets.Int().tag(sync=True)
    rubric = traitlets.Unicode().tag(sync=True)

    def __init__(self, spec: OpenSpec) -> None:
        super().__init__(spec, min_words=spec.min_words)

    def _show(self, outcome: Outcome) -> None:
        self.rubric = render_block(self.spec.rubric)
        super()._show(outcome)
