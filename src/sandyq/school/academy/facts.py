"""What happened in the programme up to a day, read at once: any day before can then be judged without the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from sandyq.school.academy import tables as t
from sandyq.school.academy.rights import circle, guided
from sandyq.school.database import ZONE, begin_of, end_of
from sandyq.school.tables import (
    Assignment,
    Course,
    LearningEvent,
    LessonAssignment,
    Membership,
    Move,
    Person,
    Release,
    School,
    Submission,
)

FEWEST_PUPILS: Final = 5
"""Of whom work shows that something is applied; of a smaller class all."""
PRESENT: Final = ("present", "online")


@dataclass(frozen=True)
class Enrolment:
    """One participant, as long as they were at one school: who has moved has one for each."""

    participant_id: int
    person_id: int
    name: str
    school_id: int
    school: str
    community_id: int | None
    programme: str
    share: float
    """Of the sessions, to have attended."""
    group_id: int
    group: str
    coach: str
    starts_on: date
    ends_on: date
    left_on: date | None
    joined_on: date = date.min
    """Of the group, when it had begun."""
    came_on: date = date.min
    """Since when they are at this school."""
    is_past: bool = False
    """They have moved on."""

    @property
    def row_id(self) -> int:
        """The participant's id, of a time at a school before a number that is nobody's."""
        return -(self.participant_id * 100_000 + self.school_id) if self.is_past else self.participant_id


@dataclass(frozen=True)
class Facts:
    """All days are sorted."""

    enrolments: tuple[Enrolment, ...]
    """Whose course has begun, in the order of schools and names."""
    held: Mapping[int, list[date]]
    """By group: its sessions."""
    attended: Mapping[tuple[int, int], list[date]]
    """By group and person."""
    certified: Mapping[int, date]
    """By participant."""
    accepted: Mapping[int, date]
    """By participant: since when a guide has accepted something of their practice."""
    taught: Mapping[int, list[tuple[date, date]]]
    """By person: when they gave something to a class, and since when enough pupils had worked on it."""
    signs: Mapping[int, list[date]]
    """By person: when something was heard of them."""


def read_facts(session: Session, viewer: Person, until: date) -> Facts:
    """Return what happened up to a day, of everybody in a viewer's circle."""
    enrolments = _read_enrolments(session, viewer, until)
    begun = min((each.starts_on for each in enrolments), default=until)
    who = select(t.Participant.person_id).where(
        t.Participant.gone.is_(False),
        or_(t.Participant.person_id.in_(circle(viewer)), t.Participant.person_id.in_(_former(viewer))),
    )
    held, attended = _read_sessions(session, who, until)
    return Facts(
        enrolments,
        held,
        attended,
        _read_certified(session, until),
        _read_accepted(session, until),
        _read_taught(session, who, begun, until),
        _read_signs(session, who, until, attended),
    )


def _former(viewer: Person) -> Select[Any]:
    """Return the ids of those who have moved away from an administrator's school; of others nobody's."""
    left = Move.from_id == viewer.school_id if "administrator" in viewer.role_names else false()
    return select(Move.person_id).where(left)


def _read_enrolments(session: Session, viewer: Person, until: date) -> tuple[Enrolment, ...]:
    """Return the enrolments; a school's administration has those of the time at the school alone."""
    everywhere, moves = set(session.scalars(guided(viewer))), _read_moves(session)
    return tuple(
        stay
        for each in _read_participants(session, viewer, until)
        for stay in _split(each, moves.get(each.person_id, ()))
        if each.person_id in everywhere or stay.school_id == viewer.school_id
    )


def _read_moves(session: Session) -> dict[int, list[tuple[date, int, str]]]:
    """Return by person when they left which school, the first one first."""
    moves = select(Move.person_id, Move.on, Move.from_id, School.name).join(School, School.id == Move.from_id)
    found: dict[int, list[tuple[date, int, str]]] = defaultdict(list)
    for person, on, school_id, school in session.execute(moves.order_by(Move.id)):
        found[person].append((on, school_id, school))
    return found


def _split(each: Enrolment, moves: Sequence[tuple[date, int, str]]) -> Iterator[Enrolment]:
    """Yield a participant's time at each school, the present one last."""
    came = date.min
    for on, school_id, school in moves:
        left = on if each.left_on is None else min(on, each.left_on)
        yield replace(each, school_id=school_id, school=school, came_on=came, left_on=left, is_past=True)
        came = on
    yield replace(each, came_on=came)


