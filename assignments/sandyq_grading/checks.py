"""What an assignment's text must satisfy, in one language and in all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sandyq.authoring.front import (
    FORMS,
    TRACKS,
    TRANSLATIONS,
    check_keys,
    check_screen_time,
    check_sources,
    compare_front,
    is_text,
)
from sandyq.authoring.outline import outline_code
from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq_grading.packets import read_rubric
from sandyq_grading.sources import Cell, Source

FRONT: Final = (
    "title",
    "summary",
    "kind",
    "subject",
    "track",
    "grades",
    "minutes",
    "translation",
    "sources",
    "licence",
)
"""What the front matter of an assignment holds; only one of its notebooks has it."""
ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "kind": ("fa", "sor", "soch", "course"),
    "subject": ("informatics", "reading", "maths", "science", "financial", "pedagogy", "management"),
    "track": TRACKS,
    "translation": TRANSLATIONS,
}
SAME: Final = ("kind", "subject", "track", "grades", "minutes", "licence")
_FORMS: Final = {**FORMS, "licence": (is_text, "licence: CC BY 4.0")}


def choose_front(sources: list[Source]) -> Source:
    """Return the notebook that speaks for the assignment: the first that has a front matter."""
    return next((source for source in sources if source.front), sources[0])


def check_sources_of(sources: list[Source]) -> list[Problem]:
    """Return all problems of an assignment's notebooks in one language."""
    front = choose_front(sources)
    return [
        *check_keys(front, FRONT, ALLOWED, _FORMS),
        *check_screen_time(front),
        *check_sources(front),
        *_check_graded(front, sources),
        *(problem for source in sources for problem in (*_check_names(source), *_check_rubrics(source))),
    ]


def _check_graded(front: Source, sources: list[Source]) -> Iterator[Problem]:
    if not any(cell.points or cell.spec for source in sources for cell in source.cells):
        message = N_("no cell gives points. Mark one, for example {form}")
        yield make_problem(front.path, len(front.lines), message, form=":grade: tests 3")


def _check_names(source: Source) -> Iterator[Problem]:
    """A name is nbgrader's key: of marks, of comments, of repairs."""
    seen: dict[str, int] = {}
    for cell in source.cells:
        for name in (cell.id, f"{cell.id}-text", f"{cell.id}-tests") if cell.spec else (cell.id,):
            if name in seen:
                message = N_("the name “{id}” is taken by the cell on line {first}. Give another.")
                yield make_problem(source.path, cell.line, message, id=name, first=seen[name])
            seen.setdefault(name, cell.line)


def _check_rubrics(source: Source) -> Iterator[Problem]:
    """Whoever marks reads what earns how much, and it adds up."""
    for cell in source.cells:
        if cell.grade in ("answer", "task"):
            given = sum(each["points"] for each in read_rubric(cell.source))
            if given != cell.points:
                message = N_(
                    "the rubric gives {given:g} points, the cell {points:g}. Write lines “- 1: what earns it” between "
                    "=== BEGIN MARK SCHEME === and === END MARK SCHEME === that make up the same sum."
                )
                yield make_problem(source.path, cell.line, message, given=given, points=cell.points)


def check_agreement(first: list[Source], other: list[Source]) -> list[Problem]:
    """Compare an assignment in another language with the first: notebooks, front matter, cells, points, code."""
    names, others = [source.name for source in first], [source.name for source in other]
    if names != others:
        message = N_("the notebooks are {found}, in the first language {expected}. Make them the same.")
        return [make_problem(other[0].path, 1, message, found=", ".join(others), expected=", ".join(names))]
    pairs = zip(first, other, strict=True)
    return [
        *compare_front(choose_front(first), choose_front(other), SAME),
        *(p for a, b in pairs for p in _compare(a, b)),
    ]


def _compare(first: Source, other: Source) -> Iterator[Problem]:
    for expected, cell in zip(first.cells, other.cells, strict=False):
        if _shape(expected) != _shape(cell):
            message = N_(
                "here stands {shape}, but {expected} in {other}, line {place}. Make the cells agree."
            )
            yield make_problem(
                other.path,
                cell.line,
                message,
                shape=_tell(cell),
                expected=_tell(expected),
                other=first.path.name,
                place=expected.line,
            )
            return  # what follows is shifted; one clear message is enough
        if _outline(expected) != _outline(cell):
            message = N_(
                "the code of “{id}” is not that in {other}, line {place}. Only texts and remarks may differ."
            )
            yield make_problem(
                other.path, cell.line, message, id=cell.id, other=first.path.name, place=expected.line
            )
    if len(first.cells) != len(other.cells):
        message = N_("{count} cells, but {expected} in {other}. Add or remove cells at the end.")
        yield make_problem(
            other.path,
            len(other.lines),
            message,
            count=len(other.cells),
            expected=len(first.cells),
            other=first.path.name,
        )


def _shape(cell: Cell) -> tuple[object, ...]:
    """What of a cell is the same in all languages."""
    if cell.spec is not None:
        return (cell.id, cell.spec.kind, cell.spec.points, cell.spec.keys)
    rubric = [each["points"] for each in read_rubric(cell.source)]
    return (cell.id, cell.type, cell.grade, cell.points, rubric)


def _outline(cell: Cell) -> str:
    return outline_code(cell.source) if cell.type == "code" and cell.spec is None else ""


def _tell(cell: Cell) -> str:
    if cell.spec is not None:
        return f"%%{cell.spec.kind} id={cell.spec.id} points={cell.spec.points}"
    return f"{cell.type} “{cell.id}” {cell.grade} {cell.points or ''}".strip()
