"""Groups of a class: its teachers make, rename, change and dissolve them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from sandyq.school import groups
from sandyq.school.errors import SchoolError
from sandyq.school.people import class_pupils
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.identity import Visitor
from sandyq_portal.menu import PREFIX
from sandyq_portal.routes.assignments import find_group

router = RuledRouter(require_role("teacher"), prefix="/classes/{class_id}/groups")
ClassId = Annotated[int, Path(gt=0)]


class Members(BaseModel):
    """The form by which a group is made or changed."""

    name: str = Field(max_length=100)
    pupil: list[int] = Field(default=[], max_length=500)
    before: list[int] = Field(default=[], max_length=500)
    """Who was in the group when the page was opened: what a colleague has changed since stays."""


@router.get("")
def show_groups(request: Request, visitor: CurrentVisitor, class_id: ClassId) -> Response:
    return _render(request, visitor, class_id)


def _render(  # noqa: PLR0913 # what is shown again after a refusal
    request: Request,
    visitor: Visitor,
    class_id: int,
    *,
    problem: str = "",
    typed: Members | None = None,
    changed: int = 0,
) -> Response:
    """``typed``: what was refused, of the group ``changed``; 0: of a new one."""
    with request.app.state.database.reading() as session:
        page: Response = request.app.state.pages.render(
            request,
            "groups.html",
            group=find_group(session, visitor, class_id),
            divided=groups.groups_of_class(session, class_id),
            pupils=class_pupils(session, class_id),
            problem=problem,
            typed=typed,
            changed=changed,
            status=422 if problem else 200,
        )
    return page


@router.post("")
def make(
    request: Request, visitor: CurrentVisitor, class_id: ClassId, form: Annotated[Members, Form()]
) -> Response:
    try:
        with request.app.state.database.session() as session:
            find_group(session, visitor, class_id)
            groups.make_group(session, class_id, form.name, form.pupil)
    except SchoolError as refusal:
        problem = refusal.in_language(visitor.language)
        return _render(request, visitor, class_id, problem=problem, typed=form)
    return _to(class_id)


def _to(class_id: int) -> Response:
    return RedirectResponse(f"{PREFIX}/classes/{class_id}/groups", status_code=303)


@router.post("/{group_id}")
def change(
    request: Request,
    visitor: CurrentVisitor,
    class_id: ClassId,
    group_id: int,
    form: Annotated[Members, Form()],
) -> Response:
    before, after = set(form.before), set(form.pupil)
    try:
        with request.app.state.database.session() as session:
            find_group(session, visitor, class_id)
            group = groups.find_pupil_group(session, class_id, group_id)
            groups.change_group(session, group, form.name, joining=after - before, leaving=before - after)
    except SchoolError as refusal:
        problem = refusal.in_language(visitor.language)
        return _render(request, visitor, class_id, problem=problem, typed=form, changed=group_id)
    return _to(class_id)


@router.post("/{group_id}/dissolve")
def dissolve(request: Request, visitor: CurrentVisitor, class_id: ClassId, group_id: int) -> Response:
    with request.app.state.database.session() as session:
        find_group(session, visitor, class_id)
        groups.dissolve_group(session, groups.find_pupil_group(session, class_id, group_id))
    return _to(class_id)
