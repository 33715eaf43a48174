"""What one lesson in one language must satisfy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sandyq.authoring.front import check_screen_time, check_sources, is_grades
from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq_curriculum.addresses import check_explored, check_images, check_links
from sandyq_curriculum.front import check_competences, check_front
from sandyq_curriculum.intruders import check_texts
from sandyq_curriculum.lesson import Cell, Lesson
from sandyq_curriculum.reviews import check_review

WORDS_BETWEEN_ACTIONS: Final = 90
WORDS_FOR_THE_YOUNG: Final = 60
"""The same for grades 1–4."""
SCORED, SCORED_KINDS = 5, 3
"""Scored questions of a lesson, and their different kinds, at least."""
UNSCORED: Final = ("open", "poll")
WITHOUT_GUIDE: Final = ("writing-questions",)
"""Lessons whose whole text is for teachers."""
_UNSEEN: Final = re.compile(
    r"^```.*?^```|<svg\b.*?</svg>|<table\b.*?</table>|^ *\|[^\n]*|<[^>]+>|!\[[^\]]*\]\([^)]*\)|^#+ [^\n]*",
    re.DOTALL | re.MULTILINE,
)
_WORD: Final = re.compile(r"\b[^\W\d_²³]+(?:[-–’'][^\W\d_²³]+)*\b")


def check_lesson(lesson: Lesson) -> list[Problem]:
    """Return every problem of one lesson in one language."""
    return [problem for check in CHECKS for problem in check(lesson)]


def check_names(lesson: Lesson) -> Iterator[Problem]:
    """No two cells share a name: a question's name is the key of its answers."""
    seen: dict[str, Cell] = {}
    for cell in lesson.cells:
        if cell.id in seen:
            message = N_(
                "the name “{id}” is taken by the cell on line {first}. Give this one a name of its own."
            )
            yield make_problem(lesson.path, cell.line, message, id=cell.id, first=seen[cell.id].line)
        seen.setdefault(cell.id, cell)


def count_words(text: str) -> int:
    """Count the words of running text: no headings, pictures, tables, blocks of code, numbers or units such as m³."""
    return len(_WORD.findall(_UNSEEN.sub(" ", text)))


def check_words(lesson: Lesson) -> Iterator[Problem]:
    """No wall of text: something to do every 90 words (60 for grades 1–4); only a warning for adults."""
    young = is_grades(lesson.front.get("grades")) and lesson.is_for_the_young
    limit = WORDS_FOR_THE_YOUNG if young else WORDS_BETWEEN_ACTIONS
    for line, words in _runs_of_text(lesson):
        if words > limit:
            message = N_(
                "{words} words without anything to do; at most {limit}. Shorten or put a question in between."
            )
            warning = lesson.front.get("track") != "pupils"
            yield make_problem(lesson.path, line, message, warning=warning, words=words, limit=limit)


def _runs_of_text(lesson: Lesson) -> Iterator[tuple[int, int]]:
    """Yield (line of its first cell, words) for all that is read between two actions, with a question's own text."""
    line, words = 0, 0
    for cell in lesson.cells:
        if "teachers" in cell.tags:
            continue
        line = line or cell.line
        if cell.kind == "text":
            words += count_words(cell.source)
        else:
            yield line, words + (count_words(cell.spec.text) if cell.spec else 0)
            line, words = 0, 0
    yield line, words


def check_questions(lesson: Lesson) -> Iterator[Problem]:
    """Five scored questions of three kinds and an open one; only a warning where no pupils learn."""
    scored = [spec for spec in lesson.questions if spec.points and spec.kind not in UNSCORED]
    kinds = sorted({spec.kind for spec in scored})
    warning = lesson.front.get("track") != "pupils"
    line = lesson.find_line("track")
    if len(scored) < SCORED or len(kinds) < SCORED_KINDS:
        message = N_(
            "{count} scored questions of {different} kinds ({kinds}); a lesson has at least {scored} of {needed} "
            "kinds. Add questions, or write some as another kind."
        )
        values = {"count": len(scored), "different": len(kinds), "kinds": ", ".join(kinds) or "–"}
        yield make_problem(
            lesson.path, line, message, warning=warning, scored=SCORED, needed=SCORED_KINDS, **values
        )
    if all(spec.kind != "open" for spec in lesson.questions):
        message = N_("no open question. Add an %%open cell: pupils also answer in their own words.")
        yield make_problem(lesson.path, line, message, warning=warning)


def check_guide(lesson: Lesson) -> Iterator[Problem]:
    """Pupils' and teachers' lessons say how to teach them, in cells that pupils do not get."""
    wants = lesson.front.get("track") in ("pupils", "teachers") and lesson.slug not in WITHOUT_GUIDE
    if wants and all("teachers" not in cell.tags for cell in lesson.cells):
        message = N_(
            "nothing is for the teacher. Add a page with plan, likely mistakes and answers: {form} before its text."
        )
        form = '+++ {"id": "teachers-plan", "tags": ["teachers"]}'
        yield make_problem(lesson.path, len(lesson.lines), message, form=form)


CHECKS: Final = (
    check_front,
    check_screen_time,
    check_sources,
    check_competences,
    check_names,
    check_words,
    check_images,
    check_links,
    check_explored,
    check_texts,
    check_review,
    check_questions,
    check_guide,
)
