"""A teacher, a class and an assignment of two questions: what suites about assignments share."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode
from urllib.parse import quote

from portal_school import PREFIX, form_token
from starlette.testclient import TestClient

from sandyq.school.tables import Release
from sandyq.settings import read_secret

WORK, GRADING = f"{PREFIX}/api/work", f"{PREFIX}/api/grading"
TESTS = {"id": "total-tests", "kind": "tests", "points": 3.0, "text": "Count the sum."}
ANSWER = {
    "id": "why",
    "kind": "answer",
    "points": 2.0,
    "text": "Why?",
    "rubric": [{"points": 1, "text": "A reason"}],
}


def cell(name, source, kind="code", **nbgrader):
    made = {"cell_type": kind, "metadata": {"nbgrader": {"grade_id": name, **nbgrader}}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(total="total = 0", why="..."):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Prices"},
        cell("total", total, solution=True),
        cell("total-tests", "assert total == 6", grade=True, locked=True),
        cell("why", why, "markdown", solution=True, grade=True),
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write_packet(settings, version="1"):
    folder = settings.packets / "informatics-7" / "prices" / "kk"
    about = {
        "course": "informatics-7",
        "name": "prices",
        "language": "kk",
        "title": "Бағалар",
        "summary": "Дүкендегі бағалар",
        "subject": "informatics",
        "kind": "fa",
        "grades": [7],
        "minutes": 20,
        "points": 5.0,
        "version": version,
        "notebooks": [{"name": "prices", "points": 5.0, "cells": [TESTS, ANSWER]}],
        "files": ["prices.csv"],
    }
    parts = {"source": notebook("total = 1 + 2 + 3", "Because."), "release": notebook()}
    for part, made in parts.items():
        (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / part / "prices.ipynb").write_text(json.dumps(made))
        (folder / part / "prices.csv").write_text("bread,120\n")
    (folder / "assignment.json").write_text(json.dumps(about))


def pack(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def give(teacher, group, /, **more):
    page = teacher.get(f"{PREFIX}/assignments/new?packet={quote('informatics-7/prices/kk')}")
    assert page.status_code == 200
    data = {"token": form_token(page.text), "packet": "informatics-7/prices/kk", "class_id": group.id}
    return teacher.post(f"{PREFIX}/assignments", data=data | {"subject": "Информатика"} | more)


def hand_in(school, login, release, **files):
    content = files or {
        "prices.ipynb": json.dumps(notebook("total = 6", "<script>alert(1)</script> Because"))
    }
    return school.notebook(login).post(f"{WORK}/{release}/submissions", content=pack(content))


def grader(school):
    secret = read_secret(school.settings, "grading")
    return TestClient(school.app, headers={"Authorization": f"Bearer {secret}"})


def grade(school, score=3.0, *, has_points=True, failure=None):
    """Do the grader's part once; return the job."""
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "test"}).json()
    with zipfile.ZipFile(io.BytesIO(client.get(f"{GRADING}/jobs/{job['job']}/files").content)) as archive:
        executed = json.loads(archive.read("submitted/prices.ipynb"))
        assert json.loads(archive.read("source/prices.ipynb"))["cells"][1]["source"] == "total = 1 + 2 + 3"
    executed["cells"][1]["outputs"] = [
        {"output_type": "display_data", "data": {"text/html": "<b onclick='x()'>6</b><script>bad()</script>"}}
    ]
    cells = [
        {"id": "total-tests", "score": score, "points": 3.0, "failure": failure},
        {"id": "why", "score": None, "points": 2.0},
    ]
    result = {
        "status": "graded",
        "notebooks": [{"name": "prices", "ipynb": executed, "cells": cells if has_points else []}],
        "flags": [
            {
                "notebook": "prices",
                "cell": "total-tests",
                "code": "reaches-into-runner",
                "detail": "get_ipython",
            },
            {
                "notebook": "prices",
                "cell": "total",
                "code": "made-as-it-runs",
                "detail": "The code finds names or makes code as it runs: exec.",
            },
        ],
    }
    sent = client.post(f"{GRADING}/jobs/{job['job']}/result", json=result)
    assert sent.status_code == 204, sent.text
    return job


def fail(school):
    """Say as the grader that a hand-in could not be graded."""
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "test"}).json()["job"]
    sent = client.post(f"{GRADING}/jobs/{job}/result", json={"status": "failed", "message": "no kernel"})
    assert sent.status_code == 204, sent.text


def post(teacher, release, deed, **more):
    token = form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)
    return teacher.post(f"{PREFIX}/assignments/{release}/{deed}", data={"token": token, **more})


def keep_mark(teacher, release, pupil, points, *, comment="", seen=0, cell="why", **more):
    page = teacher.get(f"{PREFIX}/assignments/{release}/marks")
    data = {
        "token": form_token(page.text),
        "pupil": pupil,
        "cell": f"prices/{cell}",
        "seen": seen,
        "points": points,
    }
    return teacher.post(f"{PREFIX}/assignments/{release}/marks", data=data | {"comment": comment} | more)


def set_due(school, release, mode, due):
    with school.database.session() as session:
        found = session.get_one(Release, release)
        found.mode, found.due_at = mode, due


def divide(teacher, group, name, pupils, *, number=None, before=()):
    """Make a group, or change group ``number``."""
    place = f"{PREFIX}/classes/{group.id}/groups"
    data = {"token": form_token(teacher.get(place).text), "name": name, "pupil": pupils, "before": before}
    return teacher.post(f"{place}/{number}" if number else place, data=data)


def has(school, person, release):
    return school.notebook(person.login).get(f"{WORK}/{release}/files").status_code == 200


def send_own(school, teacher, title, files):
    page = teacher.get(f"{PREFIX}/assignments/new")
    data = {"token": form_token(page.text), "title": title, "kind": "sor", "minutes": "30"}
    sent = [("files", (name, content)) for name, content in files.items()]
    return teacher.post(f"{PREFIX}/assignments/own", data=data, files=sent)


def send_own_and_try(school, teacher, source, version):
    """Send a teacher's own notebook and be the grader who found it good; return the packet's key."""
    made = json.dumps(notebook(source))
    assert send_own(school, teacher, "Менің жұмысым", {"prices.ipynb": made}).status_code == 303
    job = grader(school).post(f"{GRADING}/next", json={"worker": "w"}).json()
    about = json.loads((school.settings.packets / "informatics-7/prices/kk/assignment.json").read_text())
    about |= {"course": "own", "name": job["wish"]["name"], "version": version, "files": []}
    files = {"assignment.json": json.dumps(about), "source/prices.ipynb": made, "release/prices.ipynb": made}
    sent = {name: b64encode(text.encode()).decode() for name, text in files.items()}
    result = {"status": "ready", "faults": [], "files": sent}
    kept = grader(school).post(f"{GRADING}/own/{job['job']}/result", json=result)
    assert kept.status_code == 204, kept.text
    return f"own/{job['wish']['name']}/{job['wish']['language']}"


def returned(school, teacher, group, release, points):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school, score=points)
    keep_mark(teacher, release, pupil.id, "2")
    data = {"token": form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)}
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    return pupil
