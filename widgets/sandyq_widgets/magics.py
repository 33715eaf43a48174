"""Questions and tools as magics, so that a teacher writes one without Python."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_magic, magics_class

from sandyq.i18n import LANGUAGES
from sandyq.search import fold
from sandyq.settings import find_lesson_folder
from sandyq_widgets import answers, labels
from sandyq_widgets.asked import ASKED
from sandyq_widgets.author import AppAuthor, Author
from sandyq_widgets.errors import N_, NO_ANSWER, NOT_TAKEN, QuestionError, ToolError
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.parsing import parse_question
from sandyq_widgets.portal import PortalError
from sandyq_widgets.question import Question
from sandyq_widgets.questions import WIDGETS
from sandyq_widgets.slips import BEGINNING, QUESTION, find_kind, find_misplaced, word_misplaced, word_misspelt
from sandyq_widgets.tools import Explorer, Meter


@magics_class
class LessonMagics(Magics):
    """``%lesson``, ``%ask``, ``%author``, ``%explore`` and ``%meter``."""

    @line_magic
    def lesson(self, line: str) -> None:
        """``%lesson passphrase kk``: say the language, and stand in the lesson's folder, next to its data.

        ``%lesson passphrase kk young`` shows everything larger.
        """
        slug, _, rest = line.strip().partition(" ")
        language, _, size = rest.strip().partition(" ")
        if language not in LANGUAGES:
            message = N_("%lesson needs a name and a language. Write for example: %lesson passphrase kk")
            raise ToolError(labels.current_gettext()(message))
        enter_lesson(slug, language, is_young=size.strip() == "young")

    @line_magic
    def ask(self, line: str) -> Question:
        """``%ask village-weather kk coldest``: a lesson's question in a pupil's own notebook, without its key."""
        slug, language, name = (*line.split(), "", "", "")[:3]
        labels.set_lesson(language)
        gettext = labels.current_gettext()
        try:
            keeper = answers.join(slug)
        except PortalError as error:
            raise ToolError(gettext(NOT_TAKEN if error.final else NO_ANSWER)) from error
        try:
            told = keeper.portal.fetch_question(name, language)
        except PortalError as error:
            message = N_("There is no question “{name}” in the lesson “{lesson}”. Open the lesson anew.")
            said = gettext(message).format(name=name, lesson=slug) if error.final else gettext(NO_ANSWER)
            raise ToolError(said) from error
        return ASKED[told["question"]["kind"]](told, language, keeper)

    @line_magic
    def author(self, line: str) -> Author | AppAuthor:
        """``%author``: buttons to look a lesson over and to publish it; ``%author app``: the same for an app."""
        return AppAuthor() if line.strip() == "app" else Author()

    @line_magic
    def explore(self, line: str) -> Explorer:
        """``%explore bills.csv``: a table of the lesson's data, to sort, filter and draw."""
        try:
            return Explorer.read(line)
        except ValueError as error:
            raise ToolError(str(error)) from error

    @line_magic
    def meter(self, _line: str) -> Meter:
        """``%meter``: how long would a password last? It is measured in the browser and goes nowhere."""
        return Meter()


def enter_lesson(slug: str, language: str, *, is_young: bool) -> None:
    """Speak the lesson's language and stand in its folder, next to its data."""
    labels.set_lesson(language, is_young=is_young)
    own = Path(f"{slug}.files").absolute()  # a teacher's own lesson
    for folder in (find_lesson_folder(slug), own):
        if folder.is_dir():
            os.chdir(folder)
            return


MAGICS: Final = {"%": "line", "%%": "cell"}
TOOLS: Final = {fold(tool): tool for tool in ("lesson", "ask", "author", "explore", "meter")}
_NEAR_TOOL: Final = 0.75
"""How much of two words is the same when one is a tool mistyped and not another line of IPython's."""


