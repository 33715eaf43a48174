"""Invented marks for the large school: most children come, some fall ill, some never came at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from rehearsal import Demo
from sandyq.school.centre.tables import Attendance, Club, ClubSession, Enrolment
from sandyq.school.database import Database
from sandyq.school.sample_data import QUARTERS
from sandyq.school.tables import AcademicYear
from sandyq.settings import Settings


def open_database(demo: Demo) -> Database:
    return Database(Settings(home=demo.home).database_url)


def add_attendance(demo: Demo, first: date, last: date) -> None:
    """Mark the clubs of a running server's school, and give its year four terms."""
    database = open_database(demo)
    with database.session() as session:
        session.scalars(select(AcademicYear)).one().quarters = QUARTERS
        mark_clubs(session, first, last)
    database.close()


def mark_clubs(session: Session, first: date, last: date) -> None:
    """Mark every club of the school once a week from ``first`` to ``last``, by its teacher, on the day itself.

    Sessions that are there already stay as they are.
    """
    chance = Random(5)  # noqa: S311 # invented data
    enrolled: dict[int, list[int]] = {}
    there = (
        select(Enrolment.club_id, Enrolment.person_id).where(Enrolment.gone.is_(False)).order_by(Enrolment.id)
    )
    for club_id, person_id in session.execute(there):
        enrolled.setdefault(club_id, []).append(person_id)
    held = set(session.execute(select(ClubSession.club_id, ClubSession.held_on)).all())
    for club in session.scalars(select(Club).order_by(Club.id)).all():
        children = enrolled.get(club.id, [])
        never = {child for child in children if chance.random() < 0.08}
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        for day in [day for day in days if day.weekday() == club.id % 5 and (club.id, day) not in held]:
            meeting = ClubSession(club_id=club.id, held_on=day)
            session.add(meeting)
            session.flush()
            for child in children:
                came = child not in never and chance.random() > 0.1
                status = "present" if came else chance.choice(("absent", "absent", "excused"))
                session.add(
                    Attendance(
                        uuid=f"invented-{meeting.id}-{child}", session_id=meeting.id, person_id=child, status=status,
                        reason="ауырып қалды" if status == "excused" else "", recorded_by=club.leader_id,
                        recorded_at=datetime.combine(day, time(11), UTC),
                    )
                )  # fmt: skip
