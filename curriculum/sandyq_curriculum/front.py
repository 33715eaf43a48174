"""What a lesson's front matter must say: its form, its minutes, its sources and its competences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sandyq.frameworks import known_competences, read_frameworks
from sandyq_curriculum.lesson import FRONT, Lesson
from sandyq_curriculum.problems import N_, Problem, make_problem

SCREEN_MINUTES: Final = {
    **dict.fromkeys([1], 15),
    **dict.fromkeys([2, 3], 20),
    **dict.fromkeys([4, 5, 6, 7, 8], 25),
    **dict.fromkeys([9, 10, 11], 30),
}
"""Grade → minutes at a screen without a break in one lesson (the sanitary rules of Kazakhstan)."""
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
SOURCE: Final = ("what", "where", "licence")
"""What is said of every source."""


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
    return isinstance(value, list) and bool(value)


def is_grades(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(grade, int) and grade in SCREEN_MINUTES for grade in value
    )


def _is_minutes(value: Any) -> bool:
    return isinstance(value, int) and value > 0


_FORMS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "title": (_is_text, "title: Менің құпиясөзім"),
    "summary": (_is_text, "summary: …"),
    "grades": (is_grades, "grades: [3, 4, 5]"),
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
    if not is_grades(grades) or not _is_minutes(minutes):
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


def check_sources(lesson: Lesson) -> Iterator[Problem]:
    """Each fact and data set says what it is, where it comes from and under which licence."""
    sources = lesson.front.get("sources")
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        said = source if isinstance(source, dict) else {}
        missing = [key for key in SOURCE if not _is_text(said.get(key))]
        if missing:
            message = N_("source {number} lacks {missing}. Write it like: {form}")
            yield make_problem(
                lesson.path,
                lesson.find_item("sources", number),
                message,
                number=number + 1,
                missing=", ".join(f"“{key}”" for key in missing),
                form='{what: "…", where: "…", licence: "…"}',
            )


def check_competences(lesson: Lesson) -> Iterator[Problem]:
    """Each competence is one that ``sandyq/frameworks.toml`` names."""
    competences = lesson.front.get("competences")
    for number, code in enumerate(competences if isinstance(competences, list) else []):
        if str(code) not in known_competences():
            message = N_("the competence “{code}” is not known. Use one of: {known}.")
            yield make_problem(
                lesson.path,
                lesson.find_item("competences", number),
                message,
                code=code,
                known=_offer(str(code)),
            )


def _offer(code: str) -> str:
    """The codes of the framework that was meant, else the frameworks."""
    framework = read_frameworks().get(code.partition(" ")[0])
    if framework is None:
        return "; ".join(f"{each.competences[0].code} …" for each in read_frameworks().values())
    return ", ".join(competence.code for competence in framework.competences)
