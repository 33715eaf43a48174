"""Questions as cell magics, so that a teacher writes one without Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT
from sandyq_widgets import labels
from sandyq_widgets.choice import Choice
from sandyq_widgets.errors import N_, QuestionError
from sandyq_widgets.number import Number
from sandyq_widgets.open import Open
from sandyq_widgets.parsing import Spec, parse_question

WIDGETS: Final[dict[str, Callable[..., Choice | Number | Open]]] = {
    "choice": Choice,
    "number": Number,
    "open": Open,
}
LESSONS: Final = PROJECT / "curriculum" / "lessons"


@magics_class
class QuestionMagics(Magics):
    """``%%choice``, ``%%number``, ``%%open`` and ``%lesson``."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._places: dict[str, str] = {}

    @line_magic
    def lesson(self, line: str) -> None:
        """``%lesson passphrase kk``: say the language, and stand in the lesson's folder, next to its data."""
        slug, _, language = line.strip().partition(" ")
        if language not in LANGUAGES:
            message = N_("%lesson needs a name and a language. Write for example: %lesson passphrase kk")
            raise UsageError(labels.current_gettext()(message))
        labels.set_lesson_language(language)
        if (LESSONS / slug).is_dir():
            os.chdir(LESSONS / slug)

    @cell_magic
    def choice(self, line: str, cell: str) -> Choice | Number | Open:
        """A question with one right answer among several."""
        return self._ask("choice", line, cell)

    @cell_magic
    def number(self, line: str, cell: str) -> Choice | Number | Open:
        """A question whose answer is a number."""
        return self._ask("number", line, cell)

    @cell_magic
    def open(self, line: str, cell: str) -> Choice | Number | Open:
        """A question answered in free text."""
        return self._ask("open", line, cell)

    def _ask(self, kind: str, line: str, cell: str) -> Choice | Number | Open:
        try:
            spec = parse_question(kind, line, cell)
            self._check_new(spec, f"{line}\n{cell}")
        except QuestionError as error:
            error.gettext = labels.current_gettext()
            raise
        return WIDGETS[kind](spec)

    def _check_new(self, spec: Spec, source: str) -> None:
        """Two cells may not share a name; the same cell may run again."""
        parent: dict[str, dict[str, str]] = getattr(self.shell, "get_parent", dict)()
        place = parent.get("metadata", {}).get("cellId") or source
        if self._places.setdefault(spec.id, place) != place:
            raise QuestionError(
                spec.id, 1, N_("another question in this notebook has this name. Give it a name of its own.")
            )


def load_ipython_extension(shell: InteractiveShell) -> None:
    shell.register_magics(QuestionMagics)
