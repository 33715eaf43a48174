"""Questions in people's own notebooks: the key stays here, and only what is judged here counts."""

from __future__ import annotations

import json
from itertools import count
from uuid import uuid4

import pytest
from portal_school import PREFIX, School, write_prices_lesson
from starlette.testclient import TestClient

from sandyq.school.learning import answers_of
from sandyq.school.people import find_person
from sandyq.visits import sign_pair

API = f"{PREFIX}/api"


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    made = School(tmp_path_factory.mktemp("school"))
    write_prices_lesson(made.settings)
    return made


@pytest.fixture
def people(school):
    """Each test has pupils of its own."""
    every = [account.login for account in school.accounts if account.role == "pupil"]
    start = next(NUMBERS)
    return every[start : start + 3]


NUMBERS = count(step=3)


@pytest.fixture
def login(people):
    return people[0]


def open_notebook(school, login, pair=""):
    opening = {"lesson": "prices", "uuid": str(uuid4()), "pair": pair}
    token = school.notebook(login).post(f"{API}/visits", json=opening).json()["token"]
    return TestClient(school.app, headers={"Authorization": f"Bearer {token}"})


def press(response="1)", **more):
    return {"uuid": str(uuid4()), "question": "first", "response": response, "language": "kk"} | more


def kept_of(school, login):
    with school.database.reading() as session:
        return answers_of(session, find_person(session, login).id, "prices").get("first")


def test_nothing_of_a_key_reaches_a_pupils_kernel_before_its_time(school, login):
    own = open_notebook(school, login)
    given = school.notebook(login).get(f"{API}/notebooks/kk/prices")
    assert [cell["source"] for cell in given.json()["cells"]] == ["prices = 1", "%ask prices kk first"]
    assert "sandyq" not in given.json()["metadata"]
    asked = own.get(f"{API}/judgements/first?language=kk")
    first = own.post(f"{API}/judgements", json=press())
    told = given.text + asked.text + json.dumps(first.json()["outcome"] | {"marks": []})
    assert "yes" not in told and "why" not in told and "answer is" not in told
    assert asked.json()["key"] == ""
    assert "kk" in asked.url.query.decode() and "Не?" in asked.text
    assert school.notebook(login).get(f"{API}/notebooks/kk/prices/whole").status_code == 403


def test_a_teacher_sees_the_key_and_gets_the_whole_lesson(school):
    teacher = school.login("teacher")
    assert "SECRET" in open_notebook(school, teacher).get(f"{API}/judgements/first").json()["key"]
    assert "SECRET" in school.notebook(teacher).get(f"{API}/notebooks/en/prices/whole").text


@pytest.mark.parametrize("path", ["kk/passphrase", "kk/none", "xx/none", "kk/..%2F..%2Fx"])
def test_other_lessons_are_not_for_notebooks(school, login, path):
    assert school.notebook(login).get(f"{API}/notebooks/{path}").status_code == 404


def test_an_answer_is_judged_here_and_a_claimed_score_is_refused(school, login):
    own = open_notebook(school, login)
    claimed = {"uuid": str(uuid4()), "question": "first", "response": "x", "score": 2, "max_score": 2}
    assert own.post(f"{API}/answers", json=claimed).status_code == 403
    assert own.post(f"{API}/judgements", json=press() | {"score": 2}).status_code == 422
    assert kept_of(school, login) is None
    wrong = own.post(f"{API}/judgements", json=press("1)"))
    assert (wrong.status_code, wrong.json()["tries"]) == (201, 1)
    assert wrong.json()["outcome"]["verdict"] == "wrong" and "bread" in wrong.json()["outcome"]["feedback"]
    right = own.post(f"{API}/judgements", json=press("2)", language="ru")).json()
    assert (right["outcome"]["verdict"], right["tries"]) == ("right", 2)
    kept = kept_of(school, login)
    assert (kept.score, kept.max_score, kept.tries, kept.first_score) == (2, 2, 2, 0)
    back = open_notebook(school, login).get(f"{API}/judgements/first?language=ru").json()
    assert (back["tries"], back["outcome"]["verdict"]) == (2, "right")


