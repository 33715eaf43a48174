"""A question in the lessons' words, as cells that are graded from the notebook alone.

In a lesson the key stays in the kernel. A notebook that is handed in is a file: so the question becomes a text, a cell
``answer_<id> = …`` and a test. What pupils see of the test looks at the answer's form; its hidden part, which
only the grader has, judges with the widgets' own kinds and gives part of the points for an answer that is partly right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sandyq.authoring.problems import N_
from sandyq.i18n import translator
from sandyq_widgets.kinds import KINDS as ALL_KINDS
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.kinds.choice import ChoiceSpec
from sandyq_widgets.kinds.number import NumberSpec

KINDS: Final = ("choice", "choices", "number", "short")
"""What can be answered in a line of code."""
ASK: Final = {
    "choice": N_("Write the number of the right answer in the cell below."),
    "choices": N_("Write the numbers of all right answers in the cell below, for example [1, 2]."),
    "number": N_("Write the number in the cell below; a decimal point, not a comma, as in all code."),
    "short": N_("Write your answer between the quotation marks in the cell below."),
}
"""What is said below the question."""
REFUSE: Final = {
    "choice": N_("The answer must be one of the numbers 1 to {count}; now it is {given}."),
    "choices": N_(
        "The answer must be a list of numbers from 1 to {count}, such as [1, 2]; now it is {given}."
    ),
    "number": N_("The answer must be a number such as 12 or 4.5; now it is {given}."),
    "short": N_("The answer must be a text between quotation marks; now it is {given}."),
}
FORM_ONLY: Final = N_(
    "Looks only whether the answer can be read. Whether it is right is seen after handing in."
)
HERE: Final = N_("write your answer here instead of {empty}")
_FITS: Final = {
    "choice": "{name} in range(1, {count} + 1)",
    "choices": "isinstance({name}, list) and {name} and all(each in range(1, {count} + 1) for each in {name})",
    "number": "isinstance({name}, numbers.Real)",
    "short": "isinstance({name}, str) and {name}.strip()",
}
_RESPONSES: Final = {
    "choice": "str({name})",
    "choices": '"\\n".join(map(str, {name}))',
    "number": 'f"{{round(float({name}), 6):f}}"',
    "short": "{name}",
}
"""How a value in code becomes the answer that a page would send."""


def is_question(source: str) -> bool:
    return source.startswith("%%") and source[2:].split(maxsplit=1)[0] in ALL_KINDS


def make_question_cells(spec: Spec, source: str, language: str) -> tuple[str, str, str, str]:
    """Return text, right answer, tests and the line that a pupil gets in place of the answer."""
    _ = translator(language)
    name = f"answer_{spec.id.replace('-', '_')}"
    options = [option.text for option in spec.options] if isinstance(spec, ChoiceSpec) else []
    listed = "\n".join(f"{number}. {text}" for number, text in enumerate(options, 1))
    text = "\n\n".join(part for part in (spec.text, listed, f"*{_(ASK[spec.kind])}*") if part)
    empty = '""' if spec.kind == "short" else "None"
    stub = f"{name} = {empty}  # {_(HERE).format(empty=empty)}"
    return text, f"{name} = {_solve(spec)}", _write_tests(spec, source, name, len(options), _), stub


def _solve(spec: Spec) -> str:
    """The right answer as Python."""
    if isinstance(spec, NumberSpec):
        return str(spec.answer)
    if not isinstance(spec, ChoiceSpec):
        return repr(spec.solve())
    right = [number for number, option in enumerate(spec.options, 1) if option.mark]
    return repr(right if spec.kind == "choices" else right[0])


def _write_tests(spec: Spec, source: str, name: str, count: int, _: Callable[[str], str]) -> str:
    magic, _newline, body = source.partition("\n")
    header = magic.partition(" ")[2]
    refusal = _(REFUSE[spec.kind]).format(count=count, given=f"{{{name}!r}}")
    lines = [
        f"# {_(FORM_ONLY)}",
        *(["import numbers", ""] if spec.kind == "number" else []),
        f"assert {_FITS[spec.kind].format(name=name, count=count)}, f{refusal!r}",
        "### BEGIN HIDDEN TESTS",
        "from sandyq_widgets.parsing import parse_question",
        "",
        f"asked = parse_question({spec.kind!r}, {header!r}, {body!r})",
        f"float(round({spec.points} * asked.judge({_RESPONSES[spec.kind].format(name=name)}).share, 2))",
        "### END HIDDEN TESTS",
    ]
    return "\n".join(lines)
