"""What there is to open: the built lessons and the centre's apps, read from their notebooks' metadata."""

from __future__ import annotations

import json
import logging
import tomllib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sandyq.i18n import LANGUAGES
from sandyq.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    id: str
    kind: str
    points: float
    """0 for an open question: nothing is scored by itself."""
    text: str
    rubric: str = ""
    """How to judge an open answer, for the teacher only."""
    stem: str = ""
    """The whole question, Markdown; so are those below, for the teacher only."""
    answer: str = ""
    hint: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Lesson:
    slug: str
    language: str
    title: str
    summary: str
    track: str
    subject: str
    grades: tuple[int, ...]
    minutes: int
    opens_in: str
    competences: tuple[str, ...]
    """``DigComp 4.1``, ``PISA maths.employ``."""
    author: int
    """Id of the teacher whose own lesson it is; 0: it is one of the curriculum's."""
    questions: tuple[Question, ...]
    languages: tuple[str, ...]
    """In which it exists: a teacher's own in one, those for adults in Kazakh and Russian at least."""
    translation: str = "source"
    sources: tuple[dict[str, str], ...] = ()
    """``what``, ``where``, ``licence`` of each."""

    @cached_property
    def points(self) -> float:
        return sum(question.points for question in self.questions)

    @property
    def address(self) -> str:
        """Where it opens: in rooms, or, when pupils work on its code, in their own notebooks."""
        return self.address_in(self.language)

    def address_in(self, language: str) -> str:
        if self.opens_in == "notebook":
            return f"/hub/user-redirect/sandyq/lesson/{language}/{self.slug}"
        return f"/services/rooms/lesson/{language}/{self.slug}"

    def find_question(self, question: str) -> Question | None:
        return next((found for found in self.questions if found.id == question), None)


@dataclass(frozen=True)
class CentreApp:
    name: str
    titles: dict[str, str]
    summaries: dict[str, str]
    icon: str
    roles: frozenset[str]
    """Who may open it."""

    @property
    def address(self) -> str:
        return f"/services/rooms/app/{self.name}"

    def title_in(self, language: str) -> str:
        """Return the title in a language, else in whatever it has one."""
        return self.titles.get(language) or next(iter(self.titles.values()), self.name)

    def summary_in(self, language: str) -> str:
        return self.summaries.get(language) or next(iter(self.summaries.values()), "")


class Catalogue:
    """The lessons and apps on disk; a changed file is seen at once."""

    def __init__(self, settings: Settings) -> None:
        self._notebooks = settings.notebooks
        self._published = settings.published
        self._order_file = settings.notebooks.parent / "catalogue.toml"
        self._apps = settings.apps

    def lessons(self, language: str) -> list[Lesson]:
        """Return the lessons of a language, in the catalogue's order."""
        order = self.order()
        lessons = _read_lessons(self._notebooks / language)
        return sorted(lessons, key=lambda lesson: (order.get(lesson.slug, len(order)), lesson.slug))

    def lessons_of(self, author: int) -> list[Lesson]:
        """Return what a teacher has published, in whatever language."""
        folders = (self._published / language for language in LANGUAGES)
        found = [lesson for folder in folders for lesson in _read_lessons(folder, f"t{author}-*.ipynb")]
        return sorted(found, key=lambda lesson: lesson.title)

    def lesson(self, slug: str, language: str) -> Lesson | None:
        """Return a lesson, or what a teacher published, in the wished language, else in any it exists in."""
        for choice in (language, *LANGUAGES):
            for folder in (self._notebooks, self._published):
                path = folder / choice / f"{slug}.ipynb"
                if (
                    path.parent == folder / choice
                    and path.is_file()
                    and (lesson := _read_lesson(path, read_stamp(path)))
                ):
                    return lesson
        return None

    def path(self, lesson: Lesson) -> Path:
        """Return a lesson's notebook."""
        folder = self._published if lesson.author else self._notebooks
        return folder / lesson.language / f"{lesson.slug}.ipynb"

    def apps(self, roles: frozenset[str]) -> list[CentreApp]:
        """Return the apps that people of these roles may open."""
        found = map(read_app, sorted(self._apps.glob("*.ipynb")))
        return [app for app in found if app and app.roles & roles]

    def order(self) -> dict[str, int]:
        """Return the place of each lesson that the catalogue names."""
        return (
            _read_order(self._order_file, read_stamp(self._order_file)) if self._order_file.exists() else {}
        )


def _read_lessons(folder: Path, names: str = "*.ipynb") -> list[Lesson]:
    found = (_read_lesson(path, read_stamp(path)) for path in folder.glob(names))
    return [lesson for lesson in found if lesson]


def read_stamp(path: Path) -> tuple[int, int]:
    """What changes whenever a file is written."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _metadata(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))["metadata"].get("sandyq", {})
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as problem:
        log.error("%s cannot be read and is left out of all lists; put it there anew: %s", path, problem)
        return {}
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=20)
def _read_order(path: Path, _stamp: tuple[int, int]) -> dict[str, int]:
    lessons = tomllib.loads(path.read_text("utf-8-sig")).get("lesson", [])
    return {lesson["slug"]: position for position, lesson in enumerate(lessons)}


@lru_cache(maxsize=2000)
def _read_lesson(path: Path, _stamp: tuple[int, int]) -> Lesson | None:
    data = _metadata(path)
    if not {"slug", "language", "title"} <= data.keys():
        return None  # a notebook of somebody else's, which rooms show and no list has
    return Lesson(
        slug=data["slug"],
        language=data["language"],
        title=data["title"],
        summary=data.get("summary", ""),
        track=data.get("track", "pupils"),
        subject=data.get("subject", ""),
        grades=tuple(data.get("grades", ())),
        minutes=data.get("minutes", 0),
        opens_in=data.get("opens_in", "rooms"),
        competences=tuple(data.get("competences", ())),
        author=data.get("author", 0),
        questions=tuple(
            Question(
                item["id"],
                item["kind"],
                item.get("points", 0),
                item.get("text", ""),
                **{key: item.get(key, "") for key in ("rubric", "stem", "answer", "hint", "reason")},
            )
            for item in data.get("questions", ())
        ),
        languages=(data["language"],) if data.get("author") else _find_languages(path),
        translation=data.get("translation", "source"),
        sources=tuple(data.get("sources", ())),
    )


def _find_languages(path: Path) -> tuple[str, ...]:
    folder = path.parent.parent
    return tuple(language for language in LANGUAGES if (folder / language / path.name).is_file())


def read_app(path: Path) -> CentreApp | None:
    """Return the app that a notebook is, or None when it does not say so."""
    return _read_app(path, read_stamp(path))


@lru_cache(maxsize=500)
def _read_app(path: Path, _stamp: tuple[int, int]) -> CentreApp | None:
    data = _metadata(path)
    if "title" not in data:
        return None
    roles = frozenset(data.get("roles", ("leader", "administrator")))
    return CentreApp(
        path.stem, data["title"], data.get("summary", {}), data.get("icon", "layout-grid"), roles
    )
