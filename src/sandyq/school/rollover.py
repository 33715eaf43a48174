"""The change of the school year: classes move up, the last grade leaves, last year's classes stay to be looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.database import today
from sandyq.school.errors import BadField, Conflict, NotFound
from sandyq.school.groups import carry_groups
from sandyq.school.leaving import leave_school
from sandyq.school.people import class_pupils, lasts, list_classes
from sandyq.school.tables import AcademicYear, ClassGroup, Membership

LAST_GRADE: Final = 11
QUARTERS: Final = 4
LONGEST_NAME: Final = 20


@dataclass(frozen=True)
class Move:
    """What becomes of a class: ``name`` next year, or empty: its pupils leave the school."""

    class_id: int
    was: str
    pupils: int
    name: str
    grades: tuple[int, ...]


@dataclass(frozen=True)
class NextYear:
    name: str
    quarters: tuple[tuple[date, date], ...]
    """First and last day of each."""
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Done:
    moved: int
    left: int


def propose(session: Session, school_id: int) -> NextYear:
    """Return what one would expect: a grade higher, dates as last year; NotFound when there is no year yet."""
    year = newest_year(session, school_id)
    quarters = tuple(
        (_a_year_on(date.fromisoformat(each["starts"])), _a_year_on(date.fromisoformat(each["ends"])))
        for each in year.quarters
    )
    begins = quarters[0][0].year
    moves = tuple(
        _propose_move(session, group) for group in list_classes(session, school_id, _first_day(year))
    )
    return NextYear(f"{begins}/{(begins + 1) % 100:02}", quarters, moves)


def newest_year(session: Session, school_id: int) -> AcademicYear:
    years = session.scalars(select(AcademicYear).where(AcademicYear.school_id == school_id))
    newest = max(years, key=_first_day, default=None)
    if newest is None:
        raise NotFound("The school has no year yet.")
    return newest


def check_has_begun(year: AcademicYear) -> None:
    """Conflict while the newest year is still to come: nobody is in its classes yet who could be moved on."""
    if (begins := _first_day(year)) > today():
        words = "The year {name} begins on {day}. The one after it can be prepared from then on."
        raise Conflict(words, name=year.name, day=f"{begins:%d.%m.%Y}")


def list_years(session: Session, school_id: int) -> list[tuple[AcademicYear, list[ClassGroup]]]:
    """Return all years, the newest first, with their classes: the archive."""
    years = session.scalars(select(AcademicYear).where(AcademicYear.school_id == school_id))
    return [
        (year, list_classes(session, school_id, _first_day(year)))
        for year in sorted(years, key=_first_day, reverse=True)
    ]


def _first_day(year: AcademicYear) -> date:
    return date.fromisoformat(year.quarters[0]["starts"])


def _a_year_on(day: date) -> date:
    """The same day a year later; a 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _propose_move(session: Session, group: ClassGroup) -> Move:
    grades = tuple(grade + 1 for grade in group.grades if grade < LAST_GRADE)
    name = re.sub(r"\d+", lambda number: str(int(number[0]) + 1), group.name) if grades else ""
    if len(grades) < len(group.grades):  # what is left of a combined class
        name = "–".join(map(str, grades))
    return Move(group.id, group.name, len(class_pupils(session, group.id)), name, grades)


def begin_year(session: Session, school_id: int, wanted: NextYear) -> Done:
    """Make a year and its classes and move everybody; all or nothing, in the caller's transaction.

    Whoever taught a class goes on with it, its groups go along. Pupils of a combined class's last grade leave, too.
    BadField for what cannot be, Conflict when the year is there already or a class was left out.
    """
    old = newest_year(session, school_id)
    _check(session, school_id, old, wanted)
    quarters = [{"starts": begins.isoformat(), "ends": ends.isoformat()} for begins, ends in wanted.quarters]
    year = AcademicYear(school_id=school_id, name=wanted.name, quarters=quarters)
    session.add(year)
    session.flush()
    begins = max(today(), wanted.quarters[0][0])
    moved = left = 0
    for move in wanted.moves:
        before = session.get_one(ClassGroup, move.class_id)
        pupils = class_pupils(session, before.id)
        after = None
        if move.name:
            after = ClassGroup(
                school_id=school_id,
                year_id=year.id,
                name=move.name.strip(),
                grades=list(move.grades),
                language=before.language,
            )
            session.add(after)
            session.flush()
        for pupil in pupils:
            if after is None or (pupil.grade or 0) >= LAST_GRADE:
                leave_school(session, pupil)
                left += 1
            else:
                pupil.grade = (pupil.grade or 0) + 1
                moved += 1
        if after is not None:
            carry_groups(session, before.id, after.id)
        _move_members(session, before, after, begins)
    return Done(moved, left)


def _move_members(session: Session, before: ClassGroup, after: ClassGroup | None, on: date) -> None:
    """End what lasts in the old class when the new one begins."""
    going_on = select(Membership).where(Membership.class_id == before.id, lasts(today()))
    for membership in session.scalars(going_on).all():
        membership.until = max(on, membership.since)
        if after is not None and membership.person.left_at is None:
            session.add(
                Membership(
                    person_id=membership.person_id,
                    class_id=after.id,
                    role=membership.role,
                    since=membership.until,
                )
            )
    session.flush()


def _check(session: Session, school_id: int, old: AcademicYear, wanted: NextYear) -> None:
    if not wanted.name.strip() or len(wanted.name) > LONGEST_NAME:
        raise BadField("name", "Write the year like 2027/28.")
    years = session.scalars(select(AcademicYear.name).where(AcademicYear.school_id == school_id))
    if wanted.name in set(years):
        raise Conflict("The year {name} is there already.", name=wanted.name)
    check_has_begun(old)
    _check_quarters(old, wanted.quarters)
    classes = {group.id for group in list_classes(session, school_id, _first_day(old))}
    if {move.class_id for move in wanted.moves} != classes:
        raise Conflict("The classes have changed meanwhile. Look at them and do it again.")
    names: dict[str, Move] = {}
    for move in wanted.moves:
        name = move.name.strip()
        if len(name) > LONGEST_NAME:
            raise BadField(f"class-{move.class_id}", "Write {most} letters at most.", most=LONGEST_NAME)
        if name and name in names:
            raise BadField(f"class-{move.class_id}", "Two classes cannot be called {name}.", name=name)
        if name and not move.grades:
            words = "After grade {last} pupils leave. Leave the name empty."
            raise BadField(f"class-{move.class_id}", words, last=LAST_GRADE)
        names[name] = move


def _check_quarters(old: AcademicYear, quarters: Sequence[tuple[date, date]]) -> None:
    if len(quarters) != QUARTERS:
        raise BadField("quarter-1", "A year has four quarters.")
    end = last_day(old)
    for number, (begins, ends) in enumerate(quarters, 1):
        if begins <= end:
            raise BadField(
                f"quarter-{number}", "It begins before what came earlier has ended ({day}).", day=end
            )
        if not timedelta(0) < ends - begins < timedelta(days=120):
            raise BadField(f"quarter-{number}", "The last day comes after the first, within four months.")
        end = ends


def last_day(year: AcademicYear) -> date:
    """Return the last of its fourth quarter."""
    return date.fromisoformat(year.quarters[-1]["ends"])
