"""The API for rooms: whose answers, once each, only what the lesson asks."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from portal_school import PREFIX, School
from starlette.testclient import TestClient

from sandyq.school.database import now, today
from sandyq.school.tables import Person
from sandyq_portal.catalogue import Lesson
from sandyq_portal.library import Entry, check_words

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
    sent = [make_answer(response=response, score=score) for response, score in (("wrong", 0), ("right", 1))]
    for answer in sent:
        kernel.post(f"{API}/answers", json=answer)
    kept = school.kernel(login).get(f"{API}/answers").json()["answers"]["strong"]
    assert kept.pop("presses") == [answer["uuid"] for answer in sent]
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
    club = school.club().id
    day = today().isoformat()
    sheet = app.get(f"{API}/clubs/{club}/attendance", params={"month": day[:7]}).json()
    child = sheet["children"][0]["id"]
    mark = {"uuid": str(uuid4()), "date": day, "child": child, "status": "absent", "reason": ""}
    address = f"{API}/clubs/{club}/attendance"
    assert app.post(address, json=mark).status_code == 201
    assert app.post(address, json=mark).status_code == 200
    corrected = {**mark, "uuid": str(uuid4()), "status": "excused", "reason": "ауырып қалды"}
    assert app.post(address, json=corrected).status_code == 201
    rows = app.get(address, params={"month": day[:7]}).json()["rows"]
    mine = [row for row in rows if (row["date"], row["child"]) == (day, child)]
    assert [row["status"] for row in mine][-2:] == ["absent", "excused"]
    newer = app.get(address, params={"month": day[:7], "after": mine[-2]["number"]}).json()["rows"]
    assert newer == [mine[-1]]
    every = app.get(f"{API}/clubs/attendance", params={"since": f"{day[:7]}-01", "until": day}).json()[
        "registers"
    ]
    assert len(every) == len(app.get(f"{API}/clubs").json()["clubs"])
    assert next(each for each in every if each["club"]["id"] == club)["rows"][-1] == mine[-1]


@pytest.mark.parametrize("role", ["pupil", "operator"])
def test_who_teaches_nobody_reaches_no_club(school, role):
    app = school.kernel(school.login(role), "app", "attendance")
    assert app.get(f"{API}/clubs").status_code == 403
    assert app.get(f"{API}/clubs/{school.club().id}/attendance?month=2026-11").status_code == 403
    assert app.get(f"{API}/clubs/attendance?since=2026-11-01&until=2026-11-30").status_code == 403


def test_a_teacher_reaches_own_clubs_and_no_others(school):
    app = school.kernel(school.login("teacher"), "app", "attendance")
    own = {club["id"] for club in app.get(f"{API}/clubs").json()["clubs"]}
    assert own and school.club().id not in own
    assert app.get(f"{API}/clubs/{school.club().id}/attendance?month=2026-11").status_code == 404
    every = app.get(f"{API}/clubs/attendance?since=2026-11-01&until=2026-11-30").json()["registers"]
    assert {each["club"]["id"] for each in every} == own
    assert app.get(f"{API}/clubs/presence?since=2026-11-01&until=2026-11-30").status_code == 403


def test_a_span_of_years_is_refused(school):
    app = school.kernel(school.login("leader"), "app", "attendance")
    for since, until in (("2020-01-01", "2026-11-30"), ("2026-11-30", "2026-11-01")):
        assert app.get(f"{API}/clubs/presence?since={since}&until={until}").status_code == 422


def test_health_is_open(school):
    assert TestClient(school.app).get(f"{PREFIX}/health").json() == {"status": "ok"}


def test_a_lesson_that_no_page_can_show_is_no_health():
    lesson = Lesson("a", "kk", "A", "", "pupils", "astrology", (5,), 10, "rooms", (), 0, (), ("kk",))
    with pytest.raises(LookupError, match="astrology"):
        check_words([Entry({"kk": lesson})])
    check_words([Entry({"kk": replace(lesson, subject="maths")}), Entry({"kk": replace(lesson, subject="")})])
