"""Where each member of the programme stands: enrolled, attended, completed, applied, silent. Few queries, however many.

- *attended*: present or online in at least the course's share of the sessions held so far;
- *completed*: has the certificate;
- *applied*, in the literacy programme: since the course began, at least ``FEWEST_PUPILS`` pupils answered in one lesson
  or handed in one assignment that this person gave to their class; in the management programme: a guide has accepted a
  practice task;
- *silent*: no sign of life for ``SILENCE`` days, though the course has begun and its support is not over: no session
  attended, no evidence, no word in a pair, no lesson given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from sandyq.school.academy import tables as t
from sandyq.school.academy.rights import circle
from sandyq.school.academy.tables import MONTHS
from sandyq.school.database import ZONE
from sandyq.school.tables import (
    LearningEvent,
    LessonAssignment,
    Membership,
    Person,
    Release,
    School,
    Submission,
)

FEWEST_PUPILS: Final = 5
SILENCE: Final = 45
SUPPORT: Final = 31 * MONTHS
"""Days after a course's end; nobody is silent afterwards."""
PRESENT: Final = ("present", "online")


@dataclass(frozen=True)
class Standing:
    """One participant on a day."""

    participant_id: int
    person_id: int
    name: str
    school_id: int
    school: str
    community_id: int | None
    programme: str
    group_id: int
    sessions: int
    """Held so far."""
    attended_sessions: int
    attended: bool
    completed: bool
    applied: bool
    last_sign: str
    """ISO date; empty: none."""
    silent: bool


def list_standings(session: Session, viewer: Person, on: date) -> list[dict[str, Any]]:
    """Return the standing of everybody in a viewer's circle, as apps get it, with their participant's id as ``id``."""
    return [{"id": each.participant_id, **asdict(each)} for each in read_standings(session, viewer, on)]


def read_standings(session: Session, viewer: Person, on: date) -> list[Standing]:
    """Return the standing on a day of everybody in a viewer's circle whose course has begun."""
    query = (
        select(
            t.Participant, t.TrainingGroup, t.Training.programme, t.Training.pass_share, Person, School.name
        )
        .join(t.TrainingGroup, t.TrainingGroup.id == t.Participant.group_id)
        .join(t.Training, t.Training.id == t.TrainingGroup.training_id)
        .join(Person, Person.id == t.Participant.person_id)
        .join(School, School.id == Person.school_id)
        .where(t.Participant.gone.is_(False), t.TrainingGroup.gone.is_(False))
        .where(t.TrainingGroup.starts_on <= on)
        .where(or_(t.Participant.left_on.is_(None), t.Participant.left_on > on))
        .where(Person.id.in_(circle(viewer)))
        .order_by(School.name, Person.family_name, Person.given_name, t.Participant.id)
    )
    rows = session.execute(query).all()
    begun = min((group.starts_on for _, group, *_ in rows), default=on)
    held, attended = _count_sessions(session, on)
    certified = _find_certified(session, on)
    taught = _find_taught(session, begun, on)
    accepted = _find_accepted(session, on)
    signs = _read_signs(session, on)
    communities = _read_communities(session)
    found = []
    for participant, group, programme, share, person, school in rows:
        sessions = held.get(group.id, 0)
        present = attended.get((group.id, person.id), 0)
        sign = signs.get(person.id)
        given = taught.get(person.id)
        is_literacy = programme == "literacy"
        applied = (
            (given is not None and given >= group.starts_on) if is_literacy else participant.id in accepted
        )
        due = on - max(group.starts_on, sign or group.starts_on) > timedelta(SILENCE)
        found.append(
            Standing(
                participant.id, person.id, person.full_name, person.school_id, school,
                communities.get(person.id), programme, group.id, sessions, present,
                attended=sessions > 0 and present >= share * sessions,
                completed=participant.id in certified,
                applied=applied,
                last_sign=sign.isoformat() if sign else "",
                silent=due and on <= group.ends_on + timedelta(SUPPORT),
            )
        )  # fmt: skip
    return found


def _end_of(on: date) -> datetime:
    """The first moment after a day."""
    return datetime.combine(on + timedelta(1), time.min, ZONE)


def _count_sessions(session: Session, on: date) -> tuple[dict[int, int], dict[tuple[int, int], int]]:
    """Return sessions held by group, and attended by group and person."""
    here = and_(t.TrainingSession.gone.is_(False), t.TrainingSession.on <= on)
    held = select(t.TrainingSession.group_id, func.count()).where(here).group_by(t.TrainingSession.group_id)
    attended = (
        select(
            t.TrainingSession.group_id,
            t.TrainingPresence.person_id,
            func.count(t.TrainingSession.id.distinct()),
        )
        .join(t.TrainingPresence, t.TrainingPresence.session_id == t.TrainingSession.id)
        .where(here, t.TrainingPresence.gone.is_(False), t.TrainingPresence.state.in_(PRESENT))
        .group_by(t.TrainingSession.group_id, t.TrainingPresence.person_id)
    )
    return (
        dict(session.execute(held).all()),
        {(group, person): many for group, person, many in session.execute(attended)},
    )


