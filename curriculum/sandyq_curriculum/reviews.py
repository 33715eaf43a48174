"""The records of who has read a lesson: ``curriculum/reviews/<slug>.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq_curriculum.lesson import Lesson

FORM: Final = "## 2026-12-01: Read by a fluent reader, {language}: a teacher of grade 3"
"""The heading of a record; what they found stands below it."""
_NAMES: Final = {"kk": "Kazakh", "ru": "Russian", "en": "English"}


def check_review(lesson: Lesson) -> Iterator[Problem]:
    """``translation: reviewed`` needs the record of a fluent reader of this language."""
    if lesson.front.get("translation") != "reviewed":
        return
    path = lesson.folder.parent.parent / "reviews" / f"{lesson.slug}.md"
    language = _NAMES[lesson.language]
    heading = re.compile(rf"^## \d{{4}}-\d\d-\d\d: Read by a fluent reader, {language}: \S", re.MULTILINE)
    if not path.is_file() or not heading.search(path.read_text("utf-8", "replace")):
        message = N_(
            "“translation” is “reviewed”, but {record} has no record of a fluent reader. "
            "Write “draft”, or add their record under a heading like: {form}"
        )
        form = FORM.format(language=language)
        line = lesson.find_line("translation")
        yield make_problem(lesson.path, line, message, record=f"reviews/{path.name}", form=form)
