"""The catalogue of lessons, what stands behind a lesson, and what all of them cover."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import HTTPException, Query, Request
from starlette.responses import Response

from sandyq.school.learning import assigned_lessons
from sandyq.school.tables import ADULTS, ClassGroup
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.catalogue import Catalogue, Lesson
from sandyq_portal.coverage import measure_coverage
from sandyq_portal.guide import read_guide
from sandyq_portal.identity import Visitor
from sandyq_portal.library import (
    Entry,
    Offer,
    Wish,
    collect_entries,
    list_entries,
    tell_competence,
)
from sandyq_portal.pages import language_of
from sandyq_portal.protection import make_policy
from sandyq_portal.reading import classes_taught
from sandyq_portal.words import KINDS, SUBJECTS, TRACKS, TRANSLATIONS, WAYS

router = RuledRouter(require_role("pupil", *ADULTS))
staff_router = RuledRouter(require_role(*ADULTS))
WORDS = {"tracks": TRACKS, "subjects": SUBJECTS, "kinds": KINDS, "translations": TRANSLATIONS, "ways": WAYS}


@dataclass(frozen=True)
class Place:
    """A class of the teacher's, and whether it has the lesson."""

    group: ClassGroup
    assigned: bool
    due: date | None


@router.get("/lessons")
def list_lessons(request: Request, visitor: CurrentVisitor, wish: Annotated[Wish, Query()]) -> Response:
    """Show the lessons that suit; a plain form, so that it works without JavaScript and its address can be kept."""
    entries = list_entries(request.app.state.catalogue, visitor)
    page: Response = request.app.state.pages.render(
        request,
        "lessons.html",
        wish=wish,
        found=[entry for entry in entries if wish.suits(entry)],
        offer=Offer.of(entries),
        staff=bool(ADULTS & visitor.roles),
        tell_competence=tell_competence,
        words=WORDS,
    )
    return page


@staff_router.get("/lessons/{slug}")
def show_lesson(
    request: Request, visitor: CurrentVisitor, slug: str, text: Annotated[str, Query(max_length=2)] = ""
) -> Response:
    """Show a lesson to whoever teaches it; ``text``: the language of what is shown of it."""
    return render_lesson(request, visitor, slug, text, late={})


def render_lesson(
    request: Request, visitor: Visitor, slug: str, text: str = "", *, late: dict[int, date]
) -> Response:
    """Render a lesson's page; ``late``: by class a due date that was refused, for it has passed."""
    catalogue: Catalogue = request.app.state.catalogue
    entry = _find_entry(catalogue, visitor, slug)
    lesson = entry.choose(text, language_of(request))
    nonce = secrets.token_urlsafe(16)
    page: Response = request.app.state.pages.render(
        request,
        "lesson.html",
        status=422 if late else 200,
        late=late,
        entry=entry,
        lesson=lesson,
        guide=read_guide(catalogue.path(lesson)),
        places=_list_places(request, visitor, lesson),
        nonce=nonce,
        tell_competence=tell_competence,
        words=WORDS,
    )
    page.headers["Content-Security-Policy"] = make_policy(nonce)
    return page


def _find_entry(catalogue: Catalogue, visitor: Visitor, slug: str) -> Entry:
    """Return a lesson of the curriculum, or one that the visitor has published; 404 for any other."""
    for entry in collect_entries(catalogue):
        if entry.choose().slug == slug:
            return entry
    for lesson in catalogue.lessons_of(visitor.id):
        if lesson.slug == slug:
            return Entry({lesson.language: lesson})
    raise HTTPException(404, f"There is no lesson '{slug}'.")


def _list_places(request: Request, visitor: Visitor, lesson: Lesson) -> list[Place]:
    """Return the classes to which the visitor may give the lesson."""
    if lesson.track != "pupils" or "teacher" not in visitor.roles:
        return []
    places = []
    with request.app.state.database.reading() as session:
        for group in classes_taught(session, visitor):
            due = {item.lesson: item.due_on for item in assigned_lessons(session, group.id)}
            places.append(Place(group, lesson.slug in due, due.get(lesson.slug)))
    return places


@staff_router.get("/coverage")
def show_coverage(request: Request) -> Response:
    language = language_of(request)
    lessons = [entry.choose(language) for entry in collect_entries(request.app.state.catalogue)]
    page: Response = request.app.state.pages.render(
        request, "coverage.html", frameworks=measure_coverage(lessons)
    )
    return page
