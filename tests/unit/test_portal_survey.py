"""A survey over HTTP: a plain form of the pupil's, a preview of the leader's, nothing for anybody else."""

from uuid import uuid4

import pytest
from portal_school import PREFIX, School, form_token
from sqlalchemy import func, select

from sandyq.school import journal, people
from sandyq.school.centre.tables import Survey, SurveyAnswer
from sandyq.surveys import Option, Question

LIKES = Question(
    "likes",
    "several",
    {"kk": "Не ұнайды?"},
    options=(Option({"kk": "Ән"}, 1, "music"), Option({"kk": "<b>Доп"}, 2)),
)
RANK = Question(
    "rank", "rank", {"kk": "Ретімен"}, options=tuple(Option({"kk": f"Бір {n}"}, n) for n in range(1, 5))
)
SCALE = Question("scale", "scale", {"kk": "Қызық па?"}, low={"kk": "жоқ"}, high={"kk": "иә"}, chest=1)
STAY = Question("stay", "yesno", {"kk": "Қаласың ба?"})
MORE = Question("more", "text", {"kk": "Тағы?"})


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


def open_survey(school, state="open"):
    with school.database.session() as session:
        leader = people.find_person(session, school.login("leader"))
        questions = [each.keep() for each in (LIKES, RANK, SCALE, STAY, MORE)]
        values = {"name": "Сауалнама", "questions": questions, "state": state, "class_ids": []}
        batch = journal.Batch(uuid4(), "survey", "Survey", (journal.Edit("survey", -1, 0, values),))
        return journal.change(session, leader, batch).rows[0]["id"]


def answers(school):
    """What was answered to the survey that a test opened: the sample's own, an example, is older."""
    newest = select(func.max(Survey.id)).scalar_subquery()
    query = select(SurveyAnswer).where(SurveyAnswer.survey_id == newest).order_by(SurveyAnswer.id)
    with school.database.reading() as session:
        return [row.answers for row in session.scalars(query)]


def send(browser, page, **data):
    return browser.post(page, data={"token": form_token(browser.get(page).text), **data})


def test_a_pupil_answers_every_kind_of_question_and_is_thanked_after_it_is_kept(school):
    page = f"{PREFIX}/surveys/{open_survey(school)}"
    browser = school.sign_in(school.login("pupil"))
    assert page in browser.get(f"{PREFIX}/").text
    shown = browser.get(page).text
    assert "&lt;b&gt;Доп" in shown
    assert "<script" not in shown
    data = {
        "likes": ["2", "1"],
        "rank-1": "3",
        "rank-2": "",
        "rank-3": "1",
        "scale": "5",
        "stay": "0",
        "more": " Шахмат ",
    }
    reply = send(browser, page, **data)
    assert (reply.status_code, reply.headers["location"]) == (303, f"{page}/thanks")
    said = {"likes": [2, 1], "rank": [3, 1], "scale": 5, "stay": False, "more": "Шахмат"}
    assert answers(school) == [said]
    assert browser.get(f"{page}/thanks").status_code == 200
    again = browser.get(page).text
    assert again.count(" checked") == 4
    assert again.count(" selected") == 2
    assert "Шахмат" in again


def test_what_is_wrong_is_told_and_what_was_chosen_stays(school):
    page = f"{PREFIX}/surveys/{open_survey(school)}"
    browser = school.sign_in(school.login("pupil"))
    assert send(browser, page).status_code == 422
    twice = send(browser, page, **{"likes": ["1"], "rank-1": "2", "rank-2": "2"})
    assert twice.status_code == 422
    assert 'id="wrong-2"' in twice.text
    assert twice.text.count(" checked") == 1
    assert send(browser, page, likes=["9"]).status_code == 422
    assert send(browser, page, scale="7").status_code == 422
    assert answers(school) == []


def test_a_form_without_its_token_keeps_nothing(school):
    page = f"{PREFIX}/surveys/{open_survey(school)}"
    browser = school.sign_in(school.login("pupil"))
    assert browser.post(page, data={"likes": "1"}).status_code == 403
    assert answers(school) == []


def test_a_closed_survey_is_not_there(school):
    survey = open_survey(school, "closed")
    browser = school.sign_in(school.login("pupil"))
    assert f"/surveys/{survey}" not in browser.get(f"{PREFIX}/").text
    for page in (f"{PREFIX}/surveys/{survey}", f"{PREFIX}/surveys/{survey}/thanks"):
        assert browser.get(page).status_code == 404


def test_thanks_come_only_after_an_answer(school):
    page = f"{PREFIX}/surveys/{open_survey(school)}"
    reply = school.sign_in(school.login("pupil")).get(f"{page}/thanks")
    assert reply.headers["location"] == page


def test_a_leader_sees_a_draft_as_children_do_and_can_send_nothing(school):
    survey = open_survey(school, "draft")
    preview = f"{PREFIX}/survey-previews/{survey}?band=1-4&language=kk"
    leader = school.sign_in(school.login("leader"))
    shown = leader.get(preview)
    assert shown.status_code == 200
    assert "disabled" in shown.text
    assert leader.get(preview.replace("1-4", "x")).status_code == 404
    assert leader.get(f"{PREFIX}/survey-previews/999").status_code == 404
    assert leader.get(f"{PREFIX}/surveys/{survey}").status_code == 403
    for role in ("pupil", "teacher"):
        assert school.sign_in(school.login(role)).get(preview).status_code == 403


def test_a_pupils_visit_reaches_no_sheet_of_the_centre(school):
    open_survey(school)
    kernel = school.kernel(school.login("pupil"), "app", "survey")
    assert kernel.get(f"{PREFIX}/api/centre?sheets=survey,survey_answer").status_code == 403
