"""Items of the library in teachers' lessons: who may take them, their credit, how hard pupils' answers say they are."""

import json
import random
import statistics
from uuid import uuid4

import pytest
from tests.unit.library_school import Visit
from tests.unit.portal_school import School

from sandyq.item_bank import FEWEST, name_cell
from sandyq.school import people
from sandyq.school.learning import record_event
from sandyq.visits import Visit as Token
from sandyq.visits import sign_visit
from sandyq_apps.kit import parts
from sandyq_hub.notebooks import make_lesson_of

API = "/services/portal/api"
TITLE = {"source": "# Кесте\nБүгін кесте оқимыз.", "is_code": False}
OTHER = {"source": "%%number id=rest points=3 answer=5\nҚанша?", "is_code": True}


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def find_teachers(school):
    """Return a teacher with a class, and one of another school."""
    logins = [each.login for each in school.accounts if each.role == "teacher"]
    with school.database.reading() as session:
        at = {login: people.find_person(session, login).school_id for login in logins}
    return logins[0], next(login for login in logins if at[login] != at[logins[0]])


def make_accepted(school, author, **values):
    """An item that two have accepted; return its number."""
    visit = Visit(school, author)
    number = visit.write_item(**values)
    visit.offer(number)
    for coach in [each.login for each in school.accounts if each.role == "coach"]:
        Visit(school, coach).judge(number)
    return number


def take(school, login, *numbers):
    return school.notebook(login).get(f"{API}/items", params={"ids": ",".join(map(str, numbers))})


def publish(school, login, *cells, name="Кесте"):
    lesson = {"name": name, "cells": [{"source": "%author", "is_code": True}, TITLE, *cells]}
    lesson["class_id"] = school.class_of(login).id
    reply = school.notebook(login).post(f"{API}/published", json=lesson)
    assert reply.status_code == 201, reply.text
    return reply.json()["slug"]


def as_cell(taken):
    return {"source": taken["source"], "is_code": True}


def answer(school, slug, pupil, question, score, most, response="1) 3", partner=None):  # noqa: PLR0917
    with school.database.session() as session:
        record_event(
            session, pupil, str(uuid4()), "answered", slug, question=question, response=response, score=score,
            max_score=most, partner_id=partner,
        )  # fmt: skip


def read_uses(school, login, number):
    visit = Visit(school, login)
    return [use.data for use in visit.app.shelf.uses(visit.work(number))]


def test_an_accepted_item_goes_into_a_lesson_and_is_credited_there(school):
    teacher, author = find_teachers(school)
    number = make_accepted(school, author, title="Кесте <b>оқу</b>")
    (taken,) = take(school, teacher, number).json()["items"]
    assert taken["source"].startswith(f"%%choice id=item-{number} ")
    slug = publish(school, teacher, as_cell(taken), OTHER)
    (path,) = school.settings.published.rglob(f"{slug}.ipynb")
    notebook = json.loads(path.read_text())
    credit = next(cell for cell in notebook["cells"] if cell["id"] == "credits")
    name = Visit(school, author).app.shelf.name(Visit(school, author).app.shelf.me)
    assert name in credit["source"] and "<b>" not in credit["source"].replace(r"\<", "")
    (source,) = notebook["metadata"]["sandyq"]["sources"]
    assert name in source["where"] and source["licence"] == "CC BY-SA 4.0"
    page = school.sign_in(teacher).get(f"/services/portal/lessons/{slug}").text
    assert name in page
    (use,) = read_uses(school, teacher, number)
    assert (use["lesson"], use["question"], use["until"]) == (slug, f"item-{number}", None)


def test_an_item_that_was_copied_by_hand_is_known_by_what_it_asks(school):
    teacher, author = find_teachers(school)
    number = make_accepted(school, author)
    body = Visit(school, author).work(number).body
    publish(
        school, teacher, {"source": name_cell(body, "mine").replace("points=1", "points=3"), "is_code": True}
    )
    assert [use["question"] for use in read_uses(school, teacher, number)] == ["mine"]
    publish(school, teacher, {"source": body.replace("Қай", "Қайсы"), "is_code": True}, name="Басқа")
    assert len(read_uses(school, teacher, number)) == 1