def _find_certified(session: Session, on: date) -> set[int]:
    query = select(t.Certificate.participant_id).where(t.Certificate.gone.is_(False), t.Certificate.on <= on)
    return set(session.scalars(query))


def _find_accepted(session: Session, on: date) -> set[int]:
    """Return participants of whose practice a guide has accepted something."""
    reviews = (
        select(t.Evidence.participant_id, t.Reply.data)
        .join(t.Reply, and_(t.Reply.sheet == "evidence", t.Reply.row_id == t.Evidence.id))
        .where(t.Evidence.gone.is_(False), t.Reply.gone.is_(False), t.Reply.on <= on)
        .where(t.Reply.kind == "review", t.Evidence.task.startswith("practice:"))
    )
    return {participant for participant, data in session.execute(reviews) if data.get("accepted") is True}


def _find_taught(session: Session, begun: date, on: date) -> dict[int, date]:
    """Return by person the last day on which they gave what then at least ``FEWEST_PUPILS`` pupils worked on."""
    since, until = datetime.combine(begun, time.min, ZONE), _end_of(on)
    lessons = (
        select(LessonAssignment.assigned_by, LessonAssignment.assigned_at)
        .join(
            Membership,
            and_(Membership.class_id == LessonAssignment.class_id, Membership.role == "pupil"),
        )
        .join(
            LearningEvent,
            and_(
                LearningEvent.person_id == Membership.person_id,
                LearningEvent.lesson == LessonAssignment.lesson,
                LearningEvent.verb == "answered",
                LearningEvent.at >= LessonAssignment.assigned_at,
                LearningEvent.at < until,
            ),
        )
        .where(LessonAssignment.assigned_at >= since, LessonAssignment.assigned_at < until)
        .group_by(LessonAssignment.id)
        .having(func.count(LearningEvent.person_id.distinct()) >= FEWEST_PUPILS)
    )
    assignments = (
        select(Release.released_by, Release.released_at)
        .join(Submission, Submission.release_id == Release.id)
        .where(Release.released_at >= since, Submission.at < until)
        .group_by(Release.id)
        .having(func.count(Submission.person_id.distinct()) >= FEWEST_PUPILS)
    )
    found: dict[int, date] = {}
    for query in (lessons, assignments):
        for person, at in session.execute(query):
            day = at.astimezone(ZONE).date()
            found[person] = max(found.get(person, day), day)
    return found


def _read_signs(session: Session, on: date) -> dict[int, date]:
    """Return by person the last day on which something was heard of them."""
    until = _end_of(on)
    present = (
        select(t.TrainingPresence.person_id, func.max(t.TrainingSession.on))
        .join(t.TrainingSession, t.TrainingSession.id == t.TrainingPresence.session_id)
        .where(t.TrainingPresence.gone.is_(False), t.TrainingPresence.state.in_(PRESENT))
        .where(t.TrainingSession.on <= on)
        .group_by(t.TrainingPresence.person_id)
    )
    evidence = (
        select(t.Evidence.by, func.max(t.Evidence.on))
        .where(t.Evidence.gone.is_(False), t.Evidence.on <= on)
        .group_by(t.Evidence.by)
    )
    words = (
        select(t.Reply.by, func.max(t.Reply.on))
        .where(t.Reply.gone.is_(False), t.Reply.on <= on, t.Reply.sheet == "pairing")
        .group_by(t.Reply.by)
    )
    given = (
        select(LessonAssignment.assigned_by, func.max(LessonAssignment.assigned_at))
        .where(LessonAssignment.assigned_at < until)
        .group_by(LessonAssignment.assigned_by)
    )
    found: dict[int, date] = {}
    for query in (present, evidence, words, given):
        for person, last in session.execute(query):
            day = last.astimezone(ZONE).date() if isinstance(last, datetime) else last
            found[person] = max(found.get(person, day), day)
    return found


def _read_communities(session: Session) -> dict[int, int | None]:
    query = select(t.AcademyProfile.by, t.AcademyProfile.community_id).where(t.AcademyProfile.gone.is_(False))
    return dict(session.execute(query).all())


@dataclass(frozen=True)
class Figures:
    """How many of some people: the programme's table."""

    enrolled: int
    attended: int
    completed: int
    applied: int
    silent: int


def count(standings: Iterable[Standing]) -> Figures:
    """Count people, not enrolments: who is in two groups counts once, by what is true in any."""
    people: dict[int, list[Standing]] = {}
    for each in standings:
        people.setdefault(each.person_id, []).append(each)
    return Figures(
        enrolled=len(people),
        attended=sum(any(each.attended for each in theirs) for theirs in people.values()),
        completed=sum(any(each.completed for each in theirs) for theirs in people.values()),
        applied=sum(any(each.applied for each in theirs) for theirs in people.values()),
        silent=sum(all(each.silent for each in theirs) for theirs in people.values()),
    )
