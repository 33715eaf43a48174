"""Assignments: courses and who teaches them, releases and their dates, what pupils hand in."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, lazyload

from sandyq.school.database import now, today
from sandyq.school.errors import Conflict, Invalid, NotAllowed, NotFound
from sandyq.school.grading import doubt_marks, queue_grading
from sandyq.school.groups import find_pupil_group
from sandyq.school.people import (
    class_of_pupil,
    class_pupils,
    classes_of_teacher,
    list_teachers,
    sort_people,
)
from sandyq.school.tables import (
    COLLEAGUES,
    MODES,
    Assignment,
    ClassGroup,
    Course,
    CourseTeacher,
    Extension,
    Person,
    Release,
    ReleaseTarget,
    Returned,
    Submission,
    WorkEvent,
)

SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of codes: none that is taken for another."""
MOST_EVENTS: Final = 2000
"""Of a pupil and a release: each has every teacher's page of the release look through more."""
MOST_HAND_INS: Final = 50
"""Of one pupil in one release: more is no work but a way to fill the disk."""
STATES: Final = ("soon", "open", "late", "closed", "handed_in", "returned")


def make_code(length: int = 6) -> str:
    """Return a code that can be read out: no sign looks like another."""
    return "".join(secrets.choice(SIGNS) for _ in range(length))


# Courses


def courses_of_teacher(session: Session, person_id: int, on: date | None = None) -> list[Course]:
    """Return the courses that a person teaches on a day (today), by class and subject."""
    mine = select(CourseTeacher.course_id).where(
        CourseTeacher.person_id == person_id, _teaches(on or today())
    )
    found = session.scalars(select(Course).where(Course.id.in_(mine)))
    return sorted(
        found, key=lambda course: (course.class_group.grades, course.class_group.name, course.subject)
    )


def _teaches(on: date) -> Any:
    return (CourseTeacher.since <= on) & (CourseTeacher.until.is_(None) | (CourseTeacher.until > on))


def find_course(session: Session, class_id: int, subject: str, teacher: int) -> Course:
    """Return a class's course in a subject, made when there is none; who asks for it teaches it from today.

    Among colleagues a course belongs to whoever teaches it, for its marks are theirs to see: others get one that bears
    their name. Invalid for an empty or too long subject; NotAllowed for who only stands in for a colleague in the
    class and asks for another course than that one.
    """
    subject = " ".join(subject.split())
    if not 0 < len(subject) <= 60:
        raise Invalid("The subject is '{subject}'. Write 1 to 60 letters.", subject=subject)
    courses = session.scalars(select(Course).where(Course.class_id == class_id))
    known = {course.subject.casefold(): course for course in courses}
    mine = {course.id for course in courses_of_teacher(session, teacher)}
    among_colleagues = session.get_one(ClassGroup, class_id).is_colleagues

    def is_open(course: Course | None) -> bool:
        return course is None or not among_colleagues or course.id in mine

    title = next(each for each in _titles(session, subject, teacher) if is_open(known.get(each.casefold())))
    course = known.get(title.casefold())
    if (course is None or course.id not in mine) and _only_stands_in(session, class_id, teacher):
        raise NotAllowed(
            "You stand in for a colleague in this class. Give it out in the subject that you teach here."
        )
    if course is None:
        course = Course(class_id=class_id, subject=title)
        session.add(course)
        session.flush()
    if course.id not in mine:
        add_teacher(session, course, teacher)
    return course


def _only_stands_in(session: Session, class_id: int, teacher: int) -> bool:
    """Whether a person teaches a class as a substitute alone: what they begin would outlast their last day."""
    ends = session.scalars(
        select(CourseTeacher.until)
        .join(Course)
        .where(Course.class_id == class_id, CourseTeacher.person_id == teacher, _teaches(today()))
    ).all()
    own = {group.id for group in classes_of_teacher(session, teacher)}
    return bool(ends) and None not in ends and class_id not in own


def _titles(session: Session, subject: str, teacher: int) -> Iterator[str]:
    """Yield what a course may be called; among colleagues others than the first say whose it is."""
    yield subject
    name = session.get_one(Person, teacher).full_name
    for number in count(1):
        whose = f" · {name[:34]}{f' {number}' if number > 1 else ''}"
        yield subject[: 60 - len(whose)] + whose


