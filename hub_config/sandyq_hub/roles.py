"""Rights on the hub: what everybody may do, what the services may do, and groups kept equal to the school's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from sandyq.school.database import Database
from sandyq.school.people import wanted_groups
from sandyq.settings import Settings, read_secret

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; object-src 'none'"
)

SERVICES = ("portal", "rooms")
BATCH = 50

ROLES: list[dict[str, Any]] = [
    {"name": "user", "scopes": ["self", *(f"access:services!service={name}" for name in SERVICES)]},
    {
        "name": "reconciler",
        "description": "Keeps the hub's people and groups equal to the school's",
        "scopes": ["admin:users", "admin:groups", "delete:servers", "proxy"],
        "services": ["reconciler"],
    },
    {
        "name": "monitoring",
        "description": "Reads /hub/metrics",
        "scopes": ["read:metrics"],
        "services": ["monitoring"],
    },
]


def services(settings: Settings) -> list[dict[str, Any]]:
    """The hub's services: two with a web face, one that only reconciles, one that only reads figures."""
    ports = {"portal": settings.portal_port, "rooms": settings.rooms_port}
    faces = [
        {
            "name": name,
            "url": f"http://127.0.0.1:{ports[name]}",
            "api_token": read_secret(settings, f"service-{name}"),
            "oauth_no_confirm": True,
            "display": False,
        }
        for name in SERVICES
    ]
    faceless = [
        {"name": name, "api_token": read_secret(settings, f"service-{name}")}
        for name in ("reconciler", "monitoring")
    ]
    return [*faces, *faceless]


def service_environment(settings: Settings, name: str) -> dict[str, str]:
    """What the hub would tell a service that it starts itself."""
    prefix = f"/services/{name}/"
    scopes = json.dumps([f"access:services!service={name}"])
    return {
        "JUPYTERHUB_API_TOKEN": read_secret(settings, f"service-{name}"),
        "JUPYTERHUB_API_URL": settings.hub_api_url,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": f"service-{name}",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
        "JUPYTERHUB_OAUTH_SCOPES": scopes,
        "JUPYTERHUB_SERVICE_NAME": name,
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
    }


class HubApi:
    """The few calls of the hub's REST API that reconciling needs."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.hub_api_url
        self.token = read_secret(settings, "service-reconciler")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = Request(  # noqa: S310 # our own hub on loopback
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=60) as reply:  # noqa: S310
            text = reply.read()
        return json.loads(text) if text else None

    def list_all(self, path: str) -> Iterable[dict[str, Any]]:
        """All items of a paged list."""
        limit, offset = 200, 0
        while page := self.call("GET", f"{path}?limit={limit}&offset={offset}"):
            yield from page
            offset += limit


def batched(logins: list[str]) -> Iterable[list[str]]:
    """As many at once as the hub manages in time on a slow machine."""
    return (logins[place : place + BATCH] for place in range(0, len(logins), BATCH))


def restore_routes(settings: Settings) -> None:
    """Have the hub tell a proxy that came up again where everything is; by itself it looks every five minutes."""
    HubApi(settings).call("POST", "/proxy")


def reconcile(settings: Settings) -> list[str]:
    """Make the hub's people and groups equal to the school's; return what was changed, a line each.

    Whoever left the school loses the hub account and with it tokens, cookies and a running server.
    """
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            wanted = wanted_groups(session)
    finally:
        database.close()
    api = HubApi(settings)
    return [*_reconcile_people(api, wanted), *_reconcile_groups(api, wanted)]


def _reconcile_people(api: HubApi, wanted: dict[str, set[str]]) -> Iterable[str]:
    there = {user["name"] for user in api.list_all("/users")}
    logins = set().union(*wanted.values())
    if new := sorted(logins - there):
        for part in batched(new):
            api.call("POST", "/users", {"usernames": part})
        yield f"hub accounts made: {len(new)}"
    for login in sorted(there - logins):
        _end_server(api, login)
        api.call("DELETE", f"/users/{quote(login)}")
        yield f"hub account ended: {login}"


def _end_server(api: HubApi, login: str) -> None:
    try:
        api.call("DELETE", f"/users/{quote(login)}/server")
    except HTTPError as error:
        if error.code not in (400, 404):  # not running
            raise


def _reconcile_groups(api: HubApi, wanted: dict[str, set[str]]) -> Iterable[str]:
    there = {group["name"]: set(group["users"]) for group in api.list_all("/groups")}
    for name in sorted(there.keys() - wanted.keys()):
        api.call("DELETE", f"/groups/{quote(name)}")
        yield f"group ended: {name}"
    for name, members in sorted(wanted.items()):
        if name not in there:
            api.call("POST", f"/groups/{quote(name)}")
        present = there.get(name, set())
        for method, logins in (("POST", members - present), ("DELETE", present - members)):
            for part in batched(sorted(logins)):
                api.call(method, f"/groups/{quote(name)}/users", {"users": part})
            if logins:
                yield f"group {name}: {'added' if method == 'POST' else 'removed'} {len(logins)}"
