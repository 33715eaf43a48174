"""Which tables the centre's apps may change, and who may."""

from __future__ import annotations

from typing import Any, Final

from sandyq.school.centre import tables
from sandyq.school.centre.checks import CHECKS
from sandyq.school.centre.passport import narrow_entries
from sandyq.school.kept import Kept
from sandyq.school.sheets import TEACHING, Sheet


def _sheet(table: type[Kept], **settings: Any) -> Sheet:
    name = table.__tablename__
    return Sheet(name, table, checks=CHECKS.get(name, ()), **settings)


CENTRE: Final = (
    _sheet(tables.Chest, readers=TEACHING),
    _sheet(tables.Room),
    _sheet(tables.Slot),
    _sheet(tables.Route),
    _sheet(tables.Child),
    _sheet(tables.Club, readers=TEACHING),
    _sheet(tables.Enrolment, readers=TEACHING),
    _sheet(tables.Wish),
    _sheet(tables.Intake),
    _sheet(tables.Waiting),
    _sheet(tables.Meeting),
    _sheet(tables.TimetableWish),
    _sheet(tables.Survey),
    _sheet(tables.SurveyAnswer),
    _sheet(tables.LaunchPlan),
    _sheet(tables.LaunchStep),
    _sheet(tables.BudgetLine),
    _sheet(tables.Spending),
    _sheet(tables.PassportEntry, readers=TEACHING, writers=TEACHING, narrow=narrow_entries, signed=True),
    _sheet(tables.Rota, readers=TEACHING, writers=TEACHING),
)
