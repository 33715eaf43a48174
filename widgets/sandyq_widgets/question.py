"""What all questions share: the frame, checking in the kernel, the way to the keeper of answers."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import anywidget
import traitlets

from sandyq_widgets import answers, labels
from sandyq_widgets.assessment import Outcome, ResponseError, assess
from sandyq_widgets.markdown import render_block
from sandyq_widgets.parsing import ChoiceSpec, NumberSpec, OpenSpec

S = TypeVar("S", ChoiceSpec, NumberSpec, OpenSpec)


class Question(anywidget.AnyWidget, Generic[S]):
    """A question on the page. Synced traits hold only what the visitor may already see."""

    name = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    points = traitlets.Int().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)
    response = traitlets.Unicode().tag(sync=True)
    """The latest response that was judged."""
    outcome = traitlets.Dict().tag(sync=True)
    """``{turn, verdict, feedback, problem, tries}``; ``turn`` grows, so that every check is an event."""
    saving = traitlets.Unicode().tag(sync=True)
    """Empty, ``saving``, ``saved``, ``retrying``, ``refused`` or ``preview``."""

    def __init__(self, spec: S, **traits: Any) -> None:
        self.spec: S = spec
        self.tries = 0
        self._turn = 0
        super().__init__(
            name=spec.id,
            text=render_block(spec.text),
            points=spec.points,
            labels=labels.make_labels(spec.kind),
            **traits,
        )
        self.on_msg(self._receive)
        answers.register(self)

    def __repr__(self) -> str:
        """Stable from run to run: built notebooks hold it."""
        return f"{type(self).__name__}({self.spec.id})"

    def check(self, response: object) -> None:
        """Judge a response, show the outcome and hand it to the keeper."""
        try:
            outcome = assess(self.spec, response, self.tries)
        except ResponseError as problem:
            self._tell(problem=labels.current_gettext()(str(problem)))
            return
        self.tries += 1
        self._show(outcome)
        self._keep(outcome)

    def restore(self, response: str, tries: int) -> None:
        """Show an answer kept earlier, unless the visitor has already answered here."""
        if self.tries:
            return
        try:
            outcome = assess(self.spec, response, max(0, tries - 1))
        except ResponseError:  # the lesson was changed since: the old answer fits no more
            return
        self.tries = tries
        self._show(outcome)
        self.saving = "saved"

    def refresh_labels(self) -> None:
        """Word the frame in the visitor's language, known only after a template kernel was forked."""
        self.labels = labels.make_labels(self.spec.kind)

    def _receive(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if content.get("type") == "check":
            self.check(content.get("response"))

    def _show(self, outcome: Outcome) -> None:
        self.response = outcome.response
        self._tell(verdict=outcome.verdict, feedback=render_block("\n\n".join(outcome.feedback)))

    def _tell(self, *, verdict: str = "", feedback: str = "", problem: str = "") -> None:
        self._turn += 1
        self.outcome = {
            "turn": self._turn,
            "verdict": verdict,
            "feedback": feedback,
            "problem": problem,
            "tries": self.tries,
        }

    def _keep(self, outcome: Outcome) -> None:
        turn = self._turn

        def follow(state: str) -> None:
            if turn == self._turn or state == "refused":  # news of an older answer would mislead
                self.saving = state

        answers.keep(self.spec.id, outcome.response, outcome.score, outcome.max_score, follow)
