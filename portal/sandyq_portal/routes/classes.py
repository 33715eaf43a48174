"""Classes: the roster, what is assigned, and new login cards."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date
from typing import Annotated

from fastapi import Form, HTTPException, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from sandyq.school.database import Database
from sandyq.school.people import class_pupils
from sandyq.school.tables import ClassGroup, Person
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.cards import issue_cards
from sandyq_portal.catalogue import Catalogue, Lesson
from sandyq_portal.classwork import LessonProgress, list_progress
from sandyq_portal.identity import Visitor
from sandyq_portal.reading import classes_of_staff, classes_taught, find_class

router = RuledRouter(require_role("teacher", "administrator"), prefix="/classes")


@router.get("")
def list_classes(request: Request, visitor: CurrentVisitor) -> Response:
    with request.app.state.database.reading() as session:
        groups = classes_of_staff(session, visitor)
        counted = [(group, len(class_pupils(session, group.id))) for group in groups]
    page: Response = request.app.state.pages.render(request, "classes.html", classes=counted)
    return page


@router.get("/{class_id}")
def show_class(request: Request, visitor: CurrentVisitor, class_id: int) -> Response:
    return render_class(request, visitor, class_id, late={})


def render_class(request: Request, visitor: Visitor, class_id: int, *, late: dict[str, date]) -> Response:
    """Render a class; ``late``: by lesson a due date that was refused, for it has passed."""
    catalogue: Catalogue = request.app.state.catalogue
    with request.app.state.database.reading() as session:
        group = find_class(session, visitor, class_id)
        pupils = class_pupils(session, group.id)
        lessons = list_progress(session, group, pupils, catalogue)
        teaches = group.id in {taught.id for taught in classes_taught(session, visitor)}
    page: Response = request.app.state.pages.render(
        request,
        "class.html",
        status=422 if late else 200,
        late=late,
        group=group,
        pupils=pupils,
        disk=request.app.state.disk_shares.list_nearly_full(),
        lessons=lessons,
        teaches=teaches,
        to_assign=list_unassigned(group, lessons, catalogue, visitor),
    )
    return page


def list_unassigned(
    group: ClassGroup, assigned: list[LessonProgress], catalogue: Catalogue, visitor: Visitor
) -> list[Lesson]:
    """Return the pupils' lessons in the class's language that are not assigned, the class's grades first.

    What the teacher has published stands among them.
    """
    taken = {progress.lesson.slug for progress in assigned}
    free = [
        lesson
        for lesson in (*catalogue.lessons(group.language), *catalogue.lessons_of(visitor.id))
        if lesson.slug not in taken and lesson.track == "pupils"
    ]
    return sorted(free, key=lambda lesson: not set(lesson.grades) & set(group.grades))


@router.post("/{class_id}/cards")
def print_cards(
    request: Request,
    visitor: CurrentVisitor,
    class_id: int,
    pupil: Annotated[list[int], Form(max_length=200)] = [],  # noqa: B006 # FastAPI copies it
    sure: Annotated[bool, Form()] = False,
) -> Response:
    """Ask whether to make new secrets for the chosen pupils; when sure, make and show them, once."""
    site = str(request.base_url).rstrip("/")
    with _open(request, writing=sure) as session:
        group = find_class(session, visitor, class_id)
        chosen = _choose(session, group, pupil)
        cards = issue_cards(session, group, chosen, site) if sure else []
    template = "cards.html" if cards else "cards_confirm.html"
    page: Response = request.app.state.pages.render(
        request, template, group=group, pupils=chosen, cards=cards, site=site
    )
    return page


def _open(request: Request, *, writing: bool) -> AbstractContextManager[Session]:
    """To ask first only reads, so that it never waits for a writer."""
    database: Database = request.app.state.database
    return database.session() if writing else database.reading()


def _choose(session: Session, group: ClassGroup, wanted: list[int]) -> list[Person]:
    pupils = class_pupils(session, group.id)
    strangers = set(wanted) - {pupil.id for pupil in pupils}
    if strangers:
        raise HTTPException(404, f"Persons {sorted(strangers)} are not pupils of class {group.name}.")
    return [pupil for pupil in pupils if pupil.id in wanted]
