"""The catalogue of lessons as a reader sees it: what is there for them, filtered and searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from sandyq.frameworks import Competence, known_competences, read_frameworks
from sandyq.i18n import LANGUAGE_NAMES, LANGUAGES, translator
from sandyq.school.tables import ADULTS
from sandyq.search import fold, holds_words
from sandyq_portal.catalogue import Catalogue, Lesson
from sandyq_portal.identity import Visitor
from sandyq_portal.words import SUBJECTS, TRACKS, WAYS

MINUTES: Final = (10, 15, 20, 25, 30)


@dataclass(frozen=True)
class Entry:
    """One lesson in all languages in which it exists."""

    texts: Mapping[str, Lesson]
    """By language."""

    def choose(self, *languages: str) -> Lesson:
        """Return the lesson in the first of these languages in which it exists, else in any."""
        return next(self.texts[language] for language in (*languages, *LANGUAGES) if language in self.texts)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(language for language in LANGUAGES if language in self.texts)

    @property
    def about(self) -> str:
        """Everything by which it is searched, in all languages, folded."""
        return fold(" ".join(part for lesson in self.texts.values() for part in _describe(lesson)))


def _describe(lesson: Lesson) -> Iterable[str]:
    gettext = translator(lesson.language)
    yield from (lesson.slug, lesson.title, lesson.summary, gettext(SUBJECTS.get(lesson.subject, "")))
    for code in lesson.competences:
        yield f"{code} {tell_competence(code, lesson.language)}"


def tell_competence(code: str, language: str) -> str:
    """Return ``DigComp 4.1 · Protecting devices``; the code alone for one that no framework has."""
    known = known_competences().get(code)
    return f"{code.partition(' ')[0]} {known.tell(language)}" if known else code


class Wish(BaseModel):
    """What a reader looks for; an empty field wants nothing in particular."""

    model_config = ConfigDict(frozen=True, str_max_length=100, str_strip_whitespace=True)
    q: str = ""
    """Words."""
    track: str = ""
    subject: str = ""
    grade: str = ""
    language: str = ""
    competence: str = ""
    minutes: str = ""
    """At most so many."""

    def __bool__(self) -> bool:
        return self != Wish()

    def suits(self, entry: Entry) -> bool:
        lesson = entry.choose()
        return (
            (not self.q or holds_words(self.q, entry.about))
            and self.track in ("", lesson.track)
            and self.subject in ("", lesson.subject)
            and (not self.grade or self.grade in map(str, lesson.grades))
            and (not self.language or self.language in entry.texts)
            and (not self.competence or self.competence in lesson.competences)
            and (not self.minutes.isdecimal() or lesson.minutes <= int(self.minutes))
        )


Options = list[tuple[str, str]]
"""What the form sends, and the English words for it."""


@dataclass(frozen=True)
class Offer:
    """What the form can be asked for: only what some lesson has."""

    tracks: Options
    subjects: Options
    grades: Options
    languages: Options
    minutes: Options
    competences: list[tuple[str, list[Competence]]]
    """(framework, its competences)."""

    @classmethod
    def of(cls, entries: list[Entry]) -> Self:
        lessons = [entry.choose() for entry in entries]
        tracks, subjects = {lesson.track for lesson in lessons}, {lesson.subject for lesson in lessons}
        grades = sorted({grade for lesson in lessons for grade in lesson.grades})
        languages = {code for entry in entries for code in entry.languages}
        named = {code for lesson in lessons for code in lesson.competences}
        groups = [
            (framework.code, [each for each in framework.competences if each.code in named])
            for framework in read_frameworks().values()
        ]
        return cls(
            tracks=[(track, words) for track, words in TRACKS.items() if track in tracks],
            subjects=[(subject, words) for subject, words in SUBJECTS.items() if subject in subjects],
            grades=[(str(grade), str(grade)) for grade in grades],
            languages=[(code, name) for code, name in LANGUAGE_NAMES.items() if code in languages],
            minutes=[(str(limit), str(limit)) for limit in MINUTES],
            competences=[group for group in groups if group[1]],
        )


def check_words(entries: Iterable[Entry]) -> None:
    """LookupError for a lesson whose track, subject or way of opening our pages have no word for."""
    for lesson in (lesson for entry in entries for lesson in entry.texts.values()):
        for word, words in ((lesson.track, TRACKS), (lesson.opens_in, WAYS), (lesson.subject, SUBJECTS)):
            if word and word not in words:
                raise LookupError(
                    f"Lesson {lesson.slug} ({lesson.language}) says {word!r}, which has no word here."
                )


def list_entries(catalogue: Catalogue, visitor: Visitor) -> list[Entry]:
    """Return the lessons that a visitor may choose from, those of their own grade first."""
    entries = [entry for entry in collect_entries(catalogue) if may_see(entry.choose(), visitor)]
    return sorted(entries, key=lambda entry: visitor.grade not in entry.choose().grades)


def may_see(lesson: Lesson, visitor: Visitor) -> bool:
    return lesson.track == "pupils" or bool(ADULTS & visitor.roles)


def collect_entries(catalogue: Catalogue) -> list[Entry]:
    """Return all lessons in the catalogue's order."""
    texts = {language: {item.slug: item for item in catalogue.lessons(language)} for language in LANGUAGES}
    slugs = dict.fromkeys(slug for known in texts.values() for slug in known)
    entries = [
        Entry({language: known[slug] for language, known in texts.items() if slug in known}) for slug in slugs
    ]
    order = catalogue.order()
    return sorted(entries, key=lambda entry: order.get(entry.choose().slug, len(order)))
