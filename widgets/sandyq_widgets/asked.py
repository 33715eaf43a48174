"""Questions in a pupil's own notebook: its kernel is the pupil's, so the key stays with the portal, which judges."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from sandyq_widgets import answers, labels
from sandyq_widgets.errors import N_
from sandyq_widgets.markdown import render_block
from sandyq_widgets.portal import Press
from sandyq_widgets.question import Question
from sandyq_widgets.questions import WIDGETS
from sandyq_widgets.sheets import Sheet, read_outcome

AWAY: Final = N_("The server does not answer now. Your answer waits and is checked as soon as it does.")


class Asked(Question):
    """What is another in such a notebook: see ``ASKED`` for the classes."""

    spec: Sheet  # type: ignore[assignment] # of a Spec only what may be known

    def __init__(self, told: dict[str, Any], language: str, keeper: answers.Keeper) -> None:
        self._key = render_block(told["key"])
        super().__init__(Sheet(**told["question"]))  # type: ignore[arg-type]
        self._language, self._keeper = language, keeper
        self._waiting: str | None = None
        """The response that is on its way."""
        self._heed(told)

    def _find_key(self) -> str:
        return self._key

    def check(self, response: object, press: str = "") -> None:
        """Have a response judged and kept; while the portal is away, it waits."""
        text = str(response if response is not None else "")
        if self.is_closed or text == self._waiting or (press and press == self._press):
            return
        self._press, self._waiting = press, text
        sent = Press(press or str(uuid4()), self.spec.id, text, self._language)
        self._keeper.keep(sent, self._follow, self._hear)

    def review(self) -> None:
        """There is none: these answers are looked at again in the notebook itself."""

    def _follow(self, state: str) -> None:
        if state == "saving":
            self.saving = state
        elif state == "retrying":
            self._tell(problem=labels.current_gettext()(AWAY))
        elif state == "refused":
            self._waiting = None
            self._tell()
            self.saving = state

    def _hear(self, reply: dict[str, Any]) -> None:
        self._waiting = None
        if reply["problem"]:
            self._tell(problem=labels.current_gettext()(reply["problem"]))
            self.saving = "saved" if self.response else ""  # what was kept before
            return
        self._heed(reply)
        self.saved()

    def _heed(self, told: dict[str, Any]) -> None:
        self.tries = told["tries"]
        if told["outcome"] is not None:
            self._show(read_outcome(told["outcome"]))
            self.saving = "saved"


ASKED: Final[dict[str, type[Asked]]] = {
    kind: type(f"Asked{widget.__name__}", (Asked, widget), {})
    for kind, widget in WIDGETS.items()
    if kind != "decide"  # what follows is computed where the decision is made: in rooms
}
"""By kind: the same widgets, judged elsewhere."""
