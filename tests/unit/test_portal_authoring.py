"""A teacher's own lesson: looked over, published, kept apart from others'."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from portal_school import PREFIX, School

from sandyq.authoring.front import SCREEN_MINUTES
from sandyq.visits import read_visit

API = f"{PREFIX}/api"
TEXT = {"source": "# Жаңбыр\nБұл сабақта жаңбырды өлшейміз.", "is_code": False}
QUESTION = {"source": "%%choice id=a\nҚайсысы?\n- [x] иә\n- [ ] жоқ\nhint: ойлан", "is_code": True}
PANEL = {"source": "%author", "is_code": True}


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def send(school, login, *cells, **more):
    lesson = {"name": "Жаңбыр", "cells": [PANEL, *cells]} | more
    return school.notebook(login).post(f"{API}/published", json=lesson)


def class_id(school):
    return school.class_of(school.login("teacher")).id


def test_a_lesson_is_looked_over_without_being_published(school):
    reply = send(school, school.login("teacher"), TEXT, QUESTION)
    assert reply.json() == {"title": "Жаңбыр", "questions": 1, "points": 1, "troubles": []}
    assert list(school.settings.published.rglob("*.ipynb")) == []


@pytest.mark.parametrize(
    ("cells", "cell", "words"),
    [
        ([QUESTION], 0, "атауы жоқ"),
        ([TEXT], 0, "сұрақ жоқ"),
        ([TEXT, QUESTION | {"source": "%%choice id=a\nQ\n- [ ] x\n- [ ] y"}], 3, "«a» сұрағы, 4-жол"),
        ([TEXT, QUESTION, QUESTION], 4, "a:"),
        ([TEXT, QUESTION, {"source": "%explore none.csv", "is_code": True}], 4, "none.csv"),
        ([TEXT, QUESTION, {"source": "%%chioce id=b\nQ\n- [x] a\n- [ ] b", "is_code": True}], 4, "%%chioce"),
        ([TEXT, QUESTION, {"source": "# my question\n%%choice id=b\nQ", "is_code": True}], 4, "бірінші жолы"),
        ([TEXT, QUESTION, {"source": "Сұрақ\n%%choice id=b\nQ", "is_code": True}], 4, "бірінші жолы"),
        ([TEXT, QUESTION, {"source": "Сен неше жастасың?", "is_code": True}], 4, "Markdown"),
        ([TEXT, QUESTION | {"source": "%%open id=b\nQ\n%%open id=c\nR"}], 3, "жеке ұяшыққа"),
        ([TEXT | {"source": "# a\n![x](attachment:b.png)"}, QUESTION], 2, "b.png"),
        ([TEXT | {"source": "# a\n![x](b.png)"}, QUESTION], 2, "b.png"),
        ([TEXT, QUESTION, {"source": "print('a'", "is_code": True}], 4, "іске қосу"),
        ([TEXT, QUESTION, {"source": "Сұрақ:\n%%choice id=b", "is_code": False}], 4, "код ұяшығына"),
    ],
)
def test_what_keeps_a_lesson_from_its_class_is_told_in_the_teachers_language(school, cells, cell, words):
    login = school.login("teacher")
    reply = send(school, login, *cells, class_id=class_id(school))
    assert reply.status_code == 200
    (trouble,) = reply.json()["troubles"]
    assert trouble["cell"] == cell
    assert words in trouble["message"]
    assert list(school.settings.published.rglob("*.ipynb")) == []


@pytest.mark.parametrize("look", [True, False])
def test_more_minutes_than_a_grade_may_be_at_a_screen_are_told_and_not_published(school, look):
    login = school.login("teacher")
    group = school.class_of(login)
    limit = SCREEN_MINUTES[min(group.grades)]
    told = {
        each["id"]: each["minutes"] for each in school.notebook(login).get(f"{API}/classes").json()["classes"]
    }
    assert told[group.id] == limit
    wish = {"class_id": group.id, "look": look}
    (trouble,) = send(school, login, TEXT, QUESTION, minutes=limit + 1, **wish).json()["troubles"]
    assert trouble["cell"] == 0
    assert f"{limit + 1} минут тым көп: {min(group.grades)}-сынып үшін шек – {limit}" in trouble["message"]
    reply = send(school, login, TEXT, QUESTION, minutes=limit, **wish)
    assert (reply.json()["troubles"], reply.status_code) == ([], 200 if look else 201)
    assert len(list(school.settings.published.rglob("*.ipynb"))) == (0 if look else 1)


def test_a_published_lesson_stands_in_its_class_and_nobody_elses_list(school):
    login = school.login("teacher")
    files = {"rain.csv": "day,mm\n1,5\n"}
    shown = {"source": "%explore rain.csv", "is_code": True}
    reply = send(school, login, TEXT, QUESTION, shown, class_id=class_id(school), files=files)
    assert reply.status_code == 201
    slug = reply.json()["slug"]
    (path,) = school.settings.published.rglob("*.ipynb")
    assert (path.parent / f"{slug}.files" / "rain.csv").read_text() == files["rain.csv"]
    notebook = json.loads(path.read_text())
    sources = [cell["source"] for cell in notebook["cells"]]
    assert "%author" not in sources
    assert sources[0].startswith("%load_ext") and sources[-1].startswith("import sandyq_widgets")
    assert notebook["metadata"]["sandyq"]["questions"][0]["points"] == 1
    pupil = school.pupils(school.class_of(login))[0].login
    assert "Жаңбыр" in school.sign_in(pupil).get(f"{PREFIX}/").text
    other = next(a.login for a in school.accounts if a.role == "teacher" and a.login != login)
    own = school.sign_in(other).get(f"{PREFIX}/").text.partition("own-heading")[2]
    assert "Жаңбыр" not in own


def test_a_number_stays_with_its_unit_in_a_teachers_texts_as_in_ours(school):
    login = school.login("teacher")
    text = {"source": "Қапта 50 кг бидай.\n\n`x = 50 кг`", "is_code": False}
    code = {"source": "weight = '50 кг'", "is_code": True}
    assert send(school, login, TEXT, text, code, QUESTION, class_id=class_id(school)).status_code == 201
    (path,) = school.settings.published.rglob("*.ipynb")
    sources = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
    assert "Қапта 50\u00a0кг бидай.\n\n`x = 50 кг`" in sources
    assert code["source"] in sources


def test_pictures_of_a_text_go_along(school):
    login = school.login("teacher")
    kept = {"ram.png": {"image/png": "iVBORw0KGgo="}}
    text = "![a ram](attachment:ram.png) <img width='9' src='{}'>"
    kept["ewe.png"] = {"image/png": "iVBORw0K"}
    shown = {"source": text.format("attachment:ewe.png"), "is_code": False, "attachments": kept}
    reply = send(school, login, TEXT, shown, QUESTION, class_id=class_id(school))
    assert reply.status_code == 201
    (path,) = school.settings.published.rglob("*.ipynb")
    assert [
        (cell["attachments"], cell["source"])
        for cell in json.loads(path.read_text())["cells"]
        if "attachments" in cell
    ] == [(kept, text.format("data:image/png;base64,iVBORw0K"))]  # of HTML's nbconvert knows nothing


@pytest.mark.parametrize(
    "kept",
    [{"a.png": {"text/html": "aaaa"}}, {"a.png": {"image/png": '"><b>'}}, {'a"b.png': {"image/png": "aaaa"}}],
)
def test_nothing_but_pictures_comes_as_one(school, kept):
    shown = {"source": "![a](attachment:a.png)", "is_code": False, "attachments": kept}
    assert send(school, school.login("teacher"), TEXT, shown, QUESTION).status_code == 422


def test_the_same_notebook_published_again_takes_the_same_place(school):
    login = school.login("teacher")
    first, second = (
        send(school, login, TEXT, QUESTION, class_id=class_id(school)).json()["slug"] for _ in range(2)
    )
    assert first == second
    assert len(list(school.settings.published.rglob("*.ipynb"))) == 1


def test_a_renamed_notebook_keeps_its_place_and_a_copy_gets_another(school):
    login = school.login("teacher")

    def publish(name, *beside, mark="5f0c11d2"):
        about = {"name": name, "mark": mark, "names": [name, *beside]}
        return send(school, login, TEXT, QUESTION, class_id=class_id(school), **about).json()["slug"]

    first = publish("moj-urok-1")
    assert publish("дождь") == first  # renamed
    assert publish("дождь") == first
    copy = publish("дождь-Copy1", "дождь")
    assert copy != first
    assert publish("дождь", "дождь-Copy1") == first
    assert publish("снег", "дождь", "дождь-Copy1", mark="") not in {first, copy}
    assert len(list(school.settings.published.rglob("*.ipynb"))) == 3


def test_lessons_that_differ_in_a_number_only_are_two(school):
    login = school.login("teacher")
    slugs = {
        send(school, login, TEXT, QUESTION, class_id=class_id(school), name=name)
        .json()["slug"]
        .partition("-")[2]
        for name in ("moj-urok-1", "moj-urok-10", "5-сынып", "7-сынып")
    }
    assert slugs == {"moj-urok-1", "moj-urok-10", "5-synyp", "7-synyp"}


def test_two_teachers_lessons_of_one_name_are_two(school):
    teachers = [a.login for a in school.accounts if a.role == "teacher"][:2]
    slugs = set()
    for login in teachers:
        lesson = send(school, login, TEXT, QUESTION, class_id=school.class_of(login).id)
        slugs.add(lesson.json()["slug"])
    assert len(slugs) == 2


@pytest.mark.parametrize("name", ["../../etc/x.csv", "x.py", ".csv", "a/b.csv"])
def test_a_file_that_is_no_table_is_refused(school, name):
    reply = send(
        school, school.login("teacher"), TEXT, QUESTION, class_id=class_id(school), files={name: "x"}
    )
    assert reply.status_code == 422
    assert list(school.settings.published.rglob("*")) == []


def test_only_teachers_publish_and_only_to_their_own_classes(school):
    assert send(school, school.login("pupil"), TEXT, QUESTION).status_code == 403
    assert send(school, "nobody-such", TEXT, QUESTION).status_code == 401
    login = school.login("teacher")
    foreign = school.foreign_class(login).id
    assert send(school, login, TEXT, QUESTION, class_id=foreign).status_code == 404
    names = [group["id"] for group in school.notebook(login).get(f"{API}/classes").json()["classes"]]
    assert class_id(school) in names and foreign not in names


def test_a_pupils_notebook_gets_a_visit_of_its_own_person(school):
    login = school.login("pupil")
    (source, *_) = school.settings.notebooks.glob("*/passphrase.ipynb")
    notebook = json.loads(source.read_text())
    notebook["metadata"]["sandyq"] |= {"slug": "coding", "opens_in": "notebook"}
    source.with_name("coding.ipynb").write_text(json.dumps(notebook))
    kernel = school.notebook(login)
    reply = kernel.post(f"{API}/visits", json={"lesson": "coding", "uuid": str(uuid4())})
    visit = read_visit(school.settings, reply.json()["token"])
    assert (visit.login, visit.kind, visit.name) == (login, "lesson", "coding")
    for other in ("none-such", "passphrase"):  # what is answered in rooms is answered nowhere else
        refused = kernel.post(f"{API}/visits", json={"lesson": other, "uuid": str(uuid4())})
        assert refused.status_code == 404


def test_files_that_read_alike_in_latin_letters_are_lessons_of_their_own(school):
    login, group = school.login("teacher"), class_id(school)
    slugs = [
        send(school, login, TEXT, QUESTION, name=name, class_id=group).json()["slug"]
        for name in ("Бос орын", "Бос-орын", "Бос орын")
    ]
    assert slugs[0] == slugs[2] != slugs[1]


def test_a_name_is_taken_in_all_languages(school):
    """Rooms and lists take two languages of one name for one lesson."""
    login, group = school.login("teacher"), class_id(school)
    first = send(school, login, TEXT, QUESTION, name="Бос орын", class_id=group).json()["slug"]
    folder = school.settings.published
    own = next(path for path in folder.iterdir() if path.is_dir())
    own.rename(folder / next(each for each in ("kk", "ru") if each != own.name))
    assert send(school, login, TEXT, QUESTION, name="Бос-орын", class_id=group).json()["slug"] != first
