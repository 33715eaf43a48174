"""An assignment from its teacher to the class, back, marked and returned; and whatever should not get through."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from base64 import b64encode
from datetime import date, datetime, time, timedelta
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from portal_school import PREFIX, School, form_token
from sqlalchemy import select
from starlette.testclient import TestClient

from sandyq.school import assignments
from sandyq.school.database import now
from sandyq.school.law.notes import list_looks
from sandyq.school.people import classes_of_teacher, find_person
from sandyq.school.tables import (
    AcademicYear,
    Assignment,
    CellMark,
    ClassGroup,
    Course,
    CourseTeacher,
    Extension,
    GradingJob,
    Membership,
    OwnPacket,
    Person,
    PupilGroup,
    Release,
    Submission,
    WorkEvent,
)
from sandyq.settings import read_secret
from sandyq_portal import coursework
from sandyq_portal.feedback import show_output, show_source
from sandyq_portal.handing_in import MOST_BYTES, MOST_FILES
from sandyq_portal.pages import ZONE
from sandyq_portal.returned import clean_model, tell_failure

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


@pytest.fixture
def school(tmp_path):
    school = School(tmp_path)
    write_packet(school.settings)
    return school


@pytest.fixture
def teacher(school):
    return school.sign_in(school.login("teacher"))


@pytest.fixture
def group(school):
    return school.class_of(school.login("teacher"))


def give(teacher, group, /, **more):
    page = teacher.get(f"{PREFIX}/assignments/new?packet={quote('informatics-7/prices/kk')}")
    assert page.status_code == 200
    data = {"token": form_token(page.text), "packet": "informatics-7/prices/kk", "class_id": group.id}
    return teacher.post(f"{PREFIX}/assignments", data=data | {"subject": "Информатика"} | more)


@pytest.fixture
def release(teacher, group):
    gone = give(teacher, group)
    assert gone.status_code == 303, gone.text
    return int(gone.headers["location"].rpartition("/")[2])


def hand_in(school, login, release, **files):
    content = files or {
        "prices.ipynb": json.dumps(notebook("total = 6", "<script>alert(1)</script> Because"))
    }
    return school.notebook(login).post(f"{WORK}/{release}/submissions", content=pack(content))


def grader(school):
    secret = read_secret(school.settings, "grading")
    return TestClient(school.app, headers={"Authorization": f"Bearer {secret}"})


def grade(school, score=3.0, *, has_points=True):
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
        {"id": "total-tests", "score": score, "points": 3.0},
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


def test_who_looks_how_far_each_is_with_a_work_is_written_down_once_a_day(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    for place in ("", "/live"):
        assert teacher.get(f"{PREFIX}/assignments/{release}{place}").status_code == 200
    with school.database.reading() as session:
        assert [look.what for look in list_looks(session, session.get_one(Person, pupil.id))] == ["work"]


def test_an_assignment_goes_to_the_class_and_comes_back_marked(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    browser, server = school.sign_in(pupil.login), school.notebook(pupil.login)
    assert "Бағалар" in browser.get(f"{PREFIX}/work").text
    assert f"/hub/user-redirect/sandyq/assignment/{release}" in browser.get(f"{PREFIX}/work/{release}").text
    with zipfile.ZipFile(io.BytesIO(server.get(f"{WORK}/{release}/files").content)) as archive:
        assert sorted(archive.namelist()) == ["prices.csv", "prices.ipynb"]
        assert "1 + 2 + 3" not in archive.read("prices.ipynb").decode()
    assert server.post(f"{WORK}/{release}/events", json={"verb": "opened"}).status_code == 204
    receipt = hand_in(school, pupil.login, release)
    assert receipt.status_code == 201
    assert re.fullmatch(r"[2-9A-Z]{6}", receipt.json()["code"])
    assert receipt.json()["code"] in browser.get(f"{PREFIX}/work/{release}").text
    grade(school)
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "3 / 5" in page
    marking = teacher.get(f"{PREFIX}/assignments/{release}/marks").text
    assert "&lt;script&gt;alert(1)" in marking
    whole = teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
    assert "<b>6</b>" in whole
    assert "onclick" not in whole
    assert "get_ipython" in whole
    assert whole.count("<code>exec</code>") == 1, "on the card of the code it stands in, in nobody's English"
    assert "finds names" not in whole
    assert keep_mark(teacher, release, pupil.id, "1,5", comment="Жақсы!").status_code == 303
    assert browser.get(f"{PREFIX}/work/{release}").text.count("Жақсы!") == 0, "not before it is returned"
    data = {"token": form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)}
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    seen = browser.get(f"{PREFIX}/work/{release}").text
    assert "4,5 / 5" in seen
    assert "Жақсы!" in seen
    assert "Because." in seen, "the model answer"
    assert "assert total" not in seen, "tests hold keys"
    feedback = server.get(f"{WORK}/{release}/feedback").json()
    assert feedback["score"] == 4.5
    assert "assert total" not in feedback["notebooks"][0]["html"]
    assert hand_in(school, pupil.login, release).status_code == 409, "it is marked"


def test_a_work_without_points_is_looked_at_and_returned_and_nobody_reads_of_none_of_none(school, group):
    path = school.settings.packets / "informatics-7/prices/kk/assignment.json"
    about = json.loads(path.read_text())
    about["points"] = about["notebooks"][0]["points"] = 0.0
    about["notebooks"][0]["cells"] = []
    path.write_text(json.dumps(about))
    teacher, pupil = school.sign_in(school.login("teacher")), school.pupils(group)[0]
    release = int(give(teacher, group).headers["location"].rpartition("/")[2])
    assert hand_in(school, pupil.login, release).status_code == 201
    grade(school, has_points=False)
    page = f"{PREFIX}/assignments/{release}"
    assert teacher.get(f"{page}/marks").status_code == 200
    assert "total = 6" in teacher.get(f"{page}/marks?pupil={pupil.id}").text, "what was handed in"
    assert post(teacher, release, "return").status_code == 303
    browser = school.sign_in(pupil.login)
    read = [teacher.get(page), teacher.get(f"{page}/reports"), browser.get(f"{PREFIX}/work/{release}")]
    for shown in [*read, browser.get(f"{PREFIX}/work")]:
        assert not re.search(r"\b0 / 0\b", shown.text), shown.url
    assert pupil.full_name in read[1].text
    assert "0%" not in read[1].text


def test_a_returned_work_shows_its_pupil_nothing_that_ran_beside_hidden_tests(
    school, teacher, group, release
):
    """Whatever the grader's kernel put out may hold them, for the pupil's code shared it with them."""
    pupil = school.pupils(group)[0]
    mine = notebook("total = 6; print(In)")
    mine["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "seen at home"}]
    mine["cells"][2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "an old error"}]
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(mine)})
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "test"}).json()["job"]
    executed = notebook("total = 6; print(In)")
    for at in (1, 2):
        leak = {"output_type": "stream", "name": "stdout", "text": "HIDDEN total == 6"}
        executed["cells"][at]["outputs"] = [leak]
    failures = [("AssertionError", "HIDDEN"), ("HIDDEN", ""), ("ValueError", "HIDDEN")]
    for kind, text in failures:
        cells = [
            {"id": "total-tests", "score": 0, "points": 3.0, "failure": {"kind": kind, "text": text}},
            {"id": "why", "score": 0, "points": 2.0},
        ]
        result = {"status": "graded", "notebooks": [{"name": "prices", "ipynb": executed, "cells": cells}]}
        assert client.post(f"{GRADING}/jobs/{job}/result", json=result).status_code == 204
        assert "HIDDEN" in teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
        token = form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)
        teacher.post(f"{PREFIX}/assignments/{release}/return", data={"token": token})
        seen = school.sign_in(pupil.login).get(f"{PREFIX}/work/{release}").text
        fetched = (
            school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["notebooks"][0]["html"]
        )
        assert "HIDDEN" not in seen + fetched
        assert "seen at home" in seen and "seen at home" in fetched
        assert "an old error" not in seen, "what the check had said at home is not what it says now"
        data = {"token": token, "pupil": pupil.id}
        teacher.post(f"{PREFIX}/assignments/{release}/take-back", data=data)
        teacher.post(f"{PREFIX}/assignments/{release}/regrade", data={"token": token})
        job = client.post(f"{GRADING}/next", json={"worker": "test"}).json()["job"]
    assert "ValueError" in seen


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The sum is 6", "The sum is 6"),
        ("Now it is 7", "Now it is 7"),
        ("Now it is " + "assert total([1, 2, 3]) == 6 and total([]) == 0", ""),
        ("assert total == 6", ""),
    ],
)
def test_a_test_says_why_in_its_own_words_only(text, told):
    test = "assert total, 'The sum is 6'\nassert ok, f'Now it is {total}'"
    assert tell_failure({"kind": "AssertionError", "text": text}, test) == ("AssertionError", told)


def test_a_model_answer_has_no_lines_for_nbgrader():
    scheme = "=== BEGIN MARK SCHEME ===\n- 1: a reason\n=== END MARK SCHEME ==="
    text = f"### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n\n{scheme}"
    assert clean_model({"source": text}) == "Because."


@pytest.mark.parametrize("media", ["image/png", "image/jpeg", "image/gif", "image/webp"])
def test_pictures_are_shown_as_such_whatever_their_format(media):
    data = {media: b64encode(b"picture").decode() + "\n", "text/plain": "<Image object>"}
    shown = show_output({"output_type": "display_data", "data": data})
    assert f"src='data:{media};base64,{b64encode(b'picture').decode()}'" in shown
    junk = show_output({"output_type": "display_data", "data": data | {media: "'><script>"}})
    assert "<script>" not in junk and "src='data" not in junk


def test_what_was_added_below_a_task_is_shown_with_it(school, teacher, group):
    """The last of a notebook's cells, too, and up to the next question only."""
    about = school.settings.packets / "informatics-7" / "prices" / "kk" / "assignment.json"
    told = json.loads(about.read_text())
    tasks = [{"id": name, "kind": "task", "points": 2.0, "text": name} for name in ("draw", "count")]
    tasks[0]["rubric"] = [{"points": 2.0, "text": "axes have names"}]
    told["notebooks"][0]["cells"] += tasks
    about.write_text(json.dumps(told))
    release = int(give(teacher, group).headers["location"].rpartition("/")[2])
    made = notebook()
    scheme = "=== BEGIN MARK SCHEME ===\n- 2: axes have names\n=== END MARK SCHEME ==="
    for name in ("draw", "count"):
        made["cells"] += [
            cell(name, f"Task {name}\n\n{scheme}", "markdown", task=True, locked=True),
            {"cell_type": "markdown", "metadata": {}, "source": f"I did {name}"},
        ]
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(made)})
    pages = {
        name: teacher.get(f"{PREFIX}/assignments/{release}/marks?cell=prices/{name}").text
        for name in ("why", "draw", "count")
    }
    assert {name: "I did count" in page for name, page in pages.items()} == {
        "why": False,
        "draw": False,
        "count": True,
    }
    assert "Task draw" in pages["draw"] and "I did draw" in pages["draw"] and "I did draw" not in pages["why"]
    assert [page.count("axes have names") for page in pages.values()] == [0, 1, 1], "a rubric tells it once"
    assert not any("MARK SCHEME" in page for page in pages.values())


