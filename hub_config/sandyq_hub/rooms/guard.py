"""The guard in front of every handler of rooms: who is this, may they come in, is this kernel theirs?"""

from __future__ import annotations

import hmac
import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jupyter_server.auth.identity import IdentityProvider, User
from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated, UserNotAllowed
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from tornado.web import HTTPError, RequestHandler

from sandyq.i18n import choose_language
from sandyq.school.tables import ADULTS
from sandyq.settings import read_secret
from sandyq_hub.rooms.pages import RETRY_AFTER, Failure, find_failure, render_failure

if TYPE_CHECKING:
    from sandyq.settings import Settings
    from sandyq_hub.rooms.kernels import RoomKernels

LANGUAGE_COOKIE = "sandyq-lang"
PORTAL = "/services/portal/"


def content_policy(host: str, *, stock: bool = False, nonce: str = "") -> str:
    """The Content-Security-Policy of rooms: nothing from outside hosts, framed by ourselves only.

    No script but our files; ``blob:`` is there because anywidget's modules come as texts.
    Voilà's front end (``stock``) needs more: it has scripts in its page, and JupyterLab compiles its JSON schemas.
    Styles may stand in the page for both: pandas' tables and ipywidgets bring them.
    A page that shows what somebody made (``nonce``) runs only what bears this word and what that imports: frames in
    it have its policy, so no file of this server's becomes a tool there. It frames nothing and sends no form.
    (Browsers that know nothing of ``strict-dynamic`` go by what stands beside it.)
    Older browsers do not count WebSockets to this host as ``'self'``, so ``host`` is named.
    """
    scripts = " 'unsafe-inline' 'unsafe-eval'" if stock else ""
    scripts = f" 'nonce-{nonce}' 'strict-dynamic'" if nonce else scripts
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self'{scripts} blob:",
            "style-src 'self' 'unsafe-inline' blob:",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{host} wss://{host} data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'" if nonce else "form-action 'self'",
            "frame-src 'none'" if nonce else "frame-src 'self'",
            "frame-ancestors 'self'",
        ]
    )


class HubUser(User):
    """A person as Jupyter's handlers want to see them, with the hub's groups."""

    def __init__(self, model: dict[str, Any]) -> None:
        info = model.get("user_info") or {}
        name = info.get("display_name") or info.get("name") or model["name"]
        super().__init__(username=model["name"], name=name, display_name=name)
        self.groups = frozenset(model.get("groups") or ())


class HubIdentity(IdentityProvider):
    """Tells Jupyter's own handlers whom the guard let in."""

    async def get_user(self, handler: Any) -> HubUser | None:
        return handler.visitor if isinstance(handler, Guard) else None


class Presentable(RequestHandler):
    """Security headers on every reply, failures as a plain page in the person's language."""

    is_page = True
    """Pages send strangers to the sign-in and fail as HTML; all else answers 403 and JSON."""
    failure: Failure | None = None
    """What a failed page says, if not what goes with its status."""

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", content_policy(self.request.host))
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")

    @property
    def settings_of_school(self) -> Settings:
        return self.settings["sandyq"]

    @property
    def language(self) -> str:
        """The person's language: their cookie, else the school's."""
        return choose_language(self.get_cookie(LANGUAGE_COOKIE), self.settings_of_school.language)

    def find_failure(self, status: int) -> Failure:
        """What is said to somebody who is not known."""
        return find_failure(status)

    def render_failure(self, failure: Failure, report: dict[str, Any] | None = None) -> str:
        """Return the page that tells of it; who asks for help from there brings along where it was and what."""
        context = urlencode({"page": self.request.path, "error": self.get_status()})
        return render_failure(self.language, failure, context, report)

    def write_error(self, status_code: int, **_: Any) -> None:
        if status_code == 503:
            self.set_header("Retry-After", str(RETRY_AFTER))
        if self.is_page:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(self.render_failure(self.failure or self.find_failure(status_code)))
        else:
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps({"message": self._reason}))


