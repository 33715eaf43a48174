"""``./sandyq build``: every lesson in every language, checked and built."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, TextIO

from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT
from sandyq_curriculum.agreement import check_agreement
from sandyq_curriculum.build import build_lesson, is_up_to_date
from sandyq_curriculum.check import check_lesson
from sandyq_curriculum.lesson import Lesson, read_lesson
from sandyq_curriculum.problems import N_, LessonError, Problem, make_problem

CURRICULUM: Final = PROJECT / "curriculum"


def build(check: bool, slugs: list[str], out: TextIO, curriculum: Path = CURRICULUM) -> int:
    """Build the lessons named (all of the catalogue by default); with ``check`` only tell what is old.

    Returns 0, or 1 when a lesson has problems or, with ``check``, a notebook is out of date.
    """
    good = True
    for slug in _choose(curriculum, slugs):
        lessons, problems = read_and_check(curriculum / "lessons" / slug)
        for problem in problems:
            print(problem, file=out)
        if any(not problem.warning for problem in problems):
            good = False
            continue
        work = _tell_state if check else _build
        results = [work(lesson, _target(curriculum, lesson), out) for lesson in lessons]
        good = good and all(results)
    return 0 if good else 1


def read_catalogue(curriculum: Path = CURRICULUM) -> list[str]:
    """Return the lessons' slugs in their order."""
    catalogue = tomllib.loads((curriculum / "catalogue.toml").read_text("utf-8"))
    return [lesson["slug"] for lesson in catalogue["lesson"]]


def _choose(curriculum: Path, slugs: list[str]) -> list[str]:
    known = read_catalogue(curriculum)
    for slug in slugs:
        if slug not in known:
            raise ValueError(
                f"There is no lesson {slug!r} in catalogue.toml. Use one of: {', '.join(known)}."
            )
    return slugs or known


def read_and_check(folder: Path) -> tuple[list[Lesson], list[Problem]]:
    """Read a lesson in all languages and return all its problems; no lessons when one cannot be read."""
    problems: list[Problem] = []
    lessons: list[Lesson] = []
    for language in LANGUAGES:
        path = folder / f"lesson.{language}.md"
        if not path.exists():
            problems.append(make_problem(path, 1, N_("the lesson is missing in this language. Write it.")))
            continue
        try:
            lessons.append(read_lesson(path))
        except LessonError as error:
            problems.append(error.problem)
    problems += [problem for lesson in lessons for problem in check_lesson(lesson)]
    if len(lessons) == len(LANGUAGES):
        problems += check_agreement(lessons)
    return lessons, problems


def _target(curriculum: Path, lesson: Lesson) -> Path:
    return curriculum / "notebooks" / lesson.language / f"{lesson.slug}.ipynb"


def _tell_state(lesson: Lesson, target: Path, out: TextIO) -> bool:
    current = is_up_to_date(lesson, target)
    if not current:
        place = Path(*target.parts[-4:])
        print(f"{place}: out of date. Run ./sandyq build {lesson.slug}", file=out)
    return current


def _build(lesson: Lesson, target: Path, out: TextIO) -> bool:
    try:
        written = build_lesson(lesson, target)
    except LessonError as error:
        print(error, file=out)
        return False
    print(f"{lesson.language}/{lesson.slug}: {'built' if written else 'up to date'}", file=out)
    return True
