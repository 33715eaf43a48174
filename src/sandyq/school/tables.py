"""The tables of the school: people, classes, learning, assignments. What belongs to a school carries it.

Nothing is deleted: people and memberships end; events and answers are append-only. The centre's: ``centre.tables``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON as PLAIN_JSON
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sandyq.school.database import Base, now

ROLES = ("pupil", "teacher", "leader", "administrator", "operator", "coach", "expert", "district")
"""The last three are the Academy's: who supports teachers, who comes from outside, who leads the programme."""
ADULTS = frozenset(ROLES) - {"pupil", "operator"}
"""Roles of those who teach, lead and learn; an operator keeps the server."""
JSON = PLAIN_JSON().with_variant(JSONB(), "postgresql")
"""PostgreSQL compares only the binary kind, which SELECT DISTINCT needs."""
MODES = ("free", "read_only", "locked")
"""What is possible outside a release's window: everything, reading only, nothing."""
COLLEAGUES = "*"
"""Name of the group of all who teach at a school, for assignments among them; no class of the school's is called so."""
JOB_STATES = ("waiting", "running", "done", "failed", "cancelled")


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


class Move(Base):
    """From this day on an adult is at another school of the server."""

    __tablename__ = "move"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    on: Mapped[date]


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

    @property
    def is_colleagues(self) -> bool:
        """All who teach at the school, instead of a class."""
        return self.name == COLLEAGUES


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


class Course(Base):
    """A subject in a class; whoever teaches it sees and marks its assignments."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("class_id", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    subject: Mapped[str] = mapped_column(String(60))
    """As the teacher calls it: ``Информатика``."""
    class_group: Mapped[ClassGroup] = relationship(lazy="joined")


class CourseTeacher(Base):
    """Who teaches a course from one day to another: a substitute's ``until`` is set from the start."""

    __tablename__ = "course_teacher"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]


class Assignment(Base):
    """A packet of notebooks in a course; a changed one is a new version, by which all is graded again."""

    __tablename__ = "assignment"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    """The packet's: ``python-prices``."""
    version: Mapped[int]
    """From 1; the files stand in ``<id>/v<version>``."""
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The packet's ``assignment.json``."""
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    course: Mapped[Course] = relationship(lazy="joined")


class PupilGroup(Base):
    """Some pupils of a class, under a name that its teachers gave them."""

    __tablename__ = "pupil_group"
    __table_args__ = (UniqueConstraint("class_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("class_group.id"))
    name: Mapped[str] = mapped_column(String(40))
    """``English 1``."""
    members: Mapped[list[PupilGroupMember]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    releases: Mapped[list[Release]] = relationship(secondary="release_group", back_populates="groups")


class PupilGroupMember(Base):
    """A pupil of a group; whoever has left the class counts no more."""

    __tablename__ = "pupil_group_member"
    group_id: Mapped[int] = mapped_column(ForeignKey("pupil_group.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class ReleaseGroup(Base):
    """A group to which a release goes: who joins it later becomes a target, too."""

    __tablename__ = "release_group"
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("pupil_group.id"), primary_key=True)


class Release(Base):
    """An assignment given out: to the whole class, or to those named in ``ReleaseTarget``."""

    __tablename__ = "release"
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    """What a teacher writes on the board."""
    mode: Mapped[str] = mapped_column(String(10))
    """One of MODES."""
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    released_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    assignment: Mapped[Assignment] = relationship(lazy="joined")
    targets: Mapped[list[ReleaseTarget]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    groups: Mapped[list[PupilGroup]] = relationship(
        secondary="release_group", back_populates="releases", lazy="selectin", order_by=PupilGroup.name
    )
    extensions: Mapped[list[Extension]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class ReleaseTarget(Base):
    """One of those to whom alone a release goes."""

    __tablename__ = "release_target"
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class Extension(Base):
    """A later due date for one pupil."""

    __tablename__ = "extension"
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    due_at: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime] = mapped_column(default=now)


class Submission(Base):
    """What a pupil handed in, once it is on the disk; the newest of a pupil counts."""

    __tablename__ = "submission"
    __table_args__ = (Index("ix_submission_release_person", "release_id", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    """The server's sequence; the files stand in a zip of that number."""
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    """Bytes of the zip."""
    code: Mapped[str] = mapped_column(String(8))
    """The receipt's."""
    late: Mapped[bool]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What the grader found, without the executed notebooks."""
    release: Mapped[Release] = relationship(lazy="joined")


class GradingJob(Base):
    """A submission's turn in the grader's queue."""

    __tablename__ = "grading_job"
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    """One of JOB_STATES."""
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    of: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str] = mapped_column(String(200), default="")
    """Who works on it: one that asks for another job has lost this one."""
    leased_until: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime] = mapped_column(default=now)
    submission: Mapped[Submission] = relationship(lazy="joined")


class OwnPacket(Base):
    """A teacher's own notebooks on their way to an assignment: the grader tries them first."""

    __tablename__ = "own_packet"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    wish: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What its author says of it: name, language, title, kind, minutes."""
    state: Mapped[str] = mapped_column(String(10))
    """``waiting``, ``running``, ``ready`` or ``refused``."""
    faults: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What hinders, in its author's language."""
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=now)


class CellMark(Base):
    """What one cell of one pupil is worth: the grader proposes, the teacher decides."""

    __tablename__ = "cell_mark"
    __table_args__ = (UniqueConstraint("release_id", "person_id", "notebook", "cell"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    notebook: Mapped[str] = mapped_column(String(100))
    cell: Mapped[str] = mapped_column(String(100))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    """The one that was graded or looked at last: a teacher may be before the grader."""
    proposed: Mapped[float | None]
    """The grader's; None: a teacher must look."""
    given: Mapped[float | None]
    """The teacher's; it stays whatever is graded again."""
    comment: Mapped[str] = mapped_column(String(2000), default="")
    ticked: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The lines of the rubric that the teacher found, in their words: another version may have others."""
    marked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    marked_at: Mapped[datetime | None]
    stale: Mapped[bool] = mapped_column(default=False)
    """The pupil handed in again since the teacher gave points: to be looked at again."""
    changes: Mapped[int] = mapped_column(default=0)
    """How often a teacher changed it: who saves must have seen the last change."""


class Returned(Base):
    """A pupil's marks in a release, confirmed by a teacher and shown to the pupil."""

    __tablename__ = "returned"
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    score: Mapped[float]
    points: Mapped[float]
    returned_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    returned_at: Mapped[datetime] = mapped_column(default=now)


class WorkEvent(Base):
    """What a pupil's notebook tells while it is worked on: append-only."""

    __tablename__ = "work_event"
    __table_args__ = (Index("ix_work_event_release_person", "release_id", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    verb: Mapped[str] = mapped_column(String(10))
    """``opened``, ``ran`` or ``stuck``."""
    detail: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(default=now)
