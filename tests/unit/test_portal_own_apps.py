"""Apps that people make: looked over, previewed, published, opened for whom they are, read only, taken out."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest
from portal_school import PREFIX, School

from sandyq.school import people
from sandyq.visits import Visit, read_visit, sign_visit

API = f"{PREFIX}/api/own-apps"
PANEL = {"source": "%author app", "is_code": True}
ABOUT = {"source": "# Бос орындар\nҮйірмелердегі бос орындар.\n\nТағы сөз.", "is_code": False}
CODE = {"source": "from sandyq_apps.own import School\nschool = School.open()", "is_code": True}
NOTES = {"source": "Бұл – автордың жазбасы.", "is_code": False, "tags": ["author"]}


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def send(school, login, *cells, roles=(), **more):
    app = {
        "name": "Бос орын",
        "cells": [PANEL, *(cells or (ABOUT, CODE, NOTES))],
        "roles": list(roles),
    } | more
    return school.notebook(login).post(API, json=app)


def ask(school, login, name):
    """Ask as rooms do for a visitor: whose app is it?"""
    return school.kernel(login, "app", name).get(f"{API}/{name}")


def test_a_preview_opens_for_its_author_alone_and_stands_in_no_gallery(school):
    author = school.login("teacher")
    told = send(school, author).json()
    assert (told["title"], told["troubles"], told["roles"]) == ("Бос орындар", [], [])
    assert told["name"].startswith("p")
    assert told["address"] == f"/services/rooms/app/{told['name']}"
    assert ask(school, author, told["name"]).json()["login"] == author
    for other in ("leader", "administrator", "pupil"):
        assert ask(school, school.login(other), told["name"]).status_code == 404
    assert "Бос орындар" not in school.sign_in(author).get(f"{PREFIX}/apps").text


def test_a_published_app_is_for_the_roles_it_names_and_for_its_author(school):
    author = school.login("teacher")
    name = send(school, author, roles=["leader"]).json()["name"]
    assert name.startswith("t")
    assert ask(school, school.login("leader"), name).json()["login"] == author
    assert ask(school, author, name).status_code == 200
    assert ask(school, school.login("pupil"), name).status_code == 404
    gallery = school.sign_in(school.login("leader")).get(f"{PREFIX}/apps").text
    assert "Бос орындар" in gallery
    assert "Үйірмелердегі бос орындар." in gallery
    assert "Тағы сөз" not in gallery
    assert f"/services/rooms/app/{name}" in gallery


def test_pupils_find_what_is_for_them_on_their_home_page(school):
    pupil = school.sign_in(school.login("pupil"))
    assert "Бос орындар" not in pupil.get(f"{PREFIX}/").text
    name = send(school, school.login("teacher"), roles=["pupil"]).json()["name"]
    assert f"/services/rooms/app/{name}" in pupil.get(f"{PREFIX}/").text


def test_the_notebook_that_rooms_read_has_neither_buttons_nor_notes(school):
    name = send(school, school.login("leader"), roles=["leader"]).json()["name"]
    path = school.settings.own_apps / name / f"{name}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    assert [cell["source"] for cell in notebook["cells"]] == [ABOUT["source"], CODE["source"]]
    assert notebook["cells"][1]["metadata"]["tags"] == ["per-visitor"]
    assert notebook["metadata"]["sandyq"]["roles"] == ["leader"]
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "imports",
    [
        CODE["source"],
        "import sandyq_apps.own as mine",
        "from sandyq_apps import own",
        "from sandyq_apps import (\n    own as mine,\n)",
    ],
)
def test_only_what_reads_the_school_is_run_for_each_visitor(school, imports):
    before = {"source": "from sandyq_apps_mine import owner", "is_code": True, "tags": ["per-visitor"]}
    reads = {"source": imports, "is_code": True}
    name = send(school, school.login("leader"), ABOUT, before, reads).json()["name"]
    notebook = json.loads((school.settings.own_apps / name / f"{name}.ipynb").read_text("utf-8"))
    assert [cell["metadata"].get("tags") for cell in notebook["cells"]] == [None, None, ["per-visitor"]]


@pytest.mark.parametrize(
    ("cells", "cell", "words"),
    [
        ([CODE], 0, "атауы жоқ"),
        ([ABOUT], 0, "ештеңе көрсетпейді"),
        ([ABOUT, {"source": "for x in", "is_code": True}], 3, "іске қосу"),
        ([ABOUT, {"source": "read_csv('orman.csv')", "is_code": True}], 3, "orman.csv"),
    ],
)
def test_what_keeps_a_notebook_from_being_an_app_is_told_in_its_authors_language(school, cells, cell, words):
    told = send(school, school.login("teacher"), *cells, roles=["leader"]).json()
    assert [trouble["cell"] for trouble in told["troubles"]] == [cell]
    assert words in told["troubles"][0]["message"]
    assert not school.settings.own_apps.exists()


LONG = "Үйірмелерге қатысу туралы есеп, 2026 жыл, "


@pytest.mark.parametrize(
    ("one", "other"), [("Бос орын", "Бос-орын"), (f"{LONG}қараша", f"{LONG}желтоқсан"), ("Есеп 1", "есеп 1")]
)
def test_files_whose_names_look_alike_are_apps_of_their_own(school, one, other):
    author = school.login("leader")

    def publish(name):
        return send(school, author, name=name, roles=["leader"]).json()["name"]

    names = [publish(name) for name in (one, other, f"{other}!", one, other)]
    assert names[3:] == names[:2]
    assert len(set(names)) == 3
    assert {ask(school, author, name).status_code for name in names} == {200}
    shutil.rmtree(school.settings.own_apps / names[0])
    assert publish(other) == names[1], "it stays where it is though the other one is gone"


def test_tables_stand_beside_the_app_and_go_when_it_needs_them_no_more(school):
    table = {"source": "read_csv('orman.csv')", "is_code": True}
    leader = school.login("leader")
    name = send(school, leader, ABOUT, table, files={"orman.csv": "a,b\n1,2\n"}).json()["name"]
    folder = school.settings.own_apps / name
    assert (folder / "orman.csv").read_text() == "a,b\n1,2\n"
    send(school, leader)
    assert [path.name for path in folder.iterdir()] == [f"{name}.ipynb"]


def test_an_app_reads_what_its_author_may_and_changes_nothing(school):
    teacher = school.login("teacher")
    visit = read_visit(school.settings, school.notebook(teacher).post(f"{API}/visit").json()["token"])
    assert (visit.login, visit.kind, visit.own) == (teacher, "app", True)
    kernel = school.notebook(teacher)
    kernel.headers["Authorization"] = f"Bearer {sign_visit(school.settings, visit)}"
    read = kernel.get(f"{PREFIX}/api/centre?sheets=club,pupil")
    assert read.json()["me"]["login"] == teacher
    assert kernel.get(f"{PREFIX}/api/centre?sheets=budget_line").status_code == 403
    change = {"uuid": "7d8f1b1e-8a53-4f7b-9f5e-000000000001", "what": "x", "edits": []}
    for path, body in (("centre/changes", change), ("centre/undo", change | {"number": 1})):
        assert kernel.post(f"{PREFIX}/api/{path}", json=body).status_code == 403
    assert kernel.put(f"{PREFIX}/api/centre/photos", content=b"x").status_code == 403
    assert kernel.post(f"{PREFIX}/api/clubs/1/attendance", json={}).status_code == 403
    assert kernel.post(f"{PREFIX}/api/answers", json={}).status_code == 403


def test_an_app_lends_nobody_the_childrens_passports(school):
    """They open by a right to each child, and the author's right is not that of who looks at the app."""
    leader = school.login("leader")
    token = school.notebook(leader).post(f"{API}/visit").json()["token"]
    kernel = school.notebook(leader)
    asked = (
        "centre?sheets=club,passport_entry",
        "centre?sheets=peer",
        "centre/changes?sheets=passport_entry&after=0",
        "centre/history?sheet=passport_entry&row=1",
        f"centre/photos/{'0' * 64}",
    )

    def ask_as(bearer):
        kernel.headers["Authorization"] = f"Bearer {bearer}"
        return [kernel.get(f"{PREFIX}/api/{path}").status_code for path in asked]

    assert ask_as(token) == [403] * len(asked)
    of_the_centre = sign_visit(school.settings, Visit(leader, "app", "passport"))
    assert ask_as(of_the_centre)[:3] == [200] * 3


