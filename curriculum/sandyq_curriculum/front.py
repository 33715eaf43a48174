"""What a lesson's front matter must say beside what every text says: its slug and its competences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sandyq.authoring.front import FORMS, TRACKS, TRANSLATIONS, check_keys, is_list, tell_key
from sandyq.authoring.problems import N_, Problem, make_problem
from sandyq.frameworks import known_competences, read_frameworks
from sandyq_curriculum.lesson import FRONT, Lesson

ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "track": TRACKS,
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
    "translation": TRANSLATIONS,
}
_FORMS: Final = {**FORMS, "competences": (is_list, "competences: [DigComp 4.1]")}


def check_front(lesson: Lesson) -> Iterator[Problem]:
    yield from check_keys(lesson, FRONT, ALLOWED, _FORMS)
    if lesson.front.get("slug") != lesson.slug:
        message = N_("“slug” is “{value}”, the folder is “{known}”. Make them the same.")
        yield tell_key(lesson, "slug", message, known=lesson.slug)


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
