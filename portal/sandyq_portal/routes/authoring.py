"""For kernels in people's own notebooks: a visit to a lesson, and a teacher's lesson on its way to a class."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import HTTPException, Query, Request
from pydantic import UUID4, BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import JSONResponse

from sandyq.i18n import translator
from sandyq.school.academy.item_uses import record_uses
from sandyq.school.database import today
from sandyq.school.learning import assign_lesson, record_together
from sandyq.school.tables import Person
from sandyq.visits import Visit, sign_visit
from sandyq_portal import borrowed
from sandyq_portal.access import CurrentVisitor, PersonTokens, RuledRouter
from sandyq_portal.borrowed import find_sources, list_prints
from sandyq_portal.publishing import (
    MOST_OF_PICTURES,
    Draft,
    check_draft,
    check_minutes,
    find_limit,
    publish,
)
from sandyq_portal.reading import classes_taught, find_taught_class
from sandyq_portal.recording import join_pair
from sandyq_widgets.notebook import PlainCell, make_pupils_notebook

router = RuledRouter(PersonTokens(), prefix="/api")
authors_router = RuledRouter(PersonTokens("teacher", "administrator", "leader"), prefix="/api")
teachers_router = RuledRouter(PersonTokens("teacher"), prefix="/api")


class Opening(BaseModel):
    """A pupil's own notebook begins to work on a lesson."""

    model_config = ConfigDict(extra="forbid")
    lesson: str = Field(max_length=100)
    uuid: UUID4
    pair: str = Field("", max_length=500)
    """The cookie of two pupils at one PC."""


Picture = dict[
    Literal["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"],
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=MOST_OF_PICTURES)],
]
"""By its type, in base64, as notebooks keep it."""


class Cell(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str = Field(max_length=100_000)
    is_code: bool
    tags: list[Annotated[str, StringConstraints(max_length=50)]] = Field(default=[], max_length=20)
    attachments: dict[Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,100}$")], Picture] = Field(
        default={}, max_length=10
    )

    @property
    def pictures(self) -> dict[str, dict[str, str]]:
        return {
            name: {str(kind): content for kind, content in forms.items()}
            for name, forms in self.attachments.items()
        }


Tables = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,80}\.csv$")],
        Annotated[str, StringConstraints(max_length=200_000)],
    ],
    Field(max_length=10),
]
"""Tables of data that a notebook's cells show, by name."""


class Lesson(BaseModel):
    """A teacher's notebook on its way to a class."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=200)
    cells: list[Cell] = Field(max_length=1000)
    files: Tables = {}
    minutes: int = Field(20, ge=1, le=90)
    class_id: int | None = None
    due: date | None = None
    mark: str = Field("", pattern=r"^[\w-]{0,64}$")
    """What tells this notebook from others, however it is called; empty: nothing does."""
    names: list[Annotated[str, StringConstraints(max_length=200)]] = Field(default=[], max_length=2000)
    """How the author's notebooks are called now."""
    look: bool = False
    """Only look it over, as without a class."""


def make_cells(cells: list[Cell]) -> tuple[PlainCell, ...]:
    """Return cells as they were sent, each with an id of its place."""
    return tuple(
        PlainCell(f"cell-{number}", cell.source, cell.is_code, tuple(cell.tags), cell.pictures)
        for number, cell in enumerate(cells, start=1)
    )


@router.post("/visits")
def open_visit(request: Request, visitor: CurrentVisitor, opening: Opening) -> dict[str, str]:
    """Return the token with which this person's answers in the lesson are kept; note that it was opened."""
    _find_notebook(request, visitor.language, opening.lesson, is_own=True)
    settings = request.app.state.settings
    with request.app.state.database.session() as session:
        partner = join_pair(settings, session, visitor.login, opening.pair)
        together = [visitor.id, partner.id] if partner else [visitor.id]
        record_together(session, together, together, str(opening.uuid), "launched", opening.lesson)
    return {"token": sign_visit(settings, Visit(visitor.login, "lesson", opening.lesson, own=True))}