def test_a_picture_pasted_into_an_answer_stands_where_it_was_put():
    png = b64encode(b"picture").decode()
    pasted = {"my sheet.png": {"image/png": png}, "page.html": {"text/html": "<script>"}}
    text = "Before ![my **sheet**](attachment:my%20sheet.png) after ![x](attachment:page.html) ![y](https://a.b/c.png)"
    shown = show_source({"cell_type": "markdown", "source": text, "attachments": pasted})
    picture = f"<img class='output' alt='my **sheet**' src='data:image/png;base64,{png}'>"
    assert shown.count("<img") == 1 and f"Before {picture} after" in shown
    strange = [[1], {"my sheet.png": 7}, {"my sheet.png": {"image/png": "\ue0000\ue001"}}, None]
    for attachments in strange:
        assert "<img" not in show_source(
            {"cell_type": "markdown", "source": f"\ue0000\ue001{text}", "attachments": attachments}
        )


def test_one_pupils_work_is_returned_before_the_others(school, teacher, group, release):
    """By the button in that pupil's row."""
    first, second = school.pupils(group)[:2]
    for pupil in (first, second):
        hand_in(school, pupil.login, release)
        grade(school)
        keep_mark(teacher, release, pupil.id, "2")
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    row = next(row for row in page.split("<tr>") if first.full_name in row)
    form = re.search(r'<form[^>]*action="([^"]*/return)">(.*?)</form>', row, re.DOTALL)
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    assert teacher.post(form[1], data=data).status_code == 303
    feedback = f"{WORK}/{release}/feedback"
    codes = [school.notebook(pupil.login).get(feedback).status_code for pupil in (first, second)]
    assert codes == [200, 404]


def test_two_teachers_at_one_answer_do_not_overwrite_each_other(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    assert keep_mark(teacher, release, pupil.id, "1", comment="Жақсы!").status_code == 303
    second = keep_mark(teacher, release, pupil.id, "2")
    assert second.status_code == 200, "a page that says why"
    kept = second.text.partition('class="notice">')[2].partition("</p>")[0]
    assert "<strong>1</strong> Жақсы!" in kept, "nobody replaces what they never saw"
    with school.database.reading() as session:
        assert [mark.given for mark in session.query(CellMark) if mark.cell == "why"] == [1.0]
    assert keep_mark(teacher, release, pupil.id, "2", seen=1).status_code == 303
    assert keep_mark(teacher, release, pupil.id, "3", seen=2).status_code == 200, "of two points at most"


def test_grading_again_keeps_what_the_teacher_gave(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2", comment="good")
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 7"))})
    grade(school, score=0.0)
    with school.database.reading() as session:
        marks = {mark.cell: mark for mark in session.query(CellMark)}
        assert (marks["why"].given, marks["why"].comment) == (2.0, "good")
        assert marks["total-tests"].proposed == 0.0


def test_a_changed_packet_has_all_graded_again(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    first = grade(school)
    write_packet(school.settings, version="2")
    give(teacher, group)
    again = grader(school).post(f"{GRADING}/next", json={"worker": "w"}).json()
    assert (again["submission"], again["packet"][-2:]) == (first["submission"], "v2")


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"../prices.ipynb": "{}"}, "../prices.ipynb"),
        ({"/etc/prices.ipynb": "{}"}, "/etc"),
        ({"a\\b.ipynb": "{}"}, "a"),
        ({"x" * 120 + ".ipynb": "{}"}, "xxx"),
        ({"😀" * 60 + ".ipynb": "{}"}, "😀"),
        ({"prices.ipynb": "{}", "prices.ipynb/x": ""}, "prices.ipynb"),
        ({"prices.txt": "no notebook"}, "дәптер"),
        ({f"{n}.ipynb": "{}" for n in range(MOST_FILES + 1)}, str(MOST_FILES + 1)),
        ({"prices.ipynb": "0" * (MOST_BYTES + 1)}, "5"),
    ],
)
def test_what_no_folder_of_a_pupil_would_hold_is_refused(school, group, release, files, word):
    pupil = school.pupils(group)[0]
    refused = school.notebook(pupil.login).post(f"{WORK}/{release}/submissions", content=pack(files))
    assert refused.status_code == 422
    assert word in refused.json()["detail"]
    with school.database.reading() as session:
        assert session.query(Submission).count() == 0


