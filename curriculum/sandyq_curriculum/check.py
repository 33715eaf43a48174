"""What one lesson in one language must satisfy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from sandyq_curriculum.lesson import FRONT, Cell, Lesson
from sandyq_curriculum.problems import N_, Problem, make_problem

SCREEN_MINUTES: Final = {
    **dict.fromkeys([1], 15),
    **dict.fromkeys([2, 3], 20),
    **dict.fromkeys([4, 5, 6, 7, 8], 25),
    **dict.fromkeys([9, 10, 11], 30),
}
"""Grade → minutes at a screen without a break in one lesson (the sanitary rules of Kazakhstan)."""
WORDS_BETWEEN_ACTIONS: Final = 90
WORDS_FOR_THE_YOUNG: Final = 60
"""The same for grades 1–4."""
ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "track": ("pupils", "teachers", "leaders", "adults"),
    "subject": (
        "digital-skills",
        "reading",
        "maths",
        "science",
        "financial",
        "creative",
        "pedagogy",
        "management",
    ),
    "opens_in": ("rooms", "notebook"),
    "translation": ("source", "draft", "reviewed"),
}
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\(\s*<?([^)\s>]+)|<img\b[^>]*\bsrc\s*=\s*[\"']([^\"']+)")
_UNSEEN: Final = re.compile(
    r"<svg\b.*?</svg>|<table\b.*?</table>|^ *\|[^\n]*|<[^>]+>|!\[[^\]]*\]\([^)]*\)|^#+ [^\n]*",
    re.DOTALL | re.MULTILINE,
)
_WORD: Final = re.compile(r"\b[^\W\d_²³]+(?:[-–’'][^\W\d_²³]+)*\b")


def check_lesson(lesson: Lesson) -> list[Problem]:
    """Return every problem of one lesson in one language."""
    checks = (check_front, check_screen_time, check_names, check_words, check_images)
    return [problem for check in checks for problem in check(lesson)]


def check_front(lesson: Lesson) -> Iterator[Problem]:
    for key in FRONT:
        if key not in lesson.front:
            yield make_problem(lesson.path, 1, N_("the front matter lacks “{key}:”. Add it."), key=key)
    for key in lesson.front:
        if key not in FRONT:
            yield _front(
                lesson, key, N_("“{key}:” is not known. It may be one of: {known}."), known=", ".join(FRONT)
            )
    for key, allowed in ALLOWED.items():
        if lesson.front.get(key, allowed[0]) not in allowed:
            yield _front(
                lesson, key, N_("“{key}” is “{value}”. Use one of: {known}."), known=", ".join(allowed)
            )
    for key, (is_good, form) in _FORMS.items():
        if key in lesson.front and not is_good(lesson.front[key]):
            yield _front(lesson, key, N_("“{key}” is “{value}”. Write it like: {form}"), form=form)
    if lesson.front.get("slug") != lesson.slug:
        yield _front(
            lesson,
            "slug",
            N_("“slug” is “{value}”, the folder is “{known}”. Make them the same."),
            known=lesson.slug,
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\n" not in value.strip()


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str | dict) for item in value)


def _is_grades(value: Any) -> bool:
    return isinstance(value, list) and all(grade in SCREEN_MINUTES for grade in value)


def _is_minutes(value: Any) -> bool:
    return isinstance(value, int) and value > 0


_FORMS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "title": (_is_text, "title: Менің құпиясөзім"),
    "summary": (_is_text, "summary: …"),
    "grades": (_is_grades, "grades: [3, 4, 5]"),
    "minutes": (_is_minutes, "minutes: 20"),
    "competences": (_is_list, "competences: [DigComp 4.1]"),
    "sources": (_is_list, 'sources: [{what: "…", where: "…", licence: "…"}]'),
}


def _front(lesson: Lesson, key: str, message: str, **values: Any) -> Problem:
    value = lesson.front.get(key)
    return make_problem(lesson.path, lesson.find_line(key), message, key=key, value=value, **values)


def check_screen_time(lesson: Lesson) -> Iterator[Problem]:
    """A pupils' lesson names its grades and fits the shortest screen time among them."""
    grades: Any = lesson.front.get("grades")
    minutes: Any = lesson.front.get("minutes")
    if not _is_grades(grades) or not _is_minutes(minutes):
        return  # told by check_front
    if lesson.front.get("track") == "pupils" and not grades:
        yield _front(
            lesson,
            "grades",
            N_("a pupils' lesson needs its grades. Write it like: {form}"),
            form="grades: [3, 4, 5]",
        )
    for grade in sorted(grades)[:1]:
        if minutes > SCREEN_MINUTES[grade]:
            message = N_(
                "{value} minutes are too many: the limit of grade {grade} is {limit}. Shorten the lesson."
            )
            yield _front(lesson, "minutes", message, grade=grade, limit=SCREEN_MINUTES[grade])


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
    """Count the words of running text: no headings, pictures, tables, numbers or units such as m³."""
    return len(_WORD.findall(_UNSEEN.sub(" ", text)))


def check_words(lesson: Lesson) -> Iterator[Problem]:
    """No wall of text: something to do every 90 words (60 for grades 1–4); only a warning for adults."""
    grades: Any = lesson.front.get("grades")
    young = _is_grades(grades) and bool(grades) and min(grades) <= 4
    limit = WORDS_FOR_THE_YOUNG if young else WORDS_BETWEEN_ACTIONS
    for line, words in _runs_of_text(lesson):
        if words > limit:
            message = N_(
                "{words} words without anything to do; at most {limit}. Shorten or put a question in between."
            )
            warning = lesson.front.get("track") != "pupils"
            yield make_problem(lesson.path, line, message, warning=warning, words=words, limit=limit)


def _runs_of_text(lesson: Lesson) -> Iterator[tuple[int, int]]:
    """Yield (line of its first cell, words) for each run of texts that pupils read between two actions."""
    line, words = 0, 0
    for cell in lesson.cells:
        if "teachers" in cell.tags:
            continue
        if cell.kind == "text":
            line = line or cell.line
            words += count_words(cell.source)
        else:
            yield line, words
            line, words = 0, 0
    yield line, words


def find_images(cell: Cell) -> list[str]:
    """Return the addresses of a text's pictures."""
    return [first or second for first, second in _IMAGE.findall(cell.source)] if cell.kind == "text" else []


def check_images(lesson: Lesson) -> Iterator[Problem]:
    for cell in lesson.cells:
        for address in find_images(cell):
            if not (lesson.folder / address).is_file():
                message = N_(
                    "there is no picture “{address}” in the lesson's folder. Put it there or mend the name."
                )
                yield make_problem(lesson.path, cell.line, message, address=address)