@contextmanager
def waiting_for_hub() -> Iterator[None]:
    """A hub that is away, slow or broken is no error of the page's: it may be there in a moment."""
    try:
        yield
    except HTTPError as problem:  # its cause is in the log
        raise HTTPError(503) if problem.status_code >= 500 else problem from None


class Guard(HubOAuthenticated, Presentable):
    """Mixed in before every other handler class: nobody passes ``prepare`` unknown."""

    visitor: HubUser | None = None

    @property
    def kernels(self) -> RoomKernels:
        return self.settings["kernel_manager"]

    @property
    def person(self) -> HubUser:
        """Whom the guard let in."""
        if self.visitor is None:
            raise HTTPError(403, "Sign in first.")
        return self.visitor

    def find_failure(self, status: int) -> Failure:
        """What is said of a status; adults are not sent to their teacher."""
        return find_failure(
            status, is_adult=self.visitor is not None and not self.visitor.groups.isdisjoint(ADULTS)
        )

    async def prepare(self, **_: Any) -> None:
        self.visitor = await self._identify()
        self.current_user = self.visitor
        if self.visitor is None:
            self._turn_away()
            return
        kernel_id = self.path_kwargs.get("kernel_id")
        if kernel_id is not None and not self.kernels.belongs_to(kernel_id, self.visitor.username):
            raise HTTPError(404, "This kernel is not yours or has ended.")
        outcome: object = super().prepare()
        if inspect.isawaitable(outcome):
            await outcome

    async def _identify(self) -> HubUser | None:
        with waiting_for_hub():
            model = await self.hub_auth.get_user(self, sync=False)
        if model is None:
            return None
        try:
            return HubUser(self.check_hub_user(model))
        except UserNotAllowed:
            raise HTTPError(403, f"{model['name']} may not open rooms.") from None

    def _turn_away(self) -> None:
        if not self.is_page or self.request.method not in {"GET", "HEAD"}:
            raise HTTPError(403, "Sign in first.")
        self.redirect(self.get_login_url())


class Callback(Presentable, HubOAuthCallbackHandler):
    """The end of the sign-in, open to strangers by its nature; it works once, so what it was for is tried again."""

    wanted = PORTAL

    async def get(self) -> None:
        address = self.hub_auth.get_next_url(self.get_query_argument("state", ""))
        if address != self.hub_auth.base_url:  # else nobody knows any more, and there is no page at it
            self.wanted = address
        with waiting_for_hub():
            await super().get()  # type: ignore[misc] # it always has something to wait for

    def write_error(self, status_code: int, **more: Any) -> None:
        if status_code == 503:
            self.failure = replace(find_failure(503), address=self.wanted)
        super().write_error(status_code, **more)


class Health(RequestHandler):
    """Says that rooms answer, and nothing else."""

    def get(self) -> None:
        self.finish("ok")


class Figures(RequestHandler):
    """For Prometheus, by a token; how many, never who."""

    def get(self) -> None:
        given = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        secret = read_secret(self.settings["sandyq"], "metrics")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            raise HTTPError(401)
        kernels, templates = self.settings["kernel_manager"], self.settings["templates"]
        registry = CollectorRegistry()
        for name, what, value in (
            ("sandyq_rooms_visits", "Visits with a place", len(kernels.owners)),
            ("sandyq_rooms_places", "Places in all", kernels.cap),
            (
                "sandyq_rooms_kernels",
                "Kernels, also those that were left and still keep answers",
                len(kernels),
            ),
            ("sandyq_rooms_templates", "Lessons and apps executed and kept", len(templates)),
        ):
            Gauge(name, what, registry=registry).set(value)
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(registry))


class Nowhere(Guard):
    """Every address that is not ours."""

    async def prepare(self, **_: Any) -> None:
        await super().prepare()
        if not self._finished:
            raise HTTPError(404)