def _read_participants(session: Session, viewer: Person, until: date) -> tuple[Enrolment, ...]:
    coach = aliased(Person)
    group = t.TrainingGroup
    query = (
        select(
            t.Participant.id, t.Participant.joined_on, t.Participant.left_on, Person.left_at, Person.id,
            Person.family_name, Person.given_name, Person.school_id, School.name, t.Training.programme,
            t.Training.pass_share, group.id, group.name, coach.family_name, coach.given_name, group.starts_on,
            group.ends_on,
        )
        .join(group, group.id == t.Participant.group_id)
        .join(t.Training, t.Training.id == group.training_id)
        .join(Person, Person.id == t.Participant.person_id)
        .join(School, School.id == Person.school_id)
        .join(coach, coach.id == group.coach_id)
        .where(t.Participant.gone.is_(False), group.gone.is_(False), group.starts_on <= until)
        .where(or_(Person.id.in_(circle(viewer)), Person.id.in_(_former(viewer))))
        .order_by(School.name, Person.family_name, Person.given_name, t.Participant.id)
    )  # fmt: skip # columns, not objects: half the time for six hundred
    communities = _read_communities(session)
    return tuple(
        Enrolment(
            participant, person, f"{family} {given}", school_id, school, communities.get(person), programme, share,
            group_id, name, f"{guide} {guide_given}", starts_on, ends_on, _find_end(left_on, left_at),
            joined_on or date.min,
        )
        for participant, joined_on, left_on, left_at, person, family, given, school_id, school, programme, share,
        group_id, name, guide, guide_given, starts_on, ends_on in session.execute(query)
    )  # fmt: skip


def _find_end(left_on: date | None, left_at: datetime | None) -> date | None:
    """Return since when somebody takes part no more: they left the group, or their school."""
    days = [left_on, _day(left_at) if left_at else None]
    return min((day for day in days if day is not None), default=None)


def _read_sessions(
    session: Session, who: Select[Any], until: date
) -> tuple[dict[int, list[date]], dict[tuple[int, int], list[date]]]:
    here = and_(t.TrainingSession.gone.is_(False), t.TrainingSession.on <= until)
    held = select(t.TrainingSession.group_id, t.TrainingSession.on).where(here)
    attended = (
        select(
            t.TrainingSession.group_id,
            t.TrainingPresence.person_id,
            t.TrainingSession.id,
            t.TrainingSession.on,
        )
        .join(t.TrainingPresence, t.TrainingPresence.session_id == t.TrainingSession.id)
        .where(here, t.TrainingPresence.gone.is_(False), t.TrainingPresence.state.in_(PRESENT))
        .where(t.TrainingPresence.person_id.in_(who))
        .distinct()
    )
    return (
        _gather(session.execute(held)),
        _gather(((group, person), on) for group, person, _, on in session.execute(attended)),
    )


