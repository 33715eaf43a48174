"""The centre's tables: chests, clubs, wishes, timetable, launch, money, passports.

Attendance is append-only instead. Money is a whole number of tiyn (1 tenge = 100 tiyn).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sandyq.school.database import Base, now
from sandyq.school.kept import Kept
from sandyq.school.tables import JSON, Person

ATTENDANCE = ("present", "absent", "excused")
SEXES = ("f", "m")


class Chest(Kept):
    """One of the five directions; their names are data that a school edits."""

    __tablename__ = "chest"
    position: Mapped[int]
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    """By language."""
    colour: Mapped[str] = mapped_column(String(7), default="")
    """``#rrggbb``, dark enough for white letters; empty: the theme's own for this position."""
    example: Mapped[bool] = mapped_column(default=False)
    """The name is an example, not the school's."""


class Room(Kept):
    """Where clubs meet."""

    __tablename__ = "room"
    name: Mapped[str] = mapped_column(String(60))
    seats: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), default="")
    """What it is good for: ``computers``, ``gym``, ``workshop``, ``music`` or nothing in particular."""


class Slot(Kept):
    """A time of the week at which clubs can meet."""

    __tablename__ = "slot"
    weekday: Mapped[int]
    """0 is Monday."""
    starts: Mapped[str] = mapped_column(String(5))
    """``14:30``."""
    ends: Mapped[str] = mapped_column(String(5))
    shift: Mapped[int] = mapped_column(default=0)
    """1: while the second shift learns, for children of the first; 2: the other way round; 0: for all."""


class Route(Kept):
    """A school bus: children of a village can stay no longer than it waits."""

    __tablename__ = "route"
    name: Mapped[str] = mapped_column(String(100))
    leaves: Mapped[dict[str, str]] = mapped_column(JSON)
    """By weekday (``"0"`` is Monday), the time at which it leaves the school: ``{"0": "17:00"}``."""


class Child(Kept):
    """What the centre knows of a pupil besides the name."""

    __tablename__ = "child"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    sex: Mapped[str] = mapped_column(String(1), default="")
    """One of SEXES, or empty: not told."""
    village: Mapped[str] = mapped_column(String(60), default="")
    shift: Mapped[int] = mapped_column(default=1)
    route_id: Mapped[int | None] = mapped_column(ForeignKey("route.id"))
    priority: Mapped[str] = mapped_column(String(200), default="")
    """Why this child comes first when places are short (a large family, an orphan, a disability); empty: not."""


class Club(Kept):
    __tablename__ = "club"
    chest_id: Mapped[int] = mapped_column(ForeignKey("chest.id"))
    leader_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """Who teaches it and keeps its register."""
    name: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(2), default="")
    """Empty: in both."""
    grade_from: Mapped[int] = mapped_column(default=1)
    grade_to: Mapped[int] = mapped_column(default=11)
    least: Mapped[int] = mapped_column(default=0)
    """With fewer children it does not open."""
    capacity: Mapped[int] = mapped_column(default=15)
    meetings: Mapped[int] = mapped_column(default=1)
    """How many slots a week."""
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    """The only room it can meet in; None: any that fits."""
    room_kind: Mapped[str] = mapped_column(String(20), default="")
    chest: Mapped[Chest] = relationship(lazy="joined")


