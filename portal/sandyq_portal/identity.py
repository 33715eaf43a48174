"""Who is there: the hub knows the login (OAuth), the school database knows the person."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from starlette.responses import RedirectResponse, Response
from tornado.httputil import url_concat
from tornado.web import HTTPError

from sandyq.school.first_run import has_school
from sandyq.school.people import find_person
from sandyq.school.tables import Person

CACHE_SECONDS = 5
"""How long the hub's word is trusted: short, so that a sign-out is soon felt."""


class SignInNeeded(Exception):
    """The page needs a person and nobody is signed in."""


@dataclass(frozen=True)
class Visitor:
    """The person in front of the screen, as the school database has them."""

    id: int
    school_id: int
    login: str
    name: str
    given_name: str
    language: str
    grade: int | None
    roles: frozenset[str]


@lru_cache
def open_hub() -> Any:
    """Return JupyterHub's own OAuth client, set up from the service's environment."""
    from jupyterhub.services.auth import HubOAuth

    return HubOAuth(cache_max_age=CACHE_SECONDS)


async def find_login(request: Request) -> str | None:
    """Return the login the hub vouches for, or None for a stranger; 503 when the hub is away."""
    hub = open_hub()
    token = request.cookies.get(hub.cookie_name)
    if not token:
        return None
    session = request.cookies.get("jupyterhub-session-id", "")
    try:
        user = await hub.user_for_token(token, session_id=session, sync=False)
    except HTTPError as error:
        raise HTTPException(503, "the hub does not answer") from error
    return str(user["name"]) if user else None


async def find_token_login(request: Request) -> str | None:
    """Return the login behind a token of the hub's that came as ``Authorization: token …``, or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "token" or not token:
        return None
    try:
        user = await open_hub().user_for_token(token, sync=False)
    except HTTPError as error:
        raise HTTPException(503, "the hub does not answer") from error
    return str(user["name"]) if user and user.get("kind") == "user" else None


def find_visitor(request: Request, login: Annotated[str | None, Depends(find_login)]) -> Visitor | None:
    """Return the person behind a login; None for a stranger and for whoever left the school."""
    if login is None:
        return None
    with request.app.state.database.reading() as session:
        person = find_person(session, login)
        visitor = describe_visitor(person) if person and person.left_at is None else None
    request.state.visitor = visitor
    return visitor


def is_begun(request: Request) -> bool:
    """Say whether this server has its school; once it has, nobody is asked any more."""
    state = request.app.state
    if not getattr(state, "is_begun", False):
        with state.database.reading() as session:
            state.is_begun = has_school(session)
    return bool(state.is_begun)


def describe_visitor(person: Person) -> Visitor:
    return Visitor(
        id=person.id,
        school_id=person.school_id,
        login=person.login,
        name=person.full_name,
        given_name=person.given_name,
        language=person.language,
        grade=person.grade,
        roles=person.role_names,
    )


def send_to_sign_in(request: Request) -> Response:
    """Begin OAuth with PKCE: remember the state in a short-lived cookie and go to the hub."""
    hub = open_hub()
    verifier, challenge, method = hub.generate_pkce_code_challenge()
    state = hub.generate_state(_return_address(request), code_verifier=verifier)
    query = {"state": state, "code_challenge": challenge, "code_challenge_method": method}
    response = RedirectResponse(url_concat(hub.login_url, query), status_code=302)
    _set_cookie(request, response, _state_cookie(state), state, max_age=hub.oauth_state_max_age)
    return response


async def finish_sign_in(request: Request) -> Response:
    """The hub sent the browser back with a code: trade it for a token, keep that in our cookie."""
    hub = open_hub()
    code, state = request.query_params.get("code", ""), request.query_params.get("state", "")
    kept = request.cookies.get(_state_cookie(state), "")
    if not code or not state or not secrets.compare_digest(state.encode(), kept.encode()):
        raise HTTPException(403, "sign-in was interrupted")
    try:
        token = await hub.token_for_code(code, code_verifier=hub.get_code_verifier(state), sync=False)
    except HTTPError as error:
        raise HTTPException(403, "sign-in was interrupted") from error
    response = RedirectResponse(hub.get_next_url(state), status_code=302)
    hub.clear_oauth_state(state)
    response.delete_cookie(_state_cookie(state), path=hub.cookie_path)
    _set_cookie(request, response, hub.cookie_name, token)
    return response


def _return_address(request: Request) -> str:
    """The page that was asked for, when it can be asked for again."""
    path: str = request.url.path
    if request.method != "GET":
        return str(open_hub().base_url)
    return f"{path}?{request.url.query}" if request.url.query else path


def _state_cookie(state: str) -> str:
    """One cookie a sign-in, so that two tabs do not disturb each other."""
    return f"{open_hub().state_cookie_name}-{''.join(filter(str.isalnum, state))[:8]}"


def _set_cookie(
    request: Request, response: Response, name: str, value: str, max_age: int | None = None
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=open_hub().cookie_path,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
