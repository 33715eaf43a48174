"""``%ask`` in a pupil's own kernel against a real portal: asked, judged there, kept while it is away."""

from __future__ import annotations

import asyncio
import socket
import threading
from uuid import uuid4

import pytest
import uvicorn
from IPython.core.interactiveshell import InteractiveShell
from portal_school import PREFIX, School, write_prices_lesson

import sandyq_widgets
from sandyq.school.learning import answers_of
from sandyq.school.people import find_person
from sandyq_widgets import answers, labels


class Portal:
    """The school's portal on a port of its own, which may go away and come back."""

    def __init__(self, school):
        self.school = school
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def start(self):
        config = uvicorn.Config(self.school.app, port=self.port, log_level="critical")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive()
            self.thread.join(0.01)

    def stop(self):
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture
def portal(tmp_path, monkeypatch):
    school = School(tmp_path / "school")
    write_prices_lesson(school.settings)
    portal = Portal(school)
    portal.start()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SANDYQ_API_URL", f"http://127.0.0.1:{portal.port}{PREFIX}/api")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", school.login("pupil"))
    monkeypatch.setattr(answers, "_joined", {})
    monkeypatch.setattr(answers, "_keeper", None)
    yield portal
    portal.stop()
    labels.set_lesson("kk")


@pytest.fixture
def ask(portal):
    shell = InteractiveShell()
    sandyq_widgets.load_ipython_extension(shell)

    def ask(line="prices ru first"):
        return shell.run_cell(f"%ask {line}").result

    return ask


def press(question, response, name=None):
    question._receive(None, {"type": "check", "response": response, "id": name or str(uuid4())}, [])


async def settled(question):
    await question._keeper._tasks["first"]


def kept(portal):
    with portal.school.database.reading() as session:
        return answers_of(session, find_person(session, portal.school.login("pupil")).id, "prices")


def test_a_question_is_judged_by_the_portal_and_asked_again_as_it_was_left(portal, ask):
    async def work():
        question = ask()
        assert (question.kind, question.text.strip(), question.tries) == ("choice", "<p>Что?</p>", 0)
        assert question.labels["check"] == "Проверить"
        press(question, "1)")
        await settled(question)
        assert (question.outcome["verdict"], question.saving) == ("wrong", "saved")
        assert "bread" in question.outcome["feedback"] and question.outcome["left"] == 1
        states = []
        question.observe(lambda change: states.append(change.new), "saving")
        press(question, "")  # no answer yet: it costs nothing
        await settled(question)
        assert question.outcome["problem"] and states == ["saving", "saved"]
        again = ask()  # the cell is run again
        again.observe(lambda change: states.append(change.new), "saving")
        assert (again.response, again.outcome["verdict"], again.tries) == (question.response, "wrong", 1)
        press(again, "2)")
        await settled(again)
        assert again.outcome["verdict"] == "right"
        assert states[2:] == ["saving", "saved"], "the page hears of each answer"

    asyncio.run(work())
    assert kept(portal)["first"].score == 2


def test_nothing_in_the_pupils_kernel_is_the_key(ask):
    question = ask()
    assert set(vars(question.spec)) == {"id", "kind", "text", "points", "tries", "shown"}
    told = str([getattr(question, name) for name in question.keys])
    assert "SECRET" in told, "one of the answers to choose from"
    assert not {word for word in ("yes", "why", "bread") if f"'{word}'" in told}


def test_an_answer_waits_for_a_portal_that_is_away_and_is_one_try(portal, ask, monkeypatch):
    async def work():
        question = ask()
        question._keeper.first_pause = question._keeper.longest_pause = 0.05
        portal.stop()
        told = asyncio.Event()
        question.observe(lambda _: told.set(), "outcome")
        press(question, "2)")
        press(question, "2)")  # impatience, with a name of its own
        await told.wait()
        assert "Сервер" in question.outcome["problem"] and question.outcome["verdict"] == ""
        portal.start()
        await settled(question)
        assert (question.outcome["verdict"], question.outcome["problem"]) == ("right", "")

    asyncio.run(work())
    assert kept(portal)["first"].tries == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("prices ru none", "«none»"),
        ("passphrase ru strong", "администратору"),
        ("none ru x", "администратору"),
    ],
)
def test_a_question_that_is_not_there_says_so(ask, capsys, line, words):
    labels.set_lesson("ru")
    assert ask(line) is None
    told = capsys.readouterr().out
    assert words in told and "Error" not in told
