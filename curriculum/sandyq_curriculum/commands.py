"""``./sandyq build``: every lesson in every language, checked and built.

Readers and builders are imported where they are used: an unchanged lesson needs none of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from sandyq.authoring.problems import N_, Problem, TextError, make_problem
from sandyq.i18n import LANGUAGES
from sandyq.settings import PROJECT
from sandyq_curriculum.freshness import Notes, hash_sources

if TYPE_CHECKING:
    from sandyq_curriculum.lesson import Lesson

CURRICULUM: Final = PROJECT / "curriculum"
ADULTS: Final = ("teachers", "leaders")
OPTIONAL: Final = ("en",)
"""Languages in which what is for adults may be missing."""


def build(check: bool, slugs: list[str], out: TextIO, curriculum: Path = CURRICULUM) -> int:
    """Build the lessons named (all of the catalogue by default); with ``check`` only tell what is old.

    Returns 0, or 1 when a lesson has problems or, with ``check``, a notebook is out of date.
    """
    results = [_settle(curriculum, slug, check, out) for slug in _choose(curriculum, slugs)]
    return 0 if all(results) else 1


def watch(slugs: list[str], out: TextIO, curriculum: Path = CURRICULUM) -> int:
    """Build what changes until Ctrl-C."""
    from sandyq_curriculum.watch import watch_folders

    def find() -> dict[str, Path]:
        return {slug: curriculum / "lessons" / slug for slug in _choose(curriculum, slugs)}

    print("Watching; Ctrl-C ends.", file=out, flush=True)
    watch_folders(find, lambda slug: _settle(curriculum, slug, False, out), out)
    return 0


def confirm(slug: str, language: str | None, out: TextIO, curriculum: Path = CURRICULUM) -> int:
    """Note that a lesson's translations (or one) are true to the source; 1 when the lesson has errors."""
    from sandyq_curriculum.translations import FILE, confirm_translations

    (slug,) = _choose(curriculum, [slug])
    folder = curriculum / "lessons" / slug
    lessons, problems = read_and_check(folder)
    errors = [problem for problem in problems if not problem.warning]
    _tell(errors, out)
    if errors:
        return 1
    languages = confirm_translations(lessons, language)
    print(f"{slug}/{FILE}: {', '.join(languages)} confirmed. Commit the file.", file=out)
    return 0


def read_catalogue(curriculum: Path = CURRICULUM) -> list[str]:
    """Return the lessons' slugs in their order."""
    path = curriculum / "catalogue.toml"
    try:
        text = path.read_text("utf-8-sig")
        lessons = tomllib.loads(text).get("lesson")
    except ValueError as error:
        raise TextError(_tell_catalogue(path, _find_line(error), str(error))) from None
    slugs: list[str] = []
    for number, lesson in enumerate(lessons if isinstance(lessons, list) and lessons else [None]):
        slug = lesson.get("slug") if isinstance(lesson, dict) else None
        if not isinstance(slug, str) or slug in slugs:
            heads = [line for line, words in enumerate(text.splitlines(), 1) if words.startswith("[[")]
            line = heads[number] if heads[number:] else 1
            raise TextError(_tell_catalogue(path, line, f"slug = {'?' if slug is None else slug}"))
        slugs.append(slug)
    return slugs


def _tell_catalogue(path: Path, line: int, what: str) -> Problem:
    message = N_("this is no list of lessons ({what}). Write for each: [[lesson]], below it slug = {example}")
    return make_problem(path, line, message, what=what, example='"passphrase"')


def _find_line(error: ValueError) -> int:
    place = re.search(r"at line (\d+)", str(error))
    return int(place[1]) if place else 1


def list_languages(slug: str, curriculum: Path = CURRICULUM) -> list[str]:
    """Return the languages in which a lesson is written: what is for adults may lack English."""
    folder = curriculum / "lessons" / slug
    return [language for language in LANGUAGES if _find_text(folder, language).exists()]


