"""The Academy's tables: courses, a year of support, peers, experts, the library, help, notices.

A row belongs to the school of the person whom it is about. What somebody says of a row – a review, a coach's advice, an
agreement, a vote, an answer – is a ``Reply`` to it, in their own name.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, false
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from sandyq.school.database import Base, now
from sandyq.school.kept import Kept
from sandyq.school.tables import JSON


class Community(Kept):
    """Teachers who learn together; the sample has seven."""

    __tablename__ = "community"
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    """By language."""
    example: Mapped[bool] = mapped_column(default=False)


class SchoolPlace(Kept):
    """Where a school stands, for the way between two."""

    __tablename__ = "school_place"
    latitude: Mapped[float]
    longitude: Mapped[float]
    """Degrees."""


class AcademyProfile(Kept):
    """What others of the Academy may know of a member."""

    __tablename__ = "academy_profile"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    subject: Mapped[str] = mapped_column(String(60), default="")
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    slots: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Free hours of the week: ``0-15`` is Monday from 15:00."""


class Training(Kept):
    """A course for adults: its modules in order."""

    __tablename__ = "training"
    programme: Mapped[str] = mapped_column(String(20))
    """``management`` (for administrators) or ``literacy`` (for teachers)."""
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    modules: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """``{"key", "names", "lesson", "before", "practice", "hours"}``: texts by language, a lesson's slug."""
    pass_share: Mapped[float] = mapped_column(default=0.6)
    """Of the exam's points and of the sessions, to get the certificate."""
    example: Mapped[bool] = mapped_column(default=False)


class TrainingGroup(Kept):
    """People who take a course together."""

    __tablename__ = "training_group"
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    facilitator_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    coach_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """Who supports them for the year afterwards."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class TrainingSession(Kept):
    __tablename__ = "training_session"
    group_id: Mapped[int] = mapped_column(ForeignKey("training_group.id"), index=True)
    module: Mapped[str] = mapped_column(String(40))
    on: Mapped[date]
    starts: Mapped[str] = mapped_column(String(5))
    """``15:00``."""
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(100), default="")


class Participant(Kept):
    """A person in a training group."""

    __tablename__ = "participant"
    group_id: Mapped[int] = mapped_column(ForeignKey("training_group.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    joined_on: Mapped[date | None]
    """None: when the course began."""
    left_on: Mapped[date | None]
    why: Mapped[str] = mapped_column(String(200), default="")

    @hybrid_property
    def takes_part(self) -> bool:
        """Whether they are in the group now: who has left shows nothing, gets no certificate, and nothing waits."""
        return self.left_on is None and not self.gone

    @takes_part.inplace.expression
    @classmethod
    def _takes_part(cls) -> ColumnElement[bool]:
        return and_(cls.left_on.is_(None), cls.gone.is_(False))


class TrainingPresence(Kept):
    __tablename__ = "training_presence"
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    """``present``, ``online`` or ``absent``."""


class TrainingExam(Kept):
    """A participant's exam; the newest counts."""

    __tablename__ = "training_exam"
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    on: Mapped[date]
    points: Mapped[int]
    of: Mapped[int]


class Certificate(Kept):
    """Signed words that anybody can check without a network (``academy.certificates``)."""

    __tablename__ = "certificate"
    kind: Mapped[str] = mapped_column(String(10), default="course", server_default="course")
    """``course``, or ``support``: of the nine months after it."""
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    number: Mapped[str] = mapped_column(String(20))
    signed: Mapped[str] = mapped_column(String(1000))
    """What the QR holds."""
    on: Mapped[date]


class Evidence(Kept):
    """What a participant shows: for a module before and after it (``practice``), or for a month's milestone."""

    __tablename__ = "evidence"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    task: Mapped[str] = mapped_column(String(60))
    """``before:<module>``, ``practice:<module>`` or ``month:<1…9>``."""
    on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    """``lesson``, ``items``, ``results``, ``photo`` or ``reflection``."""
    text: Mapped[str] = mapped_column(String(4000), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Of ``lesson``: class, date, slug; of ``results``: how many pupils, right before and after; of ``items``: ids."""
    photo: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the stored picture."""


class CoachVisit(Kept):
    """A coach was there, or called: what was seen, what was advised, what comes next."""

    __tablename__ = "coach_visit"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    """``visit``, ``call`` or ``letter``."""
    saw: Mapped[str] = mapped_column(String(2000), default="")
    advice: Mapped[str] = mapped_column(String(2000), default="")
    next_on: Mapped[date | None]


class PeerNeed(Kept):
    """What somebody offers to others, or needs from them."""

    __tablename__ = "peer_need"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(5))
    """``offer`` or ``need``."""
    topic: Mapped[str] = mapped_column(String(40))
    """One of ``academy/topics.toml``."""
    subject: Mapped[str] = mapped_column(String(60), default="")
    """Empty: any."""
    note: Mapped[str] = mapped_column(String(500), default="")


class Pairing(Kept):
    """A mentor and a learner for one topic; each is the other's equal, and mentor or learner elsewhere."""

    __tablename__ = "pairing"
    mentor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    topic: Mapped[str] = mapped_column(String(40))
    slot: Mapped[str] = mapped_column(String(5), default="")
    since: Mapped[date]
    until: Mapped[date | None]


