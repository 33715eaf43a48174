"""Pairs at one PC, polls, mastery, looking again, and what other systems get to know."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from urllib.parse import unquote
from uuid import UUID, uuid1, uuid4

import pytest
from portal_school import PREFIX, QUESTIONS, School, form_token, write_notebook
from starlette.testclient import TestClient
from xapi import find_faults

from sandyq.school.credentials import reset_secret
from sandyq.school.people import find_person
from sandyq.school.tables import LearningEvent, Membership
from sandyq.visits import PAIR_COOKIE, Visit, read_pair, sign_pair, sign_visit
from sandyq_portal.commands import export_learning

API = f"{PREFIX}/api"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


@pytest.fixture
def two(school):
    """Logins of two classmates."""
    pupils = school.pupils(school.class_of(school.login("pupil")))
    return pupils[0].login, pupils[1].login


def kernel(school, login, lesson="passphrase", **visit):
    token = sign_visit(school.settings, Visit(login, "lesson", lesson, **visit))
    return TestClient(school.app, headers={"Authorization": f"Bearer {token}"})


def answer(question="strong", response="1) a", score=1.0):
    return {"uuid": str(uuid4()), "question": question, "response": response, "score": score, "max_score": 1}


def new_secret(school, login):
    with school.database.session() as session:
        return reset_secret(session, find_person(session, login)).text


def join(school, login, partner, secret):
    browser = school.sign_in(login)
    token = form_token(browser.get(f"{PREFIX}/pair?partner={partner}").text)
    return browser.post(f"{PREFIX}/pair", data={"token": token, "partner": partner, "secret": secret})


def test_an_answer_of_a_pair_is_kept_for_both_once_and_marked_as_shared(school, two):
    together, given = kernel(school, two[0], partner=two[1]), answer()
    assert [together.post(f"{API}/answers", json=given).status_code for _ in range(2)] == [201, 200]
    for login in two:
        assert kernel(school, login).get(f"{API}/answers").json()["answers"]["strong"]["tries"] == 1
    with school.database.reading() as session:
        ids = [find_person(session, login).id for login in two]
        rows = session.query(LearningEvent).filter(
            LearningEvent.person_id.in_(ids), LearningEvent.question == "strong"
        )
        assert {(row.person_id, row.partner_id) for row in rows if row.partner_id} == {
            tuple(ids),
            tuple(ids[::-1]),
        }


def test_a_partner_joins_with_their_own_secret_only(school, two):
    secret = new_secret(school, two[1])
    refused = join(school, *two, "0000")
    assert refused.status_code == 422
    assert PAIR_COOKIE not in refused.cookies
    joined = join(school, *two, secret)
    assert joined.status_code == 303
    assert read_pair(school.settings, joined.cookies[PAIR_COOKIE], two[0]) == two[1]
    assert read_pair(school.settings, joined.cookies[PAIR_COOKIE], two[1]) == ""


def test_guesses_at_a_partners_secret_are_slowed_down(school, two):
    secret = new_secret(school, two[1])
    for _ in range(5):
        join(school, *two, "0000")
    assert join(school, *two, secret).status_code == 422


def test_nobody_of_another_class_joins(school, two):
    own = school.class_of(two[0]).id
    stranger = next(
        account.login
        for account in school.accounts
        if account.role == "pupil" and school.class_of(account.login).id != own
    )
    assert join(school, two[0], stranger, new_secret(school, stranger)).status_code == 404


def test_home_names_the_partner_and_parts_again(school, two):
    browser = school.sign_in(two[0])
    browser.cookies.set(PAIR_COOKIE, sign_pair(school.settings, *two))
    page = browser.get(f"{PREFIX}/").text
    with school.database.reading() as session:
        assert find_person(session, two[1]).full_name in page
    parted = browser.post(f"{PREFIX}/pair/end", data={"token": form_token(page)})
    assert f'{PAIR_COOKIE}=""' in parted.headers["set-cookie"]


def test_a_poll_is_spread_only_when_it_hides_who_said_what(school):
    lesson = {"slug": "scam-message", "title": "A message", "language": "kk"}
    lesson |= {"questions": [{"id": "met", "kind": "poll", "points": 0}]}
    write_notebook(school.settings.notebooks / "kk" / "scam-message.ipynb", lesson)
    pupils = school.pupils(school.class_of(school.login("pupil")))
    for number, pupil in enumerate(pupils[:5]):
        client = kernel(school, pupil.login, "scam-message")
        assert client.get(f"{API}/polls/met").json() == {"spread": {}}
        given = answer("met", f"{1 + number % 2}) horse", None) | {"max_score": None}
        assert client.post(f"{API}/answers", json=given).status_code == 201
    other = kernel(school, pupils[6].login, "scam-message")
    assert other.get(f"{API}/polls/met").json() == {"spread": {"1": 3, "2": 2}}


@pytest.mark.parametrize("question", ["mine", "strong", "none-such"])
def test_what_classmates_answered_to_anything_but_a_poll_is_told_to_nobody(school, question):
    assert kernel(school, school.login("pupil")).get(f"{API}/polls/{question}").status_code == 404


def finish(school, login, score=1.0):
    client = kernel(school, login)
    client.post(f"{API}/answers", json=answer(score=score))
    client.post(f"{API}/answers", json=answer("mine", "text", None) | {"max_score": None})


def test_only_a_finished_lesson_is_looked_at_again(school, two):
    assert "review" not in kernel(school, two[0], review=True).get(f"{API}/answers").json()
    finish(school, two[0])
    assert kernel(school, two[0], review=True).get(f"{API}/answers").json()["review"] is True
    assert "review" not in kernel(school, two[0]).get(f"{API}/answers").json()


@pytest.mark.parametrize(("score", "word"), [(1.0, "Меңгерілді"), (0.0, "Аяқталды")])
def test_a_lesson_is_mastered_by_points_and_not_by_answers_alone(school, two, score, word):
    with school.database.session() as session:
        find_person(session, two[0]).language = "kk"
        session.query(LearningEvent).delete()
    finish(school, two[0], score)
    page = school.sign_in(two[0]).get(f"{PREFIX}/").text
    results = page[page.index("results-heading") :]
    assert word in results[: results.index("</table>")]


def test_a_mastered_lesson_stays_mastered_while_practice_goes_on(school, two):
    """Points fall with a wrong answer; what was reached stays, for pupil, teacher and both exports."""
    with school.database.session() as session:
        find_person(session, two[0]).language = "kk"
        session.query(LearningEvent).delete()
    finish(school, two[0])
    with school.database.session() as session:
        session.query(LearningEvent).update({"at": datetime(2026, 9, 30, 20, tzinfo=UTC)})
    before = statements(school)
    kernel(school, two[0]).post(f"{API}/answers", json=answer(score=0.0))
    page = school.sign_in(two[0]).get(f"{PREFIX}/").text
    results = page[page.index("results-heading") :].partition("</table>")[0]
    assert "Меңгерілді" in results and "2026\u202fж. 1 қазан" in results
    assert "0 / 1" in results
    teacher = school.sign_in(school.login("teacher"))
    lesson = f"{PREFIX}/classes/{school.class_of(two[0]).id}/lessons/passphrase"
    (row,) = (row for row in teacher.get(lesson).text.split("<tr>") if "меңгерді" in row)
    assert "2026\u202fж. 1 қазан" in row
    assert "қате" in row
    told = statements(school)
    assert told[: len(before)] == before
    assert [each["verb"]["display"]["en"] for each in told[len(before) :]] == ["answered"]
    rows = read_table(teacher.get(f"{lesson}/export").content, ";")
    assert [row["verb"] for row in rows] == [each["verb"]["display"]["en"] for each in told]
    (mastered,) = (row for row in rows if row["verb"] == "mastered")
    assert (mastered["question"], mastered["score"], mastered["max_score"]) == ("", "1", "1")
    assert mastered["time"].startswith("2026-10-01T01:00")


def test_a_lesson_with_some_answers_is_not_only_started(school, two):
    with school.database.session() as session:
        find_person(session, two[0]).language = "kk"
        session.query(LearningEvent).delete()
    kernel(school, two[0]).post(f"{API}/answers", json=answer())
    page = school.sign_in(two[0]).get(f"{PREFIX}/").text
    results = page[page.index("results-heading") :].partition("</table>")[0]
    assert "Жауаптары бар" in results
    assert "Басталды" not in results


def statements(school):
    out = io.StringIO()
    export_learning(school.settings, "xapi", out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_was_learnt_is_told_in_xapi_with_what_follows_from_it(school, two):
    with school.database.session() as session:
        session.query(LearningEvent).delete()
    together = kernel(school, two[0], partner=two[1])
    together.post(f"{API}/launched", json={"uuid": str(uuid4())})
    finish(school, two[0])
    told = [each for each in statements(school) if each["actor"]["account"]["name"] == two[0]]
    assert [each["verb"]["display"]["en"] for each in told] == [
        "launched", "answered", "answered", "completed", "mastered",
    ]  # fmt: skip
    assert told[0]["context"]["team"]["member"][1]["account"]["name"] == two[1]
    assert told[1]["result"] == {
        "response": "1) a",
        "success": True,
        "score": {"raw": 1.0, "min": 0, "max": 1.0, "scaled": 1.0},
    }
    assert told[1]["object"]["definition"]["interactionType"] == "choice"
    assert len({each["id"] for each in statements(school)}) == len(statements(school))
    assert statements(school) == statements(school)


def test_every_statement_is_as_the_specification_wants_it_and_keeps_its_id(school, two):
    """The sample school's, a pair's, and those of a lesson whose question was worth more when it was answered."""
    together = kernel(school, two[0], partner=two[1])
    together.post(f"{API}/launched", json={"uuid": str(uuid4())})
    together.post(f"{API}/answers", json=answer())
    finish(school, two[0], 1.0)
    with school.database.session() as session:
        session.query(LearningEvent).filter(LearningEvent.question == "strong").update(
            {"score": 3, "max_score": 4}
        )
    told = statements(school)
    assert {each["verb"]["display"]["en"] for each in told} >= {"launched", "answered", "completed"}
    assert any("context" in each for each in told)
    assert {each["id"]: faults for each in told if (faults := find_faults(each))} == {}
    assert len({each["id"] for each in told}) == len(told)
    with school.database.session() as session:  # in another class now
        moved = session.query(Membership).filter_by(person_id=find_person(session, two[1]).id).one()
        moved.class_id = school.foreign_class(school.login("teacher")).id
    teacher = school.sign_in(school.login("teacher"))
    group = school.class_of(two[0])
    reply = teacher.get(f"{PREFIX}/classes/{group.id}/lessons/passphrase/export?form=xapi")
    again = {each["id"]: each for each in map(json.loads, reply.text.splitlines())}
    assert again and again.items() <= {each["id"]: each for each in statements(school)}.items()
    assert any("context" in each for each in again.values())


@pytest.mark.parametrize("uuid", [str(UUID(int=0)), str(uuid1())])
def test_a_name_that_is_no_statements_is_refused(school, two, uuid):
    """xAPI wants variant 2 of RFC 4122; senders draw theirs by chance."""
    assert kernel(school, two[0]).post(f"{API}/answers", json=answer() | {"uuid": uuid}).status_code == 422


def read_table(content: bytes, delimiter: str):
    assert content.startswith("\ufeff".encode())  # else a spreadsheet takes it for Windows' letters
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_a_teacher_downloads_a_table_that_runs_no_formulas(school, two):
    kernel(school, two[0]).post(f"{API}/answers", json=answer("mine", "=1+1", None) | {"max_score": None})
    kernel(school, two[0]).post(
        f"{API}/answers", json=answer("mine", "қой;=1+1\n@SUM(1)\nжүн, ет - көп", None) | {"max_score": None}
    )
    kernel(school, two[0]).post(f"{API}/answers", json=answer(score=0.5))
    with school.database.session() as session:
        session.query(LearningEvent).update({"at": datetime(2026, 9, 1, 20, 30, tzinfo=UTC)})
    teacher = school.sign_in(school.login("teacher"))
    group = school.class_of(school.login("teacher"))
    reply = teacher.get(f"{PREFIX}/classes/{group.id}/lessons/passphrase/export")
    assert reply.status_code == 200
    rows = read_table(reply.content, ";")
    assert {row["lesson"] for row in rows} == {"passphrase"}
    assert {row["time"] for row in rows} == {"2026-09-02T01:30:00+05:00"}  # the day that it was in the school
    responses = [row["response"] for row in rows if row["question"] == "mine" and row["login"] == two[0]]
    assert responses[-2:] == ["'=1+1", "қой;'=1+1\n'@SUM(1)\nжүн, ет - көп"]
    assert [row["score"] for row in rows if row["question"] == "strong"][-1] == "0,5"
    out = io.StringIO()
    export_learning(school.settings, "csv", out)
    assert [row["score"] for row in read_table(out.getvalue().encode(), ",") if row["score"]][-1] == "0.5"
    assert (
        school.sign_in(two[0]).get(f"{PREFIX}/classes/{group.id}/lessons/passphrase/export").status_code
        == 403
    )


def test_a_lesson_in_kazakh_letters_is_downloaded_and_one_that_nobody_knows_is_not_there(school, two):
    login = school.login("teacher")
    lessons = f"{PREFIX}/classes/{school.class_of(login).id}/lessons"
    assert school.sign_in(login).get(f"{lessons}/goats/export").status_code == 404
    assert school.sign_in(login).get(f"{lessons}/қой/export?form=xapi").status_code == 404
    write_notebook(
        school.settings.notebooks / "kk" / "қой.ipynb", {"slug": "қой", "language": "kk", "title": "Қой"}
    )
    reply = school.sign_in(login).get(f"{lessons}/қой/export")
    assert reply.status_code == 200
    name = reply.headers["content-disposition"].removeprefix("attachment; filename*=UTF-8''")
    assert unquote(name) == f"қой-{school.class_of(login).id}.csv"


def test_a_lesson_without_points_is_completed_without_a_score(school, two):
    """xAPI wants a score's max to be more than its min."""
    opened = [QUESTIONS[1]]
    for language in ("kk", "ru", "en"):
        about = {"slug": "wish", "language": language, "title": "Wish", "questions": opened}
        write_notebook(school.settings.notebooks / language / "wish.ipynb", about)
    kernel(school, two[0], "wish").post(
        f"{API}/answers", json=answer("mine", "x", None) | {"max_score": None}
    )
    told = [each for each in statements(school) if "/lesson/wish" in each["object"]["id"]]
    assert {each["verb"]["display"]["en"]: each["result"] for each in told} == {
        "answered": {"response": "x"},
        "completed": {"completion": True},
        "mastered": {"completion": True},
    }


