"""Figures for whoever watches over the server, by a token."""

from __future__ import annotations

import hmac

from fastapi import HTTPException, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from sandyq.settings import read_secret
from sandyq_portal.access import Rule, RuledRouter


class Monitoring(Rule):
    """Whoever shows the secret ``metrics`` as a bearer token."""

    def __call__(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        secret = read_secret(request.app.state.settings, "metrics")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            raise HTTPException(401, "Show the token in secrets/metrics: Authorization: Bearer TOKEN")


router = RuledRouter(Monitoring())


@router.get("/metrics")
def tell_metrics(request: Request) -> Response:
    return Response(request.app.state.metrics.write(), media_type=CONTENT_TYPE_LATEST)
