"""What a class has to do by when: for its pupils, for who teaches it, and for colleagues among themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sandyq.school.assignments import due_for, releases_for_pupil
from sandyq.school.calendar.event import Event, Span, name
from sandyq.school.database import ZONE, begin_of, end_of, today
from sandyq.school.people import TEACHING, lasts
from sandyq.school.tables import (
    COLLEAGUES,
    Assignment,
    ClassGroup,
    Course,
    CourseTeacher,
    LessonAssignment,
    Membership,
    Person,
    Release,
    Submission,
)

LAST_MINUTE = time(23, 59)
"""What is due then is due on that day."""


def read_work(
    session: Session, person: Person, span: Span, releases: Sequence[Release] | None
) -> Iterator[Event]:
    """Assignments that a pupil, or a teacher among colleagues, has to hand in and has not."""
    found = releases_for_pupil(session, person.id) if releases is None else releases
    dues = {each.id: due for each in found if (due := due_for(each, person.id)) and _is_within(due, span)}
    if not dues:
        return
    handed_in = select(Submission.release_id).where(
        Submission.person_id == person.id, Submission.release_id.in_(dues)
    )
    done = set(session.scalars(handed_in))
    for release in found:
        due = dues.get(release.id)
        if due is None or release.id in done:
            continue
        on, starts = _place(due)
        extended = sum(each.person_id == person.id for each in release.extensions)
        yield Event(
            f"work-{release.id}", "work", on, name(release.assignment.about["title"]), starts,
            number=release.id, revision=extended, people=frozenset({person.id}),
        )  # fmt: skip


def read_lessons(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """Lessons that a pupil's class was given, by their last day."""
    groups = _classes(person, ("pupil",))
    found = select(LessonAssignment).where(
        LessonAssignment.class_id.in_(groups), LessonAssignment.due_on.between(*span)
    )
    for each in session.scalars(found):
        if each.due_on:
            yield Event(
                f"lesson-{each.id}", "lesson", each.due_on, name(each.lesson), people=frozenset({person.id})
            )


def read_taught(session: Session, person: Person, span: Span) -> Iterator[Event]:
    """What is due in the classes that a person teaches; the classes' names, no pupil's."""
    me = frozenset({person.id})
    begins, ends = begin_of(span[0]), end_of(span[1])
    courses = select(CourseTeacher.course_id).where(
        CourseTeacher.person_id == person.id,
        CourseTeacher.since <= today(),
        or_(CourseTeacher.until.is_(None), CourseTeacher.until > today()),
    )
    given = (
        select(Release.id, Release.due_at, Release.withdrawn_at, Assignment.about, ClassGroup.name)
        .join(Assignment, Assignment.id == Release.assignment_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(ClassGroup, ClassGroup.id == Course.class_id)
        .where(Course.id.in_(courses), Release.due_at >= begins, Release.due_at < ends)
    )
    for number, due, withdrawn, about, group in session.execute(given):
        on, starts = _place(due)
        yield Event(
            f"release-{number}", "work_due", on, name(about["title"]), starts, number=number,
            group="" if group == COLLEAGUES else group, revision=int(withdrawn is not None),
            cancelled=withdrawn is not None, people=me,
        )  # fmt: skip
    lessons = (
        select(LessonAssignment.id, LessonAssignment.lesson, LessonAssignment.due_on, ClassGroup)
        .join(ClassGroup, ClassGroup.id == LessonAssignment.class_id)
        .where(ClassGroup.id.in_(_classes(person, TEACHING)), LessonAssignment.due_on.between(*span))
    )
    for number, lesson, due_on, group in session.execute(lessons):
        if due_on:
            yield Event(
                f"given-{number}",
                "lesson_due",
                due_on,
                name(lesson),
                group=group.name,
                number=group.id,
                people=me,
            )


def _classes(person: Person, roles: tuple[str, ...]):  # type: ignore[no-untyped-def] # a subquery of ids
    return select(Membership.class_id).where(
        Membership.person_id == person.id, Membership.role.in_(roles), lasts(today())
    )


def _is_within(moment: datetime, span: Span) -> bool:
    return span[0] <= moment.astimezone(ZONE).date() <= span[1]


def _place(moment: datetime) -> tuple[date, str]:
    """Return the day and the time; none when it is the end of the day."""
    here = moment.astimezone(ZONE)
    return here.date(), "" if here.time() >= LAST_MINUTE else f"{here:%H:%M}"
