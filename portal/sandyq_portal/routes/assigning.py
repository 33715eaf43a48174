"""Giving a lesson to a class and taking it back."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from sandyq.school.learning import assign_lesson, withdraw_lesson
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.menu import PREFIX
from sandyq_portal.reading import find_taught_class

router = RuledRouter(require_role("teacher"), prefix="/classes/{class_id}/lessons")


@router.post("")
def assign(
    request: Request,
    visitor: CurrentVisitor,
    class_id: int,
    lesson: Annotated[str, Form(max_length=100)],
    due: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Assign a lesson to the class; again with another date moves the date."""
    with request.app.state.database.session() as session:
        group = find_taught_class(session, visitor, class_id)
        if request.app.state.catalogue.lesson(lesson, group.language) is None:
            raise HTTPException(404, f"There is no lesson '{lesson}'.")
        assign_lesson(session, group.id, lesson, visitor.id, _read_day(due))
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