def test_a_link_a_bomb_and_junk_are_refused(school, group, release):
    server = school.notebook(school.pupils(group)[0].login)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("prices.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("prices.ipynb", b"0" * (200 * 2**20))
    for data in (made.getvalue(), bomb.getvalue(), b"junk", b""):
        assert server.post(f"{WORK}/{release}/submissions", content=data).status_code == 422
    assert server.post(f"{WORK}/{release}/submissions", content=b"0" * (7 * 2**20)).status_code == 413


def test_nobody_works_hands_in_or_reads_for_another(school, teacher, group, release):
    with school.database.reading() as session:
        outsider = next(
            account.login
            for account in school.accounts
            if account.role == "pupil" and school.class_of(account.login).id != group.id
        )
        assert find_person(session, outsider)
    server = school.notebook(outsider)
    assert server.get(f"{WORK}/{release}/files").status_code == 404
    assert hand_in(school, outsider, release).status_code == 404
    assert school.sign_in(outsider).get(f"{PREFIX}/work/{release}").status_code == 404
    assert school.notebook(school.login("teacher")).get(WORK).json() == {"work": []}
    assert school.notebook(school.login("leader")).get(WORK).status_code == 403
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    for page in ("", "/marks", "/live", "/extend?pupil=1"):
        assert school.sign_in(other).get(f"{PREFIX}/assignments/{release}{page}").status_code == 404
    for pupil in school.pupils(group)[:1]:
        assert school.sign_in(pupil.login).get(f"{PREFIX}/assignments/{release}").status_code == 403
    assert TestClient(school.app).post(f"{GRADING}/next", json={"worker": "w"}).status_code == 401


def test_only_the_grader_is_let_into_the_queue(school, group, release):
    pupil = school.pupils(group)[0]
    assert school.notebook(pupil.login).post(f"{GRADING}/next", json={"worker": "w"}).status_code == 401
    hand_in(school, pupil.login, release)
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "w"}).json()["job"]
    assert client.post(f"{GRADING}/next", json={"worker": "v"}).status_code == 204
    for cells in ([{"id": "none", "score": 1, "points": 1}], [{"id": "why", "score": 9, "points": 2}]):
        result = {"status": "graded", "notebooks": [{"name": "prices", "cells": cells}]}
        assert client.post(f"{GRADING}/jobs/{job}/result", json=result).status_code == 422
    hand_in(school, pupil.login, release)  # a newer one takes its place
    progress = client.post(f"{GRADING}/jobs/{job}/progress", json={"done": 1, "of": 2})
    assert progress.json() == {"cancelled": True}
    assert client.post(f"{GRADING}/jobs/{job}/result", json={"status": "graded"}).status_code == 409


def test_a_job_whose_worker_went_silent_is_begun_again_three_times_at_most(school, teacher, group, release):
    hand_in(school, school.pupils(group)[0].login, release)
    grade(school)
    post(teacher, release, "regrade")
    client = grader(school)
    for _ in range(3):
        assert client.post(f"{GRADING}/next", json={"worker": "w"}).status_code == 200
        with school.database.session() as session:
            session.query(GradingJob).filter_by(state="running").one().leased_until = now() - timedelta(
                seconds=1
            )
    assert client.post(f"{GRADING}/next", json={"worker": "w"}).status_code == 204
    with school.database.reading() as session:
        assert [job.state for job in session.query(GradingJob)] == ["done", "failed"]
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "тексерілмеді" in page and "бірнеше рет үзілді" in page, "the teacher reads why"
    assert 'id="again-' in page, "and may have it tried again"


def test_a_teachers_own_notebooks_over_which_graders_end_are_refused_with_a_reason(school, teacher):
    data = {"token": form_token(teacher.get(f"{PREFIX}/assignments/new").text), "title": "Сынақ"}
    files = [("files", ("a.ipynb", json.dumps(notebook("total = 1 + 2 + 3"))))]
    teacher.post(f"{PREFIX}/assignments/own", data=data, files=files)
    client = grader(school)
    for _ in range(3):
        assert client.post(f"{GRADING}/next", json={"worker": "w"}).json()["kind"] == "prepare"
        with school.database.session() as session:
            session.query(OwnPacket).one().leased_until = now() - timedelta(seconds=1)
    assert client.post(f"{GRADING}/next", json={"worker": "w"}).status_code == 204
    assert "бірнеше рет үзілді" in teacher.get(f"{PREFIX}/assignments/new").text


def set_due(school, release, mode, due):
    with school.database.session() as session:
        found = session.get_one(Release, release)
        found.mode, found.due_at = mode, due


@pytest.mark.parametrize("outside", [("free", 200, 201), ("read_only", 200, 409), ("locked", 403, 409)])
def test_after_the_due_date_the_mode_decides_and_more_time_opens_again(
    school, teacher, group, release, outside
):
    mode, opens, accepts = outside
    set_due(school, release, mode, now() - timedelta(hours=1))
    pupil = school.pupils(group)[0]
    server = school.notebook(pupil.login)
    assert server.get(f"{WORK}/{release}/files").status_code == opens
    assert hand_in(school, pupil.login, release).status_code == accepts
    offered = teacher.get(f"{PREFIX}/assignments/{release}/extend?pupil={pupil.id}")
    moment = re.search(r'name="due" value="([^"]+)"', offered.text)[1]
    data = {"token": form_token(offered.text), "pupil": pupil.id, "due": moment}
    assert teacher.post(f"{PREFIX}/assignments/{release}/extend", data=data).status_code == 303
    assert hand_in(school, pupil.login, release).status_code == 201
    other = school.pupils(group)[1]
    assert hand_in(school, other.login, release).status_code == accepts, "for this one it is over"


@pytest.mark.parametrize("mode", ["free", "read_only", "locked"])
def test_too_early_and_too_late_are_told_apart(school, group, release, mode):
    """By the status: a pupil's bar has its own words for each."""
    pupil = school.pupils(group)[0]
    with school.database.session() as session:
        session.get_one(Release, release).opens_at = now() + timedelta(hours=1)
        session.get_one(Release, release).mode = mode
    assert hand_in(school, pupil.login, release).status_code == 403
    with school.database.session() as session:
        found = session.get_one(Release, release)
        found.opens_at, found.due_at = None, now() - timedelta(hours=1)
    assert hand_in(school, pupil.login, release).status_code == (201 if mode == "free" else 409)


