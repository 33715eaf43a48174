"""The client of the attendance API and the marks of an app, against a real HTTP server that fails at first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandyq_apps.api import AttendancePortal
from sandyq_apps.attendance import AttendanceRegister
from sandyq_apps.kit.desk import Desk
from sandyq_apps.kit.portal import NotConnected, Portal, Refused, Unreachable

ROW = {
    "number": 7, "uuid": "u-7", "date": "2026-11-03", "child": 4, "status": "present", "reason": "",
    "by": "Гүлнар С.", "by_id": 3, "at": "2026-11-03T10:00:00+00:00",
}  # fmt: skip
CLUB = {
    "id": 1,
    "name": "Домбыра",
    "chest": "Өнер",
    "leader": "Серікова Гүлнар",
    "leader_id": 3,
    "deleted": False,
}


class School(ThreadingHTTPServer):
    """A small portal: answers ``failures`` POSTs with 503 first, breaks over child ``poison``, refuses child 99, stores
    each uuid once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.failures = 0
        self.poison: int | None = None
        self.posts: list[dict[str, Any]] = []
        self.stored: dict[str, dict[str, Any]] = {}
        self.others: list[dict[str, Any]] = []

    @property
    def portal(self) -> AttendancePortal:
        return AttendancePortal(f"http://127.0.0.1:{self.server_port}/api", "token-1")


class Handler(BaseHTTPRequestHandler):
    server: School

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if self.headers["Authorization"] != "Bearer token-1":
            self._answer(401, {"detail": "The visit has ended."})
        elif url.path.startswith("/api/centre/receipts/"):
            self._answer(200, {"at": ROW["at"] if url.path.rpartition("/")[2] in self.server.stored else ""})
        elif url.path == "/api/clubs":
            self._answer(200, {"clubs": [CLUB], "filled": [1]})
        elif url.path == "/api/clubs/attendance" and query == {"since": "2026-11-01", "until": "2026-11-30"}:
            self._answer(200, {"registers": [self._register(0)]})
        elif url.path == "/api/clubs/1/attendance" and query["month"] == "2026-11":
            self._answer(200, self._register(int(query["after"])))
        else:
            self._answer(404, {"detail": f"No club at {url.path}."})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append(body)
        if self.server.failures:
            self.server.failures -= 1
            self._answer(503, {"detail": "busy"})
        elif body["child"] == self.server.poison:
            self._answer(500, {"detail": "broken"})
        elif body["child"] == 99:
            self._answer(422, {"detail": "Child 99 is not in this club."})
        else:
            self.server.stored.setdefault(body["uuid"], body)
            self._answer(201, ROW | body | {"number": 20 + len(self.server.stored)})

    def _register(self, after: int) -> dict[str, Any]:
        rows = [
            ROW,
            ROW | {"child": 5, "number": 8, "uuid": "u-8", "status": "absent"},
            ROW | {"child": 5, "number": 9, "uuid": "u-9"},
            *self.server.others,
        ]
        spans = [["2026-09-01", None]]
        return {
            "club": CLUB,
            "children": [
                {"id": 4, "name": "Ян", "class": "5А", "spans": spans},
                {"id": 5, "name": "Әсел", "class": "5Ә", "spans": spans},
            ],
            "sessions": ["2026-11-03"],
            "rows": [row for row in rows if row["number"] > after],
        }

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None: ...


@pytest.fixture
def school() -> Iterator[School]:
    with School() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def run(school: School, *children: int, again: bool = False) -> AttendanceRegister:
    """Mark children one after another as the page does, for the first time or ``again``; return the app once all is
    answered."""
    app = AttendanceRegister()
    app.answers = []
    app._answer = lambda uuid, kind, **about: app.answers.append((kind, str(uuid)[-1], about.get("text", "")))
    app.desk = Desk(school.portal, ("class",))
    app._clubs, _filled = school.portal.list_clubs()
    app._portal = school.portal
    app.place |= {"club": 1, "date": "2026-11-03"}
    app.desk.today = "2026-11-24"

    async def mark_all() -> None:
        app._settle()
        app._register = app._portal.read_month(1, "2026-11")
        for number, child in enumerate(children):
            uuid = f"00000000-0000-4000-8000-00000000000{number}"
            values = {
                "uuid": uuid,
                "club": 1,
                "date": "2026-11-03",
                "child": child,
                "status": "absent",
                "reason": "",
            }
            app._receive(
                app, {"kind": "act", "id": uuid, "name": "mark", "values": values, "again": again}, []
            )
        while app._tasks:
            await asyncio.gather(*app._tasks)

    asyncio.run(mark_all())
    return app