def test_published_again_a_use_stays_and_ends_when_the_question_is_another_one(school):
    teacher, author = find_teachers(school)
    number = make_accepted(school, author)
    (taken,) = take(school, teacher, number).json()["items"]
    slug = publish(school, teacher, as_cell(taken))
    publish(school, teacher, as_cell(taken), OTHER)
    assert [use["until"] for use in read_uses(school, teacher, number)] == [None]
    pupil = school.pupils(school.class_of(teacher))[0].id
    answer(school, slug, pupil, f"item-{number}", 1, 1)
    publish(school, teacher, {"source": taken["source"].replace("7", "8"), "is_code": True})
    (use,) = read_uses(school, teacher, number)
    assert use["until"] is not None
    answer(school, slug, school.pupils(school.class_of(teacher))[1].id, f"item-{number}", 1, 1)
    assert Visit(school, teacher).app.shelf.answers[number].answered == 1


def test_who_may_take_an_item_and_which(school):
    teacher, author = find_teachers(school)
    visit = Visit(school, author)
    waiting = visit.write_item()
    visit.offer(waiting)
    draft = visit.write_item(title="Жоба")
    ready = make_accepted(school, author, title="Дайын")
    closed = make_accepted(school, author, title="Мектепте", licence="school")
    assert take(school, author, draft, waiting, ready, closed).status_code == 200
    for number in (waiting, draft, closed, 99_999):
        assert take(school, teacher, number).status_code == 404, number
    assert take(school, teacher, ready).status_code == 200
    for role in ("pupil", "coach", "operator"):
        assert take(school, school.login(role), ready).status_code == 403
    assert school.notebook(teacher).get(f"{API}/items", params={"ids": "1;drop"}).status_code == 422


def test_no_app_claims_an_item_for_a_lesson(school):
    teacher, author = find_teachers(school)
    number = make_accepted(school, author)
    data = {
        "grade": 5,
        "pupils": 5,
        "lesson": "t1-x",
        "question": "q",
        "print": "p",
        "since": 0,
        "until": None,
    }
    values = {"sheet": "resource", "row_id": number, "kind": "use", "on": "2026-11-20", "data": data}
    body = {"uuid": str(uuid4()), "what": "x", "edits": [{"sheet": "reply", "id": -1, "values": values}]}
    reply = school.kernel(teacher, "app", "library").post(f"{API}/centre/changes", json=body)
    assert reply.status_code == 422


@pytest.fixture
def taught(school):
    """A lesson with an item and two other questions, published; the class's pupils have not answered yet."""
    teacher, author = find_teachers(school)
    number = make_accepted(school, author)
    (taken,) = take(school, teacher, number).json()["items"]
    rest = [OTHER, OTHER | {"source": OTHER["source"].replace("id=rest", "id=more")}]
    slug = publish(school, teacher, as_cell(taken), *rest)
    with school.database.reading() as session:
        pupils = sorted(
            person.id
            for account in school.accounts
            if account.role == "pupil" and (person := people.find_person(session, account.login))
        )
    return teacher, number, slug, pupils


def read_analysis(school, login, number):
    return school.kernel(login, "app", "library").get(f"{API}/centre/items/{number}")


def test_numbers_are_those_of_an_independent_count(school, taught):
    teacher, number, slug, pupils = taught
    chance = random.Random(7)  # noqa: S311 # a class of pupils is made up
    right, rest, wrong = {}, {}, {}
    for pupil in pupils:
        skill = chance.random()
        rest[pupil] = 0.0
        for question in ("rest", "more"):
            points = float(chance.random() < skill) * 3
            rest[pupil] += points
            answer(school, slug, pupil, question, points, 3, "5")
            answer(school, slug, pupil, question, 3, 3, "5")  # another try counts for nothing
        is_right = chance.random() < 0.2 + 0.6 * skill
        said = "2) 7" if is_right else chance.choice(["1) 3", "3) 9 | түскі"])
        answer(school, slug, pupil, f"item-{number}", float(is_right), 1, said)
        answer(school, slug, pupil, f"item-{number}", 1, 1, "2) 7")
        right[pupil] = float(is_right)
        if not is_right:
            wrong[said] = wrong.get(said, 0) + 1
    answer(school, slug, people_id(school, teacher), f"item-{number}", 0, 1)  # a teacher who tries it
    told = read_analysis(school, teacher, number).json()
    assert (told["answered"], told["right"], told["lessons"]) == (len(pupils), sum(right.values()), 1)
    order = sorted(pupils)
    expected = statistics.correlation([right[each] for each in order], [rest[each] / 6 for each in order])
    assert told["discrimination"] == pytest.approx(expected, abs=1e-9)
    assert {each["answer"]: each["count"] for each in told["wrong"]} == wrong
    listed = Visit(school, teacher).app.shelf.answers[number]
    assert (listed.answered, listed.right) == (len(pupils), sum(right.values()))
    shown = Visit(school, teacher, "ru").open(number)
    names = [each.family_name for each in school.pupils(school.class_of(teacher))]
    assert not any(
        name in str(told) or f"{name} " in shown.partition("difficulty")[2][:3000] for name in names
    )