def test_more_time_is_given_only_where_there_is_a_due_date(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    place = f"{PREFIX}/assignments/{release}"
    page = teacher.get(place).text
    assert "/extend" not in page
    refused = teacher.get(f"{place}/extend?pupil={pupil.id}")
    assert refused.status_code == 422 and "Тапсырмада мерзім жоқ" in refused.text
    data = {"token": form_token(page), "pupil": pupil.id, "due": "2099-01-01T10:00"}
    assert teacher.post(f"{place}/extend", data=data).status_code == 422
    with school.database.reading() as session:
        assert session.query(Extension).all() == []
    set_due(school, release, "free", now() + timedelta(hours=1))
    assert f"/extend?pupil={pupil.id}" in teacher.get(place).text


def test_a_window_that_is_over_or_the_wrong_way_round_is_said_at_the_form(school, teacher, group):
    past = (now().astimezone(ZONE) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    later, sooner = (
        (now().astimezone(ZONE) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M") for days in (2, 1)
    )
    odd = ({"due": "tomorrow"}, {"due": "9999-01-01T00:00"}, {"opens": "0001-01-01T00:00"})
    for wrong in ({"due": past}, {"opens": later, "due": sooner}, {"mode": "never"}, {"subject": " "}, *odd):
        assert give(teacher, group, **wrong).status_code == 422
    with school.database.reading() as session:
        assert session.query(Release).count() == 0


def test_what_was_typed_is_still_there_when_it_is_refused(school, teacher, group):
    pupil = school.pupils(group)[1]
    page = give(teacher, group, due="2020-01-01T10:00", mode="locked", subject="Физика", pupil=pupil.id).text
    assert 'value="2020-01-01T10:00"' in page and 'value="Физика"' in page
    assert 'value="locked" checked' in page and f'value="{pupil.id}" checked' in page


def test_a_class_gets_another_language_only_when_its_teacher_says_so(school, teacher, group):
    with school.database.session() as session:
        session.get_one(ClassGroup, group.id).language = "ru"
    told = give(teacher, group)
    assert told.status_code == 422
    assert "Русский" in told.text and "Қазақша" in told.text and 'name="anyway"' in told.text
    russian = school.settings.packets / "informatics-7" / "prices" / "ru"
    shutil.copytree(russian.with_name("kk"), russian)
    about = json.loads((russian / "assignment.json").read_text())
    (russian / "assignment.json").write_text(json.dumps(about | {"language": "ru", "title": "Цены"}))
    assert quote("informatics-7/prices/ru") in give(teacher, group).text, "the way to the one that fits"
    assert give(teacher, group, anyway="1").status_code == 303


def test_colleagues_get_assignments_from_each_other(school, teacher, group):
    """Peer to peer: who gives it does not get it; everybody else who teaches hands in and sees their own mark."""
    release = int(give(teacher, group, class_id=0).headers["location"].rpartition("/")[2])
    logins = [account.login for account in school.accounts if account.role == "teacher"]
    mine = school.login("teacher")
    other, third = [login for login in logins if login != mine][:2]
    assert school.notebook(mine).get(WORK).json() == {"work": []}
    assert [work["release"] for work in school.notebook(other).get(WORK).json()["work"]] == [release]
    assert "Бағалар" in school.sign_in(other).get(f"{PREFIX}/").text
    assert hand_in(school, other, release).status_code == 201
    for pupil in school.pupils(group)[:1]:
        assert school.notebook(pupil.login).get(WORK).json() == {"work": []}
        assert hand_in(school, pupil.login, release).status_code == 404
    grade(school)
    assert school.sign_in(third).get(f"{PREFIX}/assignments/{release}").status_code == 404
    assert school.sign_in(third).get(f"{PREFIX}/assignments/{release}/marks").status_code == 404
    with school.database.reading() as session:
        person = find_person(session, other)
    keep_mark(teacher, release, person.id, "2")
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "Әріптестер" in page and person.full_name in page
    teacher.post(f"{PREFIX}/assignments/{release}/return", data={"token": form_token(page)})
    assert "5 / 5" in school.sign_in(other).get(f"{PREFIX}/work/{release}").text
    assert teacher.get(f"{PREFIX}/assignments/courses/1/marks").status_code == 404
    for login in (mine, school.login("administrator")):
        assert "<h3>*" not in school.sign_in(login).get(f"{PREFIX}/classes").text
        assert ">*<" not in school.sign_in(login).get(f"{PREFIX}/classes").text
    token = form_token(teacher.get(f"{PREFIX}/assignments").text)
    again = teacher.post(
        f"{PREFIX}/assignments",
        data={"token": token, "packet": "informatics-7/prices/kk", "class_id": 0, "subject": "Информатика",
              "pupil": person.id},
    )  # fmt: skip
    single = int(again.headers["location"].rpartition("/")[2])
    assert school.notebook(third).get(f"{WORK}/{single}/files").status_code == 404
    assert school.notebook(other).get(f"{WORK}/{single}/files").status_code == 200


def test_who_gives_colleagues_work_in_the_same_subject_does_not_see_others_marks(school, teacher, group):
    """The course of colleagues belongs to whoever began it; the next one gets a course that bears their name."""
    first = int(give(teacher, group, class_id=0).headers["location"].rpartition("/")[2])
    mine, other = (
        school.login("teacher"),
        next(a.login for a in school.accounts if a.role == "teacher" and a.login != school.login("teacher")),
    )
    colleague = school.sign_in(other)
    for _ in range(2):
        second = int(give(colleague, group, class_id=0).headers["location"].rpartition("/")[2])
    assert colleague.get(f"{PREFIX}/assignments/{first}").status_code == 404
    assert colleague.get(f"{PREFIX}/assignments/{second}").status_code == 200
    assert teacher.get(f"{PREFIX}/assignments/{second}").status_code == 404
    assert first in [work["release"] for work in school.notebook(other).get(WORK).json()["work"]]
    assert second in [work["release"] for work in school.notebook(mine).get(WORK).json()["work"]]
    with school.database.reading() as session:
        name = find_person(session, other).full_name
        courses = sorted(
            course.subject for course in session.scalars(select(Course)) if course.class_group.is_colleagues
        )
    assert courses == ["Информатика", f"Информатика · {name}"]


def test_course_work_for_teachers_is_offered_to_colleagues_first(school, teacher, group):
    path = school.settings.packets / "informatics-7" / "prices" / "kk" / "assignment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"track": "teachers"}))
    page = teacher.get(f"{PREFIX}/assignments/new?packet={quote('informatics-7/prices/kk')}").text
    assert 'value="0" selected' in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("assignments/999", 404, "сіз оқытатын пәндікі емес"),
        ("assignments/new?packet=none", 404, "«none» тапсырмасы жоқ"),
        ("assignments/{release}/marks?pupil=999", 404, "тапсырмаған"),
        ("assignments/{release}/marks?cell=none", 404, "«none» сұрағы жоқ"),
        ("assignments/{release}/marks?pupil=abc", 422, "түзетіңіз"),
        ("assignments/{release}/extend?pupil=999", 404, "берілмеген"),
        ("assignments/courses/999/marks", 404, "Бұл пәнді сіз оқытпайсыз"),
        ("assignments/courses/1/marks?quarter=9", 422, "түзетіңіз"),
        ("assignments/courses/1/marks/export?form=csv&column=shoes", 422, "shoes"),
        ("a/ZZZZZZ", 404, "ZZZZZZ"),
    ],
)
def test_a_refusal_is_a_sentence_in_the_persons_language(teacher, release, path, status, words):
    told = teacher.get(f"{PREFIX}/{path.format(release=release)}")
    assert told.status_code == status
    assert words in told.text and "/services/portal/" in told.text


def test_a_release_may_go_to_single_pupils(school, teacher, group):
    one, other = school.pupils(group)[:2]
    release = int(give(teacher, group, pupil=one.id).headers["location"].rpartition("/")[2])
    assert school.notebook(one.login).get(f"{WORK}/{release}/files").status_code == 200
    assert school.notebook(other.login).get(f"{WORK}/{release}/files").status_code == 404
    code = re.search(
        r'class="big-number">([2-9A-Z]{6})<', teacher.get(f"{PREFIX}/assignments/{release}").text
    )[1]
    gone = school.sign_in(one.login).get(f"{PREFIX}/a/{code.lower()}")
    assert gone.headers["location"] == f"{PREFIX}/work/{release}"
    assert school.sign_in(other.login).get(f"{PREFIX}/a/{code}").status_code == 404


def divide(teacher, group, name, pupils, *, number=None, before=()):
    """Make a group, or change group ``number``."""
    place = f"{PREFIX}/classes/{group.id}/groups"
    data = {"token": form_token(teacher.get(place).text), "name": name, "pupil": pupils, "before": before}
    return teacher.post(f"{place}/{number}" if number else place, data=data)


def has(school, person, release):
    return school.notebook(person.login).get(f"{WORK}/{release}/files").status_code == 200


@pytest.fixture
def halves(school, teacher, group):
    """The class in two groups; returns the first pupils of each."""
    pupils = school.pupils(group)
    for number, half in enumerate((pupils[::2], pupils[1::2]), 1):
        assert divide(teacher, group, f"Ағылшын {number}", [each.id for each in half]).status_code == 303
    return pupils[0], pupils[1]


def test_a_release_goes_to_a_group_and_to_who_joins_it_while_it_is_open(school, teacher, group, halves):
    one, other = halves
    with school.database.reading() as session:
        first, _ = session.scalars(select(PupilGroup).order_by(PupilGroup.name))
    form = teacher.get(f"{PREFIX}/assignments/new?packet={quote('informatics-7/prices/kk')}").text
    assert f'name="group" value="{first.id}"' in form
    given = [int(give(teacher, group, group=first.id).headers["location"].rpartition("/")[2]) for _ in "ab"]
    over, still_open = given
    assert has(school, one, still_open) and not has(school, other, still_open)
    page = teacher.get(f"{PREFIX}/assignments/{still_open}").text
    assert "Ағылшын 1" in page and one.full_name in page and other.full_name not in page
    assert f"{still_open}/sheet" in page
    sheet = teacher.get(f"{PREFIX}/assignments/{still_open}/sheet").text
    assert re.search(rf'class="qr".*{PREFIX}/a/[A-Z0-9]+<', sheet, re.DOTALL)
    assert "Ағылшын" not in sheet and one.full_name not in sheet, "it hangs on a wall"
    assert "Ағылшын 1" in teacher.get(f"{PREFIX}/assignments").text
    assert "Ағылшын" not in school.sign_in(one.login).get(f"{PREFIX}/work/{still_open}").text
    set_due(school, over, "free", now() - timedelta(hours=1))
    assert (
        divide(teacher, group, "Ағылшын 1", [other.id], number=first.id, before=[one.id]).status_code == 303
    )
    assert has(school, other, still_open), "who joins gets what is open"
    assert not has(school, other, over), "but nothing that was due before"
    assert has(school, one, still_open) and has(school, one, over), "who leaves keeps what they were given"
    later = int(give(teacher, group, group=first.id).headers["location"].rpartition("/")[2])
    assert has(school, other, later) and not has(school, one, later)
    token = form_token(form)
    gone = teacher.post(f"{PREFIX}/classes/{group.id}/groups/{first.id}/dissolve", data={"token": token})
    assert gone.status_code == 303
    assert has(school, other, later) and not has(school, one, later), "it does not become the whole class's"


def test_a_release_goes_to_groups_and_single_pupils_of_the_class_alone(school, teacher, group, halves):
    one, other = halves
    with school.database.session() as session:
        first = session.scalars(select(PupilGroup).order_by(PupilGroup.name)).first()
        foreign = school.foreign_class(school.login("teacher"))
        strange = PupilGroup(class_id=foreign.id, name="X")
        session.add(strange)
        session.flush()
        strange_id, first_id = strange.id, first.id
    release = int(give(teacher, group, group=first_id, pupil=other.id).headers["location"].rpartition("/")[2])
    third = school.pupils(group)[3]
    assert has(school, one, release) and has(school, other, release) and not has(school, third, release)
    refused = give(teacher, group, group=strange_id)
    assert refused.status_code == 422 and "ондай топ жоқ" in refused.text
    divide(teacher, group, "Бос", [])
    with school.database.reading() as session:
        empty = session.scalars(select(PupilGroup).where(PupilGroup.name == "Бос")).one().id
    refused = give(teacher, group, group=empty)
    assert refused.status_code == 422 and "«Бос» тобында оқушы жоқ" in refused.text
    assert f'name="group" value="{empty}" checked' in refused.text


def test_two_teachers_at_one_group_do_not_undo_each_others_change(school, teacher, group, halves):
    one, other = halves
    with school.database.reading() as session:
        first = session.scalars(select(PupilGroup).order_by(PupilGroup.name)).first()
        before = sorted(member.person_id for member in first.members)
    divide(teacher, group, "Ағылшын 1", [*before, other.id], number=first.id, before=before)
    divide(
        teacher,
        group,
        "Күшті топ",
        [each for each in before if each != one.id],
        number=first.id,
        before=before,
    )
    with school.database.reading() as session:
        after = session.get_one(PupilGroup, first.id)
        assert after.name == "Күшті топ"
        assert {member.person_id for member in after.members} == {*before, other.id} - {one.id}


def test_a_groups_name_and_pupils_are_looked_at_and_what_was_typed_stays(school, teacher, group, halves):
    one, _ = halves
    place = f"{PREFIX}/classes/{group.id}/groups"
    for name, word in (
        (" ", "1-ден 40 әріпке дейін"),
        ("а" * 41, "1-ден 40 әріпке дейін"),
        ("ағылшын  1", "деген топ бар"),
    ):
        refused = divide(teacher, group, name, [one.id])
        assert refused.status_code == 422 and word in refused.text
        assert f'value="{one.id}" checked' in refused.text.rpartition("<section")[2]
    stranger = school.pupils(school.foreign_class(school.login("teacher")))[0]
    assert divide(teacher, group, "Жаңа", [stranger.id]).status_code == 422
    assert "Жаңа</h2>" not in teacher.get(place).text
    with school.database.reading() as session:
        second = session.scalars(select(PupilGroup).order_by(PupilGroup.name.desc())).first()
    refused = divide(teacher, group, "Ағылшын 1", [], number=second.id)
    assert refused.status_code == 422 and "деген топ бар" in refused.text


def test_groups_are_for_the_teachers_of_the_class_and_no_others(school, teacher, group, halves):
    place = f"{PREFIX}/classes/{group.id}/groups"
    with school.database.reading() as session:
        first = session.scalars(select(PupilGroup)).first()
        teaching = {
            membership.person.login
            for membership in session.scalars(select(Membership).where(Membership.class_id == group.id))
            if membership.role != "pupil"
        }
    other = school.sign_in(
        next(a.login for a in school.accounts if a.role == "teacher" and a.login not in teaching)
    )
    data = {"token": form_token(other.get(f"{PREFIX}/").text), "name": "Бөгде", "pupil": []}
    assert other.get(place).status_code == 404
    for path in (place, f"{place}/{first.id}", f"{place}/{first.id}/dissolve"):
        assert other.post(path, data=data).status_code == 404
    assert "ондай топ жоқ" in divide(teacher, group, "Басқа", [], number=999).text
    assert "Бөгде" not in teacher.get(place).text


def test_a_colleague_may_stand_in_for_some_days(school, teacher, group, release):
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert f'<option value="{other}">' in page, "nobody knows colleagues' logins by heart"
    assert f'<option value="{school.login("teacher")}">' not in page
    last = (now() + timedelta(days=5)).date().isoformat()
    data = {"token": form_token(page), "login": other, "until": last}
    assert teacher.post(f"{PREFIX}/assignments/{release}/teachers", data=data).status_code == 303
    seen = school.sign_in(other).get(f"{PREFIX}/assignments/{release}")
    assert seen.status_code == 200
    assert "/teachers" in page and 'name="login"' not in seen.text, "who stands in adds nobody"


def test_the_same_error_again_and_again_is_shown_as_stuck(school, teacher, group, release):
    server = school.notebook(school.pupils(group)[0].login)
    for _ in range(3):
        told = server.post(f"{WORK}/{release}/events", json={"verb": "ran", "detail": "NameError: \0prise"})
        assert told.status_code == 204
    assert "NameError: prise" in teacher.get(f"{PREFIX}/assignments/{release}/live").text


def test_a_notebook_that_tells_without_end_is_not_heard_any_more(
    school, teacher, group, release, monkeypatch
):
    monkeypatch.setattr(assignments, "MOST_EVENTS", 4)
    monkeypatch.setattr(coursework, "RECENT", 2)
    loud, other = (school.notebook(pupil.login) for pupil in school.pupils(group)[:2])
    for _ in range(6):
        assert loud.post(f"{WORK}/{release}/events", json={"verb": "opened"}).status_code == 204
    other.post(f"{WORK}/{release}/events", json={"verb": "stuck", "detail": "NameError: x"})
    with school.database.reading() as session:
        assert session.query(WorkEvent).count() == 5
        found = coursework.view_release(session, session.get_one(Release, release)).rows
        assert [(row.state, row.last and row.last.id) for row in found[:2]] == [("working", 4), ("stuck", 5)]


def test_a_teacher_looks_at_unfinished_work_and_nobody_else_does(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    server = school.notebook(pupil.login)
    server.post(f"{WORK}/{release}/events", json={"verb": "opened"})
    page = f"{PREFIX}/assignments/{release}/draft?pupil={pupil.id}"
    assert page in teacher.get(f"{PREFIX}/assignments/{release}").text.replace("&amp;", "&")
    half = pack({"prices.ipynb": json.dumps(notebook("total = <b>half</b>"))})
    assert server.put(f"{WORK}/{release}/draft", content=half).status_code == 204
    assert "total = &lt;b&gt;half" in teacher.get(page).text
    assert school.sign_in(pupil.login).get(page).status_code == 403
    with school.database.reading() as session:
        assert session.query(Submission).count() == 0


def send_own(school, teacher, title, files):
    page = teacher.get(f"{PREFIX}/assignments/new")
    data = {"token": form_token(page.text), "title": title, "kind": "sor", "minutes": "30"}
    sent = [("files", (name, content)) for name, content in files.items()]
    return teacher.post(f"{PREFIX}/assignments/own", data=data, files=sent)


def test_a_teachers_own_notebooks_are_tried_and_then_given_like_any(school, teacher, group):
    made = json.dumps(notebook("total = 1 + 2 + 3"))
    assert send_own(school, teacher, "Менің жұмысым", {"prices.ipynb": made, "a.csv": "1"}).status_code == 303
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "w"}).json()
    assert (job["kind"], job["wish"]["language"]) == ("prepare", "kk")
    with zipfile.ZipFile(io.BytesIO(client.get(f"{GRADING}/own/{job['job']}/files").content)) as archive:
        assert sorted(archive.namelist()) == ["a.csv", "prices.ipynb"]
    refused = {"status": "refused", "faults": ["prices: total-tests fails"], "files": {}}
    assert client.post(f"{GRADING}/own/{job['job']}/result", json=refused).status_code == 204
    assert "total-tests fails" in teacher.get(f"{PREFIX}/assignments/new").text
    send_own(school, teacher, "Менің жұмысым", {"prices.ipynb": made})
    job = client.post(f"{GRADING}/next", json={"worker": "w"}).json()
    about = json.loads((school.settings.packets / "informatics-7/prices/kk/assignment.json").read_text())
    about |= {"course": "own", "name": job["wish"]["name"], "title": job["wish"]["title"]}
    files = {"assignment.json": json.dumps(about), "source/prices.ipynb": made, "release/prices.ipynb": made}
    files = {name: b64encode(text.encode()).decode() for name, text in files.items()}
    bad = {"status": "ready", "faults": [], "files": files | {"source/../../x": ""}}
    assert client.post(f"{GRADING}/own/{job['job']}/result", json=bad).status_code == 422
    ready = {"status": "ready", "faults": [], "files": files}
    assert client.post(f"{GRADING}/own/{job['job']}/result", json=ready).status_code == 204
    page = teacher.get(f"{PREFIX}/assignments/new").text
    assert "total-tests fails" not in page, "sent again, it takes the earlier one's place"
    key = f"own/{job['wish']['name']}/kk"
    assert quote(key) in page
    gone = give(teacher, group, packet=key)
    assert gone.status_code == 303, gone.text
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    assert school.sign_in(other).get(f"{PREFIX}/assignments/new?packet={quote(key)}").status_code == 404


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


