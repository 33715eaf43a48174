"""Sign-in against the school database: login and password, or class, name and PIN for small pupils."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.utils import new_token
from tornado.httputil import url_concat
from tornado.web import HTTPError

from sandyq.i18n import LANGUAGES, choose_language, translator
from sandyq.school import credentials, people, throttle
from sandyq.school.credentials import verify_secret
from sandyq.school.database import Database, now
from sandyq.settings import Settings

LANGUAGE_COOKIE = "sandyq-lang"
MARKED = "/"
"""In the id of a cookie, behind when its person's secret was made."""
SWEEP = "/services/portal/sign-out"
"""The portal's page that takes what a browser has of a person, also from lessons in other tabs."""


class SchoolAuthenticator(Authenticator):
    """Knows everybody whom the school database knows and who has not left."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = Settings.from_environment()
        self.database = Database(self.settings.database_url)
        self._checking = asyncio.Lock()
        self.auth_refresh_age = 60
        self.any_allow_config = True  # check_allowed below is the rule

    async def check_allowed(self, username: str, authentication: Any = None) -> bool:  # noqa: ARG002
        return await asyncio.to_thread(self._is_known, username)

    async def authenticate(self, handler: SchoolLoginHandler, data: dict[str, str]) -> dict[str, Any] | None:
        login, secret = data.get("username", "").strip().lower(), data.get("password", "").strip()
        async with (
            self._checking
        ):  # guesses sent at once are counted; a class leaves a core for the hub's pages
            return await asyncio.to_thread(self._check, handler, login, secret)

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> bool:
        keeps = await asyncio.to_thread(self._is_known, user.name) and await self.keep_sessions(user)
        token = handler.get_auth_token() if handler else None
        if token and not keeps and orm.APIToken.find(user.db, token) is None:
            # the hub would take a request whose token has just ended for one with all its person may do
            raise HTTPError(403, "This token has ended with its person's old secret. Sign in anew.")
        return keeps

    async def keep_sessions(self, user: Any) -> bool:
        """False: the secret is another than the one with which they began; they and the person's tokens end.

        A cookie's id says how old the secret is. The token of the person's running server stays: nobody holds it.
        """
        mark = await asyncio.to_thread(self._mark_secret, user.name)
        account = user.orm_user
        if account.cookie_id.startswith(mark):
            return True
        was_marked = MARKED in account.cookie_id
        account.cookie_id = mark + new_token()
        if was_marked:
            own = [
                orm.APIToken.find(user.db, each.api_token)
                for each in user.spawners.values()
                if each.api_token
            ]
            for token in account.api_tokens:
                if token not in own:
                    user.db.delete(token)
        user.db.commit()
        return not was_marked

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ARG002
        return [("/login", SchoolLoginHandler), ("/logout", SchoolLogoutHandler)]

    def _is_known(self, login: str) -> bool:
        with self.database.reading() as session:
            person = people.find_person(session, login)
            return person is not None and person.left_at is None

    def _mark_secret(self, login: str) -> str:
        with self.database.reading() as session:
            changed = credentials.read_age(session, login)
        return f"{changed.isoformat()}{MARKED}" if changed else ""

    def _check(self, handler: SchoolLoginHandler, login: str, secret: str) -> dict[str, Any] | None:
        address = handler.request.remote_ip
        with self.database.reading() as session:
            wait = throttle.seconds_to_wait(session, login, address, now())
        if wait > 0:
            raise HTTPError(
                429, handler.say("Too many tries. Wait {seconds} s and try again.", seconds=int(wait) + 1)
            )
        with self.database.reading() as session:  # no writer waits while the secret is checked
            person = verify_secret(session, login, secret)
        with self.database.session() as session:
            record = throttle.record_success if person else throttle.record_failure
            record(session, login, address, now())
        return {"name": login, "user_info": {"name": person.given_name}} if person else None


class SchoolLogoutHandler(LogoutHandler):
    """Ends the session at once and has the browser swept, whichever page's button was pressed: Lab's, the hub's, ours.

    ``swept=1``: the portal's page has done it and sends here.
    """

    async def get(self) -> None:
        self._leaver = self.current_user
        await super().get()

    async def render_logout_page(self) -> None:
        if self._leaver is None or self.get_query_argument("swept", ""):
            await super().render_logout_page()
            return
        name = self._leaver.name  # the portal no longer knows who this was
        self.clear_cookie(f"jupyterhub-user-{name}", path=f"/user/{name}/")
        self.redirect(SWEEP, permanent=False)


class SchoolLoginHandler(LoginHandler):
    """The sign-in page; its steps are links, so it works without JavaScript."""

    def say(self, text: str, **values: object) -> str:
        return translator(self.language)(text).format(**values)

    @property
    def language(self) -> str:
        settings = self.authenticator.settings
        return choose_language(
            self.get_query_argument("lang", None), self.get_cookie(LANGUAGE_COOKIE), settings.language
        )

    async def get(self) -> None:
        wish = self.get_query_argument("lang", None)
        if wish in LANGUAGES:
            self._keep_language(wish)
        await super().get()

    async def auth_to_user(self, authenticated: Any, user: Any = None) -> Any:
        """Who signs in with a new secret ends what began with the old one."""
        user = await super().auth_to_user(authenticated, user)
        await self.authenticator.keep_sessions(user)
        return user

    async def login_user(self, data: dict[str, str] | None = None) -> Any:
        """Sign in; from then on the pages speak the person's language, whoever sat at this PC before."""
        user = await super().login_user(data)
        if user:
            with self.authenticator.database.reading() as session:
                person = people.find_person(session, user.name)
            if person:
                self._keep_language(person.language)
        return user

    def _keep_language(self, language: str) -> None:
        self.set_cookie(LANGUAGE_COOKIE, language, path="/", samesite="Lax", expires_days=365)

    def _render(self, login_error: str | None = None, username: str | None = None, **kwargs: Any) -> str:
        context = self._school_context()  # the hub renders errors synchronously; it is a few short reads
        if login_error == "Invalid username or password":
            wrong_pin = "The PIN is not right. Check it and try again."
            wrong = "The login or the password is not right. Check it and try again."
            by_pin = context["chosen_pupil"] is not None
            login_error = self.say(wrong_pin if by_pin else wrong)
        return super()._render(login_error=login_error, username=username, **context, **kwargs)

    def _school_context(self) -> dict[str, Any]:
        """Classes that sign in by PIN; the chosen class and its pupils; the chosen pupil."""
        class_id = self.get_argument("class", "")
        with self.authenticator.database.reading() as session:
            school, classes = people.pin_classes(session)
            chosen = next((group for group in classes if str(group.id) == class_id), None)
            pupils = people.pin_pupils(session, chosen.id) if chosen else []
        login = self.get_argument("login", "") or self.get_argument("username", "")
        return {
            "_": translator(self.language),
            "language": self.language,
            "school": school,
            "classes": classes,
            "chosen_class": chosen,
            "pupils": pupils,
            "chosen_pupil": next((pupil for pupil in pupils if pupil.login == login), None),
            "link": self._link,
        }

    def _link(self, **query: object) -> str:
        """An address of this page that keeps where the visitor wanted to go."""
        kept = {"next": self.get_argument("next", "")}
        return url_concat(self.settings["login_url"], {k: str(v) for k, v in (kept | query).items() if v})
