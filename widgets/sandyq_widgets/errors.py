"""What can be wrong with a question as its author wrote it."""

from __future__ import annotations

from collections.abc import Callable


def N_(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is told."""
    return message


NO_ANSWER = N_("The school's server does not answer. Run this cell again in a minute.")
NO_TABLE = N_("“{name}” is no table. Save it as CSV UTF-8, with its columns' names in the first row.")
NOT_TAKEN = N_(
    "The server does not take this. Open the page anew; if that does not help, tell your teacher or the administrator."
)


class ToolError(ValueError):
    """What is wrong with a line such as ``%explore``, worded for whoever wrote it."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines in place of a traceback, and no English word before them."""
        return [str(self)]


class QuestionError(ValueError):
    """A malformed question: which one, on which line of its cell (the magic is line 1), and what to do.

    ``problem`` is the English message with ``{fields}``; :meth:`tell` words it in a language.
    """

    def __init__(self, question: str, line: int, problem: str, **values: object) -> None:
        super().__init__(question, line, problem)
        self.gettext: Callable[[str], str] = str
        """How ``str()`` words the error; the magics set it to the visitor's language."""
        self.cell = 0
        """The number in brackets beside the cell, where there is a notebook."""
        self.question, self.line, self.problem, self.values = question, line, problem, values

    def tell_problem(self, gettext: Callable[[str], str]) -> str:
        return gettext(self.problem).format(**self.values)

    def tell(self, gettext: Callable[[str], str]) -> str:
        place = gettext(N_("Question “{question}”, line {line}:")).format(
            question=self.question, line=self.line
        )
        if self.cell:
            place = f"{gettext(N_('Cell [{cell}].')).format(cell=self.cell)} {place}"
        return f"{place} {self.tell_problem(gettext)}"

    def __str__(self) -> str:
        return self.tell(self.gettext)

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines in place of a traceback."""
        return [str(self)]