def _gather(pairs: Iterable[Any]) -> dict[Any, list[Any]]:
    """Return the values of each key, sorted."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    for values in found.values():
        values.sort()
    return found


def _read_certified(session: Session, until: date) -> dict[int, date]:
    query = (
        select(t.Certificate.participant_id, func.min(t.Certificate.on))
        .where(t.Certificate.gone.is_(False), t.Certificate.kind == "course", t.Certificate.on <= until)
        .group_by(t.Certificate.participant_id)
    )
    return dict(session.execute(query).all())


def _read_accepted(session: Session, until: date) -> dict[int, date]:
    reviews = (
        select(t.Evidence.participant_id, t.Reply.data, t.Reply.on)
        .join(t.Reply, and_(t.Reply.sheet == "evidence", t.Reply.row_id == t.Evidence.id))
        .where(t.Evidence.gone.is_(False), t.Reply.gone.is_(False), t.Reply.on <= until)
        .where(t.Reply.kind == "review", t.Evidence.task.startswith("practice:"))
    )
    found: dict[int, date] = {}
    for participant, data, on in session.execute(reviews):
        if data.get("accepted") is True:
            found[participant] = min(found.get(participant, on), on)
    return found


def _read_taught(
    session: Session, who: Select[Any], begun: date, until: date
) -> dict[int, list[tuple[date, date]]]:
    since, end = begin_of(begun), end_of(until)
    lessons = (
        _select_lessons(end)
        .where(LessonAssignment.assigned_by.in_(who))
        .where(LessonAssignment.assigned_at >= since, LessonAssignment.assigned_at < end)
    )
    assignments = (
        select(
            Release.id,
            Course.class_id,
            Release.released_by,
            Release.released_at,
            func.min(Submission.at).label("worked"),
        )
        .join(Assignment, Assignment.id == Release.assignment_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(Submission, Submission.release_id == Release.id)
        .where(Release.released_by.in_(who))
        .where(Release.released_at >= since, Submission.at < end)
        .group_by(Release.id, Course.class_id, Submission.person_id)
    )
    rows = (row for query in (lessons, assignments) for row in session.execute(_take_last_needed(query)))
    return _gather((person, (_day(given), _day(worked))) for person, given, worked in rows)


def _select_lessons(end: datetime) -> Select[int, int, int, datetime, datetime]:
    """Return what was given to whom, and when each pupil first answered; None: not yet.

    Each pupil's answers are looked up by themselves: a join reads all that anybody has ever answered.
    """
    pupils = select(Membership.class_id, Membership.person_id).where(Membership.role == "pupil").distinct()
    members = pupils.subquery()
    worked = select(func.min(LearningEvent.at)).where(
        LearningEvent.person_id == members.c.person_id,
        LearningEvent.lesson == LessonAssignment.lesson,
        LearningEvent.verb == "answered",
        LearningEvent.at >= LessonAssignment.assigned_at,
        LearningEvent.at < end,
    )
    return select(
        LessonAssignment.id,
        LessonAssignment.class_id,
        LessonAssignment.assigned_by,
        LessonAssignment.assigned_at,
        worked.scalar_subquery().label("worked"),
    ).join(members, members.c.class_id == LessonAssignment.class_id)


def _take_last_needed(
    pupils: Select[int, int, int, datetime, datetime],
) -> Select[int, datetime, datetime]:
    """Return who gave what when, and when the fifth pupil began, or the last one of a class that never had five.

    ``pupils``: rows of what, the class, who, when, a pupil's first answer.
    """
    each, sizes = pupils.subquery(), _count_pupils().subquery()
    what, group, who, given, worked = each.c
    place = func.row_number().over(partition_by=what, order_by=worked)
    ranked = (
        select(group.label("group"), who, given, worked, place.label("place"))
        .where(worked.is_not(None))
        .subquery()
    )
    of, person, day, begun, number = ranked.c
    needed = case((sizes.c.size < FEWEST_PUPILS, sizes.c.size), else_=FEWEST_PUPILS)
    return (
        select(person, day, begun)
        .join_from(ranked, sizes, sizes.c.class_id == of, isouter=True)
        .where(number == needed)
    )


def _count_pupils() -> Select[int, int]:
    """Return how many pupils each class has ever had: small schools have classes of two."""
    return (
        select(Membership.class_id, func.count(Membership.person_id.distinct()).label("size"))
        .where(Membership.role == "pupil")
        .group_by(Membership.class_id)
    )


def _day(at: datetime | date) -> date:
    return at.astimezone(ZONE).date() if isinstance(at, datetime) else at


def _read_signs(
    session: Session, who: Select[Any], until: date, attended: Mapping[tuple[int, int], list[date]]
) -> dict[int, list[date]]:
    evidence = select(t.Evidence.by, t.Evidence.on).where(
        t.Evidence.gone.is_(False), t.Evidence.on <= until, t.Evidence.by.in_(who)
    )
    words = select(t.Reply.by, t.Reply.on).where(
        t.Reply.gone.is_(False), t.Reply.on <= until, t.Reply.sheet == "pairing", t.Reply.by.in_(who)
    )
    given = select(LessonAssignment.assigned_by, LessonAssignment.assigned_at).where(
        LessonAssignment.assigned_at < end_of(until), LessonAssignment.assigned_by.in_(who)
    )
    released = select(Release.released_by, Release.released_at).where(
        Release.released_at < end_of(until), Release.released_by.in_(who)
    )
    present = [(person, on) for (_, person), days in attended.items() for on in days]
    heard = [
        (person, _day(at))
        for query in (evidence, words, given, released)
        for person, at in session.execute(query)
    ]
    return _gather([*present, *heard])


def _read_communities(session: Session) -> dict[int, int | None]:
    query = select(t.AcademyProfile.by, t.AcademyProfile.community_id).where(t.AcademyProfile.gone.is_(False))
    return dict(session.execute(query).all())
