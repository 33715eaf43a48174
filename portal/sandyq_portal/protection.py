"""What every reply carries and every form must bring: security headers, the form token, our own origin."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandyq.settings import Settings, read_secret

OLD_FORM = "an old form"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def make_policy(nonce: str) -> str:
    """Return the policy of a page that brings a style sheet of its own, marked with a nonce."""
    return f"{HEADERS['Content-Security-Policy']}; style-src 'self' 'nonce-{nonce}'"


async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Add the security headers; personal pages are never kept on a shared computer's disk."""
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


class HeadAsGet:
    """Answer HEAD as GET, for which routes are made; the server that runs the portal sends no body then."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)


def make_form_token(settings: Settings, request: Request, login: str) -> str:
    """Return the token that a form of this person, in this browser session, must bring."""
    session = request.cookies.get("jupyterhub-session-id", "")
    key = bytes.fromhex(read_secret(settings, "forms"))
    return hmac.new(key, f"{login}\n{session}".encode(), sha256).hexdigest()


def check_origin(request: Request) -> None:
    """Raise 403 when a browser says that the form stood on another site."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "a form from another site")


async def check_request_is_ours(request: Request, login: str) -> None:
    """Raise 403 unless the form came from one of our pages, shown to this person."""
    check_origin(request)
    form = await request.form()
    given = form.get("token", "")
    expected = make_form_token(request.app.state.settings, request, login)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(403, OLD_FORM)