def test_rooms_hear_whether_a_pupils_class_was_given_a_lesson(school, two):
    teacher = school.sign_in(school.login("teacher"))
    page = f"{PREFIX}/classes/{school.class_of(two[0]).id}"
    plan = {"slug": "plan", "language": "kk", "title": "Plan", "track": "teachers"}
    write_notebook(school.settings.notebooks / "kk" / "plan.ipynb", plan)
    asked = kernel(school, two[0], "plan")
    assert asked.get(f"{API}/assigned").json() == {"assigned": False}
    token = form_token(teacher.get(page).text)
    teacher.post(f"{page}/lessons", data={"lesson": "plan", "token": token})
    assert asked.get(f"{API}/assigned").json() == {"assigned": True}
    assert kernel(school, school.login("leader"), "plan").get(f"{API}/assigned").json() == {"assigned": False}
    assert school.kernel(two[0], "app", "attendance").get(f"{API}/assigned").status_code == 403


def test_a_sign_out_takes_every_cookie_but_the_language(school, two):
    browser = school.sign_in(two[0])
    browser.cookies.set(PAIR_COOKIE, "x")
    browser.cookies.set("a[b]", "another server's")
    gone = browser.get(f"{PREFIX}/sign-out")
    headers = "\n".join(gone.headers.get_list("set-cookie"))
    for name in (PAIR_COOKIE, "service-rooms", "sandyq-reader", f"jupyterhub-user-{two[0]}"):
        assert f'{name}=""' in headers
    assert 'sandyq-lang=""' not in headers
    assert "goodbye.js" in gone.text
