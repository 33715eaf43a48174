"""The portal's side of a pupil's assignments (docs/assignments.md), in memory; and a person's server that asks it.

The API stands here so that a test may cut it off; against the portal itself the same calls are made in tests/browser.
"""

import io
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import ComputeChecksums, LockCells

from rehearsal import answers, wait_for
from sandyq_hub.spawner import ARGUMENTS, JUPYTER

TOKEN = secrets.token_hex(16)
STUB = "def total(prices):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
SOLVED = "def total(prices):\n    return sum(prices)\n"
TEST = 'assert total([1, 2]) == 3, "total([1, 2]) 3 болуы керек."'
PARTLY = "round(2 * (total([]) == 0) + 1 * (total([5]) == 5), 1)"


def grade(name, *, points=0.0, solution=False, locked=False, kind="code"):
    marks = {"grade_id": name, "grade": points > 0, "solution": solution, "locked": locked, "task": False}
    return {"nbgrader": marks | {"points": points, "schema_version": 3, "cell_type": kind}}


def make_release():
    """A notebook as pupils get it: locked texts and tests, places to write, nbgrader's own checksums."""
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Бағалар", metadata=grade("intro", locked=True, kind="markdown")),
            new_markdown_cell("## Қосынды\nБағалардың қосындысын тап."),
            new_code_cell(STUB, metadata=grade("total", solution=True)),
            new_code_cell(TEST, metadata=grade("total-tests", points=2.0, locked=True)),
            new_code_cell(PARTLY, metadata=grade("total-more", points=3.0, locked=True)),
            new_markdown_cell("Жауабың:", metadata=grade("why", points=2.0, solution=True, kind="markdown")),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    for step in (LockCells(), ComputeChecksums()):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


def pack(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


@dataclass
class WorkPortal:
    """What the portal knows: releases, their files, what was handed in and told."""

    work: dict[int, dict] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)
    hand_ins: dict[int, list] = field(default_factory=dict)
    events: list[tuple] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    feedback: dict[int, dict] = field(default_factory=dict)
    refuse: dict[str, int] = field(default_factory=dict)
    """``METHOD last-word`` → status."""
    server: ThreadingHTTPServer | None = None

    def release(self, number, *, name="python-prices", course="c1", state="open", days=2, files=None):
        due = (datetime.now(UTC) + timedelta(days=days)).astimezone().replace(microsecond=0)
        title = "Бағалар мен қосынды"
        self.work[number] = {"release": number, "course": course, "name": name, "title": title} | {
            "due": due.isoformat(),
            "state": state,
        }
        text = nbformat.writes(make_release())
        self.files[number] = files or pack({"prices.ipynb": text, "prices.csv": "a,b\n1,2\n"})

    def start(self, port=0):
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_arguments):
                pass

            def do_GET(self):
                self.answer("GET")

            def do_POST(self):
                self.answer("POST")

            def answer(self, method):
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, kind, reply = portal.reply(method, self.path, self.headers, content)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/services/portal/api"

    def reply(self, method, path, headers, content):  # noqa: PLR0911 # one kind of request after the other
        """Return status, kind and body."""
        if headers.get("Authorization") != f"token {TOKEN}":
            return 401, "application/json", b"{}"
        if status := self.refuse.get(f"{method} {path.rpartition('/')[2]}"):
            return status, "application/json", b"{}"
        if method == "GET" and path.endswith("/api/work"):
            return 200, "application/json", json.dumps({"work": list(self.work.values())}).encode()
        found = re.search(r"/api/work/(\d+)/(files|events|submissions|feedback)$", path)
        if not found or int(found[1]) not in self.work:
            return 404, "application/json", b"{}"
        number, what = int(found[1]), found[2]
        state = self.work[number]["state"]
        if what == "files":
            locked = state in {"soon", "closed"}
            return (
                (403, "application/json", b"{}") if locked else (200, "application/zip", self.files[number])
            )
        if what == "events":
            event = json.loads(content)
            self.events.append((number, event["verb"], event["detail"]))
            return 204, "application/json", b""
        if what == "feedback":
            known = self.feedback.get(number)
            return (200 if known else 404), "application/json", json.dumps(known or {}).encode()
        made = self.hand_ins.setdefault(number, [])
        if method == "POST":
            if state == "closed":
                return 409, "application/json", b"{}"
            assert headers["Content-Type"] == "application/zip"
            self.received.append(content)
            at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
            made.append({"number": len(made) + 1, "code": f"K7-P{len(made)}M", "at": at})
            self.work[number]["state"] = "handed_in"
            return 201, "application/json", json.dumps(made[-1]).encode()
        return 200, "application/json", json.dumps(made).encode()


@dataclass
class PersonsServer:
    """A real Jupyter server with what people's servers have, for one person."""

    home: Path
    url: str
    token: str

    def client(self, language="kk"):
        headers = {"Authorization": f"token {self.token}"}
        cookies = {"sandyq-lang": language}
        return httpx.Client(base_url=self.url, headers=headers, cookies=cookies, timeout=120)


def make_environment(home, portal, language="kk", runtime=""):
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_PATH": str(JUPYTER),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, [JUPYTER, JUPYTER / "pupils"])),
        "JUPYTER_RUNTIME_DIR": runtime or str(home / ".r"),
        "SANDYQ_API_URL": portal.address,
        "SANDYQ_AUDIENCE": "pupils",
        "SANDYQ_PERSON_LANGUAGE": language,
        "JUPYTERHUB_API_TOKEN": TOKEN,
        "JUPYTERHUB_USER": "aisulu",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextmanager
def running_server(home, portal, language="kk"):
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    own = [f"--ServerApp.port={port}", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={home}"]
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", *ARGUMENTS, *own]
    runtime = tempfile.mkdtemp(prefix="r-")  # short: sockets' paths may have 107 letters
    environment = make_environment(home, portal, language, runtime)
    with (home / ".server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{url}/login") or process.poll() is not None, "the person's server")
        assert process.poll() is None, (home / ".server.log").read_text()
        yield PersonsServer(home, url, token)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except (
            subprocess.TimeoutExpired
        ):  # Jupyter does not end while a kernel is starting; the hub kills it then, too
            process.kill()
            process.wait()
        shutil.rmtree(runtime, ignore_errors=True)
