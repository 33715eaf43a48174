"""Giving a lesson to a class and taking it back."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Form, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from sandyq.school.database import today
from sandyq.school.learning import assign_lesson, withdraw_lesson
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.menu import PREFIX
from sandyq_portal.reading import find_taught_class
from sandyq_portal.routes.classes import render_class
from sandyq_portal.routes.lessons import render_lesson

router = RuledRouter(require_role("teacher"), prefix="/classes/{class_id}/lessons")


class Assignment(BaseModel):
    lesson: str = Field(max_length=100)
    due: str = Field("", max_length=10)
    page: Literal["class", "lesson"] = "class"
    """Whose form it is."""


@router.post("")
def assign(
    request: Request, visitor: CurrentVisitor, class_id: int, form: Annotated[Assignment, Form()]
) -> Response:
    """Assign a lesson to the class; again with another date moves the date.

    A day that has passed is refused on the form's own page, beside its field.
    """
    day = _read_day(form.due)
    if day and day < today():
        if form.page == "lesson":
            return render_lesson(request, visitor, form.lesson, late={class_id: day})
        return render_class(request, visitor, class_id, late={form.lesson: day})
    with request.app.state.database.session() as session:
        group = find_taught_class(session, visitor, class_id)
        if request.app.state.catalogue.lesson(form.lesson, group.language) is None:
            raise HTTPException(404, f"There is no lesson '{form.lesson}'.")
        assign_lesson(session, group.id, form.lesson, visitor.id, day)
    return _back(class_id)


@router.post("/{lesson}/withdraw")
def withdraw(request: Request, visitor: CurrentVisitor, class_id: int, lesson: str) -> Response:
    """Take a lesson back from the class; the answers stay."""
    with request.app.state.database.session() as session:
        withdraw_lesson(session, find_taught_class(session, visitor, class_id).id, lesson)
    return _back(class_id)


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(422, f"The due date is '{text}'. Give a day such as 2026-11-24.") from None


def _back(class_id: int) -> Response:
    return RedirectResponse(f"{PREFIX}/classes/{class_id}", status_code=303)
