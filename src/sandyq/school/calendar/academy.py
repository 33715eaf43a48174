"""The Academy's events of a person: every query is narrowed by the sheet's own right, and to what is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from sandyq.courses import MONTHS, add_months, is_to_show, read_verdicts
from sandyq.school.academy import tables as t
from sandyq.school.academy.pairs import going_on
from sandyq.school.academy.rights import address_notices, led_groups
from sandyq.school.academy.words import topics
from sandyq.school.calendar.event import Event, Span, name, name_week
from sandyq.school.database import today
from sandyq.school.registry import SHEETS
from sandyq.school.tables import Person

HOUR = 60
"""Minutes of a pair's meeting."""


def read_events(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """First ask, at once, what there is at all: most people have little of most kinds."""
    readers = {
        _sessions: or_(_has(t.Participant, t.Participant.person_id == person.id), led_groups(person).exists()),
        _milestones: _has(t.Participant, t.Participant.person_id == person.id),
        _visits: _has(
            t.CoachVisit,
            t.CoachVisit.next_on.between(*span),
            or_(t.CoachVisit.by == person.id, t.CoachVisit.person_id == person.id),
        ),
        _observations: _has(
            t.Observation,
            t.Observation.on.between(*span),
            or_(t.Observation.by == person.id, t.Observation.person_id == person.id),
        ),
        _pairs: _has(
            t.Pairing, or_(t.Pairing.mentor_id == person.id, t.Pairing.learner_id == person.id)
        ),
        _experts: _has(t.ExpertSession, t.ExpertSession.on.between(*span)),
        _studies: _has(t.LessonStudy, t.LessonStudy.state == "open"),
    }  # fmt: skip
    found = session.execute(select(*readers.values())).one()
    for read, is_there in zip(readers, found, strict=True):
        if is_there:
            yield from read(session, person, span)


def _has(table: type[Any], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(table.id).where(*conditions))


def _seen(session: Session, person: Person, sheet: str) -> ColumnElement[bool]:
    """Return the condition under which a person sees a row at all."""
    narrow = SHEETS[sheet].narrow
    assert narrow is not None  # noqa: S101 # all sheets of the Academy are narrowed
    return narrow(session, person)


def _names(person: Any) -> tuple[Any, Any]:
    """Return the columns of a name alone: a whole person costs a query for the roles."""
    return person.family_name, person.given_name


def _sessions(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """Of the groups that one is in or leads."""
    meeting, group = t.TrainingSession, t.TrainingGroup
    takes_part = exists().where(
        t.Participant.group_id == group.id,
        t.Participant.person_id == person.id,
        t.Participant.gone.is_(False),
        or_(t.Participant.left_on.is_(None), t.Participant.left_on > meeting.on),
    )
    query = (
        select(meeting, group.name, group.facilitator_id, t.Training.modules)
        .join(group, group.id == meeting.group_id)
        .join(t.Training, t.Training.id == group.training_id)
        .where(meeting.on.between(*span), group.gone.is_(False), _seen(session, person, "training_session"))
        .where(or_(takes_part, group.id.in_(led_groups(person))))
    )
    for row, title, facilitator, modules in session.execute(query):
        names = next((each["names"] for each in modules if each["key"] == row.module), name(row.module))
        yield Event(
            f"training_session-{row.id}", "session", row.on, names, row.starts, row.minutes, where=row.place,
            group=title, number=row.group_id, revision=row.version - 1, cancelled=row.gone,
            people=frozenset({person.id, facilitator}),
        )  # fmt: skip


def _milestones(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """The last days of the months of support for which nothing was shown, or it was sent back."""
    query = (
        select(t.Participant.id, t.TrainingGroup.ends_on, t.TrainingGroup.version, t.Training.names)
        .join(t.TrainingGroup, t.TrainingGroup.id == t.Participant.group_id)
        .join(t.Training, t.Training.id == t.TrainingGroup.training_id)
        .where(t.Participant.person_id == person.id, t.Participant.takes_part)
        .where(t.TrainingGroup.gone.is_(False), t.TrainingGroup.ends_on < span[1])
    )
    due = [
        (participant, month, on, version, names)
        for participant, ends_on, version, names in session.execute(query)
        for month in range(1, MONTHS + 1)
        if span[0] <= (on := add_months(ends_on, month)) <= span[1]
    ]
    if not due:
        return
    shown = session.scalars(
        select(t.Evidence)
        .where(t.Evidence.by == person.id, t.Evidence.gone.is_(False), t.Evidence.task.startswith("month:"))
        .where(_seen(session, person, "evidence"))
    ).all()
    reviews = session.scalars(
        select(t.Reply).where(
            t.Reply.sheet == "evidence",
            t.Reply.row_id.in_([each.id for each in shown]),
            t.Reply.kind == "review",
            t.Reply.gone.is_(False),
        )
    )
    verdicts = read_verdicts(reviews)
    for participant, month, on, version, names in due:
        own = [each for each in shown if each.participant_id == participant]
        if is_to_show(month, own, verdicts):
            yield Event(
                f"milestone-{participant}-{month}", "milestone", on, names, number=month,
                revision=version - 1, people=frozenset({person.id}),
            )  # fmt: skip


def _visits(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """The next visits that a coach has planned, until there was one."""
    visit, later = t.CoachVisit, aliased(t.CoachVisit)
    coach, whom = aliased(Person), aliased(Person)
    overtaken = exists().where(
        later.by == visit.by,
        later.person_id == visit.person_id,
        later.gone.is_(False),
        or_(later.on > visit.on, and_(later.on == visit.on, later.id > visit.id)),
    )
    query = (
        select(visit, *_names(coach), *_names(whom))
        .join(coach, coach.id == visit.by)
        .join(whom, whom.id == visit.person_id)
        .where(visit.next_on.between(*span), _seen(session, person, "coach_visit"), ~overtaken)
        .where(or_(visit.by == person.id, visit.person_id == person.id))
    )
    for row, guide, guide_given, guided, guided_given in session.execute(query):
        is_own = row.by == person.id
        other = f"{guided} {guided_given}" if is_own else f"{guide} {guide_given}"
        yield Event(
            f"coach_visit-{row.id}", "visit" if is_own else "visited", row.next_on, {}, who=other, number=row.id,
            revision=row.version - 1, cancelled=row.gone, people=frozenset({row.by, row.person_id}),
        )  # fmt: skip


def _observations(session: Session, person: Person, span: Span) -> Iterator[Event]:
    row_of, observer, teacher = t.Observation, aliased(Person), aliased(Person)
    query = (
        select(row_of, *_names(observer), *_names(teacher))
        .join(observer, observer.id == row_of.by)
        .join(teacher, teacher.id == row_of.person_id)
        .where(row_of.on.between(*span), _seen(session, person, "observation"))
        .where(or_(row_of.by == person.id, row_of.person_id == person.id))
    )
    for row, by, by_given, whose, whose_given in session.execute(query):
        is_own = row.by == person.id
        yield Event(
            f"observation-{row.id}", "observing" if is_own else "observed", row.on, name(row.lesson),
            who=f"{whose} {whose_given}" if is_own else f"{by} {by_given}", number=row.id, revision=row.version - 1,
            cancelled=row.gone, people=frozenset({row.by, row.person_id}),
        )  # fmt: skip


def _pairs(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """The weekly hour of pairs to which both have agreed and that go on."""
    pair, mentor, learner = t.Pairing, aliased(Person), aliased(Person)
    agreed = (
        select(func.count(t.Reply.by.distinct()))
        .where(t.Reply.sheet == "pairing", t.Reply.row_id == pair.id, t.Reply.kind == "agree")
        .where(t.Reply.gone.is_(False))
        .scalar_subquery()
    )
    query = (
        going_on(span[0])
        .add_columns(*_names(mentor), *_names(learner))
        .join(mentor, mentor.id == pair.mentor_id)
        .join(learner, learner.id == pair.learner_id)
        .where(or_(pair.mentor_id == person.id, pair.learner_id == person.id))
        .where(pair.since <= span[1], pair.slot != "", agreed == 2, _seen(session, person, "pairing"))
    )
    for row, first, first_given, second, second_given in session.execute(query):
        weekday, hour = map(int, row.slot.split("-"))
        other = f"{second} {second_given}" if row.mentor_id == person.id else f"{first} {first_given}"
        on = max(span[0], row.since)
        on += timedelta((weekday - on.weekday()) % 7)
        while on <= span[1] and (row.until is None or on < row.until):
            yield Event(
                f"pairing-{row.id}-{name_week(on)}", "pair", on, topics().get(row.topic, name(row.topic)),
                f"{hour:02}:00", HOUR, who=other, number=row.id, revision=row.version - 1,
                people=frozenset({row.mentor_id, row.learner_id}),
            )  # fmt: skip
            on += timedelta(7)


def _experts(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """Meetings with somebody from outside are for all adults."""
    meeting = t.ExpertSession
    query = select(meeting).where(meeting.on.between(*span), _seen(session, person, "expert_session"))
    for row in session.scalars(query):
        if row.on:
            yield Event(
                f"expert_session-{row.id}", "expert", row.on, name(row.title), who=row.expert, number=row.id,
                revision=row.version - 1, cancelled=row.gone,
            )  # fmt: skip


def _studies(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """The lessons of the Lesson Studies in whose team one is."""
    query = select(t.LessonStudy).where(t.LessonStudy.state == "open", _seen(session, person, "lesson_study"))
    for row in session.scalars(query):
        if person.id not in (row.by, *row.members):
            continue
        for number, each in enumerate(row.rounds, 1):
            on = _read_day(each)
            if on is not None and span[0] <= on <= span[1]:
                yield Event(
                    f"lesson_study-{row.id}-{number}", "study", on, name(row.question),
                    number=row.id, revision=row.version - 1, cancelled=row.gone,
                    people=frozenset({row.by, *row.members}),
                )  # fmt: skip


def _read_day(written: Any) -> date | None:
    """Nobody's calendar stays closed for what somebody once wrote into a round."""
    try:
        return date.fromisoformat(written["on"])
    except (KeyError, TypeError, ValueError):
        return None


def read_notices(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """Days that notices are about, once they are shown."""
    query = select(t.Notice).where(
        t.Notice.on.between(*span), t.Notice.since <= today(), address_notices(session, person)
    )
    for row in session.scalars(query):
        yield from tell_notice(row)


def tell_notice(row: Any) -> Iterator[Event]:
    """Yield the day of a notice, a row or as pages show it, if it has one."""
    if row.on:
        yield Event(
            f"notice-{row.id}", "notice", row.on, row.titles, number=row.id, revision=row.version - 1,
            cancelled=getattr(row, "gone", False),
        )  # fmt: skip
