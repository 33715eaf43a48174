"""The gallery of the centre's apps."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role

router = RuledRouter(require_role("leader", "administrator", "teacher"))


@router.get("/apps")
def show_apps(request: Request, visitor: CurrentVisitor) -> Response:
    apps = request.app.state.catalogue.apps(visitor.roles)
    page: Response = request.app.state.pages.render(request, "apps.html", apps=apps)
    return page