def test_a_course_is_not_left_to_a_substitute_alone(school, teacher, group, release):
    """After their last day nobody would see the pupils' work."""
    login = school.login("teacher")
    other = next(each.login for each in school.accounts if each.role == "teacher" and each.login != login)
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    address = f"{PREFIX}/assignments/{release}/teachers"
    last = (now() + timedelta(days=5)).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(address, data=data).status_code == 303
    with school.database.reading() as session:
        mine, theirs = (find_person(session, each).id for each in (login, other))
    leaving = {"token": form_token(page.text), "person": mine}
    assert teacher.post(f"{address}/remove", data=leaving).status_code == 409
    assert teacher.post(f"{address}/remove", data=leaving | {"person": theirs}).status_code == 303
    assert teacher.post(address, data={"token": form_token(page.text), "login": other}).status_code == 303
    assert teacher.post(f"{address}/remove", data=leaving).status_code == 303, "somebody stays for good"


def test_who_no_longer_teaches_a_course_changes_none_of_its_assignments(school, teacher, group, release):
    """A substitute's own notebook, sent again after their last day, would have all graded by other tests."""
    other = next(
        each.login
        for each in school.accounts
        if each.role == "teacher" and each.login != school.login("teacher")
    )
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    last = now().astimezone(ZONE).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(f"{PREFIX}/assignments/{release}/teachers", data=data).status_code == 303
    substitute = school.sign_in(other)
    key = send_own_and_try(school, substitute, "total = 1 + 2 + 3", "1")
    assert give(substitute, group, packet=key, anyway="true").status_code == 303
    send_own_and_try(school, substitute, "total = 2 + 4", "2")

    def find_version():
        with school.database.reading() as session:
            return session.scalars(select(Assignment.version).order_by(Assignment.id.desc())).first()

    assert find_version() == 2, "as long as they teach it"
    with school.database.session() as session:
        for each in session.query(CourseTeacher).filter(CourseTeacher.until.is_not(None)):
            each.since, each.until = each.since - timedelta(days=7), each.until - timedelta(days=1)
    send_own_and_try(school, substitute, "total = 5 + 1", "3")
    assert find_version() == 2