class QuestionMagics:
    """A cell magic for each kind of question."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._places: dict[str, str] = {}

    def make(self, kind: str) -> Callable[[str, str], Question]:
        def ask(line: str, cell: str) -> Question:
            return self._ask(kind, line, cell)

        ask.__doc__ = WIDGETS[kind].__doc__
        return ask

    def _ask(self, kind: str, line: str, cell: str) -> Question:
        try:
            spec = parse_question(kind, line, cell)
            self._check_new(spec, f"{line}\n{cell}")
        except QuestionError as error:
            self._place(error)
            raise
        return WIDGETS[kind](spec)

    def find_slips(self, lines: list[str]) -> list[str]:
        """Have a cell that is nearly a question say so: IPython itself would say it in English."""
        if not lines:
            return lines
        if QUESTION.match(lines[0]):  # spaces of any kind do no harm; an empty body is the question's to tell
            return [" ".join(lines[0].split(maxsplit=1)).strip() + "\n", *(lines[1:] or ["\n"])]
        found = BEGINNING.match(lines[0])
        if found is None:
            place = find_misplaced(lines)
            return [f"%misplaced {place} {lines[place - 1].split()[0]}\n"] if place else lines
        if found[0] == found[1] + found[2] and self.shell.find_magic(found[2], MAGICS[found[1]]):
            return lines
        return self._find_misspelt(found) or lines

    def _find_misspelt(self, found: re.Match[str]) -> list[str]:
        """Return the line that tells what was meant; none where nothing is to be told."""
        kind = find_kind(found[2])
        tool = get_close_matches(fold(found[2]), TOOLS, 1, _NEAR_TOOL)
        if tool and get_close_matches(fold(found[2]), [*tool, fold(kind)], 1) == tool:
            return [f"%misspelt_tool {found[0]} {TOOLS[tool[0]]}\n"]
        if kind or (found[1] == "%%" and not self.shell.find_magic(found[2])):
            return [f"%misspelt {found[0]} {kind or '?'}\n"]
        return []

    def tell_misspelt(self, line: str) -> None:
        """``%misspelt %%chioce choice`` stands for such a cell; a question mark for a kind that is like none."""
        word, _, kind = line.rpartition(" ")
        raise self._place(word_misspelt(word, "" if kind == "?" else kind))

    def tell_misspelt_tool(self, line: str) -> None:
        """``%misspelt_tool %explor explore`` stands for such a cell."""
        word, _, tool = line.rpartition(" ")
        message = labels.current_gettext()(
            N_("“{found}” is not understood. Write %{tool} in one line, with one %.")
        )
        raise ToolError(message.format(found=word, tool=tool))

    def tell_misplaced(self, line: str) -> None:
        """``%misplaced 2 %%choice`` stands for a cell in which something is above the question's first line."""
        place, _, word = line.partition(" ")
        raise self._place(word_misplaced(int(place), word))

    def _check_new(self, spec: Spec, source: str) -> None:
        """Two cells may not share a name; the same cell may run again."""
        parent: dict[str, Any] = getattr(self.shell, "get_parent", dict)()
        place = parent.get("metadata", {}).get("cellId") or source
        if self._places.setdefault(spec.id, place) != place:
            raise QuestionError(
                spec.id, 1, N_("another question in this notebook has this name. Give it a name of its own.")
            )

    def _place(self, error: QuestionError) -> QuestionError:
        """Word an error in the visitor's language, with the number in brackets beside the cell."""
        error.gettext = labels.current_gettext()
        error.cell = int(self.shell.execution_count) - 1
        return error


def load_ipython_extension(shell: InteractiveShell) -> None:
    shell.register_magics(LessonMagics)
    questions = QuestionMagics(shell)
    register: Any = shell.register_magic_function  # typed as a decorator of methods
    for kind in WIDGETS:
        register(questions.make(kind), magic_kind="cell", magic_name=kind)
    register(questions.tell_misspelt, magic_kind="line", magic_name="misspelt")
    register(questions.tell_misspelt_tool, magic_kind="line", magic_name="misspelt_tool")
    register(questions.tell_misplaced, magic_kind="line", magic_name="misplaced")
    shell.input_transformers_cleanup.append(questions.find_slips)