def test_a_month_comes_in_kazakh_order_with_every_row(school: School) -> None:
    month = school.portal.read_month(1, "2026-11")
    assert [child.name for child in month.children] == ["Әсел", "Ян"]
    assert [row.status for row in month.rows["2026-11-03", 5]] == ["absent", "present"]
    assert month.last_number == 9
    assert list(school.portal.read_month(1, "2026-11", after=8).rows) == [("2026-11-03", 5)]
    assert [each.club.name for each in school.portal.read_all("2026-11")] == ["Домбыра"]


def test_a_failing_portal_gets_the_same_uuid_again_until_it_answers(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandyq_apps.kit.app.PAUSES", (0.01,))
    school.failures = 3
    app = run(school, 4)
    assert [kind for kind, *_rest in app.answers] == ["late"] * 3 + ["saved"]
    assert len({post["uuid"] for post in school.posts}) == 1
    assert len(school.stored) == 1
    assert app._register.newest("2026-11-03", 4).status == "absent"


def test_a_refusal_is_final_is_told_and_holds_up_nobody(school: School) -> None:
    app = run(school, 99, 4)
    assert app.answers[0] == ("problem", "0", "Child 99 is not in this club.")
    assert app.answers[1][:2] == ("saved", "1")
    assert [uuid[-1] for uuid in app.day.screen["refused"]] == ["0"]


def test_what_the_portal_breaks_over_is_set_aside_is_told_and_holds_up_nobody(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandyq_apps.kit.app.PAUSES", (0.01,))
    school.poison = 4
    app = run(school, 4, 5)
    told = [(kind, uuid) for kind, uuid, _text in app.answers]
    assert told == [*[("late", "0")] * 5, ("problem", "0"), ("saved", "1")]
    assert [post["child"] for post in school.posts] == [4] * 6 + [5]
    assert app.day.screen["refused"] == []
    assert [uuid[-1] for uuid in app.day.screen["failed"]] == ["0"], "the page keeps the mark, as not saved"


def test_what_was_kept_when_the_page_did_not_hear_of_it_is_not_done_again(school: School) -> None:
    run(school, 4)
    app = run(school, 4, 5, again=True)
    assert sorted(app.answers) == [("saved", "0", "15:00"), ("saved", "1", "15:00")]
    assert [post["child"] for post in school.posts] == [4, 5], "the first mark was asked after, not sent"


def test_a_portal_that_is_away_is_waited_for_however_long(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandyq_apps.kit.app.PAUSES", (0.01,))
    school.failures = 20
    assert [kind for kind, *_rest in run(school, 4).answers] == ["late"] * 20 + ["saved"]


def test_marks_arrive_in_the_order_in_which_they_were_made(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandyq_apps.kit.app.PAUSES", (0.01,))
    school.failures = 1
    run(school, *range(10))
    assert [body["child"] for body in school.stored.values()] == list(range(10))


def test_what_another_marked_just_before_a_mark_of_ones_own_is_heard(school: School) -> None:
    """It is older than the receipt of one's own, and newer than what was heard."""
    app = run(school, 4)
    school.others.append(ROW | {"child": 5, "number": 10, "uuid": "u-10", "status": "excused", "by_id": 8})
    asyncio.run(app.hear())
    assert app._register.newest("2026-11-03", 5).status == "excused"
    assert app._register.newest("2026-11-03", 4).status == "absent"
    assert app._register.heard == 10


def test_a_stranger_is_refused_with_the_portals_words(school: School) -> None:
    with pytest.raises(Refused, match="The visit has ended") as refusal:
        AttendancePortal(school.portal.url, "forged").list_clubs()
    assert refusal.value.status == 401


def test_a_portal_that_is_not_there_is_unreachable() -> None:
    with School() as closed:
        portal = closed.portal
    with pytest.raises(Unreachable, match="/clubs"):
        portal.list_clubs()


def test_without_a_visit_the_missing_variable_is_named() -> None:
    with pytest.raises(NotConnected, match="SANDYQ_VISIT_TOKEN"):
        Portal.from_environment({"SANDYQ_API_URL": "http://127.0.0.1:1"})
