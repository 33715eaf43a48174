"""The portal as a room's kernel sees it: stdlib only, nothing opened at import."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT = 10.0
"""Seconds to wait for an answer of the portal, which stands on the same server."""


class NotConnected(Exception):
    """This page has no portal behind it: a build, a test or a preview."""


class Unreachable(Exception):
    """No answer, or one that may change when asked again (5xx)."""


class Failed(Unreachable):
    """The portal answered that it failed (500): perhaps over what it was asked, so that it will each time."""


class Refused(Exception):
    """The portal said no (4xx); asking again will not help. ``body`` is all it said."""

    def __init__(self, status: int, detail: str, body: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.body = body or {}


@dataclass
class Portal:
    url: str
    token: str
    language: str = ""
    """In which it says no; empty: in the one of the person's account."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raise NotConnected naming the missing variable."""
        for name in ("SANDYQ_API_URL", "SANDYQ_VISIT_TOKEN"):
            if not environment.get(name):
                raise NotConnected(f"{name} is not set. Open the app from the portal's gallery.")
        return cls(environment["SANDYQ_API_URL"].rstrip("/"), environment["SANDYQ_VISIT_TOKEN"])

    def ask(self, method: str, path: str, body: Any = None, content: bytes | None = None) -> Any:
        """Return the portal's JSON answer; raise Unreachable or Refused. ``content`` is sent as it is."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if self.language:
            headers["Accept-Language"] = self.language
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        request = Request(self.url + path, content, headers, method=method)  # noqa: S310 # our own portal
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT) as response:
                return json.load(response)
        except HTTPError as error:
            raise _explain(error) from error
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(f"{method} {path}: {error}") from error


def _explain(error: HTTPError) -> Exception:
    with error:
        text = error.read().decode(errors="replace")
    if error.code >= 500:
        kind = Unreachable if error.code in {502, 503, 504} else Failed
        return kind(f"{error.code} {error.reason}")
    try:
        body = json.loads(text)
        return Refused(error.code, str(body["detail"]), body)
    except (ValueError, KeyError, TypeError):
        return Refused(error.code, f"{error.code} {error.reason}")