@router.get("/notebooks/{language}/{slug}")
def show_notebook(request: Request, language: str, slug: str) -> dict[str, Any]:
    """Return a lesson as one works on it in one's own notebook: without its keys."""
    return make_pupils_notebook(_find_notebook(request, language, slug, is_own=True))


@authors_router.get("/items")
def list_items(
    request: Request,
    visitor: CurrentVisitor,
    ids: Annotated[str, Query(pattern=r"^\d{1,9}(,\d{1,9}){0,29}$")],
) -> dict[str, Any]:
    """Return items of the library as cells for a lesson of one's own, with their credits."""
    with request.app.state.database.reading() as session:
        person = session.get_one(Person, visitor.id)
        return {"items": borrowed.make_cells(session, person, map(int, ids.split(",")))}


@authors_router.get("/notebooks/{language}/{slug}/whole")
def show_whole_notebook(request: Request, language: str, slug: str) -> dict[str, Any]:
    """Return a lesson to adapt, with its keys."""
    return _find_notebook(request, language, slug, is_own=False)


def _find_notebook(request: Request, language: str, slug: str, *, is_own: bool) -> dict[str, Any]:
    """Return a lesson of the curriculum; ``is_own``: one that people work on in their own notebooks; else 404."""
    catalogue = request.app.state.catalogue
    lesson = catalogue.lesson(slug, language)
    if lesson is None or lesson.author or (is_own and lesson.opens_in != "notebook"):
        raise HTTPException(404, f"There is no lesson '{slug}' for notebooks.")
    notebook: dict[str, Any] = json.loads(catalogue.path(lesson).read_text("utf-8"))
    return notebook


@teachers_router.get("/classes")
def list_classes(request: Request, visitor: CurrentVisitor) -> dict[str, Any]:
    """Return the classes that this teacher may publish to."""
    with request.app.state.database.reading() as session:
        groups = classes_taught(session, visitor)
    return {
        "classes": [{"id": group.id, "name": group.name, "minutes": find_limit(group)} for group in groups]
    }


@teachers_router.post("/published")
def publish_lesson(request: Request, visitor: CurrentVisitor, lesson: Lesson) -> JSONResponse:
    """Look a notebook over; with a class and without troubles, publish it there. The reply comes after the disk."""
    draft = Draft(
        lesson.name,
        make_cells(lesson.cells),
        lesson.minutes,
        lesson.files,
        lesson.mark,
        frozenset(lesson.names),
    )
    gettext = translator(visitor.language)
    checked = check_draft(draft, gettext)
    troubles = list(checked.troubles)
    group = None
    if lesson.class_id is not None:
        with request.app.state.database.reading() as session:
            group = find_taught_class(session, visitor, lesson.class_id)
        troubles += check_minutes(draft.minutes, group, gettext)
    told: dict[str, Any] = {
        "title": checked.title,
        "questions": len(checked.questions),
        "points": sum(spec.points for spec in checked.questions),
        "troubles": [{"cell": trouble.cell, "message": trouble.message} for trouble in troubles],
    }
    if troubles or group is None or lesson.look:
        return JSONResponse(told)
    prints = list_prints(draft.cells)
    with request.app.state.database.reading() as session:
        sources = find_sources(session, session.get_one(Person, visitor.id), prints)
    slug = publish(request.app.state.settings, visitor, draft, checked, group, sources)
    with request.app.state.database.session() as session:
        assign_lesson(session, group.id, slug, visitor.id, lesson.due)
        record_uses(session, session.get_one(Person, visitor.id), slug, prints, today(), checked.title)
    address = f"/services/rooms/lesson/{group.language}/{slug}"
    return JSONResponse({**told, "slug": slug, "class": group.name, "address": address}, status_code=201)
