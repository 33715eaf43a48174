"""Which translations are still true: what the source said when somebody last compared them.

``translations.toml`` beside a lesson's texts keeps, for each translated language, a hash of each cell of the source.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandyq.authoring.problems import N_, Problem, TextError, make_problem
from sandyq_curriculum.lesson import Lesson

FILE: Final = "translations.toml"
FRONT: Final = "front matter"
"""Stands for title and summary among the cells, whose names hold no spaces."""
_HEAD: Final = (
    "# What each translation was last said to be true to. "
    "./sandyq build --translated SLUG [LANGUAGE] writes this file.\n"
)


def check_translations(lessons: list[Lesson]) -> list[Problem]:
    """Warn of every cell of the source that changed, came or went since a translation was confirmed."""
    source = find_source(lessons)
    if source is None:
        return [_tell_sources(lessons)]
    others = [lesson for lesson in lessons if lesson is not source]
    path = source.folder / FILE
    if not path.exists():
        languages = ", ".join(lesson.language for lesson in others)
        message = N_(
            "no translation ({languages}) has been confirmed. "
            "Compare them with {source}, then run: ./sandyq build --translated {slug}"
        )
        values = {"languages": languages, "source": source.path.name, "slug": source.slug}
        return [make_problem(path, 1, message, warning=True, **values)]
    try:
        confirmed = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        message = N_("this file cannot be read ({error}). Remove it and confirm the translations again.")
        return [make_problem(path, 1, message, error=error)]
    return [problem for other in others for problem in _compare(source, other, confirmed.get(other.language))]


def find_source(lessons: list[Lesson]) -> Lesson | None:
    """Return the one language whose front matter says that it is the source."""
    sources = [lesson for lesson in lessons if lesson.front.get("translation") == "source"]
    return sources[0] if len(sources) == 1 else None


def _tell_sources(lessons: list[Lesson]) -> Problem:
    message = N_("exactly one language must say “translation: source”. Write “draft” in the others.")
    return make_problem(lessons[0].path, lessons[0].find_line("translation"), message)


def hash_cells(lesson: Lesson) -> dict[str, str]:
    """Return a hash of each cell's text, by the cell's id."""
    front = f"{lesson.front.get('title')}\n{lesson.front.get('summary')}"
    texts = {FRONT: front, **{cell.id: cell.source for cell in lesson.cells}}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in texts.items()}


def _compare(source: Lesson, other: Lesson, confirmed: object) -> Iterator[Problem]:
    values = {"source": source.path.name, "slug": source.slug, "language": other.language}
    if not isinstance(confirmed, dict):
        message = N_(
            "this translation has not been confirmed. "
            "Compare it with {source}, then run: ./sandyq build --translated {slug} {language}"
        )
        yield make_problem(other.path, 1, message, warning=True, **values)
        return
    now = hash_cells(source)
    for name in dict.fromkeys((*now, *confirmed)):
        if now.get(name) != confirmed.get(name):
            if name not in confirmed:
                message = N_(
                    "“{id}” is new in {source}, line {place}. "
                    "Compare, mend the translation, then run: ./sandyq build --translated {slug} {language}"
                )
            elif name not in now:
                message = N_(
                    "“{id}” was removed from {source}. "
                    "Compare, mend the translation, then run: ./sandyq build --translated {slug} {language}"
                )
            else:
                message = N_(
                    "“{id}” has changed in {source}, line {place}. "
                    "Compare, mend the translation, then run: ./sandyq build --translated {slug} {language}"
                )
            places = {"id": name, "place": _find_cell(source, name), **values}
            yield make_problem(other.path, _find_cell(other, name), message, warning=True, **places)


def _find_cell(lesson: Lesson, name: str) -> int:
    if name == FRONT:
        return lesson.find_line("title")
    return next((cell.line for cell in lesson.cells if cell.id == name), 1)


def confirm_translations(lessons: list[Lesson], language: str | None = None) -> list[str]:
    """Write that the translations (or one of them) are true to the source as it stands; return their languages."""
    source = find_source(lessons)
    if source is None:
        raise TextError(_tell_sources(lessons))
    languages = [lesson.language for lesson in lessons if lesson is not source]
    if language is not None and language not in languages:
        raise ValueError(
            f"{language!r} is no translation of {source.slug!r}. Use one of: {', '.join(languages)}."
        )
    chosen = [language] if language else languages
    path = source.folder / FILE
    kept = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    _write(path, {**kept, **dict.fromkeys(chosen, hash_cells(source))})
    return chosen


def _write(path: Path, confirmed: dict[str, dict[str, str]]) -> None:
    tables = (
        f"\n[{language}]\n"
        + "".join(f"{json.dumps(name)} = {json.dumps(value)}\n" for name, value in cells.items())
        for language, cells in sorted(confirmed.items())
    )
    path.write_text(_HEAD + "".join(tables), "utf-8")
