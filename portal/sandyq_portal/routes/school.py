"""The school at a glance, and the health of its server."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.overview import build_overview
from sandyq_portal.server_health import examine, name_log

router = RuledRouter(require_role("administrator", "operator"), prefix="/school")
health_router = RuledRouter(require_role("operator"), prefix="/school")


@router.get("")
def show_school(request: Request, visitor: CurrentVisitor) -> Response:
    with request.app.state.database.reading() as session:
        overview = build_overview(session, visitor)
    page: Response = request.app.state.pages.render(request, "school.html", overview=overview)
    return page


@health_router.get("/health")
def show_health(request: Request) -> Response:
    health = examine(request.app.state.settings)
    full = request.app.state.disk_shares.list_nearly_full()
    page: Response = request.app.state.pages.render(
        request, "health.html", health=health, full=full, name_log=name_log
    )
    return page