def _choose(curriculum: Path, slugs: list[str]) -> list[str]:
    known = read_catalogue(curriculum)
    for slug in slugs:
        if slug not in known:
            raise ValueError(
                f"There is no lesson {slug!r} in catalogue.toml. Use one of: {', '.join(known)}."
            )
    return slugs or known


def _settle(curriculum: Path, slug: str, check: bool, out: TextIO) -> bool:
    """Check and build one lesson; return whether it is good and, with ``check``, up to date."""
    notes = Notes.read(curriculum)
    sources = hash_sources(curriculum, slug)
    warnings = notes.recall(slug, sources)
    if warnings is not None:
        _tell(warnings, out)
        if not check:
            print(f"{slug}: up to date", file=out)
        return True
    lessons, problems = read_and_check(curriculum / "lessons" / slug)
    _tell(problems, out)
    if any(not problem.warning for problem in problems):
        return False
    if not check:
        _tell_network(out)
    work = _tell_state if check else _build
    results = [work(lesson, _target(curriculum, lesson), out) for lesson in lessons]
    if not all(results):
        return False
    if (
        hash_sources(curriculum, slug) == sources
    ):  # else it was saved meanwhile: which text was read is not known
        notes.keep(slug, sources, map(str, problems))
    return True


@lru_cache
def _tell_network(out: TextIO) -> None:
    from sandyq.authoring.offline import find_isolation

    if not find_isolation():
        print(
            "This machine gives no program an empty network (unshare --net): lessons run with proxies that lead "
            "nowhere, and a cell that opens a connection by itself is not noticed.",
            file=out,
        )


def _tell(problems: Iterable[Problem | str], out: TextIO) -> None:
    for problem in problems:
        print(problem, file=out)


def read_and_check(folder: Path) -> tuple[list[Lesson], list[Problem]]:
    """Read a lesson in all languages and return all its problems; no lessons when one cannot be read."""
    from sandyq_curriculum.agreement import check_agreement
    from sandyq_curriculum.check import check_lesson
    from sandyq_curriculum.lesson import read_lesson
    from sandyq_curriculum.translations import check_translations

    problems: list[Problem] = []
    lessons: list[Lesson] = []
    missing = [language for language in LANGUAGES if not _find_text(folder, language).exists()]
    for language in (language for language in LANGUAGES if language not in missing):
        path = _find_text(folder, language)
        try:
            lessons.append(read_lesson(path))
        except TextError as error:
            problems.append(error.problem)
    is_for_adults = bool(lessons) and lessons[0].front.get("track") in ADULTS
    problems += [
        make_problem(_find_text(folder, language), 1, N_("the lesson is missing in this language. Write it."))
        for language in missing
        if not (is_for_adults and language in OPTIONAL)
    ]
    problems += [problem for lesson in lessons for problem in check_lesson(lesson)]
    if lessons and len(lessons) + len(missing) == len(LANGUAGES):
        problems += [*check_agreement(lessons), *check_translations(lessons)]
    return lessons, problems


def _find_text(folder: Path, language: str) -> Path:
    return folder / f"lesson.{language}.md"


def _target(curriculum: Path, lesson: Lesson) -> Path:
    return curriculum / "notebooks" / lesson.language / f"{lesson.slug}.ipynb"


def _tell_state(lesson: Lesson, target: Path, out: TextIO) -> bool:
    from sandyq_curriculum.build import is_up_to_date

    current = is_up_to_date(lesson, target)
    if not current:
        place = Path(*target.parts[-4:])
        print(f"{place}: out of date. Run ./sandyq build {lesson.slug}", file=out)
    return current


def _build(lesson: Lesson, target: Path, out: TextIO) -> bool:
    from sandyq_curriculum.build import build_lesson

    try:
        written = build_lesson(lesson, target)
    except TextError as error:
        print(error, file=out)
        return False
    print(f"{lesson.language}/{lesson.slug}: {'built' if written else 'up to date'}", file=out)
    return True
