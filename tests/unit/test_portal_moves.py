"""The district's page of people who go on at another school: found, moved once, never oneself."""

from __future__ import annotations

import re

import pytest
from portal_school import PREFIX, School, form_token
from sqlalchemy import select

from sandyq.school.people import find_person
from sandyq.school.tables import Membership, Move, Person, PersonRole
from sandyq.school.tables import School as SchoolRow

MOVES = f"{PREFIX}/moves"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path / "home")


@pytest.fixture
def district(school):
    return school.sign_in(school.login("district"))


def post(browser, number, **form):
    token = form_token(browser.get(f"{PREFIX}/").text)
    return browser.post(f"{MOVES}/{number}", data={"token": token, **form})


def find(school, login):
    with school.database.reading() as session:
        return find_person(session, login)


def other_school(school, person):
    with school.database.reading() as session:
        return session.scalar(
            select(SchoolRow).where(SchoolRow.id != person.school_id).order_by(SchoolRow.id)
        )


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_district_finds_and_moves_a_teacher(school, district, language):
    with school.database.session() as session:
        find_person(session, school.login("district")).language = language
    teacher = find(school, school.login("teacher"))
    to = other_school(school, teacher)
    assert MOVES in district.get(f"{PREFIX}/").text
    found = district.get(MOVES, params={"name": teacher.family_name[:4].lower()}).text
    assert f"{MOVES}/{teacher.id}" in found
    page = district.get(f"{MOVES}/{teacher.id}").text
    offered = re.findall(r'<option value="(\d+)"', page)
    assert str(to.id) in offered and str(teacher.school_id) not in offered
    moved = post(district, teacher.id, at=teacher.school_id, to=to.id)
    assert (moved.status_code, moved.headers["location"]) == (303, f"{MOVES}?saved=1")
    with school.database.reading() as session:
        assert session.get_one(Person, teacher.id).school_id == to.id
        classes = session.scalars(select(Membership).where(Membership.person_id == teacher.id))
        assert all(each.until is not None for each in classes)
    assert (school.settings.folder("portal") / "people-changed").exists()
    assert teacher.full_name in district.get(MOVES).text.partition("<tbody>")[2]
    words = {"kk": "Соңғы ауысулар", "ru": "Недавние переходы"}
    assert words[language] in district.get(MOVES).text


def test_two_who_move_one_person_at_once_move_them_once(school, district):
    teacher = find(school, school.login("teacher"))
    to = other_school(school, teacher)
    assert post(district, teacher.id, at=teacher.school_id, to=to.id).status_code == 303
    assert post(district, teacher.id, at=teacher.school_id, to=to.id).status_code == 409
    assert post(district, teacher.id, at=to.id, to=to.id).status_code == 409
    assert post(district, teacher.id, at=to.id, to=999).status_code == 404
    with school.database.reading() as session:
        assert len(session.scalars(select(Move)).all()) == 1


@pytest.mark.parametrize("role", ["pupil", "operator", "district"])
def test_pupils_operators_and_oneself_are_not_moved_here(school, district, role):
    person = find(school, school.login(role))
    assert f"{MOVES}/{person.id}" not in district.get(MOVES, params={"name": person.login}).text
    assert district.get(f"{MOVES}/{person.id}").status_code == 404
    assert (
        post(district, person.id, at=person.school_id, to=other_school(school, person).id).status_code == 404
    )


def test_who_keeps_the_server_besides_is_not_moved_here(school, district):
    teacher = find(school, school.login("teacher"))
    with school.database.session() as session:
        session.add(PersonRole(person_id=teacher.id, role="operator"))
    assert district.get(f"{MOVES}/{teacher.id}").status_code == 404


def test_a_sign_is_no_wildcard(district):
    assert f"{MOVES}/" not in district.get(MOVES, params={"name": "%"}).text
