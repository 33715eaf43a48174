"""A pupil's page of wishes for clubs: closed until the leader opens it, plain forms, and nothing else is open."""

import re
from uuid import uuid4

import pytest
from portal_school import PREFIX, School, form_token
from sqlalchemy import select

from sandyq.i18n import LANGUAGES, translator
from sandyq.school import people
from sandyq.school.centre import wishes
from sandyq.school.centre.tables import Chest, Club, Enrolment, Intake, Wish
from sandyq.school.database import today
from sandyq.school.journal import describe_entry
from sandyq.school.kept import Change
from sandyq.school.leaving import leave_school
from sandyq_apps.kit.speech import Speech

PAGE = f"{PREFIX}/wishes"


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def open_wishes(school):
    with school.database.session() as session:
        pupil = people.find_person(session, school.login("pupil"))
        session.add(Intake(school_id=pupil.school_id, is_open=True))
        return [club.id for club in wishes.clubs_for(session, pupil, today())]


def stored(school):
    with school.database.reading() as session:
        pupil = people.find_person(session, school.login("pupil"))
        return [wish.club_id for wish in wishes.wishes_of(session, pupil)]


def send(browser, **values):
    page = browser.get(PAGE).text
    uuid = re.search(r'name="uuid" value="([\w-]+)"', page)
    body = {"token": form_token(page), "uuid": uuid[1] if uuid else str(uuid4()), **values}
    return browser.post(PAGE, data=body)


def test_while_wishes_are_closed_there_is_no_form_and_nothing_is_taken(school):
    browser = school.sign_in(school.login("pupil"))
    before = stored(school)
    assert 'name="first"' not in browser.get(PAGE).text
    assert PAGE not in browser.get(f"{PREFIX}/").text
    token = form_token(browser.get(f"{PREFIX}/").text)
    answer = browser.post(PAGE, data={"token": token, "uuid": str(uuid4()), "first": "1"})
    assert answer.status_code == 422
    assert stored(school) == before


def test_a_pupil_gives_wishes_which_are_kept_with_an_entry_of_the_journal(school):
    first, second, *_ = open_wishes(school)
    browser = school.sign_in(school.login("pupil"))
    assert PAGE in browser.get(f"{PREFIX}/").text
    answer = send(browser, first=str(second), second="0", third=str(first))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?saved=1")
    assert stored(school) == [second, first]
    page = browser.get(f"{PAGE}?saved=1").text
    assert re.findall(r'value="(\d+)" selected', page) == [str(second), str(first)]
    with school.database.reading() as session:
        entry = session.scalars(select(Change)).one()
        assert (entry.app, entry.what) == ("wishes", "Тілектер берілді")
        told = describe_entry(session, entry)
    assert Speech("ru").retell(told) == "Пожелания даны", "whoever reads it has another language"


def test_of_a_pupil_who_leaves_each_reader_is_told_in_their_language(school):
    with school.database.session() as session:
        chest = Chest(school_id=1, names={"en": "One"}, colour="#2f6db5", position=9)
        pupil = people.find_person(session, school.login("pupil"))
        club = Club(school_id=1, name="Шахмат", chest=chest, leader_id=pupil.id)
        session.add(club)
        session.flush()
        session.add(Enrolment(school_id=1, person_id=pupil.id, club_id=club.id, since=today()))
        session.flush()
        leave_school(session, pupil)
        told = describe_entry(session, session.scalars(select(Change)).one())
        assert told["what"].endswith(pupil.full_name)
        for language in LANGUAGES:
            text = translator(language)("Left the school: {name}").format(name=pupil.full_name)
            assert Speech(language).retell(told) == text


def test_a_club_twice_is_told_on_the_page_with_what_was_chosen(school):
    first, *_ = open_wishes(school)
    browser = school.sign_in(school.login("pupil"))
    answer = send(browser, first=str(first), second=str(first))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert re.findall(r'value="(\d+)" selected', answer.text) == [str(first), str(first)]


def test_a_club_of_another_grade_is_not_shown_and_not_taken(school):
    mine = open_wishes(school)
    with school.database.reading() as session:
        other = next(wish.club_id for wish in session.scalars(select(Wish)) if wish.club_id not in mine)
    browser = school.sign_in(school.login("pupil"))
    assert f'<option value="{other}"' not in browser.get(PAGE).text
    before = stored(school)
    assert send(browser, first=str(other)).status_code == 422
    assert stored(school) == before


def test_others_than_pupils_have_no_such_page_and_pupils_no_other_part_of_the_centre(school):
    for role in ("teacher", "leader"):
        assert school.sign_in(school.login(role)).get(PAGE).status_code == 403
    kernel = school.kernel(school.login("pupil"), "app", "clubs")
    assert kernel.get(f"{PREFIX}/api/centre?sheets=wish").status_code == 403
    edit = {"sheet": "wish", "id": -1, "values": {"person_id": 1, "club_id": 1, "rank": 1}}
    sent = {"uuid": str(uuid4()), "what": "x", "edits": [edit]}
    assert kernel.post(f"{PREFIX}/api/centre/changes", json=sent).status_code == 403


def test_a_form_without_its_token_is_refused(school):
    first, *_ = open_wishes(school)
    browser = school.sign_in(school.login("pupil"))
    assert browser.post(PAGE, data={"uuid": str(uuid4()), "first": str(first)}).status_code == 403