def test_a_press_sent_twice_is_one_try_with_one_reply(school, login):
    own, sent = open_notebook(school, login), press()
    first, second = (own.post(f"{API}/judgements", json=sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert kept_of(school, login).tries == 1


def test_after_the_last_try_nothing_is_kept_whatever_tab_it_comes_from(school, login):
    tabs = [open_notebook(school, login) for _ in range(2)]
    for own in tabs:
        own.post(f"{API}/judgements", json=press("1)"))
    late = tabs[0].post(f"{API}/judgements", json=press("2)")).json()
    assert late["tries"] == 2 and "SECRET" in late["outcome"]["solution"]
    assert (kept_of(school, login).score, kept_of(school, login).tries) == (0, 2)
    room = school.kernel(login, name="prices")  # the same holds for what rooms judge
    claimed = {"uuid": str(uuid4()), "question": "first", "response": "2) SECRET", "score": 2, "max_score": 2}
    assert room.post(f"{API}/answers", json=claimed).status_code == 409
    assert kept_of(school, login).score == 0


def test_what_is_no_answer_costs_no_try(school, login):
    reply = open_notebook(school, login).post(f"{API}/judgements", json=press("")).json()
    assert reply["problem"] and reply["outcome"] is None
    assert kept_of(school, login) is None


def test_two_pupils_at_one_pc_both_have_the_answer(school, people, login):
    partner = people[1]
    pair = sign_pair(school.settings, login, partner)
    own = open_notebook(school, login, pair)
    own.post(f"{API}/judgements", json=press("2)", pair=pair))
    assert kept_of(school, login).score == kept_of(school, partner).score == 2
    own.post(f"{API}/judgements", json=press("1)", pair="forged"))
    assert (kept_of(school, login).tries, kept_of(school, partner).tries) == (2, 1)


@pytest.mark.parametrize("place", ["rooms", "own notebook"])
@pytest.mark.parametrize("elder", [0, 1], ids=["whose PC it is", "who sits beside"])
def test_tries_of_a_pair_are_counted_for_each(school, people, place, elder):
    """``first`` has two tries; one of the two has used both before, the other none."""
    pair = people[:2]
    elder, younger = pair[elder], pair[1 - elder]
    alone = open_notebook(school, elder)
    before = [alone.post(f"{API}/judgements", json=press("1)")).json()["tries"] for _ in range(2)]
    assert before == [1, 2]
    cookie = sign_pair(school.settings, *pair)
    if place == "rooms":
        together = school.kernel(pair[0], name="prices", partner=pair[1])
        shown = together.get(f"{API}/answers").json()["answers"].get("first", {"tries": 0})
        sent = [
            {"uuid": str(uuid4()), "question": "first", "response": "1)", "score": score}
            for score in (0, 2, 0)
        ]
        path, refused = "answers", 409
    else:
        together = open_notebook(school, pair[0], cookie)
        shown = together.get(f"{API}/judgements/first", params={"language": "kk", "pair": cookie}).json()
        assert not (shown["outcome"] or {}).get("solution")
        sent = [press(response, pair=cookie) for response in ("1)", "2)", "1)")]
        path, refused = "judgements", 200
    assert shown["tries"] == 0
    replies = [together.post(f"{API}/{path}", json=each) for each in (sent[0], sent[0], *sent[1:])]
    assert [reply.status_code for reply in replies] == [201, 200, 201, refused]
    assert [reply.json().get("tries") for reply in replies[:3]] == [1, 1, 2]
    kept = kept_of(school, elder), kept_of(school, younger)
    assert [(each.tries, each.score) for each in kept] == [(2, 0), (2, 2)]


def test_a_pair_of_others_shares_nothing(school, people, login):
    others = people[1:]
    pair = sign_pair(school.settings, *others)
    open_notebook(school, login, pair).post(f"{API}/judgements", json=press("2)", pair=pair))
    assert kept_of(school, others[0]) is kept_of(school, others[1]) is None


def test_a_rooms_kernel_judges_by_itself(school, login):
    room = school.kernel(login, name="prices")
    assert room.get(f"{API}/judgements/first").status_code == 403
    assert room.post(f"{API}/judgements", json=press()).status_code == 403