def test_a_notebook_comes_straight_from_lab_and_its_author_alone_hears_of_it(school, teacher):
    login = school.login("teacher")
    lab, files = school.notebook(login), pack({"own.ipynb": json.dumps(notebook("total = 1 + 2 + 3"))})
    wish = {"title": "Менің жұмысым", "kind": "sor", "minutes": "30", "language": "ru"}
    sent = lab.post(f"{PREFIX}/api/own", params=wish, content=files)
    assert sent.status_code == 201, sent.text
    place = f"{PREFIX}/api/own/{sent.json()['own']}"
    assert lab.get(place).json() == {"state": "waiting", "faults": [], "address": ""}
    job = grader(school).post(f"{GRADING}/next", json={"worker": "w"}).json()
    assert job["wish"] == wish | {"minutes": 30, "name": job["wish"]["name"]}
    refused = {"status": "refused", "faults": ["x: tests fail"], "files": {}}
    grader(school).post(f"{GRADING}/own/{job['job']}/result", json=refused)
    assert lab.get(place).json()["faults"] == ["x: tests fail"]
    other = next(a.login for a in school.accounts if a.role == "teacher" and a.login != login)
    assert school.notebook(other).get(place).status_code == 404
    pupil = school.notebook(school.login("pupil"))
    assert pupil.post(f"{PREFIX}/api/own", params=wish, content=files).status_code == 403
    for wrong in ({"title": " "}, {"minutes": "0"}, {"kind": "exam"}, {"language": "de"}):
        assert lab.post(f"{PREFIX}/api/own", params=wish | wrong, content=files).status_code == 422
    assert "жоқ" in lab.post(f"{PREFIX}/api/own", params=wish, content=pack({"a.txt": "x"})).json()["detail"]


def test_what_is_no_notebook_is_refused_at_the_form(school, teacher):
    assert send_own(school, teacher, "Жұмыс", {"a.txt": "x"}).status_code == 422
    assert send_own(school, teacher, " ", {"a.ipynb": "{}"}).status_code == 422