def add_teacher(session: Session, course: Course, person_id: int, last: date | None = None) -> None:
    """Let a person teach a course from today, for good or, as a substitute, to the day ``last``."""
    on = today()
    if last is not None and last < on:
        raise Invalid("The last day is {until}. Give a day to come.", until=last.isoformat())
    until = last + timedelta(days=1) if last else None
    place = select(CourseTeacher).where(
        CourseTeacher.course_id == course.id, CourseTeacher.person_id == person_id, _teaches(on)
    )
    found = session.scalar(place)
    if found is None:
        session.add(CourseTeacher(course_id=course.id, person_id=person_id, since=on, until=until))
    elif found.until is not None:  # a substitute stays longer, or for good; a teacher for good stays so
        found.until = until
    session.flush()


def remove_teacher(session: Session, course: Course, person_id: int) -> None:
    """End a person's teaching of a course today; Conflict for the last one for good: in the end nobody would mark."""
    on = today()
    teachers = session.scalars(
        select(CourseTeacher).where(CourseTeacher.course_id == course.id, _teaches(on))
    ).all()
    if {each.person_id for each in teachers if each.until is None} <= {person_id}:
        raise Conflict("A course needs a teacher. Add another one first.")
    for each in teachers:
        if each.person_id == person_id:
            each.until = on
    session.flush()


def teaches_for_good(session: Session, course_id: int, person_id: int) -> bool:
    """Is it a teacher of the course's own, not a substitute?"""
    return any(
        person.id == person_id and last is None for person, last in teachers_of_course(session, course_id)
    )


def teachers_of_course(session: Session, course_id: int) -> list[tuple[Person, date | None]]:
    """Return who teaches a course today, and the last day of a substitute."""
    rows = session.execute(
        select(Person, CourseTeacher.until)
        .join(CourseTeacher, CourseTeacher.person_id == Person.id)
        .where(CourseTeacher.course_id == course_id, _teaches(today()))
        .order_by(CourseTeacher.id)
    )
    return [(person, until - timedelta(days=1) if until else None) for person, until in rows]


def learners_of_course(session: Session, course: Course) -> list[Person]:
    """Return to whom a course's assignments go: a class's pupils, or the colleagues of those who teach it."""
    if not course.class_group.is_colleagues:
        return class_pupils(session, course.class_id)
    teachers = {person.id for person, _ in teachers_of_course(session, course.id)}
    everybody = list_teachers(session, course.class_group.school_id)
    return [person for person in everybody if person.id not in teachers]


# Assignments and releases


def add_assignment(session: Session, course: Course, about: dict[str, Any], by: int) -> Assignment:
    """Take a packet into a course; the same packet, changed, becomes the assignment's next version."""
    found = session.scalar(
        select(Assignment).where(Assignment.course_id == course.id, Assignment.name == about["name"])
    )
    if found is None:
        found = Assignment(course_id=course.id, name=about["name"], version=1, about=about, made_by=by)
        session.add(found)
    elif found.about.get("version") != about["version"]:
        found.version += 1
        found.about = about
        releases = [release.id for release in releases_of(session, found.id)]
        doubt_marks(session, releases, about)
        for submission in latest_submissions(session, releases):
            queue_grading(session, submission)
    session.flush()
    return found


def releases_of(session: Session, assignment_id: int) -> list[Release]:
    """Return an assignment's releases that were not withdrawn."""
    wanted = select(Release).where(Release.assignment_id == assignment_id, Release.withdrawn_at.is_(None))
    return list(session.scalars(wanted))


