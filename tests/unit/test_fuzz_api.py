"""Every route of the portal is asked for things by schemathesis, as the roles that may use it: no failure, no leak.

The routes tell what they take (FastAPI's own OpenAPI). ``SANDYQ_FUZZ=200`` makes it the long form: as many tries for
each route, of each role, of other kinds each time.
"""

from __future__ import annotations

import os

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from portal_school import PREFIX, School, form_token
from starlette.testclient import TestClient

from sandyq.school.tables import ROLES
from sandyq.settings import read_secret
from sandyq.visits import Visit, sign_visit
from sandyq_portal.access import (
    Everyone,
    FirstRun,
    Holders,
    PersonTokens,
    VisitTokens,
    find_rule,
    walk_routes,
)
from sandyq_portal.feeds import CalendarTokens

LONG = int(os.environ.get("SANDYQ_FUZZ", "0"))
tries = settings(
    max_examples=LONG or 1,
    database=None,
    derandomize=not LONG,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SECRETS = {"TheGrader": "grading", "Monitoring": "metrics"}
NEVER_TOLD = ("Traceback (most recent call last)", "$argon2", "sqlalchemy.exc", "site-packages/")


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return School(tmp_path_factory.mktemp("school"))


@pytest.fixture(scope="module")
def routes(school):
    return {
        (method, route.path.replace(":path", "")): find_rule(route)
        for route in walk_routes(list(school.app.routes))
        for method in route.methods
    }


@pytest.fixture(scope="module")
def form_tokens(school):
    pages = {role: school.sign_in(school.login(role)).get(f"{PREFIX}/") for role in ROLES}
    return {role: form_token(page.text) for role, page in pages.items()}


def list_askers(school, rule):
    """(Role, cookies, headers) of those who may use a route; the first of them only in the short form."""
    roles = sorted(rule.roles) if isinstance(rule, Holders | PersonTokens) else [""]
    for role in roles if LONG else roles[:1]:
        login = school.login(role) if role else school.login("teacher")
        if isinstance(rule, Everyone | CalendarTokens | FirstRun):  # an address or a code is the secret
            yield role, {}, {}
        elif isinstance(rule, Holders):
            yield role, {"test-login": login}, {}
        elif isinstance(rule, PersonTokens):
            yield role, {}, {"Authorization": f"token {login}"}
        elif isinstance(rule, VisitTokens):
            token = sign_visit(school.settings, Visit(login, "lesson", "passphrase"))
            yield role, {}, {"Authorization": f"Bearer {token}"}
        else:
            secret = read_secret(school.settings, SECRETS[type(rule).__name__])
            yield role, {}, {"Authorization": f"Bearer {secret}"}


def test_no_route_fails_or_tells_too_much_whatever_it_is_asked(school, routes, form_tokens):
    schema = schemathesis.openapi.from_dict(school.app.openapi())
    tried, problems, secrets = (
        0,
        [],
        [read_secret(school.settings, name) for name in ("forms", "visits", "grading")],
    )
    for found in schema.get_all_operations():
        operation = found.ok()
        rule = routes[operation.method.upper(), operation.path.removeprefix(PREFIX)]
        for role, cookies, headers in list_askers(school, rule):
            client = TestClient(
                school.app,
                cookies=cookies,
                headers=headers,
                follow_redirects=False,
                raise_server_exceptions=False,
            )

            told = fuzz(operation, client, form_tokens.get(role, ""), secrets)
            tried += told.pop()
            problems += [f"{role}: {problem}" for problem in told]
    assert tried >= len(routes)
    assert problems == []


def fuzz(operation, client, token, secrets):
    """Return what went wrong with one route, and at last how often it was asked."""
    problems, asked = [], []

    @tries
    @given(case=operation.as_strategy())
    def ask(case):
        reply = send(client, case, token)
        asked.append(reply.status_code)
        told = [word for word in (*NEVER_TOLD, *secrets) if word in reply.text]
        if reply.status_code >= 500 or told:
            problems.append(
                f"{case.method} {case.formatted_path}: {reply.status_code} {told} {case.body!r:.300}"
            )

    ask()
    return [*problems, len(asked)]


def send(client, case, token):
    """Ask as a browser or a kernel would; a form brings its token, or nothing behind it would be tried."""
    given = case.as_transport_kwargs(base_url="http://testserver")
    given = {name: value for name, value in given.items() if value is not None and name != "cookies"}
    given["headers"] = {
        k: v for k, v in dict(given.get("headers") or {}).items() if k.lower() != "authorization"
    }
    if token and isinstance(given.get("data"), dict):
        given["data"] = given["data"] | {"token": token}
    try:
        return client.request(**given)
    except (UnicodeError, ValueError, httpx.InvalidURL):  # no client could send this
        return client.get(f"{PREFIX}/health")
