"""The gallery of the centre's apps."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from sandyq_portal.access import RuledRouter, require_role

router = RuledRouter(require_role("leader", "administrator"))


@router.get("/apps")
def show_apps(request: Request) -> Response:
    apps = request.app.state.catalogue.apps()
    page: Response = request.app.state.pages.render(request, "apps.html", apps=apps)
    return page