def release_assignment(  # noqa: PLR0913 # a release has this many parts
    session: Session,
    assignment: Assignment,
    by: int,
    *,
    mode: str = "free",
    opens_at: datetime | None = None,
    due_at: datetime | None = None,
    people: Collection[int] = (),
    groups: Collection[int] = (),
) -> Release:
    """Give an assignment out: to the course's class, or to those of its pupils and groups that are named.

    Invalid for an unknown mode, for a window that is over or the wrong way round, for somebody of another class, for a
    group without pupils; NotFound for a group of another class.
    """
    if mode not in MODES:
        raise Invalid("The mode is '{mode}'. Use one of: {known}.", mode=mode, known=", ".join(MODES))
    if due_at is not None and due_at <= now():
        raise Invalid("The due date is over already. Give a time to come.")
    if opens_at is not None and due_at is not None and opens_at >= due_at:
        raise Invalid("The assignment would close before it opens. Change one of the two times.")
    pupils = {pupil.id for pupil in learners_of_course(session, assignment.course)}
    if strangers := set(people) - pupils:
        raise Invalid("Persons {people} are not pupils of this class.", people=sorted(strangers))
    chosen = [find_pupil_group(session, assignment.course.class_id, each) for each in set(groups)]
    named = set(people)
    for group in chosen:
        members = pupils & {member.person_id for member in group.members}
        if not members:
            raise Invalid("No pupil is in the group '{name}'. Put some in first.", name=group.name)
        named |= members
    release = Release(
        assignment_id=assignment.id,
        code=make_code(),
        mode=mode,
        opens_at=opens_at,
        due_at=due_at,
        released_by=by,
        targets=[ReleaseTarget(person_id=person) for person in sorted(named)],
        groups=chosen,
    )
    session.add(release)
    session.flush()
    return release


def extend(session: Session, release: Release, person_id: int, due_at: datetime, by: int) -> None:
    """Give one pupil more time; Invalid when that time is over already, or where there is no due date."""
    find_due(release, person_id)
    if due_at <= now():
        raise Invalid("The due date is over already. Give a time to come.")
    session.merge(
        Extension(release_id=release.id, person_id=person_id, due_at=due_at, given_by=by, given_at=now())
    )
    session.flush()
    session.refresh(release)


def pupils_of_release(session: Session, release: Release) -> list[Person]:
    """Return to whom a release goes, in the class list's order; then those who handed in and left the class."""
    named = {target.person_id for target in release.targets}
    pupils = learners_of_course(session, release.assignment.course)
    here = [pupil for pupil in pupils if not named or pupil.id in named]
    handed_in = select(Submission.person_id).where(Submission.release_id == release.id)
    gone = session.scalars(
        select(Person).where(Person.id.in_(handed_in), Person.id.not_in([each.id for each in here]))
    )
    return [*here, *sort_people(gone)]


def releases_for_pupil(session: Session, person_id: int) -> list[Release]:
    """Return what is given to a pupil, or to a teacher among colleagues, the nearest due date first, then the newest.

    What they handed in stays theirs when they change class.
    """
    handed_in = set(session.scalars(select(Submission.release_id).where(Submission.person_id == person_id)))
    found = session.scalars(
        select(Release)
        .join(Assignment)
        .join(Course)
        .where(
            Course.class_id.in_(_groups_of_learner(session, person_id)) | Release.id.in_(handed_in),
            Release.withdrawn_at.is_(None),
        )
    )
    taught = {course.id for course in courses_of_teacher(session, person_id)}
    mine = [
        release
        for release in found
        if release.id in handed_in
        or (_is_for(release, person_id) and release.assignment.course_id not in taught)
    ]
    return sorted(
        mine,
        key=lambda release: (due_for(release, person_id) is None, due_for(release, person_id), -release.id),
    )


def _groups_of_learner(session: Session, person_id: int) -> list[int]:
    """A pupil's class; for a teacher the colleagues of each year."""
    group = class_of_pupil(session, person_id)
    person = session.get_one(Person, person_id)
    if "teacher" not in person.role_names:
        return [group.id] if group else []
    wanted = (ClassGroup.school_id == person.school_id) & (ClassGroup.name == COLLEAGUES)
    return [*session.scalars(select(ClassGroup.id).where(wanted)), *([group.id] if group else [])]


def _is_for(release: Release, person_id: int) -> bool:
    named = {target.person_id for target in release.targets}
    return not named or person_id in named


def find_release(session: Session, release_id: int, pupil: int) -> Release:
    """Return a release that goes to this pupil; NotFound for any other."""
    found = next((each for each in releases_for_pupil(session, pupil) if each.id == release_id), None)
    if found is None:
        raise NotFound("Assignment {release} is not given to you.", release=release_id)
    return found


