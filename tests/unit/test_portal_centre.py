"""What the portal says to an app whose change cannot be: in the language in which the app is used just now."""

from uuid import uuid4

import pytest
from portal_school import PREFIX, School

PLAN = {"sheet": "launch_plan", "id": -1, "values": {"name": "P", "starts_on": "2026-12-01"}}
ROOM = {"sheet": "room", "id": -1, "values": {"name": "Бос бөлме", "seats": 0}}


@pytest.fixture(scope="module")
def leader(tmp_path_factory):
    """The kernel of an app that a leader, whose account reads Kazakh, has open; a launch plan is there."""
    school = School(tmp_path_factory.mktemp("centre"))
    kernel = school.kernel(school.login("leader"), "app", "launch")
    assert send(kernel, PLAN).status_code == 200
    return kernel


def send(kernel, *edits, language=""):
    body = {"uuid": str(uuid4()), "what": "…", "edits": edits}
    headers = {"Accept-Language": language} if language else {}
    return kernel.post(f"{PREFIX}/api/centre/changes", json=body, headers=headers)


@pytest.mark.parametrize(
    ("language", "twice", "too_small"),
    [
        ("ru", "План запуска уже есть.", "Напишите число"),
        ("kk", "Іске қосу жоспары бар.", "аралығындағы санды жазыңыз"),
        ("en", "There is a launch plan already.", "Write a number"),
    ],
)
def test_a_refusal_is_said_in_the_language_of_the_app(leader, language, twice, too_small):
    for edit, sentence, status in ((PLAN, twice, 409), (ROOM, too_small, 422)):
        refused = send(leader, edit, language=language)
        assert refused.status_code == status
        assert sentence in refused.json()["detail"]


def test_whoever_names_no_language_of_ours_is_told_all_the_same(leader):
    assert send(leader, PLAN, language="de-DE,de;q=0.9").status_code == 409
    assert "аралығындағы санды жазыңыз" in send(leader, ROOM).json()["detail"]


@pytest.mark.parametrize(("length", "is_kept"), [(100, True), (5000, False)])
def test_how_to_say_a_change_in_another_language_is_kept_within_limits(leader, length, is_kept):
    said = ["text", ["x" * length], {}]
    body = {"uuid": str(uuid4()), "what": "…", "said": said, "edits": []}
    receipt = leader.post(f"{PREFIX}/api/centre/changes", json=body).json()
    assert receipt["undo"]["said"] == (said if is_kept else None)


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    return School(tmp_path_factory.mktemp("peers"))


def read_peers(school, role):
    kernel = school.kernel(school.login(role), "app", "peers")
    return kernel.get(f"{PREFIX}/api/centre?sheets=peer")


@pytest.mark.parametrize("role", ["teacher", "leader", "administrator", "coach", "district"])
def test_peers_know_each_others_name_and_school_and_neither_pupils_nor_logins(school, role):
    told = read_peers(school, role).json()["sheets"]["peer"]
    assert len({row["school"] for row in told}) == 3
    assert all("pupil" not in row["roles"] and row["roles"] for row in told)
    assert {name for row in told for name in row} == {
        "id", "name", "school", "school_id", "place_id", "roles", "open", "mentors", "learns",
    }  # fmt: skip


@pytest.mark.parametrize("role", ["expert", "operator"])
def test_who_is_no_peer_is_told_of_none(school, role):
    assert read_peers(school, role).json()["sheets"]["peer"] == []


def test_a_pupil_is_told_of_no_peer(school):
    assert read_peers(school, "pupil").status_code == 403


def test_an_app_that_did_not_hear_of_its_change_asks_whether_it_was_made(leader):
    uuid = str(uuid4())
    asked = f"{PREFIX}/api/centre/receipts/{uuid}"
    assert leader.get(asked).json() == {"at": ""}
    body = {
        "uuid": uuid,
        "what": "…",
        "edits": [{"sheet": "room", "id": -1, "values": {"name": "Зал", "seats": 9}}],
    }
    made = leader.post(f"{PREFIX}/api/centre/changes", json=body).json()
    assert leader.get(asked).json() == {"at": made["at"]}


def test_nobody_is_told_of_somebody_elses_change(school):
    uuid = str(uuid4())
    kernels = [school.kernel(school.login(role), "app", "clubs") for role in ("leader", "administrator")]
    body = {
        "uuid": uuid,
        "what": "…",
        "edits": [{"sheet": "room", "id": -1, "values": {"name": "Зал", "seats": 9}}],
    }
    assert kernels[0].post(f"{PREFIX}/api/centre/changes", json=body).status_code == 200
    asked = [kernel.get(f"{PREFIX}/api/centre/receipts/{uuid}").json()["at"] for kernel in kernels]
    assert asked[0] and not asked[1]
