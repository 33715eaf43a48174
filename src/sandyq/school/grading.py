"""The grader's queue: whose turn it is, and what was found."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandyq.school.database import now
from sandyq.school.errors import Conflict, NotFound
from sandyq.school.tables import CellMark, GradingJob, Returned, Submission

LEASE: Final = timedelta(minutes=10)
MOST_ATTEMPTS: Final = 3
"""How often a job is begun before it is left to the teacher."""
INTERRUPTED: Final = "interrupted"
"""Why, as a result's message: each worker that began it ended over it, or went silent."""


def queue_grading(session: Session, submission: Submission) -> GradingJob:
    """Put a submission into the queue; what waits already for the same pupil and release is let go."""
    waiting = session.scalars(
        select(GradingJob)
        .join(Submission)
        .where(
            Submission.release_id == submission.release_id,
            Submission.person_id == submission.person_id,
            GradingJob.state.in_(("waiting", "running")),
        )
    )
    for job in waiting:
        job.state = "cancelled"
    made = GradingJob(submission_id=submission.id, state="waiting")
    session.add(made)
    session.flush()
    return made


def take_job(session: Session, worker: str) -> GradingJob | None:
    """Lease the oldest job that waits, that this worker lost, or whose worker went silent.

    One begun too often is left to the teacher.
    """
    at = now()
    free = (GradingJob.state == "waiting") | (
        (GradingJob.state == "running") & ((GradingJob.leased_until < at) | (GradingJob.worker == worker))
    )
    oldest = select(GradingJob).where(free).order_by(GradingJob.id).limit(1)
    while job := session.scalar(oldest):
        if job.attempts < MOST_ATTEMPTS:
            job.state, job.attempts, job.leased_until, job.done = "running", job.attempts + 1, at + LEASE, 0
            job.worker = worker
            session.flush()
            return job
        finish_job(session, job, {"status": "failed", "message": INTERRUPTED, "notebooks": [], "flags": []})
    return None


def find_job(session: Session, job_id: int, cancelled: bool = False) -> GradingJob:
    """Return a job that is being worked on, or, if so wished, was cancelled.

    NotFound when there is none, Conflict when it is over or waits anew.
    """
    job = session.get(GradingJob, job_id)
    if job is None:
        raise NotFound("There is no grading job {job}.", job=job_id)
    if job.state != "running" and not (cancelled and job.state == "cancelled"):
        raise Conflict("Grading job {job} is {state}. Take another one.", job=job_id, state=job.state)
    return job


def note_progress(job: GradingJob, done: int, of: int) -> None:
    job.done, job.of, job.leased_until = done, of, now() + LEASE


def finish_job(session: Session, job: GradingJob, result: dict[str, Any]) -> None:
    """Keep what the grader found: proposals for each cell. What a teacher gave stays."""
    job.state, job.message = ("done" if result["status"] == "graded" else "failed"), result["message"][:500]
    job.submission.result = result
    _propose(session, job.submission, result)


def propose_anew(session: Session, submission: Submission) -> None:
    """Propose what was found while the work was returned."""
    if submission.result is not None:
        _propose(session, submission, submission.result)


def _propose(session: Session, submission: Submission, result: dict[str, Any]) -> None:
    """Propose what was found for each cell; of cells about which nothing was, nothing is known any more.

    What was returned stays as its teacher confirmed it, until it is taken back.
    """
    if session.get(Returned, (submission.release_id, submission.person_id)):
        session.flush()
        return
    marks = {
        (mark.notebook, mark.cell): mark
        for mark in cell_marks(session, submission.release_id, submission.person_id)
    }
    scores = {
        (notebook["name"], cell["id"]): cell["score"]
        for notebook in result["notebooks"]
        for cell in notebook["cells"]
    }
    for place in scores.keys() - marks.keys():
        marks[place] = make_mark(session, submission, *place)
    for place, mark in marks.items():
        mark.stale = mark.stale or (mark.given is not None and mark.submission_id != submission.id)
        mark.submission_id, mark.proposed = submission.id, scores.get(place)
    session.flush()


def cell_marks(session: Session, release_id: int, person_id: int) -> list[CellMark]:
    wanted = select(CellMark).where(CellMark.release_id == release_id, CellMark.person_id == person_id)
    return list(session.scalars(wanted))


def make_mark(session: Session, submission: Submission, notebook: str, cell: str) -> CellMark:
    """Return a new mark, of which nobody has said anything yet."""
    mark = CellMark(
        release_id=submission.release_id,
        person_id=submission.person_id,
        notebook=notebook,
        cell=cell,
        submission_id=submission.id,
        stale=False,
        changes=0,
        comment="",
        ticked=[],
    )
    session.add(mark)
    return mark


def find_mark(session: Session, release_id: int, person_id: int, notebook: str, cell: str) -> CellMark | None:
    place = select(CellMark).where(
        CellMark.release_id == release_id,
        CellMark.person_id == person_id,
        CellMark.notebook == notebook,
        CellMark.cell == cell,
    )
    return session.scalar(place)


def doubt_marks(session: Session, releases: Collection[int], about: dict[str, Any]) -> None:
    """Have teachers look again where they gave more points than a changed assignment has for the cell."""
    most = {
        (notebook["name"], cell["id"]): cell["points"]
        for notebook in about["notebooks"]
        for cell in notebook["cells"]
    }
    given = select(CellMark).where(CellMark.release_id.in_(releases), CellMark.given.is_not(None))
    for mark in session.scalars(given):
        mark.stale = mark.stale or (mark.given or 0) > most.get((mark.notebook, mark.cell), math.inf)


def cancel_job(session: Session, job: GradingJob) -> None:
    """Stop a job; the worker hears of it at its next word."""
    if job.state in ("waiting", "running"):
        job.state = "cancelled"
    session.flush()
