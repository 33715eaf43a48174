"""The access matrix: every route × every role, a stranger, somebody who has left, and tokens that are none.

The routes are asked of the app. ``access_matrix.toml`` says for whom each is: whoever adds a page adds a line.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from portal_school import PREFIX, School, form_token
from starlette.testclient import TestClient

from sandyq.school.tables import ROLES, Person
from sandyq_portal.access import Everyone, Holders, PersonTokens, find_rule, walk_routes
from sandyq_portal.errors import add_error_pages

MATRIX = Path(__file__).with_name("access_matrix.toml")
GROUPS = {
    "tokens of calendars": "CalendarTokens",
    "tokens of visits": "VisitTokens",
    "the grader": "TheGrader",
    "monitoring": "Monitoring",
    "everyone": "Everyone",
    "before there is a school": "FirstRun",
}
PARAMETER = re.compile(r"\{\w+(:path)?\}")


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return School(tmp_path_factory.mktemp("school"))


@pytest.fixture(scope="module")
def tokens(school):
    """By role: a form's token of the first person who has it, so that only the role decides."""
    pages = {role: school.sign_in(school.login(role)).get(f"{PREFIX}/") for role in ROLES}
    return {role: form_token(page.text) for role, page in pages.items()}


def routes_of(school):
    return {f"{min(each.methods)} {each.path}": each for each in walk_routes(list(school.app.routes))}


def read_matrix():
    """Return for each route who may use it: a set of roles, or the name of another rule."""
    found = {}
    for who, routes in tomllib.loads(MATRIX.read_text("utf-8")).items():
        for route in routes:
            assert route not in found, f"{route} stands there twice"
            found[route] = GROUPS.get(who) or frozenset(ROLES if who == "signed in" else who.split(", "))
    return found


def ask(client, route, token=""):
    method, _, path = route.partition(" ")
    data = {"token": token} if method != "GET" else None
    return client.request(method, PREFIX + PARAMETER.sub("1", path), data=data)


def describe(route):
    rule = find_rule(route)
    return rule.roles if isinstance(rule, Holders | PersonTokens) else type(rule).__name__


def test_the_matrix_says_of_each_route_for_whom_it_is(school):
    assert {name: describe(route) for name, route in routes_of(school).items()} == read_matrix()


@pytest.mark.parametrize("role", ROLES)
def test_nobody_gets_at_what_is_for_other_roles(school, tokens, role):
    login = school.login(role)
    for name, route in routes_of(school).items():
        rule = find_rule(route)
        if isinstance(rule, Holders | PersonTokens):
            client = school.sign_in(login) if isinstance(rule, Holders) else school.notebook(login)
            reply = ask(client, name, tokens[role])
            if role in rule.roles:
                assert reply.status_code != 401 and "not for your role" not in reply.text, name
            else:
                assert reply.status_code == 403, f"{name}: {reply.status_code}"


def test_strangers_are_led_to_the_sign_in_and_get_nothing(school):
    stranger, forged = school.sign_in(None), {"Authorization": "Bearer forged"}
    for name, route in routes_of(school).items():
        rule = find_rule(route)
        if isinstance(rule, Holders):
            reply = ask(stranger, name)
            assert reply.status_code in (302, 303, 307, 401), f"{name}: {reply.status_code}"
            assert reply.status_code == 401 or "/hub/" in reply.headers["location"], name
        elif not isinstance(rule, Everyone):
            for client in (stranger, TestClient(school.app, headers=forged)):
                assert ask(client, name).status_code in (401, 403), name


def test_a_signed_in_person_is_no_kernel_and_no_grader(school):
    """A browser's session opens nothing that wants a token."""
    for role in ("pupil", "teacher", "operator"):
        browser = school.sign_in(school.login(role))
        for name, route in routes_of(school).items():
            if not isinstance(find_rule(route), Everyone | Holders):
                assert ask(browser, name).status_code in (401, 403), name


def test_whoever_has_left_gets_nothing(school):
    login = school.login("leader")
    with school.database.session() as session:
        person = session.query(Person).filter_by(login=login).one()
        person.left_at = datetime.now(UTC)
    try:
        for name, route in routes_of(school).items():
            rule = find_rule(route)
            if isinstance(rule, Holders):
                assert ask(school.sign_in(login), name).status_code in (302, 303, 401, 403), name
            elif isinstance(rule, PersonTokens):
                assert ask(school.notebook(login), name).status_code in (401, 403), name
    finally:
        with school.database.session() as session:
            session.get_one(Person, person.id).left_at = None


HUGE = str(2**80)
"""More than any database can count to."""


def test_a_number_beyond_the_databases_is_nobodys(school, tokens):
    """What cannot be there is not there: no page fails over it."""
    for role in ROLES:
        client = school.sign_in(school.login(role))
        for name, route in routes_of(school).items():
            rule = find_rule(route)
            if isinstance(rule, Holders) and role in rule.roles and "{" in name:
                method, _, path = name.partition(" ")
                data = {"token": tokens[role], "login": "x", "text": "x"} if method != "GET" else None
                reply = client.request(method, PREFIX + PARAMETER.sub(HUGE, path), data=data)
                assert reply.status_code < 500, f"{role}: {name}: {reply.status_code}"


def test_other_numbers_that_overflow_are_failures_as_before():
    app = FastAPI()
    add_error_pages(app)

    @app.get(f"{PREFIX}/api/sum")
    def add() -> float:
        return float(10**400)

    assert TestClient(app, raise_server_exceptions=False).get(f"{PREFIX}/api/sum").status_code == 500
