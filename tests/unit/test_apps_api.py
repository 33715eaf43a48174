"""The client of the attendance API and the outbox, against a real HTTP server that fails at first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandyq_apps.api import AttendancePortal, Mark
from sandyq_apps.kit.portal import NotConnected, Portal, Refused, Unreachable
from sandyq_apps.outbox import Outbox
from sandyq_apps.register import Row

MARK = {"status": "present", "reason": "", "by": "Серікова Гүлнар", "at": "2026-11-03T10:00:00+00:00"}


class School(ThreadingHTTPServer):
    """A small portal: answers ``failures`` POSTs with 503 first, refuses child 99, stores each uuid once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.failures = 0
        self.posts: list[dict[str, Any]] = []
        self.stored: dict[str, dict[str, Any]] = {}

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
        elif url.path == "/api/clubs":
            self._answer(
                200, {"clubs": [{"id": 1, "name": "Домбыра", "chest": "Өнер"}], "today": "2026-11-24"}
            )
        elif url.path == "/api/clubs/1/attendance/history" and query == {"date": "2026-11-03", "child": "5"}:
            rows = [MARK, MARK | {"status": "absent", "at": "2026-11-02T10:00:00+00:00"}]
            self._answer(200, {"rows": rows})
        elif url.path == "/api/clubs/1/attendance":
            self._answer(200, self._month(query["month"]))
        else:
            self._answer(404, {"detail": f"No club at {url.path}."})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append(body)
        if self.server.failures:
            self.server.failures -= 1
            self._answer(503, {"detail": "busy"})
        elif body["child"] == 99:
            self._answer(422, {"detail": "Child 99 is not in this club."})
        else:
            self.server.stored.setdefault(body["uuid"], body)
            self._answer(201, {"receipt": 1, "by": MARK["by"], "at": MARK["at"]})

    def _month(self, month: str) -> dict[str, Any]:
        return {
            "club": {"id": 1, "name": "Домбыра", "chest": "Өнер"},
            "month": month,
            "children": [{"id": 4, "name": "Ян", "class": "5А"}, {"id": 5, "name": "Әсел", "class": "5Ә"}],
            "sessions": [{"date": "2026-11-03"}],
            "marks": [
                MARK | {"date": "2026-11-03", "child": 4, "corrections": 0},
                MARK | {"date": "2026-11-03", "child": 5, "corrections": 1},
            ],
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


class Told:
    """What the outbox told, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []
        self.refusals: list[Refused] = []

    def outbox(self, portal: Portal) -> Outbox:
        return Outbox(portal, self.saved, self.late, self.refused, pauses=(0.01,))

    def saved(self, mark: Mark, _row: Row) -> None:
        self.events.append(("saved", mark.child))

    def late(self, mark: Mark) -> None:
        self.events.append(("late", mark.child))

    def refused(self, mark: Mark, refusal: Refused) -> None:
        self.events.append(("refused", mark.child))
        self.refusals.append(refusal)


def mark(child: int) -> Mark:
    return Mark(f"uuid-{child}", 1, "2026-11-24", child, "present")


def send(portal: Portal, *marks: Mark) -> Told:
    told = Told()

    async def run() -> None:
        outbox = told.outbox(portal)
        await [outbox.put(each) for each in marks][-1]

    asyncio.run(run())
    return told


def test_a_month_comes_in_kazakh_order_with_the_history_of_corrected_cells(school: School) -> None:
    clubs, today = school.portal.list_clubs()
    month = school.portal.read_month(clubs[0].id, today[:7])
    assert [child.name for child in month.children] == ["Әсел", "Ян"]
    assert [row.status for row in month.rows["2026-11-03", 5]] == ["absent", "present"]
    assert len(month.rows["2026-11-03", 4]) == 1


def test_a_failing_portal_gets_the_same_uuid_again_until_it_answers(school: School) -> None:
    school.failures = 3
    told = send(school.portal, mark(4))
    assert told.events == [("late", 4)] * 3 + [("saved", 4)]
    assert [post["uuid"] for post in school.posts] == ["uuid-4"] * 4
    assert list(school.stored) == ["uuid-4"]


def test_a_refusal_is_final_is_told_and_holds_up_nobody(school: School) -> None:
    told = send(school.portal, mark(99), mark(4))
    assert told.events == [("refused", 99), ("saved", 4)]
    assert str(told.refusals[0]) == "Child 99 is not in this club."


def test_marks_arrive_in_the_order_in_which_they_were_made(school: School) -> None:
    school.failures = 1
    send(school.portal, *(mark(child) for child in range(15)))
    assert [body["child"] for body in school.stored.values()] == list(range(15))


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
