"""What rooms ask the portal, for a visitor."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse
from tornado.log import app_log

from sandyq.settings import Settings
from sandyq.visits import Visit, sign_visit

TIMEOUT = 3.0
"""Seconds: the portal stands on the same server, and somebody waits for a page."""


class PortalAway(Exception):
    """The portal does not answer, or not as it should."""


async def announce_launch(settings: Settings, visit: Visit) -> None:
    """Say that a visit began; a portal that is away is no reason to keep the visitor waiting."""
    try:
        await _ask(settings, visit, "launched", {"uuid": str(uuid4())})
    except (PortalAway, HTTPClientError) as problem:
        app_log.warning("The portal did not hear of a visit: %s", problem)


async def is_assigned(settings: Settings, visit: Visit) -> bool:
    """Whether the visitor's class was given a lesson; PortalAway when nobody says."""
    try:
        reply = await _ask(settings, visit, "assigned")
    except HTTPClientError as problem:
        app_log.warning("The portal did not say whether %s is assigned: %s", visit.name, problem)
        return False
    return bool(json.loads(reply.body)["assigned"])


async def find_author(settings: Settings, visit: Visit) -> str:
    """The login of who made an app; empty: it is not for the visitor. PortalAway when nobody says."""
    try:
        reply = await _ask(settings, visit, f"own-apps/{visit.name}")
    except HTTPClientError as refusal:
        if refusal.code in (403, 404):
            return ""
        raise PortalAway(str(refusal)) from None
    return str(json.loads(reply.body)["login"])


async def _ask(settings: Settings, visit: Visit, path: str, content: Any = None) -> HTTPResponse:
    """Raises HTTPClientError when the portal refuses."""
    try:
        return await AsyncHTTPClient().fetch(
            f"{settings.portal_url}/api/{path}",
            method="GET" if content is None else "POST",
            body=None if content is None else json.dumps(content),
            headers={
                "Authorization": f"Bearer {sign_visit(settings, visit)}",
                "Content-Type": "application/json",
            },
            request_timeout=TIMEOUT,
        )
    except OSError as problem:
        raise PortalAway(str(problem)) from None
    except HTTPClientError as problem:
        if problem.code >= 500:
            raise PortalAway(str(problem)) from None
        raise
