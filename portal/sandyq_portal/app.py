"""The portal: the pages people see first and the JSON that rooms speak to."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from sandyq.school.database import Database
from sandyq.settings import Settings
from sandyq_portal.access import check_every_route_has_a_rule
from sandyq_portal.assets import Assets
from sandyq_portal.catalogue import Catalogue
from sandyq_portal.disk_shares import DiskShares
from sandyq_portal.errors import add_error_pages
from sandyq_portal.feeds import Limits
from sandyq_portal.menu import PREFIX
from sandyq_portal.metrics import Metrics
from sandyq_portal.pages import Pages
from sandyq_portal.protection import HeadAsGet, add_headers
from sandyq_portal.routes import ROUTERS


def create_app(settings: Settings) -> FastAPI:
    """Build the portal over an existing, migrated school database."""
    app = FastAPI(title="Sandyq", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.database = Database(settings.database_url)
    app.state.catalogue = Catalogue(settings)
    app.state.assets = Assets()
    app.state.disk_shares = DiskShares(settings)
    app.state.pages = Pages(app.state.assets)
    app.state.feed_limits = Limits()
    app.state.metrics = Metrics(settings, app.state.database)
    app.add_middleware(BaseHTTPMiddleware, dispatch=add_headers)
    app.add_middleware(BaseHTTPMiddleware, dispatch=app.state.metrics.time_request)
    app.add_middleware(HeadAsGet)
    add_error_pages(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    check_every_route_has_a_rule(app)
    return app
