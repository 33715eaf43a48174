"""The centre's week: clubs that one leads or is in, or, for who leads the centre, all of them; steps of the launch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sandyq.launch.holidays import read_calendar
from sandyq.launch.plan import Step, choose_opening, find_faults, make_schedule
from sandyq.school.calendar.event import Event, Span, name, name_week
from sandyq.school.centre.tables import Club, Enrolment, LaunchPlan, LaunchStep, Meeting, Room, Slot
from sandyq.school.database import today
from sandyq.school.sheets import LEADING
from sandyq.school.tables import AcademicYear, Person


def read_clubs(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """Meetings of clubs on the school year's days.

    What meets at the same time is one event for who leads the centre.
    """
    leads = bool(LEADING & person.role_names)
    query = (
        select(Meeting.id, Meeting.version, Club.id, Club.name, Slot, Room.name)
        .join(Club, Club.id == Meeting.club_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Room, Room.id == Meeting.room_id)
        .where(Club.school_id == person.school_id, Meeting.gone.is_(False), Club.gone.is_(False))
        .order_by(Club.name, Meeting.id)
    )
    if not leads:
        mine = select(Enrolment.club_id).where(
            Enrolment.person_id == person.id,
            Enrolment.gone.is_(False),
            Enrolment.since <= span[1],
            or_(Enrolment.until.is_(None), Enrolment.until > span[0]),
        )
        query = query.where(or_(Club.leader_id == person.id, Club.id.in_(mine)))
    meetings = session.execute(query).all()
    if not meetings:
        return
    days = _school_days(session, person.school_id, span)
    if leads:
        yield from _join(meetings, days)
        return
    for number, version, club, title, slot, room in meetings:
        for on in days[slot.weekday]:
            yield Event(
                f"meeting-{number}-{name_week(on)}", "club", on, name(title), slot.starts, _minutes(slot),
                where=room, number=club, revision=version - 1, people=frozenset({person.id}),
            )  # fmt: skip


def _join(meetings, days: dict[int, list[date]]) -> Iterator[Event]:  # type: ignore[no-untyped-def] # rows
    by_slot = defaultdict(list)
    for _number, _version, _club, title, slot, _room in meetings:
        by_slot[slot].append(title)
    for slot, titles in by_slot.items():
        for on in days[slot.weekday]:
            yield Event(
                f"slot-{slot.id}-{name_week(on)}", "clubs", on, name(", ".join(titles)), slot.starts,
                _minutes(slot), number=len(titles), revision=slot.version - 1,
            )  # fmt: skip


def read_launch(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """The last days of the launch's steps that are not done, as the planner forecasts them today."""
    plan = _find_plan(session, person.school_id)
    if plan is None:
        return
    found = session.scalars(
        select(LaunchStep).where(LaunchStep.plan_id == plan.id, LaunchStep.gone.is_(False))
    )
    rows = {row.key: row for row in found}
    steps = [Step(row.key, row.days, tuple(row.after), row.begun_on, row.done_on) for row in rows.values()]
    if find_faults(steps):
        return
    calendar = read_calendar(plan.facts)
    opening = choose_opening(steps, plan.facts.get("opening", ""))
    for key, lies in make_schedule(steps, plan.starts_on, calendar, opening, today()).spans.items():
        row = rows[key]
        if row.done_on is None and span[0] <= lies.ends <= span[1]:
            yield Event(
                f"launch_step-{row.id}",
                "launch",
                lies.ends,
                row.names,
                number=row.id,
                revision=row.version - 1,
            )


def _find_plan(session: Session, school_id: int) -> LaunchPlan | None:
    query = select(LaunchPlan).where(LaunchPlan.school_id == school_id, LaunchPlan.gone.is_(False))
    return session.scalar(query.limit(1))


def _school_days(session: Session, school_id: int, span: Span) -> dict[int, list[date]]:
    """Return by weekday the days of the span that lie in a quarter (all where the school knows no year), but for
    holidays."""
    plan = _find_plan(session, school_id)
    calendar = read_calendar(plan.facts if plan else {})
    years = session.scalars(select(AcademicYear.quarters).where(AcademicYear.school_id == school_id)).all()
    quarters = [(each["starts"], each["ends"]) for quarters in years for each in quarters]
    days = defaultdict(list)
    for number in range((span[1] - span[0]).days + 1):
        on = span[0] + timedelta(number)
        if calendar.is_holiday(on):
            continue
        if not quarters or any(starts <= on.isoformat() <= ends for starts, ends in quarters):
            days[on.weekday()].append(on)
    return days


def _minutes(slot: Slot) -> int:
    starts, ends = (int(each[:2]) * 60 + int(each[3:]) for each in (slot.starts, slot.ends))
    return ends - starts
