"""What all questions share: the frame, checking in the kernel, the way to the keeper of answers."""

from __future__ import annotations

import os
from typing import Any, Self
from uuid import UUID, uuid4

import anywidget
import traitlets

from sandyq_widgets import answers, labels
from sandyq_widgets.assessment import Outcome, ResponseError, assess, recall
from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.kinds.base import Note, Spec
from sandyq_widgets.markdown import render_block
from sandyq_widgets.parsing import parse_question
from sandyq_widgets.portal import Answer, KeptAnswer


class Question(anywidget.AnyWidget):
    """A question on the page. Synced traits hold only what the visitor may already see."""

    name = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    points = traitlets.Int().tag(sync=True)
    face = traitlets.Dict().tag(sync=True)
    """What the page shows of this kind: see ``Spec.face``."""
    labels = traitlets.Dict().tag(sync=True)
    response = traitlets.Unicode().tag(sync=True)
    """The latest response that was judged."""
    outcome = traitlets.Dict().tag(sync=True)
    """``{turn, verdict, feedback, problem, tries, left, marks, solution, review}``; each check has a ``turn``."""
    saving = traitlets.Unicode().tag(sync=True)
    """Empty, ``saving``, ``saved``, ``retrying``, ``refused`` or ``preview``."""
    key = traitlets.Unicode().tag(sync=True)
    """The right answer, for teachers only."""
    spread = traitlets.List(traitlets.Int()).tag(sync=True)
    """A poll's answers in the class, by option; empty while too few have answered."""

    resume = traitlets.Bool(default_value=False).tag(sync=True)
    """Here the visitor goes on: all before it were answered on an earlier visit."""

    def __init_subclass__(cls, *, kind: str = "", **options: Any) -> None:
        if kind:  # traitlets makes a class without one for each widget
            cls.kind = kind
            cls._esm, cls._css = read_module(kind), read_style(kind)
        super().__init_subclass__(**options)

    kind: str
    is_trial = False
    """It is tried out where it is written or looked at: judged and shown, kept nowhere."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.tries = 0
        self._turn = 0
        self._press = ""
        self._kept_presses: tuple[str, ...] = ()
        super().__init__(
            name=spec.id,
            text=render_block(spec.text),
            points=spec.points,
            face=spec.face(),
            labels=labels.make_labels(spec.kind),
            key=self._find_key(),
        )
        self.on_msg(self._receive)
        answers.register(self)

    @classmethod
    def read(cls, header: str, body: str) -> Self:
        """Make the question from its text, as the magic does; raises :class:`QuestionError`."""
        return cls(parse_question(cls.kind, header, body))

    def __repr__(self) -> str:
        """Stable from run to run: built notebooks hold it."""
        return f"{type(self).__name__}({self.spec.id})"

    def _find_key(self) -> str:
        return describe_key(self.spec) if os.environ.get("SANDYQ_AUDIENCE") == "teachers" else ""

    @property
    def is_closed(self) -> bool:
        """No tries are left, or the answers are only looked at."""
        return bool(self.outcome.get("solution"))

    def check(self, response: object, press: str = "") -> None:
        """Judge a response, show the outcome and hand it to the keeper; ``press`` names it: once is enough."""
        if self.is_closed or (press and press in (self._press, *self._kept_presses)):
            return
        try:
            outcome = assess(self.spec, response, self.tries)
        except ResponseError as problem:
            self._tell(problem=labels.current_gettext()(str(problem)))
            return
        self.tries += 1
        self._press = press
        self._show(outcome)
        self._keep(outcome, press)

    def restore(self, kept: KeptAnswer) -> None:
        """Show an answer kept earlier, unless the visitor has already answered here."""
        if self.tries:
            return
        outcome = recall(self.spec, kept)
        if outcome is None:
            return
        self.tries, self._kept_presses = kept.tries, kept.presses
        self._show(outcome)
        self.saving = "saved"

    def review(self) -> None:
        """Show what was answered beside what is right; nothing can be handed in any more."""
        gettext = labels.current_gettext()
        solution = self.spec.tell() or gettext("There is more than one good answer.")
        self.outcome = self.outcome | {
            "turn": self._turn + 1,
            "review": True,
            "solution": render_block(solution),
            "feedback": render_block(self.spec.reason) or self.outcome.get("feedback", ""),
        }

    def refresh_labels(self) -> None:
        """Word the frame in the visitor's language, known only after a template kernel was forked."""
        self.labels = labels.make_labels(self.spec.kind)

    def _receive(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if content.get("type") == "check":
            self.check(content.get("response"), read_uuid(content.get("id")))

    def _show(self, outcome: Outcome) -> None:
        self.response = outcome.response
        said = [word_note(note) for note in outcome.notes]
        self._tell(
            verdict=outcome.verdict,
            feedback=render_block("\n\n".join([*said, *outcome.feedback])),
            marks=list(outcome.marks),
            solution=render_block(outcome.solution),
        )

    def _tell(self, *, problem: str = "", **told: Any) -> None:
        self._turn += 1
        left = max(0, self.spec.tries - self.tries) if self.spec.tries else -1
        self.outcome = {
            "turn": self._turn,
            "verdict": "",
            "feedback": "",
            "problem": problem,
            "tries": self.tries,
            "left": left,
            "marks": [],
            "solution": "",
            "review": False,
            **told,
        }

    def _keep(self, outcome: Outcome, press: str) -> None:
        if self.is_trial:
            self.saving = "preview"
            return
        turn = self._turn
        if self.saving in ("saving", "retrying"):
            self.saving = ""  # of an earlier answer: else the page would not hear it said of this one

        def follow(state: str) -> None:
            if turn == self._turn or state == "refused":  # news of an older answer would mislead
                self.saving = state
            if state == "saved":
                self.saved()

        answer = Answer(
            press or str(uuid4()), self.spec.id, outcome.response, outcome.score, outcome.max_score
        )
        answers.keep(answer, follow, self._count)

    def _count(self, reply: dict[str, Any]) -> None:
        """The portal knows of tries in other tabs, too; after the last one nothing can be handed in any more."""
        if reply["tries"] <= self.tries:
            return
        self.tries = reply["tries"]
        left = max(0, self.spec.tries - self.tries) if self.spec.tries else -1
        is_over = left == 0 and self.outcome["verdict"] != "right"
        solution = render_block(self.spec.tell()) if is_over else self.outcome["solution"]
        self.outcome = self.outcome | {"tries": self.tries, "left": left, "solution": solution}

    def saved(self) -> None:
        """The portal has the latest answer."""


def read_uuid(text: object) -> str:
    """Return what the page calls this press; empty when that is no UUID."""
    try:
        return str(UUID(str(text)))
    except ValueError:
        return ""


def word_note(note: Note) -> str:
    return labels.current_gettext()(note.message).format(**note.values)


def describe_key(spec: Spec) -> str:
    """What a teacher may see: the right answer, the reason, the rubric."""
    return render_block("\n\n".join(filter(None, [spec.tell(), spec.reason, spec.rubric])))
