"""The sample school behind a real portal; only the hub's word about who is there is given by the test."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI, Request
from sqlalchemy import select
from starlette.testclient import TestClient

from sandyq.school import people, sample
from sandyq.school.centre.tables import Club
from sandyq.school.database import Database, today
from sandyq.school.tables import ClassGroup, Person
from sandyq.settings import Settings
from sandyq.visits import Visit, sign_visit
from sandyq_portal.app import create_app
from sandyq_portal.identity import find_login, find_token_login

PREFIX = "/services/portal"
QUESTIONS = [
    {"id": "strong", "kind": "choice", "points": 1, "text": "Which one is stronger?"},
    {"id": "mine", "kind": "open", "points": 0, "text": "Write your rule.", "rubric": "A rule and a reason."},
]


@dataclass(frozen=True)
class SmallSettings(Settings):
    """Lessons and apps made by the test instead of the committed ones."""

    @property
    def notebooks(self) -> Path:
        return self.home / "curriculum" / "notebooks"

    @property
    def apps(self) -> Path:
        return self.home / "apps"

    @property
    def packets(self) -> Path:
        return self.home / "packets"


@cache
def seed_once() -> tuple[bytes, list[sample.Account]]:
    """Return the sample school's database and its accounts: seventy secrets take seconds to hash."""
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        database = Database(settings.database_url)
        database.migrate()
        with database.session() as session:
            accounts = sample.seed(session, today())
        database.engine.dispose()  # the last connection writes all into the one file
        return (settings.folder("school") / "school.sqlite").read_bytes(), accounts


class School:
    """A portal, its database and people to look through."""

    def __init__(self, home: Path, *, is_new: bool = True) -> None:
        self.settings = SmallSettings(home=home)
        if is_new:
            write_notebooks(self.settings)
            content, self.accounts = seed_once()
            path = self.settings.folder("school") / "school.sqlite"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.database = Database(self.settings.database_url)
        self.app: FastAPI = create_app(self.settings)
        self.app.dependency_overrides[find_login] = read_test_login
        self.app.dependency_overrides[find_token_login] = read_test_token

    def login(self, role: str) -> str:
        return next(account.login for account in self.accounts if account.role == role)

    def sign_in(self, login: str | None) -> TestClient:
        """Return a browser in which this person is signed in."""
        cookies = {"test-login": login} if login else {}
        return TestClient(self.app, cookies=cookies, follow_redirects=False, raise_server_exceptions=False)

    def kernel(
        self, login: str, kind: str = "lesson", name: str = "passphrase", partner: str = ""
    ) -> TestClient:
        """Return a client that speaks as a room's kernel does."""
        token = sign_visit(self.settings, Visit(login, kind, name, partner))
        return TestClient(self.app, headers={"Authorization": f"Bearer {token}"})

    def notebook(self, login: str) -> TestClient:
        """Return a client that speaks as a kernel in somebody's own notebook does."""
        return TestClient(self.app, headers={"Authorization": f"token {login}"})

    def class_of(self, login: str) -> ClassGroup:
        with self.database.reading() as session:
            person = people.find_person(session, login)
            assert person
            return (
                people.class_of_pupil(session, person.id) or people.classes_of_teacher(session, person.id)[0]
            )

    def foreign_class(self, login: str) -> ClassGroup:
        """Return a class that a teacher does not teach."""
        with self.database.reading() as session:
            person = people.find_person(session, login)
            assert person
            own = {group.id for group in people.classes_of_teacher(session, person.id)}
            every = people.list_classes(session, person.school_id, today())
        return next(group for group in every if group.id not in own)

    def pupils(self, group: ClassGroup) -> list[Person]:
        with self.database.reading() as session:
            return people.class_pupils(session, group.id)

    def club(self) -> Club:
        with self.database.reading() as session:
            return session.scalars(select(Club).order_by(Club.id)).all()[0]


async def read_test_login(request: Request) -> str | None:
    return request.cookies.get("test-login")


def write_notebooks(settings: Settings) -> None:
    for language in ("kk", "ru", "en"):
        lesson = {
            "slug": "passphrase",
            "title": f"Passphrase {language}",
            "track": "pupils",
            "grades": [3, 4, 5, 7],
            "minutes": 20,
            "language": language,
            "questions": QUESTIONS,
        }
        write_notebook(settings.notebooks / language / "passphrase.ipynb", lesson)
    app = {"title": {"kk": "Қатысу журналы", "ru": "Журнал", "en": "Attendance"}, "icon": "clipboard-check"}
    write_notebook(settings.apps / "attendance.ipynb", app)


def write_notebook(path: Path, metadata: dict[str, object], cells: Sequence[dict[str, object]] = ()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {"sandyq": metadata}}))


def form_token(page: str) -> str:
    """Return the token that a page's forms carry."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found, "the page has no form token"
    return found[1]


def read_test_token(request: Request) -> str | None:
    """The hub knows whose token it is; here the token is the login."""
    return request.headers.get("authorization", "").removeprefix("token ") or None


CHOICE = (
    "%%choice id=first points=2 tries=2\n{}\n- [ ] sand | no\n- [x] SECRET | yes\nhint: bread\nreason: why"
)
TEXTS = {"kk": "Не?", "ru": "Что?", "en": "What?"}


def write_prices_lesson(settings: Settings) -> None:
    """A lesson that opens in people's own notebooks, with one question of two tries."""
    for language, text in TEXTS.items():
        front = {
            "slug": "prices",
            "title": "Prices",
            "language": language,
            "opens_in": "notebook",
            "questions": [{"id": "first", "kind": "choice", "points": 2}],
        }
        cells = [
            make_cell("setup", f"%load_ext sandyq_widgets\n%lesson prices {language}", "setup"),
            make_cell("work", "prices = 1"),
            make_cell("first", CHOICE.format(text)),
            make_cell("key", "the answer is SECRET", "teachers"),
            make_cell("per-visitor", "restore()", "per-visitor"),
        ]
        path = settings.notebooks / language / "prices.ipynb"
        write_notebook(path, front, cells)
        notebook = json.loads(path.read_text())
        notebook["metadata"] |= {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}}
        path.write_text(json.dumps(notebook | {"nbformat": 4, "nbformat_minor": 5}))


def make_cell(name: str, source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
    }
