"""Answers reach a real HTTP server exactly once and in order, however often it fails."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandyq_widgets import answers
from sandyq_widgets.answers import Keeper
from sandyq_widgets.parsing import parse_question
from sandyq_widgets.portal import Answer, Portal
from sandyq_widgets.questions import Choice, Number

CHOICE = "Q\n- [ ] one | own\n- [x] two | because\nhint: look"


class School(ThreadingHTTPServer):
    """A portal in small: keeps an answer by its uuid; fails as often as told, before or after keeping."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.kept: dict[str, dict[str, Any]] = {}
        self.posts: list[str] = []
        self.fail_before: list[int] = []
        self.fail_after: list[int] = []
        self.answers: dict[str, Any] = {}
        self.tries = 0
        """What it says of all pages together; 0: what it has heard."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/"


class Handler(BaseHTTPRequestHandler):
    server: School

    def do_GET(self) -> None:
        if self.server.fail_before:
            return self.reply(self.server.fail_before.pop(0), {"detail": "away"})
        assert self.headers["Authorization"] == "Bearer token"
        return self.reply(200, {"answers": self.server.answers})

    def do_POST(self) -> None:
        answer = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/visits"):
            return self.reply(200, {"token": "token"})
        self.server.posts.append(answer["uuid"])
        if self.server.fail_before:
            return self.reply(self.server.fail_before.pop(0), {"detail": "away"})
        code = 200 if answer["uuid"] in self.server.kept else 201
        self.server.kept.setdefault(answer["uuid"], answer)
        if self.server.fail_after:
            return self.reply(self.server.fail_after.pop(0), {"detail": "the reply is lost"})
        tries = self.server.tries or sum(
            kept["question"] == answer["question"] for kept in self.server.kept.values()
        )
        return self.reply(code, {"receipt": len(self.server.kept), "tries": tries})

    def reply(self, code: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def school() -> Iterator[School]:
    with School() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def room(school: School, monkeypatch: pytest.MonkeyPatch) -> School:
    """This process as a room's kernel of one visitor."""
    monkeypatch.setenv("SANDYQ_API_URL", school.address)
    monkeypatch.setenv("SANDYQ_VISIT_TOKEN", "token")
    monkeypatch.setattr(answers, "_keeper", None)
    monkeypatch.setattr(answers, "_questions", {})
    monkeypatch.setattr(answers, "FIRST_PAUSE", 0.01)
    return school


def keep_all(school: School, *to_keep: Answer) -> list[list[str]]:
    """Keep answers as a kernel does; return what each was told."""

    async def run() -> list[list[str]]:
        keeper = Keeper(Portal(school.address, "token"), first_pause=0.01)
        told: list[list[str]] = [[] for _ in to_keep]
        tasks = [keeper.keep(answer, news.append, print) for answer, news in zip(to_keep, told, strict=True)]
        await asyncio.gather(*tasks)
        return told

    return asyncio.run(run())


def answer(number: int, question: str = "strong") -> Answer:
    return Answer(f"uuid-{number}", question, str(number), 1, 1)


def test_an_answer_is_sent_until_the_portal_has_it_and_kept_once(school: School) -> None:
    school.fail_before = [503, 429, 408]
    school.fail_after = [500]
    assert keep_all(school, answer(1)) == [["saving", *["retrying"] * 4, "saved"]]
    assert school.posts == ["uuid-1"] * 5
    assert list(school.kept) == ["uuid-1"]


def test_answers_to_one_question_arrive_in_order(school: School) -> None:
    school.fail_before = [503, 503]
    keep_all(school, *(answer(number) for number in range(5)))
    assert [kept["response"] for kept in school.kept.values()] == list("01234")


@pytest.mark.parametrize("code", [401, 403, 404, 422])
def test_a_refusal_is_final_and_is_said(school: School, code: int) -> None:
    school.fail_before = [code]
    assert keep_all(school, answer(1)) == [["saving", "refused"]]
    assert school.posts == ["uuid-1"]


def test_a_portal_that_comes_back_gets_the_answer() -> None:
    with School() as gone:
        port = gone.server_address[1]

    async def run() -> list[str]:
        keeper = Keeper(Portal(f"http://127.0.0.1:{port}/api", "token"), 0.01, 0.02)
        refused = asyncio.Event()
        task = keeper.keep(answer(1), lambda state: refused.set() if state == "retrying" else None, print)
        await refused.wait()
        with School(port) as back:
            threading.Thread(target=back.serve_forever, args=(0.01,)).start()
            await task
            back.shutdown()
            return list(back.kept)

    assert asyncio.run(run()) == ["uuid-1"]


