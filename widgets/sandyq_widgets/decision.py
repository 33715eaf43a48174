"""A management case's decision on the page: consequences, another try, experts and the group, a paper to take away."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import traitlets

from sandyq.i18n import translator
from sandyq_widgets import answers, labels
from sandyq_widgets.assessment import Outcome
from sandyq_widgets.cases import Choice, Value
from sandyq_widgets.errors import N_
from sandyq_widgets.kinds.decide import DecideSpec, Field, Measure
from sandyq_widgets.markdown import render_block, render_line, to_plain
from sandyq_widgets.numbers import write_number
from sandyq_widgets.portal import KeptAnswer
from sandyq_widgets.question import Question

Spread = Mapping[str, Mapping[str, int]]
"""By field: how many have decided what."""
TRIES_BEFORE_EXPERTS: Final = 2
"""Who keeps all limits sees the experts at once; others try twice."""
FOOT: Final = N_("Made in the case “{title}” from made-up data. Compare it with your school's own documents.")


class Decide(Question, kind="decide"):
    """A decision, and what follows from it."""

    spec: DecideSpec
    follows = traitlets.Dict().tag(sync=True)
    """``{rows, summary, compared}``; what is shown below the form, nothing before the first decision."""

    def __init__(self, spec: DecideSpec) -> None:
        self._choice: Choice | None = None
        self._before: Mapping[str, Value] = {}
        self._spread: Spread = {}
        super().__init__(spec)

    def restore(self, kept: KeptAnswer) -> None:
        super().restore(kept)
        if self._choice:
            self.saved()

    def refresh_labels(self) -> None:
        super().refresh_labels()
        self._describe()

    def saved(self) -> None:
        answers.ask_decisions(self.spec.id, self._take_spread)

    def _take_spread(self, spread: Spread) -> None:
        self._spread = spread
        self._describe()

    def _show(self, outcome: Outcome) -> None:
        if self._choice is not None:
            self._before = self.spec.follow(self._choice)
        self._choice = self.spec.read_choice(outcome.response)
        super()._show(outcome)
        self._describe()

    def _describe(self) -> None:
        if self._choice is None:
            return
        now = self.spec.follow(self._choice)
        verdicts = [measure.is_kept(now[measure.name]) for measure in self.spec.measures]
        limited = [verdict for verdict in verdicts if verdict is not None]
        gettext = labels.current_gettext()
        self.follows = {
            "summary": gettext("Limits kept: {kept} of {all}").format(kept=sum(limited), all=len(limited)),
            "rows": [
                {
                    "label": render_line(measure.label),
                    "limit": self._tell_limit(measure),
                    "before": self._write(self._before[measure.name]) if self._before else "",
                    "now": self._write(now[measure.name]),
                    "kept": verdict,
                    "warning": "" if verdict is not False else render_line(measure.warning),
                }
                for measure, verdict in zip(self.spec.measures, verdicts, strict=True)
            ],
            "compared": self._compare(now) if self.tries >= TRIES_BEFORE_EXPERTS or all(limited) else {},
        }

    def _tell_limit(self, measure: Measure) -> str:
        gettext = labels.current_gettext()
        if measure.most is not None:
            return gettext("at most {n}").format(n=self._write(measure.most))
        return (
            gettext("at least {n}").format(n=self._write(measure.least)) if measure.least is not None else ""
        )

    def _write(self, value: Value) -> str:
        return write_number(value, labels.lesson_language())

    def _compare(self, now: Mapping[str, Value]) -> dict[str, Any]:
        choices = [self._choice or {}, *(expert.choice for expert in self.spec.experts)]
        follows = [now, *(self.spec.follow(expert.choice) for expert in self.spec.experts)]
        language = labels.lesson_language()
        return {
            "people": [expert.name for expert in self.spec.experts],
            "reasons": [render_block(expert.reasons) for expert in self.spec.experts],
            "group": bool(self._spread),
            "choices": [
                [render_line(field.label), *(field.tell(choice[field.name], language) for choice in choices)]
                + ([self._tell_group(field)] if self._spread else [])
                for field in self.spec.fields
            ],
            "measures": [
                [render_line(measure.label), *(self._write(each[measure.name]) for each in follows)]
                + ([""] if self._spread else [])
                for measure in self.spec.measures
            ],
        }

    def _tell_group(self, field: Field) -> str:
        """Options with how many chose each; of numbers the middle one and the range."""
        told = self._spread.get(field.name, {})
        if field.options:
            known = [(option, told.get(option.key, 0)) for option in field.options]
            return "; ".join(f"{option.text} – {many}" for option, many in known if many)
        values = sorted(Decimal(value) for value, many in told.items() for _ in range(many))
        if not values:
            return ""
        middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
        return f"{self._write(middle)} ({self._write(values[0])} … {self._write(values[-1])})"

    def _receive(self, widget: object, content: dict[str, Any], buffers: object) -> None:
        if content.get("type") == "paper" and self._choice is not None:
            self.send({"type": "file", "name": f"{self.spec.case}.docx"}, [self.make_paper(self._choice)])
            return
        super()._receive(widget, content, buffers)

    def make_paper(self, choice: Choice) -> bytes:
        """Return the product of a decision as a Word file."""
        from sandyq.papers import Paper, read_markup, to_docx

        language = labels.lesson_language()
        title, markup = self.spec.fill_product(choice, language)
        foot = translator(language)(FOOT).format(title=to_plain(title))
        return to_docx(Paper(title, language, read_markup(markup), foot), author="")
