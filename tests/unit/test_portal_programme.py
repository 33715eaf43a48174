"""What the portal tells the programme's dashboard: to everybody of their circle, to pupils and borrowers nothing."""

import pytest
from fastapi.testclient import TestClient
from tests.unit.portal_school import School

from sandyq.school import people
from sandyq.school.academy import programme
from sandyq.school.database import today
from sandyq.visits import Visit, sign_visit

API = "/services/portal/api/centre?sheets=standing,community"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def read(school, login):
    return school.kernel(login, "app", "programme").get(API)


@pytest.mark.parametrize("role", ["teacher", "administrator", "coach", "expert", "district", "leader"])
def test_everybody_is_told_of_their_circle_alone(school, role):
    login = school.login(role)
    with school.database.reading() as session:
        standings = programme.read_standings(session, people.find_person(session, login), today())
    answer = read(school, login).json()["sheets"]
    assert {each["id"] for each in answer["standing"]} == {each.participant_id for each in standings}
    assert len(answer["standing"]) == {"teacher": 1, "expert": 0, "leader": 0}.get(role, len(standings))
    assert len(answer["community"]) == 7
    own = people_of(school, login)
    if role == "administrator":
        assert {each["school_id"] for each in answer["standing"]} == {own.school_id}
    if role in ("coach", "district"):
        assert len({each["school_id"] for each in answer["standing"]}) == 2


def people_of(school, login):
    with school.database.reading() as session:
        return people.find_person(session, login)


def test_nobodys_contact_or_login_is_told(school):
    rows = read(school, school.login("district")).json()["sheets"]["standing"]
    assert set(rows[0]) == {
        "id", "person_id", "name", "school_id", "school", "community_id", "programme", "group", "coach", "last_sign",
        "quiet_since", "silent", "months",
    }  # fmt: skip


def test_pupils_are_refused(school):
    assert read(school, school.login("pupil")).status_code == 403


def test_what_one_knows_of_people_is_not_lent_to_who_opens_ones_own_app(school):
    chief = school.login("district")
    token = sign_visit(school.settings, Visit(chief, "app", "p1-x", own=True))
    kernel = TestClient(school.app, headers={"Authorization": f"Bearer {token}"})
    assert kernel.get(API).status_code == 403
    assert kernel.get("/services/portal/api/centre?sheets=staff").status_code == 200
