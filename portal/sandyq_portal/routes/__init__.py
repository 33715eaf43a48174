"""The routes of the portal, a module a noun; each router carries its rule."""

from __future__ import annotations

from sandyq_portal.routes import answers, home, open

ROUTERS = [open.router, home.router, answers.router, home.last_router]
