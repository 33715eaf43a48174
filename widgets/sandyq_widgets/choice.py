"""One right answer among several."""

from __future__ import annotations

import traitlets

from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.markdown import render_line
from sandyq_widgets.parsing import ChoiceSpec
from sandyq_widgets.question import Question


class Choice(Question[ChoiceSpec]):
    """A group of radio buttons."""

    _esm = read_module("choice")
    _css = read_style("choice")
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, spec: ChoiceSpec) -> None:
        super().__init__(spec, options=[render_line(option.text) for option in spec.options])
