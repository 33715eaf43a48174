"""``python -m sandyq_grading`` and a portal's grading API over real HTTP; where root starts it, under its own uid."""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import psutil
import pytest
from tests.hub.grading_world import answer, make_source, release, scores
from tests.prefork.forks_world import KERNEL, PLAIN, Forks

from rehearsal import is_alive, wait_for
from sandyq.settings import Settings, read_secret
from sandyq_grading.work import count_workers
from sandyq_hub.isolation import COUNT, NAMES, PEOPLE, VISITORS, first_number, hand_over, number_of
from sandyq_hub.parts import HELD, Part

RIGHT = "def double(n):\n    return n + n"
LOOP = "while True:\n    pass"
OVER = 409


def pack(double=None, junk=b"", nested=None):
    """The zip of a job."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("assignment.json", "{}")
        zipped.writestr("source/work.ipynb", nbformat.writes(make_source()))
        if double:
            notebook = answer(release(make_source()), double=double)
            text = json.dumps(notebook | {"metadata": notebook.metadata | {"nested": nested}})
            zipped.writestr("submitted/work.ipynb", text)
        if junk:
            zipped.writestr("submitted/../junk", junk)
    return archive.getvalue()


class Portal(ThreadingHTTPServer):
    """The portal's side, as docs/assignments.md has it."""

    def __init__(self, secret):
        super().__init__(("127.0.0.1", 0), Answer)
        self.secret = secret
        self.files, self.results, self.progress = {}, {}, {}
        self.waiting, self.given, self.cancelled = deque(), [], set()
        self.broken = 0
        """How many requests are still answered with an error."""

    def add(self, archive):
        number = len(self.files) + 1
        self.files[number] = archive
        self.waiting.append(number)
        return number


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def answer(self, body):  # noqa: PLR0911 # an address each
        portal, (*_, what, _) = self.server, (*self.path.split("/"), "")
        if self.headers["Authorization"] != f"Bearer {portal.secret}":
            return self.say(401)
        if portal.broken:
            portal.broken -= 1
            return self.say(503)
        if what == "next":
            number = portal.waiting.popleft() if portal.waiting else None
            portal.given.append((number, json.loads(body)["worker"]))
            return (
                self.say_json({"job": number, "kind": "grade", "submission": number})
                if number
                else self.say(204)
            )
        number = int(self.path.split("/")[-2])
        if what == "files":
            return self.say(200, portal.files[number])
        if what == "progress":
            portal.progress.setdefault(number, []).append(json.loads(body))
            return self.say_json({"cancelled": number in portal.cancelled})
        if number in portal.results:
            return self.say(OVER)
        portal.results[number] = json.loads(body)
        return self.say(204)

    def say_json(self, value):
        self.say(200, json.dumps(value).encode())

    def say(self, code, body=b""):
        self.send_response(code)
        if code != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Grader:
    """A grader, its portal and its fork server."""

    def __init__(self, folder):
        base = first_number() if os.geteuid() == 0 else 0
        forks = folder / "forks"
        forks.mkdir()
        forks.chmod(0o711)
        numbers = {"uids": [base + PEOPLE, COUNT], "visitors": [base + VISITORS, COUNT],
                   "author": base + NAMES.index("authors")} if base else {}  # fmt: skip
        home = folder / "home"
        home.mkdir()
        settings = Settings(home, uid_base=base, fork_socket=str(forks / "server"))
        hand_over(settings)
        self.portal = Portal(read_secret(settings, "grading"))
        self.settings = Settings(
            home, uid_base=base, fork_socket=str(forks / "server"), portal_port=self.portal.server_port
        )
        self.uid = number_of(settings, "grader")
        plan = {"socket": str(forks / "server"), "callers": [os.getuid(), self.uid], "recipes": [],
                "templates": {"kernel": KERNEL, "plain": PLAIN}, "homes": [str(forks / "visitors")]}  # fmt: skip
        self.forks = Forks(forks, plan | numbers)
        self.part = Part("grader", [], {}, f"{HELD}{home / 'grader' / 'alive'}")

    def start(self):
        threading.Thread(target=self.portal.serve_forever, daemon=True).start()
        self.forks.start()
        who = {"user": self.uid, "group": self.uid, "extra_groups": []} if self.uid else {}
        log = (self.settings.home / "log.txt").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandyq_grading"], cwd=self.settings.home, stdout=log, stderr=log,
            env={"PATH": os.environ["PATH"], "HOME": str(self.settings.folder("grader"))}
            | self.settings.to_environment(), **who,
        )  # fmt: skip
        wait_for(self.part.answers, "the grader to live")

    def workers(self):
        return psutil.Process(self.process.pid).children()

    def log(self):
        return (self.settings.home / "log.txt").read_text()

    def result(self, number):
        return wait_for(lambda: self.portal.results.get(number), f"the result of job {number}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.portal.shutdown()
        self.portal.server_close()
        self.forks.stop()


@pytest.fixture
def grader():
    with tempfile.TemporaryDirectory(prefix="gw-") as name:
        Path(name).chmod(0o711)
        opened = Grader(Path(name))
        opened.start()
        yield opened
        opened.stop()


def test_hand_ins_are_graded_side_by_side_whatever_is_wrong_with_some(grader):
    portal = grader.portal
    portal.broken = 3
    jobs = [
        portal.add(archive)
        for archive in (pack(RIGHT), b"junk", pack(junk=b"x"), pack(), pack("import os\nos._exit(0)"))
    ]
    last = portal.add(pack(RIGHT))
    results = [grader.result(number) for number in (*jobs, last)]
    assert [result["status"] for result in results] == [
        "graded",
        "failed",
        "failed",
        "graded",
        "graded",
        "graded",
    ]
    assert scores(results[0])["double-tests"] == scores(results[5])["double-tests"] == 3.0
    assert results[3]["notebooks"][0]["missing"]
    assert scores(results[4])["double-tests"] == 0.0
    assert all(result["message"] for result in results[1:3])
    assert all(result["seconds"] >= 0 for result in results)
    wait_for(
        lambda: len({worker for _, worker in portal.given}) == len(grader.workers()), "all workers to ask"
    )
    if grader.uid:
        assert {uid for each in grader.workers() for uid in each.uids()} == {grader.uid}
        assert "isolated" not in grader.log()
    assert "stock way" not in grader.log()


DEEP = f"""{RIGHT}
thing = 1
for _ in range(600):
    thing = [thing]
from IPython.display import display
display({{"application/json": thing, "text/plain": "thing"}}, raw=True)
"""


def test_what_is_nested_too_deeply_to_be_told_costs_no_worker(grader):
    """An output like that is left out, and the rest counts; a notebook like that waits for its teacher."""
    workers = {each.pid for each in grader.workers()}
    nested = 1
    for _ in range(600):
        nested = [nested]
    archives = (pack(DEEP), pack(RIGHT, nested=nested), pack(RIGHT))
    results = [grader.result(grader.portal.add(each)) for each in archives]
    assert [result["status"] for result in results] == ["graded", "failed", "graded"]
    assert scores(results[0])["double-tests"] == 3.0
    assert results[1]["message"]
    assert {each.pid for each in grader.workers()} >= workers


def test_a_job_that_is_cancelled_ends_and_the_next_one_is_done(grader):
    portal = grader.portal
    job = portal.add(pack(LOOP))
    wait_for(lambda: portal.progress.get(job), "word of progress")
    portal.cancelled.add(job)
    wait_for(lambda: grader.forks.status()["children"] == 0, "its kernel to end")
    after = portal.add(pack(RIGHT))
    assert scores(grader.result(after))["double-tests"] == 3.0
    assert job not in portal.results


def test_a_worker_that_is_killed_takes_only_its_own_job_along(grader):
    portal = grader.portal
    job = portal.add(pack(LOOP))
    wait_for(lambda: portal.progress.get(job), "word of progress")
    name = next(worker for number, worker in portal.given if number == job)
    place = sorted(grader.workers(), key=lambda each: each.create_time())[int(name.rpartition("-")[2])]
    place.kill()
    wait_for(lambda: grader.forks.status()["children"] == 0, "its kernel to end with it")
    jobs = [portal.add(pack(RIGHT)) for _ in range(3)]
    assert [scores(grader.result(number))["double-tests"] for number in jobs] == [3.0] * 3
    wait_for(lambda: len(grader.workers()) == count_workers(), "its successor")


def test_when_the_grader_ends_nothing_of_it_is_left(grader):
    grader.portal.add(pack(LOOP))
    wait_for(lambda: grader.forks.status()["children"] == 1, "a kernel")
    workers = grader.workers()
    grader.process.kill()
    grader.process.wait()
    wait_for(lambda: not any(map(is_alive, workers)), "its workers to end")
    wait_for(lambda: grader.forks.status()["children"] == 0, "their kernels to end")
    assert not grader.part.answers()
