"""The sample school's survey and budget: invented, called examples, and such as leaders themselves could have made."""

from datetime import date

from sqlalchemy import select

from sandyq.school import people
from sandyq.school.centre.checks import CHECKS
from sandyq.school.centre.survey import open_surveys
from sandyq.school.centre.tables import BudgetLine, Spending, Survey, SurveyAnswer
from sandyq.school.sample_centre import EXAMPLE

TODAY = date(2026, 11, 24)


def test_survey_and_budget_are_called_examples(session):
    names = [row.name for table in (Survey, BudgetLine) for row in session.scalars(select(table))]
    assert len(names) == 8
    assert all(name.startswith(EXAMPLE) for name in names)


def test_the_example_survey_asks_no_child(session):
    assert open_surveys(session, people.find_person(session, "aruzhan"), TODAY) == []


def test_two_children_of_three_have_answered_it_some_on_paper(session):
    rows = session.scalars(select(SurveyAnswer)).all()
    assert len(rows) == len({row.person_id for row in rows}) == 40
    assert {row.source for row in rows} == {"paper", "screen"}
    for table in (Survey, SurveyAnswer):
        for row in session.scalars(select(table)):
            for check in CHECKS[table.__tablename__]:
                check(session, row)


def test_the_example_budget_is_of_this_school_year_and_partly_spent(session):
    lines = session.scalars(select(BudgetLine)).all()
    paid = session.scalars(select(Spending)).all()
    assert {line.year for line in lines} == {2026}
    assert {each.line_id for each in paid} == {line.id for line in lines}
    assert all(date(2026, 10, 1) <= each.on <= TODAY and each.amount_tiyn > 0 for each in paid)
