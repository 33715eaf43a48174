"""The records of who has read a lesson: ``curriculum/reviews/<slug>.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq_curriculum.lesson import Lesson

FORM: Final = "## 2026-12-01: Read by a fluent reader, {language}: a teacher of grade 3"
"""The heading of a record; what they read and found stands below it."""
PARTS: Final = {"Read:": "Read: all cells, questions, the teacher's page", "Found:": "Found: nothing"}
"""What a line of a record begins with, and how it may go on."""
_NAMES: Final = {"kk": "Kazakh", "ru": "Russian", "en": "English"}
_DAY: Final = r"\d{4}-\d\d-\d\d"


def check_review(lesson: Lesson) -> Iterator[Problem]:
    """``translation: reviewed`` needs the record of a fluent reader of this language: who, when, what, findings."""
    if lesson.front.get("translation") != "reviewed":
        return
    path = lesson.folder.parent.parent / "reviews" / f"{lesson.slug}.md"
    language = _NAMES[lesson.language]
    values: dict[str, Any] = {"record": f"reviews/{path.name}", "form": FORM.format(language=language)}
    line, place = lesson.find_line("translation"), _find_record(path, language)
    if place is None:
        message = N_(
            "“translation” is “reviewed”, but {record} has no record of a fluent reader. "
            "Write “draft”, or add their record under a heading like: {form}"
        )
        yield make_problem(lesson.path, line, message, **values)
        return
    number, day, said = place
    if not _is_day(day):
        message = N_(
            "“translation” is “reviewed”, but {record}, line {place}: “{day}” is no day. Correct it."
        )
        yield make_problem(lesson.path, line, message, **values, place=number, day=day)
    for part, example in PARTS.items():
        if not re.search(rf"^(?:[-*] +)?{part}[^\S\n]*(?:\S[^\n]*)?\w", said, re.MULTILINE):
            message = N_(
                "“translation” is “reviewed”, but the record in {record}, line {place}, lacks a line “{part}”. "
                "Write “draft”, or add below that line for example: {example}"
            )
            yield make_problem(lesson.path, line, message, **values, place=number, part=part, example=example)


def _find_record(path: Path, language: str) -> tuple[int, str, str] | None:
    """Return the line, the day and the text of the last record of a language's fluent reader."""
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    heading = re.compile(
        rf"^## ({_DAY}): Read by a fluent reader, {language}:[^\S\n]*\w[^\n]*\n?(.*?)(?=^##? |\Z)",
        re.MULTILINE | re.DOTALL,
    )
    found = list(heading.finditer(text))
    return (text.count("\n", 0, found[-1].start()) + 1, found[-1][1], found[-1][2]) if found else None


def _is_day(text: str) -> bool:
    with suppress(ValueError):
        return bool(date.fromisoformat(text))
    return False
