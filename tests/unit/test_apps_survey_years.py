"""A survey of last year: the new year has other classes and grades, its result stays what it was when it was closed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.unit.app_parts import find
from tests.unit.portal_school import School
from tests.unit.test_apps_closed_clubs import open_app

from sandyq.school.centre.survey import keep_to_their_year, open_surveys, record_answer
from sandyq.school.database import begin_of, today
from sandyq.school.kept import Change
from sandyq.school.leaving import leave_school
from sandyq.school.people import class_pupils
from sandyq.school.rollover import begin_year, propose
from sandyq.school.tables import AcademicYear, Membership, Person
from sandyq_apps.kit.portal import Refused
from sandyq_apps.survey import InterestSurvey
from sandyq_apps.survey_state import asked_classes, look

LIKES = {"several": [1, 2], "rank": [2, 1, 3], "scale": 5, "yesno": True, "text": "Шахмат"}


@pytest.fixture
def school(tmp_path):
    """The sample school, whose pupils have been in their classes for months."""
    school = School(tmp_path)
    with school.database.session() as session:
        for membership in session.scalars(select(Membership)):
            membership.since = min(membership.since, today() - timedelta(days=90))
    return school


def ask(school, *, some, close=True):
    """Make, open and close a survey; the first pupil of each class asked answers. Return its id."""
    app = open_app(school, InterestSurvey, "survey")
    app.desk.send(app.make_survey({"name": "Былтырғы", "ready": True}))
    survey = app.desk.rows("survey")[-1].id
    app.place["survey"] = survey
    classes = [group.id for group in app.desk.rows("class")]
    if some:
        classes = classes[1:]
        app.desk.send(app.save_classes({"class_ids": classes, "version": 1}))
    set_state(app, "open")
    with school.database.session() as session:
        for pupil in [class_pupils(session, group)[0] for group in classes]:
            (found,) = [each for each in open_surveys(session, pupil, today()) if each.survey.id == survey]
            answers = {question.id: LIKES[question.kind] for question in found.questions}
            record_answer(session, pupil, survey, answers, what="…", on=today())
    app.desk.hear()
    if close:
        set_state(app, "closed")
    return survey


def set_state(app, state):
    version = app.desk.find("survey", app.place["survey"]).version
    app.desk.send(app.set_state({"state": state, "version": version}))


def pass_a_year(school):
    """Let all that was changed be a month old; a pupil leaves, then a year begins today."""
    with school.database.session() as session:
        for entry in session.scalars(select(Change)):
            entry.at -= timedelta(days=30)
        (year,) = session.scalars(select(AcademicYear))
        wanted = replace(propose(session, year.school_id), name="2099/00")
        first = date.fromisoformat(year.quarters[0]["starts"])
        begins = today() - wanted.quarters[0][0]
        wanted = replace(wanted, quarters=tuple((a + begins, b + begins) for a, b in wanted.quarters))
        back = first - (today() - timedelta(days=366))
        year.quarters = [
            {key: (date.fromisoformat(day) - back).isoformat() for key, day in quarter.items()}
            for quarter in year.quarters
        ]
        leaver = class_pupils(session, wanted.moves[-1].class_id)[0]
        leave_school(session, leaver)
        leaver.left_at = begin_of(today()) + timedelta(minutes=30)  # in UTC it is still the day before
        begin_year(session, year.school_id, wanted)


def see(school, survey):
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = survey
    state = look(app, app.desk.find("survey", survey))
    app.place["tab"] = "classes"
    progress = [table["lines"] for table in find(app.view(), "table") if table["key"] == "progress"]
    return state.asked, state.demand, [group.name for group in asked_classes(app, state.survey)], progress


@pytest.mark.parametrize("some", [False, True])
def test_the_result_of_a_closed_survey_is_the_same_in_the_next_year(school, some):
    survey = ask(school, some=some)
    before = see(school, survey)
    assert before[1].whole.answered > 1 and before[3]
    pass_a_year(school)
    assert see(school, survey) == before


def test_an_open_survey_asks_those_who_are_there_now_and_teachers_read_no_roster(school):
    survey = ask(school, some=False)
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = survey
    asked = len(look(app, app.desk.find("survey", survey)).asked)
    set_state(app, "open")
    pass_a_year(school)
    assert 0 < len(see(school, survey)[0]) < asked
    teacher = school.kernel(school.login("teacher"), "app", "attendance")
    answer = teacher.get("/services/portal/api/centre", params={"sheets": "survey_roster"})
    assert answer.json()["sheets"]["survey_roster"] == []


@pytest.mark.parametrize("some", [False, True])
def test_a_survey_that_is_closed_only_in_the_next_year_has_its_result_at_once(school, some):
    survey = ask(school, some=some, close=False)
    before = see(school, survey)
    pass_a_year(school)
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = survey
    set_state(app, "closed")
    app.opened()
    state = look(app, app.desk.find("survey", survey))
    assert (state.asked, state.demand) == before[:2]


@pytest.mark.parametrize("closed", [False, True])
def test_a_survey_of_last_years_classes_says_that_it_asks_nobody(school, closed):
    survey = ask(school, some=True, close=closed)
    pass_a_year(school)
    app = open_app(school, InterestSurvey, "survey")
    app.place |= {"survey": survey, "tab": "classes"}
    if closed:
        with pytest.raises(Refused, match="ешкімнен"):
            set_state(app, "open")
        assert app.desk.find("survey", survey).state == "closed"
    else:
        assert any("ешкімнен сұрамайды" in notice["text"] for notice in find(app.view(), "notice"))


@pytest.mark.parametrize("some", [False, True])
def test_a_survey_with_last_years_answers_is_not_opened_again_for_this_years_children(school, some):
    survey = ask(school, some=some)
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = survey
    set_state(app, "open")  # in its own year it may be
    set_state(app, "closed")
    pass_a_year(school)
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = survey
    version = app.desk.find("survey", survey).version
    app.desk.send(app.ask_all({"version": version}))
    with pytest.raises(Refused, match="екі жылдың"):
        set_state(app, "open")
    assert app.desk.find("survey", survey).state == "closed"


def test_a_survey_nobody_answered_asks_this_years_children_when_it_is_opened_again(school):
    app = open_app(school, InterestSurvey, "survey")
    app.desk.send(app.make_survey({"name": "Былтырғы", "ready": True}))
    survey = app.place["survey"] = app.desk.rows("survey")[-1].id
    set_state(app, "open")
    set_state(app, "closed")
    pass_a_year(school)
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = survey
    set_state(app, "open")
    assert look(app, app.desk.find("survey", survey)).asked


def test_a_survey_left_open_asks_nobody_in_the_next_year_and_its_result_stays(school):
    survey = ask(school, some=False, close=False)
    asked, demand, *_ = see(school, survey)
    with school.database.session() as session:
        leader = session.scalars(select(Person).where(Person.login == school.login("administrator"))).one()
        keep_to_their_year(session, leader, "kk", today())
    assert see(school, survey)[:2] == (asked, demand)  # until the year begins it is as it was
    pass_a_year(school)
    with school.database.session() as session:
        for pupil in session.scalars(select(Person).where(Person.id.in_(asked))):
            assert survey not in [each.survey.id for each in open_surveys(session, pupil, today())]
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = survey
    with pytest.raises(Refused, match="екі жылдың"):
        app.desk.send(app.ask_all({"version": app.desk.find("survey", survey).version}))
    set_state(app, "closed")
    app.opened()
    state = look(app, app.desk.find("survey", survey))
    assert (state.asked, state.demand) == (asked, demand)


def test_summer_answers_are_not_counted_with_those_of_a_year_that_was_prepared_before_them(school):
    app = open_app(school, InterestSurvey, "survey")
    surveys = []
    for _ in range(2):
        app.desk.send(app.make_survey({"name": "Жазғы", "ready": True}))
        surveys.append(app.desk.rows("survey")[-1].id)
    classes = {group.id for group in app.desk.rows("class")}
    app.place["survey"] = surveys[0]
    set_state(app, "open")
    assert app.desk.find("survey", surveys[0]).class_ids == []
    with school.database.session() as session:
        leader = session.scalars(select(Person).where(Person.login == school.login("administrator"))).one()
        wanted = propose(session, leader.school_id)
        assert wanted.quarters[0][0] > today()
        keep_to_their_year(session, leader, "kk", wanted.quarters[0][0])
        begin_year(session, leader.school_id, wanted)
    app = open_app(school, InterestSurvey, "survey")
    app.place["survey"] = surveys[1]  # a draft until now
    set_state(app, "open")
    app.desk.send(app.ask_all({"version": app.desk.find("survey", surveys[1]).version}))
    for survey in surveys:  # opened before the next year was prepared, and after
        assert set(app.desk.find("survey", survey).class_ids) == classes
        assert look(app, app.desk.find("survey", survey)).asked
