"""Who may do what: every route stands in a ``RuledRouter``; its rule is a dependency that runs first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.routing import APIRoute

from sandyq.school.tables import ROLES
from sandyq.visits import Visit, read_visit
from sandyq_portal.identity import (
    SignInNeeded,
    Visitor,
    find_login,
    find_token_login,
    find_visitor,
    is_begun,
)
from sandyq_portal.protection import check_request_is_ours


class Rule:
    """Base of all rules; a route without one does not start (``check_every_route_has_a_rule``)."""


class Everyone(Rule):
    """Open to strangers: nothing personal may be shown."""

    def __call__(self) -> None:
        return None


class FirstRun(Rule):
    """Open while there is no school on this server, and never again; what is done there needs a code."""

    def __call__(self, request: Request) -> None:
        if is_begun(request):
            raise HTTPException(403, "the school is set up")


class Holders(Rule):
    """Signed-in people who hold one of the roles; what changes something must come from our own form."""

    def __init__(self, *roles: str) -> None:
        unknown = set(roles) - set(ROLES)
        if unknown or not roles:
            raise ValueError(f"Roles {sorted(unknown)} are not known. Use some of: {', '.join(ROLES)}.")
        self.roles = frozenset(roles)

    async def __call__(
        self,
        request: Request,
        login: Annotated[str | None, Depends(find_login)],
        visitor: Annotated[Visitor | None, Depends(find_visitor)],
    ) -> Visitor:
        if login is None:
            raise SignInNeeded
        if visitor is None:
            raise HTTPException(403, "unknown person")
        if not self.roles & visitor.roles:
            raise HTTPException(403, "not for your role")
        if request.method not in ("GET", "HEAD"):
            await check_request_is_ours(request, visitor.login)
        return visitor


class VisitTokens(Rule):
    """A room's kernel, speaking for one person in one lesson or app."""

    def __call__(self, request: Request) -> Visit:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        visit = read_visit(request.app.state.settings, token) if scheme.lower() == "bearer" else None
        if visit is None:
            raise HTTPException(401, "This visit has ended. Open the lesson or the app again.")
        return visit


class PersonTokens(Rule):
    """A kernel in somebody's own notebook, which shows the token that the hub gave to that person's server."""

    def __init__(self, *roles: str) -> None:
        self.roles = frozenset(roles or ROLES)

    def __call__(self, request: Request, login: Annotated[str | None, Depends(find_token_login)]) -> Visitor:
        visitor = find_visitor(request, login)
        if visitor is None:
            raise HTTPException(401, "This notebook's server has ended. Open it again from the home page.")
        if not self.roles & visitor.roles:
            raise HTTPException(403, "not for your role")
        return visitor


class RuledRouter(APIRouter):
    """A router whose every route obeys the one rule it was made with."""

    def __init__(self, rule: Rule, *, prefix: str = "") -> None:
        super().__init__(prefix=prefix, dependencies=[Depends(rule)])  # type: ignore[arg-type] # rules are callable
        self.rule = rule


def require_role(*roles: str) -> Holders:
    """Return the rule for people who hold one of the roles."""
    return Holders(*roles)


ANYONE_SIGNED_IN = require_role(*ROLES)


def present_visitor(request: Request) -> Visitor:
    """Return the person whom the route's rule let in."""
    visitor: Visitor = request.state.visitor
    return visitor


CurrentVisitor = Annotated[Visitor, Depends(present_visitor)]


def walk_routes(routes: Iterator[Any] | list[Any]) -> Iterator[Any]:
    """Yield every single route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from walk_routes(inner.routes)


def find_rule(route: Any) -> Rule | None:
    """Return the rule that guards a route, or None."""
    if not isinstance(route, APIRoute):
        return None
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Rule):
            return dependency.call
    return None


def check_every_route_has_a_rule(app: FastAPI) -> None:
    """Raise RuntimeError naming the first route that nobody made a rule for."""
    for route in walk_routes(list(app.routes)):
        if find_rule(route) is None:
            path = getattr(route, "path", route)
            raise RuntimeError(f"Route {path} has no rule. Put it in a RuledRouter.")
