"""Free text, which a person reads."""

from __future__ import annotations

import traitlets

from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.parsing import OpenSpec
from sandyq_widgets.question import Question


class Open(Question[OpenSpec]):
    """A field for free text. Its rubric is the teacher's and never travels to the page."""

    _esm = read_module("open")
    _css = read_style("open")
    min_words = traitlets.Int().tag(sync=True)

    def __init__(self, spec: OpenSpec) -> None:
        super().__init__(spec, min_words=spec.min_words)