def due_for(release: Release, person_id: int) -> datetime | None:
    """When a pupil must have handed in: the later of the release's due time and an extension of theirs."""
    own = [each.due_at for each in release.extensions if each.person_id == person_id]
    return max([*own, release.due_at]) if own and release.due_at else release.due_at


def find_due(release: Release, person_id: int) -> datetime:
    """When a pupil must have handed in; Invalid where there is no date that could be later."""
    due = due_for(release, person_id)
    if due is None:
        raise Invalid("The assignment has no due date, so nobody needs more time.")
    return due


@dataclass(frozen=True)
class Standing:
    """How far a pupil is with a release, and what they may do."""

    state: str
    """One of STATES."""
    can_open: bool
    can_hand_in: bool


def stand(
    release: Release, person_id: int, handed_in: bool, returned: bool, at: datetime | None = None
) -> Standing:
    """Say how a release stands for a pupil at a moment (now).

    Before it opens and after it is due, ``free`` still lets work and hand in (late), ``read_only`` lets look,
    ``locked`` nothing; nobody opens a ``free`` one before its time either.
    """
    at, due = at or now(), due_for(release, person_id)
    early = release.opens_at is not None and at < release.opens_at
    over = due is not None and at > due
    inside = not early and not over
    can_hand_in = not returned and (inside or (over and release.mode == "free"))
    can_open = inside or (over and release.mode != "locked")
    if returned:
        state = "returned"
    elif handed_in:
        state = "handed_in"
    elif early:
        state = "soon"
    elif over:
        state = "late" if can_hand_in else "closed"
    else:
        state = "open"
    return Standing(state, can_open, can_hand_in)


# What is handed in


def add_submission(session: Session, release: Release, person_id: int, sha256: str, size: int) -> Submission:
    """Note what a pupil hands in, at the server's time and under its next number; see ``check_can_hand_in``.

    The caller writes the files before the transaction ends.
    """
    if len(submissions_of(session, release.id, person_id)) >= MOST_HAND_INS:
        raise Conflict("You have handed in {most} times. Ask your teacher.", most=MOST_HAND_INS)
    at, due = now(), due_for(release, person_id)
    check_can_hand_in(session, release, person_id, at)
    submission = Submission(
        release_id=release.id,
        person_id=person_id,
        at=at,
        sha256=sha256,
        size=size,
        code=make_code(),
        late=due is not None and at > due,
    )
    session.add(submission)
    session.flush()
    queue_grading(session, submission)
    return submission


def check_can_hand_in(session: Session, release: Release, person_id: int, at: datetime | None = None) -> None:
    """Raise NotAllowed before a release opens, Conflict when it is closed or was returned."""
    returned = session.get(Returned, (release.id, person_id)) is not None
    standing = stand(release, person_id, False, returned, at)
    if not standing.can_hand_in:
        refusal = NotAllowed if standing.state == "soon" else Conflict
        raise refusal("This assignment cannot be handed in now. Ask your teacher.")


def submissions_of(session: Session, release_id: int, person_id: int) -> list[Submission]:
    """Return what a pupil has handed in, the newest first."""
    mine = select(Submission).where(Submission.release_id == release_id, Submission.person_id == person_id)
    return list(session.scalars(mine.order_by(Submission.id.desc())))


def latest_submissions(session: Session, releases: Sequence[int]) -> list[Submission]:
    """Return each pupil's newest hand-in of each of these releases."""
    newest = (
        select(func.max(Submission.id))
        .where(Submission.release_id.in_(releases))
        .group_by(Submission.release_id, Submission.person_id)
    )
    wanted = select(Submission).where(Submission.id.in_(newest))
    return list(
        session.scalars(wanted.options(lazyload(Submission.release)))
    )  # not the packet again for each


def record_work(session: Session, release_id: int, person_id: int, verb: str, detail: str = "") -> None:
    """Note what a pupil's notebook tells; one that tells more than any pupil can do is not heard any more."""
    mine = (WorkEvent.release_id == release_id) & (WorkEvent.person_id == person_id)
    if (session.scalar(select(func.count()).select_from(WorkEvent).where(mine)) or 0) >= MOST_EVENTS:
        return
    told = detail.replace("\0", "")[:300]  # PostgreSQL keeps no zero bytes
    session.add(WorkEvent(release_id=release_id, person_id=person_id, verb=verb, detail=told))
    session.flush()