def test_half_a_character_hides_nobodys_work(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    broken = json.dumps(notebook("total = '\\ud800'")).replace("\\\\ud800", "\\ud800")
    assert "\\ud800" in broken
    hand_in(school, pupil.login, release, **{"prices.ipynb": broken})
    school.notebook(pupil.login).put(f"{WORK}/{release}/draft", content=pack({"prices.ipynb": broken}))
    for page in (f"marks?pupil={pupil.id}", "marks?cell=prices/total-tests", f"draft?pupil={pupil.id}"):
        assert teacher.get(f"{PREFIX}/assignments/{release}/{page}").status_code == 200


def test_what_the_grader_cannot_do_a_teacher_marks_and_returns(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    fail(school)
    feedback = f"{WORK}/{release}/feedback"
    for cell, points in (("why", "2"), ("total-tests", "1")):
        post(teacher, release, "return")
        assert school.notebook(pupil.login).get(feedback).status_code == 404, "a question is not marked yet"
        assert keep_mark(teacher, release, pupil.id, points, cell=cell).status_code == 303
    post(teacher, release, "return")
    assert school.notebook(pupil.login).get(feedback).json()["score"] == 3.0


def test_points_of_an_earlier_hand_in_are_not_those_of_one_that_could_not_be_graded(
    school, teacher, group, release
):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    hand_in(school, pupil.login, release, **{"prices.ipynb": "junk"})
    fail(school)
    keep_mark(teacher, release, pupil.id, "0", seen=1)
    assert "0 / 5" in teacher.get(f"{PREFIX}/assignments/{release}").text
    post(teacher, release, "return")
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").status_code == 404


def test_what_was_returned_stays_as_it_was_confirmed_when_it_is_graded_again(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    post(teacher, release, "return")
    pages = [f"{PREFIX}/work/{release}", f"{PREFIX}/work/{release}/report"]
    before = [school.sign_in(pupil.login).get(page).text.count("3 / 3") for page in pages]
    post(teacher, release, "regrade")
    grade(school, score=0.0)
    assert [school.sign_in(pupil.login).get(page).text.count("3 / 3") for page in pages] == before
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "5 / 5" in page and "ұпайы басқа" in page, "the teacher is told"
    post(teacher, release, "take-back", pupil=pupil.id)
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "2 / 5" in page and "ұпайы басқа" not in page


def test_a_new_answer_is_looked_at_again_and_keeps_its_points_until_then(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 6", "other"))})
    grade(school)
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert "5 / 5" in page
    assert "бағалау керек" in page
    data = {"token": form_token(page)}
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").status_code == 404
    keep_mark(teacher, release, pupil.id, "1", seen=1)
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["score"] == 4.0
    assert keep_mark(teacher, release, pupil.id, "0", seen=2).status_code == 200, "it is returned"
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["score"] == 4.0


def test_a_new_answer_that_is_marked_before_it_is_graded_is_not_to_be_marked_again(
    school, teacher, group, release
):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 6", "other"))})
    page = teacher.get(f"{PREFIX}/assignments/{release}/marks?cell=prices/why").text
    assert "other" in page
    work = re.search(r'name="work" value="(\d+)"', page)[1]
    assert keep_mark(teacher, release, pupil.id, "1", seen=1, work=work).status_code == 303
    grade(school)
    post(teacher, release, "return")
    assert school.notebook(pupil.login).get(f"{WORK}/{release}/feedback").json()["score"] == 4.0


def test_what_was_ticked_in_a_rubric_is_kept_with_the_mark(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    ticked = re.compile(r"name=\"ticked\" value=\"0\"[^>]* checked")
    place = f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}"
    assert not ticked.search(teacher.get(place).text)
    assert keep_mark(teacher, release, pupil.id, "1", ticked=0).status_code == 303
    assert ticked.search(teacher.get(place).text)
    refused = keep_mark(teacher, release, pupil.id, "99", seen=1)
    assert not ticked.search(refused.text), "as it was typed"
    assert ticked.search(teacher.get(place).text)
    assert keep_mark(teacher, release, pupil.id, "0", seen=1).status_code == 303
    assert not ticked.search(teacher.get(place).text)


def test_points_for_an_answer_are_not_kept_for_one_that_came_while_it_was_read(
    school, teacher, group, release
):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    page = teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
    work = re.search(r'name="work" value="(\d+)"', page)[1]
    hand_in(
        school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook("total = 6", "other words"))}
    )
    grade(school)
    refused = keep_mark(teacher, release, pupil.id, "2", comment="Thought over!", work=work)
    assert "Жаңа жауапты" in refused.text and "other words" in refused.text, "what is there now"
    assert "Thought over!" in refused.text, "nothing is typed twice"
    work = re.search(r'name="work" value="(\d+)"', refused.text)[1]
    assert keep_mark(teacher, release, pupil.id, "1", work=work).status_code == 303


def test_what_was_handed_in_is_not_taken_back_and_goes_along_to_another_class(
    school, teacher, group, release
):
    pupil = school.pupils(group)[0]
    code = hand_in(school, pupil.login, release).json()["code"]
    grade(school)
    token = form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)
    gone = teacher.post(f"{PREFIX}/assignments/{release}/withdraw", data={"token": token})
    assert gone.status_code == 409
    assert "тапсырып қойған" in gone.text, "why, and what to do"
    with school.database.session() as session:
        found = session.scalars(select(Membership).where(Membership.person_id == pupil.id)).one()
        found.until = found.since
    assert code in school.sign_in(pupil.login).get(f"{PREFIX}/work/{release}").text
    assert pupil.full_name in teacher.get(f"{PREFIX}/assignments/{release}").text
    assert keep_mark(teacher, release, pupil.id, "1").status_code == 303


def test_a_substitute_stays_one_and_adds_nobody(school, teacher, group, release):
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    address = f"{PREFIX}/assignments/{release}/teachers"
    last = now().astimezone(ZONE).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(address, data=data).status_code == 303
    assert teacher.post(address, data=data | {"until": "garbage"}).status_code == 422
    substitute = school.sign_in(other)
    token = form_token(substitute.get(f"{PREFIX}/assignments/{release}").text)
    assert substitute.post(address, data={"token": token, "login": other}).status_code == 403
    assert give(substitute, group, subject="информатика").status_code == 303
    with school.database.reading() as session:
        assert session.query(Course).count() == 1
        ends = {each.person_id: each.until for each in session.query(CourseTeacher)}
        assert sum(end is None for end in ends.values()) == 1
    person = next(iter(set(ends) - {each for each, end in ends.items() if end is None}))
    teacher.post(f"{address}/remove", data={"token": form_token(page.text), "person": person})
    assert substitute.get(f"{PREFIX}/assignments/{release}").status_code == 404


def test_a_substitutes_week_ends_whatever_they_began_in_it(school, teacher, group, release):
    """Who teaches the class in no other way begins no course of their own, for that would let them stay."""
    with school.database.reading() as session:
        logins = [each.login for each in school.accounts if each.role == "teacher"]
        other = next(
            login
            for login in logins
            if group.id
            not in {each.id for each in classes_of_teacher(session, find_person(session, login).id)}
        )
    page = teacher.get(f"{PREFIX}/assignments/{release}")
    last = now().astimezone(ZONE).date().isoformat()
    data = {"token": form_token(page.text), "login": other, "until": last}
    assert teacher.post(f"{PREFIX}/assignments/{release}/teachers", data=data).status_code == 303
    substitute = school.sign_in(other)
    refused = give(substitute, group, subject="Музыка")
    assert refused.status_code == 422 and re.search("алмастырып|замещаете", refused.text)
    assert give(substitute, group).status_code == 303, "the course that they stand in for"
    with school.database.session() as session:
        for each in session.query(CourseTeacher).filter(CourseTeacher.until.is_not(None)):
            each.since, each.until = each.since - timedelta(days=7), each.until - timedelta(days=1)
    assert give(substitute, group).status_code == 422
    assert substitute.get(f"{PREFIX}/assignments/{release}/marks").status_code == 404
    assert teacher.get(f"{PREFIX}/assignments/{release}").status_code == 200


def test_a_worker_that_asks_anew_has_lost_its_job(school, group, release):
    hand_in(school, school.pupils(group)[0].login, release)
    client = grader(school)
    first = client.post(f"{GRADING}/next", json={"worker": "w-0"}).json()
    assert client.post(f"{GRADING}/next", json={"worker": "w-1"}).status_code == 204
    assert client.post(f"{GRADING}/next", json={"worker": "w-0"}).json()["job"] == first["job"]


def returned(school, teacher, group, release, points):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school, score=points)
    keep_mark(teacher, release, pupil.id, "2")
    data = {"token": form_token(teacher.get(f"{PREFIX}/assignments/{release}").text)}
    teacher.post(f"{PREFIX}/assignments/{release}/return", data=data)
    return pupil


def test_what_is_pasted_or_kept_has_numbers_as_spreadsheets_here_read_them(school, teacher, group, release):
    returned(school, teacher, group, release, 1.07)
    export = f"{PREFIX}/assignments/courses/1/marks/export?column=fa&column=mark&form="
    for form, divider in (("tsv", "\t"), ("csv", ";")):
        rows = [line.split(divider) for line in teacher.get(export + form).text.splitlines()]
        assert ["61,4", "3"] in rows, "61.4 would be no number, or a day; a comma would not divide"