class Enrolment(Kept):
    __tablename__ = "enrolment"
    club_id: Mapped[int] = mapped_column(ForeignKey("club.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    """The first day on which the child is no longer in."""
    why: Mapped[str] = mapped_column(String(200), default="")
    """How it came about: ``allocation``, ``by hand``, or the warning that the leader overruled."""
    person: Mapped[Person] = relationship(lazy="joined")


class Wish(Kept):
    """A club that a child would like; rank 1 is the dearest."""

    __tablename__ = "wish"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    club_id: Mapped[int] = mapped_column(ForeignKey("club.id"))
    rank: Mapped[int]


class Intake(Kept):
    """How children come into clubs; a school has one at most, and the defaults hold until it has one."""

    __tablename__ = "intake"
    is_open: Mapped[bool] = mapped_column(default=False)
    """Pupils may give their own wishes."""
    most: Mapped[int] = mapped_column(default=1)
    """Clubs that one child may have."""
    seed: Mapped[str] = mapped_column(String(40), default="")
    """What the draw is made from; the same seed gives the same draw."""


class Waiting(Kept):
    """A child who waits for a place; the lower number comes first."""

    __tablename__ = "waiting"
    club_id: Mapped[int] = mapped_column(ForeignKey("club.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]


class Meeting(Kept):
    """A place of a club in the week's timetable."""

    __tablename__ = "meeting"
    club_id: Mapped[int] = mapped_column(ForeignKey("club.id"), index=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    locked: Mapped[bool] = mapped_column(default=False)
    """It stays when the week is computed anew."""


class TimetableWish(Kept):
    """What somebody asks of the timetable."""

    __tablename__ = "timetable_wish"
    kind: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    club_id: Mapped[int | None] = mapped_column(ForeignKey("club.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the kind needs: slots, days, a number."""
    must: Mapped[bool] = mapped_column(default=False)
    """It must hold; otherwise it is fulfilled as far as possible."""


class Survey(Kept):
    """A survey of interests."""

    __tablename__ = "survey"
    name: Mapped[str] = mapped_column(String(100))
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    """``draft``, ``open`` or ``closed``."""
    class_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Who is asked; empty: everybody."""


class SurveyAnswer(Kept):
    """One child's filled-in survey, from the screen or typed in from paper."""

    __tablename__ = "survey_answer"
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None: a paper without a name."""
    source: Mapped[str] = mapped_column(String(10))
    """``screen`` or ``paper``."""
    about: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Of a paper without a name: grade, sex, language."""
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    """By question."""


class LaunchPlan(Kept):
    """The way to a centre's opening day."""

    __tablename__ = "launch_plan"
    name: Mapped[str] = mapped_column(String(100))
    starts_on: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the documents need: the centre's name, the director, the village, numbers and dates."""


class LaunchStep(Kept):
    __tablename__ = "launch_step"
    plan_id: Mapped[int] = mapped_column(ForeignKey("launch_plan.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    """By language."""
    after: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Keys of the steps that must be done first."""
    days: Mapped[int]
    """Working days that it takes."""
    responsible: Mapped[str] = mapped_column(String(100), default="")
    documents: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Names of document templates."""
    source: Mapped[str] = mapped_column(String(200), default="")
    begun_on: Mapped[date | None]
    done_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(500), default="")


class BudgetLine(Kept):
    """A planned expense or income."""

    __tablename__ = "budget_line"
    club_id: Mapped[int | None] = mapped_column(ForeignKey("club.id"))
    """None: the whole centre's."""
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    unit_tiyn: Mapped[int] = mapped_column(BigInteger)
    """The price of one; an income is a kind of its own, not a minus."""
    quantity_milli: Mapped[int] = mapped_column(default=1000)
    """How many, in thousandths: hours can be halves."""
    year: Mapped[int]
    """The school year's first."""


class Spending(Kept):
    """What was really paid or received."""

    __tablename__ = "spending"
    line_id: Mapped[int] = mapped_column(ForeignKey("budget_line.id"), index=True)
    on: Mapped[date]
    amount_tiyn: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(200), default="")


class PassportEntry(Kept):
    """A page of a child's ability passport: a work, a teacher's evidence, the child's own words."""

    __tablename__ = "passport_entry"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    chest_id: Mapped[int | None] = mapped_column(ForeignKey("chest.id"))
    club_id: Mapped[int | None] = mapped_column(ForeignKey("club.id"))
    kind: Mapped[str] = mapped_column(String(10))
    """``work``, ``evidence`` or ``words``."""
    on: Mapped[date]
    title: Mapped[str] = mapped_column(String(100), default="")
    text: Mapped[str] = mapped_column(String(2000), default="")
    photo: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the stored picture."""
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Rota(Kept):
    """Who sits at the computers when."""

    __tablename__ = "rota"
    name: Mapped[str] = mapped_column(String(100))
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Computers, lesson length, classes or pupils, what the rotation needs."""


class ClubSession(Base):
    """One meeting of a club that was held."""

    __tablename__ = "club_session"
    __table_args__ = (UniqueConstraint("club_id", "held_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    club_id: Mapped[int] = mapped_column(ForeignKey("club.id"))
    held_on: Mapped[date]


class Attendance(Base):
    """Append-only: a correction is a new row; the newest row of a child in a session counts."""

    __tablename__ = "attendance"
    __table_args__ = (Index("ix_attendance_session_person", "session_id", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    """Made by the sender: the same mark sent twice is stored once."""
    session_id: Mapped[int] = mapped_column(ForeignKey("club_session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    status: Mapped[str] = mapped_column(String(10))
    """One of ATTENDANCE."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
