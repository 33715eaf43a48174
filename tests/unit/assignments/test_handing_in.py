"""What pupils hand in, and the queue in which it is graded."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from assignment_school import (
    GRADING,
    WORK,
    fail,
    give,
    grade,
    grader,
    hand_in,
    keep_mark,
    notebook,
    pack,
    post,
    set_due,
    write_packet,
)
from portal_school import PREFIX, form_token
from sqlalchemy import select
from starlette.testclient import TestClient

from sandyq.school import assignments
from sandyq.school.database import now
from sandyq.school.law.notes import list_looks
from sandyq.school.people import find_person
from sandyq.school.tables import (
    Extension,
    GradingJob,
    Membership,
    OwnPacket,
    Person,
    Release,
    Submission,
    WorkEvent,
)
from sandyq_portal import coursework
from sandyq_portal.handing_in import MOST_BYTES, MOST_FILES


def test_who_looks_how_far_each_is_with_a_work_is_written_down_once_a_day(school, teacher, group, release):
    pupil = school.pupils(group)[0]
    for place in ("", "/live"):
        assert teacher.get(f"{PREFIX}/assignments/{release}{place}").status_code == 200
    with school.database.reading() as session:
        assert [look.what for look in list_looks(session, session.get_one(Person, pupil.id))] == ["work"]


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


def test_grading_that_was_stopped_is_told_in_words_and_can_be_tried_again(school, teacher, group, release):
    """Also when it was graded before: its points are then older than its tests may be."""
    page = f"{PREFIX}/assignments/{release}"
    hand_in(school, school.pupils(group)[0].login, release)
    post(teacher, release, "cancel")
    stopped = teacher.get(page).text
    assert "тексеру тоқтатылды" in stopped and 'id="again-' in stopped
    post(teacher, release, "regrade")
    grade(school)
    assert "тоқтатылды" not in teacher.get(page).text
    post(teacher, release, "regrade")
    post(teacher, release, "cancel")
    stopped = teacher.get(page).text
    assert "қайта тексеру тоқтатылды" in stopped and 'id="again-' in stopped


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


def test_a_worker_that_asks_anew_has_lost_its_job(school, group, release):
    hand_in(school, school.pupils(group)[0].login, release)
    client = grader(school)
    first = client.post(f"{GRADING}/next", json={"worker": "w-0"}).json()
    assert client.post(f"{GRADING}/next", json={"worker": "w-1"}).status_code == 204
    assert client.post(f"{GRADING}/next", json={"worker": "w-0"}).json()["job"] == first["job"]


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