def test_points_may_be_typed_with_the_kazakh_layout(school, teacher, group, release):
    """It has no digits: its number row types other letters."""
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    for seen, (typed, kept) in enumerate([("ә", 2.0), ('"', 1.0), ('",ғ', 1.5), ("1.5", 1.5), ("Қ", 0.0)]):
        assert keep_mark(teacher, release, pupil.id, typed, seen=seen).status_code == 303, typed
        with school.database.reading() as session:
            assert [mark.given for mark in session.query(CellMark) if mark.cell == "why"] == [kept]
    assert keep_mark(teacher, release, pupil.id, "екі", seen=5).status_code == 200, "a page that says why"


def test_the_live_part_comes_again_only_when_something_has_changed(school, teacher, group, release):
    """A swap under somebody's hands takes the keyboard's place away."""
    place = f"{PREFIX}/assignments/{release}/live"
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    seen = re.search(r"live\?seen=([0-9a-f]+)", page)[1]
    assert teacher.get(place, params={"seen": seen}).status_code == 204
    server = school.notebook(school.pupils(group)[0].login)
    server.post(f"{WORK}/{release}/events", json={"verb": "opened"})
    changed = teacher.get(place, params={"seen": seen})
    assert changed.status_code == 200 and seen not in changed.text
    assert not re.findall(r"<(?:a|button)(?![^>]* id=)", changed.text), "what has a name keeps the focus"


def test_the_same_title_in_another_language_is_another_assignment(school, teacher, group):
    made = json.dumps(notebook("total = 1 + 2 + 3"))
    names = set()
    for language in ("kk", "ru"):
        page = teacher.get(f"{PREFIX}/assignments/new")
        data = {"token": form_token(page.text), "title": "Сынақ", "language": language}
        teacher.post(f"{PREFIX}/assignments/own", data=data, files=[("files", ("a.ipynb", made))])
        names.add(grader(school).post(f"{GRADING}/next", json={"worker": language}).json()["wish"]["name"])
    assert len(names) == 2


def test_parents_get_a_sheet_of_what_was_returned_and_of_nothing_else(school, teacher, group, release):
    other = school.pupils(group)[1]
    hand_in(school, other.login, release)
    assert school.sign_in(other.login).get(f"{PREFIX}/work/{release}/report").status_code == 404
    grade(school)
    pupil = returned(school, teacher, group, release, 2.0)
    sheet = school.sign_in(pupil.login).get(f"{PREFIX}/work/{release}/report").text
    assert pupil.full_name in sheet and "4 / 5" in sheet and "80%" in sheet
    assert "Count the sum." in sheet and "2 / 3" in sheet
    assert school.sign_in(other.login).get(f"{PREFIX}/work/{release}/report").status_code == 404
    sheets = teacher.get(f"{PREFIX}/assignments/{release}/reports").text
    assert sheets.count('class="report"') == 1 and other.full_name not in sheets
    assert school.sign_in(pupil.login).get(f"{PREFIX}/assignments/{release}/reports").status_code == 403


def test_a_terms_marks_are_shown_with_their_rule_and_leave_as_tables(school, teacher, group, release):
    pupil = returned(school, teacher, group, release, 2.0)
    course = f"{PREFIX}/assignments/courses/1/marks"
    page = teacher.get(course).text
    assert "25 % ҚБ + 25 % БЖБ + 50 % ТЖБ" in page
    assert "<strong>4</strong>" in page, "4 of 5 points are 80 %"
    tsv = teacher.get(f"{course}/export?form=tsv&column=name&column=mark&column=fa")
    first = next(line for line in tsv.text.split("\r\n") if line.startswith(pupil.full_name))
    assert first == f"{pupil.full_name}\t4\t80"
    sheet = load_workbook(io.BytesIO(teacher.get(f"{course}/export?form=xlsx").content)).active
    assert [pupil.full_name, pupil.login, 80, None, None, 80, 4] in [list(row) for row in sheet.values]
    assert teacher.get(f"{course}/export?form=csv&rule=none").status_code == 404
    other = next(
        account.login
        for account in school.accounts
        if account.role == "teacher" and account.login != school.login("teacher")
    )
    assert school.sign_in(other).get(course).status_code == 404
    with school.database.session() as session:
        year = session.get_one(AcademicYear, session.get_one(ClassGroup, group.id).year_id)
        holiday = date.fromisoformat(year.quarters[0]["ends"]) + timedelta(days=1)
        session.get_one(Release, release).released_at = datetime.combine(holiday, time(), ZONE)
    pages = [teacher.get(f"{course}?quarter={number}").text for number in (1, 2)]
    assert ["<strong>4</strong>" in page for page in pages] == [False, True], (
        "the first quarter has its marks"
    )


def test_the_questions_of_an_assignment_are_analysed(school, teacher, group, release):
    returned(school, teacher, group, release, 1.0)
    page = teacher.get(f"{PREFIX}/assignments/{release}/items").text
    assert "33%" in page
    assert page.count("Count the sum.") == 2, "its row and the list of what to teach again"


def test_wrong_answers_for_which_no_test_stops_are_counted_too(school, teacher, group, release):
    """A question's test gives part of the points by a number: nothing fails."""
    written = ["total = 5  # менің жауабым", "total = 5", "total = 6", "total = len('<b>')"]
    for pupil, total in zip(school.pupils(group), written, strict=False):
        hand_in(school, pupil.login, release, **{"prices.ipynb": json.dumps(notebook(total))})
        grade(school, 3.0 if total == "total = 6" else 1.0)
    page = teacher.get(f"{PREFIX}/assignments/{release}/items").text
    assert "<small>total = 5 (2)</small>" in page
    assert "total = 6" not in page, "it is right"
    assert "len(" not in page, "it is more than an answer"


def test_what_is_not_marked_yet_is_no_question_to_teach_again(school, teacher, group, release):
    for pupil in school.pupils(group)[:2]:
        hand_in(school, pupil.login, release)
        grade(school)
    address = f"{PREFIX}/assignments/{release}/items"
    page = teacher.get(address).text
    assert "әлі бағаланбаған" in page and "0%" not in page.replace("100%", ""), "nobody has looked at it"
    keep_mark(teacher, release, school.pupils(group)[0].id, "2")
    assert "0%" not in teacher.get(address).text.replace("100%", ""), (
        "one of the two is marked, with all points"
    )


def test_a_question_that_a_change_makes_worth_less_is_looked_at_again(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    hand_in(school, pupil.login, release)
    grade(school)
    keep_mark(teacher, release, pupil.id, "2")
    write_packet(school.settings, version="2")
    about = school.settings.packets / "informatics-7" / "prices" / "kk" / "assignment.json"
    changed = json.loads(about.read_text())
    changed["notebooks"][0]["cells"][1]["points"] = 1.0
    about.write_text(json.dumps(changed))
    assert give(teacher, group).status_code == 303
    grader(school).post(f"{GRADING}/next", json={"worker": "test"})
    post(teacher, release, "return")
    feedback = f"{WORK}/{release}/feedback"
    assert school.notebook(pupil.login).get(feedback).status_code == 404, (
        "5 of 4 points are returned to nobody"
    )
    assert "тапсырма өзгерді" in teacher.get(f"{PREFIX}/assignments/{release}/marks?pupil={pupil.id}").text
    assert keep_mark(teacher, release, pupil.id, "1", seen=1).status_code == 303


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("It is not a notebook: Expecting value", "бұл дәптер ашылмайды"),
        ("The grader could not do it (TypeError).", "автоматты тексеру орындалмады"),
        ("No kernel could be had: away", "серверде Python іске қосылмады"),
    ],
)
def test_why_the_grader_could_not_do_it_is_told_in_the_teachers_language(
    school, teacher, release, message, told
):
    hand_in(school, school.pupils(school.class_of(school.login("teacher")))[0].login, release)
    client = grader(school)
    job = client.post(f"{GRADING}/next", json={"worker": "test"}).json()["job"]
    client.post(f"{GRADING}/jobs/{job}/result", json={"status": "failed", "message": message})
    page = teacher.get(f"{PREFIX}/assignments/{release}").text
    assert told in page and message not in page