class Observation(Kept):
    """A colleague's lesson seen: evidence first, a tally, one next step on which both agree."""

    __tablename__ = "observation"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    """The observer."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    """Whose lesson it was."""
    on: Mapped[date]
    lesson: Mapped[str] = mapped_column(String(200))
    """Class, subject, topic."""
    focus: Mapped[str] = mapped_column(String(500))
    """What the teacher asked the observer to look at."""
    seen: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """``{"minute", "text"}``: what was seen and heard, no judgement."""
    tally: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    step: Mapped[str] = mapped_column(String(500), default="")
    """The next step; agreed when the teacher has replied so."""


class LessonStudy(Kept):
    """A team plans a lesson, sees it with three case pupils in mind, and plans it anew."""

    __tablename__ = "lesson_study"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    members: Mapped[list[int]] = mapped_column(JSON)
    question: Mapped[str] = mapped_column(String(500))
    pupils: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Three, without names (``case_pupils``): ``{"letter": "A", "about", "rounds": [{"expected", "seen"}]}``."""
    rounds: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """``{"on", "teacher", "plan", "learned"}``."""
    state: Mapped[str] = mapped_column(String(10), default="open")


class ExpertSession(Kept):
    """A meeting with somebody from outside, with questions gathered beforehand."""

    __tablename__ = "expert_session"
    title: Mapped[str] = mapped_column(String(200))
    expert: Mapped[str] = mapped_column(String(200))
    on: Mapped[date | None]
    materials: Mapped[str] = mapped_column(String(4000), default="")
    """Markdown."""
    state: Mapped[str] = mapped_column(String(10), default="gathering")
    """``gathering`` or ``closed``."""
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    """In which the expert reads and answers."""
    code: Mapped[str] = mapped_column(String(16), default=lambda: secrets.token_hex(8))
    """By chance: answers that come as a file find their session by it, on this server and on no other."""


class ExpertQuestion(Kept):
    """Others vote for it and the expert answers it by replies; the asker's name goes nowhere."""

    __tablename__ = "expert_question"
    session_id: Mapped[int] = mapped_column(ForeignKey("expert_session.id"), index=True)
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(String(1000))


class Resource(Kept):
    """Something for others to use, or an item of the bank; accepted by two reviewers."""

    __tablename__ = "resource"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    """``lesson``, ``plan``, ``sheet`` or ``item``."""
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    licence: Mapped[str] = mapped_column(String(60))
    grades: Mapped[list[int]] = mapped_column(JSON, default=list)
    competences: Mapped[list[str]] = mapped_column(JSON, default=list)
    edition: Mapped[int] = mapped_column(default=1)
    """A changed one is a new edition, to be reviewed anew."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    """What it was adapted from."""
    body: Mapped[str] = mapped_column(String(50_000))
    """Markdown; of an item a question cell: ``%%choice id=…``."""
    lesson: Mapped[str] = mapped_column(String(100), default="")
    """The lesson that it belongs to. In which lessons an item stands is noted by replies (``academy.item_uses``)."""
    state: Mapped[str] = mapped_column(String(10), default="draft")
    """``draft`` or ``offered``; accepted is what two replies say of this edition."""


class Ticket(Kept):
    """Somebody needs help; the page and its error come along, no pupil's data."""

    __tablename__ = "ticket"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    page: Mapped[str] = mapped_column(String(200), default="")
    lesson: Mapped[str] = mapped_column(String(100), default="")
    error: Mapped[str] = mapped_column(String(1000), default="")
    text: Mapped[str] = mapped_column(String(2000))
    level: Mapped[str] = mapped_column(String(10), default="school")
    """Who answers: ``school``, ``coach`` or ``district``."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """``open`` or ``closed``."""


class Notice(Kept):
    """A word to many, on the home page and in the calendar."""

    __tablename__ = "notice"
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    """For whom; empty: all adults."""
    everywhere: Mapped[bool] = mapped_column(default=False)
    """For all schools; otherwise for the writer's, and for those whom a coach guides."""
    since: Mapped[date]
    until: Mapped[date]
    """The last day on which it is shown."""
    on: Mapped[date | None]
    """The day that it is about."""
    important: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Above the others."""


class NoticePutAway(Base):
    """A person has read a notice; when it is changed afterwards, it is shown anew."""

    __tablename__ = "notice_put_away"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    version: Mapped[int]
    """Of the notice, as it was read."""


class CalendarAddress(Base):
    """A person lets a calendar program fetch their calendar.

    The address follows from the number and the server's key.
    """

    __tablename__ = "calendar_address"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    number: Mapped[int]
    """Of the addresses so far: each new one ends the one before."""
    made_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Reply(Kept):
    """What somebody says of a row, in their own name."""

    __tablename__ = "reply"
    __table_args__ = (Index("ix_reply_sheet_row", "sheet", "row_id"),)
    by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    sheet: Mapped[str] = mapped_column(String(30))
    row_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    """``review``, ``agree``, ``log``, ``end``, ``vote``, ``answer``, ``use`` or ``give``: what a sheet allows, see
    ``academy.rights``."""
    text: Mapped[str] = mapped_column(String(4000), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Of an expert's ``answer`` that somebody else brings: ``expert`` (whose it is); from a file also ``key`` (of this
    edition), ``written`` (when) and ``asked`` (to which words, when they have changed since)."""
    on: Mapped[date]
