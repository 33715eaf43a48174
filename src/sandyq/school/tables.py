"""The tables of the school: people, classes, learning, centre. What belongs to a school carries it.

Nothing is deleted: people and memberships end; events, answers and attendance are append-only.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON as PLAIN_JSON
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sandyq.school.database import Base, now

ROLES = ("pupil", "teacher", "leader", "administrator", "operator")
JSON = PLAIN_JSON().with_variant(JSONB(), "postgresql")
"""PostgreSQL compares only the binary kind, which SELECT DISTINCT needs."""
ATTENDANCE = ("present", "absent", "excused")


class School(Base):
    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="kk")


class AcademicYear(Base):
    __tablename__ = "academic_year"
    __table_args__ = (UniqueConstraint("school_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(20))
    """Such as ``2026/27``."""
    quarters: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    """Four of ``{"starts": "2026-09-01", "ends": "2026-10-25"}``: data, not code."""


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("school_id", "external_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    family_name: Mapped[str] = mapped_column(String(100))
    given_name: Mapped[str] = mapped_column(String(100))
    patronymic: Mapped[str] = mapped_column(String(100), default="")
    language: Mapped[str] = mapped_column(String(2), default="kk")
    grade: Mapped[int | None]
    """A pupil's grade, 1 to 11; None for adults."""
    external_id: Mapped[str | None] = mapped_column(String(100))
    """The person's id where a roster came from (OneRoster ``sourcedId``, a spreadsheet's id column)."""
    left_at: Mapped[datetime | None]
    """When the person left the school; whoever left cannot sign in."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    roles: Mapped[list[PersonRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    memberships: Mapped[list[Membership]] = relationship(back_populates="person")

    @property
    def full_name(self) -> str:
        """Family name first, as school lists have it."""
        return f"{self.family_name} {self.given_name}"

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(role.role for role in self.roles)


class PersonRole(Base):
    __tablename__ = "person_role"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class Credential(Base):
    __tablename__ = "credential"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    """``pin`` (small grades: class, name, PIN) or ``password``."""
    secret_hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class LoginFailure(Base):
    """What the throttle remembers, so that a restart does not forget it."""

    __tablename__ = "login_failure"
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    """``account:<login>|<address>``, ``account:<login>`` or ``address:<address>``."""
    failures: Mapped[int]
    blocked_until: Mapped[datetime]


class ClassGroup(Base):
    __tablename__ = "class_group"
    __table_args__ = (UniqueConstraint("year_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    year_id: Mapped[int] = mapped_column(ForeignKey("academic_year.id"))
    name: Mapped[str] = mapped_column(String(20))
    """``7А``, ``2–4`` for a combined class."""
    grades: Mapped[list[int]] = mapped_column(JSON)
    """One grade, or several for a combined class."""
    language: Mapped[str] = mapped_column(String(2))
    members: Mapped[list[Membership]] = relationship(back_populates="class_group")


class Membership(Base):
    """A person in a class from one day to another; ``until`` is None while it lasts."""

    __tablename__ = "membership"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    """``pupil``, ``teacher`` or ``class_teacher``."""
    since: Mapped[date]
    until: Mapped[date | None]
    person: Mapped[Person] = relationship(back_populates="memberships", lazy="joined")
    class_group: Mapped[ClassGroup] = relationship(back_populates="members", lazy="joined")


class LessonAssignment(Base):
    __tablename__ = "lesson_assignment"
    __table_args__ = (UniqueConstraint("class_id", "lesson"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"), index=True)
    lesson: Mapped[str] = mapped_column(String(100))
    """The lesson's slug."""
    assigned_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime] = mapped_column(default=now)
    due_on: Mapped[date | None]


class LearningEvent(Base):
    """Append-only, shaped like an xAPI statement: actor, verb, object, result, time."""

    __tablename__ = "learning_event"
    __table_args__ = (Index("ix_learning_event_who_what", "person_id", "lesson", "question"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    """The server's sequence; also the receipt."""
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    """Made by the sender: the same statement sent twice is stored once."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    verb: Mapped[str] = mapped_column(String(20))
    """``launched`` or ``answered``."""
    lesson: Mapped[str] = mapped_column(String(100), index=True)
    question: Mapped[str | None] = mapped_column(String(100))
    response: Mapped[Any] = mapped_column(JSON, nullable=True)
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who sat at the same PC: the answer is of both, and each has a row of their own."""
    at: Mapped[datetime] = mapped_column(default=now)


class Chest(Base):
    """One of the five directions; their names are data that a school edits."""

    __tablename__ = "chest"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    position: Mapped[int]
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    """By language."""


class Club(Base):
    __tablename__ = "club"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    chest_id: Mapped[int] = mapped_column(ForeignKey("chest.id"))
    leader_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(100))
    chest: Mapped[Chest] = relationship(lazy="joined")


class Enrolment(Base):
    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    club_id: Mapped[int] = mapped_column(ForeignKey("club.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    person: Mapped[Person] = relationship(lazy="joined")


class ClubSession(Base):
    """One meeting of a club."""

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
