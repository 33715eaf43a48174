"""A course's assignments as its teachers see them: who is how far, what waits to be marked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, lazyload

from sandyq.school import assignments
from sandyq.school.database import now
from sandyq.school.errors import NotFound
from sandyq.school.marking import Points, add_up, list_cells
from sandyq.school.tables import (
    CellMark,
    Course,
    GradingJob,
    Person,
    Release,
    Returned,
    Submission,
    WorkEvent,
)
from sandyq_portal.identity import Visitor

LATELY = timedelta(minutes=15)
STUCK = 3
"""The same error so often in a row is more than a slip."""
RECENT = 50
"""Events of a pupil's among which these are looked for."""


@dataclass(frozen=True)
class PupilWork:
    """One pupil in one release."""

    person: Person
    due: datetime | None
    submission: Submission | None
    job: GradingJob | None
    points: Points | None
    returned: Returned | None
    last: WorkEvent | None
    stuck: str
    """The error that comes again and again; empty: none."""
    is_regraded: bool = False
    """Graded again since it was returned, with other points than those that were confirmed."""

    @property
    def state(self) -> str:
        """``returned``, ``marked``, ``to mark``, ``grading``, ``failed``, ``stuck``, ``working`` or ``not opened``."""
        if self.returned:
            return "returned"
        if self.submission:
            if self.job and self.job.state in ("waiting", "running"):
                return "grading"
            if self.points and self.points.unmarked:
                return "failed" if self._is_left_to_the_teacher else "to mark"
            return "marked"
        if self.stuck:
            return "stuck"
        return "working" if self.last else "not opened"

    @property
    def _is_left_to_the_teacher(self) -> bool:
        result = self.submission.result if self.submission else None
        return result is None or result["status"] == "failed"

    @property
    def is_stopped(self) -> bool:
        """Whether a teacher stopped the last grading of what was handed in; points are those from before, if any."""
        return self.job is not None and self.job.state == "cancelled"

    @property
    def flags(self) -> list[dict[str, Any]]:
        result = self.submission.result if self.submission else None
        return result["flags"] if result else []

    @property
    def is_here(self) -> bool:
        """Worked lately."""
        return self.last is not None and self.last.at > now() - LATELY


@dataclass(frozen=True)
class ReleaseView:
    release: Release
    rows: list[PupilWork]

    @property
    def about(self) -> dict[str, Any]:
        return self.release.assignment.about

    @property
    def course(self) -> Course:
        return self.release.assignment.course

    @property
    def cells(self) -> list[tuple[str, dict[str, Any]]]:
        return list_cells(self.about)

    def count(self, *states: str) -> int:
        counted = Counter(row.state for row in self.rows)
        return sum(counted[state] for state in states)

    @property
    def handed_in(self) -> int:
        return sum(row.submission is not None for row in self.rows)

    @property
    def share(self) -> float:
        return self.handed_in / len(self.rows) if self.rows else 0.0


def find_release(session: Session, visitor: Visitor, release_id: int) -> Release:
    """Return a release of a course that this visitor teaches today; 404 for any other."""
    release = session.get(Release, release_id)
    mine = {course.id for course in assignments.courses_of_teacher(session, visitor.id)}
    if release is None or release.withdrawn_at is not None or release.assignment.course_id not in mine:
        raise NotFound("This assignment is none of yours, or it was taken back.")
    return release


def releases_of_teacher(session: Session, visitor: Visitor) -> list[tuple[Course, list[Release]]]:
    """Return a teacher's courses with what is given out in each, the newest first."""
    courses = assignments.courses_of_teacher(session, visitor.id)
    found = session.scalars(
        select(Release).where(Release.withdrawn_at.is_(None)).order_by(Release.id.desc())
    ).all()
    return [
        (course, [release for release in found if release.assignment.course_id == course.id])
        for course in courses
    ]


def view_release(session: Session, release: Release) -> ReleaseView:
    """Gather where each pupil stands: a handful of queries, however many pupils there are."""
    pupils = assignments.pupils_of_release(session, release)
    newest = {each.person_id: each for each in assignments.latest_submissions(session, [release.id])}
    jobs = {
        job.submission_id: job
        for job in session.scalars(
            select(GradingJob)
            .where(GradingJob.submission_id.in_([each.id for each in newest.values()]))
            .options(lazyload(GradingJob.submission))
            .order_by(GradingJob.id)
        )
    }
    marks: dict[int, list[CellMark]] = defaultdict(list)
    for mark in session.scalars(select(CellMark).where(CellMark.release_id == release.id)):
        marks[mark.person_id].append(mark)
    returned = {
        each.person_id: each
        for each in session.scalars(select(Returned).where(Returned.release_id == release.id))
    }
    events: dict[int, list[WorkEvent]] = defaultdict(list)
    for event in _recent_events(session, release):
        events[event.person_id].append(event)
    about = release.assignment.about
    rows = []
    for person in pupils:
        submission = newest.get(person.id)
        rows.append(
            PupilWork(
                person=person,
                due=assignments.due_for(release, person.id),
                submission=submission,
                job=jobs.get(submission.id) if submission else None,
                points=add_up(about, marks[person.id], submission.id) if submission else None,
                returned=returned.get(person.id),
                last=events[person.id][-1] if events[person.id] else None,
                stuck=_find_stuck(events[person.id]),
                is_regraded=person.id in returned and _differ(submission, marks[person.id]),
            )
        )
    return ReleaseView(release, rows)


def _recent_events(session: Session, release: Release) -> Iterable[WorkEvent]:
    """Return the last things that each pupil's notebook told, in their order."""
    place = func.row_number().over(partition_by=WorkEvent.person_id, order_by=WorkEvent.id.desc())
    last = select(WorkEvent.id, place.label("place")).where(WorkEvent.release_id == release.id).subquery()
    recent = select(WorkEvent).join(last, last.c.id == WorkEvent.id).where(last.c.place <= RECENT)
    return session.scalars(recent.order_by(WorkEvent.id))


def _differ(submission: Submission | None, marks: list[CellMark]) -> bool:
    """Whether the grader found other points than it had proposed when the work was returned."""
    result = submission.result if submission else None
    known = {(mark.notebook, mark.cell): mark.proposed for mark in marks}
    return any(
        cell["score"] != known.get((notebook["name"], cell["id"]))
        for notebook in (result["notebooks"] if result else ())
        for cell in notebook["cells"]
    )


def _find_stuck(events: list[WorkEvent]) -> str:
    last = [event.detail for event in events if event.verb in ("ran", "stuck")][-STUCK:]
    if events and events[-1].verb == "stuck":
        return events[-1].detail
    return last[0] if len(last) == STUCK and last[0] and len(set(last)) == 1 else ""