def people_id(school, login):
    with school.database.reading() as session:
        return people.find_person(session, login).id


def test_few_answers_tell_nothing_but_how_many_they_are(school, taught):
    teacher, number, slug, pupils = taught
    for pupil in pupils[: FEWEST - 1]:
        answer(school, slug, pupil, f"item-{number}", 0, 1, "1) 3")
    told = read_analysis(school, teacher, number).json()
    assert (told["answered"], told["right"], told["wrong"], told["discrimination"]) == (
        FEWEST - 1,
        None,
        [],
        None,
    )
    assert Visit(school, teacher).app.shelf.answers[number].right is None
    answer(school, slug, pupils[FEWEST - 1], f"item-{number}", 1, 1, "2) 7")
    assert read_analysis(school, teacher, number).json()["right"] == 1


def test_two_at_one_computer_answered_once(school, taught):
    teacher, number, slug, pupils = taught
    for one, other in zip(pupils[:20:2], pupils[1:20:2], strict=True):
        answer(school, slug, one, f"item-{number}", 1, 1, partner=other)
        answer(school, slug, other, f"item-{number}", 1, 1, partner=one)
    assert read_analysis(school, teacher, number).json()["answered"] == 10


def test_what_pupils_wrote_themselves_is_told_when_several_wrote_the_same(school):
    teacher, author = find_teachers(school)
    number = make_accepted(school, author, kind="short")
    (taken,) = take(school, teacher, number).json()["items"]
    slug = publish(school, teacher, as_cell(taken))
    with school.database.reading() as session:
        pupils = [
            people.find_person(session, each.login).id for each in school.accounts if each.role == "pupil"
        ]
    for place, pupil in enumerate(pupils[:20]):
        answer(school, slug, pupil, f"item-{number}", 0, 1, "құм" if place < 5 else f"Мен {place}-мін")
    assert read_analysis(school, teacher, number).json()["wrong"] == [{"answer": "құм", "count": 5}]


def test_the_numbers_are_for_members_of_the_academy(school, taught):
    teacher, number, _slug, _pupils = taught
    for role in ("leader", "administrator", "coach", "expert", "district"):
        assert read_analysis(school, school.login(role), number).status_code == 200, role
    for role in ("pupil", "operator"):
        assert read_analysis(school, school.login(role), number).status_code in (403, 404), role
    assert read_analysis(school, teacher, 99_999).status_code == 404
    own = school.kernel(teacher, "app", "library")
    own.headers["Authorization"] = (
        f"Bearer {sign_visit(school.settings, Token(teacher, 'app', 'mine', own=True))}"
    )
    assert own.get(f"{API}/centre/items/{number}").status_code == 403


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_new_lesson_begins_with_the_buttons_a_title_and_the_items(language):
    items = [{"source": "%%choice id=item-7\nQ", "credit": "Автобус, Айгүл"}]
    notebook = make_lesson_of(items, language)
    kinds = [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]]
    assert "".join(kinds[0][1]) == "%author" and "".join(kinds[1][1]).startswith("# ")
    assert kinds[2:] == [("code", "%%choice id=item-7\nQ"), ("raw", "Автобус, Айгүл")]
    assert notebook["metadata"]["kernelspec"]
    assert (
        make_lesson_of([], language)["cells"] == notebook["cells"][:2]
    )  # the beginning is read anew each time


def test_a_page_of_an_app_leads_to_this_server_alone():
    assert parts.link("x", "/hub/a?items=1")["address"] == "/hub/a?items=1"
    for foreign in ("//evil.kz", "https://evil.kz", "javascript:alert(1)", ""):
        with pytest.raises(ValueError, match="no page of this server"):
            parts.link("x", foreign)