def test_a_question_checks_keeps_and_says_so(room: School) -> None:
    async def run() -> None:
        question = Choice(parse_question("choice", "id=strong", CHOICE))
        question._receive(None, {"type": "check", "response": "2"}, [])
        assert question.outcome["verdict"] == "right"
        assert question.saving == "saving"
        assert answers._keeper is not None
        await answers._keeper._tasks["strong"]
        assert question.saving == "saved"

    asyncio.run(run())
    (kept,) = room.kept.values()
    assert (kept["question"], kept["response"], kept["score"], kept["max_score"]) == (
        "strong",
        "2) two",
        1,
        1,
    )


def test_a_second_answer_is_said_to_wait_while_the_first_still_does(room: School) -> None:
    """The page takes back what it said of the first; a trait that does not change tells it nothing."""
    room.fail_before[:] = [503, 503]
    said: list[str] = []

    async def run() -> None:
        question = Choice.read("id=strong", CHOICE)
        question.observe(lambda change: said.append(change["new"]), "saving")
        question.check("1")
        question.check("2")
        assert answers._keeper is not None
        await answers._keeper._tasks["strong"]

    asyncio.run(run())
    assert said[:3] == ["saving", "", "saving"]
    assert said[-1] == "saved"


def test_kept_answers_come_back_with_their_feedback(room: School) -> None:
    room.answers = {
        "strong": {"response": "1) бір", "score": 0, "max_score": 1, "tries": 1, "first_score": 0},
        "n": {"response": "10", "score": 1, "max_score": 1, "tries": 3, "first_score": 0},
        "gone": {"response": "x", "score": None, "max_score": None, "tries": 1, "first_score": None},
    }
    choice = Choice(parse_question("choice", "id=strong", CHOICE))
    number = Number(parse_question("number", "id=n answer=10", "Q"))
    answers.restore()
    assert choice.response.startswith("1)")
    assert "own" in choice.outcome["feedback"] and "look" in choice.outcome["feedback"]
    assert (number.response, number.outcome["verdict"], number.outcome["tries"]) == ("10", "right", 3)
    assert number.saving == "saved"


@pytest.mark.parametrize(("tries", "solution"), [(2, ""), (3, "two")])
def test_tries_in_another_tab_count_here_too(room: School, tries: int, solution: str) -> None:
    async def run() -> None:
        question = Choice(parse_question("choice", "id=strong tries=3", CHOICE))
        room.tries = tries
        question._receive(None, {"type": "check", "response": "1"}, [])
        assert answers._keeper is not None
        await answers._keeper._tasks["strong"]
        assert (question.tries, question.outcome["left"]) == (tries, 3 - tries)
        assert solution in question.outcome["solution"] and question.is_closed == bool(solution)

    asyncio.run(run())


def test_kept_answers_come_when_the_portal_is_back(room: School) -> None:
    room.fail_before = [503, 503]
    room.answers = {
        "strong": {"response": "2) two", "score": 1, "max_score": 1, "tries": 1, "first_score": 1}
    }

    async def run() -> None:
        choice = Choice(parse_question("choice", "id=strong", CHOICE))
        restored = asyncio.Event()
        choice.observe(lambda _: restored.set(), "outcome")
        answers.restore()
        await asyncio.wait_for(restored.wait(), 20)
        assert choice.outcome["verdict"] == "right"

    asyncio.run(run())


def test_the_right_answer_never_travels_before_it_is_due() -> None:
    secret = "Q\n- [ ] one | wrongfeedback\n- [x] two | rightfeedback\nhint: secrethint\nreason: secretreason"
    state = json.dumps(Choice(parse_question("choice", "id=strong", secret)).get_state(), default=str)
    for word in ("wrongfeedback", "rightfeedback", "secrethint", "secretreason"):
        assert word not in state


def test_without_a_portal_a_question_works_as_a_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANDYQ_API_URL", raising=False)
    monkeypatch.setattr(answers, "_keeper", None)
    question = Number(parse_question("number", "id=n answer=10", "Q"))
    question.check("ten")
    assert question.outcome["problem"] and question.tries == 0
    question.check("9")
    assert (question.outcome["verdict"], question.saving, repr(question)) == ("wrong", "preview", "Number(n)")
