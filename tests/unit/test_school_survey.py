"""Surveys in the school's database: who may answer what, once, and what leaders hear of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select

from sandyq.school import journal, people, sample
from sandyq.school.centre.survey import find_open, open_surveys, record_answer
from sandyq.school.centre.tables import SurveyAnswer
from sandyq.school.errors import NotAllowed, NotFound
from sandyq.school.journal import BadEdit, Batch, Edit
from sandyq.school.kept import Change
from sandyq.school.tables import Person
from sandyq.surveys import Option, Question

TODAY = date(2026, 11, 24)
LIKES = Question(
    "likes", "several", {"kk": "Не ұнайды?"}, options=(Option({"kk": "Ән"}, 2), Option({"kk": "Доп"}, 4))
)
LATER = Question("later", "text", {"kk": "Болашақ?"}, bands=("9-11",))


def pupils_of(session, name):
    everybody = session.scalars(select(Person).order_by(Person.id)).all()
    return [
        each
        for each in everybody
        if "pupil" in each.role_names
        and (group := people.class_of_pupil(session, each.id, TODAY))
        and group.name == name
    ]


@pytest.fixture
def pupil(session):
    return pupils_of(session, "7А")[0]


def change(session, leader, edit):
    entry = journal.change(session, leader, Batch(uuid4(), "survey", "Survey", (edit,)))
    return entry.rows[0]["after"]


def make(session, leader, state="open", class_ids=(), questions=(LIKES, LATER)):
    values = {
        "name": "Сауалнама",
        "questions": [each.keep() for each in questions],
        "state": state,
        "class_ids": list(class_ids),
    }
    return change(session, leader, Edit("survey", -1, 0, values))


def answer(session, pupil, survey, answers):
    record_answer(session, pupil, survey["id"], answers, what="Жауап берді", on=TODAY)


def answers_of(session, survey):
    query = select(SurveyAnswer).where(SurveyAnswer.survey_id == survey["id"], SurveyAnswer.gone.is_(False))
    return session.scalars(query).all()


def test_a_pupil_is_asked_by_open_surveys_of_the_own_class_and_age(session, leader, pupil):
    group = people.class_of_pupil(session, pupil.id, TODAY)
    other = people.class_of_pupil(session, pupils_of(session, "3А")[0].id, TODAY)
    mine = make(session, leader, class_ids=[group.id])
    everybody = make(session, leader)
    make(session, leader, "draft")
    make(session, leader, "closed")
    make(session, leader, class_ids=[other.id])
    make(session, leader, questions=[LATER])
    found = open_surveys(session, pupil, TODAY)
    assert [each.survey.id for each in found] == [mine["id"], everybody["id"]]
    assert [question.id for question in found[0].questions] == ["likes"]


def test_an_answer_is_kept_once_a_child_and_may_be_changed(session, leader, pupil):
    survey = make(session, leader)
    answer(session, pupil, survey, {"likes": [1]})
    answer(session, pupil, survey, {"likes": [1]})
    (row,) = answers_of(session, survey)
    assert (row.version, row.answers, row.source) == (1, {"likes": [1]}, "screen")
    answer(session, pupil, survey, {"likes": [2]})
    (row,) = answers_of(session, survey)
    assert (row.version, row.answers) == (2, {"likes": [2]})
    assert find_open(session, pupil, survey["id"], TODAY).answer is row


def test_pupils_press_twice_at_the_same_moment(database):
    with database.session() as session:
        sample.seed(session, TODAY)
        survey = make(session, people.find_person(session, "lazzat"))
        logins = [each.login for each in pupils_of(session, "7А")[:6]]
    together = Barrier(2 * len(logins))

    def press(login):
        together.wait()
        with database.session() as session:
            answer(session, people.find_person(session, login), survey, {"likes": [1]})

    with ThreadPoolExecutor(2 * len(logins)) as pool:
        list(pool.map(press, logins * 2))
    with database.reading() as session:
        assert [row.version for row in answers_of(session, survey)] == [1] * len(logins)


def test_leaders_hear_of_an_answer_and_see_its_history(session, leader, pupil):
    survey = make(session, leader)
    before = journal.newest(session, leader.school_id)
    answer(session, pupil, survey, {"likes": [1]})
    news = journal.changes_since(session, leader, before, ["survey_answer"])
    assert [entry["by_id"] for entry in news["entries"]] == [pupil.id]
    assert news["rows"][0]["row"]["answers"] == {"likes": [1]}


def test_a_closed_survey_and_one_of_another_class_take_nothing(session, leader, pupil):
    other = people.class_of_pupil(session, pupils_of(session, "3А")[0].id, TODAY)
    closed, foreign = make(session, leader, "closed"), make(session, leader, class_ids=[other.id])
    for survey in (closed, foreign):
        with pytest.raises(NotFound):
            answer(session, pupil, survey, {"likes": [1]})
        assert answers_of(session, survey) == []


@pytest.mark.parametrize("answers", [{}, {"likes": [3]}, {"likes": []}, {"likes": "1"}, {"unknown": [1]}])
def test_what_is_no_answer_is_refused(session, leader, pupil, answers):
    survey = make(session, leader)
    with pytest.raises(BadEdit):
        answer(session, pupil, survey, answers)


def test_a_pupil_reaches_nothing_else_of_the_centre(session, leader, pupil):
    survey = make(session, leader)
    answer(session, pupil, survey, {"likes": [1]})
    (row,) = answers_of(session, survey)
    for edit in (
        Edit("survey", survey["id"], 1, {"name": "x"}),
        Edit("survey_answer", row.id, 1, {"answers": {"likes": [2]}}),
    ):
        with pytest.raises(NotAllowed), session.begin_nested():
            journal.change(session, pupil, Batch(uuid4(), "survey", "x", (edit,)))
    entry = session.scalars(select(Change).where(Change.by == pupil.id)).one()
    with pytest.raises(NotAllowed):
        journal.undo(session, pupil, uuid4(), entry.id)


def test_questions_stay_once_somebody_has_answered(session, leader, pupil):
    survey = make(session, leader)
    answer(session, pupil, survey, {"likes": [1]})
    with pytest.raises(BadEdit, match="stay as they are"):
        change(session, leader, Edit("survey", survey["id"], 1, {"questions": [LATER.keep()]}))
    closed = change(session, leader, Edit("survey", survey["id"], 1, {"state": "closed"}))
    assert closed["state"] == "closed"


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([], "asks nothing"),
        ([Question("a", "several", {"kk": "?"})], "not complete"),
        ([LIKES, LIKES], "once"),
    ],
)
def test_a_survey_that_cannot_be_asked_does_not_open(session, leader, questions, said):
    with pytest.raises(BadEdit, match=said):
        make(session, leader, questions=questions)


def paper(survey, **values):
    return Edit(
        "survey_answer",
        -1,
        0,
        {
            "survey_id": survey["id"],
            "source": "paper",
            "answers": {"likes": [1]},
            "about": {},
            "person_id": None,
            **values,
        },
    )


def test_a_sheet_without_a_name_tells_grade_and_language(session, leader):
    survey = make(session, leader)
    change(session, leader, paper(survey, about={"grade": 3, "sex": "f", "language": "kk"}))
    for about in (
        {},
        {"grade": 12, "language": "kk"},
        {"grade": 3, "language": "xx"},
        {"grade": 3, "language": "kk", "sex": "x"},
    ):
        with pytest.raises(BadEdit):
            change(session, leader, paper(survey, about=about))


def test_a_child_who_has_answered_has_no_second_sheet(session, leader, pupil):
    survey = make(session, leader)
    answer(session, pupil, survey, {"likes": [1]})
    with pytest.raises(BadEdit, match="answered already"):
        change(session, leader, paper(survey, person_id=pupil.id))


def test_a_draft_takes_no_sheets(session, leader, pupil):
    with pytest.raises(BadEdit, match="not open"):
        change(session, leader, paper(make(session, leader, "draft"), person_id=pupil.id))
