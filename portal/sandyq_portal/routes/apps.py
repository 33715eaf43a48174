"""The gallery: the centre's apps, and those that colleagues made."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from sandyq.school.tables import ADULTS
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.menu import PREFIX
from sandyq_portal.own_apps import find_own_app, list_own_apps, may_take_out, take_out

router = RuledRouter(require_role(*ADULTS))


@router.get("/apps")
def show_apps(request: Request, visitor: CurrentVisitor) -> Response:
    state = request.app.state
    with state.database.reading() as session:
        own = [
            (found.app, found.author.full_name, may_take_out(visitor, found))
            for found in list_own_apps(state.settings, session, visitor)
        ]
    page: Response = state.pages.render(
        request, "apps.html", apps=state.catalogue.apps(visitor.roles), own=own
    )
    return page


@router.post("/apps/take-out")
def take_app_out(
    request: Request, visitor: CurrentVisitor, name: Annotated[str, Form(max_length=100)]
) -> Response:
    """Take an app that somebody made out of the gallery: its author, or an administrator."""
    settings = request.app.state.settings
    with request.app.state.database.reading() as session:
        found = find_own_app(settings, session, visitor, name)
    if found is None:
        raise HTTPException(404, f"There is no app '{name}' in your gallery.")
    if not may_take_out(visitor, found):
        raise HTTPException(403, f"App '{name}' is somebody else's.")
    take_out(settings, name)
    return RedirectResponse(f"{PREFIX}/apps", 303)
