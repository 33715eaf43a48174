"""The API for rooms: whose answers, once each, only what the lesson asks."""

from __future__ import annotations

from uuid import uuid4

import pytest
from portal_school import PREFIX, School
from starlette.testclient import TestClient

from sandyq.school.database import now, today
from sandyq.school.tables import Person

API = f"{PREFIX}/api"


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return School(tmp_path_factory.mktemp("school"))


def make_answer(**changes):
    return {
        "uuid": str(uuid4()),
        "question": "strong",
        "response": "a",
        "score": 1,
        "max_score": 1,
        **changes,
    }


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer forged"}, {"Authorization": "Basic x"}])
def test_without_a_good_token_nothing_is_told(school, header):
    stranger = TestClient(school.app, headers=header)
    for path in ("answers", "clubs"):
        response = stranger.get(f"{API}/{path}")
        assert response.status_code == 401
        assert "Open the lesson" in response.json()["detail"]


def test_the_same_statement_twice_has_one_receipt(school):
    kernel, answer = school.kernel(school.login("pupil")), make_answer()
    first, second = (kernel.post(f"{API}/answers", json=answer) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_the_latest_answer_comes_back_with_the_number_of_tries(school):
    login = school.pupils(school.class_of(school.login("pupil")))[5].login
    kernel = school.kernel(login)
    for response, score in (("wrong", 0), ("right", 1)):
        kernel.post(f"{API}/answers", json=make_answer(response=response, score=score))
    kept = school.kernel(login).get(f"{API}/answers").json()["answers"]["strong"]
    assert kept == {"response": "right", "score": 1, "max_score": 1, "tries": 2, "first_score": 0}


def test_answers_of_one_pupil_are_not_anothers(school):
    one, other = (pupil.login for pupil in school.pupils(school.class_of(school.login("pupil")))[6:8])
    answer = make_answer()
    assert school.kernel(one).post(f"{API}/answers", json=answer).status_code == 201
    assert school.kernel(other).get(f"{API}/answers").json() == {"answers": {}}
    assert school.kernel(other).post(f"{API}/answers", json=answer).status_code == 409


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"question": "none-such"}, 404),
        ({"question": "x" * 101}, 422),
        ({"score": 2}, 422),
        ({"score": -1}, 422),
        ({"question": "mine", "score": 1}, 422),
        ({"response": "я" * 10_001}, 422),
        ({"uuid": "not-one"}, 422),
        ({"person": "somebody"}, 422),
    ],
)
def test_a_malformed_answer_is_refused_with_a_reason(school, changes, status):
    response = school.kernel(school.login("pupil")).post(f"{API}/answers", json=make_answer(**changes))
    assert response.status_code == status
    assert response.json()["detail"]


def test_a_launch_is_recorded_once(school):
    kernel, launch = school.kernel(school.login("pupil")), {"uuid": str(uuid4())}
    assert [kernel.post(f"{API}/launched", json=launch).status_code for _ in range(2)] == [201, 200]


def test_an_app_visit_reaches_no_answers_and_a_lesson_visit_no_clubs(school):
    leader = school.login("leader")
    assert school.kernel(leader, "app", "attendance").get(f"{API}/answers").status_code == 403
    assert school.kernel(leader).get(f"{API}/clubs").status_code == 403


def test_whoever_has_left_speaks_no_more(school):
    pupil = school.pupils(school.class_of(school.login("pupil")))[-1]
    kernel = school.kernel(pupil.login)
    with school.database.session() as session:
        session.get_one(Person, pupil.id).left_at = now()
    assert kernel.post(f"{API}/answers", json=make_answer()).status_code == 403


def test_a_leader_marks_and_corrects_and_both_rows_stay(school):
    app = school.kernel(school.login("leader"), "app", "attendance")
    club = app.get(f"{API}/clubs").json()["clubs"][0]["id"]
    day = today().isoformat()
    sheet = app.get(f"{API}/clubs/{club}/attendance", params={"month": day[:7]}).json()
    child = sheet["children"][0]["id"]
    mark = {"uuid": str(uuid4()), "date": day, "child": child, "status": "absent", "reason": ""}
    address = f"{API}/clubs/{club}/attendance"
    assert app.post(address, json=mark).status_code == 201
    assert app.post(address, json=mark).status_code == 200
    corrected = {**mark, "uuid": str(uuid4()), "status": "excused", "reason": "ауырып қалды"}
    assert app.post(address, json=corrected).status_code == 201
    rows = app.get(f"{address}/history", params={"date": day, "child": child}).json()["rows"]
    assert [row["status"] for row in rows][-2:] == ["absent", "excused"]
    newest = app.get(address, params={"month": day[:7]}).json()["marks"]
    assert next(m for m in newest if (m["date"], m["child"]) == (day, child))["status"] == "excused"


def test_a_pupil_and_a_teacher_reach_no_club(school):
    for role in ("pupil", "teacher", "operator"):
        app = school.kernel(school.login(role), "app", "attendance")
        assert app.get(f"{API}/clubs").status_code == 403
        assert app.get(f"{API}/clubs/{school.club().id}/attendance?month=2026-11").status_code == 403


def test_health_is_open(school):
    assert TestClient(school.app).get(f"{PREFIX}/health").json() == {"status": "ok"}