def test_pupils_make_no_apps(school):
    pupil = school.login("pupil")
    assert send(school, pupil, roles=["pupil"]).status_code == 403
    assert school.notebook(pupil).post(f"{API}/visit").status_code == 403


def test_an_author_who_left_takes_their_apps_with_them(school):
    author = school.login("teacher")
    name = send(school, author, roles=["leader"]).json()["name"]
    with school.database.session() as session:
        people.find_person(session, author).left_at = datetime.now(UTC)
    leader = school.login("leader")
    assert ask(school, leader, name).status_code == 404
    assert "Бос орындар" not in school.sign_in(leader).get(f"{PREFIX}/apps").text


@pytest.mark.parametrize("name", ["..", "t1-..%2F..%2Fx", "t1-none", "T1-x", "chests"])
def test_no_other_name_is_an_app_that_somebody_made(school, name):
    assert ask(school, school.login("leader"), name).status_code == 404


def test_the_author_or_an_administrator_takes_an_app_out_and_nobody_else(school):
    author = school.login("teacher")
    name = send(school, author, roles=["leader", "administrator"]).json()["name"]

    def take_out(login):
        page = school.sign_in(login)
        token = page.get(f"{PREFIX}/apps").text.partition('name="token" value="')[2].partition('"')[0]
        return page.post(f"{PREFIX}/apps/take-out", data={"token": token, "name": name})

    assert take_out(school.login("leader")).status_code == 403
    assert ask(school, school.login("leader"), name).status_code == 200
    assert take_out(school.login("administrator")).status_code == 303
    assert not (school.settings.own_apps / name).exists()
    assert take_out(author).status_code == 404
    assert send(school, author, roles=["leader"]).status_code == 201
    assert take_out(author).status_code == 303


def test_a_visit_of_a_lesson_learns_nothing_of_apps(school):
    name = send(school, school.login("teacher"), roles=["pupil"]).json()["name"]
    assert school.kernel(school.login("pupil")).get(f"{API}/{name}").status_code == 403
